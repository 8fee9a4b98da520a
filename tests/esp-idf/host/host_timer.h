/* esp_timer and the restart on the host: time goes when a test says so. */
#ifndef VOLTBEACON_TESTS_HOST_TIMER_H
#define VOLTBEACON_TESTS_HOST_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/* Timers that are not there yet have never been. */
void host_timer_reset(void);
/* There is no memory for a timer. */
void host_timer_refuse(bool refuse);
/* So much time goes; what falls due is called, in its order. */
void host_timer_pass_ms(uint32_t ms);

/* Whether it restarts while the time goes. */
bool host_timer_restarts_within_ms(uint32_t ms);

#endif
