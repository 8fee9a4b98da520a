#include "scenario.h"

#include <inttypes.h>
#include <string.h>

#include "beside.h"
#include "calm.h"
#include "clone.h"
#include "scenario_acts.h"
#include "stranger.h"
#include "tune.h"
#include "voltbeacon/core/kept.h"
#include "voltbeacon/core/section.h"

#define DAY_MS 86400000u

enum { FRAMES_A_TURN_MAX = 32, SILENT_MS_MAX = 200000, CALM_EACH = 16, ASKED_AGAIN_MS = 61000 };

const uint32_t converged_ms[CONVERGED_BINS] = {10, 100, 1000, 5000, 15000, SETTLE_MS};

const char *deed_name(enum deed deed)
{
    static const char *const names[] = {
#define X(NAME, name) name,
        DEED_LIST(X)
#undef X
    };
    return names[deed];
}

const char *again_name(enum again again)
{
    static const char *const names[] = {
#define X(NAME, name) name,
        AGAIN_LIST(X)
#undef X
    };
    return names[again];
}

static uint32_t roll(struct scenario *scenario, uint32_t low, uint32_t high)
{
    return vb_random_between(&scenario->dice, low, high);
}

static bool one_in(struct scenario *scenario, uint32_t count)
{
    return roll(scenario, 1, count) == 1;
}

static uint8_t any_transmitter(struct scenario *scenario)
{
    return (uint8_t)roll(scenario, 0, scenario->world.transmitter_count - 1u);
}

uint8_t scenario_any_receiver(struct scenario *scenario)
{
    return (uint8_t)roll(scenario, scenario->world.transmitter_count,
                         scenario->world.node_count - 1u);
}

static uint8_t any_node(struct scenario *scenario)
{
    return (uint8_t)roll(scenario, 0, scenario->world.node_count - 1u);
}

/* ---- Who watches ---- */

static void on_sent(void *ctx, const struct vb_world_node *node, const struct vb_mac *dst,
                    const uint8_t *bytes, size_t size)
{
    struct scenario *scenario = ctx;
    recorder_sent(&scenario->recorder, node, dst, bytes, size);
    checkers_sent(&scenario->checkers, node, bytes, size);
}

static void on_heard(void *ctx, const struct vb_world_node *node,
                     const struct vb_world_flight *flight, enum vb_err err)
{
    struct scenario *scenario = ctx;
    recorder_heard(&scenario->recorder, node, flight, err);
    checkers_heard(&scenario->checkers, node, flight, err);
}

static void on_event(void *ctx, const struct vb_world_node *node, const struct vb_event *event)
{
    struct scenario *scenario = ctx;
    struct tally *tally = scenario->tally;
    recorder_event(&scenario->recorder, node, event);
    checkers_event(&scenario->checkers, node, event);
    tally->events_seen[event->type]++;
    if (node->role != VB_WORLD_RECEIVER)
        return;
    if (event->type == VB_EVENT_LINK)
        tally->links_seen[event->detail]++;
    if (event->type == VB_EVENT_SECTION)
        tally->syncs_seen[event->detail]++;
    if (event->type == VB_EVENT_EDIT)
        tally->edits_seen[event->detail]++;
}

static void on_durable(void *ctx, const struct vb_world_node *node, enum vb_world_store_kind kind,
                       const struct vb_world_row *row)
{
    struct scenario *scenario = ctx;
    checkers_durable(&scenario->checkers, node, kind, row);
}

static void on_power(void *ctx, const struct vb_world_node *node)
{
    struct scenario *scenario = ctx;
    recorder_power(&scenario->recorder, node);
    checkers_power(&scenario->checkers, node);
}

static void on_lost(void *ctx, const struct vb_world_node *node)
{
    struct scenario *scenario = ctx;
    recorder_act(&scenario->recorder, "writes lost at %u", node->index);
    if (node->role == VB_WORLD_TRANSMITTER)
        checkers_restored(&scenario->checkers, node->index);
}

static void on_turned(void *ctx, const struct vb_world_node *node)
{
    struct scenario *scenario = ctx;
    recorder_turned(&scenario->recorder, node);
    checkers_turned(&scenario->checkers, node);
}

/* ---- Edits ---- */

struct change {
    uint8_t section;
    uint8_t tag;    /* of its one integer; 0 = it has none */
    uint32_t value; /* no other change of the run has it */
    uint8_t bytes[VB_EDIT_BYTES_MAX];
    size_t size;
};

static void write_profile(struct vb_writer *writer, uint32_t value)
{
    const struct vb_section *section = vb_section_by_id(VB_SECTION_POWER_PROFILE);
    uint32_t profile[48];
    for (unsigned i = 0; i < 48; i++)
        profile[i] = (value + i) % 60000;
    vb_change_items(writer, vb_field_by_name(section, "charge_limit_w"), profile, 48);
    vb_change_items(writer, vb_field_by_name(section, "discharge_limit_w"), profile, 48);
    vb_change_items(writer, vb_field_by_name(section, "soc_reserve_pct"), (uint32_t[48]){0}, 48);
}

static struct change change_of(struct scenario *scenario, uint8_t section, const char *name)
{
    struct change change = {.section = section, .value = 1000 + scenario->value++};
    struct vb_writer writer = vb_writer_of(change.bytes, sizeof change.bytes);
    if (section == VB_SECTION_POWER_PROFILE) {
        write_profile(&writer, change.value);
    } else {
        const struct vb_field *field = vb_field_by_name(vb_section_by_id(section), name);
        const uint8_t address[4] = {10, 0, (uint8_t)(change.value >> 8), (uint8_t)change.value};
        if (section == VB_SECTION_NETWORK)
            vb_change_bytes(&writer, field, address, sizeof address);
        else
            vb_change_integer(&writer, field, change.value);
        change.tag = section == VB_SECTION_NETWORK ? 0 : field->tag;
    }
    change.size = writer.at;
    return change;
}

