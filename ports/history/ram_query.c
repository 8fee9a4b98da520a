#include "history/ram_query.h"

enum { DAY_S = 86400 };

#define KWH_OF_A_UNIT (10 / 3600000.0)

/* NULL if it is not known. */
static const struct vb_ram_pack *pack_of(const struct vb_ram_history *history,
                                         const struct vb_mac *mac)
{
    for (uint8_t i = 0; i < history->config.sizes.packs; i++) {
        if (history->who[i].used && vb_mac_equal(&history->who[i].mac, mac))
            return &history->packs[i];
    }
    return NULL;
}

/* == Points ================================================================================== */

/* A walk over a transmitter's points, by time: those of an hour, and the fine ones, among them the
 * open one. Where both have a part of an hour they add up: nothing is in both. */
struct walk {
    const struct vb_ram_pack *pack;
    bool hours;    /* those of an hour as well */
    int64_t fine;  /* the number of the next one, at the least */
    int64_t hour;  /* likewise */
    bool searched; /* for that: it is the next one, or there is none */
    bool found;
};

/* From which fine point on all are there that ever were, alone or as parts of hours. Older ones,
 * which gaps have left in their places, are not shown: between them is what was replaced, and
 * nobody could tell that from silence. */
static int64_t whole_from(const struct vb_ram_pack *pack, bool hours)
{
    const int64_t oldest = pack->open_number - pack->fine.count;
    const int64_t oldest_hour = oldest / VB_RAM_POINTS_OF_AN_HOUR - (pack->hours.count - 1);
    const int64_t from =
        hours && pack->hours.count > 0 ? oldest_hour * VB_RAM_POINTS_OF_AN_HOUR : oldest;
    return from > 0 ? from : 0;
}

static struct walk walk_from(const struct vb_ram_pack *pack, enum vb_tier tier, int64_t from_s)
{
    const bool hours = tier == VB_TIER_1H;
    const int64_t oldest = whole_from(pack, hours);
    const int64_t from = (from_s + VB_RAM_FINE_S - 1) / VB_RAM_FINE_S;
    struct walk walk = {.pack = pack, .hours = hours, .fine = from > oldest ? from : oldest};
    walk.hour = (walk.fine + VB_RAM_POINTS_OF_AN_HOUR - 1) / VB_RAM_POINTS_OF_AN_HOUR;
    return walk;
}

/* The number of the next fine point; of the open one its place has an older copy, or another. */
static bool next_fine(const struct walk *walk, int64_t *number)
{
    const struct vb_ram_pack *pack = walk->pack;
    const bool found = vb_ram_ring_first(&pack->fine, walk->fine, pack->open_number, number);
    if (pack->open_number < walk->fine || (found && *number < pack->open_number))
        return found;
    *number = pack->open_number;
    return true;
}

static bool next_hour(struct walk *walk)
{
    if (walk->hours && !walk->searched) {
        walk->found = vb_ram_ring_first(&walk->pack->hours, walk->hour, -1, &walk->hour);
        walk->searched = true;
    }
    return walk->found;
}

/* Takes the next point, and moves past it; false after the last. */
static bool next_point(struct walk *walk, int64_t *at_s, struct vb_history_view *point)
{
    const struct vb_ram_pack *pack = walk->pack;
    int64_t fine;
    const bool has_fine = next_fine(walk, &fine);
    if (next_hour(walk) && (!has_fine || walk->hour * VB_RAM_HOUR_S <= fine * VB_RAM_FINE_S)) {
        int64_t hour = walk->hour++;
        walk->searched = walk->found = false;
        *at_s = hour * VB_RAM_HOUR_S;
        return vb_ram_ring_at(&pack->hours, &hour, point);
    }
    if (!has_fine)
        return false;
    walk->fine = fine + 1;
    *at_s = fine * VB_RAM_FINE_S;
    if (fine != pack->open_number)
        return vb_ram_ring_at(&pack->fine, &fine, point);
    *point = pack->open;
    return true;
}

