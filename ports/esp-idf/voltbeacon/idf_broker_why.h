/* Why a client of esp-mqtt has come to its end: in the faults and words that every client of a
 * device's broker has. */
#ifndef VOLTBEACON_ESP_IDF_IDF_BROKER_WHY_H
#define VOLTBEACON_ESP_IDF_IDF_BROKER_WHY_H

#include <mqtt_client.h>

#include "mqtt/mqtt_rules.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

struct vb_idf_broker_end {
    bool was_accepted; /* by the broker */
    uint32_t tried_ms; /* from its first step on; of one that was accepted, any */
    /* As told last; its type is MQTT_ERROR_TYPE_NONE where esp-mqtt named no reason. */
    esp_mqtt_error_codes_t error;
};

/* answer_ms_max: how long esp-mqtt was to wait at each step. */
struct vb_mqtt_problem vb_idf_broker_why(const struct vb_idf_broker_end *end,
                                         uint32_t answer_ms_max);

VB_C_END

#endif