/* A change of one of several sections, small and large. */
static struct change make_change(struct scenario *scenario)
{
    static const struct {
        uint8_t section;
        const char *name;
    } places[] = {
        {VB_SECTION_BATTERY, "capacity_wh"},      {VB_SECTION_BATTERY, "capacity_wh"},
        {VB_SECTION_MQTT, "publish_interval_ms"}, {VB_SECTION_INVERTER, "charge_power_max_w"},
        {VB_SECTION_NETWORK, "address"},          {VB_SECTION_POWER_PROFILE, NULL}};
    const uint32_t place = roll(scenario, 0, VB_COUNT_OF(places) - 1);
    return change_of(scenario, places[place].section, places[place].name);
}

void scenario_set(struct scenario *scenario, uint8_t transmitter)
{
    const struct change change = make_change(scenario);
    uint64_t id;
    struct vb_reasons reasons = {0};
    if (!vb_world_awake(&scenario->world, transmitter))
        return;
    const enum vb_err err = vb_world_set(&scenario->world, transmitter, change.section,
                                         change.bytes, change.size, &id, &reasons);
    recorder_act(&scenario->recorder, "set section %u at %u: %s", change.section, transmitter,
                 vb_err_text(err));
}

/* The edit's id; 0 if it was refused at once. */
static uint64_t edit_one(struct scenario *scenario, uint8_t receiver, uint8_t transmitter,
                         const struct change *change)
{
    uint64_t id = 0;
    struct vb_reasons reasons = {0};
    if (!vb_world_awake(&scenario->world, receiver))
        return 0;
    const enum vb_err err = vb_world_edit(&scenario->world, receiver, transmitter, change->section,
                                          change->bytes, change->size, &id, &reasons);
    recorder_act(&scenario->recorder, "edit of section %u of %u at %u: %s", change->section,
                 transmitter, receiver, vb_err_text(err));
    if (err == VB_ERR_OK && change->tag != 0)
        checkers_edit(&scenario->checkers, receiver, transmitter, id, change->tag, change->value);
    return err == VB_ERR_OK ? id : 0;
}

uint64_t scenario_edit_profile(struct scenario *scenario, uint8_t receiver, uint8_t transmitter)
{
    const struct change change = change_of(scenario, VB_SECTION_POWER_PROFILE, NULL);
    return edit_one(scenario, receiver, transmitter, &change);
}

/* One roll of the dice per statement: the compiler chooses the order of a call's arguments. */
static void edit_any(struct scenario *scenario)
{
    const struct change change = make_change(scenario);
    const uint8_t receiver = scenario_any_receiver(scenario);
    (void)edit_one(scenario, receiver, any_transmitter(scenario), &change);
}

static void race(struct scenario *scenario)
{
    const uint8_t transmitter = any_transmitter(scenario);
    const struct change first = change_of(scenario, VB_SECTION_BATTERY, "capacity_wh");
    const struct change second = change_of(scenario, VB_SECTION_BATTERY, "capacity_wh");
    (void)edit_one(scenario, scenario_any_receiver(scenario), transmitter, &first);
    vb_world_run(&scenario->world, roll(scenario, 0, 100));
    (void)edit_one(scenario, scenario_any_receiver(scenario), transmitter, &second);
}

/* ---- Faults ---- */

void scenario_fault_link(struct scenario *scenario, struct vb_world_link *link)
{
    struct vb_world_faults *faults = &link->faults;
    vb_world_link_heal(link);
    faults->delay_ms_max = one_in(scenario, 2) ? 1 : roll(scenario, 1, 60);
    if (one_in(scenario, 2))
        faults->loss = (uint16_t)roll(scenario, 10, 600);
    if (one_in(scenario, 3)) {
        faults->burst_begin = (uint16_t)roll(scenario, 5, 100);
        faults->burst_end = (uint16_t)roll(scenario, 20, 300);
        faults->burst_loss = (uint16_t)roll(scenario, 700, 1000);
    }
    if (one_in(scenario, 3)) {
        faults->late = (uint16_t)roll(scenario, 5, 300);
        faults->late_ms_max = roll(scenario, 10, LATE_MS_MAX);
    }
    if (one_in(scenario, 3))
        faults->duplicate = (uint16_t)roll(scenario, 5, 500);
    if (one_in(scenario, 3))
        faults->corrupt = (uint16_t)roll(scenario, 5, 300);
    if (one_in(scenario, 3))
        faults->truncate = (uint16_t)roll(scenario, 5, 200);
    faults->blocked = one_in(scenario, 12);
}

static void fault_links(struct scenario *scenario)
{
    const uint8_t reach = vb_world_reach(&scenario->world);
    for (uint8_t from = 0; from < reach; from++) {
        for (uint8_t to = 0; to < reach; to++) {
            struct vb_world_link *link = &scenario->world.links[from][to];
            if (one_in(scenario, 3))
                vb_world_link_heal(link);
            else
                scenario_fault_link(scenario, link);
        }
    }
}

static void fault_disks(struct scenario *scenario)
{
    for (uint8_t i = 0; i < scenario->world.node_count; i++) {
        struct vb_world_disk *disk = &scenario->world.nodes[i].disk;
        *disk = (struct vb_world_disk){.commit_ms_min = 1, .commit_ms_max = 5};
        if (one_in(scenario, 3))
            disk->commit_ms_max = roll(scenario, 5, 2000);
        if (one_in(scenario, 3))
            disk->failed = (uint16_t)roll(scenario, 10, 700);
        if (one_in(scenario, 3))
            disk->uncertain = (uint16_t)roll(scenario, 10, 600);
    }
}

/* ---- Power ---- */

static void away(struct scenario *scenario, uint8_t node)
{
    vb_world_power_off(&scenario->world, node);
    scenario->world.nodes[node].boot_ms = scenario->world.now_ms + roll(scenario, 1, 40000);
}

