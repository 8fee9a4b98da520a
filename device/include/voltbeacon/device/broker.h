/* What a device needs of an MQTT client: one broker, publishing, and why it cannot be reached. */
#ifndef VOLTBEACON_DEVICE_BROKER_H
#define VOLTBEACON_DEVICE_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* Why there is no connection. X(NAME, "name", "in words"); the number travels in the runtime
 * status, so rows are only ever added at the end, at most 15. */
#define VB_BROKER_FAULT_LIST(X)                                                    \
    X(NONE, "none", "nothing is wrong, or nothing was tried yet")                  \
    X(OTHER, "other", "the connection failed")                                     \
    X(NAME_NOT_FOUND, "name_not_found", "the server's name was not found")         \
    X(REFUSED, "refused", "nothing listens on this port of the server")            \
    X(NOT_AUTHORISED, "not_authorised", "user name or password were not accepted") \
    X(CERTIFICATE, "certificate", "the server's certificate was not accepted")     \
    X(UNREACHABLE, "unreachable", "there is no way to the server")                 \
    X(SILENT, "silent", "the server does not answer")                              \
    X(NOT_MQTT, "not_mqtt", "the server does not speak MQTT as expected")          \
    X(UNAVAILABLE, "unavailable", "the broker takes no connections now")           \
    X(CLOSED, "closed", "the broker closed the connection")

enum vb_broker_fault {
#define X(NAME, name, words) VB_BROKER_##NAME,
    VB_BROKER_FAULT_LIST(X)
#undef X
        VB_BROKER_FAULT_COUNT
};

struct vb_broker_status {
    bool connected;
    enum vb_broker_fault fault; /* VB_BROKER_NONE while connected or disabled */
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
