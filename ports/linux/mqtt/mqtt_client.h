/* The MQTT client: publishes to one broker and keeps its availability there, on threads of its
 * own.
 *
 * No call here waits for the network. libmosquitto resolves names in its caller, so a broker
 * whose name does not resolve holds a thread for as long as the resolver likes: that thread is
 * left behind and a new one takes over.
 *
 * Availability: <prefix>/status is "online", retained, while connected; "offline" after a clean
 * stop, after a move to another broker, and, by last will, when the connection is lost. */
#ifndef VOLTBEACON_LINUX_MQTT_CLIENT_H
#define VOLTBEACON_LINUX_MQTT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

enum {
    VB_MQTT_QUEUE_MAX = 16, /* messages waiting for the broker; beyond it the oldest is dropped */
    VB_MQTT_PAYLOAD_BYTES_MAX = 8 * 1024,
    VB_MQTT_SUFFIX_SIZE = 64, /* bytes with the NUL */
    VB_MQTT_ERROR_SIZE = 256,
    VB_MQTT_LEFT_BEHIND_MAX = 4 /* threads; with as many stuck, new settings wait for one to end */
};

/* As in the section mqtt; every text may be empty, sizes with the NUL. */
struct vb_mqtt_settings {
    bool enabled;
    char server[64];
    uint16_t port;
    char username[64];
    char password[65];
    char client_id[24]; /* "" = one made up at random */
    char prefix[32];
    uint16_t keepalive_s; /* 5 or more, what libmosquitto asks for */
};

/* X(NAME, "name") */
#define VB_MQTT_STATE_LIST(X)   \
    X(DISABLED, "disabled")     \
    X(CONNECTING, "connecting") \
    X(CONNECTED, "connected")

enum vb_mqtt_state {
#define X(NAME, name) VB_MQTT_##NAME,
    VB_MQTT_STATE_LIST(X)
#undef X
};

const char *vb_mqtt_state_name(enum vb_mqtt_state state);

struct vb_mqtt_status {
    enum vb_mqtt_state state;
    uint32_t connections;           /* made so far: one more, and retained messages are due again */
    uint64_t published;             /* handed to the broker's connection */
    uint64_t dropped;               /* the queue was full, or there was no connection */
    uint32_t left_behind;           /* threads that have not ended yet */
    char error[VB_MQTT_ERROR_SIZE]; /* why it is not connected, in words; "" while it is */
};

struct vb_mqtt_options {
    /* From vb_mqtt_dispatch: the state or the error is another one. After vb_mqtt_configure the
     * state it began with is always told; other changes in between may be left out. */
    void (*on_change)(void *ctx, const struct vb_mqtt_status *status);
    void *ctx;
    uint32_t retry_ms_min;  /* between attempts, doubling; 0 = 1000 */
    uint32_t retry_ms_max;  /* 0 = 30000 */
    uint32_t answer_ms_max; /* for a broker to accept the connection; 0 = 10000 */
};

struct vb_mqtt;

/* Disabled until it is configured. NULL, and the reason logged, when it cannot be made. */
struct vb_mqtt *vb_mqtt_create(const struct vb_mqtt_options *options);
/* Says "offline" to the broker, for which it waits up to a second. */
void vb_mqtt_destroy(struct vb_mqtt *client);

/* Takes effect at once and does not wait. Equal settings change nothing. */
void vb_mqtt_configure(struct vb_mqtt *client, const struct vb_mqtt_settings *settings);

/* Publishes to <prefix>/<suffix> with QoS 0. The bytes are copied. */
void vb_mqtt_publish(struct vb_mqtt *client, const char *suffix, const void *bytes, size_t size,
                     bool retain);

void vb_mqtt_status(struct vb_mqtt *client, struct vb_mqtt_status *status);

/* Readable when there is something to dispatch. It stays the client's. */
int vb_mqtt_fd(const struct vb_mqtt *client);
void vb_mqtt_dispatch(struct vb_mqtt *client);

#endif
