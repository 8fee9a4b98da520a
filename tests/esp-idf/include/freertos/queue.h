/* Queues that copy what is put into them. */
#ifndef VOLTBEACON_ESP_IDF_QUEUE_H
#define VOLTBEACON_ESP_IDF_QUEUE_H

#include <freertos/FreeRTOS.h>

typedef struct QueueDefinition *QueueHandle_t;

/* NULL where there is no memory. */
QueueHandle_t xQueueCreate(UBaseType_t length, UBaseType_t item_size);
/* pdFALSE where there was no room, or nothing came, for so long. */
BaseType_t xQueueSend(QueueHandle_t queue, const void *item, TickType_t ticks);
BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t ticks);

#endif
