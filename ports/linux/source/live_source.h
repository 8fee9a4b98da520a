/* The source of a transmitter's readings, whatever --source names: a recording or a simulated pack,
 * which the device asks at its own pace, or a battery on a CAN interface, which brings readings as
 * they come. The log tells what the source is and why it has no more. */
#ifndef VOLTBEACON_LINUX_LIVE_SOURCE_H
#define VOLTBEACON_LINUX_LIVE_SOURCE_H

#include "linux/can/can_source.h"
#include "linux/loop/loop.h"
#include "sources/source.h"
#include "voltbeacon/device/reading_source.h"

struct vb_live_source;

struct vb_live_source_options {
    const char *text; /* as --source has it */
    bool repeat;      /* a recording begins again at its end */
    double speed;     /* times as fast as recorded, above 0; means nothing to a battery on CAN */
    struct vb_loop *loop;
    vb_can_reading_fn on_reading; /* of a source that brings its readings by itself */
    void *ctx;
};

/* NULL when it cannot be opened; *error then says what is wrong and what to do. The caller closes
 * it once the loop is destroyed. */
VB_MUST_USE struct vb_live_source *vb_live_source_open(const struct vb_live_source_options *options,
                                                       struct vb_source_error *error);
void vb_live_source_close(struct vb_live_source *source);

/* The source as a device sees it. Valid until it is closed. */
const struct vb_reading_source *vb_live_source_port(const struct vb_live_source *source);

/* Appends what was read, asked and refused, a "name=value" a line. Returns the new length. */
size_t vb_live_source_status(const struct vb_live_source *source, char *text, size_t length,
                             size_t capacity);

/* One line per kind of source, for --help. NULL beyond the last. */
const char *vb_live_source_usage(unsigned index);

#endif
