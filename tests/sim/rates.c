#include "rates.h"

#include <inttypes.h>
#include <string.h>

#include "checkers.h"

/* What is allowed in a window: so many at rest, plus so many for each cause.
 *
 * In an hour that is exactly what the times of docs/protocol.md imply if every link loses as much
 * as it can all the time:
 *   beacons   seven in 19 s, if one of its receivers misses each of the first six and none misses
 *             the seventh, which is followed by a rest of 14.5 s; ten for a cause, each after twice
 *             the time of the previous one, from 50 ms to the resting interval
 *   hellos    one in 5 s to a transmitter that is heard but does not answer; for a cause one, and
 *             six to check what is only claimed
 *   requests  likewise one in 4 s; ten tries for a cause
 *   commits   none for a transmitter; for a receiver one for each transmitter that it follows, and
 *             as many again for one that began in another hour; for a cause the change and what it
 *             leads to
 * In five minutes it is the same at rest; for a cause it is twice what runs of the shipped code
 * need, which finds more than the times would. Answers are bounded by what was asked in the same
 * window, and by what can be waiting when it begins: those to twelve hellos and four edits.
 *
 * For a receiver all of this is per transmitter that it may follow. */
struct allowance {
    uint32_t rest;
    uint32_t each;
};

enum {
    CROWDED_WINDOWS = 2, /* the one in which strangers speak, and what goes on in the next */
    ANSWERS_WAITING = 16
};

static const char *const names[RATE_KINDS] = {
    [RATE_BEACONS] = "beacons",          [RATE_HELLOS] = "hellos",
    [RATE_REQUESTS] = "requests",        [RATE_ANSWERS] = "answers",
    [RATE_DATA] = "answers to requests", [RATE_READING_ACKS] = "acknowledgements of readings",
    [RATE_COMMITS] = "commits"};
static const uint32_t windows_ms[RATE_WINDOWS] = {300000, 3600000};
static const struct allowance transmitter_may[RATE_WINDOWS][RATE_KINDS] = {
    [RATES_5_MIN] = {[RATE_BEACONS] = {110, 3},
                     [RATE_ANSWERS] = {ANSWERS_WAITING, 0},
                     [RATE_COMMITS] = {10, 2}},
    [RATES_HOUR] = {[RATE_BEACONS] = {1327, 10},
                    [RATE_ANSWERS] = {ANSWERS_WAITING, 0},
                    [RATE_COMMITS] = {0, 2}}};
static const struct allowance receiver_may[RATE_WINDOWS][RATE_KINDS] = {
    [RATES_5_MIN] = {[RATE_HELLOS] = {60, 2},
                     [RATE_REQUESTS] = {75, 2},
                     [RATE_READING_ACKS] = {1, 0}, /* of one of the window before */
                     [RATE_COMMITS] = {10, 2}},
    [RATES_HOUR] = {[RATE_HELLOS] = {720, 7},
                    [RATE_REQUESTS] = {900, 10},
                    [RATE_READING_ACKS] = {1, 0},
                    [RATE_COMMITS] = {2, 2}}};

void rates_init(struct rates *rates)
{
    memset(rates->nodes, 0, sizeof rates->nodes);
}

void rates_cause(struct rates *rates, uint8_t node)
{
    for (uint8_t i = 0; i < VB_WORLD_NODES_MAX; i++) {
        for (unsigned w = 0; w < RATE_WINDOWS; w++)
            rates->nodes[i][w].causes += node == VB_WORLD_ANY || i == node;
    }
}

void rates_crowd(struct rates *rates)
{
    for (uint8_t i = 0; i < VB_WORLD_NODES_MAX; i++) {
        for (unsigned w = 0; w < RATE_WINDOWS; w++)
            rates->nodes[i][w].crowded = CROWDED_WINDOWS;
    }
}

void rates_heard(struct rates *rates, const struct vb_world_node *node, uint8_t message)
{
    for (unsigned w = 0; w < RATE_WINDOWS; w++) {
        struct rate *rate = &rates->nodes[node->index][w];
        rate->asked += message == VB_MESSAGE_HELLO || message == VB_MESSAGE_EDIT;
        rate->requested += message == VB_MESSAGE_REQUEST;
        rate->readings += message == VB_MESSAGE_READING;
    }
}

