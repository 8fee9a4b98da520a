/* The chip's addresses: what is used of them, from ESP-IDF 5.5's "Miscellaneous System APIs". */
#ifndef VOLTBEACON_ESP_IDF_ESP_MAC_H
#define VOLTBEACON_ESP_IDF_ESP_MAC_H

#include <stdint.h>

#include <esp_err.h>

typedef enum { ESP_MAC_WIFI_STA, ESP_MAC_ETH = 3 } esp_mac_type_t;

esp_err_t esp_read_mac(uint8_t *mac, esp_mac_type_t type); /* 6 bytes */

#endif
