#include "voltbeacon/core/crc.h"

#include "crc_tables.h"

/* Slicing by four (Kounavis and Berry, "A Systematic Approach to Building High
 * Performance Software-Based CRC Generators", 2005): four independent table look-ups per
 * step. */
static uint32_t update(const uint32_t slices[4][256], uint32_t crc, const uint8_t *bytes,
                       size_t size)
{
    crc = ~crc;
    while (size >= 4) {
        crc ^= (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
               (uint32_t)bytes[3] << 24;
        crc = slices[3][crc & 255] ^ slices[2][crc >> 8 & 255] ^ slices[1][crc >> 16 & 255] ^
              slices[0][crc >> 24];
        bytes += 4;
        size -= 4;
    }
    for (; size > 0; size--, bytes++)
        crc = crc >> 8 ^ slices[0][(crc ^ *bytes) & 255];
    return ~crc;
}

uint32_t vb_crc32(uint32_t crc, const uint8_t *bytes, size_t size)
{
    return update(crc32_slices, crc, bytes, size);
}

uint32_t vb_crc32c(uint32_t crc, const uint8_t *bytes, size_t size)
{
    return update(crc32c_slices, crc, bytes, size);
}
