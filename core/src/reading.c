#include "voltbeacon/core/reading.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"

/* Every bit that enum vb_reading_flag names. */
#define FLAGS_KNOWN                                                                               \
    (VB_READING_TOGETHER | VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT | VB_READING_HAS_SOC | \
     VB_READING_SUMMARY)

/* The codec writes temperatures as a series of cells, and a cell index is a byte with 255 for
 * none. */
_Static_assert(VB_CELLS_MAX >= VB_TEMPS_MAX && VB_CELLS_MAX <= 192, "40 to 192 cells");

enum { AGE_MS_MAX = 0xffff, SOC_PERMILLE_MAX = 1000, WALL_MS_BITS = 48 };

struct vb_reading_stats vb_reading_stats(const struct vb_reading *reading)
{
    VB_ASSERT(reading->cell_count <= VB_CELLS_MAX);
    struct vb_reading_stats stats = {.min_mv = VB_CELL_NOT_AVAILABLE};
    uint32_t sum_mv = 0;
    for (uint8_t i = 0; i < reading->cell_count; i++) {
        const uint16_t mv = reading->cell_mv[i];
        if (mv == VB_CELL_NOT_AVAILABLE)
            continue;
        if (stats.available_count == 0 || mv < stats.min_mv) {
            stats.min_mv = mv;
            stats.min_index = i;
        }
        if (stats.available_count == 0 || mv > stats.max_mv) {
            stats.max_mv = mv;
            stats.max_index = i;
        }
        sum_mv += mv;
        stats.available_count++;
    }
    if (stats.available_count == 0)
        return (struct vb_reading_stats){0};
    /* 192 cells of 8190 mV are 1.57e9 uV: no overflow. */
    stats.avg_uv = (sum_mv * 1000u + stats.available_count / 2u) / stats.available_count;
    VB_ASSERT(stats.min_mv <= stats.max_mv && stats.max_mv <= VB_CELL_MV_MAX);
    return stats;
}

bool vb_reading_summarise(const struct vb_reading *reading, struct vb_reading *summary)
{
    const struct vb_reading_stats stats = vb_reading_stats(reading);
    if (stats.available_count == 0)
        return false;
    *summary = *reading;
    summary->flags |= VB_READING_SUMMARY;
    summary->cell_count = 3;
    summary->temp_count = 0;
    memset(summary->balancing, 0, sizeof summary->balancing);
    summary->cell_mv[0] = stats.min_mv;
    summary->cell_mv[1] = stats.max_mv;
    summary->cell_mv[2] = (uint16_t)((stats.avg_uv + 500) / 1000);
    return true;
}

static size_t balancing_size(uint8_t cell_count)
{
    return (cell_count + 7u) / 8u;
}

static bool balancing_in_bounds(const uint8_t *balancing, uint8_t cell_count)
{
    const unsigned used = cell_count % 8u;
    return used == 0 || balancing[cell_count / 8u] >> used == 0;
}

static bool has(const struct vb_reading *reading, enum vb_reading_flag flag)
{
    return (reading->flags & flag) != 0;
}

static bool head_within_limits(const struct vb_reading *reading)
{
    if ((reading->flags & ~FLAGS_KNOWN) != 0)
        return false;
    if (reading->cell_count == 0 || reading->cell_count > VB_CELLS_MAX)
        return false;
    if (has(reading, VB_READING_SUMMARY) && reading->cell_count != 3)
        return false;
    return reading->temp_count <= VB_TEMPS_MAX && reading->soc_permille <= SOC_PERMILLE_MAX;
}

static bool body_within_limits(const struct vb_reading *reading)
{
    for (uint8_t i = 0; i < reading->cell_count; i++) {
        if (reading->cell_mv[i] > VB_CELL_NOT_AVAILABLE)
            return false;
    }
    return balancing_in_bounds(reading->balancing, reading->cell_count);
}

size_t vb_reading_encode(const struct vb_reading *reading, uint32_t age_ms,
                         uint8_t bytes[VB_READING_BYTES_MAX])
{
    VB_ASSERT(head_within_limits(reading) && body_within_limits(reading));
    VB_ASSERT(reading->wall_ms >> WALL_MS_BITS == 0);
    struct vb_writer writer = vb_writer_of(bytes, VB_READING_BYTES_MAX);
    vb_write_u16(&writer, (uint16_t)(age_ms > AGE_MS_MAX ? AGE_MS_MAX : age_ms));
    vb_write_u32(&writer, reading->sequence);
    vb_write_u8(&writer, reading->flags);
    vb_write_u32(&writer, (uint32_t)(reading->wall_ms & 0xffffffffu));
    vb_write_u16(&writer, (uint16_t)(reading->wall_ms >> 32));
    /* Unknown values are 0 on the wire, whatever the struct holds: each reading has one form. */
    vb_write_u32(&writer, has(reading, VB_READING_HAS_VOLTAGE) ? reading->pack_mv : 0);
    vb_write_u32(&writer, has(reading, VB_READING_HAS_CURRENT) ? (uint32_t)reading->current_ma : 0);
    vb_write_u16(&writer, has(reading, VB_READING_HAS_SOC) ? reading->soc_permille : 0);
    vb_write_u8(&writer, reading->cell_count);
    vb_write_u8(&writer, reading->temp_count);
    for (uint8_t i = 0; i < reading->cell_count; i++)
        vb_write_u16(&writer, reading->cell_mv[i]);
    vb_write_bytes(&writer, reading->balancing, balancing_size(reading->cell_count));
    for (uint8_t i = 0; i < reading->temp_count; i++)
        vb_write_u16(&writer, (uint16_t)reading->temp_dc[i]);
    VB_ASSERT(!writer.failed);
    return writer.at;
}

