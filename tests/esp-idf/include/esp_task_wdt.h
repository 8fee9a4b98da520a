/* The watchdog of tasks: what is used of it, from ESP-IDF 5.5's "Watchdogs". */
#ifndef VOLTBEACON_ESP_IDF_ESP_TASK_WDT_H
#define VOLTBEACON_ESP_IDF_ESP_TASK_WDT_H

#include <esp_err.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>

/* NULL: the caller. ESP_ERR_INVALID_STATE where the project has no watchdog. */
esp_err_t esp_task_wdt_add(TaskHandle_t task_handle);
esp_err_t esp_task_wdt_reset(void); /* by a task that was added */

#endif
