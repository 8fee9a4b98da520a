#include "codec_profile.h"

#include <string.h>

#include "voltbeacon/core/platform.h"

enum {
    CURRENT_SHIFT = 8,        /* currents are compared in steps of 256 mA */
    CURRENT_STEPS_MAX = 4095, /* 1048 A */
    GAIN_BITS = 8,
    /* A load step of this size (20 A) teaches the slopes most; smaller ones are lost in the noise
     * of a cell, larger ones show the same in a smaller slope. */
    GAIN_STEPS = 80,
    LEVEL_MAX = VB_CELL_MV_MAX << VB_LEVEL_BITS,
    TEMP_LEVEL_MAX = INT16_MAX,
    INTERVAL_MS_MAX = UINT16_MAX
};

static int32_t clamp(int32_t value, int32_t low, int32_t high)
{
    if (value < low)
        return low;
    return value > high ? high : value;
}

/* 0 if one of them is not known. */
static int32_t current_steps(const struct vb_codec_keyframe *from, uint8_t flags,
                             int32_t current_ma)
{
    if ((from->flags & flags & VB_READING_HAS_CURRENT) == 0)
        return 0;
    const int32_t steps =
        vb_shift_down(current_ma, CURRENT_SHIFT) - vb_shift_down(from->current_ma, CURRENT_SHIFT);
    return clamp(steps, -CURRENT_STEPS_MAX, CURRENT_STEPS_MAX);
}

int32_t vb_profile_steps(const struct vb_codec_profile *profile, const struct vb_reading *reading)
{
    if (profile == NULL)
        return 0;
    VB_ASSERT(profile->cell_count == reading->cell_count);
    return current_steps(&profile->held, reading->flags, reading->current_ma);
}

static struct vb_codec_keyframe keyframe_of(uint16_t number, const struct vb_reading *reading)
{
    struct vb_codec_keyframe keyframe = {
        .wall_ms = reading->wall_ms,
        .number = number,
        .sequence = reading->sequence,
        .current_ma = reading->current_ma,
        .soc_permille = reading->soc_permille,
        .flags = reading->flags,
    };
    memcpy(keyframe.balancing, reading->balancing, sizeof keyframe.balancing);
    return keyframe;
}

static int16_t temp_level_of(int32_t temp_dc)
{
    if (temp_dc == VB_TEMP_NOT_AVAILABLE)
        return VB_TEMP_NOT_AVAILABLE;
    return (int16_t)clamp(temp_dc * (1 << VB_TEMP_LEVEL_BITS), -TEMP_LEVEL_MAX, TEMP_LEVEL_MAX);
}

/* The prediction for a cell that is not available, in case it comes back. */
static uint16_t available_mean(const struct vb_reading *reading)
{
    uint32_t sum_mv = 0;
    uint32_t count = 0;
    for (unsigned i = 0; i < reading->cell_count; i++) {
        if (reading->cell_mv[i] == VB_CELL_NOT_AVAILABLE)
            continue;
        sum_mv += reading->cell_mv[i];
        count++;
    }
    return (uint16_t)(count == 0 ? 0 : sum_mv / count);
}

void vb_profile_set(struct vb_codec_profile *profile, uint16_t number,
                    const struct vb_reading *reading)
{
    memset(profile, 0, sizeof *profile);
    profile->held = keyframe_of(number, reading);
    profile->is_held = true;
    profile->cell_count = reading->cell_count;
    profile->temp_count = reading->temp_count;
    const uint16_t mean_mv = available_mean(reading);
    for (unsigned i = 0; i < reading->cell_count; i++) {
        const uint16_t mv = reading->cell_mv[i];
        const unsigned level_mv = mv == VB_CELL_NOT_AVAILABLE ? mean_mv : mv;
        profile->level[i] = (uint16_t)(level_mv << VB_LEVEL_BITS);
    }
    for (unsigned i = 0; i < reading->temp_count; i++)
        profile->temp_level[i] = temp_level_of(reading->temp_dc[i]);
}

bool vb_profile_suits_temps(const struct vb_codec_profile *profile,
                            const struct vb_reading *reading)
{
    unsigned differing = 0;
    for (unsigned i = 0; i < reading->temp_count; i++)
        differing += (profile->temp_level[i] == VB_TEMP_NOT_AVAILABLE) !=
                     (reading->temp_dc[i] == VB_TEMP_NOT_AVAILABLE);
    return differing == 0;
}

static int8_t surprise_of(int32_t found, int32_t expected)
{
    return (int8_t)clamp(found - expected, -INT8_MAX, INT8_MAX);
}

