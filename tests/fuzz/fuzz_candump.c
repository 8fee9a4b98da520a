/* Logs of a CAN bus of any content: opened or refused with a sentence, and every reading within
 * its limits, at a time that does not go back. */
#include <string.h>

#include "fuzz_source.h"

enum { READINGS_MAX = 8 }; /* of a looped log */

/* Most inputs make no answer of 198 bytes, so a sweep goes ahead of them. */
static void write_sweep(int fd)
{
    char line[64];
    int size = snprintf(line, sizeof line, "(0.000000) can0 7BB#10C661020E100E10\n");
    source_file_add(fd, line, (size_t)size);
    for (unsigned number = 1; number <= 28; number++) {
        size = snprintf(line, sizeof line, "(0.%06u) can0 7BB#2%X0E100E100E100E\n", number,
                        number % 16);
        source_file_add(fd, line, (size_t)size);
    }
}

static void play(struct vb_source *source)
{
    struct vb_reading reading;
    uint64_t at_ms = 0;
    uint64_t before_ms = 0;
    for (uint32_t i = 1; i <= READINGS_MAX; i++) {
        if (vb_source_next(source, &reading, &at_ms) != VB_SOURCE_READING)
            break;
        require(reading.sequence == i && at_ms >= before_ms);
        require(reading.cell_count == 96 && reading.temp_count == 4);
        before_ms = at_ms;
        uint8_t bytes[VB_READING_BYTES_MAX];
        struct vb_reading decoded;
        const size_t size = vb_reading_encode(&reading, 0, bytes);
        require(vb_reading_decode(bytes, size, reading.sampled_ms, &decoded) == VB_ERR_OK);
        decoded.wall_ms = reading.wall_ms; /* not on the wire */
        require(memcmp(&decoded, &reading, sizeof decoded) == 0);
    }
    const struct vb_source_skipped *skipped = vb_source_skipped(source);
    require((skipped->count > 0) == (skipped->reason.text[0] != '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int fd = source_file_new();
    if (size > 0 && data[0] % 2 == 0)
        write_sweep(fd);
    source_file_add(fd, data, size);
    source_file_play(fd, "candump", play);
    return 0;
}
