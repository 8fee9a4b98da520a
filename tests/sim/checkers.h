/* What must hold in every world, checked at every event against an independent truth. The checkers
 * read what the devices hold; from the product they only call code that reads and decodes.
 *
 *   1 shown        a receiver shows only what was committed under that store and version
 *   2 in sync      what it calls verified is, byte for byte, one announced state; and never an
 *                  older one than it has already been told
 *   4 whole        no reading mixes two samples (for sections, 1 says it)
 *   5 announced    what is announced is durable, under one content per version, with the right
 *                  digest
 *   6 alive        Connected, Degraded and Offline at 20 and 30 s
 *   7 bounded      airtime; turns and frames are bounded by the world itself
 *   8 status       runtime status is never in a store
 *   edits          applied once at most, only on what they were made on; confirmed only if applied
 *  14 cloned       two devices with one address are reported, once, and only if they exist
 *  15 told         a section that is shown differently is reported in the same turn
 *  16 bounded      messages and commits per period, by what has really happened
 *
 * 10 to 13 are in device_checks.h, 17 is in silence.h. 3, converging, is checked by the scenario;
 * 9, the same log from the same seed, by the recorder.
 */
#ifndef VOLTBEACON_CHECKERS_H
#define VOLTBEACON_CHECKERS_H

#include "device_checks.h"
#include "edit_book.h"
#include "pack_checks.h"
#include "rates.h"
#include "silence.h"
#include "truth.h"

enum {
    CHECK_TEXT_SIZE = 256,
    AIRTIME_FRAME_US = 540, /* as on the radio, docs/protocol.md; not the core's own constants */
    AIRTIME_BYTE_US = 8,
    AIRTIME_WINDOW_MS = 10000,
    AIRTIME_US_MAX = 1100000,
    CHECKED_MESSAGES = 32
};

/* The address that scenarios announce as runtime status: 203.0.113.77, used nowhere else. */
extern const uint8_t check_runtime_ip[4];

/* What the checkers know of one receiver and one transmitter. */
struct checked_pair {
    uint64_t heard_ms; /* arrival of the last accepted frame, by its own clock; VB_WORLD_NEVER_MS =
                          none since its boot */
    bool goodbye;      /* that one was a goodbye ... */
    uint64_t goodbye_ms;    /* ... sent then ... */
    uint8_t goodbye_of;     /* ... by this node */
    bool says_cloned;       /* the receiver says that two devices have its address */
    unsigned life;          /* of the transmitter, as the receiver knows it; it never goes back */
    unsigned told;          /* the newest state it was told, + 1; 0 = none */
    uint32_t told_sections; /* bit n: an event about section n in this turn */
    uint32_t dropped;       /* events of the receiver's, until then */
    uint64_t shown_hash;    /* of the cache, when it was last checked */
    uint64_t seen_stores;
    struct truth_seen seen;
};

struct checkers {
    const struct vb_world *world;
    struct truth truths[VB_WORLD_NODES_MAX];
    struct edit_book book;
    struct device_checks devices;
    struct rates rates;
    struct silence_checks silence;
    struct pack_checks pack;
    /* [receiver][transmitter]; a clone has a truth and a pair of its own for what it tells. */
    struct checked_pair pairs[VB_WORLD_NODES_MAX][VB_WORLD_NODES_MAX];
    uint64_t cloned_ms; /* when there last was a clone */
    uint64_t slept_ms;  /* until when a device slept; its own clock may have stood still */
    uint64_t window_ms[VB_WORLD_NODES_MAX];
    uint32_t window_us[VB_WORLD_NODES_MAX];
    uint32_t sent[VB_WORLD_NODES_MAX][CHECKED_MESSAGES]; /* frames by sender and message */
    uint64_t checks;
    bool failed;
    char text[CHECK_TEXT_SIZE]; /* the first violation: what, where and when */
};

void checkers_init(struct checkers *checkers, const struct vb_world *world);
/* Consumers of the world's observer, see world.h. */
void checkers_sent(struct checkers *checkers, const struct vb_world_node *node,
                   const uint8_t *bytes, size_t size);
void checkers_heard(struct checkers *checkers, const struct vb_world_node *node,
                    const struct vb_world_flight *flight, enum vb_err err);
void checkers_event(struct checkers *checkers, const struct vb_world_node *node,
                    const struct vb_event *event);
void checkers_durable(struct checkers *checkers, const struct vb_world_node *node,
                      enum vb_world_store_kind kind, const struct vb_world_row *row);
void checkers_power(struct checkers *checkers, const struct vb_world_node *node);
void checkers_turned(struct checkers *checkers, const struct vb_world_node *node);
/* The transmitter's store is about to be restored. */
void checkers_restored(struct checkers *checkers, uint8_t transmitter);
/* A clone has come, or is about to leave. */
void checkers_cloned(struct checkers *checkers);
/* A device sleeps until then. */
void checkers_asleep(struct checkers *checkers, uint64_t until_ms);
/* Whether the receiver says that two devices have the transmitter's address. */
bool checkers_says_cloned(const struct checkers *checkers, uint8_t receiver, uint8_t transmitter);
/* Notes a violation found elsewhere. */
void checkers_fail(struct checkers *checkers, const char *format, ...) VB_PRINTF(2, 3);
/* An edit was made at the receiver, with a value that no other change of the run has. */
void checkers_edit(struct checkers *checkers, uint8_t receiver, uint8_t transmitter, uint64_t id,
                   uint8_t tag, uint32_t value);
/* Whether what the receiver holds of the transmitter is in its store. */
bool checkers_stored(const struct checkers *checkers, uint8_t receiver, uint8_t transmitter);
/* Whether a receiver calls an edit timed out although its transmitter has the result. */
bool checkers_edit_untold(const struct checkers *checkers, uint8_t receiver, uint8_t transmitter);
/* The newest reading of the transmitter that the receiver holds; 0 = none. */
uint32_t checkers_newest_reading(const struct checkers *checkers, uint8_t receiver,
                                 uint8_t transmitter);
/* Whether the receiver calls everything verified, and holds exactly what the transmitter does. */
bool checkers_in_sync(const struct checkers *checkers, uint8_t receiver, uint8_t transmitter);

#endif
