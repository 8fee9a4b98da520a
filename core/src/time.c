#include "voltbeacon/core/time.h"

void vb_age_restart(struct vb_age *age, uint32_t now_ms)
{
    age->at_ms = now_ms;
    age->age_ms = 0;
}

void vb_age_again(struct vb_age *age, uint32_t now_ms, uint32_t ago_ms)
{
    vb_age_advance(age, now_ms);
    if (ago_ms < age->age_ms)
        age->age_ms = ago_ms;
}

void vb_age_unknown(struct vb_age *age, uint32_t now_ms)
{
    age->at_ms = now_ms;
    age->age_ms = VB_AGE_UNKNOWN;
}

uint32_t vb_age_ms(const struct vb_age *age, uint32_t now_ms)
{
    const uint32_t since = vb_time_until(age->at_ms, now_ms);
    return age->age_ms > VB_AGE_UNKNOWN - since ? VB_AGE_UNKNOWN : age->age_ms + since;
}

void vb_age_advance(struct vb_age *age, uint32_t now_ms)
{
    age->age_ms = vb_age_ms(age, now_ms);
    age->at_ms = now_ms;
}
