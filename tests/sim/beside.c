#include "beside.h"

#include <inttypes.h>

#include "clone.h"
#include "scenario_acts.h"
#include "stranger.h"

enum {
    STEP_MS = 10,  /* one frame of each that floods */
    LOOK_MS = 100, /* at the others, while something is waited for */
    RESTART_EVERY_MS = 1500,
    EDIT_TIMEOUT_MS = 5000, /* the times of docs/protocol.md, not the core's own */
    EDIT_TRIES = 6,         /* until then, each twice as long after the one before */
    REQUEST_RETRY_MS = 60,
    REQUEST_RETRY_MS_MAX = 4000,
    EXCHANGE_FRAMES = 4, /* one request, at most three answers */
    TURN_MS = 2000,      /* a place goes to whoever waits if its holder does not answer */
    READINGS_MS = 3000   /* from one moment to another, at ten a second */
};

/* The device that misbehaves, and what the links among the others lose. */
struct beside {
    struct scenario *scenario;
    enum trouble trouble;
    uint8_t villain;        /* VB_WORLD_ANY: strangers */
    uint8_t left_out;       /* two devices have its address, or had; VB_WORLD_ANY: none */
    uint8_t transmitter;    /* of the others, the one that is watched */
    uint8_t receiver;       /* likewise */
    uint32_t lost_permille; /* of single frames, at most */
    unsigned turn;
};

const char *trouble_name(enum trouble trouble)
{
    static const char *const names[] = {
#define X(NAME, name) name,
        TROUBLE_LIST(X)
#undef X
    };
    return names[trouble];
}

static bool is_other(const struct beside *b, uint8_t node)
{
    return node != b->villain && node != b->left_out;
}

/* ---- Bounds ---- */

/* How many attempts are needed so that all of them fail only once in a thousand million runs. */
static uint32_t tries(uint32_t failing_permille)
{
    uint64_t left = UINT64_C(1000000000);
    uint32_t count = 0;
    while (left > 0) {
        left = left * failing_permille / 1000;
        count++;
    }
    return count;
}

/* How many exchanges in a thousand fail: one of their frames is lost. */
static uint32_t failing_exchanges(const struct beside *b)
{
    uint32_t whole = 1000;
    for (unsigned i = 0; i < EXCHANGE_FRAMES; i++)
        whole = whole * (1000 - b->lost_permille) / 1000;
    return 1000 - whole;
}

static uint32_t requests_ms(const struct beside *b)
{
    uint32_t retry_ms = REQUEST_RETRY_MS;
    uint32_t sum_ms = 0;
    for (uint32_t left = tries(failing_exchanges(b)); left > 1; left--) {
        sum_ms += retry_ms;
        retry_ms = 2 * retry_ms < REQUEST_RETRY_MS_MAX ? 2 * retry_ms : REQUEST_RETRY_MS_MAX;
    }
    return sum_ms;
}

/* A receiver that stores nothing, or knows nobody yet, gives strangers turns, too. */
static uint32_t line_ms(const struct beside *b)
{
    return b->trouble == TROUBLE_STRANGERS ? STRANGERS_THAT_SEND * TURN_MS : 0;
}

/* Until a beacon at rest has been heard, and what it announces has been fetched. */
static uint32_t settle_ms(const struct beside *b)
{
    return SETTLE_MS * tries(b->lost_permille) + requests_ms(b) + line_ms(b);
}

static uint32_t edits_max(const struct beside *b)
{
    return (tries(failing_exchanges(b)) + EDIT_TRIES - 1) / EDIT_TRIES;
}

/* Where nothing is lost, as in a world at rest. */
static uint32_t edit_ms(const struct beside *b)
{
    return b->lost_permille == 0 ? SETTLE_EDIT_MS : edits_max(b) * EDIT_TIMEOUT_MS + settle_ms(b);
}

static uint32_t restart_ms(const struct beside *b)
{
    return b->lost_permille == 0 ? SETTLE_RESTART_MS + line_ms(b) : settle_ms(b);
}