enum { SHARE_HALF = 1, SHARE_QUARTER = 2 };

/* A half or a quarter of it, rounded. */
static int32_t part_of(int32_t surprise, unsigned share)
{
    return vb_shift_down(surprise + (1 << share >> 1), share);
}

struct vb_profile_surprise vb_profile_offer(struct vb_codec_profile *profile, uint16_t number,
                                            const struct vb_reading *reading, int32_t common,
                                            enum vb_codec_correction correction)
{
    VB_ASSERT(profile->is_held && profile->cell_count == reading->cell_count);
    const int32_t steps = current_steps(&profile->held, reading->flags, reading->current_ma);
    profile->offered = keyframe_of(number, reading);
    profile->offered.common = (int16_t)clamp(common, INT16_MIN, INT16_MAX);
    profile->offered.correction = (uint8_t)correction;
    profile->is_offered = true;
    struct vb_profile_surprise shown = {0};
    for (unsigned i = 0; i < reading->cell_count; i++) {
        const int32_t expected = vb_profile_level(profile, i, steps) + common;
        const bool available = reading->cell_mv[i] != VB_CELL_NOT_AVAILABLE;
        const int8_t surprise =
            available ? surprise_of(reading->cell_mv[i] << VB_LEVEL_BITS, expected) : 0;
        shown.size += surprise * surprise;
        /* What a correction would round to 0 does not count. */
        if (part_of(surprise, SHARE_HALF) != 0 || part_of(profile->surprise[i], SHARE_HALF) != 0)
            shown.persisting += surprise * profile->surprise[i];
        profile->surprise[i] = surprise;
    }
    for (unsigned i = 0; i < reading->temp_count; i++) {
        const int16_t found = temp_level_of(reading->temp_dc[i]);
        const int16_t level = profile->temp_level[i];
        const bool available = found != VB_TEMP_NOT_AVAILABLE && level != VB_TEMP_NOT_AVAILABLE;
        profile->temp_surprise[i] = available ? surprise_of(found, level) : 0;
    }
    return shown;
}

/* The share of a surprise that goes into the slope: normalised least squares. The profile's only
 * division by a variable, apart from the interval's. */
static int32_t gain_of(int32_t steps)
{
    const int32_t scale = 1 << (VB_SLOPE_BITS + GAIN_BITS - 1);
    return scale * steps / (steps * steps + GAIN_STEPS * GAIN_STEPS);
}

static uint16_t interval_of(const struct vb_codec_keyframe *from,
                            const struct vb_codec_keyframe *to)
{
    const uint16_t count = (uint16_t)(to->number - from->number);
    VB_ASSERT(count >= 1 && count <= VB_CODEC_DISTANCE_MAX); /* one has referred to the other */
    const uint64_t span_ms = to->wall_ms - from->wall_ms;
    if (from->wall_ms == 0 || to->wall_ms == 0 || span_ms >> 32 != 0)
        return 0;
    const uint32_t interval_ms = (uint32_t)span_ms / count;
    return (uint16_t)(interval_ms > INTERVAL_MS_MAX ? 0 : interval_ms);
}

void vb_profile_adopt(struct vb_codec_profile *profile)
{
    VB_ASSERT(profile->is_held && profile->is_offered);
    const struct vb_codec_keyframe *offered = &profile->offered;
    const unsigned share = offered->correction == VB_CORRECTION_HALF ? SHARE_HALF : SHARE_QUARTER;
    const int32_t steps = current_steps(&profile->held, offered->flags, offered->current_ma);
    const int32_t gain = gain_of(steps);
    for (unsigned i = 0; i < profile->cell_count; i++) {
        const int32_t level = vb_profile_level(profile, i, steps) + offered->common +
                              part_of(profile->surprise[i], share);
        const int32_t slope =
            profile->slope[i] + vb_shift_down(profile->surprise[i] * gain, GAIN_BITS);
        profile->level[i] = (uint16_t)clamp(level, 0, LEVEL_MAX);
        profile->slope[i] = (int8_t)clamp(slope, -INT8_MAX, INT8_MAX);
    }
    for (unsigned i = 0; i < profile->temp_count; i++) {
        const int32_t change = part_of(profile->temp_surprise[i], share);
        if (profile->temp_level[i] != VB_TEMP_NOT_AVAILABLE)
            profile->temp_level[i] =
                (int16_t)clamp(profile->temp_level[i] + change, -TEMP_LEVEL_MAX, TEMP_LEVEL_MAX);
    }
    profile->interval_ms = interval_of(&profile->held, offered);
    profile->held = *offered;
    profile->is_offered = false;
}
