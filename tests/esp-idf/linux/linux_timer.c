/* esp_timer, which ESP-IDF declares for its target "linux" and does not have there: the system's
 * clock, and timers of FreeRTOS, whose callbacks run in one task as well. */
#include <esp_timer.h>
#include <stdlib.h>
#include <time.h>

#include <freertos/FreeRTOS.h>
#include <freertos/timers.h>

struct esp_timer {
    esp_timer_create_args_t made;
    TimerHandle_t timer;
};

int64_t esp_timer_get_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fire(TimerHandle_t timer)
{
    const struct esp_timer *due = pvTimerGetTimerID(timer);
    due->made.callback(due->made.arg);
}

esp_err_t esp_timer_create(const esp_timer_create_args_t *create_args,
                           esp_timer_handle_t *out_handle)
{
    struct esp_timer *timer = calloc(1, sizeof *timer);
    if (timer == NULL)
        return ESP_ERR_NO_MEM;
    timer->made = *create_args;
    timer->timer = xTimerCreate(create_args->name, 1, pdFALSE, timer, fire);
    *out_handle = timer;
    return timer->timer != NULL ? ESP_OK : ESP_ERR_NO_MEM;
}

esp_err_t esp_timer_start_once(esp_timer_handle_t timer, uint64_t timeout_us)
{
    const TickType_t ticks = pdMS_TO_TICKS(timeout_us / 1000);
    if (xTimerIsTimerActive(timer->timer) != pdFALSE)
        return ESP_ERR_INVALID_STATE;
    return xTimerChangePeriod(timer->timer, ticks > 0 ? ticks : 1, portMAX_DELAY) == pdPASS
               ? ESP_OK
               : ESP_FAIL;
}
