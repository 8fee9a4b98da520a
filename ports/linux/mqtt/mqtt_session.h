/* A session: one set of MQTT settings and the thread that serves it, from one configure to the
 * next.
 *
 * The client and the thread each hold a reference to the session, and every session one to the
 * shared state, so that a thread stuck in name resolution can be left behind and cleans up when it
 * returns. */
#ifndef VOLTBEACON_LINUX_MQTT_SESSION_H
#define VOLTBEACON_LINUX_MQTT_SESSION_H

#include <pthread.h>

#include "linux/mqtt/linux_mqtt.h"

struct vb_mqtt_shared {
    pthread_mutex_t lock; /* for everything here and where the session's comments say so */
    pthread_cond_t left;  /* leaving has decreased */
    uint32_t references;
    uint32_t leaving; /* sessions that are stopped but may still be at their broker */
    int event_fd;     /* wakes the client */
    uint32_t retry_ms_min;
    uint32_t retry_ms_max;
    uint32_t answer_ms_max;
    bool available; /* the value of <prefix>/status */
    uint32_t connections;
    uint64_t published;
    uint64_t dropped;
};

struct vb_mqtt_message {
    char suffix[VB_MQTT_SUFFIX_SIZE];
    bool retain;
    size_t size;
    uint8_t bytes[VB_MQTT_PAYLOAD_BYTES_MAX];
};

struct vb_mqtt_session {
    struct vb_mqtt_shared *shared;
    struct vb_broker_settings settings; /* never changes */
    int wake_fd;                        /* wakes the thread */

    /* Under shared->lock. */
    uint32_t references;
    bool stop;
    bool ended;
    bool at_broker; /* a broker may know it: from CONNECT until the connection is closed */
    bool connected; /* accepted by the broker */
    bool leaving;   /* counted in shared->leaving */
    enum vb_mqtt_fault fault;
    char error[VB_MQTT_ERROR_SIZE];
    size_t first;
    size_t count;
    struct vb_mqtt_message messages[VB_MQTT_QUEUE_MAX]; /* a ring */
};

/* Starts the thread. NULL if it cannot be started. The caller holds one reference. */
struct vb_mqtt_session *vb_mqtt_session_start(struct vb_mqtt_shared *shared,
                                              const struct vb_broker_settings *settings);
/* Asks the thread to send "offline" and end; does not wait. Call without shared->lock. */
void vb_mqtt_session_stop(struct vb_mqtt_session *session);
void vb_mqtt_session_wake(const struct vb_mqtt_session *session);
void vb_mqtt_session_release(struct vb_mqtt_session *session);

void vb_mqtt_shared_release(struct vb_mqtt_shared *shared);

#endif
