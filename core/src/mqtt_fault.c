#include "voltbeacon/core/mqtt_fault.h"

static const struct {
    const char *name;
    const char *text;
} faults[VB_MQTT_FAULT_COUNT] = {
#define X(NAME, name, words) {name, words},
    VB_MQTT_FAULT_LIST(X)
#undef X
};

static uint8_t known(uint8_t fault)
{
    return fault < VB_MQTT_FAULT_COUNT ? fault : VB_MQTT_FAULT_OTHER;
}

const char *vb_mqtt_fault_name(uint8_t fault)
{
    return faults[known(fault)].name;
}

const char *vb_mqtt_fault_text(uint8_t fault)
{
    return faults[known(fault)].text;
}
