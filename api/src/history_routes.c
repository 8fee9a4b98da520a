/* .../history and .../energy: what the receiver has kept of a transmitter's readings. */
#include "history_answer.h"

#include <string.h>

#include "voltbeacon/api/calendar.h"

const char *vb_history_state_name(enum vb_history_state state)
{
    static const char *const names[] = {"off", "starting", "recording", "paused", "waiting"};
    VB_ASSERT((size_t)state < VB_COUNT_OF(names));
    return names[state];
}

/* How many rows are read in one turn of the loop: some milliseconds. */
enum { ROWS_MAX = 1000 };

/* Where an answer has got to: response->at.part. */
enum part { PART_HEAD, PART_ITEMS };

static const char unreadable[] = "The history could not be read to the end; the receiver's log "
                                 "says why.";

enum vb_err vb_history_next(struct vb_response *response, int64_t *at_s,
                            struct vb_history_view *point)
{
    const struct vb_history_source *history = response->api->history;
    struct vb_history_ask *ask = &response->history;
    const enum vb_err err = history->point(history->ctx, &ask->span, ask->at_s, at_s, point);
    if (err != VB_ERR_OK)
        return err;
    VB_ASSERT(*at_s >= ask->at_s && *at_s < ask->span.to_s);
    ask->at_s = *at_s + ask->span.step_s;
    ask->rows += ask->span.step_s / vb_tier_seconds(ask->span.tier);
    if (ask->rows >= ROWS_MAX) {
        response->enough = true;
        ask->rows = 0;
    }
    return VB_ERR_OK;
}

/* == Points as JSON ========================================================================== */

/* A quantity's unit: how many decimals of it a value has; its mean has one more. */
static void value_json(struct vb_json *json, const char *key, const struct vb_rollup_value *value,
                       unsigned decimals)
{
    if (value->count == 0) {
        vb_json_null(json, key);
        return;
    }
    vb_json_array(json, key);
    vb_json_fixed(json, NULL, value->min, decimals);
    vb_json_fixed(json, NULL, vb_rollup_mean_tenths(value), decimals + 1);
    vb_json_fixed(json, NULL, value->max, decimals);
    vb_json_array_end(json);
}

static void point_json(struct vb_json *json, const struct vb_history_ask *ask, int64_t at_s,
                       const struct vb_history_view *point)
{
    vb_json_object(json, NULL);
    vb_json_integer(json, "at", at_s);
    vb_json_integer(json, "readings", point->readings);
    value_json(json, "pack_v", &point->pack_mv, 3);
    value_json(json, "current_a", &point->current_ma, 3);
    value_json(json, "soc_percent", &point->soc_permille, 1);
    vb_json_array(json, "temperatures_c");
    for (unsigned i = 0; i < point->temp_count; i++)
        value_json(json, NULL, &point->temps_dc[i], 1);
    vb_json_array_end(json);
    value_json(json, "all_temperatures_c", &point->all_temps_dc, 1);
    value_json(json, "all_cells_mv", &point->all_cells_mv, 0);
    vb_json_array(json, "cells_mv");
    for (unsigned i = 0; i < VB_CELLS_MAX; i++) {
        if (vb_history_wants_cell(ask, i))
            value_json(json, NULL, &point->cells_mv[i], 0);
    }
    vb_json_array_end(json);
    vb_json_object_end(json);
}

static void head_json(struct vb_json *json, const struct vb_response *response)
{
    const struct vb_history_ask *ask = &response->history;
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&ask->span.mac, mac);
    vb_json_object(json, NULL);
    vb_json_string(json, "mac", mac);
    vb_json_integer(json, "from", ask->from_s);
    vb_json_integer(json, "to", ask->span.to_s);
    vb_json_integer(json, "resolution_s", ask->span.step_s);
    vb_json_string(json, "time_zone", "UTC");
    vb_json_bool(json, "by_cell", response->api->history->by_cell);
    vb_json_array(json, "cells");
    for (unsigned i = 0; i < VB_CELLS_MAX; i++) {
        if (vb_history_wants_cell(ask, i))
            vb_json_integer(json, NULL, i);
    }
    vb_json_array_end(json);
    vb_json_object(json, "units");
    vb_json_string(json, "cells", "mV");
    vb_json_string(json, "pack", "V");
    vb_json_string(json, "current", "A");
    vb_json_string(json, "soc", "%");
    vb_json_string(json, "temperatures", "degC");
    vb_json_object_end(json);
    vb_json_array(json, "points");
}

