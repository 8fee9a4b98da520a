/* Lines of any content to a transmitter's console, as its control socket hands them on: each is
 * answered in words, at once or when its edit is stored, and what is stored is in range. The input
 * is lines. */
#include <string.h>

#include "../fixtures/console_bench.h"
#include "fuzz_require.h"

enum { LINES_MAX = 8 };

static struct console_bench bench;
static unsigned answers;

static void on_answer(void *ctx, uint64_t request, const char *text)
{
    (void)ctx;
    require(request > 0 && text[0] != '\0' && strlen(text) < CONSOLE_TEXT_BYTES);
    answers++;
}

static void ask(const char *line, uint64_t request)
{
    const unsigned before = answers;
    if (!vb_transmitter_console_line(&bench.console, CONSOLE_NOW_MS, request, line)) {
        require(answers == before);
        return;
    }
    console_bench_settle(&bench, VB_ERR_OK);
    vb_transmitter_console_look(&bench.console);
    require(answers == before + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char line[VB_CONSOLE_LINE_SIZE];
    console_bench_begin(&bench, on_answer, NULL);
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
