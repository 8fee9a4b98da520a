/* The states of the search for the channel that a receiver is on.
 *
 *           nothing heard            no answer                no answer on any
 *   LINKED --------------> DOUBTED -----------> SEARCHING <---------------------> RESTING
 *     ^  announced elsewhere  |                     |         the pause is over      |
 *     +-----------------------+---------------------+--------------------------------+
 *                                a receiver is heard
 *
 *   any of them --> BOUND --> DOUBTED
 *             bound      free                                                           */
#include "voltbeacon/device/channel_search.h"

enum {
    QUIET_MS = 600, /* linked and nothing heard: ask */
    /* An unanswered ask is repeated. With a tenth of all frames lost, seven in a row go unanswered
     * once in 100,000 times. */
    DOUBT_ASKS = 7,
    DOUBT_APART_MS = 50,
    /* On a channel that is searched: three asks, then the answer to the last one, which takes a
     * receiver a few ms. Every second and third round is slower, for one that is busy. */
    VISIT_ASKS = 3,
    VISIT_APART_MS = 20,
    VISIT_ANSWER_MS = 30,
    PACES = 3,
    /* Rounds follow each other until every pace had its turn; then after a pause, doubling. */
    PAUSE_MS_MIN = 1000,
    PAUSE_MS_MAX = 5000
};

const char *vb_channel_name(enum vb_channel_state state)
{
    switch (state) {
    case VB_CHANNEL_LINKED:
        return "linked";
    case VB_CHANNEL_DOUBTED:
        return "doubted";
    case VB_CHANNEL_SEARCHING:
        return "searching";
    case VB_CHANNEL_RESTING:
        return "resting";
    case VB_CHANNEL_BOUND:
        return "bound";
    }
    return "searching";
}

bool vb_channel_legal(enum vb_channel_state from, enum vb_channel_state to)
{
    switch (from) {
    case VB_CHANNEL_LINKED:
        return to == VB_CHANNEL_DOUBTED || to == VB_CHANNEL_BOUND;
    case VB_CHANNEL_DOUBTED:
        return to != from && to != VB_CHANNEL_RESTING;
    case VB_CHANNEL_SEARCHING:
    case VB_CHANNEL_RESTING:
        return to != from && to != VB_CHANNEL_DOUBTED;
    case VB_CHANNEL_BOUND:
        return to == VB_CHANNEL_DOUBTED;
    }
    return false;
}

static void become(struct vb_channel_search *search, enum vb_channel_state state)
{
    VB_ASSERT(vb_channel_legal(search->state, state));
    search->state = state;
}

/* ---- Rounds ---- */

static void put(struct vb_channel_search *search, uint8_t channel)
{
    for (uint8_t i = 0; i < search->order_count; i++) {
        if (search->order[i] == channel)
            return;
    }
    VB_ASSERT(search->order_count < VB_CHANNEL_MAX);
    search->order[search->order_count++] = channel;
}

/* The last known channel, then those that most access points are on, then the others. */
static void make_order(struct vb_channel_search *search)
{
    static const uint8_t usual[] = {1, 6, 11};
    search->order_count = 0;
    if (search->home != 0)
        put(search, search->home);
    for (unsigned i = 0; i < VB_COUNT_OF(usual); i++) {
        if (usual[i] <= search->channels)
            put(search, usual[i]);
    }
    for (uint8_t channel = 1; channel <= search->channels; channel++)
        put(search, channel);
}

static void ask_here(struct vb_channel_search *search, uint32_t now_ms, uint8_t asks)
{
    search->asks_left = asks;
    search->at_ms = now_ms;
}

static uint32_t pause_ms(const struct vb_channel_search *search)
{
    uint32_t ms = PAUSE_MS_MIN;
    if (search->rounds < PACES)
        return 0;
    for (uint8_t i = PACES; i < search->rounds && ms < PAUSE_MS_MAX; i++)
        ms *= 2;
    return ms < PAUSE_MS_MAX ? ms : PAUSE_MS_MAX;
}

/* A receiver that comes back says hello: it is most likely to do so on the last known channel. */
static void rest(struct vb_channel_search *search, uint32_t now_ms)
{
    if (search->rounds < UINT8_MAX)
        search->rounds++;
    become(search, VB_CHANNEL_RESTING);
    search->channel = search->order[0];
    search->at_ms = now_ms + pause_ms(search);
}

static void visit_next(struct vb_channel_search *search, uint32_t now_ms)
{
    if (search->visited == search->order_count) {
        rest(search, now_ms);
        return;
    }
    search->channel = search->order[search->visited++];
    ask_here(search, now_ms, VISIT_ASKS);
}

static void begin_round(struct vb_channel_search *search, uint32_t now_ms)
{
    become(search, VB_CHANNEL_SEARCHING);
    search->is_away = true;
    search->visited = 0;
    make_order(search);
    visit_next(search, now_ms);
}

static void doubt(struct vb_channel_search *search, uint32_t now_ms, uint8_t channel)
{
    if (search->state != VB_CHANNEL_DOUBTED)
        become(search, VB_CHANNEL_DOUBTED);
    search->channel = channel;
    ask_here(search, now_ms, DOUBT_ASKS);
}

/* ---- What happens ---- */

