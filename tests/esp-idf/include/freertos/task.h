/* Tasks. */
#ifndef VOLTBEACON_ESP_IDF_TASK_H
#define VOLTBEACON_ESP_IDF_TASK_H

#include <freertos/FreeRTOS.h>

typedef struct tskTaskControlBlock *TaskHandle_t;
typedef void (*TaskFunction_t)(void *ctx);

/* The stack is in bytes: ESP-IDF's own measure. pdPASS, or there is no memory. */
BaseType_t xTaskCreate(TaskFunction_t code, const char *name, uint32_t stack_bytes, void *ctx,
                       UBaseType_t priority, TaskHandle_t *made);
/* NULL: the caller, and it does not return then. */
void vTaskDelete(TaskHandle_t task);
/* NULL: the caller's. */
UBaseType_t uxTaskPriorityGet(TaskHandle_t task);
void vTaskPrioritySet(TaskHandle_t task, UBaseType_t priority);
/* For at least so long. */
void vTaskDelay(TickType_t ticks);

#endif
