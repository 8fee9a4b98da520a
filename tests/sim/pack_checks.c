#include "pack_checks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "checkers.h"

enum { /* the defaults of docs/sections.md, not the pack's own constants */
       CELL_MIN_MV = 2800,
       CELL_MAX_MV = 4200,
       CELL_POSSIBLE_MV = 5000,
       PACK_MIN_MV = 270000,
       PACK_MAX_MV = 403200,
       PACK_CELLS = 96, /* whose pack those limits are of */
       TEMP_MIN_DC = 0,
       TEMP_MAX_DC = 450,
       TEMP_APART_DC = 150,
       SUM_OFF_PERMILLE = 20,
       ALL_CELLS = 48 /* room for cell alarms: with so much each finds a place */
};

struct rule {
    enum vb_alarm_kind alarm;
    uint16_t begins;
    uint16_t ends;
};

static const struct rule rules[PACK_SIGNS] = {
#define X(NAME, alarm, begins, ends) [PACK_##NAME] = {alarm, begins, ends},
    PACK_SIGN_LIST(X)
#undef X
};

/* The alarms that a receiver has for one transmitter. */
struct pack_alarms {
    uint8_t count[VB_ALARM_KINDS];
    const struct vb_occurrence *last[VB_ALARM_KINDS];
    const struct vb_occurrence *ended[VB_ALARM_KINDS]; /* the newest that is not open */
};

void pack_checks_init(struct pack_checks *checks)
{
    memset(checks, 0, sizeof *checks);
}

static void begin(struct pack_pair *pair)
{
    memset(pair->streaks, 0, sizeof pair->streaks);
    pair->odd = false;
}

static struct pack_pair *pair_of(struct checkers *checkers, const struct vb_world_node *node,
                                 const struct vb_mac *mac)
{
    const struct vb_world *world = checkers->world;
    const uint8_t from = mac->bytes[5];
    return from < world->transmitter_count && vb_mac_equal(mac, &world->nodes[from].mac)
               ? &checkers->pack.pairs[node->index - world->transmitter_count][from]
               : NULL;
}

void pack_checks_other_size(struct pack_checks *checks, uint8_t transmitter)
{
    checks->other_size[transmitter] = true;
}

void pack_checks_power(struct checkers *checkers, const struct vb_world_node *node)
{
    if (node->role != VB_WORLD_RECEIVER)
        return;
    const unsigned receiver = node->index - checkers->world->transmitter_count;
    for (unsigned i = 0; i < VB_WORLD_TRANSMITTERS_MAX; i++)
        begin(&checkers->pack.pairs[receiver][i]);
}

/* ---- What a reading shows ---- */

/* The first cell of that sign; VB_ALARM_NOWHERE: none. */
static uint8_t cell_with(const struct vb_reading *reading, enum pack_sign sign)
{
    for (uint8_t cell = 0; cell < reading->cell_count; cell++) {
        const unsigned mv = reading->cell_mv[cell];
        const bool possible = mv > 0 && mv <= CELL_POSSIBLE_MV;
        if (sign == PACK_CELL_GONE
                ? !possible
                : possible && (sign == PACK_CELL_HIGH ? mv > CELL_MAX_MV : mv < CELL_MIN_MV))
            return cell;
    }
    return VB_ALARM_NOWHERE;
}

static bool sum_is_off(const struct vb_reading *reading)
{
    int64_t sum_mv = 0;
    for (uint8_t cell = 0; cell < reading->cell_count; cell++)
        sum_mv += reading->cell_mv[cell];
    return cell_with(reading, PACK_CELL_GONE) == VB_ALARM_NOWHERE &&
           llabs(sum_mv - reading->pack_mv) * 1000 > (int64_t)reading->pack_mv * SUM_OFF_PERMILLE;
}

