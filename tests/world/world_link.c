#include "world/world_link.h"

#include <string.h>

static bool chance(struct vb_random *random, uint16_t permille)
{
    return permille > 0 && vb_random_between(random, 1, 1000) <= permille;
}

void vb_world_link_init(struct vb_world_link *link)
{
    memset(link, 0, sizeof *link);
    vb_world_link_heal(link);
}

void vb_world_link_heal(struct vb_world_link *link)
{
    link->faults = (struct vb_world_faults){.delay_ms_min = 1, .delay_ms_max = 1};
    link->bad = false;
}

static bool loses(struct vb_world_link *link, struct vb_random *random)
{
    const struct vb_world_faults *faults = &link->faults;
    if (faults->blocked) {
        link->counts.blocked++;
        return true;
    }
    if (!link->bad && chance(random, faults->burst_begin)) {
        link->bad = true;
        link->counts.bursts++;
    } else if (link->bad && chance(random, faults->burst_end)) {
        link->bad = false;
    }
    if (link->bad && chance(random, faults->burst_loss)) {
        link->counts.lost_in_burst++;
        return true;
    }
    if (!chance(random, faults->loss))
        return false;
    link->counts.lost++;
    return true;
}

static void damage(struct vb_world_link *link, struct vb_random *random, struct vb_world_copy *copy)
{
    const struct vb_world_faults *faults = &link->faults;
    if (chance(random, faults->corrupt)) {
        for (uint32_t flips = vb_random_between(random, 1, 8); flips > 0; flips--) {
            const uint32_t bit = vb_random_between(random, 0, (uint32_t)copy->size * 8 - 1);
            copy->bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        }
        link->counts.corrupted++;
    }
    if (chance(random, faults->truncate)) {
        copy->size = vb_random_between(random, 0, (uint32_t)copy->size - 1);
        link->counts.truncated++;
    }
}

static uint32_t delay_ms(struct vb_world_link *link, struct vb_random *random)
{
    const struct vb_world_faults *faults = &link->faults;
    if (chance(random, faults->late)) {
        link->counts.late++;
        return vb_random_between(random, faults->delay_ms_min, faults->late_ms_max);
    }
    return vb_random_between(random, faults->delay_ms_min, faults->delay_ms_max);
}

unsigned vb_world_link_pass(struct vb_world_link *link, struct vb_random *random,
                            const uint8_t *bytes, size_t size,
                            struct vb_world_copy copies[VB_WORLD_COPIES_MAX])
{
    VB_ASSERT(size > 0 && size <= VB_FRAME_BYTES_MAX);
    link->counts.sent++;
    if (loses(link, random))
        return 0;
    unsigned count = 1;
    if (chance(random, link->faults.duplicate)) {
        count = 2;
        link->counts.duplicated++;
    }
    for (unsigned i = 0; i < count; i++) {
        struct vb_world_copy *copy = &copies[i];
        copy->size = size;
        memcpy(copy->bytes, bytes, size);
        damage(link, random, copy);
        copy->intact = copy->size == size && memcmp(copy->bytes, bytes, size) == 0;
        copy->delay_ms = delay_ms(link, random);
        link->counts.delivered++;
    }
    return count;
}