static void lose_store(struct scenario *scenario, uint8_t node, bool restore)
{
    vb_world_power_off(&scenario->world, node);
    if (restore) {
        checkers_restored(&scenario->checkers, node);
        vb_world_restore_backup(&scenario->world, node);
    } else {
        vb_world_wipe(&scenario->world, node);
    }
    scenario->world.nodes[node].boot_ms = scenario->world.now_ms + roll(scenario, 1, 3000);
}

/* Back to today's firmware after later firmware, which has incremented the section's version and
 * left a value out of today's range, a number of more bytes, or a field unknown today. */
static void downgrade(struct scenario *scenario, uint8_t node)
{
    static const struct {
        uint8_t bytes[6];
        uint8_t size;
    } items[] = {{{2, 1, 200}, 3}, {{2, 4, 90}, 6}, {{2, 4, 0, 0, 1}, 6}, {{140, 3, 7, 7, 7}, 5}};
    const uint32_t item = roll(scenario, 0, VB_COUNT_OF(items) - 1);
    struct vb_world_store *store = &scenario->world.nodes[node].store;
    vb_world_power_off(&scenario->world, node);
    scenario->world.nodes[node].boot_ms = scenario->world.now_ms + roll(scenario, 1, 3000);
    const struct vb_world_row *row = vb_world_store_find(store, "+3"); /* the battery's */
    if (row == NULL || !vb_kept_is_whole("+3", row->bytes, row->size))
        return; /* later firmware notices a flipped bit, too */
    uint8_t bytes[VB_STORE_VALUE_MAX];
    const uint8_t *kept = row->bytes + VB_KEPT_HEAD_BYTES;
    const size_t kept_size = row->size - (size_t)VB_KEPT_HEAD_BYTES;
    struct vb_reader reader = vb_reader_of(kept, kept_size);
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    vb_write_u32(&writer, vb_version_next(vb_read_u32(&reader)));
    const int size =
        vb_section_lay_over(kept + writer.at, kept_size - writer.at, items[item].bytes,
                            items[item].size, bytes + writer.at, sizeof bytes - writer.at);
    VB_ASSERT(size > 0);
    pack_checks_other_size(&scenario->checkers.pack, node);
    vb_world_store_plant_kept(store, "+3", bytes, writer.at + (size_t)size);
}

static void power_cut(struct scenario *scenario, uint8_t node)
{
    const uint32_t count = roll(scenario, 1, 40);
    const uint32_t off_ms = roll(scenario, 1, 5000);
    if (scenario->world.nodes[node].up)
        vb_world_power_cut(&scenario->world, node, count, off_ms);
    if (scenario->world.nodes[node].role == VB_WORLD_TRANSMITTER)
        scenario_set(scenario, node);
}

static void say_goodbye(struct scenario *scenario)
{
    const uint8_t node = any_transmitter(scenario);
    if (!vb_world_awake(&scenario->world, node))
        return;
    vb_world_goodbye(&scenario->world, node);
    away(scenario, node);
}

static void new_status(struct scenario *scenario)
{
    const uint8_t node = any_transmitter(scenario);
    struct vb_runtime runtime = {.flags = (uint8_t)(roll(scenario, 0, 7) | VB_RUNTIME_IP_KNOWN)};
    memcpy(runtime.ip, check_runtime_ip, sizeof runtime.ip);
    if (vb_world_awake(&scenario->world, node))
        vb_world_runtime(&scenario->world, node, &runtime);
}

static void stream_any(struct scenario *scenario)
{
    const uint8_t node = any_transmitter(scenario);
    const uint32_t every_ms = one_in(scenario, 2) ? 0 : roll(scenario, 100, 3000);
    vb_world_stream(&scenario->world, node, every_ms);
}

/* Now and then for long enough that its silence must be reported, even over a restart of either
 * side. */
static void silence_source(struct scenario *scenario)
{
    struct vb_world *world = &scenario->world;
    const uint8_t node = any_transmitter(scenario);
    const bool speaks = world->nodes[node].transmitter.reading_every_ms != 0;
    const uint32_t every_ms = roll(scenario, 100, 3000);
    vb_world_stream(world, node, speaks ? 0 : every_ms);
    recorder_act(&scenario->recorder, "source of %u %s", node, speaks ? "silent" : "back");
    if (one_in(scenario, 3))
        vb_world_reboot(world, scenario_any_receiver(scenario));
    if (one_in(scenario, 3))
        vb_world_reboot(world, node);
    if (one_in(scenario, 2))
        scenario_pass(scenario, roll(scenario, 1000, SILENT_MS_MAX));
}

static void change_broker(struct scenario *scenario)
{
    struct vb_world *world = &scenario->world;
    const uint8_t node = any_transmitter(scenario);
    struct vb_runtime runtime = {.flags = VB_RUNTIME_IP_KNOWN};
    memcpy(runtime.ip, check_runtime_ip, sizeof runtime.ip);
    if (one_in(scenario, 2))
        runtime.flags |= VB_RUNTIME_MQTT_CONNECTED;
    else
        runtime.mqtt_fault = (uint8_t)roll(scenario, VB_MQTT_FAULT_NONE, VB_MQTT_FAULT_CLOSED);
    if (vb_world_awake(world, node))
        vb_world_runtime(world, node, &runtime);
    if (one_in(scenario, 4))
        vb_world_reboot(world, node);
}

/* ---- Clocks and places ---- */

static void freeze(struct scenario *scenario, uint8_t node, bool clock_runs)
{
    const uint32_t ms = one_in(scenario, 2) ? roll(scenario, 1, 5000) : roll(scenario, 1, 300000);
    if (!vb_world_awake(&scenario->world, node))
        return;
    vb_world_freeze(&scenario->world, node, ms, clock_runs);
    checkers_asleep(&scenario->checkers, scenario->world.now_ms + ms);
}

