/* The board's interfaces to its network: section network in force at one of them (address, name
 * servers, the name that the router shows), and the address that the board has. A change on trial
 * that is taken back comes here again, as it was before. */
#ifndef VOLTBEACON_ESP_IDF_NETIF_ADDRESS_H
#define VOLTBEACON_ESP_IDF_NETIF_ADDRESS_H

#include <esp_netif.h>

#include "voltbeacon/device/transmitter_device.h"

VB_C_BEGIN

/* Both outlive whoever is given them; NULL: there is none. */
struct vb_interfaces {
    esp_netif_t *cable;
    esp_netif_t *station; /* Wi-Fi's */
};

struct vb_netif_view {
    bool cable_is_up; /* with an address or without */
    bool has_address;
    uint8_t ip[4]; /* the cable's, if that has one; else the station's */
};

/* ESP-NETIF and the default event loop, once or again. */
VB_MUST_USE esp_err_t vb_netif_begin(void);

/* For a transmitter, of that interface, which outlives it. What cannot be set is said on the
 * console, and the rest is in force. */
struct vb_network vb_netif_network(esp_netif_t *interface);

/* The interface's IPv4 address; NULL: there is none. False: it has none now. */
bool vb_netif_ipv4(esp_netif_t *interface, uint8_t ip[4]);

struct vb_netif_view vb_interfaces_look(const struct vb_interfaces *interfaces);

VB_C_END

#endif