static enum vb_err source_point(void *ctx, const struct vb_history_span *span, int64_t from_s,
                                int64_t *at_s, struct vb_history_view *view)
{
    const struct vb_ram_pack *pack = pack_of(ctx, &span->mac);
    const int64_t tier_s = span->tier == VB_TIER_1H ? VB_RAM_HOUR_S : VB_RAM_FINE_S;
    VB_ASSERT(span->step_s % tier_s == 0 && from_s % span->step_s == 0);
    if (pack == NULL)
        return VB_ERR_NOT_FOUND;
    struct walk walk = walk_from(pack, span->tier, from_s);
    int64_t next_s;
    if (!next_point(&walk, &next_s, view) || next_s - next_s % tier_s >= span->to_s)
        return VB_ERR_NOT_FOUND;
    *at_s = next_s - next_s % span->step_s;
    struct vb_history_view more;
    while (next_point(&walk, &next_s, &more) && next_s < *at_s + span->step_s &&
           next_s - next_s % tier_s < span->to_s)
        vb_ram_point_merge(view, &more);
    return VB_ERR_OK;
}

static enum vb_err source_oldest(void *ctx, const struct vb_mac *mac, enum vb_tier tier,
                                 int64_t *at_s)
{
    const struct vb_ram_pack *pack = pack_of(ctx, mac);
    struct vb_history_view point;
    if (pack == NULL)
        return VB_ERR_NOT_FOUND;
    struct walk walk = walk_from(pack, tier, 0);
    if (!next_point(&walk, at_s, &point))
        return VB_ERR_NOT_FOUND;
    if (tier == VB_TIER_1H)
        *at_s -= *at_s % VB_RAM_HOUR_S;
    return VB_ERR_OK;
}

/* == Days ==================================================================================== */

int32_t vb_ram_day_of(void *ctx, int64_t at_s)
{
    (void)ctx;
    return (int32_t)(at_s / DAY_S);
}

static enum vb_err source_day(void *ctx, const struct vb_mac *mac, int32_t from_day,
                              struct vb_history_day *day)
{
    const struct vb_ram_history *history = ctx;
    const struct vb_ram_pack *pack = pack_of(history, mac);
    const struct vb_ram_day *first = NULL;
    const size_t count = (size_t)history->config.sizes.days + VB_RAM_ENERGY_DAYS_MORE;
    for (size_t i = 0; pack != NULL && i < count; i++) {
        const struct vb_ram_day *one = &pack->days[i];
        if (one->day >= from_day && (one->in > 0 || one->out > 0) &&
            (first == NULL || one->day < first->day))
            first = one;
    }
    if (first == NULL)
        return VB_ERR_NOT_FOUND;
    *day = (struct vb_history_day){.day = first->day,
                                   .in_kwh = first->in * KWH_OF_A_UNIT,
                                   .out_kwh = first->out * KWH_OF_A_UNIT};
    return VB_ERR_OK;
}

static const char *source_time_zone(void *ctx)
{
    (void)ctx;
    return "UTC";
}

/* == Its state =============================================================================== */

static void source_status(void *ctx, struct vb_history_status *status)
{
    const struct vb_ram_history *history = ctx;
    *status = (struct vb_history_status){.state = vb_ram_history_state(history),
                                         .written = history->written,
                                         .bytes = vb_ram_history_bytes(&history->config.sizes)};
}

/* Before the clock is set 1, which is after the start of any range. */
static int64_t source_now_s(void *ctx)
{
    const struct vb_ram_history *history = ctx;
    const int64_t now_s = (int64_t)(history->config.wall_ms() / 1000);
    return now_s > 0 ? now_s : 1;
}

struct vb_history_source vb_ram_history_source_of(struct vb_ram_history *history)
{
    return (struct vb_history_source){.ctx = history,
                                      .finest_s = VB_RAM_FINE_S,
                                      .longest_s = history->config.sizes.days * UINT32_C(86400),
                                      .status = source_status,
                                      .point = source_point,
                                      .oldest = source_oldest,
                                      .day = source_day,
                                      .time_zone = source_time_zone,
                                      .day_of = vb_ram_day_of,
                                      .now_s = source_now_s};
}