static void leap(struct scenario *scenario, uint8_t node)
{
    const uint32_t days = one_in(scenario, 4) ? roll(scenario, 0, 19) : 0;
    const uint32_t ms = one_in(scenario, 2) ? roll(scenario, 1, 5000) : roll(scenario, 1, 600000);
    if (vb_world_awake(&scenario->world, node))
        vb_world_leap(&scenario->world, node, days * DAY_MS + ms);
}

/* Unplugged here and plugged in there, possibly switched off on the way: on a network with one of
 * the transmitters, none, or all. */
static void move(struct scenario *scenario)
{
    const uint8_t node = scenario_any_receiver(scenario);
    const uint32_t place = roll(scenario, 0, scenario->world.transmitter_count + 1u);
    const bool all = place > scenario->world.transmitter_count;
    vb_world_plug(&scenario->world, node, all ? VB_WORLD_ANY : (uint8_t)place);
    if (one_in(scenario, 2))
        away(scenario, node);
}

/* ---- Stores and clocks that fail ---- */

static void rot(struct scenario *scenario)
{
    struct vb_world_node *node = &scenario->world.nodes[any_node(scenario)];
    const uint32_t kind = roll(scenario, 0, VB_WORLD_STORES - 1);
    struct vb_world_store *store = vb_world_node_store(node, (enum vb_world_store_kind)kind);
    const uint32_t row = roll(scenario, 0, VB_WORLD_ROWS_MAX);
    vb_world_power_off(&scenario->world, node->index);
    if (node->role == VB_WORLD_TRANSMITTER)
        checkers_restored(&scenario->checkers, node->index); /* what it knew may be lost */
    vb_world_store_rot(store, row, roll(scenario, 0, 100000));
    vb_world_power_on(&scenario->world, node->index);
}

/* Found at the next start, or while it runs; until it is over, or all faults heal. */
static void spoil(struct scenario *scenario, bool unreadable)
{
    struct vb_world_node *node = &scenario->world.nodes[any_node(scenario)];
    if (unreadable)
        node->power.unreadable = !node->power.unreadable;
    else
        node->disk.failed = node->disk.failed == 1000 ? 0 : 1000;
    if (one_in(scenario, 2))
        vb_world_reboot(&scenario->world, node->index);
}

/* From now on, if not already, until all faults heal. The power fails now, or another time. */
static void lose_writes(struct scenario *scenario)
{
    const uint8_t node = any_node(scenario);
    scenario->world.nodes[node].power.lossy = true;
    if (node < scenario->world.transmitter_count)
        scenario_set(scenario, node);
    scenario_pass(scenario, roll(scenario, 1, 6000));
    if (one_in(scenario, 2))
        away(scenario, node);
}

/* ---- Settings that act ---- */

static enum vb_err tune(struct scenario *scenario, uint8_t node, const struct tuning *tuning)
{
    struct vb_world *world = &scenario->world;
    uint64_t id;
    struct vb_reasons reasons = {0};
    if (!vb_world_awake(world, node))
        return VB_ERR_BUSY;
    const enum vb_err err =
        node < world->transmitter_count
            ? vb_world_set(world, node, tuning->section, tuning->bytes, tuning->size, &id, &reasons)
            : vb_world_set_own(world, node, tuning->section, tuning->bytes, tuning->size);
    recorder_act(&scenario->recorder, "tuned section %u at %u: %s", tuning->section, node,
                 vb_err_text(err));
    return err;
}

static void tune_any(struct scenario *scenario, bool own)
{
    const struct tuning tuning =
        own ? tune_receiver(&scenario->dice) : tune_transmitter(&scenario->dice);
    (void)tune(scenario, own ? scenario_any_receiver(scenario) : any_transmitter(scenario),
               &tuning);
}

/* Once a second until it is accepted, for so long. */
static bool tune_within(struct scenario *scenario, uint8_t node, const struct tuning *tuning,
                        uint32_t ms)
{
    for (uint32_t waited_ms = 0; tune(scenario, node, tuning) != VB_ERR_OK; waited_ms += 1000) {
        if (waited_ms >= ms)
            return false;
        scenario_pass(scenario, 1000);
    }
    return true;
}

void scenario_streams_back(struct scenario *scenario, uint32_t within_ms)
{
    const struct tuning tuning = tune_stream_back();
    for (uint8_t i = 0; i < scenario->world.transmitter_count; i++)
        (void)tune_within(scenario, i, &tuning, within_ms);
}

static void stranger(struct scenario *scenario)
{
    struct vb_world *world = &scenario->world;
    const bool place = world->nodes[world->transmitter_count].receiver.sizes.peers >
                       world->transmitter_count; /* else it would take one of their places */
    const uint8_t to = place ? any_node(scenario) : any_transmitter(scenario);
    const enum stranger_word word = to >= world->transmitter_count ? STRANGER_BEACON
                                    : one_in(scenario, 2)          ? STRANGER_HELLO
                                                                   : STRANGER_FRAGMENT;
    for (uint32_t words = roll(scenario, 1, 8); words > 0; words--) {
        if (vb_world_awake(world, to))
            stranger_speak(world, &scenario->dice, to, word, NULL);
    }
}

/* ---- Deeds ---- */

static void take_backup(struct scenario *scenario)
{
    /* Only of transmitter 0, so that its backup is never restored on another device. */
    vb_world_take_backup(&scenario->world, 0);
}

static void act_on_store(struct scenario *scenario, enum deed deed)
{
    if (deed == DEED_WIPE)
        lose_store(scenario, any_node(scenario), false);
    else if (deed == DEED_BACKUP)
        take_backup(scenario);
    else if (deed == DEED_RESTORE)
        lose_store(scenario, 0, true);
    else if (deed == DEED_REVISION)
        downgrade(scenario, any_transmitter(scenario));
    else if (deed == DEED_ROT)
        rot(scenario);
    else if (deed == DEED_LOST)
        lose_writes(scenario);
    else
        spoil(scenario, deed == DEED_UNREADABLE);
}

