/* Pins: what is used of them, from ESP-IDF 5.5's "GPIO & RTC GPIO". */
#ifndef VOLTBEACON_ESP_IDF_GPIO_H
#define VOLTBEACON_ESP_IDF_GPIO_H

#include <stdint.h>

#include <esp_err.h>

typedef int gpio_num_t;
typedef enum { GPIO_MODE_OUTPUT = 2 } gpio_mode_t;

esp_err_t gpio_set_direction(gpio_num_t gpio_num, gpio_mode_t mode);
esp_err_t gpio_set_level(gpio_num_t gpio_num, uint32_t level);
/* ESP_ERR_INVALID_STATE: it was. */
esp_err_t gpio_install_isr_service(int intr_alloc_flags);

#endif