uint32_t rates_commits(const struct vb_world_node *node)
{
    uint32_t commits = node->store.written;
    for (unsigned i = 0; i < VB_COUNT_OF(node->own); i++)
        commits += node->own[i].written;
    return commits;
}

/* Frames that all its sections take, in fragments. */
static uint32_t frames_of_all(const struct vb_world_node *node)
{
    const struct vb_transmitter *core = &node->transmitter.device.core;
    return core->live.count + (uint32_t)(core->live.used / core->room.fragment_bytes);
}

static uint32_t allowed(const struct checkers *checkers, const struct vb_world_node *node,
                        enum rate_window window, enum rate_kind kind)
{
    const struct rate *rate = &checkers->rates.nodes[node->index][window];
    const bool transmits = node->role == VB_WORLD_TRANSMITTER;
    const struct allowance *may =
        transmits ? &transmitter_may[window][kind] : &receiver_may[window][kind];
    const uint32_t causes = rate->causes + rate->causes_before;
    const uint32_t places =
        rate->crowded > 0 ? node->receiver.sizes.peers : checkers->world->transmitter_count;
    const uint32_t peers = transmits ? 1 : places;
    uint32_t asked = 0;
    if (kind == RATE_ANSWERS && transmits)
        asked = rate->asked;
    else if (kind == RATE_DATA && transmits)
        asked = (rate->requested + VB_RECEIVERS_MAX) * frames_of_all(node);
    else if (kind == RATE_READING_ACKS && !transmits)
        asked = rate->readings;
    return peers * may->rest + causes * may->each + asked;
}

static void judge(struct checkers *checkers, const struct vb_world_node *node,
                  enum rate_window window, enum rate_kind kind)
{
    const struct rate *rate = &checkers->rates.nodes[node->index][window];
    const uint32_t may = allowed(checkers, node, window, kind);
    if (rate->counts[kind] > may)
        checkers_fail(checkers,
                      "16 bounded: node %u has made %" PRIu32 " %s in %" PRIu32 " ms, %" PRIu32
                      " are allowed after %" PRIu32 " boots, changes and faults",
                      node->index, rate->counts[kind], names[kind], windows_ms[window], may,
                      rate->causes + rate->causes_before);
}

static enum rate_kind kind_of(uint8_t message)
{
    switch (message) {
    case VB_MESSAGE_BEACON:
        return RATE_BEACONS;
    case VB_MESSAGE_HELLO:
        return RATE_HELLOS;
    case VB_MESSAGE_REQUEST:
        return RATE_REQUESTS;
    case VB_MESSAGE_HELLO_ACK:
    case VB_MESSAGE_EDIT_RESULT:
        return RATE_ANSWERS;
    case VB_MESSAGE_DATA:
        return RATE_DATA;
    case VB_MESSAGE_READING_ACK:
        return RATE_READING_ACKS;
    default:
        return RATE_KINDS;
    }
}

void rates_sent(struct checkers *checkers, const struct vb_world_node *node, uint8_t message)
{
    const enum rate_kind kind = kind_of(message);
    if (kind == RATE_KINDS)
        return;
    for (unsigned w = 0; w < RATE_WINDOWS; w++) {
        checkers->rates.nodes[node->index][w].counts[kind]++;
        judge(checkers, node, (enum rate_window)w, kind);
    }
}

void rates_turned(struct checkers *checkers, const struct vb_world_node *node)
{
    const uint64_t own_ms = vb_world_node_own_ms(node, checkers->world->now_ms);
    for (unsigned w = 0; w < RATE_WINDOWS; w++) {
        struct rate *rate = &checkers->rates.nodes[node->index][w];
        if (own_ms >= rate->begun_ms + windows_ms[w])
            *rate = (struct rate){.begun_ms = own_ms,
                                  .commits_before = rates_commits(node),
                                  .causes_before = rate->causes,
                                  .crowded = (uint8_t)(rate->crowded > 0 ? rate->crowded - 1 : 0)};
        const uint32_t commits = rates_commits(node) - rate->commits_before;
        if (commits == rate->counts[RATE_COMMITS])
            continue;
        rate->counts[RATE_COMMITS] = commits;
        judge(checkers, node, (enum rate_window)w, RATE_COMMITS);
    }
}
