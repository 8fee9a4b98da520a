/* The time since the start, on the host. */
#ifndef VOLTBEACON_TESTS_HOST_CLOCK_H
#define VOLTBEACON_TESTS_HOST_CLOCK_H

#include <stdint.h>

/* So much time has gone at once, for esp_timer_get_time(). */
void host_clock_skip_ms(uint32_t ms);

#endif
