#include "sniff/say_reading.h"

#include <inttypes.h>
#include <string.h>

static void say_temperatures(struct vb_sniff_text *line, const struct vb_reading *reading)
{
    int16_t lowest = INT16_MAX;
    int16_t highest = INT16_MIN;
    for (uint8_t i = 0; i < reading->temp_count; i++) {
        const int16_t value = reading->temp_dc[i];
        if (value == VB_TEMP_NOT_AVAILABLE)
            continue;
        lowest = value < lowest ? value : lowest;
        highest = value > highest ? value : highest;
    }
    if (lowest <= highest)
        vb_sniff_say(line, ", %.1f to %.1f degC", lowest / 10.0, highest / 10.0);
}

static void say_whole(const struct vb_reading *reading, bool every_cell, struct vb_sniff_text *line)
{
    if ((reading->flags & VB_READING_HAS_VOLTAGE) != 0)
        vb_sniff_say(line, ", %.1f V", reading->pack_mv / 1000.0);
    if ((reading->flags & VB_READING_HAS_CURRENT) != 0)
        vb_sniff_say(line, ", %+.2f A", reading->current_ma / 1000.0);
    if ((reading->flags & VB_READING_HAS_SOC) != 0)
        vb_sniff_say(line, ", %.1f %%", reading->soc_permille / 10.0);
    say_temperatures(line, reading);
    unsigned balancing = 0;
    for (unsigned cell = 0; cell < reading->cell_count; cell++)
        balancing += vb_reading_balancing(reading, cell) ? 1 : 0;
    if (balancing > 0)
        vb_sniff_say(line, ", %u balancing", balancing);
    if ((reading->flags & VB_READING_SUMMARY) != 0) {
        vb_sniff_say(line, ", lowest %u, highest %u, mean %u mV", reading->cell_mv[0],
                     reading->cell_mv[1], reading->cell_mv[2]);
        return;
    }
    vb_sniff_say(line, ", ");
    vb_sniff_say_cells(line, reading->cell_mv, reading->cell_count, 0, VB_CELL_NOT_AVAILABLE,
                       every_cell);
}

void vb_sniff_say_reading(struct vb_sniff_source *source, const struct vb_reading_part *part,
                          bool every_cell, struct vb_sniff_text *line)
{
    struct vb_codec_part body;
    vb_sniff_say(line, " %u", part->number);
    source->decoder.origin = (struct vb_codec_origin){
        .digest_low = part->digest_low,
        .believed = source->digest_known && source->digest_low == part->digest_low};
    if (source->number != part->number || source->parts == 0) {
        memset(&source->reading, 0, sizeof source->reading);
        source->parts = 0;
        source->number = part->number;
    }
    const enum vb_err err = vb_codec_decode(&source->decoder, part->number, part->body, part->size,
                                            0, &source->reading, &body);
    if (err == VB_ERR_OLD) {
        vb_sniff_say(line, " over a keyframe that was not captured");
        return;
    }
    if (err != VB_ERR_OK) {
        vb_sniff_say(line, " that %s", vb_err_text(err));
        return;
    }
    VB_ASSERT(body.count >= 1 && body.count <= VB_CODEC_PARTS_MAX && body.index < body.count);
    source->parts |= (uint8_t)(1u << body.index);
    if (body.keyframe)
        vb_sniff_say(line, ", keyframe");
    if (body.count > 1)
        vb_sniff_say(line, ", part %u of %u", body.index + 1, body.count);
    vb_sniff_say(line, ", sample %" PRIu32, source->reading.sequence);
    if (source->parts == (1u << body.count) - 1)
        say_whole(&source->reading, every_cell, line);
}
