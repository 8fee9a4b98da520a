/* Readings of a battery on a CAN interface, as they arrive: the live counterpart of
 * sources/source.h, whose readings have a pace of their own.
 *
 *     can:can0                 a Nissan Leaf
 *     can:can0,battery=leaf    the same
 *
 * Polls the battery if nobody else does, unless set to listen only. */
#ifndef VOLTBEACON_LINUX_CAN_SOURCE_H
#define VOLTBEACON_LINUX_CAN_SOURCE_H

#include "linux/loop/loop.h"
#include "sources/can_reader.h"
#include "sources/source.h"

struct vb_can_source;

struct vb_can_source_options {
    struct vb_loop *loop;
    vb_can_reading_fn on_reading;
    void *ctx;
};

/* The form of --source, and one line for --help. */
extern const char vb_can_source_form[];
extern const char vb_can_source_usage[];

/* Whether the text given to --source means a CAN interface. */
bool vb_can_source_named(const char *text);

/* Listens only, until vb_can_source_configure(). NULL if it cannot be opened, with the problem and
 * the remedy in *error. The caller closes it after the loop is destroyed. */
VB_MUST_USE struct vb_can_source *vb_can_source_open(const char *text,
                                                     const struct vb_can_source_options *options,
                                                     struct vb_source_error *error);
/* The same on a descriptor that carries struct can_frame; takes ownership of it. */
VB_MUST_USE struct vb_can_source *vb_can_source_on(int fd, const char *interface,
                                                   const struct vb_can_battery *battery,
                                                   const struct vb_can_poll_timing *timing,
                                                   const struct vb_can_source_options *options,
                                                   struct vb_source_error *error);
void vb_can_source_close(struct vb_can_source *source);

/* Section can. */
void vb_can_source_configure(struct vb_can_source *source, const struct vb_can_values *settings);

struct vb_source_description vb_can_source_describe(const struct vb_can_source *source);

/* What was polled, answered and refused so far. */
const struct vb_can_poll *vb_can_source_poll(const struct vb_can_source *source);

#endif
