/* Who has a place at a receiver, and who is known and has none.
 *
 * A receiver has as many places as it was given peers. A transmitter that is new gets a free one;
 * where there is none it is listed here, so that its owner can see why it does not appear. One that
 * its owner forgets leaves its place and is kept on a list in the store: it does not come back by
 * itself, however much it sends. One that is silent for the time set is given up, and comes back
 * when it is heard. */
#ifndef VOLTBEACON_PLACES_H
#define VOLTBEACON_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/section.h"
#include "voltbeacon/core/time.h"

VB_C_BEGIN

struct vb_receiver;
struct vb_peer;

enum {
    VB_OUTSIDE_MAX = 24,
    VB_FORGOTTEN_MAX = 16, /* of these */
    VB_OUTSIDE_NAME_SIZE = 32
};

enum vb_outside_why {
    VB_OUTSIDE_NONE,     /* the entry is not used */
    VB_OUTSIDE_UNPLACED, /* heard, but every place was taken, or new ones are not followed */
    VB_OUTSIDE_GIVEN_UP, /* silent for the time set; it gets a place again when it is heard */
    VB_OUTSIDE_FORGOTTEN /* by its owner */
};
/* "none", "unplaced", "given_up", "forgotten" */
const char *vb_outside_why_name(enum vb_outside_why why);

/* One device without a place. Read it freely. */
struct vb_outside {
    struct vb_mac mac;
    uint8_t why;                     /* enum vb_outside_why */
    bool heard;                      /* within timing.offline_after */
    bool erase;                      /* what the store holds of it is to go ... */
    bool erasing;                    /* ... with the batch under way */
    uint32_t number;                 /* grows with every entry that is made */
    struct vb_age age;               /* since it was heard */
    char name[VB_OUTSIDE_NAME_SIZE]; /* what it was called; "" = not known */
};

/* Of a receiver; only outside and its numbers may be read. */
struct vb_places {
    struct vb_outside outside[VB_OUTSIDE_MAX];
    uint32_t number; /* of the newest entry */
    uint32_t adoptions;
    bool unread;      /* the list of the forgotten could not be read yet ... */
    bool unread_told; /* ... which has been said */
    bool dirty;       /* it is to be written */
    bool saving;
    uint16_t forget_after_days;
    uint32_t recorded_at_s; /* uptime */
    uint64_t wall_ms;       /* 0 = not known; as it was at ... */
    uint32_t wall_at_ms;
};

/* NULL where it has a place, or is not known. Valid until time goes on. */
const struct vb_outside *vb_receiver_outside(const struct vb_receiver *r, const struct vb_mac *mac);

/* Takes its place from a transmitter, or makes one without a place a forgotten one. Edits of it
 * that are under way end as timed out, what the store holds of it goes. VB_ERR_NOT_FOUND: nobody
 * knows it; VB_ERR_BUSY: VB_FORGOTTEN_MAX are forgotten and all of them are heard; VB_ERR_STORE:
 * the list of those that are forgotten cannot be read now. */
VB_MUST_USE enum vb_err vb_receiver_forget(struct vb_receiver *r, uint32_t now_ms,
                                           const struct vb_mac *mac);
/* Gives a place to one without, whatever the reason was. VB_ERR_NOT_FOUND; VB_ERR_BUSY: every place
 * is taken, it stays as it was; VB_ERR_STORE likewise. */
VB_MUST_USE enum vb_err vb_receiver_unforget(struct vb_receiver *r, uint32_t now_ms,
                                             const struct vb_mac *mac);
/* Sends a transmitter its new name, which is one of its own settings: as vb_receiver_edit(). */
VB_MUST_USE enum vb_err vb_receiver_rename(struct vb_receiver *r, uint32_t now_ms,
                                           const struct vb_mac *mac, const uint8_t *name,
                                           size_t size, uint64_t *edit, struct vb_reasons *reasons);
/* A place whose transmitter was not heard for so many days, while this receiver ran, is given up;
 * 0: never. Holds until it is called again. */
void vb_receiver_forget_after(struct vb_receiver *r, uint16_t days);

/* What time it is: milliseconds since 1970 UTC; 0 = the clock is not set. With every call that
 * brings time, for what is kept over a restart. */
void vb_receiver_wall(struct vb_receiver *r, uint32_t now_ms, uint64_t wall_ms);

enum vb_verified {
    VB_VERIFIED_AT,       /* the age is known */
    VB_VERIFIED_NEVER,    /* not since it is kept, or nobody wrote down when */
    VB_VERIFIED_NO_CLOCK, /* before this start, and the clock is not set */
    VB_VERIFIED_AHEAD     /* likewise, and the clock says that it is still to come */
};
/* When a section was last verified, in this run or an earlier one; *age_ds: tenths of a second ago.
 */
enum vb_verified vb_peer_verified(const struct vb_receiver *r, const struct vb_peer *peer,
                                  uint8_t section, uint32_t now_ms, uint32_t *age_ds);
/* Wall clock seconds since 1970 at which it was last heard, in this run or an earlier one; 0 = not
 * known. */
uint32_t vb_peer_heard_s(const struct vb_receiver *r, const struct vb_peer *peer, uint32_t now_ms);

VB_C_END

#endif
