/* Queues that copy what is put into them. */
#ifndef VOLTBEACON_ESP_IDF_QUEUE_H
#define VOLTBEACON_ESP_IDF_QUEUE_H

#include <freertos/FreeRTOS.h>

typedef struct QueueDefinition *QueueHandle_t;

/* NULL where there is no memory. */
QueueHandle_t xQueueCreate(UBaseType_t length, UBaseType_t item_size);
/* pdFALSE where there was no room, or nothing came, for so long. */
BaseType_t xQueueSend(QueueHandle_t queue, const void *item, TickType_t ticks);
/* On an interrupt; *woken is set to pdTRUE where a task of a higher priority has been woken. */
BaseType_t xQueueSendFromISR(QueueHandle_t queue, const void *item, BaseType_t *woken);
BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t ticks);

#endif
