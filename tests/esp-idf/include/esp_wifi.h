/* The Wi-Fi driver: what is used of it, from ESP-IDF 5.5's "Wi-Fi" reference. */
#ifndef VOLTBEACON_ESP_IDF_ESP_WIFI_H
#define VOLTBEACON_ESP_IDF_ESP_WIFI_H

#include <stdbool.h>

#include <esp_event.h>
#include <esp_wifi_types.h>

typedef struct {
    int nvs_enable; /* the driver keeps its settings in NVS, and does not start without it */
    int magic;      /* that the driver was initialised by the macro */
} wifi_init_config_t;

#define WIFI_INIT_CONFIG_DEFAULT()           \
    {                                        \
        .nvs_enable = 1, .magic = 0x1F2F3F4F \
    }

esp_err_t esp_wifi_init(const wifi_init_config_t *config);
esp_err_t esp_wifi_set_storage(wifi_storage_t storage);
/* Of two letters, or "01": the channels that are allowed everywhere. While the station has joined a
 * network that announces a country, ieee80211d_enabled lets that one count. */
esp_err_t esp_wifi_set_country_code(const char *country, bool ieee80211d_enabled);
esp_err_t esp_wifi_set_mode(wifi_mode_t mode);
/* The mode has that interface. */
esp_err_t esp_wifi_set_config(wifi_interface_t interface, wifi_config_t *conf);
esp_err_t esp_wifi_start(void);
esp_err_t esp_wifi_stop(void);
esp_err_t esp_wifi_connect(void); /* returns at once; an event says what came of it */
esp_err_t esp_wifi_set_ps(wifi_ps_type_t type);
/* Not while the station looks for a network, nor while a station has joined the access point. */
esp_err_t esp_wifi_set_channel(uint8_t primary, wifi_second_chan_t second);
/* ESP_OK while it has joined one. */
esp_err_t esp_wifi_sta_get_ap_info(wifi_ap_record_t *ap_info);
/* ESP_OK while the access point is open. */
esp_err_t esp_wifi_ap_get_sta_list(wifi_sta_list_t *sta);

#endif
