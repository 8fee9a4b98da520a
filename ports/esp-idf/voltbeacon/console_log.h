/* What a device has to say goes to the board's console. */
#ifndef VOLTBEACON_ESP_IDF_CONSOLE_LOG_H
#define VOLTBEACON_ESP_IDF_CONSOLE_LOG_H

#include "voltbeacon/device/log_sink.h"

struct vb_log_sink vb_console_sink(void);

#endif
