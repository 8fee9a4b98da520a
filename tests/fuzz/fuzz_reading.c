/* The raw form of a reading: what is taken from any bytes goes back to the very same bytes. */
#include <stdlib.h>
#include <string.h>

#include "voltbeacon/core/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint32_t now_ms = 30000; /* less than the oldest age: sampled_ms wraps, too */
    struct vb_reading reading;
    memset(&reading, 0x5a, sizeof reading);
    const struct vb_reading untouched = reading;
    if (vb_reading_decode(data, size, now_ms, &reading) != VB_ERR_OK) {
        require(memcmp(&reading, &untouched, sizeof reading) == 0);
        return 0;
    }
    const struct vb_reading_stats stats = vb_reading_stats(&reading);
    require(stats.available_count <= reading.cell_count && stats.min_mv <= stats.max_mv);
    require(stats.avg_uv >= stats.min_mv * 1000u && stats.avg_uv <= stats.max_mv * 1000u);

    uint8_t bytes[VB_READING_BYTES_MAX];
    require(vb_reading_encode(&reading, now_ms - reading.sampled_ms, bytes) == size);
    require(memcmp(bytes, data, size) == 0);
    return 0;
}
