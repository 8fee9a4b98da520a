/* What both ends of the codec know about the pack, in step: how cells differ from each other, how
 * that varies with the current, and the keyframe underneath. Predictions come only from here. */
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

/* How much of a keyframe's deviation goes into the profile. */
enum vb_codec_correction {
    VB_CORRECTION_NONE = 0, /* no keyframe */
    VB_CORRECTION_QUARTER = 1,
    VB_CORRECTION_HALF = 2,
    VB_CORRECTION_COUNT = 3
};

/* How far the reading's current is from the keyframe's; 0 if one of them is not known, or there is
 * no profile. */
int32_t vb_profile_steps(const struct vb_codec_profile *profile, const struct vb_reading *reading);

/* The level predicted for a cell this far from the keyframe's current, if all of them have moved
 * alike since, in quarters of a mV. Without a profile all predictions are the same. */
static inline int32_t vb_profile_level(const struct vb_codec_profile *profile, unsigned cell,
                                       int32_t steps)
{
    if (profile == NULL)
        return 0;
    return profile->level[cell] + vb_shift_down(profile->slope[cell] * steps, VB_SLOPE_BITS);
}

/* The cell in mV for a level and the move common to all cells. */
static inline int32_t vb_profile_cell_mv(int32_t level, int32_t common)
{
    return vb_shift_down(level + common + (1 << VB_LEVEL_BITS >> 1), VB_LEVEL_BITS);
}

/* The temperature predicted, in 0.1 degC; previous is the preceding one, used without a
 * profile. */
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

/* Sets the profile to this reading. */
void vb_profile_set(struct vb_codec_profile *profile, uint16_t number,
                    const struct vb_reading *reading);

/* Whether the same temperatures are available; a correction could not fix that. */
bool vb_profile_suits_temps(const struct vb_codec_profile *profile,
                            const struct vb_reading *reading);

/* How far an offered keyframe's cells are from their prediction: squares of quarters of a mV,
 * summed up. */
struct vb_profile_surprise {
    int32_t size;
    /* Multiplied by that of the previous one, over cells that a half corrects: above 0 if the
     * profile lags. */
    int32_t persisting;
};

/* Records how far this reading is from its prediction; common is how far all cells moved. */
struct vb_profile_surprise vb_profile_offer(struct vb_codec_profile *profile, uint16_t number,
                                            const struct vb_reading *reading, int32_t common,
                                            enum vb_codec_correction correction);

/* The last offered keyframe takes effect. */
void vb_profile_adopt(struct vb_codec_profile *profile);

#endif
