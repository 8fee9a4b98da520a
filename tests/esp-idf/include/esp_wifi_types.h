/* Types of the Wi-Fi driver; what is used of them, from ESP-IDF 5.5's "Wi-Fi" reference. */
#ifndef VOLTBEACON_ESP_IDF_ESP_WIFI_TYPES_H
#define VOLTBEACON_ESP_IDF_ESP_WIFI_TYPES_H

#include <stdint.h>

#include <esp_event.h>

typedef enum { WIFI_IF_STA, WIFI_IF_AP } wifi_interface_t;
typedef enum { WIFI_MODE_NULL = 0, WIFI_MODE_STA, WIFI_MODE_AP, WIFI_MODE_APSTA } wifi_mode_t;
typedef enum { WIFI_AUTH_OPEN = 0, WIFI_AUTH_WPA2_PSK = 3 } wifi_auth_mode_t;
typedef enum { WIFI_PS_NONE } wifi_ps_type_t;
typedef enum { WIFI_STORAGE_FLASH, WIFI_STORAGE_RAM } wifi_storage_t;

/* Without an end where all bytes are used. */
typedef struct {
    uint8_t ssid[32];
    uint8_t password[64];
} wifi_sta_config_t;

typedef struct {
    uint8_t ssid[32];
    uint8_t password[64];
    uint8_t ssid_len;
    uint8_t channel;
    wifi_auth_mode_t authmode;
    uint8_t max_connection;
} wifi_ap_config_t;

typedef union {
    wifi_ap_config_t ap;
    wifi_sta_config_t sta;
} wifi_config_t;

typedef enum {
    WIFI_EVENT_STA_START = 2,
    WIFI_EVENT_STA_CONNECTED = 4,
    WIFI_EVENT_STA_DISCONNECTED = 5
} wifi_event_t;
extern esp_event_base_t const WIFI_EVENT;

typedef struct {
    uint8_t reason;
} wifi_event_sta_disconnected_t;

typedef enum { WIFI_SECOND_CHAN_NONE = 0 } wifi_second_chan_t;

typedef struct {
    uint8_t primary; /* its channel */
} wifi_ap_record_t;

typedef struct {
    int num; /* stations that have joined */
} wifi_sta_list_t;

typedef struct {
    signed rssi : 8; /* dBm */
    unsigned channel : 4;
} wifi_pkt_rx_ctrl_t;

typedef struct {
    uint8_t *des_addr;
    uint8_t *src_addr;
} wifi_tx_info_t;

#endif