/* Two's complement without C's implementation-defined conversion. */
static int32_t signed_of_u32(uint32_t value)
{
    return value > INT32_MAX ? -(int32_t)(UINT32_MAX - value) - 1 : (int32_t)value;
}

static int16_t signed_of_u16(uint16_t value)
{
    return (int16_t)(value > INT16_MAX ? (int32_t)value - 0x10000 : (int32_t)value);
}

static bool unknown_is_zero(const struct vb_reading *reading)
{
    if (!has(reading, VB_READING_HAS_VOLTAGE) && reading->pack_mv != 0)
        return false;
    if (!has(reading, VB_READING_HAS_CURRENT) && reading->current_ma != 0)
        return false;
    return has(reading, VB_READING_HAS_SOC) || reading->soc_permille == 0;
}

static uint16_t read_head(struct vb_reader *reader, struct vb_reading *reading)
{
    const uint16_t age_ms = vb_read_u16(reader);
    reading->sequence = vb_read_u32(reader);
    reading->flags = vb_read_u8(reader);
    const uint32_t wall_low = vb_read_u32(reader);
    reading->wall_ms = (uint64_t)vb_read_u16(reader) << 32 | wall_low;
    reading->pack_mv = vb_read_u32(reader);
    reading->current_ma = signed_of_u32(vb_read_u32(reader));
    reading->soc_permille = vb_read_u16(reader);
    reading->cell_count = vb_read_u8(reader);
    reading->temp_count = vb_read_u8(reader);
    return age_ms;
}

enum vb_err vb_reading_decode(const uint8_t *bytes, size_t size, uint32_t now_ms,
                              struct vb_reading *reading)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    struct vb_reading scratch;
    memset(&scratch, 0, sizeof scratch); /* including the part beyond the counts */
    const uint16_t age_ms = read_head(&reader, &scratch);
    if (reader.failed)
        return VB_ERR_TRUNCATED;
    if (!head_within_limits(&scratch) || !unknown_is_zero(&scratch))
        return VB_ERR_MALFORMED;
    scratch.sampled_ms = now_ms - age_ms;

    for (uint8_t i = 0; i < scratch.cell_count; i++)
        scratch.cell_mv[i] = vb_read_u16(&reader);
    const size_t bits_size = balancing_size(scratch.cell_count);
    const uint8_t *bits = vb_read_view(&reader, bits_size);
    if (bits != NULL)
        memcpy(scratch.balancing, bits, bits_size);
    for (uint8_t i = 0; i < scratch.temp_count; i++)
        scratch.temp_dc[i] = signed_of_u16(vb_read_u16(&reader));

    if (reader.failed)
        return VB_ERR_TRUNCATED;
    if (!vb_reader_done(&reader) || !body_within_limits(&scratch))
        return VB_ERR_MALFORMED;
    *reading = scratch;
    return VB_ERR_OK;
}

void vb_reading_ring_init(struct vb_reading_ring *ring, struct vb_reading *slots, uint16_t capacity)
{
    VB_ASSERT(slots != NULL && capacity >= 1);
    *ring = (struct vb_reading_ring){.slots = slots, .capacity = capacity};
}

void vb_reading_ring_push(struct vb_reading_ring *ring, const struct vb_reading *reading)
{
    VB_ASSERT(ring->next < ring->capacity && ring->count <= ring->capacity);
    ring->slots[ring->next] = *reading;
    ring->next = (uint16_t)(ring->next + 1u == ring->capacity ? 0u : ring->next + 1u);
    if (ring->count < ring->capacity)
        ring->count++;
    ring->pushes++;
}

const struct vb_reading *vb_reading_ring_at(const struct vb_reading_ring *ring, uint16_t back)
{
    VB_ASSERT(ring->next < ring->capacity && ring->count <= ring->capacity);
    if (back >= ring->count)
        return NULL;
    const uint32_t newest = (uint32_t)ring->next + ring->capacity - 1u;
    const uint32_t slot = newest - back;
    return &ring->slots[slot >= ring->capacity ? slot - ring->capacity : slot];
}

const struct vb_reading *vb_reading_ring_next(const struct vb_reading_ring *ring,
                                              struct vb_reading_cursor *cursor, uint32_t *missed)
{
    const uint32_t fresh = ring->pushes - cursor->taken;
    *missed = fresh > ring->count ? fresh - ring->count : 0;
    cursor->taken += *missed;
    if (fresh == 0 || ring->count == 0)
        return NULL;
    const uint32_t back = fresh - *missed - 1;
    cursor->taken++;
    return vb_reading_ring_at(ring, (uint16_t)back);
}
