#include "history_ask.h"

#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "voltbeacon/api/calendar.h"

enum {
    DAY_S = 86400,
    AUTO_POINTS_MAX = 1500 /* what a chart can show */
};

struct step;

/* The range's ends, and the rest of the question, while the query is being read. */
struct query {
    struct vb_history_ask *ask;
    bool has_to;
    bool has_from;
    bool has_cells;
    const struct step *step; /* NULL = auto */
};

/* == What may be asked ======================================================================= */

static bool take_from(void *ctx, const char *value)
{
    struct query *query = ctx;
    query->has_from = true;
    return vb_moment_parse(value, &query->ask->from_s);
}

static bool take_to(void *ctx, const char *value)
{
    struct query *query = ctx;
    query->has_to = true;
    return vb_moment_parse(value, &query->ask->span.to_s);
}

/* What a point may cover, the finest first. Whatever "auto" chooses is among them, so that the same
 * can be requested again, as CSV for example. */
static const struct step {
    uint32_t step_s;
    enum vb_tier tier;
} steps[] = {{10, VB_TIER_10S},   {60, VB_TIER_1MIN},  {300, VB_TIER_1MIN},
             {900, VB_TIER_1MIN}, {3600, VB_TIER_1H},  {10800, VB_TIER_1H},
             {21600, VB_TIER_1H}, {86400, VB_TIER_1H}, {259200, VB_TIER_1H}};

static bool take_resolution(void *ctx, const char *value)
{
    struct query *query = ctx;
    uint64_t seconds;
    query->step = NULL;
    if (strcmp(value, "auto") == 0)
        return true;
    if (!vb_query_number(value, steps[VB_COUNT_OF(steps) - 1].step_s, &seconds))
        return false;
    for (size_t i = 0; i < VB_COUNT_OF(steps); i++) {
        if (steps[i].step_s == seconds)
            query->step = &steps[i];
    }
    return query->step != NULL;
}

static bool take_format(void *ctx, const char *value)
{
    struct query *query = ctx;
    query->ask->csv = strcmp(value, "csv") == 0;
    return query->ask->csv || strcmp(value, "json") == 0;
}

static bool take_cell(const char **text, unsigned *cell)
{
    const size_t digits = strspn(*text, "0123456789");
    *cell = digits == 0 || digits > 3 ? VB_CELLS_MAX : (unsigned)strtoul(*text, NULL, 10);
    *text += digits;
    return *cell < VB_CELLS_MAX;
}

void vb_history_want_cells(struct vb_history_ask *ask, unsigned first, unsigned last)
{
    VB_ASSERT(last < VB_CELLS_MAX);
    for (unsigned cell = first; cell <= last; cell++)
        ask->cells[cell / 8] |= (uint8_t)(1u << (cell % 8));
}

static bool take_cells(void *ctx, const char *value)
{
    struct query *query = ctx;
    query->has_cells = true;
    if (strcmp(value, "none") == 0)
        return true;
    for (;;) {
        unsigned first;
        if (!take_cell(&value, &first))
            return false;
        unsigned last = first;
        if (*value == '-') {
            value++;
            if (!take_cell(&value, &last) || last < first)
                return false;
        }
        vb_history_want_cells(query->ask, first, last);
        if (*value == '\0')
            return true;
        if (*value++ != ',')
            return false;
    }
}

const struct vb_query_param vb_history_params[VB_HISTORY_PARAMS] = {
    {"from", VB_QUERY_MOMENT, take_from},
    {"to", VB_QUERY_MOMENT, take_to},
    {"resolution", "10, 60, 300, 900, 3600, 10800, 21600, 86400, 259200 or auto", take_resolution},
    {"cells", "a list of cells from 0 to 191 such as 0-95 or 3,17; or none", take_cells},
    {"format", "json or csv", take_format},
};

const struct vb_query_param vb_energy_params[VB_ENERGY_PARAMS] = {
    {"from", VB_QUERY_MOMENT, take_from},
    {"to", VB_QUERY_MOMENT, take_to},
};

/* == The range, and its points =============================================================== */

