/* Recordings of any content, after the header that the first byte picks: opened or refused with a
 * sentence, and every reading within its limits, at a time that does not go back. */
#include <string.h>

#include "fuzz_source.h"

enum { READINGS_MAX = 64 }; /* of a looped recording */

static const char *const headers[] = {
    "",
    "t_s,pack_v,pack_a,soc_pct,c01_mv,c02_mv,t01_c\n",
    "t_s;pack_v;pack_a;soc_pct;c01_mv;c02_mv;t01_c\n",
    "Date/Time,epoch time,SOC,Pack Volts,Pack Amps,Pack T1 C,CP1,CP2\n",
    "Date/Time,SOC,Pack Volts,CP1,CP2,Debug\n",
    "t_us,i_raw,c01_mv,c02_mv,cmu01_t1_c\n",
    "line,counter,c01_mv,c02_mv\n",
    "Date/Time,CP1,CP2\n13/08/2023 2:00:00,4001,4002\n",
    "t_s,pack_v,pack_a,soc_pct,c01_v,c02_v,t01_c\n",
};

static void play(struct vb_source *source)
{
    const struct vb_source_description description = vb_source_describe(source);
    struct vb_reading reading;
    uint64_t at_ms = 0;
    uint64_t before_ms = 0;
    uint32_t sequence = 0;
    for (uint32_t i = 0; i < READINGS_MAX; i++) {
        if (vb_source_next(source, &reading, &at_ms) != VB_SOURCE_READING)
            break;
        require(reading.sequence == sequence || reading.sequence == sequence + 1);
        require(reading.sequence >= 1 && at_ms >= before_ms && reading.sampled_ms <= at_ms);
        sequence = reading.sequence;
        require(reading.cell_count == description.cell_count);
        require(reading.temp_count == description.temp_count);
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
    if (size == 0)
        return 0;
    const char *header = headers[data[0] % VB_COUNT_OF(headers)];
    const int fd = source_file_new();
    source_file_add(fd, header, strlen(header));
    source_file_add(fd, data + 1, size - 1);
    source_file_play(fd, "csv", play);
    return 0;
}
