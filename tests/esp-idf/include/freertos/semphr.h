/* Mutexes. */
#ifndef VOLTBEACON_ESP_IDF_SEMPHR_H
#define VOLTBEACON_ESP_IDF_SEMPHR_H

#include <freertos/queue.h>

typedef QueueHandle_t SemaphoreHandle_t;

SemaphoreHandle_t xSemaphoreCreateMutex(void);
BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks);
BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore);

#endif