void vb_answer_no_history(struct vb_call *call)
{
    const struct vb_history_source *history = call->api->history;
    struct vb_history_status status = {.state = VB_HISTORY_OFF};
    if (history != NULL)
        history->status(history->ctx, &status);
    if (history == NULL)
        vb_answer_error(
            call, 503,
            "This receiver keeps no history; a small board has no room for one, any other says "
            "why in its log.");
    else if (status.state == VB_HISTORY_STARTING)
        vb_answer_error(call, 503, "The history is being opened; try again in a few seconds.");
    else
        vb_answer_error(call, 503, "The history cannot be read: %.200s",
                        status.reason[0] == '\0' ? "the receiver's log says why." : status.reason);
}

/* Both ends; by default, the last so many seconds. */
static bool settle_range(struct vb_call *call, const struct query *query, int64_t usual_s)
{
    struct vb_history_ask *ask = query->ask;
    const struct vb_history_source *history = call->api->history;
    if (!query->has_to)
        ask->span.to_s = history->now_s(history->ctx);
    if (!query->has_from)
        ask->from_s = ask->span.to_s > usual_s ? ask->span.to_s - usual_s : 0;
    if (ask->from_s < ask->span.to_s)
        return true;
    vb_answer_error(call, 400, "from must be before to.");
    return false;
}

/* Whether a tier goes back to the start of the range, or as far as there is any data. */
static bool tier_covers(const struct vb_history_source *history, const struct vb_history_ask *ask,
                        enum vb_tier tier)
{
    int64_t own_s;
    int64_t longest_s;
    if (history->oldest(history->ctx, &ask->span.mac, VB_TIER_1H, &longest_s) != VB_ERR_OK)
        return true;
    if (history->oldest(history->ctx, &ask->span.mac, tier, &own_s) != VB_ERR_OK)
        return false;
    return own_s <= ask->from_s || own_s < longest_s + vb_tier_seconds(VB_TIER_1H);
}

/* The place of the finest that is kept at all. */
static size_t finest(const struct vb_history_source *history)
{
    size_t place = 0;
    while (place < VB_COUNT_OF(steps) - 1 && steps[place].step_s < history->finest_s)
        place++;
    return place;
}

/* The finest that a chart can take and that is still kept. */
static void choose_step(const struct vb_history_source *history, struct vb_history_ask *ask)
{
    for (size_t i = finest(history); i < VB_COUNT_OF(steps); i++) {
        ask->span.step_s = steps[i].step_s;
        ask->span.tier = steps[i].tier;
        const int64_t points = (ask->span.to_s - ask->from_s) / steps[i].step_s;
        if (points <= AUTO_POINTS_MAX &&
            (steps[i].tier == VB_TIER_1H || tier_covers(history, ask, steps[i].tier)))
            return;
    }
}

static void settle_step(const struct vb_history_source *history, const struct query *query)
{
    struct vb_history_span *span = &query->ask->span;
    if (query->step == NULL) {
        choose_step(history, query->ask);
        return;
    }
    const struct step *kept = &steps[finest(history)];
    const struct step *step = query->step->step_s < kept->step_s ? kept : query->step;
    span->step_s = step->step_s;
    span->tier = step->tier;
}

static bool begin(struct vb_call *call, struct query *query)
{
    struct vb_history_ask *ask = &call->response->history;
    *ask = (struct vb_history_ask){.span.mac = call->response->mac};
    *query = (struct query){.ask = ask};
    if (call->api->history != NULL)
        return true;
    vb_answer_no_history(call);
    return false;
}

bool vb_history_ask_read(struct vb_call *call)
{
    struct query query;
    if (!begin(call, &query) ||
        !vb_query_read(call, vb_history_params, VB_HISTORY_PARAMS, &query) ||
        !settle_range(call, &query, DAY_S))
        return false;
    settle_step(call->api->history, &query);
    query.ask->at_s = query.ask->from_s - query.ask->from_s % query.ask->span.step_s;
    query.ask->all_cells = !query.has_cells;
    return true;
}

bool vb_energy_ask_read(struct vb_call *call)
{
    enum { ENERGY_DAYS = 30 };
    struct query query;
    return begin(call, &query) && vb_query_read(call, vb_energy_params, VB_ENERGY_PARAMS, &query) &&
           settle_range(call, &query, (int64_t)ENERGY_DAYS * DAY_S);
}
