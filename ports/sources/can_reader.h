/* A battery on a CAN interface, whatever drives that: which frames are read, when it is asked, what
 * becomes a reading, and what is said of a bus on which nobody answers. Sans-IO; a port brings
 * frames and takes them, and calls it from one thread.
 *
 *     vb_can_reader_input()     for each frame that came
 *     vb_can_reader_output()    until it has none more to send, when
 *     vb_can_reader_wakeup_ms() says so, or earlier
 */
#ifndef VOLTBEACON_SOURCES_CAN_READER_H
#define VOLTBEACON_SOURCES_CAN_READER_H

#include "sources/can_poll.h"
#include "voltbeacon/core/schema.h"
#include "voltbeacon/device/clock.h"
#include "voltbeacon/device/log_sink.h"

/* Sequence counts from 1; sampled_ms and wall_ms are when the sweep was complete. */
typedef void (*vb_can_reading_fn)(void *ctx, const struct vb_reading *reading);

struct vb_can_reader_options {
    const char *interface; /* in messages; outlives the reader */
    struct vb_log_sink log;
    vb_can_reading_fn on_reading;
    void *ctx;
};

/* Private to the reader, but for what it counts. */
struct vb_can_reader {
    struct vb_can_reader_options options;
    struct vb_can_values settings;
    uint32_t now_ms;   /* the caller's, as of the last call */
    uint64_t clock_ms; /* the same, without wrapping */
    uint32_t sequence;
    bool said_silent;
    struct vb_can_poll poll; /* what was asked, answered and refused so far */
};

/* The battery called this; NULL where there is none of the name. NULL names the first. */
const struct vb_can_battery *vb_can_battery_named(const char *name);

/* Whether frames of this id are about the battery; the others need not be passed on. Callable from
 * any thread. */
bool vb_can_battery_uses(const struct vb_can_battery *battery, uint32_t id);

/* Listens only, until vb_can_reader_configure(): before the settings are known nothing is sent. */
void vb_can_reader_init(struct vb_can_reader *reader, const struct vb_can_battery *battery,
                        const struct vb_can_poll_timing *timing,
                        const struct vb_can_reader_options *options, uint32_t now_ms);

/* Section can, as read from the store or edited. */
void vb_can_reader_configure(struct vb_can_reader *reader, uint32_t now_ms,
                             const struct vb_can_values *settings);

/* on_reading is called from here. */
void vb_can_reader_input(struct vb_can_reader *reader, const struct vb_clock *clock,
                         const struct vb_can_frame *frame);

/* The next frame to be sent, where one is due. */
VB_MUST_USE bool vb_can_reader_output(struct vb_can_reader *reader, uint32_t now_ms,
                                      struct vb_can_frame *frame);

/* Says once that nobody answers, and once that somebody does again. After the outputs. */
void vb_can_reader_say_changes(struct vb_can_reader *reader);

/* How long vb_can_reader_output() need not be called if no frame comes: ms, at most a minute. */
uint32_t vb_can_reader_wakeup_ms(struct vb_can_reader *reader, uint32_t now_ms);

#endif
