/* Section network in force at an interface: address, name servers, the name that the router shows.
 * A change on trial that is taken back comes here again, as it was before. */
#ifndef VOLTBEACON_ESP_IDF_WIFI_ADDRESS_H
#define VOLTBEACON_ESP_IDF_WIFI_ADDRESS_H

#include <esp_netif.h>

#include "voltbeacon/device/transmitter_device.h"

VB_C_BEGIN

/* For a transmitter, of that interface, which outlives it. What cannot be set is said on the
 * console, and the rest is in force. */
struct vb_network vb_wifi_address(esp_netif_t *interface);

VB_C_END

#endif
