/* Recordings of our own form, of any content: opened or refused with a sentence, and every reading
 * within its limits, at a time that does not go back. */
#include <string.h>

#include "fuzz_source.h"

enum { READINGS_MAX = 64 }; /* of a looped recording */

static void play(struct vb_source *source)
{
    (void)vb_source_describe(source);
    struct vb_reading reading;
    uint64_t at_ms = 0;
    uint64_t before_ms = 0;
    for (unsigned i = 0; i < READINGS_MAX; i++) {
        if (vb_source_next(source, &reading, &at_ms) != VB_SOURCE_READING)
            break;
        require(at_ms >= before_ms);
        before_ms = at_ms;
        uint8_t bytes[VB_READING_BYTES_MAX];
        struct vb_reading decoded;
        const size_t size = vb_reading_encode(&reading, 0, bytes);
        require(vb_reading_decode(bytes, size, reading.sampled_ms, &decoded) == VB_ERR_OK);
        require(memcmp(&decoded, &reading, sizeof decoded) == 0);
    }
    const struct vb_source_skipped *skipped = vb_source_skipped(source);
    require((skipped->count > 0) == (skipped->reason.text[0] != '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int fd = source_file_new();
    source_file_add(fd, data, size);
    source_file_play(fd, "recording", play);
    return 0;
}