static uint32_t readings_ms(const struct beside *b)
{
    return READINGS_MS * tries(failing_exchanges(b)) + line_ms(b);
}

/* ---- What the one does ---- */

/* To a transmitter: a hundred hellos a second, and fragments of edits. To a receiver: beacons of
 * ever new transmitters, and fragments of their sections. */
static void flood(struct beside *b, unsigned turn)
{
    struct vb_world *world = &b->scenario->world;
    struct vb_random *dice = &b->scenario->dice;
    rates_crowd(&b->scenario->checkers.rates);
    stranger_speak(world, dice, b->transmitter, turn % 8 == 0 ? STRANGER_FRAGMENT : STRANGER_HELLO,
                   NULL);
    if (turn % 4 == 0)
        stranger_speak(world, dice, b->receiver, turn % 8 == 0 ? STRANGER_BEACON : STRANGER_TRICKLE,
                       NULL);
}

static void misbehave(struct beside *b)
{
    struct scenario *scenario = b->scenario;
    struct vb_world *world = &scenario->world;
    const unsigned turn = b->turn++;
    switch (b->trouble) {
    case TROUBLE_STRANGERS:
        flood(b, turn);
        break;
    case TROUBLE_NOISY:
        stranger_speak(world, &scenario->dice, b->transmitter,
                       turn % 8 == 0 ? STRANGER_FRAGMENT : STRANGER_HELLO,
                       &world->nodes[b->villain].mac);
        break;
    case TROUBLE_REBOOTS:
        if (turn % (RESTART_EVERY_MS / STEP_MS) == 0)
            vb_world_reboot(world, b->villain);
        break;
    case TROUBLE_FULL_DISK:
        if (turn % (RESTART_EVERY_MS / STEP_MS) == 0)
            scenario_set(scenario, b->villain);
        break;
    case TROUBLE_DEAF:
    case TROUBLE_MUTE:
    case TROUBLE_WILD_LINKS:
    case TROUBLES:
        break; /* its links do it */
    }
}

static void pass(struct beside *b, uint32_t ms)
{
    for (uint32_t at_ms = 0; at_ms < ms && !b->scenario->checkers.failed; at_ms += STEP_MS) {
        misbehave(b);
        scenario_pass(b->scenario, STEP_MS);
    }
}

/* ---- What is asked of the others ---- */

static bool others_in_sync(const struct beside *b)
{
    const struct vb_world *world = &b->scenario->world;
    for (uint8_t to = world->transmitter_count; to < world->node_count; to++) {
        for (uint8_t from = 0; from < world->transmitter_count; from++) {
            if (is_other(b, to) && is_other(b, from) &&
                !checkers_in_sync(&b->scenario->checkers, to, from))
                return false;
        }
    }
    return true;
}

static bool others_have_readings(const struct beside *b)
{
    const struct vb_world *world = &b->scenario->world;
    const uint32_t newest = world->nodes[b->transmitter].transmitter.reading_sequence;
    for (uint8_t to = world->transmitter_count; to < world->node_count; to++) {
        if (is_other(b, to) &&
            newest - checkers_newest_reading(&b->scenario->checkers, to, b->transmitter) >
                READINGS_BEHIND_MAX)
            return false;
    }
    return true;
}

/* What must be true within that time. */
static void expect(struct beside *b, bool (*holds)(const struct beside *), uint32_t ms,
                   const char *what)
{
    for (uint32_t waited_ms = 0; waited_ms < ms && !holds(b) && !b->scenario->checkers.failed;
         waited_ms += LOOK_MS)
        pass(b, LOOK_MS);
    if (!holds(b))
        checkers_fail(&b->scenario->checkers,
                      "3 converging: %s within %" PRIu32 " ms, beside %s (node %u)", what, ms,
                      trouble_name(b->trouble), b->villain);
}

static const struct vb_edit *edit_of(const struct beside *b, uint64_t id)
{
    const struct vb_receiver_config *core =
        &b->scenario->world.nodes[b->receiver].receiver.device.core.config;
    for (unsigned i = 0; i < VB_WORLD_EDITS_MAX; i++) {
        if (core->edits[i].id == id)
            return &core->edits[i];
    }
    return NULL;
}

