/* A transmitter's settings over the board's console: what `voltbeacon transmitter get|set` is on
 * Linux. Secrets are set here alone, for over the radio everybody could hear them.
 *
 *     get              all settings; get mqtt, get mqtt.server: those of a section, and one
 *     set NAME=VALUE   as in set mqtt.password=two words
 */
#ifndef VOLTBEACON_ESP_IDF_SETTINGS_CONSOLE_H
#define VOLTBEACON_ESP_IDF_SETTINGS_CONSOLE_H

#include "esp-idf/voltbeacon/setup_console.h"
#include "esp-idf/voltbeacon/transmitter_node.h"

VB_C_BEGIN

struct vb_settings_console {
    struct vb_transmitter_node *node; /* it runs */
    void (*say)(const char *text);    /* a line or several, without the last newline */
};

/* For a setup console. Its obey() waits until a change is in the flash, up to 10 s: it is not for
 * the device's task. It asks the heap for some 20 kB meanwhile. */
struct vb_setup_settings vb_settings_console_port(struct vb_settings_console *console);

VB_C_END

#endif
