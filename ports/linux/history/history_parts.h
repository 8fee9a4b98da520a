/* Shared by the two threads of the history. history.c runs on the loop's thread, history_keeper.c
 * on the history's own, which gathers readings into points and writes them. */
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

    /* Only for the history's thread. */
    struct vb_gather gather;
    struct vb_database file;
    struct vb_history_tiers tiers;
    bool is_open;
    bool refused; /* permanently */
    bool failed;  /* at the last write */
    uint32_t openings;
    uint32_t written_ms; /* of the last write or attempt */
    bool resting;        /* from pruning */
    uint32_t rest_begun_ms;
    uint32_t looked_ms; /* both clocks, as of the last check */
    uint64_t looked_wall_ms;

    /* Only for the dispatching thread. */
    struct vb_history_query query;
    uint32_t query_opened;  /* which opening it reads; 0 = none */
    struct vb_rollup point; /* the last one requested */
};

/* The state while the file is writable: RECORDING, WAITING for the clock, or OFF. Under the
 * lock. */
enum vb_history_state vb_history_working_state(const struct vb_history *h);

/* The history's thread: runs until h->closing. ctx: a struct vb_history. */
void *vb_history_keep(void *ctx);

#endif
