/* The device's clock on an ESP32. */
#ifndef VOLTBEACON_ESP_IDF_IDF_CLOCK_H
#define VOLTBEACON_ESP_IDF_IDF_CLOCK_H

#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/clock.h"

VB_C_BEGIN

/* Milliseconds since the start; wraps. Callable from any task. */
uint32_t vb_idf_now_ms(void);

/* Both clocks. The wall clock is not known before something has set it: a board without SNTP, or
 * before its answer, begins in 1970. */
struct vb_clock vb_idf_clock(void);

VB_C_END

#endif
