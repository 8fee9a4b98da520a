#include "history/ram_history.h"

#include <string.h>

#include "history/ram_query.h"

enum { DAY_S = 86400, UNIT_J = 10 };

/* == Memory ================================================================================== */

/* One more than the days have, so that a range of as long finds its first point here whole. */
static size_t fine_points(const struct vb_ram_history_sizes *sizes)
{
    return (size_t)sizes->fine_days * (DAY_S / VB_RAM_FINE_S) + 1;
}

static size_t hour_points(const struct vb_ram_history_sizes *sizes)
{
    return (size_t)(sizes->days - sizes->fine_days) * (DAY_S / VB_RAM_HOUR_S);
}

static size_t energy_days(const struct vb_ram_history_sizes *sizes)
{
    return (size_t)sizes->days + VB_RAM_ENERGY_DAYS_MORE;
}

size_t vb_ram_history_bytes(const struct vb_ram_history_sizes *sizes)
{
    VB_ASSERT(sizes->packs > 0 && sizes->days <= VB_RAM_DAYS_MAX);
    VB_ASSERT(sizes->fine_days > 0 && sizes->fine_days <= sizes->days);
    return sizes->packs * (sizeof(struct vb_ram_pack) + sizeof(struct vb_history_pack) +
                           energy_days(sizes) * sizeof(struct vb_ram_day) +
                           (fine_points(sizes) + hour_points(sizes)) * VB_RAM_POINT_BYTES);
}

static void clear(struct vb_ram_history *history, struct vb_ram_pack *pack)
{
    vb_ram_ring_clear(&pack->fine);
    vb_ram_ring_clear(&pack->hours);
    memset(pack->days, 0, energy_days(&history->config.sizes) * sizeof *pack->days);
    pack->open_number = -1;
    pack->in_rest = pack->out_rest = 0;
}

/* What has the strictest alignment is first. */
static void divide(struct vb_ram_history *history)
{
    const struct vb_ram_history_sizes *sizes = &history->config.sizes;
    const size_t fine = fine_points(sizes);
    const size_t hours = hour_points(sizes);
    history->packs = history->config.memory;
    history->who = (struct vb_history_pack *)(history->packs + sizes->packs);
    struct vb_ram_day *days = (struct vb_ram_day *)(history->who + sizes->packs);
    uint8_t *points = (uint8_t *)(days + sizes->packs * energy_days(sizes));
    for (uint8_t i = 0; i < sizes->packs; i++) {
        struct vb_ram_pack *pack = &history->packs[i];
        pack->days = days + i * energy_days(sizes);
        vb_ram_ring_init(&pack->fine, points, (uint16_t)fine, VB_RAM_FINE_S);
        points += fine * VB_RAM_POINT_BYTES;
        vb_ram_ring_init(&pack->hours, points, (uint16_t)hours, VB_RAM_HOUR_S);
        points += hours * VB_RAM_POINT_BYTES;
        clear(history, pack);
    }
}

/* == Points ================================================================================== */

/* What leaves the ring of fine points becomes part of its hour. One that a gap had left there until
 * now may find a later hour in its place, which stays, unless a clock was ahead when it came. */
static void move_to_hour(struct vb_ram_pack *pack, int64_t fine_number,
                         const struct vb_history_view *point)
{
    struct vb_history_view hour;
    const int64_t wanted = fine_number / VB_RAM_POINTS_OF_AN_HOUR;
    int64_t found = wanted;
    const bool taken = vb_ram_ring_at(&pack->hours, &found, &hour);
    if (taken && found > wanted && found <= pack->open_number / VB_RAM_POINTS_OF_AN_HOUR)
        return;
    if (!taken || found != wanted)
        hour = (struct vb_history_view){0};
    vb_ram_point_merge(&hour, point);
    vb_ram_ring_write(&pack->hours, wanted, &hour);
}

static void close_point(struct vb_ram_history *history, struct vb_ram_pack *pack)
{
    struct vb_history_view before;
    int64_t number = pack->open_number;
    if (pack->open_number < 0)
        return;
    if (vb_ram_ring_at(&pack->fine, &number, &before) && number != pack->open_number)
        move_to_hour(pack, number, &before);
    vb_ram_ring_write(&pack->fine, pack->open_number, &pack->open);
    pack->open_number = -1;
    history->written++;
}