/* Whether it shows the sign; a cell's is shown by *cell. */
static bool shows(const struct vb_reading *reading, enum pack_sign sign, uint8_t *cell)
{
    const bool has_limits = reading->cell_count == PACK_CELLS;
    const int warmest = reading->temp_dc[0] > reading->temp_dc[1] ? 0 : 1;
    const int32_t high_dc = reading->temp_dc[warmest];
    const int32_t low_dc = reading->temp_dc[1 - warmest];
    VB_ASSERT(reading->temp_count == 2);
    switch (sign) {
    case PACK_CELL_HIGH:
    case PACK_CELL_LOW:
    case PACK_CELL_GONE:
        *cell = cell_with(reading, sign);
        return *cell != VB_ALARM_NOWHERE;
    case PACK_PACK_HIGH:
        return has_limits && reading->pack_mv > PACK_MAX_MV;
    case PACK_PACK_LOW:
        return has_limits && reading->pack_mv < PACK_MIN_MV;
    case PACK_HOT:
        return high_dc > TEMP_MAX_DC;
    case PACK_COLD:
        return low_dc < TEMP_MIN_DC;
    case PACK_APART:
        return high_dc - low_dc > TEMP_APART_DC;
    case PACK_SUM_OFF:
        return sum_is_off(reading);
    case PACK_SIGNS:
        break;
    }
    return false;
}

static bool is_odd(const struct vb_reading *reading)
{
    return cell_with(reading, PACK_CELL_HIGH) != VB_ALARM_NOWHERE ||
           cell_with(reading, PACK_CELL_LOW) != VB_ALARM_NOWHERE ||
           cell_with(reading, PACK_CELL_GONE) != VB_ALARM_NOWHERE;
}

/* Beyond the other limit a value is not back within this one. */
static enum pack_sign opposite(enum pack_sign sign)
{
    static const enum pack_sign opposites[PACK_SIGNS] = {
        [PACK_CELL_HIGH] = PACK_CELL_LOW,
        [PACK_CELL_LOW] = PACK_CELL_HIGH,
        [PACK_CELL_GONE] = PACK_CELL_GONE,
        [PACK_PACK_HIGH] = PACK_PACK_LOW,
        [PACK_PACK_LOW] = PACK_PACK_HIGH,
        [PACK_HOT] = PACK_COLD,
        [PACK_COLD] = PACK_HOT,
        [PACK_APART] = PACK_APART,
        [PACK_SUM_OFF] = PACK_SUM_OFF,
    };
    return opposites[sign];
}

static void add_good(struct pack_streak *streak, enum pack_sign sign,
                     const struct vb_reading *reading)
{
    uint8_t cell;
    streak->over = streak->over || (streak->bad >= rules[sign].begins && streak->closed);
    streak->bad = 0;
    if (shows(reading, opposite(sign), &cell))
        streak->good = 0;
    else
        streak->good = (uint16_t)(streak->good < UINT16_MAX ? streak->good + 1 : streak->good);
}

/* Each of the two is believed independently: of two that are apart, the one that is beyond a limit
 * or nearer to one tells it. */
static uint8_t sensor_of(const struct vb_reading *reading, enum pack_sign sign)
{
    const uint8_t warmest = reading->temp_dc[0] > reading->temp_dc[1] ? 0 : 1;
    const int32_t to_max_dc = TEMP_MAX_DC - reading->temp_dc[warmest];
    const int32_t to_min_dc = reading->temp_dc[1 - warmest] - TEMP_MIN_DC;
    if (sign == PACK_HOT)
        return warmest;
    if (sign == PACK_APART)
        return to_max_dc < to_min_dc ? warmest : (uint8_t)(1 - warmest);
    return sign == PACK_COLD ? (uint8_t)(1 - warmest) : VB_ALARM_NOWHERE;
}

static void add_bad(struct pack_streak *streak, enum pack_sign sign, uint8_t cell,
                    const struct vb_reading *reading)
{
    const uint8_t sensor = sensor_of(reading, sign);
    if (streak->bad > 0 && (streak->cell != cell || streak->sensor != sensor))
        *streak = (struct pack_streak){.closed = false}; /* nobody knows which of them is open */
    streak->sensor = sensor;
    if (streak->bad == 0)
        streak->closed = streak->good >= rules[sign].ends;
    streak->good = 0;
    streak->over = false;
    streak->cell = cell;
    streak->bad = (uint16_t)(streak->bad < UINT16_MAX ? streak->bad + 1 : streak->bad);
    const int32_t first_dc = reading->temp_dc[0];
    if (streak->bad <= 2 ||
        (sign == PACK_HOT ? first_dc > streak->worst_dc : first_dc < streak->worst_dc))
        streak->worst_dc = first_dc;
}

