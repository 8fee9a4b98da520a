/* The default event loop: what is used of it, from ESP-IDF 5.5's "Event Loop Library". Handlers run
 * in its one task. */
#ifndef VOLTBEACON_ESP_IDF_ESP_EVENT_H
#define VOLTBEACON_ESP_IDF_ESP_EVENT_H

#include <stdint.h>

#include <esp_err.h>

#define ESP_EVENT_ANY_ID -1

typedef const char *esp_event_base_t;
typedef void (*esp_event_handler_t)(void *arg, esp_event_base_t base, int32_t id, void *data);

esp_err_t esp_event_loop_create_default(void); /* ESP_ERR_INVALID_STATE: there is one */
esp_err_t esp_event_handler_register(esp_event_base_t event_base, int32_t event_id,
                                     esp_event_handler_t event_handler, void *event_handler_arg);

#endif
