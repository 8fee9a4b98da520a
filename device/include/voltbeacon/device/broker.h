/* The MQTT client interface of a device: one broker, publishing, and why it cannot be reached. */
#ifndef VOLTBEACON_DEVICE_BROKER_H
#define VOLTBEACON_DEVICE_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/mqtt_fault.h"

/* As in section mqtt; every text may be empty, sizes include the NUL. */
struct vb_broker_settings {
    bool enabled; /* false: do not connect */
    char server[64];
    uint16_t port;
    char username[64];
    char password[65];
    char client_id[24]; /* "" = chosen by the client */
    char prefix[32];
    uint16_t keepalive_s; /* 5 to 3600 */
};

struct vb_broker_status {
    bool connected;
    enum vb_mqtt_fault fault; /* VB_MQTT_FAULT_NONE while connected or disabled */
};

/* All functions return immediately, whatever the network does. */
struct vb_broker {
    void *ctx;

    /* From now on use this broker, or none. Equal settings change nothing. */
    void (*configure)(void *ctx, const struct vb_broker_settings *settings);

    /* To <prefix>/<suffix>, QoS 0. The bytes are copied; dropped if not connected. The client
     * limits its queue and drops the oldest. */
    void (*publish)(void *ctx, const char *suffix, const void *bytes, size_t size, bool retain);

    /* The retained value of <prefix>/status from now on and after each reconnect: "online" or
     * "offline". Whatever it is, the broker sets "offline" once the connection is lost. */
    void (*available)(void *ctx, bool online);

    void (*status)(void *ctx, struct vb_broker_status *status);
};

#endif
