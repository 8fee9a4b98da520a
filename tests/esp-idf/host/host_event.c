#include "host_event.h"

#include <string.h>

#include "voltbeacon/core/platform.h"

enum { HANDLERS_MAX = 8 };

static bool has_loop;
static struct {
    esp_event_base_t base;
    int32_t id;
    esp_event_handler_t handler;
    void *arg;
} handlers[HANDLERS_MAX];
static unsigned handler_count;
static const char *failing;

void host_event_reset(void)
{
    has_loop = false;
    handler_count = 0;
    failing = NULL;
}

void host_event_fail(const char *call)
{
    failing = call;
}

static bool fails(const char *call)
{
    return failing != NULL && strcmp(failing, call) == 0;
}

bool host_event_has_loop(void)
{
    return has_loop;
}

void host_event_tell(esp_event_base_t base, int32_t id, void *data, size_t size)
{
    (void)size;
    for (unsigned i = 0; i < handler_count; i++) {
        if (handlers[i].base == base && (handlers[i].id == id || handlers[i].id == -1))
            handlers[i].handler(handlers[i].arg, base, id, data);
    }
}

esp_err_t esp_event_loop_create_default(void)
{
    const bool had = has_loop;
    if (fails("loop"))
        return ESP_ERR_NO_MEM;
    has_loop = true;
    return had ? ESP_ERR_INVALID_STATE : ESP_OK;
}

esp_err_t esp_event_handler_register(esp_event_base_t event_base, int32_t event_id,
                                     esp_event_handler_t event_handler, void *event_handler_arg)
{
    VB_ASSERT(has_loop && handler_count < HANDLERS_MAX);
    if (fails("handler"))
        return ESP_ERR_NO_MEM;
    handlers[handler_count].base = event_base;
    handlers[handler_count].id = event_id;
    handlers[handler_count].handler = event_handler;
    handlers[handler_count++].arg = event_handler_arg;
    return ESP_OK;
}
