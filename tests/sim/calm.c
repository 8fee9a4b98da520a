#include "calm.h"

#include <inttypes.h>
#include <string.h>

enum {
    HOUR_MS = 3600000,
    /* What went before is over: the beacons of a boot end after 26 s, who was heard once and never
     * again is Offline after 30 s, an edit is stale after a minute. */
    QUIET_MS = 90000,
    READING_EVERY_MS = 5000,
    BEACONS_MAX = HOUR_MS / 14500 + 1, /* one follows another after 14.5 s at the earliest ... */
    BEACONS_MIN = HOUR_MS / 15000 - 1, /* ... and 15 s at the latest */
    READINGS_MAX = HOUR_MS / READING_EVERY_MS + 1
};

struct counts {
    uint32_t sent[VB_WORLD_NODES_MAX][CHECKED_MESSAGES];
    uint32_t commits[VB_WORLD_NODES_MAX];
};

static void count(const struct scenario *scenario, struct counts *counts)
{
    memcpy(counts->sent, scenario->checkers.sent, sizeof counts->sent);
    for (uint8_t i = 0; i < scenario->world.node_count; i++)
        counts->commits[i] = rates_commits(&scenario->world.nodes[i]);
}

static void expect(struct scenario *scenario, uint8_t node, const char *what, uint32_t count,
                   uint32_t low, uint32_t high)
{
    if (count < low || count > high)
        checkers_fail(&scenario->checkers,
                      "16 bounded: node %u has made %" PRIu32 " %s in an hour at rest, %" PRIu32
                      " to %" PRIu32 " are right",
                      node, count, what, low, high);
}

/* The beacons of each transmitter; each asks every receiver for an acknowledgement. */
static void check_message(struct scenario *scenario, uint8_t node, uint8_t message, uint32_t count,
                          uint32_t readings)
{
    const struct vb_world *world = &scenario->world;
    const bool transmits = node < world->transmitter_count;
    uint32_t low = 0;
    uint32_t high = 0;
    if (message == VB_MESSAGE_BEACON && transmits) {
        low = BEACONS_MIN;
        high = BEACONS_MAX;
    } else if (message == VB_MESSAGE_BEACON_ACK && !transmits) {
        high = BEACONS_MAX * world->transmitter_count;
    } else if (message == VB_MESSAGE_READING && transmits) {
        high = node == 0 ? readings : 0;
    } else if (message == VB_MESSAGE_READING_ACK && !transmits) {
        high = readings;
    }
    expect(scenario, node, vb_message_name(message), count, low, high);
}

void calm_hour(struct scenario *scenario)
{
    struct vb_world *world = &scenario->world;
    struct counts before;
    struct counts after;
    const bool streams = vb_random_between(&scenario->dice, 0, 1) == 1;
    for (uint8_t i = 0; i < world->transmitter_count; i++)
        vb_world_stream(world, i, streams && i == 0 ? READING_EVERY_MS : 0);
    scenario_pass(scenario, QUIET_MS);
    count(scenario, &before);
    scenario_pass(scenario, HOUR_MS);
    count(scenario, &after);
    for (uint8_t i = 0; i < world->node_count; i++) {
        for (uint8_t message = 1; message <= VB_MESSAGE_READING_ACK; message++)
            check_message(scenario, i, message, after.sent[i][message] - before.sent[i][message],
                          streams ? 2 * READINGS_MAX : 0);
        /* Once an hour a receiver stores when each transmitter was last heard. */
        const bool transmits = i < world->transmitter_count;
        expect(scenario, i, "commits", after.commits[i] - before.commits[i], 0,
               transmits ? 0 : world->transmitter_count);
    }
}