/* The edit is of a section of several fragments, so that each receiver has to assemble it while
 * strangers compete for the buffer. One that is lost too often is made again, as its user would;
 * the first may then have been applied after all. */
static void expect_edit(struct beside *b)
{
    uint64_t id = scenario_edit_profile(b->scenario, b->receiver, b->transmitter);
    uint32_t made = 1;
    uint32_t waited_ms = 0;
    const struct vb_edit *edit = edit_of(b, id);
    while (waited_ms < edit_ms(b) && !b->scenario->checkers.failed &&
           !(edit != NULL && edit->state == VB_EDIT_STATE_CONFIRMED)) {
        const bool over = edit == NULL || edit->state == VB_EDIT_STATE_TIMED_OUT ||
                          edit->state == VB_EDIT_STATE_CONFLICT;
        if (over && made < edits_max(b)) {
            id = scenario_edit_profile(b->scenario, b->receiver, b->transmitter);
            made++;
        }
        pass(b, LOOK_MS);
        waited_ms += LOOK_MS;
        edit = edit_of(b, id);
    }
    if (edit == NULL || edit->state != VB_EDIT_STATE_CONFIRMED)
        checkers_fail(&b->scenario->checkers,
                      "3 converging: an edit is not confirmed (state %d) %" PRIu32
                      " ms later, beside %s (node %u)",
                      edit == NULL ? -1 : (int)edit->state, edit_ms(b), trouble_name(b->trouble),
                      b->villain);
}

/* Receivers call what they hold verified until they hear of a transmitter's reboot, so they are not
 * asked before they must have heard of it if nothing is lost. */
static void expect_after_reboot(struct beside *b, uint8_t node, const char *what)
{
    vb_world_reboot(&b->scenario->world, node);
    pass(b, SETTLE_RESTART_MS);
    expect(b, others_in_sync, restart_ms(b) - SETTLE_RESTART_MS, what);
}

static void expect_all(struct beside *b)
{
    vb_world_stream(&b->scenario->world, b->transmitter, 100);
    pass(b, READINGS_MS);
    expect(b, others_have_readings, readings_ms(b), "readings do not arrive");
    expect_edit(b);
    expect(b, others_in_sync, edit_ms(b), "not in sync after an edit");
    expect_after_reboot(b, b->receiver, "not in sync after a receiver's reboot");
    expect_after_reboot(b, b->transmitter, "not in sync after a transmitter's reboot");
    expect(b, others_have_readings, readings_ms(b), "readings do not arrive after a reboot");
}

void beside_a_flood(struct scenario *scenario)
{
    struct beside b = {.scenario = scenario,
                       .trouble = TROUBLE_STRANGERS,
                       .villain = VB_WORLD_ANY,
                       .left_out = VB_WORLD_ANY,
                       .receiver = scenario_any_receiver(scenario)};
    scenario_streams_back(scenario, 0); /* the store that was put back may say otherwise */
    expect_all(&b);
}

/* ---- In the middle of a run ---- */

static uint32_t roll(struct beside *b, uint32_t low, uint32_t high)
{
    return vb_random_between(&b->scenario->dice, low, high);
}

/* Kinds that need a device are only chosen if a transmitter and a receiver remain beside it. */
static void choose(struct beside *b)
{
    struct scenario *scenario = b->scenario;
    const uint8_t transmitters = scenario->world.transmitter_count;
    const bool spare_transmitter = transmitters > (b->left_out == VB_WORLD_ANY ? 1u : 2u);
    const bool spare_receiver = scenario->world.node_count - transmitters > 1;
    const bool any_is_receiver = roll(b, 0, 1) == 0;
    b->trouble = (enum trouble)roll(b, 0, TROUBLES - 1);
    bool receiver = any_is_receiver;
    if (b->trouble == TROUBLE_DEAF || b->trouble == TROUBLE_NOISY)
        receiver = true;
    if (b->trouble == TROUBLE_MUTE || b->trouble == TROUBLE_FULL_DISK)
        receiver = false;
    if (b->trouble == TROUBLE_STRANGERS || (receiver ? !spare_receiver : !spare_transmitter))
        b->trouble = TROUBLE_STRANGERS;
    else
        b->villain = (uint8_t)(receiver ? roll(b, transmitters, scenario->world.node_count - 1u)
                                        : roll(b, 0, transmitters - 1u));
    do {
        b->transmitter = (uint8_t)roll(b, 0, transmitters - 1u);
    } while (!is_other(b, b->transmitter));
    do {
        b->receiver = scenario_any_receiver(scenario);
    } while (!is_other(b, b->receiver));
}

