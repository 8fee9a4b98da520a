/* The history in the receiver: what it is told, and whom it tells. */
#ifndef VOLTBEACON_APPS_RECEIVER_HISTORY_H
#define VOLTBEACON_APPS_RECEIVER_HISTORY_H

#include "linux/history/history.h"
#include "linux/loop/loop.h"
#include "voltbeacon/api/api.h"
#include "voltbeacon/api/push.h"
#include "voltbeacon/core/event.h"

struct vb_receiver_history {
    struct vb_api *api;
    struct vb_history *history; /* NULL: none could be started */
    /* Of each of the receiver's peers: how many of its readings have been handed over. */
    uint32_t readings[VB_PUSH_PEERS_MAX];
};

/* Makes the process ready for time zones; to be called before any thread is started. */
void vb_receiver_history_prepare(void);

/* Starts the history in the folder dir and shows it to the API, whose receiver and settings are
 * there. on_state, if not NULL, hears of every change of its state. Without a history the receiver
 * goes on; the log says why. */
void vb_receiver_history_start(struct vb_receiver_history *self, struct vb_api *api,
                               struct vb_loop *loop, const char *dir, vb_history_state_fn on_state,
                               void *ctx);
/* The receiver's own settings may have changed. */
void vb_receiver_history_settings(struct vb_receiver_history *self);
/* Every event of the receiver's queue comes here. */
void vb_receiver_history_event(struct vb_receiver_history *self, const struct vb_event *event);
/* Writes what has been gathered. After the loop has ended. */
void vb_receiver_history_stop(struct vb_receiver_history *self);

#endif