/* What comes from around a device. */
static void act_around(struct scenario *scenario, enum deed deed)
{
    if (deed == DEED_GOODBYE)
        say_goodbye(scenario);
    else if (deed == DEED_STATUS)
        new_status(scenario);
    else if (deed == DEED_MOVE)
        move(scenario);
    else if (deed == DEED_STREAM)
        stream_any(scenario);
    else if (deed == DEED_AWAY)
        away(scenario, any_node(scenario));
    else if (deed == DEED_SOURCE)
        silence_source(scenario);
    else if (deed == DEED_BROKER)
        change_broker(scenario);
    else if (deed == DEED_CLOCK)
        scenario->world.nodes[any_node(scenario)].wall_known = true;
    else if (deed == DEED_TUNE || deed == DEED_OWN)
        tune_any(scenario, deed == DEED_OWN);
    else if (deed == DEED_CLONE)
        clone_comes_or_leaves(scenario);
    else if (deed == DEED_BESIDE)
        beside_one(scenario);
    else if (deed == DEED_LEAP)
        leap(scenario, any_node(scenario));
    else
        stranger(scenario);
}

static void act(struct scenario *scenario, enum deed deed)
{
    if ((scenario->options.without >> deed & 1) != 0)
        return;
    scenario->tally->deeds[deed]++;
    recorder_act(&scenario->recorder, "%s", deed_name(deed));
    rates_cause(&scenario->checkers.rates, VB_WORLD_ANY);
    switch (deed) {
    case DEED_SET:
        scenario_set(scenario, any_transmitter(scenario));
        break;
    case DEED_EDIT:
        edit_any(scenario);
        break;
    case DEED_RACE:
        race(scenario);
        break;
    case DEED_REBOOT_TRANSMITTER:
        vb_world_reboot(&scenario->world, any_transmitter(scenario));
        break;
    case DEED_REBOOT_RECEIVER:
        vb_world_reboot(&scenario->world, scenario_any_receiver(scenario));
        break;
    case DEED_CUT_TRANSMITTER:
        power_cut(scenario, any_transmitter(scenario));
        break;
    case DEED_CUT_RECEIVER:
        power_cut(scenario, scenario_any_receiver(scenario));
        break;
    case DEED_FREEZE:
    case DEED_SLEEP:
        freeze(scenario, any_node(scenario), deed == DEED_FREEZE);
        break;
    case DEED_LINKS:
        fault_links(scenario);
        break;
    case DEED_DISKS:
        fault_disks(scenario);
        break;
    case DEED_WIPE:
    case DEED_BACKUP:
    case DEED_RESTORE:
    case DEED_REVISION:
    case DEED_ROT:
    case DEED_UNREADABLE:
    case DEED_FULL:
    case DEED_LOST:
        act_on_store(scenario, deed);
        break;
    case DEED_GOODBYE:
    case DEED_STATUS:
    case DEED_MOVE:
    case DEED_STREAM:
    case DEED_CLOCK:
    case DEED_TUNE:
    case DEED_OWN:
    case DEED_STRANGER:
    case DEED_CLONE:
    case DEED_SOURCE:
    case DEED_BROKER:
    case DEED_BESIDE:
    case DEED_LEAP:
    case DEED_AWAY:
        act_around(scenario, deed);
        break;
    case DEED_COUNT:
        break;
    }
}

/* Edits and other faults are more common. */
static enum deed any_deed(struct scenario *scenario)
{
    static const enum deed often[] = {DEED_SET, DEED_EDIT, DEED_RACE, DEED_LINKS, DEED_DISKS};
    if (one_in(scenario, 2))
        return often[roll(scenario, 0, VB_COUNT_OF(often) - 1)];
    return (enum deed)roll(scenario, 0, DEED_COUNT - 1);
}

/* ---- A run ---- */

void scenario_pass(struct scenario *scenario, uint64_t ms)
{
    const uint64_t until_ms = scenario->world.now_ms + ms;
    while (!scenario->checkers.failed && vb_world_step(&scenario->world, until_ms))
        continue;
    if (!scenario->checkers.failed)
        scenario->world.now_ms = until_ms;
}

static bool all_in_sync(const struct scenario *scenario)
{
    const struct vb_world *world = &scenario->world;
    for (uint8_t to = world->transmitter_count; to < world->node_count; to++) {
        for (uint8_t from = 0; from < world->transmitter_count; from++) {
            if (!checkers_in_sync(&scenario->checkers, to, from))
                return false;
        }
    }
    return true;
}

uint64_t scenario_settle(struct scenario *scenario, uint64_t ms)
{
    struct vb_world *world = &scenario->world;
    const uint64_t begun_ms = world->now_ms;
    uint64_t settled_ms = 0;
    bool before = all_in_sync(scenario);
    while (!scenario->checkers.failed && vb_world_step(world, begun_ms + ms)) {
        const bool now = all_in_sync(scenario);
        settled_ms = now && !before ? world->now_ms - begun_ms : settled_ms;
        before = now;
    }
    return before ? settled_ms : ms + 1;
}

/* In four of every eight seeds all stores are flashes that write key by key, under the journal. */
static bool on_flash(const struct scenario *scenario)
{
    return scenario->seed / 4 % 2 == 1;
}

