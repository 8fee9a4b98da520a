/* The source of a transmitter's readings, whatever --source names: a recording or a simulated pack,
 * which the device polls at its own pace, or a battery on a CAN interface, which delivers readings
 * as they arrive. The log says what the source is and why it has ended. */
#ifndef VOLTBEACON_LINUX_LIVE_SOURCE_H
#define VOLTBEACON_LINUX_LIVE_SOURCE_H

#include "linux/can/can_source.h"
#include "linux/loop/loop.h"
#include "sources/source.h"
#include "voltbeacon/device/reading_source.h"

struct vb_live_source;

struct vb_live_source_options {
    const char *text; /* as in --source */
    bool repeat;      /* restart a recording when it ends */
    double speed;     /* playback speed, above 0; ignored for a battery on CAN */
    struct vb_loop *loop;
    vb_can_reading_fn on_reading; /* for a source that delivers its readings */
    void *ctx;
};

/* NULL if it cannot be opened, with the problem and the remedy in *error. The caller closes it
 * after the loop is destroyed. */
VB_MUST_USE struct vb_live_source *vb_live_source_open(const struct vb_live_source_options *options,
                                                       struct vb_source_error *error);
void vb_live_source_close(struct vb_live_source *source);

/* The source as seen by a device. Valid until it is closed. */
const struct vb_reading_source *vb_live_source_port(const struct vb_live_source *source);

/* Appends what was read, polled and refused, one "name=value" per line. Returns the new length. */
size_t vb_live_source_status(const struct vb_live_source *source, char *text, size_t length,
                             size_t capacity);

/* One line per kind of source, for --help. NULL after the last. */
const char *vb_live_source_usage(unsigned index);

#endif
