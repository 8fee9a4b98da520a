/* Lines of any content to a receiver's console: what begins with one of its verbs is answered in
 * words, and nothing else is; whoever had a place and was not forgotten keeps it. The input is
 * lines. */
#include <string.h>

#include "fuzz_require.h"

#define assert_int_equal(a, b) require((a) == (b)) /* for the bench, which is of unit tests */
#include "../fixtures/api_bench.h"
#include "voltbeacon/device/console.h"
#include "voltbeacon/device/receiver_console.h"

enum { LINES_MAX = 8, LINE_SIZE = 256 };

static struct api_fixture fixture;

static unsigned places(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < fixture.receiver.config.peer_count; i++)
        count += fixture.receiver.config.peers[i].used;
    return count;
}

static void ask(const char *line)
{
    char text[VB_RECEIVER_CONSOLE_TEXT_SIZE];
    char listed[4096];
    const unsigned before = places();
    memset(text, 'x', sizeof text);
    const bool answered = vb_receiver_console_line(&fixture.receiver, FIXTURE_NOW_MS, line, text);
    require(!answered || (text[0] != '\0' && memchr(text, '\0', sizeof text) != NULL));
    const bool forgets = answered && strncmp(line, "forget", 6) == 0;
    require(places() >= before - (forgets ? 1 : 0));
    require(vb_receiver_console_places(&fixture.receiver, listed, 0, sizeof listed) <
            sizeof listed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char line[LINE_SIZE];
    fixture_init(&fixture);
    for (unsigned i = 0; i < LINES_MAX && size > 0; i++) {
        const uint8_t *end = memchr(data, '\n', size);
        const size_t length = end == NULL ? size : (size_t)(end - data);
        const size_t kept = length < sizeof line - 1 ? length : sizeof line - 1;
        memcpy(line, data, kept);
        line[kept] = '\0';
        ask(line);
        data += length + (end == NULL ? 0 : 1);
        size -= length + (end == NULL ? 0 : 1);
    }
    return 0;
}