/* Versions and content as left by a long life or later firmware, clocks about to wrap. */
static void age_store(struct scenario *scenario, uint8_t node)
{
    const struct vb_transmitter *t = &scenario->world.nodes[node].transmitter.device.core;
    /* A field of 102 and an edit fit; under the journal, all the others too in one batch. */
    const uint32_t large = on_flash(scenario) ? 1500u : t->room.section_bytes_max - 196u;
    struct vb_world_store *store = &scenario->world.nodes[node].store;
    for (unsigned i = 0; i < store->durable.count; i++) {
        struct vb_world_row row = store->durable.rows[i];
        if (row.key[0] != '+' || row.key[1] < '1' || row.key[1] > '9')
            continue;
        const uint32_t version = 0xffffffffu - roll(scenario, 0, 3);
        for (unsigned byte = 0; byte < 4; byte++)
            row.bytes[VB_KEPT_HEAD_BYTES + byte] = (uint8_t)(version >> (8 * byte));
        if (strcmp(row.key, "+7") == 0 && one_in(scenario, 2)) {
            for (uint8_t tag = 100; row.size < roll(scenario, 200, large); tag++) {
                row.bytes[row.size++] = tag;
                row.bytes[row.size++] = 100;
                for (unsigned k = 0; k < 100; k++)
                    row.bytes[row.size++] = (uint8_t)(k + tag);
            }
        }
        vb_kept_seal(row.key, row.bytes, row.size);
        vb_world_store_plant(store, row.key, row.bytes, row.size);
    }
}

static void make_world(struct scenario *scenario, uint8_t transmitters, uint8_t receivers,
                       bool trace)
{
    struct vb_world *world = &scenario->world;
    vb_world_init(world, scenario->seed, transmitters, receivers);
    checkers_init(&scenario->checkers, world);
    recorder_init(&scenario->recorder, world, trace);
    const struct vb_world_observer observer = {.ctx = scenario,
                                               .sent = on_sent,
                                               .heard = on_heard,
                                               .event = on_event,
                                               .durable = on_durable,
                                               .power = on_power,
                                               .lost = on_lost,
                                               .turned = on_turned};
    vb_world_observe(world, &observer);
}

static void choose_size(struct scenario *scenario, uint8_t *transmitters, uint8_t *receivers)
{
    switch (scenario->options.size) {
    case SIZE_SMALL:
        *transmitters = (uint8_t)roll(scenario, 1, 2);
        *receivers = (uint8_t)roll(scenario, 1, 3);
        return;
    case SIZE_SWARM:
        *transmitters = (uint8_t)roll(scenario, 1, VB_WORLD_TRANSMITTERS_MAX);
        *receivers = (uint8_t)roll(scenario, 1, VB_WORLD_RECEIVERS_MAX);
        return;
    case SIZE_FULL:
    case SIZE_COUNT:
        *transmitters = VB_WORLD_TRANSMITTERS_MAX;
        *receivers = VB_WORLD_RECEIVERS_MAX;
        return;
    }
}

/* Every second seed has a seal, every fourth of all seeds frames of half the size: whatever holds
 * without them must hold with them. Fragments, rounds of requests and readings are split
 * differently then. */
static void choose_frames(struct scenario *scenario)
{
    static const uint16_t frame_bytes_max[] = {VB_FRAME_BYTES_MAX, VB_FRAME_BYTES_MAX, 128,
                                               VB_FRAME_BYTES_MAX};
    const uint64_t kind = scenario->seed % 4;
    for (uint8_t i = 0; i <= scenario->world.node_count; i++) {
        for (unsigned k = 0; k < VB_WORLD_STORES; k++)
            vb_world_store_flash(
                vb_world_node_store(&scenario->world.nodes[i], (enum vb_world_store_kind)k),
                on_flash(scenario));
    }
    vb_world_seal_init(&scenario->seal, 0x5ea1u, 16, false);
    vb_world_seal(&scenario->world, kind % 2 == 0 ? &scenario->seal.port : NULL,
                  frame_bytes_max[kind]);
}

/* Settings rather than faults: how much memory a device has, how much it does in a turn. */
static void choose_settings(struct scenario *scenario)
{
    struct vb_world *world = &scenario->world;
    world->frames_a_turn =
        (uint8_t)(one_in(scenario, 2) ? 1 : roll(scenario, 2, FRAMES_A_TURN_MAX));
    for (uint8_t i = 0; i < world->node_count; i++) {
        struct vb_world_node *node = &world->nodes[i];
        struct vb_receiver_sizes *sizes = &node->receiver.sizes;
        const uint32_t until_wrap_ms = roll(scenario, 0, 900000);
        node->clock_ms = one_in(scenario, 3) ? 0u - until_wrap_ms : until_wrap_ms;
        node->transmitter.reading_cells = scenario->seed % 3 == 0 ? VB_CELLS_MAX : 96;
        node->transmitter.quiet = scenario->seed % 3 != 0;
        /* Few runs have enough readings for everything that can be wrong with a pack. */
        node->transmitter.reading_sequence = (uint32_t)((scenario->seed / 3 + i) % 14) * 64;
        sizes->peers = (uint8_t)(world->transmitter_count + 1u); /* a place for a stranger */
        if (sizes->peers < VB_WORLD_PEERS)
            sizes->peers = VB_WORLD_PEERS;
        if (sizes->peers > VB_WORLD_PEERS_MAX)
            sizes->peers = VB_WORLD_PEERS_MAX;
        node->wall_known = !one_in(scenario, 3);
        sizes->open_alarms = (uint16_t)(one_in(scenario, 4) ? roll(scenario, 1, 8) : 48);
        if (one_in(scenario, 4)) {
            sizes->box_readings = (uint16_t)roll(scenario, 1, VB_WORLD_BOX_READINGS_MAX);
            sizes->box_notes = (uint16_t)roll(scenario, 1, 16);
        }
    }
}

