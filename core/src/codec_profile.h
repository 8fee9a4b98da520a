/* What both ends of the codec hold of the pack, in step: how each cell differs from the others, how
 * that goes with the current, and the keyframe it rests on. Predictions come from here alone. */
#ifndef VOLTBEACON_CODEC_PROFILE_H
#define VOLTBEACON_CODEC_PROFILE_H

#include "codec_integer.h"
#include "voltbeacon/core/codec.h"
#include "voltbeacon/core/reading.h"

enum {
    VB_LEVEL_BITS = 2,      /* cells are predicted in quarters of a mV */
    VB_TEMP_LEVEL_BITS = 3, /* temperatures in eighths of 0.1 degC */
    VB_SLOPE_BITS = 8       /* slopes are in 1/256 of a level's step */
};

/* How much of what a keyframe shows goes into the profile. */
enum vb_codec_correction {
    VB_CORRECTION_NONE = 0, /* no keyframe */
    VB_CORRECTION_QUARTER = 1,
    VB_CORRECTION_HALF = 2,
    VB_CORRECTION_COUNT = 3
};

/* How far the reading's current is from the keyframe's; 0 where one of them is not known, or there
 * is no profile. */
int32_t vb_profile_steps(const struct vb_codec_profile *profile, const struct vb_reading *reading);

/* Where a cell is expected so far from the keyframe's current, if all of them have moved alike
 * since, in quarters of a mV. Without a profile all are expected alike. */
static inline int32_t vb_profile_level(const struct vb_codec_profile *profile, unsigned cell,
                                       int32_t steps)
{
    if (profile == NULL)
        return 0;
    return profile->level[cell] + vb_shift_down(profile->slope[cell] * steps, VB_SLOPE_BITS);
}

/* The cell in mV that a level, moved by what is common to all, means. */
static inline int32_t vb_profile_cell_mv(int32_t level, int32_t common)
{
    return vb_shift_down(level + common + (1 << VB_LEVEL_BITS >> 1), VB_LEVEL_BITS);
}

/* The temperature expected, in 0.1 degC; previous is the one before it, where there is no profile.
 */
static inline int32_t vb_profile_temp_dc(const struct vb_codec_profile *profile, unsigned index,
                                         int32_t previous)
{
    if (profile == NULL)
        return previous;
    const int32_t level = profile->temp_level[index];
    if (level == VB_TEMP_NOT_AVAILABLE)
        return VB_TEMP_NOT_AVAILABLE;
    return vb_shift_down(level + (1 << VB_TEMP_LEVEL_BITS >> 1), VB_TEMP_LEVEL_BITS);
}

/* The profile becomes this reading. */
void vb_profile_set(struct vb_codec_profile *profile, uint16_t number,
                    const struct vb_reading *reading);

/* Whether the same temperatures are available; that is nothing a correction could mend. */
bool vb_profile_suits_temps(const struct vb_codec_profile *profile,
                            const struct vb_reading *reading);

/* What an offered keyframe shows of the cells beside what was expected of them: squares of quarters
 * of a mV, summed up. */
struct vb_profile_surprise {
    int32_t size;
    /* Times what the one before showed, of the cells that a half corrects: over 0 where the profile
     * lags behind. */
    int32_t persisting;
};

/* Remembers what this reading shows beside what was expected; common is how far all cells moved. */
struct vb_profile_surprise vb_profile_offer(struct vb_codec_profile *profile, uint16_t number,
                                            const struct vb_reading *reading, int32_t common,
                                            enum vb_codec_correction correction);

/* The keyframe offered last takes effect. */
void vb_profile_adopt(struct vb_codec_profile *profile);

#endif
