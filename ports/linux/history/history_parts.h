/* What the two threads of the history share. history.c is the loop's thread, history_keeper.c the
 * history's own, which gathers readings into points and writes them. */
#ifndef VOLTBEACON_LINUX_HISTORY_PARTS_H
#define VOLTBEACON_LINUX_HISTORY_PARTS_H

#include <pthread.h>

#include "linux/history/history.h"
#include "linux/history/history_gather.h"
#include "linux/history/history_query.h"
#include "linux/history/history_tiers.h"
#include "linux/store/database.h"

struct vb_history {
    struct vb_history_options options;
    struct vb_history_source source;
    int event_fd;
    pthread_t thread;
    bool thread_runs;
    pthread_mutex_t lock;
    pthread_cond_t work;

    /* Under lock. */
    bool closing;
    struct vb_history_settings settings;
    struct vb_history_status status;
    uint32_t opened; /* how often the file was opened; 0 while it is closed */
    uint16_t queue_first;
    uint16_t queue_count;
    struct vb_history_sample queue[VB_HISTORY_QUEUE_MAX];

    /* The history's thread alone. */
    struct vb_gather gather;
    struct vb_database file;
    struct vb_history_tiers tiers;
    bool is_open;
    bool refused; /* for good */
    bool failed;  /* the last time it was to be written */
    uint32_t openings;
    uint32_t written_ms; /* when it was last written, or a write was tried */
    bool resting;        /* from pruning */
    uint32_t rest_begun_ms;
    uint32_t looked_ms; /* both clocks, when they were last looked at */
    uint64_t looked_wall_ms;

    /* The dispatching thread alone. */
    struct vb_history_query query;
    uint32_t query_opened;  /* which opening it reads; 0 = none */
    struct vb_rollup point; /* what was last asked for */
};

/* Where the file can be written: RECORDING, WAITING for the clock, or OFF. Under the lock. */
enum vb_history_state vb_history_working_state(const struct vb_history *h);

/* The history's thread: runs until h->closing. ctx: a struct vb_history. */
void *vb_history_keep(void *ctx);

#endif
