/* SNTP: what is used of it, from ESP-IDF 5.5's "ESP-NETIF". */
#ifndef VOLTBEACON_ESP_IDF_ESP_NETIF_SNTP_H
#define VOLTBEACON_ESP_IDF_ESP_NETIF_SNTP_H

#include <stdbool.h>
#include <stddef.h>

#include <esp_err.h>

typedef struct esp_sntp_config {
    bool start;
    size_t num_of_servers;
    const char *servers[1]; /* names; not copied */
} esp_sntp_config_t;

esp_err_t esp_netif_sntp_init(const esp_sntp_config_t *config);

#endif
