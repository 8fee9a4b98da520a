/* The Wi-Fi network that a board joins, or that it needs none, and the country: kept in NVS, in a
 * namespace of its own, so that it is known before anything else of the device is. Whenever the
 * power goes it is the old one or the new. */
#ifndef VOLTBEACON_ESP_IDF_WIFI_NETWORK_H
#define VOLTBEACON_ESP_IDF_WIFI_NETWORK_H

#include <esp_err.h>
#include <stdbool.h>

#include "esp-idf/voltbeacon/wifi_country.h"

VB_C_BEGIN

struct vb_wifi_network {
    char name[33];       /* SSID, 1 to 32 bytes; "" = none is known */
    char passphrase[64]; /* 8 to 63 bytes; "" = the network is open */
    bool is_unneeded;    /* there is to be none: name and passphrase are "" */
    bool is_by_cable;    /* likewise: the board's network is its cable, which has worked */
    char country[VB_WIFI_COUNTRY_SIZE]; /* "" = none was chosen */
};

/* NULL, or a sentence: what is to be corrected. */
const char *vb_wifi_network_problem(const struct vb_wifi_network *network);

/* vb_nvs_start() was called for the partition. None is known where none was stored, or
 * what is stored is damaged. An error of NVS's: it could not be looked; none is known. */
VB_MUST_USE esp_err_t vb_wifi_network_load(const char *partition, struct vb_wifi_network *network);
/* network is sound; without a country in it the one that was chosen stays. After ESP_OK it outlives
 * a power cut; an error of NVS's: the old one is there, or the new. */
VB_MUST_USE esp_err_t vb_wifi_network_store(const char *partition,
                                            const struct vb_wifi_network *network);
/* None is known from then on, nor that none is needed; the country stays. Errors as above. */
VB_MUST_USE esp_err_t vb_wifi_network_forget(const char *partition);
/* The board is in that country, of vb_wifi_country_read(); the rest stays. Errors as above. */
VB_MUST_USE esp_err_t vb_wifi_network_move(const char *partition, const char *country);

VB_C_END

#endif
