/* The time since the start. */
#ifndef VOLTBEACON_ESP_IDF_ESP_TIMER_H
#define VOLTBEACON_ESP_IDF_ESP_TIMER_H

#include <stdint.h>

int64_t esp_timer_get_time(void); /* us; monotonic */

#endif
