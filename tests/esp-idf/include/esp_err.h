/* Results of ESP-IDF's calls: the part that the glue uses, from the documentation of ESP-IDF 5.5.
 * These headers stand in for the real ones where there is no ESP-IDF; `./dev idf-check` holds them
 * against those. */
#ifndef VOLTBEACON_ESP_IDF_ESP_ERR_H
#define VOLTBEACON_ESP_IDF_ESP_ERR_H

typedef int esp_err_t;

#define ESP_OK 0
#define ESP_FAIL -1
#define ESP_ERR_NO_MEM 0x101
#define ESP_ERR_INVALID_ARG 0x102
#define ESP_ERR_INVALID_STATE 0x103
#define ESP_ERR_INVALID_SIZE 0x104
#define ESP_ERR_NOT_FOUND 0x105
#define ESP_ERR_NOT_SUPPORTED 0x106
#define ESP_ERR_TIMEOUT 0x107
#define ESP_ERR_INVALID_VERSION 0x10A

const char *esp_err_to_name(esp_err_t code);

#endif