/* What a link loses or damages: the sum of all that can happen to a frame. */
static void lose_a_little(struct beside *b, struct vb_world_faults *faults)
{
    faults->loss = (uint16_t)roll(b, 5, 40);
    faults->corrupt = (uint16_t)roll(b, 0, 10);
    faults->truncate = (uint16_t)roll(b, 0, 10);
    faults->duplicate = (uint16_t)roll(b, 0, 100);
    faults->delay_ms_max = roll(b, 1, 30);
    const uint32_t lost = (uint32_t)faults->loss + faults->corrupt + faults->truncate;
    b->lost_permille = lost > b->lost_permille ? lost : b->lost_permille;
}

/* Links among the others have few faults or none; those of the one are the point of the test. */
static void set_links(struct beside *b)
{
    struct vb_world *world = &b->scenario->world;
    const bool lossy = roll(b, 0, 1) == 1;
    for (uint8_t from = 0; from < world->node_count; from++) {
        for (uint8_t to = 0; to < world->node_count; to++) {
            struct vb_world_link *link = &world->links[from][to];
            if (b->trouble == TROUBLE_WILD_LINKS && (from == b->villain || to == b->villain)) {
                scenario_fault_link(b->scenario, link);
                continue;
            }
            vb_world_link_heal(link);
            link->faults.blocked =
                to == b->villain && (b->trouble == TROUBLE_DEAF || b->trouble == TROUBLE_MUTE);
            if (lossy && is_other(b, from) && is_other(b, to) &&
                (from < world->transmitter_count) != (to < world->transmitter_count))
                lose_a_little(b, &link->faults);
        }
    }
}

/* All but the one run, on one network, with working disks. */
static void set_devices(struct beside *b)
{
    struct vb_world *world = &b->scenario->world;
    for (uint8_t i = 0; i < world->node_count; i++) {
        const uint64_t thaw_ms = world->nodes[i].thaw_ms;
        if (i != b->villain && thaw_ms != VB_WORLD_NEVER_MS && thaw_ms >= world->now_ms)
            scenario_pass(b->scenario, thaw_ms + 1 - world->now_ms);
    }
    for (uint8_t i = 0; i < world->node_count && !b->scenario->checkers.failed; i++) {
        if (i != b->villain)
            vb_world_heal_device(world, i);
    }
    if (b->trouble == TROUBLE_FULL_DISK)
        world->nodes[b->villain].disk.failed = 1000;
}

void beside_one(struct scenario *scenario)
{
    struct beside b = {.scenario = scenario, .villain = VB_WORLD_ANY, .left_out = VB_WORLD_ANY};
    const struct vb_world *world = &scenario->world;
    if (world->cloned || clone_is_missed(scenario))
        b.left_out = vb_world_original(world);
    if (b.left_out != VB_WORLD_ANY && world->transmitter_count == 1)
        return; /* there is nobody besides those two */
    choose(&b);
    const uint32_t every_ms = world->nodes[b.transmitter].transmitter.reading_every_ms;
    scenario->tally->troubles[b.trouble]++;
    set_devices(&b);
    set_links(&b);
    scenario_pass(scenario,
                  SETTLE_MS); /* or a device that has heard nothing for long goes silent later */
    pass(&b, VB_WORLD_BOOT_AGAIN_MS);
    scenario_streams_back(scenario, 0);
    expect(&b, others_in_sync, settle_ms(&b), "not in sync");
    expect_all(&b);
    vb_world_stream(&scenario->world, b.transmitter, every_ms);
}
