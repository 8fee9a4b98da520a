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

static void close_point(struct vb_gather *gather, size_t place)
{
    struct vb_gather_open *open = &gather->open[place];
    if (open->rollup.readings == 0) {
        return;
    }
    if (gather->point_count == VB_GATHER_POINTS_MAX) {
        gather->missed++;
    } else {
        struct vb_history_point *point = &gather->points[gather->point_count++];
        point->mac = gather->packs[place].mac;
        point->at_s = open->at_s;
        point->rollup = open->rollup;
    }
    vb_rollup_clear(&open->rollup);
}

void vb_gather_close(struct vb_gather *gather, uint32_t now_ms, uint32_t silent_ms)
{
    for (size_t index = 0; index < VB_GATHER_PACKS_MAX; index++) {
        const struct vb_history_pack *pack = &gather->packs[index];
        if (pack->used && now_ms - pack->touched_ms >= silent_ms) {
            close_point(gather, index);
        }
    }
}

/* Whatever the wall clock did since the last one: a point holds what falls into its 10 s. */
static void add_to_point(struct vb_gather *gather, size_t place,
                         const struct vb_history_sample *sample)
{
    struct vb_gather_open *open = &gather->open[place];
    const int64_t at_s = (int64_t)(sample->wall_ms / 1000);
    const int64_t begin_s = at_s - at_s % vb_tier_seconds(VB_TIER_10S);
    if (begin_s != open->at_s) {
        close_point(gather, place);
    }
    open->at_s = begin_s;
    vb_rollup_add(&open->rollup, &sample->reading);
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
static void add_energy(struct vb_gather *gather, struct vb_history_pack *pack,
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

void vb_gather_add(struct vb_gather *gather, const struct vb_history_sample *sample,
                   uint32_t now_ms)
{
    static const struct vb_history_keeps nobody = {0};
    const size_t place =
        vb_history_packs_place(gather->packs, VB_GATHER_PACKS_MAX, &sample->mac, now_ms, &nobody);
    struct vb_history_pack *pack = &gather->packs[place];
    if (!pack->used || !vb_mac_equal(&pack->mac, &sample->mac)) {
        close_point(gather, place);
        vb_history_pack_begin(pack, &sample->mac);
    }
    if (!vb_history_pack_take(pack, sample->epoch, sample->reading.sequence, now_ms)) {
        return;
    }
    add_to_point(gather, place, sample);
    add_energy(gather, pack, sample);
}
