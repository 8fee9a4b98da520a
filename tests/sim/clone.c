#include "clone.h"

#include <inttypes.h>
#include <string.h>

enum {
    TOLD_MS = 40000,      /* two beacons at rest, and the requests that follow */
    ANNOUNCED_MS = 26000, /* a boot, by beacons ever further apart */
    WATCHED_MS = 60000,
    HELLOS_MAX = WATCHED_MS / 15000 + 2,   /* a receiver's, meanwhile */
    BEACONS_MAX = WATCHED_MS / 14500 + 12, /* a status may change once meanwhile */
    STEP_MS = 100,
    READING_EVERY_MS = 1000
};

static void come(struct scenario *scenario)
{
    checkers_cloned(&scenario->checkers);
    vb_world_clone_comes(&scenario->world);
}

static void leave(struct scenario *scenario)
{
    checkers_cloned(&scenario->checkers);
    vb_world_clone_leaves(&scenario->world);
}

void clone_comes_or_leaves(struct scenario *scenario)
{
    if (scenario->world.cloned)
        leave(scenario);
    else
        come(scenario);
}

void clone_goes(struct scenario *scenario)
{
    if (scenario->world.cloned)
        leave(scenario);
}

/* How many receivers report it. */
static unsigned saying(const struct scenario *scenario)
{
    const struct vb_world *world = &scenario->world;
    unsigned count = 0;
    for (uint8_t i = world->transmitter_count; i < world->node_count; i++)
        count += checkers_says_cloned(&scenario->checkers, i, vb_world_original(world));
    return count;
}

bool clone_is_missed(const struct scenario *scenario)
{
    const struct checkers *checkers = &scenario->checkers;
    /* For a device that slept meanwhile, the clone was there a moment ago. */
    const uint64_t known_ms =
        checkers->cloned_ms > checkers->slept_ms ? checkers->cloned_ms : checkers->slept_ms;
    const bool lately = checkers->cloned_ms != VB_WORLD_NEVER_MS &&
                        scenario->world.now_ms < known_ms + CLONE_MISSED_MS + SETTLE_MS;
    return lately || saying(scenario) > 0;
}

static bool all_in_sync_with(const struct scenario *scenario, uint8_t device)
{
    const struct vb_world *world = &scenario->world;
    for (uint8_t i = world->transmitter_count; i < world->node_count; i++) {
        if (!checkers_in_sync(&scenario->checkers, i, device))
            return false;
    }
    return true;
}

static void check_told(struct scenario *scenario)
{
    const struct vb_world *world = &scenario->world;
    const unsigned receivers = (unsigned)world->node_count - world->transmitter_count;
    for (unsigned ms = 0; ms < TOLD_MS && saying(scenario) < receivers; ms += STEP_MS)
        scenario_pass(scenario, STEP_MS);
    if (saying(scenario) < receivers)
        checkers_fail(&scenario->checkers,
                      "14 cloned: %u of %u receivers say so after %u ms with a clone",
                      saying(scenario), receivers, TOLD_MS);
}

/* Every event checks that it is never reported again, nor for another transmitter. */
static void check_cost(struct scenario *scenario)
{
    const struct vb_world *world = &scenario->world;
    struct checkers *checkers = &scenario->checkers;
    const unsigned receivers = (unsigned)world->node_count - world->transmitter_count;
    uint32_t before[VB_WORLD_NODES_MAX][CHECKED_MESSAGES];
    scenario_pass(scenario, ANNOUNCED_MS);
    memcpy(before, checkers->sent, sizeof before);
    scenario_pass(scenario, WATCHED_MS);
    for (uint8_t i = 0; i < vb_world_reach(world); i++) {
        const uint32_t hellos = checkers->sent[i][VB_MESSAGE_HELLO] - before[i][VB_MESSAGE_HELLO];
        const uint32_t answers =
            checkers->sent[i][VB_MESSAGE_HELLO_ACK] - before[i][VB_MESSAGE_HELLO_ACK];
        const uint32_t beacons =
            checkers->sent[i][VB_MESSAGE_BEACON] - before[i][VB_MESSAGE_BEACON];
        if (hellos > HELLOS_MAX || answers > HELLOS_MAX * receivers || beacons > BEACONS_MAX)
            checkers_fail(checkers,
                          "14 cloned: node %u has sent %" PRIu32 " hellos, %" PRIu32
                          " answers and %" PRIu32 " beacons in %u ms beside a clone",
                          i, hellos, answers, beacons, WATCHED_MS);
    }
}

static void check_one_left(struct scenario *scenario, uint8_t device)
{
    unsigned ms = 0;
    bool well = false;
    while (ms < CLONE_MISSED_MS + SETTLE_MS && !well && !scenario->checkers.failed) {
        scenario_pass(scenario, STEP_MS);
        ms += STEP_MS;
        well = all_in_sync_with(scenario, device) && saying(scenario) == 0;
    }
    if (!well)
        checkers_fail(&scenario->checkers,
                      "14 cloned: not in sync with node %u %u ms after the other has left", device,
                      ms);
}

void clone_check(struct scenario *scenario)
{
    struct vb_world *world = &scenario->world;
    const uint8_t original = vb_world_original(world);
    const bool original_stays = vb_random_between(&scenario->dice, 0, 1) == 1;
    vb_world_stream(world, 0, READING_EVERY_MS);
    come(scenario);
    check_told(scenario);
    if (scenario->checkers.failed)
        return;
    check_cost(scenario);
    if (original_stays) {
        leave(scenario);
        check_one_left(scenario, original);
        return;
    }
    checkers_cloned(&scenario->checkers);
    vb_world_power_off(world, original);
    check_one_left(scenario, vb_world_clone(world));
    if (scenario->checkers.failed)
        return;
    leave(scenario);
    vb_world_power_on(world, original);
    if (scenario_settle(scenario, SETTLE_MS) > SETTLE_MS)
        checkers_fail(&scenario->checkers,
                      "14 cloned: not in sync %u ms after the first of the two is back", SETTLE_MS);
}
