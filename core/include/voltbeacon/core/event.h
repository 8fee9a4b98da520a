/* What happened: typed events in a bounded queue. The log, the pushed state and the tests are
 * consumers of this one queue. When nobody reads, the oldest are dropped and counted. */
#ifndef VOLTBEACON_EVENT_H
#define VOLTBEACON_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/mac.h"

/* X(NAME, "name"): what `section`, `err`, `detail`, `id`, `a`, `b` mean stands beside it. */
#define VB_EVENT_LIST(X)                                                                           \
    X(ADOPTED, "adopted") /* a transmitter is followed from now on */                              \
    X(LINK, "link")       /* detail = new enum vb_link_state, a = old */                           \
    X(BEACON, "beacon")   /* a beacon was applied */                                               \
    X(RUNTIME, "runtime") /* the runtime status differs from before, or is known now */            \
    X(SECTION,                                                                                     \
      "section") /* section's content or sync state changed; a = version, detail = enum vb_sync */ \
    X(REBOOT, "reboot")                 /* the transmitter booted anew; a = epoch */               \
    X(STORE_REPLACED, "store replaced") /* the transmitter's store is another; a = store id */     \
    X(EDIT, "edit")                     /* id = the edit, detail = enum vb_edit_state, section */  \
    X(READING, "reading")               /* a reading was completed; a = its number */              \
    X(READING_LOST, "reading lost")     /* a = how many */                                         \
    X(REFUSED, "refused")     /* a frame was refused: err, detail = enum vb_message if known */    \
    X(GAVE_UP, "gave up")     /* section could not be fetched; again at the next beacon */         \
    X(COMMITTED, "committed") /* own store: a batch is durable */                                  \
    X(COMMIT_FAILED, "commit failed") /* own store: err */                                         \
    X(REPAIRED, "repaired") /* own store, section: detail = tag whose stored value was out of      \
                               range, a = old, b = new value */                                    \
    X(REVERTED,                                                                                    \
      "reverted") /* section went back to what it was: nobody was heard after the edit */          \
    X(RECEIVER_HEARD, "receiver heard") /* transmitter: a receiver is back after silence */        \
    X(RECEIVER_LOST, "receiver lost")   /* transmitter: a receiver has fallen silent; detail 1: or \
                                           was asked three times and gave no answer */

enum vb_event_type {
#define X(NAME, name) VB_EVENT_##NAME,
    VB_EVENT_LIST(X)
#undef X
};

const char *vb_event_name(uint8_t type);

struct vb_event {
    uint8_t type;    /* enum vb_event_type */
    uint8_t section; /* id, or 0 */
    int8_t err;      /* enum vb_err */
    uint8_t detail;
    struct vb_mac mac; /* of the peer it is about */
    uint32_t at_ms;
    uint32_t a;
    uint32_t b;
    uint64_t id;
};

enum { VB_EVENTS_MAX = 64 };

struct vb_events {
    struct vb_event slots[VB_EVENTS_MAX];
    uint16_t first;
    uint16_t count;
    uint32_t dropped; /* since init */
};

void vb_events_push(struct vb_events *events, const struct vb_event *event);
/* False when there is none. */
bool vb_events_pop(struct vb_events *events, struct vb_event *event);

#endif
