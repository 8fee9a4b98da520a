/* Which transmitters have a place at a receiver, and which are known without one.
 *
 * A receiver has as many places as it was given peers. A new transmitter gets a free one; if there
 * is none it is listed here, so that the owner can see why it does not appear. One that the owner
 * forgets loses its place and is kept on a list in the store: it does not come back by itself,
 * however much it sends. One that is silent for the configured time is given up, and comes back
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
    VB_OUTSIDE_NONE,     /* unused entry */
    VB_OUTSIDE_UNPLACED, /* heard, but every place was taken, or new ones are not followed */
    VB_OUTSIDE_GIVEN_UP, /* silent for the configured time; gets a place again when heard */
    VB_OUTSIDE_FORGOTTEN /* by its owner */
};
/* "none", "unplaced", "given_up", "forgotten" */
const char *vb_outside_why_name(enum vb_outside_why why);

/* One device without a place. Free to read. */
struct vb_outside {
    struct vb_mac mac;
    uint8_t why;                     /* enum vb_outside_why */
    bool heard;                      /* within timing.offline_after */
    bool erase;                      /* to be erased from the store ... */
    bool erasing;                    /* ... in the batch under way */
    uint32_t number;                 /* increases with every new entry */
    struct vb_age age;               /* since it was last heard */
    char name[VB_OUTSIDE_NAME_SIZE]; /* its last name; "" = not known */
};

/* Part of a receiver; only outside and its numbers may be read. */
struct vb_places {
    struct vb_outside outside[VB_OUTSIDE_MAX];
    uint32_t number; /* of the newest entry */
    uint32_t adoptions;
    bool unread;      /* the list of the forgotten could not be read yet ... */
    bool unread_told; /* ... which has been reported */
    bool dirty;       /* to be written */
    bool saving;
    uint16_t forget_after_days;
    uint32_t recorded_at_s; /* uptime */
    uint64_t wall_ms;       /* 0 = not known; as of ... */
    uint32_t wall_at_ms;
};

/* NULL if it has a place, or is not known. Valid until the next call with a time. */
const struct vb_outside *vb_receiver_outside(const struct vb_receiver *r, const struct vb_mac *mac);

/* Takes away a transmitter's place, or forgets one that has none. Its pending edits end as timed
 * out, and the store drops its entries. VB_ERR_NOT_FOUND: unknown; VB_ERR_BUSY: VB_FORGOTTEN_MAX
 * are forgotten and all of them are being heard; VB_ERR_STORE: the list of the forgotten cannot be
 * read now. */
VB_MUST_USE enum vb_err vb_receiver_forget(struct vb_receiver *r, uint32_t now_ms,
                                           const struct vb_mac *mac);
/* Gives a place to one without, for whatever reason. VB_ERR_NOT_FOUND; VB_ERR_BUSY: every place is
 * taken, nothing changes; VB_ERR_STORE likewise. */
VB_MUST_USE enum vb_err vb_receiver_unforget(struct vb_receiver *r, uint32_t now_ms,
                                             const struct vb_mac *mac);
/* Sends a transmitter its new name, which is one of its settings: as vb_receiver_edit(). */
VB_MUST_USE enum vb_err vb_receiver_rename(struct vb_receiver *r, uint32_t now_ms,
                                           const struct vb_mac *mac, const uint8_t *name,
                                           size_t size, uint64_t *edit, struct vb_reasons *reasons);
/* Gives up a place whose transmitter was not heard for this many days of this receiver's uptime; 0:
 * never. Applies until the next call. */
void vb_receiver_forget_after(struct vb_receiver *r, uint16_t days);

/* The wall clock: milliseconds since 1970 UTC; 0 = the clock is not set. Call it with every call
 * that takes a time, for what is kept across restarts. */
void vb_receiver_wall(struct vb_receiver *r, uint32_t now_ms, uint64_t wall_ms);

enum vb_verified {
    VB_VERIFIED_AT,       /* the age is known */
    VB_VERIFIED_NEVER,    /* not since it is kept, or the time was not recorded */
    VB_VERIFIED_NO_CLOCK, /* before this start, and the clock is not set */
    VB_VERIFIED_AHEAD     /* likewise, and by the clock it is in the future */
};
/* When a section was last verified, in this run or an earlier one; *age_ds: tenths of a second
 * ago. */
enum vb_verified vb_peer_verified(const struct vb_receiver *r, const struct vb_peer *peer,
                                  uint8_t section, uint32_t now_ms, uint32_t *age_ds);
/* Wall clock in seconds since 1970 when it was last heard, in this run or an earlier one; 0 = not
 * known. */
uint32_t vb_peer_heard_s(const struct vb_receiver *r, const struct vb_peer *peer, uint32_t now_ms);

VB_C_END

#endif
