/* What drives the cable of this board. */
#ifndef VOLTBEACON_ESP_IDF_CABLE_PORT_H
#define VOLTBEACON_ESP_IDF_CABLE_PORT_H

#include "esp-idf/voltbeacon/ethernet.h"

struct vb_ethernet_port vb_cable_port(void);

#endif
