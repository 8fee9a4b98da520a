/* What a crash has left in flash: what is used of it, from ESP-IDF 5.5's "Core Dump". */
#ifndef VOLTBEACON_ESP_IDF_ESP_CORE_DUMP_H
#define VOLTBEACON_ESP_IDF_ESP_CORE_DUMP_H

#include <esp_err.h>

/* ESP_OK: a whole one lies there. */
esp_err_t esp_core_dump_image_check(void);

#endif
