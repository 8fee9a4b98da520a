#include "host_watchdog.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <esp_task_wdt.h>

static _Thread_local bool is_watched;
static atomic_uint resets;

unsigned host_watchdog_resets(void)
{
    return atomic_load(&resets);
}

esp_err_t esp_task_wdt_add(TaskHandle_t task_handle)
{
    if (task_handle != NULL || is_watched)
        return ESP_ERR_INVALID_ARG;
    is_watched = true;
    return ESP_OK;
}

esp_err_t esp_task_wdt_reset(void)
{
    if (!is_watched)
        return ESP_ERR_NOT_FOUND;
    atomic_fetch_add(&resets, 1);
    return ESP_OK;
}