/* A point that is there already, from before the clock went back, goes on. */
static void open_point(struct vb_ram_pack *pack, int64_t number)
{
    int64_t found = number;
    if (!vb_ram_ring_at(&pack->fine, &found, &pack->open) || found != number)
        pack->open = (struct vb_history_view){0};
    pack->open_number = number;
}

/* == Energy ================================================================================== */

/* A step is 3 minutes of 3.2 MW at the most. */
static void add_units(uint32_t *sum, float *rest, double joule)
{
    const double units = (double)*rest + joule / UNIT_J;
    const uint32_t whole = (uint32_t)units;
    *rest = (float)(units - whole);
    *sum = whole > UINT32_MAX - *sum ? UINT32_MAX : *sum + whole;
}

/* A step belongs to the day on which it ends. */
static void add_energy(struct vb_ram_history *history, struct vb_ram_pack *pack,
                       struct vb_energy *energy, const struct vb_reading *reading, int64_t at_s)
{
    const struct vb_energy_step step = vb_energy_add(energy, reading);
    const int32_t number = vb_ram_day_of(NULL, at_s);
    struct vb_ram_day *day = &pack->days[(size_t)number % energy_days(&history->config.sizes)];
    if (step.in_j <= 0 && step.out_j <= 0)
        return;
    if (day->day != number)
        *day = (struct vb_ram_day){.day = number};
    add_units(&day->in, &pack->in_rest, step.in_j);
    add_units(&day->out, &pack->out_rest, step.out_j);
}

/* == The store =============================================================================== */

static void set(void *ctx, const struct vb_history_settings *settings)
{
    struct vb_ram_history *history = ctx;
    history->enabled = settings->enabled;
}

static bool set_time_zone(void *ctx, const char *zone)
{
    (void)ctx;
    return strcmp(zone, "UTC") == 0; /* a small device has no data of any other */
}

static bool add(void *ctx, const struct vb_mac *mac, uint16_t epoch,
                const struct vb_reading *reading, uint64_t wall_ms)
{
    struct vb_ram_history *history = ctx;
    const int64_t at_s = (int64_t)(wall_ms / 1000);
    if (!history->enabled)
        return false;
    VB_ASSERT(wall_ms != 0);
    const size_t place = vb_history_packs_place(history->who, history->config.sizes.packs, mac,
                                                reading->sampled_ms, &history->config.keeps);
    struct vb_history_pack *who = &history->who[place];
    struct vb_ram_pack *pack = &history->packs[place];
    if (!who->used || !vb_mac_equal(&who->mac, mac)) {
        vb_history_pack_begin(who, mac);
        clear(history, pack);
    }
    if (!vb_history_pack_take(who, epoch, reading->sequence, reading->sampled_ms))
        return true;
    if (at_s / VB_RAM_FINE_S != pack->open_number) {
        close_point(history, pack);
        open_point(pack, at_s / VB_RAM_FINE_S);
    }
    vb_ram_point_add(&pack->open, reading);
    add_energy(history, pack, &who->energy, reading, at_s);
    return true;
}

/* == Life ==================================================================================== */

enum vb_history_state vb_ram_history_state(const struct vb_ram_history *history)
{
    if (!history->enabled)
        return VB_HISTORY_OFF;
    return history->config.wall_ms() == 0 ? VB_HISTORY_WAITING : VB_HISTORY_RECORDING;
}

void vb_ram_history_init(struct vb_ram_history *history, const struct vb_ram_history_config *config)
{
    memset(config->memory, 0, vb_ram_history_bytes(&config->sizes));
    *history = (struct vb_ram_history){.config = *config};
    history->source = vb_ram_history_source_of(history);
    history->store = (struct vb_history_store){.ctx = history,
                                               .set = set,
                                               .set_time_zone = set_time_zone,
                                               .add = add,
                                               .source = &history->source};
    divide(history);
}