/* Closes the list, and says if it is incomplete: the status was sent long ago. */
static void end_json(struct vb_json *json, enum vb_err err)
{
    vb_json_array_end(json);
    if (err != VB_ERR_NOT_FOUND)
        vb_json_string(json, "error", unreadable);
    vb_json_object_end(json);
}

bool vb_history_json_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_history_ask before = response->history;
    struct vb_history_view point;
    int64_t at_s;
    if (response->at.part == PART_HEAD) {
        response->at.part = PART_ITEMS;
        head_json(json, response);
        return true;
    }
    const enum vb_err err = vb_history_next(response, &at_s, &point);
    if (err == VB_ERR_OK)
        point_json(json, &before, at_s, &point);
    else
        end_json(json, err);
    if (json->failed)
        response->history = before; /* it is asked for once more */
    return err == VB_ERR_OK;
}

/* How many cells and sensors there are, where the query does not say which: as many as the range's
 * first point has, or the newest reading. */
static enum vb_err settle_columns(struct vb_response *response, const struct vb_peer *peer)
{
    struct vb_history_ask *ask = &response->history;
    const struct vb_history_ask before = *ask;
    const struct vb_reading *newest = vb_reading_ring_at(&peer->ring, 0);
    struct vb_history_view point;
    int64_t at_s;
    unsigned cell_count = 0;

    const enum vb_err err = vb_history_next(response, &at_s, &point);
    if (err != VB_ERR_OK && err != VB_ERR_NOT_FOUND)
        return err;
    *ask = before;
    if (!response->api->history->by_cell) {
        memset(ask->cells, 0, sizeof ask->cells);
        return VB_ERR_OK;
    }
    if (newest != NULL && (newest->flags & VB_READING_SUMMARY) == 0) {
        cell_count = newest->cell_count;
        ask->temp_count = newest->temp_count;
    }
    if (err == VB_ERR_OK && point.cell_count > cell_count)
        cell_count = point.cell_count;
    if (err == VB_ERR_OK && point.temp_count > ask->temp_count)
        ask->temp_count = point.temp_count;
    if (ask->all_cells && cell_count > 0)
        vb_history_want_cells(ask, 0, cell_count - 1);
    return VB_ERR_OK;
}

static void get_history(struct vb_call *call)
{
    const struct vb_peer *peer = vb_call_peer(call);
    if (peer == NULL || !vb_history_ask_read(call))
        return;
    if (settle_columns(call->response, peer) != VB_ERR_OK) {
        vb_answer_no_history(call);
        return;
    }
    const bool csv = call->response->history.csv;
    vb_answer(call, 200, csv ? vb_history_csv_piece : vb_history_json_piece);
    if (csv) {
        call->response->content_type = "text/csv; charset=utf-8; header=present";
        vb_history_csv_name(&call->response->history, call->response->disposition,
                            sizeof call->response->disposition);
    }
}

/* == Energy ================================================================================== */

static void energy_head_json(struct vb_json *json, const struct vb_response *response)
{
    const struct vb_history_source *history = response->api->history;
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&response->history.span.mac, mac);
    vb_json_object(json, NULL);
    vb_json_string(json, "mac", mac);
    vb_json_string(json, "time_zone", history->time_zone(history->ctx));
    vb_json_array(json, "days");
}

static void day_json(struct vb_json *json, const struct vb_history_day *day)
{
    char date[VB_DATE_TEXT_SIZE];
    vb_date_format(day->day, date);
    vb_json_object(json, NULL);
    vb_json_string(json, "day", date);
    vb_json_fixed(json, "in_kwh", (int64_t)(day->in_kwh * 1000 + 0.5), 3);
    vb_json_fixed(json, "out_kwh", (int64_t)(day->out_kwh * 1000 + 0.5), 3);
    vb_json_object_end(json);
}

