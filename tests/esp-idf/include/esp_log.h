/* Logging: how much ESP-IDF's own parts say. */
#ifndef VOLTBEACON_ESP_IDF_ESP_LOG_H
#define VOLTBEACON_ESP_IDF_ESP_LOG_H

typedef enum { ESP_LOG_NONE = 0, ESP_LOG_ERROR = 1, ESP_LOG_WARN = 2 } esp_log_level_t;

void esp_log_level_set(const char *tag, esp_log_level_t level);

#endif
