/* The MQTT client: publishes to one broker and maintains its availability there, on its own
 * threads.
 *
 * No call here waits for the network. libmosquitto resolves names in the caller's thread, so a
 * broker whose name does not resolve blocks a thread for as long as the resolver likes: that thread
 * is left behind and a new one takes over.
 *
 * Availability: <prefix>/status is retained and holds the last value of vb_mqtt_available();
 * "offline" before the first call, after a clean stop, after a move to another broker, and, by last
 * will, when the connection is lost. */
#ifndef VOLTBEACON_LINUX_LINUX_MQTT_H
#define VOLTBEACON_LINUX_LINUX_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mqtt/mqtt_rules.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/broker.h"

enum {
    VB_MQTT_QUEUE_MAX = 16, /* messages waiting for the broker; beyond that the oldest is dropped */
    VB_MQTT_PAYLOAD_BYTES_MAX = 8 * 1024,
    VB_MQTT_ERROR_SIZE = 256,
    VB_MQTT_LEFT_BEHIND_MAX = 4 /* threads; with that many stuck, new settings wait for one to
                                   end */
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
    char server[64]; /* of the settings in effect, like port */
    uint16_t port;
    uint32_t connections;     /* made so far: one more, and retained messages are due again */
    uint64_t published;       /* handed to the broker's connection */
    uint64_t dropped;         /* the queue was full, or there was no connection, or no memory */
    uint32_t left_behind;     /* threads that have not ended yet */
    enum vb_mqtt_fault fault; /* why it is not connected; VB_MQTT_FAULT_NONE while it is */
    char error[VB_MQTT_ERROR_SIZE]; /* the same in words, with the server's name; "" while it is */
};

struct vb_mqtt_options {
    /* From vb_mqtt_dispatch: the state or the error has changed. After vb_mqtt_configure its
     * initial state is always reported; other changes in between may be skipped. */
    void (*on_change)(void *ctx, const struct vb_mqtt_status *status);
    void *ctx;
    uint32_t retry_ms_min;  /* between attempts, doubling; 0 = 1000 */
    uint32_t retry_ms_max;  /* 0 = 30000 */
    uint32_t answer_ms_max; /* for a broker to accept the connection; 0 = 10000 */
};

struct vb_mqtt;

/* Disabled until configured. NULL, with the reason logged, if it cannot be created. */
struct vb_mqtt *vb_mqtt_create(const struct vb_mqtt_options *options);
/* Sends "offline" to the broker, waiting for up to a second. */
void vb_mqtt_destroy(struct vb_mqtt *client);

/* Takes effect immediately and does not wait. Equal settings change nothing. */
void vb_mqtt_configure(struct vb_mqtt *client, const struct vb_broker_settings *settings);

/* The value of <prefix>/status, now and after each reconnect. */
void vb_mqtt_available(struct vb_mqtt *client, bool online);

/* The client as seen by a device; its ctx is the client. */
struct vb_broker vb_mqtt_broker(struct vb_mqtt *client);

/* Publishes to <prefix>/<suffix> with QoS 0. The bytes are copied. */
void vb_mqtt_publish(struct vb_mqtt *client, const char *suffix, const void *bytes, size_t size,
                     bool retain);

void vb_mqtt_status(struct vb_mqtt *client, struct vb_mqtt_status *status);

/* Readable when there is something to dispatch. Owned by the client. */
int vb_mqtt_fd(const struct vb_mqtt *client);
void vb_mqtt_dispatch(struct vb_mqtt *client);

#endif
