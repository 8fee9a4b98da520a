/* What was learnt of weak cells, as any text in the event store: taken whole, or learnt anew. */
#include <math.h>
#include <string.h>

#include "../../device/src/receiver_device_parts.h"
#include "fuzz_require.h"

static const uint8_t *text;
static size_t text_size;

static size_t noted(void *ctx, const char *key, size_t offset, char *bytes, size_t capacity)
{
    (void)ctx;
    require(strncmp(key, "weak_cells ", 11) == 0 && offset <= text_size);
    const size_t left = text_size - offset;
    const size_t count = left < capacity ? left : capacity;
    if (count > 0)
        memcpy(bytes, text + offset, count);
    return count;
}

static void say(void *ctx, enum vb_log_level level, const char *message)
{
    (void)ctx;
    (void)level;
    (void)message;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vb_event_store events = {.noted = noted};
    static struct vb_receiver_device device;
    static struct vb_watched watched;
    struct vb_weak_cell_result results[VB_CELLS_MAX];
    text = data;
    text_size = size;
    device.config.ports.events = &events;
    device.config.ports.log.line = say;
    vb_weak_cells_init(&watched.weak, 10000);
    vb_watch_weak_load(&device, &watched);
    require(watched.weak.low_load_ma == 10000);
    const uint8_t count = vb_weak_cells_results(&watched.weak, results);
    require(count <= VB_CELLS_MAX);
    for (uint8_t i = 0; i < count; i++)
        require(results[i].rank >= 1 && results[i].rank <= count &&
                !isinf(results[i].resistance_mohm));
    return 0;
}
