/* Wi-Fi: joins the network that is known, again and again until it is there; where none is known,
 * at the first start, opens an access point for ten minutes in which one is chosen. Where none is
 * needed it does neither.
 *
 * The station's interface runs in either case, for ESP-NOW. What becomes of it is said on the
 * console. The wall clock is set by SNTP once there is an address. */
#ifndef VOLTBEACON_ESP_IDF_WIFI_H
#define VOLTBEACON_ESP_IDF_WIFI_H

#include <esp_netif.h>
#include <esp_timer.h>

#include "esp-idf/voltbeacon/wifi_network.h"
#include "voltbeacon/core/mac.h"

VB_C_BEGIN

enum {
    VB_WIFI_OPEN_S = 600,     /* the access point of a first start */
    VB_WIFI_AGAIN_MS = 10000, /* between two tries: a search leaves the channel for 1 to 3 s */
    VB_WIFI_PASSPHRASE = 12,  /* characters, of 32 each: 60 bits */
    VB_WIFI_CHANNEL = 1       /* of the access point, and where no network is joined */
};

/* There is one in a program; it must stay where it is. */
struct vb_wifi {
    struct vb_wifi_network network;
    esp_netif_t *station;
    esp_timer_handle_t closing, again;
    /* Of the access point; "" where none was opened. */
    char name[sizeof "voltbeacon-ffff"];
    char passphrase[VB_WIFI_PASSPHRASE + 1];
    bool is_open;    /* the access point is; read on other tasks */
    bool is_joining; /* likewise: the driver looks for the network, on all channels */
    bool is_joined;  /* likewise */
    bool has_clock;
};

/* Starts the driver, by the rules of network's country; without one by those that hold everywhere.
 * mac is the station's. ESP_OK: the station's interface runs, whether or not the
 * network is there. An error of ESP-IDF's: there is no radio. */
VB_MUST_USE esp_err_t vb_wifi_start(struct vb_wifi *wifi, const struct vb_wifi_network *network,
                                    const struct vb_mac *mac);

/* Whether a network may be chosen now, by whoever is near enough to know the passphrase. */
bool vb_wifi_is_open(const struct vb_wifi *wifi);

/* Whether the driver is looking for the network: the channel is its own meanwhile. */
bool vb_wifi_is_joining(const struct vb_wifi *wifi);
/* Whether the network is joined, with an address or without. */
bool vb_wifi_is_joined(const struct vb_wifi *wifi);

/* The board has a network by cable: the clock is set over it, and the access point, if it is open,
 * is closed. On the event loop's task. */
void vb_wifi_give_way(struct vb_wifi *wifi);

VB_C_END

#endif
