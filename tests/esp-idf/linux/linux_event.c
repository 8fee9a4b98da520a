/* What happens to Wi-Fi, on ESP-IDF's own default event loop, which is there from the start. */
#include <freertos/FreeRTOS.h>

#include "host/host_event.h"
#include "voltbeacon/core/platform.h"

void host_event_reset(void)
{
}

bool host_event_has_loop(void)
{
    return true;
}

void host_event_tell(esp_event_base_t base, int32_t id, void *data, size_t size)
{
    VB_ASSERT(esp_event_post(base, id, data, size, portMAX_DELAY) == ESP_OK);
}
