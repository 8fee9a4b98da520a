/* What a device needs of an MQTT client: one broker, publishing, and why it cannot be reached. */
#ifndef VOLTBEACON_DEVICE_BROKER_H
#define VOLTBEACON_DEVICE_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/mqtt_fault.h"

/* As in section mqtt; every text may be empty, sizes with the NUL. */
struct vb_broker_settings {
    bool enabled; /* false: no connection is kept */
    char server[64];
    uint16_t port;
    char username[64];
    char password[65];
    char client_id[24]; /* "" = one made up by the client */
    char prefix[32];
    uint16_t keepalive_s; /* 5 to 3600 */
};

struct vb_broker_status {
    bool connected;
    enum vb_mqtt_fault fault; /* VB_MQTT_FAULT_NONE while connected or disabled */
};

/* All functions return at once, whatever the network does. */
struct vb_broker {
    void *ctx;

    /* From now on this broker, or none. Equal settings change nothing. */
    void (*configure)(void *ctx, const struct vb_broker_settings *settings);

    /* To <prefix>/<suffix>, QoS 0. The bytes are copied; dropped where there is no connection. The
     * client bounds what waits and drops the oldest. */
    void (*publish)(void *ctx, const char *suffix, const void *bytes, size_t size, bool retain);

    /* What <prefix>/status says, retained, from now on and after each reconnection: "online" or
     * "offline". Whatever was said last, the broker says "offline" once the connection is lost. */
    void (*available)(void *ctx, bool online);

    void (*status)(void *ctx, struct vb_broker_status *status);
};

#endif
