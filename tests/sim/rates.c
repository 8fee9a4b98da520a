#include "rates.h"

#include <inttypes.h>
#include <string.h>

#include "checkers.h"

/* What is allowed in a window: so many at rest, so many for each cause. Of a receiver's at rest,
 * for each transmitter that it may follow: a hello in 5 s and a request in 4 s is what it makes
 * towards one that it hears and that does not answer. Of a transmitter's: seven beacons in 19 s,
 * where one of its receivers misses each of the first six and none the seventh, which then rests
 * for 14.5 s. What is allowed for each cause is what runs of what ships come to, doubled. */
struct allowance {
    const char *name;
    uint32_t rest;
    uint32_t each;
};

static const struct allowance transmitter_may[RATE_KINDS] = {[RATE_BEACONS] = {"beacons", 110, 3},
                                                             [RATE_HELLOS] = {"hellos", 0, 0},
                                                             [RATE_REQUESTS] = {"requests", 0, 0},
                                                             [RATE_ANSWERS] = {"answers", 10, 0},
                                                             [RATE_COMMITS] = {"commits", 10, 2}};
static const struct allowance receiver_may[RATE_KINDS] = {[RATE_BEACONS] = {"beacons", 0, 0},
                                                          [RATE_HELLOS] = {"hellos", 60, 2},
                                                          [RATE_REQUESTS] = {"requests", 75, 2},
                                                          [RATE_ANSWERS] = {"answers", 0, 0},
                                                          [RATE_COMMITS] = {"commits", 10, 2}};

enum { CROWDED_WINDOWS = 2 }; /* the one in which strangers speak, and what goes on in the next */

void rates_init(struct rates *rates)
{
    memset(rates->nodes, 0, sizeof rates->nodes);
}

void rates_cause(struct rates *rates, uint8_t node)
{
    for (uint8_t i = 0; i < VB_WORLD_NODES_MAX; i++)
        rates->nodes[i].causes += node == VB_WORLD_ANY || i == node;
}

void rates_crowd(struct rates *rates)
{
    for (uint8_t i = 0; i < VB_WORLD_NODES_MAX; i++)
        rates->nodes[i].crowded = CROWDED_WINDOWS;
}

void rates_heard(struct rates *rates, const struct vb_world_node *node, uint8_t message)
{
    rates->nodes[node->index].heard += message == VB_MESSAGE_HELLO || message == VB_MESSAGE_EDIT;
}

static uint32_t commits_of(const struct vb_world_node *node)
{
    uint32_t commits = node->store.written;
    for (unsigned i = 0; i < VB_COUNT_OF(node->own); i++)
        commits += node->own[i].written;
    return commits;
}

static uint32_t allowed(const struct checkers *checkers, const struct vb_world_node *node,
                        enum rate_kind kind)
{
    const struct rate *rate = &checkers->rates.nodes[node->index];
    const bool transmits = node->role == VB_WORLD_TRANSMITTER;
    const struct allowance *may = transmits ? &transmitter_may[kind] : &receiver_may[kind];
    const uint32_t causes = rate->causes + rate->causes_before;
    const uint32_t places =
        rate->crowded > 0 ? node->receiver.sizes.peers : checkers->world->transmitter_count;
    const uint32_t peers = transmits ? 1 : places;
    const uint32_t answers = kind == RATE_ANSWERS && transmits ? rate->heard : 0;
    return peers * may->rest + causes * may->each + answers;
}

static void judge(struct checkers *checkers, const struct vb_world_node *node, enum rate_kind kind)
{
    const uint32_t may = allowed(checkers, node, kind);
    const uint32_t count = checkers->rates.nodes[node->index].counts[kind];
    const uint32_t causes = checkers->rates.nodes[node->index].causes +
                            checkers->rates.nodes[node->index].causes_before;
    if (count > may)
        checkers_fail(checkers,
                      "16 bounded: node %u has made %" PRIu32 " %s in %u ms, %" PRIu32
                      " are allowed after %" PRIu32 " boots, changes and faults",
                      node->index, count, transmitter_may[kind].name, RATES_WINDOW_MS, may, causes);
}

void rates_sent(struct checkers *checkers, const struct vb_world_node *node, uint8_t message)
{
    struct rate *rate = &checkers->rates.nodes[node->index];
    enum rate_kind kind = RATE_KINDS;
    if (message == VB_MESSAGE_BEACON)
        kind = RATE_BEACONS;
    else if (message == VB_MESSAGE_HELLO)
        kind = RATE_HELLOS;
    else if (message == VB_MESSAGE_REQUEST)
        kind = RATE_REQUESTS;
    else if (message == VB_MESSAGE_HELLO_ACK || message == VB_MESSAGE_EDIT_RESULT)
        kind = RATE_ANSWERS;
    if (kind == RATE_KINDS)
        return;
    rate->counts[kind]++;
    judge(checkers, node, kind);
}

void rates_turned(struct checkers *checkers, const struct vb_world_node *node)
{
    struct rate *rate = &checkers->rates.nodes[node->index];
    const uint64_t own_ms = vb_world_node_own_ms(node, checkers->world->now_ms);
    if (own_ms >= rate->begun_ms + RATES_WINDOW_MS)
        *rate = (struct rate){.begun_ms = own_ms,
                              .commits_before = commits_of(node),
                              .causes_before = rate->causes,
                              .crowded = (uint8_t)(rate->crowded > 0 ? rate->crowded - 1 : 0)};
    const uint32_t commits = commits_of(node) - rate->commits_before;
    if (commits == rate->counts[RATE_COMMITS])
        return;
    rate->counts[RATE_COMMITS] = commits;
    judge(checkers, node, RATE_COMMITS);
}
