/* What happened, for the log: typed events in a bounded queue. If nobody reads, the oldest are
 * dropped and counted. Events that merely repeat what the state says fill at most half of the
 * queue; the other half is reserved for what only the log says. Code that acts on changes asks for
 * the changes (changes.h), which are noted whether or not the queue has room. */
#ifndef VOLTBEACON_EVENT_H
#define VOLTBEACON_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/changes.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* The kinds of things a device keeps in its own store. */
enum vb_kept_thing {
    VB_KEPT_SECTION,
    VB_KEPT_SECRET,
    VB_KEPT_HEAD, /* which store it is, and the number of boots */
    VB_KEPT_LEDGER,
    VB_KEPT_TRIAL,
    VB_KEPT_CACHE, /* a receiver's: mac; section 0: everything that it could not list */
    VB_KEPT_FORGOTTEN
};
/* "section", "secret", "head", "ledger", "trial", "cache", "forgotten" */
const char *vb_kept_name(uint8_t thing);

const char *vb_event_name(uint8_t type);

struct vb_event {
    uint8_t type;    /* enum vb_event_type */
    uint8_t section; /* id, or 0 */
    int8_t err;      /* enum vb_err */
    uint8_t detail;
    struct vb_mac mac; /* of the peer concerned */
    uint32_t at_ms;
    uint32_t a;
    uint32_t b;
    uint64_t id;
};

enum { VB_EVENTS_MAX = 64, VB_REFUSED_APART_MS = 1000 };

struct vb_events {
    struct vb_event slots[VB_EVENTS_MAX];
    uint16_t first;
    uint16_t count;
    uint32_t dropped;                /* since init */
    uint64_t revision;               /* of the newest change */
    struct vb_change_stamps changed; /* of any peer, or of the device itself */

    bool refused_told; /* less than VB_REFUSED_APART_MS ago ... */
    uint32_t refused_told_ms;
    struct vb_event refused; /* the newest one not reported yet; a = how many, 0 = none */
};

void vb_events_push(struct vb_events *events, const struct vb_event *event);
/* A refused frame. At most one event per VB_REFUSED_APART_MS reports them, with their number, so
 * that a flood of them drowns nothing out. event->a is set here. */
void vb_events_refused(struct vb_events *events, const struct vb_event *event);
/* Reports refused frames that have waited long enough; call with every tick. */
void vb_events_tick(struct vb_events *events, uint32_t now_ms);
/* False when there is none. */
bool vb_events_pop(struct vb_events *events, struct vb_event *event);

VB_C_END

#endif
