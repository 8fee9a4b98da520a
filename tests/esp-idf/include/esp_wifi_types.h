/* Types of the Wi-Fi driver that ESP-NOW hands out; what is used of them, from ESP-IDF 5.5's
 * "Wi-Fi" reference. */
#ifndef VOLTBEACON_ESP_IDF_ESP_WIFI_TYPES_H
#define VOLTBEACON_ESP_IDF_ESP_WIFI_TYPES_H

#include <stdint.h>

typedef enum { WIFI_IF_STA, WIFI_IF_AP } wifi_interface_t;

typedef struct {
    signed rssi : 8; /* dBm */
} wifi_pkt_rx_ctrl_t;

typedef struct {
    uint8_t *des_addr;
    uint8_t *src_addr;
} wifi_tx_info_t;

#endif
