/* One run from one seed: ten minutes or more of devices, faults and deeds; then the faults heal and
 * everyone must be verified in sync. */
#ifndef VOLTBEACON_SCENARIO_H
#define VOLTBEACON_SCENARIO_H

#include "again.h"
#include "checkers.h"
#include "recorder.h"
#include "trouble.h"
#include "world/world_seal.h"

enum {
    SETTLE_MS = 16000,                /* at rest, after the faults have healed */
    SETTINGS_AGAIN_MS = 11000,        /* a receiver rereads its own every 10 s */
    SETTLE_EDIT_MS = 2000,            /* after an edit */
    SETTLE_RESTART_MS = AGAIN_MS_MAX, /* after a boot */
    LATE_MS_MAX = 3000,               /* the longest delay of a frame */
    CLONE_MISSED_MS = 45000,          /* how long a device that has left is waited for */
    READINGS_BEHIND_MAX = 3
};

/* X(NAME, "name"): what the scenario does to its world. */
#define DEED_LIST(X)                                         \
    X(SET, "change at the transmitter")                      \
    X(EDIT, "edit")                                          \
    X(RACE, "two edits racing")                              \
    X(REBOOT_TRANSMITTER, "reboot of a transmitter")         \
    X(REBOOT_RECEIVER, "reboot of a receiver")               \
    X(CUT_TRANSMITTER, "power cut at a transmitter's store") \
    X(CUT_RECEIVER, "power cut at a receiver's store")       \
    X(AWAY, "device off for a while")                        \
    X(WIPE, "store wiped")                                   \
    X(BACKUP, "backup taken")                                \
    X(RESTORE, "backup restored")                            \
    X(REVISION, "store written by a later firmware")         \
    X(GOODBYE, "goodbye")                                    \
    X(STATUS, "new runtime status")                          \
    X(FREEZE, "device frozen, its clock running")            \
    X(SLEEP, "device asleep, its clock standing still")      \
    X(LEAP, "clock leaping ahead")                           \
    X(MOVE, "receiver moved to another network")             \
    X(STREAM, "stream on or off")                            \
    X(LINKS, "other faults on the links")                    \
    X(DISKS, "other faults of the stores")                   \
    X(ROT, "bit flipped in a store")                         \
    X(UNREADABLE, "store that cannot be read for a while")   \
    X(FULL, "disk full, at a start too")                     \
    X(CLOCK, "wall clock set at last")                       \
    X(TUNE, "settings that act changed at a transmitter")    \
    X(OWN, "settings that act changed at a receiver")        \
    X(STRANGER, "word of a stranger")                        \
    X(CLONE, "clone that comes or leaves")                   \
    X(LOST, "disk that loses what it has answered")          \
    X(SOURCE, "source that falls silent, or is back")        \
    X(BROKER, "broker that comes, goes or falls silent")     \
    X(BESIDE, "others that go on beside one that misbehaves")

enum deed {
#define X(NAME, name) DEED_##NAME,
    DEED_LIST(X)
#undef X
        DEED_COUNT
};

const char *deed_name(enum deed deed);

/* X(NAME, "name"): how many devices a world has. */
#define SIZE_LIST(X)                                              \
    X(SMALL, "small") /* 1 or 2 transmitters, 1 to 3 receivers */ \
    X(SWARM, "swarm") /* from the least to the most */            \
    X(FULL, "full")   /* as many as a device has places for: 16, 8 */

enum world_size {
#define X(NAME, name) SIZE_##NAME,
    SIZE_LIST(X)
#undef X
        SIZE_COUNT
};

/* Options for all runs. */
struct scenario_options {
    uint64_t without; /* bit n: the n-th deed is never done */
    uint32_t minutes;
    enum world_size size;
    bool trace;
};

enum { CONVERGED_BINS = 6 };
/* Upper bounds of the bins for the time from healing until all are in sync; the last is open. */
extern const uint32_t converged_ms[CONVERGED_BINS];

/* Added up over all runs, for the summary. */
struct tally {
    uint64_t runs;
    uint64_t virtual_ms;
    uint64_t calm_hours;
    uint64_t events;
    uint64_t checks;
    uint64_t alarms_seen;  /* looks at an open alarm of a cell */
    uint64_t applied_seen; /* comparisons of what is in force */
    uint64_t stopped_seen; /* looks at an open alarm that readings have stopped */
    uint64_t pack_begun;   /* looks at an alarm that a pack's readings cause ... */
    uint64_t pack_held;    /* ... and at one that they do not cause yet */
    uint64_t log;          /* the hash of all runs' logs */
    uint64_t deeds[DEED_COUNT];
    uint64_t troubles[TROUBLES]; /* beside which the others were watched */
    uint64_t links_seen[3];      /* by enum vb_link_state */
    uint64_t syncs_seen[5];      /* by enum vb_sync */
    uint64_t edits_seen[5];      /* by enum vb_edit_state */
    uint64_t events_seen[32];    /* by enum vb_event_type */
    uint64_t converged[CONVERGED_BINS];
    uint32_t again[AGAINS][SETTLE_RESTART_MS + 1]; /* runs in which it took so many ms */
    struct vb_world_link_counts links;
    struct vb_world_counts world;
};

struct scenario {
    struct vb_world world;
    struct checkers checkers;
    struct recorder recorder;
    struct vb_random dice;
    struct vb_world_seal seal; /* of every second seed */
    struct tally *tally;
    uint64_t seed;
    struct scenario_options options;
    uint32_t value; /* of the next edit; all differ */
};

/* Runs it to its end, or to the first violation: checkers.failed, checkers.text. */
void scenario_run(struct scenario *scenario, uint64_t seed, const struct scenario_options *options,
                  struct tally *tally);

/* For the end of a run: lets so long pass. */
void scenario_pass(struct scenario *scenario, uint64_t ms);
/* Likewise. Returns after how much of it all were in sync, and stayed so; ms + 1 if they are not at
 * the end. */
uint64_t scenario_settle(struct scenario *scenario, uint64_t ms);

/* Nothing happens: one transmitter, one receiver, a clean link, a reading every so many
 * milliseconds (0 = none), with every property checked at every event. */
void scenario_calm(struct scenario *scenario, uint32_t minutes, uint32_t reading_every_ms,
                   struct tally *tally);

#endif
