/* Why a transmitter has no connection to its MQTT broker: a number sent in the runtime status, its
 * name and its text. */
#ifndef VOLTBEACON_MQTT_FAULT_H
#define VOLTBEACON_MQTT_FAULT_H

#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* X(NAME, "name", "in words"). Only append rows: the number is used on the
 * wire. */
#define VB_MQTT_FAULT_LIST(X)                                                     \
    X(NONE, "none", "nothing is wrong, or nothing was tried yet")                 \
    X(OTHER, "other", "the connection failed")                                    \
    X(NAME_NOT_FOUND, "name_not_found", "the server's name was not found")        \
    X(REFUSED, "refused", "nothing listens on this port of the server")           \
    X(NOT_AUTHORISED, "not_authorised", "the user name or password was rejected") \
    X(CERTIFICATE, "certificate", "the server's certificate was rejected")        \
    X(UNREACHABLE, "unreachable", "there is no route to the server")              \
    X(SILENT, "silent", "the server does not answer")                             \
    X(NOT_MQTT, "not_mqtt", "the server does not speak MQTT as expected")         \
    X(UNAVAILABLE, "unavailable", "the broker is not accepting connections now")  \
    X(CLOSED, "closed", "the broker closed the connection")

enum vb_mqtt_fault {
#define X(NAME, name, words) VB_MQTT_FAULT_##NAME,
    VB_MQTT_FAULT_LIST(X)
#undef X
        VB_MQTT_FAULT_COUNT
};

/* "refused" and its words; a fault from a later version is "other". Static storage. */
const char *vb_mqtt_fault_name(uint8_t fault);
const char *vb_mqtt_fault_text(uint8_t fault);

VB_C_END

#endif
