/* Starting non-volatile storage: what is used of it, from ESP-IDF 5.5's documentation. */
#ifndef VOLTBEACON_ESP_IDF_NVS_FLASH_H
#define VOLTBEACON_ESP_IDF_NVS_FLASH_H

#include <nvs.h>

esp_err_t nvs_flash_init_partition(const char *partition_label);
esp_err_t nvs_flash_deinit_partition(const char *partition_label);

#endif
