#include "history_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calendar.h"

enum {
    VALUE_SIZE = 200,
    DAY_S = 86400,
    AUTO_POINTS_MAX = 1500 /* what a chart can show */
};

/* How the range's ends, and all that was asked, stand while the query is read. */
struct query {
    struct vb_history_ask *ask;
    bool has_to;
    bool has_from;
    bool has_cells;
    uint32_t resolution_s; /* 0 = auto */
};

struct param {
    const char *name;
    bool (*take)(struct query *query, const char *value);
    const char *allowed;
};

/* == One parameter =========================================================================== */

static bool take_from(struct query *query, const char *value)
{
    query->has_from = true;
    return vb_moment_parse(value, &query->ask->from_s);
}

static bool take_to(struct query *query, const char *value)
{
    query->has_to = true;
    return vb_moment_parse(value, &query->ask->span.to_s);
}

static bool take_resolution(struct query *query, const char *value)
{
    static const struct {
        const char *text;
        uint32_t seconds;
    } known[] = {{"auto", 0}, {"10", 10}, {"60", 60}, {"3600", 3600}};
    for (size_t i = 0; i < VB_COUNT_OF(known); i++) {
        if (strcmp(value, known[i].text) == 0) {
            query->resolution_s = known[i].seconds;
            return true;
        }
    }
    return false;
}

static bool take_format(struct query *query, const char *value)
{
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

static bool take_cells(struct query *query, const char *value)
{
    query->has_cells = true;
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

#define MOMENT "a moment, as 2026-11-22T20:00:00Z or in seconds since 1970"

static const struct param history_params[] = {
    {"from", take_from, MOMENT},
    {"to", take_to, MOMENT},
    {"resolution", take_resolution, "10, 60, 3600 or auto"},
    {"cells", take_cells, "a list of cells counted from 0, as 0-95 or 3,17; the last is 191"},
    {"format", take_format, "json or csv"},
};

static const struct param energy_params[] = {
    {"from", take_from, MOMENT},
    {"to", take_to, MOMENT},
};

/* == All of them ============================================================================= */

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits) % 16;
}

/* Resolves %xx. False where it is malformed or too long. */
static bool decode(const char *text, size_t length, char value[VALUE_SIZE])
{
    size_t size = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '%') {
            const int high = i + 2 < length ? hex_digit(text[i + 1]) : -1;
            const int low = high < 0 ? -1 : hex_digit(text[i + 2]);
            if (low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if ((unsigned char)c < 0x20 || size == VALUE_SIZE - 1)
            return false;
        value[size++] = c;
    }
    value[size] = '\0';
    return true;
}

static void answer_unknown(struct vb_call *call, const char *name, size_t size,
                           const struct param *params, size_t count)
{
    char known[64];
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        at +=
            (size_t)snprintf(known + at, sizeof known - at, i == 0 ? "%s" : ", %s", params[i].name);
        VB_ASSERT(at < sizeof known);
    }
    vb_answer_error(call, 400, "There is no parameter %.*s here; there are %s.",
                    (int)(size < 40 ? size : 40), name, known);
}

/* One name=value of the query. False, and the answer begun, if it is not acceptable. */
static bool read_param(struct vb_call *call, struct query *query, const char *text, size_t length,
                       const struct param *params, size_t count)
{
    const char *equals = memchr(text, '=', length);
    const size_t name_size = equals == NULL ? length : (size_t)(equals - text);
    char value[VALUE_SIZE] = "";

    for (size_t i = 0; i < count; i++) {
        if (strlen(params[i].name) != name_size || memcmp(params[i].name, text, name_size) != 0)
            continue;
        if (equals != NULL && decode(equals + 1, length - name_size - 1, value) &&
            params[i].take(query, value))
            return true;
        vb_answer_error(call, 400, "%s=%.60s is not possible; it may be %s.", params[i].name, value,
                        params[i].allowed);
        return false;
    }
    answer_unknown(call, text, name_size, params, count);
    return false;
}

static bool read_query(struct vb_call *call, struct query *query, const struct param *params,
                       size_t count)
{
    const char *text = call->request->query;
    while (text != NULL && *text != '\0') {
        const size_t length = strcspn(text, "&");
        if (length > 0 && !read_param(call, query, text, length, params, count))
            return false;
        text += length + (text[length] == '&' ? 1 : 0);
    }
    return true;
}

/* == The range, and its points =============================================================== */

void vb_answer_no_history(struct vb_call *call)
{
    const struct vb_history_source *history = call->api->history;
    struct vb_history_status status = {.state = VB_HISTORY_OFF};
    if (history != NULL)
        history->status(history->ctx, &status);
    if (history == NULL)
        vb_answer_error(call, 503, "This receiver keeps no history.");
    else if (status.state == VB_HISTORY_STARTING)
        vb_answer_error(call, 503, "The history is being opened; ask again in a few seconds.");
    else
        vb_answer_error(call, 503, "The history cannot be read: %.200s",
                        status.reason[0] == '\0' ? "the receiver's log says why." : status.reason);
}

/* Both ends: the last so many seconds where the query does not say. */
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
    vb_answer_error(call, 400, "from is not before to; the range must have a length.");
    return false;
}

/* Whether a tier reaches back to the range's begin, or as far as there is anything. */
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

/* The finest that a chart can take and that is still kept. */
static void choose_step(const struct vb_history_source *history, struct vb_history_ask *ask)
{
    static const struct {
        uint32_t step_s;
        enum vb_tier tier;
    } steps[] = {{10, VB_TIER_10S},   {60, VB_TIER_1MIN},  {300, VB_TIER_1MIN},
                 {900, VB_TIER_1MIN}, {3600, VB_TIER_1H},  {10800, VB_TIER_1H},
                 {21600, VB_TIER_1H}, {86400, VB_TIER_1H}, {259200, VB_TIER_1H}};
    for (size_t i = 0; i < VB_COUNT_OF(steps); i++) {
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
    span->step_s = query->resolution_s;
    for (unsigned tier = 0; tier < VB_TIERS; tier++) {
        if (vb_tier_seconds((enum vb_tier)tier) == query->resolution_s)
            span->tier = (enum vb_tier)tier;
    }
    if (query->resolution_s == 0)
        choose_step(history, query->ask);
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
        !read_query(call, &query, history_params, VB_COUNT_OF(history_params)) ||
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
    return begin(call, &query) &&
           read_query(call, &query, energy_params, VB_COUNT_OF(energy_params)) &&
           settle_range(call, &query, (int64_t)ENERGY_DAYS * DAY_S);
}