void vb_channel_search_init(struct vb_channel_search *search, uint32_t now_ms, uint8_t kept,
                            uint8_t channels)
{
    VB_ASSERT(channels >= 1 && channels <= VB_CHANNEL_MAX);
    const bool known = kept >= 1 && kept <= channels;
    *search = (struct vb_channel_search){.state = VB_CHANNEL_DOUBTED,
                                         .channel = known ? kept : 1,
                                         .home = known ? kept : 0,
                                         .channels = channels,
                                         .recovered_ms = VB_AGE_UNKNOWN};
    vb_age_restart(&search->heard, now_ms);
    ask_here(search, now_ms, DOUBT_ASKS);
}

static void count_recovery(struct vb_channel_search *search, uint32_t now_ms)
{
    if (!search->is_away)
        return;
    search->is_away = false;
    search->recovered_ms = vb_age_ms(&search->heard, now_ms);
    search->recoveries++;
}

void vb_channel_search_heard(struct vb_channel_search *search, uint32_t now_ms, uint8_t channel)
{
    VB_ASSERT(channel <= VB_CHANNEL_MAX);
    if (search->state == VB_CHANNEL_BOUND)
        channel = search->channel;
    else if (search->state != VB_CHANNEL_LINKED)
        become(search, VB_CHANNEL_LINKED);
    if (channel != 0)
        search->channel = channel;
    search->home = search->channel;
    search->rounds = 0;
    count_recovery(search, now_ms);
    vb_age_restart(&search->heard, now_ms);
    search->at_ms = now_ms + QUIET_MS;
}

void vb_channel_search_announced(struct vb_channel_search *search, uint32_t now_ms, uint8_t channel)
{
    VB_ASSERT(channel >= 1 && channel <= VB_CHANNEL_MAX);
    if (search->state != VB_CHANNEL_LINKED && search->state != VB_CHANNEL_DOUBTED)
        return; /* whoever announces it, nothing says that a receiver follows */
    if (channel == search->channel)
        return;
    search->is_away = true;
    doubt(search, now_ms, channel);
}

void vb_channel_search_bind(struct vb_channel_search *search, uint32_t now_ms, uint8_t channel)
{
    VB_ASSERT(channel <= VB_CHANNEL_MAX);
    const bool was_bound = search->state == VB_CHANNEL_BOUND;
    if (channel == 0 && was_bound)
        doubt(search, now_ms, search->channel);
    if (channel == 0)
        return;
    if (!was_bound)
        become(search, VB_CHANNEL_BOUND);
    search->channel = channel;
    search->rounds = 0;
}

void vb_channel_search_refused(struct vb_channel_search *search, uint32_t now_ms)
{
    if (search->state == VB_CHANNEL_SEARCHING)
        visit_next(search, now_ms);
    else if (search->state == VB_CHANNEL_DOUBTED)
        begin_round(search, now_ms);
}

/* ---- Time ---- */

/* Asks once more; false if all asks have been waited for. */
static bool ask_again(struct vb_channel_search *search, uint32_t now_ms, uint32_t apart_ms,
                      uint32_t answer_ms)
{
    if (search->asks_left == 0)
        return false;
    search->asks_left--;
    search->at_ms = now_ms + (search->asks_left > 0 ? apart_ms : answer_ms);
    return true;
}

static bool ask_where_searched(struct vb_channel_search *search, uint32_t now_ms)
{
    const unsigned pace = search->rounds % PACES;
    return ask_again(search, now_ms, (uint32_t)VISIT_APART_MS << pace,
                     (uint32_t)VISIT_ANSWER_MS << pace);
}

/* One step; where it enters another state, the first ask follows with the next, at once. */
bool vb_channel_search_tick(struct vb_channel_search *search, uint32_t now_ms)
{
    vb_age_advance(&search->heard, now_ms);
    if (!vb_time_reached(now_ms, search->at_ms))
        return false;
    switch (search->state) {
    case VB_CHANNEL_LINKED:
        doubt(search, now_ms, search->channel);
        return false;
    case VB_CHANNEL_DOUBTED:
        if (ask_again(search, now_ms, DOUBT_APART_MS, DOUBT_APART_MS))
            return true;
        begin_round(search, now_ms);
        return false;
    case VB_CHANNEL_SEARCHING:
        if (ask_where_searched(search, now_ms))
            return true;
        visit_next(search, now_ms);
        return false;
    case VB_CHANNEL_RESTING:
        begin_round(search, now_ms);
        return false;
    case VB_CHANNEL_BOUND:
        return false;
    }
    return false;
}

uint32_t vb_channel_search_wakeup_ms(const struct vb_channel_search *search, uint32_t now_ms)
{
    return search->state == VB_CHANNEL_BOUND ? VB_FOREVER_MS : vb_time_until(now_ms, search->at_ms);
}

struct vb_channel_report vb_channel_search_report(const struct vb_channel_search *search,
                                                  uint32_t now_ms)
{
    return (struct vb_channel_report){
        .state = search->state,
        .channel = search->channel,
        .without_ms = search->state == VB_CHANNEL_LINKED ? 0 : vb_age_ms(&search->heard, now_ms),
        .recovered_ms = search->recovered_ms,
        .recoveries = search->recoveries};
}
