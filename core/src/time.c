#include "voltbeacon/core/time.h"

#define SATURATED 0xffffffffu

void vb_age_restart(struct vb_age *age, uint32_t now_ms)
{
    age->at_ms = now_ms;
    age->age_ms = 0;
}

void vb_age_unknown(struct vb_age *age, uint32_t now_ms)
{
    age->at_ms = now_ms;
    age->age_ms = SATURATED;
}

uint32_t vb_age_ms(const struct vb_age *age, uint32_t now_ms)
{
    const uint32_t since = now_ms - age->at_ms;
    return age->age_ms > SATURATED - since ? SATURATED : age->age_ms + since;
}

void vb_age_advance(struct vb_age *age, uint32_t now_ms)
{
    age->age_ms = vb_age_ms(age, now_ms);
    age->at_ms = now_ms;
}
