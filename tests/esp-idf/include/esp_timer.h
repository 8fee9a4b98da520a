/* The time since the start, and timers. */
#ifndef VOLTBEACON_ESP_IDF_ESP_TIMER_H
#define VOLTBEACON_ESP_IDF_ESP_TIMER_H

#include <stdint.h>

#include <esp_err.h>

typedef struct esp_timer *esp_timer_handle_t;
typedef void (*esp_timer_cb_t)(void *arg);

typedef struct {
    esp_timer_cb_t callback; /* in the timers' one task */
    void *arg;
    const char *name;
} esp_timer_create_args_t;

int64_t esp_timer_get_time(void); /* us; monotonic */
esp_err_t esp_timer_create(const esp_timer_create_args_t *create_args,
                           esp_timer_handle_t *out_handle);
/* ESP_ERR_INVALID_STATE: it runs already. */
esp_err_t esp_timer_start_once(esp_timer_handle_t timer, uint64_t timeout_us);
esp_err_t esp_timer_stop(esp_timer_handle_t timer); /* ESP_ERR_INVALID_STATE: it does not run */

#endif