void pack_checks_reading(struct checkers *checkers, const struct vb_world_node *node,
                         const struct vb_peer *peer, const struct vb_reading *reading)
{
    struct pack_pair *pair = pair_of(checkers, node, &peer->mac);
    if (pair == NULL || !checkers->world->nodes[0].transmitter.quiet)
        return;
    if (pair->adoption != peer->adoption || pair->reboots != peer->quality.reboots ||
        (reading->flags & VB_READING_SUMMARY) != 0)
        begin(pair);
    pair->adoption = peer->adoption;
    pair->reboots = peer->quality.reboots;
    if ((reading->flags & VB_READING_SUMMARY) != 0 || reading->sequence == pair->sequence)
        return;
    pair->sequence = reading->sequence;
    /* A cell that jumps far is set aside: there is no sum of the others. */
    const bool was_odd = pair->odd;
    pair->odd = is_odd(reading);
    for (unsigned i = 0; i < PACK_SIGNS; i++) {
        struct pack_streak *streak = &pair->streaks[i];
        uint8_t cell = VB_ALARM_NOWHERE;
        if (i == PACK_SUM_OFF && (pair->odd || was_odd)) {
            *streak = (struct pack_streak){.closed = false}; /* what the rest told is not known */
            continue;
        }
        if (shows(reading, (enum pack_sign)i, &cell)) {
            pair->hurt = pair->hurt || cell != VB_ALARM_NOWHERE;
            add_bad(streak, (enum pack_sign)i, cell, reading);
        } else {
            add_good(streak, (enum pack_sign)i, reading);
        }
    }
}

/* ---- What the receiver says ---- */

static void check_worst(struct checkers *checkers, const struct vb_world_node *node,
                        const struct pack_streak *streak, const struct vb_occurrence *kept)
{
    const struct vb_alarm *alarm = &kept->alarm;
    if (!(fabs((double)alarm->worst_value * 10 - streak->worst_dc) <= 0.5))
        checkers_fail(
            checkers, "11 alarms: node %u calls %.1f the worst temperature of %02x, it was %.1f",
            node->index, (double)alarm->worst_value, kept->mac.bytes[5], streak->worst_dc / 10.0);
    if (alarm->begin_wall_ms != 0 && alarm->end_wall_ms != 0 &&
        (alarm->begin_wall_ms > alarm->worst_wall_ms || alarm->worst_wall_ms > alarm->end_wall_ms))
        checkers_fail(
            checkers, "11 alarms: node %u says that %s of %02x was worst when it was not open",
            node->index, vb_alarm_name((enum vb_alarm_kind)alarm->kind), kept->mac.bytes[5]);
}

static void check_sign(struct checkers *checkers, const struct vb_world_node *node, uint8_t from,
                       enum pack_sign sign, const struct pack_alarms *open)
{
    struct pack_pair *pair =
        &checkers->pack.pairs[node->index - checkers->world->transmitter_count][from];
    struct pack_streak *streak = &pair->streaks[sign];
    const struct rule *rule = &rules[sign];
    const unsigned count = open->count[rule->alarm];
    const bool room = (unsigned)rule->alarm >= VB_ALARM_CELL_KINDS ||
                      node->receiver.sizes.open_alarms >= ALL_CELLS;
    if (streak->bad >= rule->begins && room) {
        checkers->pack.begun++;
        const struct vb_occurrence *kept = open->last[rule->alarm];
        if (count == 0 || kept->alarm.cell != streak->cell)
            checkers_fail(checkers,
                          "11 alarms: node %u does not say %s of %02x after %u readings that do",
                          node->index, vb_alarm_name(rule->alarm), from, streak->bad);
    }
    checkers->pack.held += streak->bad > 0 && streak->bad < rule->begins && streak->closed;
    if (count > 0 && streak->bad > 0 && streak->bad < rule->begins && streak->closed)
        checkers_fail(checkers, "11 alarms: node %u says %s of %02x after %u readings already",
                      node->index, vb_alarm_name(rule->alarm), from, streak->bad);
    if (streak->over && streak->good >= rule->ends) {
        streak->over = false;
        if ((sign == PACK_HOT || sign == PACK_COLD) && open->ended[rule->alarm] != NULL)
            check_worst(checkers, node, streak, open->ended[rule->alarm]);
    }
    if (count > 0 && streak->good >= rule->ends)
        checkers_fail(checkers, "11 alarms: node %u still says %s of %02x, %u readings do not",
                      node->index, vb_alarm_name(rule->alarm), from, streak->good);
}