static void begin(struct scenario *scenario)
{
    struct vb_world *world = &scenario->world;
    uint8_t transmitters = 1;
    uint8_t receivers = 1;
    vb_random_seed(&scenario->dice, scenario->seed ^ 0x5ca1ab1e5eedull);
    choose_size(scenario, &transmitters, &receivers);
    make_world(scenario, transmitters, receivers, scenario->options.trace);
    choose_settings(scenario);
    choose_frames(scenario);
    for (uint8_t i = 0; i < world->node_count; i++)
        vb_world_power_on(world, i);
    scenario_pass(scenario, 100);
    for (uint8_t i = 0; i < transmitters && one_in(scenario, 3); i++) {
        vb_world_power_off(world, i);
        vb_world_take_backup(world, i);
        vb_world_replace_store(world, i); /* its versions have advanced far */
        age_store(scenario, i);
        vb_world_power_on(world, i);
        world->nodes[i].transmitter.device.core.seq =
            0u - roll(scenario, 0, 300); /* none sent yet */
    }
    vb_world_take_backup(world, 0);
}

static void check_readings(struct scenario *scenario, const char *when)
{
    const struct vb_world *world = &scenario->world;
    for (uint8_t to = world->transmitter_count; to < world->node_count; to++) {
        const uint32_t behind = world->nodes[0].transmitter.reading_sequence -
                                checkers_newest_reading(&scenario->checkers, to, 0);
        if (behind > READINGS_BEHIND_MAX)
            checkers_fail(&scenario->checkers,
                          "3 converging: node %u is %" PRIu32 " readings behind, %s", to, behind,
                          when);
    }
}

/* What else must be true in a world without faults: readings arrive, and caches are stored. */
static void check_after(struct scenario *scenario)
{
    struct vb_world *world = &scenario->world;
    vb_world_stream(world, 0, 100);
    scenario_pass(scenario, 3000);
    check_readings(scenario, "at rest");
    silence_at_rest(&scenario->checkers);
    for (uint8_t to = world->transmitter_count; to < world->node_count; to++) {
        for (uint8_t from = 0; from < world->transmitter_count; from++) {
            if (!checkers_stored(&scenario->checkers, to, from))
                checkers_fail(&scenario->checkers,
                              "3 converging: node %u has not stored what it "
                              "holds of node %u",
                              to, from);
        }
    }
}

/* How the edits ended of which receivers have heard no answer in time: they ask, at the latest a
 * minute after they asked last. */
static void check_edits_told(struct scenario *scenario)
{
    struct vb_world *world = &scenario->world;
    const uint64_t until_ms = world->now_ms + ASKED_AGAIN_MS;
    for (uint8_t to = world->transmitter_count; to < world->node_count; to++) {
        for (uint8_t from = 0; from < world->transmitter_count; from++) {
            while (checkers_edit_untold(&scenario->checkers, to, from) && world->now_ms < until_ms)
                scenario_pass(scenario, 1000);
            if (checkers_edit_untold(&scenario->checkers, to, from))
                checkers_fail(&scenario->checkers,
                              "edits: node %u calls one timed out whose result node %u has", to,
                              from);
        }
    }
}

static void expect_soon(struct scenario *scenario, enum again after)
{
    const uint64_t took_ms = scenario_settle(scenario, SETTLE_RESTART_MS);
    if (took_ms > SETTLE_RESTART_MS)
        checkers_fail(&scenario->checkers, "3 converging: not in sync %u ms after %s",
                      SETTLE_RESTART_MS, again_name(after));
    else
        scenario->tally->again[after][took_ms]++;
}

/* The links work and everything is verified: so it must be again soon after a restart of either
 * side, even with a restored store. */
static void check_restarts(struct scenario *scenario)
{
    struct vb_world *world = &scenario->world;
    vb_world_reboot(world, scenario_any_receiver(scenario));
    expect_soon(scenario, AGAIN_RECEIVER);
    vb_world_reboot(world, any_transmitter(scenario));
    expect_soon(scenario, AGAIN_TRANSMITTER);
    vb_world_power_off(world, 0);
    checkers_restored(&scenario->checkers, 0);
    vb_world_restore_backup(world, 0);
    vb_world_power_on(world, 0);
    expect_soon(scenario, AGAIN_RESTORED);
}

static void thaw_all(struct scenario *scenario)
{
    const struct vb_world *world = &scenario->world;
    for (uint8_t i = 0; i < world->node_count; i++) {
        const uint64_t thaw_ms = world->nodes[i].thaw_ms;
        if (thaw_ms != VB_WORLD_NEVER_MS)
            scenario_pass(scenario, thaw_ms + 1 - world->now_ms);
    }
}

/* As at first, too. A receiver accepts no change to settings that it could not read until it has
 * read them. */
static void tune_caches_back(struct scenario *scenario)
{
    const struct tuning tuning = tune_cache_back();
    for (uint8_t i = scenario->world.transmitter_count; i < scenario->world.node_count; i++) {
        if (!tune_within(scenario, i, &tuning, SETTINGS_AGAIN_MS))
            checkers_fail(&scenario->checkers, "10 applied: node %u takes no setting", i);
    }
}

