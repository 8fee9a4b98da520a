/* FreeRTOS as ESP-IDF has it: what is used of it, from the FreeRTOS reference manual. */
#ifndef VOLTBEACON_ESP_IDF_FREERTOS_H
#define VOLTBEACON_ESP_IDF_FREERTOS_H

#include <stdint.h>

typedef int BaseType_t;
typedef unsigned int UBaseType_t;
typedef uint32_t TickType_t;

#define pdFALSE ((BaseType_t)0)
#define pdTRUE ((BaseType_t)1)
#define pdPASS pdTRUE

#define configTICK_RATE_HZ 1000 /* CONFIG_FREERTOS_HZ of the apps */
#define portMAX_DELAY ((TickType_t)0xffffffffU)
#define pdMS_TO_TICKS(ms) ((TickType_t)((uint64_t)(ms)*configTICK_RATE_HZ / 1000U))

#endif