static void check_unhurt(struct checkers *checkers, const struct vb_world_node *node, uint8_t from,
                         const struct pack_alarms *open)
{
    static const enum vb_alarm_kind never[] = {VB_ALARM_IMBALANCE, VB_ALARM_CELL_SPREAD,
                                               VB_ALARM_FROZEN_VALUE};
    for (unsigned i = 0; i < VB_COUNT_OF(never); i++) {
        if (open->count[never[i]] > 0)
            checkers_fail(checkers, "11 alarms: node %u says %s of %02x, whose cells are all well",
                          node->index, vb_alarm_name(never[i]), from);
    }
}

static void find_open(const struct checkers *checkers, const struct vb_world_node *node,
                      struct pack_alarms open[VB_WORLD_TRANSMITTERS_MAX])
{
    const struct vb_world *world = checkers->world;
    const struct memory_events *events = &node->seams.events;
    const uint64_t count = events->count < MEMORY_EVENTS_MAX ? events->count : MEMORY_EVENTS_MAX;
    for (uint64_t i = 0; i < count; i++) {
        const struct vb_occurrence *kept = &events->kept[i];
        const uint8_t from = kept->mac.bytes[5];
        if (kept->type != VB_OCCURRENCE_ALARM || from >= world->transmitter_count ||
            !vb_mac_equal(&kept->mac, &world->nodes[from].mac))
            continue;
        const struct vb_occurrence **ended = &open[from].ended[kept->alarm.kind];
        if (kept->ended) {
            *ended = *ended == NULL || kept->id > (*ended)->id ? kept : *ended;
            continue;
        }
        open[from].count[kept->alarm.kind]++;
        open[from].last[kept->alarm.kind] = kept;
    }
}

/* One that never answered made room for another: its alarms are over. */
static void note_unplaced(struct checkers *checkers, const struct vb_world_node *node)
{
    const struct vb_world *world = checkers->world;
    for (uint8_t from = 0; from < world->transmitter_count; from++) {
        if (vb_world_peer(world, node->index, from) == NULL)
            begin(&checkers->pack.pairs[node->index - world->transmitter_count][from]);
    }
}

static void note(struct checkers *checkers, const struct vb_world_node *node)
{
    note_unplaced(checkers, node);
    for (unsigned i = 0; i < node->receiver.sizes.peers; i++) {
        const struct vb_peer *peer = &node->receiver.device.core.config.peers[i];
        struct pack_pair *pair = peer->used ? pair_of(checkers, node, &peer->mac) : NULL;
        if (pair == NULL)
            continue;
        pair->cloned = pair->cloned || peer->boot.state == VB_BOOT_CLONED;
        if (pair->adoption != peer->adoption || pair->reboots != peer->quality.reboots ||
            (peer->runtime.flags & VB_RUNTIME_MQTT_ONLY) != 0)
            begin(pair); /* the receiver has lost what it knew of sensors and sweeps */
        pair->adoption = peer->adoption;
        pair->reboots = peer->quality.reboots;
    }
}

void pack_checks_turned(struct checkers *checkers, const struct vb_world_node *node)
{
    const struct vb_world *world = checkers->world;
    struct pack_alarms open[VB_WORLD_TRANSMITTERS_MAX] = {0};
    if (node->role != VB_WORLD_RECEIVER || !world->nodes[0].transmitter.quiet)
        return;
    uint64_t *second = &checkers->pack.seconds[node->index - world->transmitter_count];
    note(checkers, node);
    if (*second == world->now_ms / 1000 || node->wake_ms <= world->now_ms)
        return;
    *second = world->now_ms / 1000;
    find_open(checkers, node, open);
    for (uint8_t from = 0; from < world->transmitter_count; from++) {
        const struct pack_pair *pair =
            &checkers->pack.pairs[node->index - world->transmitter_count][from];
        if (pair->cloned)
            continue;
        for (unsigned i = 0; i < PACK_SIGNS; i++) {
            if (checkers->pack.other_size[from] && (i == PACK_PACK_HIGH || i == PACK_PACK_LOW))
                continue;
            check_sign(checkers, node, from, (enum pack_sign)i, &open[from]);
        }
        if (!pair->hurt)
            check_unhurt(checkers, node, from, &open[from]);
    }
}