/* Faults heal: all must be in sync at rest, and soon after an edit. */
static void finish(struct scenario *scenario)
{
    struct vb_world *world = &scenario->world;
    thaw_all(scenario);
    if (scenario->checkers.failed)
        return;
    clone_goes(scenario);
    recorder_act(&scenario->recorder, "the faults heal");
    vb_world_heal(world);
    scenario_pass(scenario, VB_WORLD_BOOT_AGAIN_MS);
    /* One that has just started may have a commit to wait for. */
    scenario_streams_back(scenario, SETTLE_MS);
    if (clone_is_missed(scenario))
        scenario_pass(scenario, CLONE_MISSED_MS);
    const uint64_t took_ms = scenario_settle(scenario, SETTLE_MS);
    if (took_ms > SETTLE_MS)
        checkers_fail(&scenario->checkers,
                      "3 converging: not in sync %u ms after the faults healed", SETTLE_MS);
    tune_caches_back(scenario);
    unsigned bin = 0;
    while (bin < CONVERGED_BINS - 1 && took_ms > converged_ms[bin])
        bin++;
    scenario->tally->converged[bin]++;
    struct change change = make_change(scenario);
    const uint8_t receiver = scenario_any_receiver(scenario);
    const uint64_t id = edit_one(scenario, receiver, 0, &change);
    const uint64_t edited_ms = scenario_settle(scenario, SETTLE_EDIT_MS);
    if (id == 0 || edited_ms > SETTLE_EDIT_MS)
        checkers_fail(&scenario->checkers, "3 converging: not in sync %u ms after an edit",
                      SETTLE_EDIT_MS);
    for (unsigned i = 0; i < VB_WORLD_EDITS_MAX; i++) {
        const struct vb_edit *edit = &world->nodes[receiver].receiver.device.core.config.edits[i];
        if (edit->id == id && edit->state != VB_EDIT_STATE_CONFIRMED)
            checkers_fail(&scenario->checkers,
                          "3 converging: an edit is not confirmed (state %u, "
                          "outcome %u) %u ms after it",
                          (unsigned)edit->state, edit->outcome, SETTLE_EDIT_MS);
    }
    check_after(scenario);
    if (!scenario->checkers.failed)
        check_edits_told(scenario);
    if (!scenario->checkers.failed)
        check_restarts(scenario);
    if (!scenario->checkers.failed)
        beside_a_flood(scenario);
    if (!scenario->checkers.failed && one_in(scenario, CALM_EACH)) {
        scenario->tally->calm_hours++;
        calm_hour(scenario);
    }
    if (!scenario->checkers.failed && (scenario->options.without >> DEED_CLONE & 1) == 0 &&
        one_in(scenario, 4))
        clone_check(scenario);
}

static void add_up(struct scenario *scenario)
{
    struct tally *tally = scenario->tally;
    struct vb_world *world = &scenario->world;
    tally->runs++;
    tally->virtual_ms += world->now_ms;
    tally->events += scenario->recorder.events;
    tally->checks += scenario->checkers.checks;
    tally->alarms_seen += scenario->checkers.devices.alarms_seen;
    tally->applied_seen += scenario->checkers.devices.applied_seen;
    tally->stopped_seen += scenario->checkers.silence.stopped_seen;
    tally->pack_begun += scenario->checkers.pack.begun;
    tally->pack_held += scenario->checkers.pack.held;
    tally->log = tally->log * 31 + scenario->recorder.hash;
    for (unsigned i = 0; i < VB_WORLD_NODES_MAX * VB_WORLD_NODES_MAX; i++) {
        const struct vb_world_link_counts *link =
            &world->links[i / VB_WORLD_NODES_MAX][i % VB_WORLD_NODES_MAX].counts;
        tally->links.sent += link->sent;
        tally->links.delivered += link->delivered;
        tally->links.blocked += link->blocked;
        tally->links.lost += link->lost;
        tally->links.lost_in_burst += link->lost_in_burst;
        tally->links.bursts += link->bursts;
        tally->links.duplicated += link->duplicated;
        tally->links.corrupted += link->corrupted;
        tally->links.truncated += link->truncated;
        tally->links.late += link->late;
    }
    tally->world.boots += world->counts.boots;
    tally->world.unreadable += world->counts.unreadable;
    tally->world.power_cuts += world->counts.power_cuts;
    tally->world.commits += world->counts.commits;
    tally->world.commits_failed += world->counts.commits_failed;
    tally->world.commits_uncertain += world->counts.commits_uncertain;
    tally->world.commits_uncertain_stored += world->counts.commits_uncertain_stored;
    tally->world.cut_in_commit += world->counts.cut_in_commit;
    tally->world.lost += world->counts.lost;
    for (uint8_t i = 0; i <= world->node_count; i++) {
        for (unsigned k = 0; k < VB_WORLD_STORES; k++)
            tally->world.torn +=
                vb_world_node_store(&world->nodes[i], (enum vb_world_store_kind)k)->torn;
    }
}

void scenario_run(struct scenario *scenario, uint64_t seed, const struct scenario_options *options,
                  struct tally *tally)
{
    /* Every run has these. */
    static const enum deed always[] = {DEED_LINKS,
                                       DEED_SET,
                                       DEED_EDIT,
                                       DEED_RACE,
                                       DEED_DISKS,
                                       DEED_EDIT,
                                       DEED_CUT_TRANSMITTER,
                                       DEED_LINKS,
                                       DEED_REBOOT_TRANSMITTER};
    scenario->seed = seed;
    scenario->options = *options;
    scenario->tally = tally;
    scenario->value = 0;
    begin(scenario);
    scenario_pass(scenario, 5000);
    const uint64_t until_ms = (uint64_t)options->minutes * 60000;
    for (unsigned deeds = 0; scenario->world.now_ms < until_ms && !scenario->checkers.failed;
         deeds++) {
        act(scenario, deeds < VB_COUNT_OF(always) ? always[deeds] : any_deed(scenario));
        scenario_pass(scenario,
                      one_in(scenario, 4) ? roll(scenario, 1, 300) : roll(scenario, 300, 20000));
    }
    if (!scenario->checkers.failed)
        finish(scenario);
    add_up(scenario);
}

void scenario_calm(struct scenario *scenario, uint32_t minutes, uint32_t reading_every_ms,
                   struct tally *tally)
{
    scenario->seed = 0;
    scenario->tally = tally;
    make_world(scenario, 1, 1, false);
    vb_world_power_on(&scenario->world, 0);
    vb_world_power_on(&scenario->world, 1);
    vb_world_stream(&scenario->world, 0, reading_every_ms);
    scenario_pass(scenario, (uint64_t)minutes * 60000);
    if (!all_in_sync(scenario))
        checkers_fail(&scenario->checkers, "3 converging: not in sync at the end");
    add_up(scenario);
}
