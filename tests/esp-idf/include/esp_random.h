/* The hardware's random numbers: true ones while the radio runs. */
#ifndef VOLTBEACON_ESP_IDF_ESP_RANDOM_H
#define VOLTBEACON_ESP_IDF_ESP_RANDOM_H

#include <stdint.h>

uint32_t esp_random(void);

#endif
