/* The chip: what is used of it, from ESP-IDF 5.5's "Miscellaneous System APIs". */
#ifndef VOLTBEACON_ESP_IDF_ESP_SYSTEM_H
#define VOLTBEACON_ESP_IDF_ESP_SYSTEM_H

#include <esp_err.h>

typedef enum {
    ESP_RST_UNKNOWN,
    ESP_RST_POWERON,
    ESP_RST_EXT,
    ESP_RST_SW,
    ESP_RST_PANIC,
    ESP_RST_INT_WDT,
    ESP_RST_TASK_WDT,
    ESP_RST_WDT,
    ESP_RST_DEEPSLEEP,
    ESP_RST_BROWNOUT,
    ESP_RST_SDIO,
    ESP_RST_USB,
    ESP_RST_JTAG,
    ESP_RST_EFUSE,
    ESP_RST_PWR_GLITCH,
    ESP_RST_CPU_LOCKUP
} esp_reset_reason_t;

esp_reset_reason_t esp_reset_reason(void);
typedef void (*shutdown_handler_t)(void);
/* The one that was registered last is called first; there are five places. */
esp_err_t esp_register_shutdown_handler(shutdown_handler_t handle);
void esp_restart(void) __attribute__((__noreturn__));

#endif
