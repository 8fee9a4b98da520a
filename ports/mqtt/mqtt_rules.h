/* What every client of a device's broker keeps to, whichever library carries it: what a failure is
 * called, when it is tried again, what <prefix>/status says, and which settings are another
 * broker. Sans-IO. */
#ifndef VOLTBEACON_MQTT_RULES_H
#define VOLTBEACON_MQTT_RULES_H

#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/broker.h"

VB_C_BEGIN

enum {
    VB_MQTT_SUFFIX_SIZE = 64, /* of a topic below the prefix; bytes including NUL */
    VB_MQTT_TOPIC_SIZE = VB_MQTT_SUFFIX_SIZE + sizeof((struct vb_broker_settings *)0)->prefix,
    VB_MQTT_WHAT_SIZE = 128,
    VB_MQTT_RETRY_MS_MIN = 1000,
    VB_MQTT_RETRY_MS_MAX = 30000
};

/* Why there is no connection, and the same in words that follow "broker NAME:PORT ". */
struct vb_mqtt_problem {
    enum vb_mqtt_fault fault;
    char what[VB_MQTT_WHAT_SIZE];
};

/* errno of a connection that failed or broke; 0: the other end closed it. */
struct vb_mqtt_problem vb_mqtt_problem_of_errno(int reason);
/* The return code of a CONNACK that is not 0; MQTT 3.1.1, 3.2.2.3. */
struct vb_mqtt_problem vb_mqtt_problem_of_answer(int answer);

/* The pause after one of delay_ms, where that has not helped. */
uint32_t vb_mqtt_retry_ms(uint32_t delay_ms, uint32_t max_ms);

/* "<prefix>/<suffix>"; suffix shorter than VB_MQTT_SUFFIX_SIZE. */
void vb_mqtt_topic(const struct vb_broker_settings *settings, const char *suffix,
                   char topic[VB_MQTT_TOPIC_SIZE]);
/* The retained value of <prefix>/status; that of the last will is of false. */
const char *vb_mqtt_availability(bool online);

/* Whether nothing has changed: the connection stays as it is. */
bool vb_mqtt_settings_equal(const struct vb_broker_settings *a, const struct vb_broker_settings *b);

VB_C_END

#endif
