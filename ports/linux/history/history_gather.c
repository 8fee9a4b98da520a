#include "linux/history/history_gather.h"

#include <string.h>

#include "linux/system/time_zone.h"

void vb_gather_init(struct vb_gather *gather)
{
    memset(gather, 0, sizeof(*gather));
}

void vb_gather_written(struct vb_gather *gather)
{
    gather->point_count = 0;
    gather->day_count = 0;
}

/* == Points ================================================================================== */

static void close_point(struct vb_gather *gather, struct vb_gather_pack *pack)
{
    if (pack->rollup.readings == 0) {
        return;
    }
    if (gather->point_count == VB_GATHER_POINTS_MAX) {
        gather->missed++;
    } else {
        struct vb_history_point *point = &gather->points[gather->point_count++];
        point->mac = pack->mac;
        point->at_s = pack->at_s;
        point->rollup = pack->rollup;
    }
    vb_rollup_clear(&pack->rollup);
}

void vb_gather_close(struct vb_gather *gather, uint32_t now_ms, uint32_t silent_ms)
{
    for (size_t index = 0; index < VB_GATHER_PACKS_MAX; index++) {
        struct vb_gather_pack *pack = &gather->packs[index];
        if (pack->used && now_ms - pack->touched_ms >= silent_ms) {
            close_point(gather, pack);
        }
    }
}

/* Whatever the wall clock did since the last one: a point holds what falls into its 10 s. */
static void add_to_point(struct vb_gather *gather, struct vb_gather_pack *pack,
                         const struct vb_history_sample *sample)
{
    const int64_t at_s = (int64_t)(sample->wall_ms / 1000);
    const int64_t begin_s = at_s - at_s % vb_tier_seconds(VB_TIER_10S);
    if (begin_s != pack->at_s) {
        close_point(gather, pack);
    }
    pack->at_s = begin_s;
    vb_rollup_add(&pack->rollup, &sample->reading);
}

/* == Energy ================================================================================== */

/* The entry for a pack's day; NULL if there is no room for another. */
static struct vb_history_flow *flow_of(struct vb_gather *gather, const struct vb_mac *mac,
                                       int32_t day)
{
    for (size_t index = 0; index < gather->day_count; index++) {
        struct vb_history_flow *flow = &gather->days[index];
        if (flow->day == day && vb_mac_equal(&flow->mac, mac)) {
            return flow;
        }
    }
    if (gather->day_count == VB_GATHER_DAYS_MAX) {
        return NULL;
    }
    struct vb_history_flow *flow = &gather->days[gather->day_count++];
    *flow = (struct vb_history_flow){.mac = *mac, .day = day};
    return flow;
}

/* A step belongs to the day on which it ends. */
static void add_energy(struct vb_gather *gather, struct vb_gather_pack *pack,
                       const struct vb_history_sample *sample)
{
    const struct vb_energy_step step = vb_energy_add(&pack->energy, &sample->reading);
    if (step.in_j <= 0 && step.out_j <= 0) {
        return;
    }
    const int32_t day = vb_time_zone_day((int64_t)(sample->wall_ms / 1000));
    struct vb_history_flow *flow = flow_of(gather, &pack->mac, day);
    if (flow == NULL) {
        gather->missed++;
        return;
    }
    flow->in_j += step.in_j;
    flow->out_j += step.out_j;
}

/* == Packs =================================================================================== */

/* A pack's slot: its own, a free one, or that of the longest-silent pack. */
static struct vb_gather_pack *pack_of(struct vb_gather *gather, const struct vb_mac *mac,
                                      uint32_t now_ms)
{
    struct vb_gather_pack *best = &gather->packs[0];
    for (size_t index = 0; index < VB_GATHER_PACKS_MAX; index++) {
        struct vb_gather_pack *pack = &gather->packs[index];
        if (pack->used && vb_mac_equal(&pack->mac, mac)) {
            return pack;
        }
        if (best->used && (!pack->used || now_ms - pack->touched_ms > now_ms - best->touched_ms)) {
            best = pack;
        }
    }
    close_point(gather, best);
    memset(best, 0, sizeof(*best));
    best->used = true;
    best->mac = *mac;
    return best;
}

void vb_gather_add(struct vb_gather *gather, const struct vb_history_sample *sample,
                   uint32_t now_ms)
{
    struct vb_gather_pack *pack = pack_of(gather, &sample->mac, now_ms);
    const bool repeated =
        pack->sampled && pack->epoch == sample->epoch && pack->sequence == sample->reading.sequence;
    if (repeated) {
        return;
    }
    pack->sampled = true;
    pack->epoch = sample->epoch;
    pack->sequence = sample->reading.sequence;
    pack->touched_ms = now_ms;
    add_to_point(gather, pack, sample);
    add_energy(gather, pack, sample);
}
