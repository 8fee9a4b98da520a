/* Lines of any content to a transmitter's console, as its control socket hands them on: each is
 * answered in words, at once or when its edit is stored, and what is stored is in range. The input
 * is lines. */
#include <string.h>

#include "../fixtures/memory_store.h"
#include "fuzz_require.h"
#include "voltbeacon/core/section.h"
#include "voltbeacon/device/transmitter_console.h"

enum { CACHE_BYTES = 16384, TEXT_SIZE = 65536, LINES_MAX = 8 };

static struct vb_transmitter core;
static struct vb_transmitter_console console;
static struct memory_store store;
static uint8_t cache_bytes[2][CACHE_BYTES];
static uint8_t scratch[VB_SCRATCH_BYTES];
static char text_room[TEXT_SIZE];
static unsigned answers;

static void on_answer(void *ctx, uint64_t request, const char *text)
{
    (void)ctx;
    require(request > 0 && text[0] != '\0' && strlen(text) < TEXT_SIZE);
    answers++;
}

static void settle(void)
{
    while (store.token != 0)
        vb_transmitter_committed(&core, 1000, memory_store_settle(&store, true), VB_ERR_OK);
}

static void boot(void)
{
    static struct vb_metadata_values identity;
    vb_section_defaults(vb_section_by_id(VB_SECTION_METADATA), &identity);
    memory_store_init(&store);
    memset(&core, 0, sizeof core);
    const struct vb_transmitter_config config = {
        .mac = {{2, 0, 0, 0, 0, 1}},
        .seed = 7,
        .store = &store.port,
        .timing = vb_timing_default,
        .identity = &identity,
        .cache_bytes = {cache_bytes[0], cache_bytes[1]},
        .cache_size = CACHE_BYTES,
        .scratch = scratch,
    };
    vb_transmitter_console_init(&console, &core, text_room, sizeof text_room, on_answer, NULL);
    require(vb_transmitter_init(&core, &config, 1000) == VB_ERR_OK);
    settle();
}

static void ask(const char *line, uint64_t request)
{
    const unsigned before = answers;
    struct vb_event event;
    if (!vb_transmitter_console_line(&console, 1000, request, line)) {
        require(answers == before);
        return;
    }
    settle();
    while (vb_transmitter_event(&core, &event)) {
        if (event.type == VB_EVENT_EDIT)
            vb_transmitter_console_event(&console, &event);
    }
    require(answers == before + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char line[VB_CONSOLE_LINE_SIZE];
    boot();
    for (uint64_t request = 1; request <= LINES_MAX && size > 0; request++) {
        const uint8_t *end = memchr(data, '\n', size);
        const size_t length = end == NULL ? size : (size_t)(end - data);
        const size_t kept = length < sizeof line - 1 ? length : sizeof line - 1;
        memcpy(line, data, kept);
        line[kept] = '\0';
        ask(line, request);
        data += length + (end == NULL ? 0 : 1);
        size -= length + (end == NULL ? 0 : 1);
    }
    return 0;
}
