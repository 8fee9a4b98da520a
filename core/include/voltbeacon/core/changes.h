/* What has changed since a consumer last looked: state carries the truth, messages only the log.
 *
 * Every event gets the next revision, a 64-bit number that never wraps, and each fact keeps the
 * revision at which it last changed. A consumer keeps one number, the revision up to which it has
 * looked, and asks for anything newer. So nothing is queued, nothing overflows, consumers do not
 * know of each other, and one that was away for an hour is up to date again after one look:
 *
 *     const uint64_t now = vb_receiver_revision(core);
 *     if (now == seen)
 *         return;
 *     for (each peer that is used) {
 *         const struct vb_changes changes = vb_peer_changes(peer, seen);
 *         if (vb_changes_has(&changes, VB_EVENT_LINK))
 *             ... peer->link is another, or was and is back
 *     }
 *     seen = now;
 *
 * A fact that changed several times shows once and is read from the peer as it is now; vb_quality
 * counts how often. Start with seen = 0: then everything that ever changed is new. */
#ifndef VOLTBEACON_CHANGES_H
#define VOLTBEACON_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/message.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* X(NAME, "name"): beside it, what `section`, `err`, `detail`, `id`, `a` and `b` mean. */
#define VB_EVENT_LIST(X)                                                                           \
    X(ADOPTED, "adopted") /* a transmitter is followed from now on */                              \
    X(LINK, "link")       /* detail = new enum vb_link_state, a = old */                           \
    X(BEACON, "beacon")   /* a beacon was applied */                                               \
    X(RUNTIME, "runtime") /* the runtime status changed, or became known */                        \
    X(SECTION,                                                                                     \
      "section") /* section's content or sync state changed; a = version, detail = enum vb_sync */ \
    X(REBOOT, "reboot")                 /* the transmitter rebooted; a = epoch */                  \
    X(STORE_REPLACED, "store replaced") /* the transmitter has another store; a = store id */      \
    X(CLONED, "cloned")                 /* detail 1: two devices share this address; 0: end */     \
    X(EDIT, "edit")                     /* id = the edit, detail = enum vb_edit_state, section */  \
    X(READING, "reading")               /* a reading was completed; a = its number */              \
    X(READING_LOST, "reading lost")     /* a = how many */                                         \
    X(REFUSED, "refused")     /* refused frames: a = how many since the last such event; of the    \
                                 newest: err, detail = enum vb_message if known, mac */            \
    X(GAVE_UP, "gave up")     /* could not fetch section; retried at the next beacon */            \
    X(COMMITTED, "committed") /* own store: a batch is durable */                                  \
    X(COMMIT_FAILED, "commit failed") /* own store: err */                                         \
    X(REPAIRED, "repaired") /* own store, section: detail = tag whose stored value was out of      \
                               range, a = old, b = new value */                                    \
    X(REVERTED, "reverted") /* section reverted: nobody was heard after the edit; err if the store \
                               does not have that yet */                                           \
    X(DAMAGED, "damaged")   /* own store: section or 0, detail = enum vb_kept_thing; it was reset, \
                               or left out of the cache */                                         \
    X(UNREADABLE,                                                                                  \
      "unreadable") /* own store: likewise; it is left as it is and read again later */            \
    X(CONTENT_DIFFERS, "content differs") /* section: other content under the version held; a =    \
                                             version; reported once until verified again */        \
    X(OUTSIDE, "outside") /* a device without a place: detail = enum vb_outside_why; a = 1: now    \
                             applies, 0: it is heard, or not any more; b = places */               \
    X(RECEIVER_HEARD, "receiver heard") /* transmitter: a receiver is back after silence */        \
    X(RECEIVER_LOST, "receiver lost")   /* transmitter: a receiver has fallen silent; detail 1: or \
                                           did not answer three requests */

enum vb_event_type {
#define X(NAME, name) VB_EVENT_##NAME,
    VB_EVENT_LIST(X)
#undef X
};

enum {
#define X(NAME, name) +1
    VB_EVENT_TYPES = 0 VB_EVENT_LIST(X)
#undef X
};

/* The revision at which each fact last changed; 0 = never. */
struct vb_change_stamps {
    uint64_t types[VB_EVENT_TYPES];
    uint64_t sections[VB_MARKS_MAX + 1]; /* by id: its content or sync state changed, or it was
                                            given up */
};

struct vb_changes {
    uint32_t types;    /* bit n: enum vb_event_type n */
    uint32_t sections; /* bit n: section n */
};

/* section = 0: none. */
void vb_changes_note(struct vb_change_stamps *stamps, uint64_t revision, enum vb_event_type type,
                     uint8_t section);
struct vb_changes vb_changes_since(const struct vb_change_stamps *stamps, uint64_t seen);

static inline bool vb_changes_has(const struct vb_changes *changes, enum vb_event_type type)
{
    return (changes->types >> type & 1) != 0;
}

VB_C_END

#endif