static bool energy_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_history_source *history = response->api->history;
    struct vb_history_ask *ask = &response->history;
    struct vb_history_day day;
    if (response->at.part == PART_HEAD) {
        response->at.part = PART_ITEMS;
        energy_head_json(json, response);
        return true;
    }
    enum vb_err err = history->day(history->ctx, &ask->span.mac, ask->day, &day);
    if (err == VB_ERR_OK && day.day > history->day_of(history->ctx, ask->span.to_s - 1))
        err = VB_ERR_NOT_FOUND;
    if (err == VB_ERR_OK)
        day_json(json, &day);
    else
        end_json(json, err);
    if (err == VB_ERR_OK && !json->failed)
        ask->day = day.day + 1;
    return err == VB_ERR_OK;
}

static void get_energy(struct vb_call *call)
{
    if (vb_call_peer(call) == NULL || !vb_energy_ask_read(call))
        return;
    const struct vb_history_source *history = call->api->history;
    struct vb_history_ask *ask = &call->response->history;
    struct vb_history_day first;
    ask->day = history->day_of(history->ctx, ask->from_s);
    const enum vb_err err = history->day(history->ctx, &ask->span.mac, ask->day, &first);
    if (err == VB_ERR_OK || err == VB_ERR_NOT_FOUND)
        vb_answer(call, 200, energy_piece);
    else
        vb_answer_no_history(call);
}

/* == The contract ============================================================================ */

static const struct vb_property unit_properties[] = {
    {"cells", "'mV'", NULL},          {"pack", "'V'", NULL},
    {"current", "'A'", NULL},         {"soc", "'%'", NULL},
    {"temperatures", "'degC'", NULL},
};

static const struct vb_property point_properties[] = {
    {"at", "integer", "When the point begins, in seconds since 1970 UTC."},
    {"readings", "integer", NULL},
    {"pack_v", "Triple|null", NULL},
    {"current_a", "Triple|null", NULL},
    {"soc_percent", "Triple|null", NULL},
    {"temperatures_c", "MaybeTriple[]", "One for each sensor; empty where by_cell is false."},
    {"all_temperatures_c", "Triple|null", "Over all sensors."},
    {"all_cells_mv", "Triple|null", "Over all cells."},
    {"cells_mv", "MaybeTriple[]", "The requested cells, in their order."},
};

static const struct vb_property history_properties[] = {
    {"mac", "Mac", NULL},
    {"from", "integer", NULL},
    {"to", "integer", NULL},
    {"resolution_s", "integer", "Length of a point."},
    {"time_zone", "text", NULL},
    {"by_cell", "boolean",
     "False: a small device keeps no cell or sensor by itself, and cells is empty."},
    {"cells", "integer[]", "The cells in cells_mv, from 0."},
    {"units", "HistoryUnits", NULL},
    {"points", "HistoryPoint[]", "There is none where nothing was received."},
    {"error?", "text", "The answer had to break off."},
};

static const struct vb_property day_properties[] = {
    {"day", "text", "2026-11-22"},
    {"in_kwh", "number", NULL},
    {"out_kwh", "number", NULL},
};

static const struct vb_property energy_properties[] = {
    {"mac", "Mac", NULL},
    {"time_zone", "text", "Of the days."},
    {"days", "EnergyDay[]", "Days without energy are left out."},
    {"error?", "text", "The answer had to break off."},
};

static const struct vb_type types[] = {
    {"Triple", "The lowest, the mean and the highest.", .is = "number[3]"},
    {"MaybeTriple", "Null: no reading had a possible value.", .is = "Triple|null"},
    {"HistoryUnits", NULL, VB_OBJECT(unit_properties)},
    {"HistoryPoint", NULL, VB_OBJECT(point_properties)},
    {"History", "The recorded readings of a transmitter.", VB_OBJECT(history_properties)},
    {"EnergyDay", NULL, VB_OBJECT(day_properties)},
    {"Energy", "Energy into and out of the battery, by day.", VB_OBJECT(energy_properties)},
};

static const struct vb_route routes[] = {
    {"GET", "/api/v1/transmitters/{mac}/history", VB_ROLE_VIEWER, get_history,
     "Its recorded readings, as JSON or CSV.", .answer = "History", .content = "text/csv",
     .params = vb_history_params, .param_count = VB_HISTORY_PARAMS},
    {"GET", "/api/v1/transmitters/{mac}/energy", VB_ROLE_VIEWER, get_energy, "Energy of each day.",
     .answer = "Energy", .params = vb_energy_params, .param_count = VB_ENERGY_PARAMS},
};

const struct vb_topic vb_topic_history = VB_TOPIC(routes, types);
