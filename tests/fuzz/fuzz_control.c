/* Lines of any content to a transmitter's control socket: each is answered in words, at once or
 * when its edit is stored, and what is stored is in range. The input is lines. */
#include <string.h>

#include "../../apps/transmitter_daemon.h"
#include "../fixtures/memory_store.h"
#include "fuzz_require.h"
#include "voltbeacon/core/section.h"

enum { CACHE_BYTES = 16384, LINES_MAX = 8 };

static struct vb_transmitter_daemon daemon_under_test;
static struct memory_store store;
static unsigned answers;

/* In place of the socket's. */
void vb_control_reply(struct vb_control *control, uint64_t request_id, const char *text)
{
    (void)control;
    require(request_id > 0 && text[0] != '\0' && strlen(text) < VB_CONTROL_REPLY_SIZE);
    answers++;
}

static void settle(void)
{
    while (store.token != 0)
        vb_transmitter_committed(&daemon_under_test.device.core, 1000,
                                 memory_store_settle(&store, true), VB_ERR_OK);
}

static void boot(void)
{
    static struct vb_metadata_values identity;
    vb_section_defaults(vb_section_by_id(VB_SECTION_METADATA), &identity);
    memory_store_init(&store);
    memset(&daemon_under_test, 0, sizeof daemon_under_test);
    const struct vb_transmitter_config config = {
        .mac = {{2, 0, 0, 0, 0, 1}},
        .seed = 7,
        .store = &store.port,
        .timing = vb_timing_default,
        .identity = &identity,
        .cache_bytes = {daemon_under_test.cache_bytes[0], daemon_under_test.cache_bytes[1]},
        .cache_size = VB_TRANSMITTER_CACHE_BYTES,
        .scratch = daemon_under_test.scratch,
    };
    require(vb_transmitter_init(&daemon_under_test.device.core, &config, 1000) == VB_ERR_OK);
    daemon_under_test.device.booted = true;
    settle();
}

static void ask(const char *line, uint64_t request)
{
    const unsigned before = answers;
    struct vb_event event;
    if (strncmp(line, "status", strlen("status")) == 0)
        return; /* it needs the whole daemon */
    vb_transmitter_control(&daemon_under_test, request, line);
    settle();
    while (vb_transmitter_event(&daemon_under_test.device.core, &event)) {
        if (event.type == VB_EVENT_EDIT)
            vb_transmitter_control_outcome(&daemon_under_test, &event);
    }
    require(answers == before + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char line[VB_CONTROL_LINE_SIZE];
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
