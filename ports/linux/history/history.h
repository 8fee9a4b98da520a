/* The history at the receiver: DIR/history.db, written by its own thread.
 *
 * The live path passes readings into a bounded queue and never waits; readings that do not fit are
 * dropped and counted. The thread rolls them up and writes every write_interval_ms, so a power cut,
 * or a kill, costs at most that and the current 10 s. While the file cannot be written it pauses,
 * reports that, keeps what fits in memory, and resumes by itself. See docs/history.md. */
#ifndef VOLTBEACON_LINUX_HISTORY_H
#define VOLTBEACON_LINUX_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "linux/system/system_clock.h"
#include "voltbeacon/api/history_source.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/reading.h"
#include "voltbeacon/device/history_store.h"

enum {
    VB_HISTORY_QUEUE_MAX = 512,        /* readings: 51 s at ten per second */
    VB_HISTORY_PRUNE_ROWS_MAX = 500,   /* at a time, per pack and tier */
    VB_HISTORY_PRUNE_REST_MS = 3600000 /* see prune_rest_ms */
};

/* A clock before this has not been set yet: nothing can be recorded under it. */
#define VB_HISTORY_WALL_MS_MIN VB_WALL_SET_FROM_MS

/* On the thread that dispatches: the history has paused, resumed, or failed. */
typedef void (*vb_history_state_fn)(void *ctx, const struct vb_history_status *status);

struct vb_history_options {
    const char *dir; /* must exist; outlives the history */
    struct vb_history_settings settings;
    vb_history_state_fn on_state; /* NULL: not reported */
    void *ctx;
    uint64_t (*wall_ms)(void); /* the clock for judging age; NULL: vb_wall_ms() */
    /* After the start, and after a jump of the wall clock, nothing is pruned for this long: a clock
     * that is wrong by years would delete everything. */
    uint32_t prune_rest_ms;
    uint32_t look_ms;   /* how often the thread looks into its queue; 0 = 1 s */
    uint32_t silent_ms; /* of a pack; its point is written without further waiting; 0 = 12 s */
    uint32_t retry_ms;  /* while the file cannot be written; 0 = 5 s */
};

struct vb_history;

/* NULL, with the reason in error, if no thread can be started. The thread opens the file, since
 * checking it may take seconds; until then readings wait in the queue. */
struct vb_history *vb_history_start(const struct vb_history_options *options, char *error,
                                    size_t error_size);
/* Writes what was queued, then ends the thread. NULL is allowed. */
void vb_history_stop(struct vb_history *history);

/* Takes effect immediately. */
void vb_history_set(struct vb_history *history, const struct vb_history_settings *settings);

/* A reading of a transmitter, in its epoch, sampled at wall_ms by this machine's clock. False if it
 * is dropped: the queue is full, or the clock has not been set. */
bool vb_history_add(struct vb_history *history, const struct vb_mac *mac, uint16_t epoch,
                    const struct vb_reading *reading, uint64_t wall_ms);

void vb_history_status(struct vb_history *history, struct vb_history_status *status);

/* The API's read access, on the thread that dispatches. Valid until vb_history_stop(). */
const struct vb_history_source *vb_history_source(const struct vb_history *history);

/* Readable when there is something to dispatch. Owned by the history. */
int vb_history_fd(const struct vb_history *history);
void vb_history_dispatch(struct vb_history *history);

#endif
