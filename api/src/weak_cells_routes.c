/* .../weak-cells: which cells are weak, and how sure that is. */
#include "voltbeacon/pack/weak_cells.h"

#include <math.h>

#include "call.h"
#include "json_time.h"

enum { WEAKEST_MAX = 10, DECIMALS = 3, UNIT = 1000 };

static void number_json(struct vb_json *json, const char *key, double value)
{
    if (isfinite(value) && fabs(value) < 1e12)
        vb_json_fixed(json, key, (int64_t)round(value * UNIT), DECIMALS);
    else
        vb_json_null(json, key);
}

/* Nothing was learnt of a cell that is neither: its rank would only be its position. */
static bool is_known(const struct vb_weak_cell_result *cell)
{
    return isfinite(cell->deviation_rest_mv) || isfinite(cell->deviation_load_mv);
}

static void cell_json(struct vb_json *json, const struct vb_weak_cell_result *cell, uint8_t rank)
{
    vb_json_object(json, NULL);
    vb_json_integer(json, "index", cell->index);
    vb_json_integer(json, "number", cell->index + 1);
    number_json(json, "deviation_rest_mv", cell->deviation_rest_mv);
    number_json(json, "deviation_load_mv", cell->deviation_load_mv);
    number_json(json, "resistance_mohm", cell->resistance_mohm);
    number_json(json, "resistance_uncertainty_mohm", cell->resistance_uncertainty_mohm);
    vb_json_integer(json, "resistance_steps", cell->resistance_steps);
    number_json(json, "balancing_hours", cell->balancing_hours);
    vb_json_integer_if(json, "rank", is_known(cell), rank);
    vb_json_object_end(json);
}

static void weakest_json(struct vb_json *json, const struct vb_weak_cells *weak,
                         const uint8_t *ranks, uint8_t count)
{
    vb_json_array(json, "weakest");
    for (unsigned rank = 1; rank <= WEAKEST_MAX; rank++) {
        for (uint8_t i = 0; i < count; i++) {
            if (ranks[i] != rank)
                continue;
            const struct vb_weak_cell_result cell = vb_weak_cells_result(weak, i);
            if (is_known(&cell))
                vb_json_integer(json, NULL, i + 1);
        }
    }
    vb_json_array_end(json);
}

/* Some cells a piece. */
static bool weak_cells_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_weak_cells_source *source = response->api->weak_cells;
    const struct vb_weak_cells *weak = source->of(source->ctx, &response->mac);
    const uint8_t count = weak == NULL ? 0 : weak->cell_count;
    uint8_t ranks[VB_CELLS_MAX];
    char mac[VB_MAC_TEXT_SIZE];
    if (response->at.part == 0) {
        response->at.part = 1;
        vb_mac_format(&response->mac, mac);
        vb_json_object(json, NULL);
        vb_json_string(json, "mac", mac);
        vb_time_json(json, "since", weak == NULL ? 0 : weak->since_wall_ms);
        vb_json_array(json, "cells");
        return true;
    }
    if (weak != NULL)
        vb_weak_cells_ranks(weak, ranks);
    for (unsigned i = 0; response->at.item < count && i < WEAKEST_MAX; i++) {
        const uint8_t index = response->at.item++;
        const struct vb_weak_cell_result cell = vb_weak_cells_result(weak, index);
        cell_json(json, &cell, ranks[index]);
    }
    if (response->at.item < count)
        return true;
    vb_json_array_end(json);
    weakest_json(json, weak, ranks, count);
    vb_json_object_end(json);
    return false;
}

static void get_weak_cells(struct vb_call *call)
{
    if (vb_call_peer(call) == NULL)
        return;
    if (call->api->weak_cells == NULL)
        vb_answer_error(call, 503, "This receiver does not track weak cells; its log says why.");
    else
        vb_answer(call, 200, weak_cells_piece);
}

/* ---- The contract ---- */

static const struct vb_property cell_properties[] = {
    {"index", "integer", "From 0."},
    {"number", "integer", "From 1."},
    {"deviation_rest_mv", "number|null", NULL},
    {"deviation_load_mv", "number|null", NULL},
    {"resistance_mohm", "number|null", NULL},
    {"resistance_uncertainty_mohm", "number|null", NULL},
    {"resistance_steps", "integer", "Load steps that it was learnt from."},
    {"balancing_hours", "number|null", NULL},
    {"rank", "integer|null", "1 is the weakest; null while nothing is known."},
};

static const struct vb_property properties[] = {
    {"mac", "Mac", NULL},
    {"since", "time|null", "When the learning began."},
    {"cells", "WeakCell[]", NULL},
    {"weakest", "integer[]", "Numbers, from 1, of the ten weakest cells, weakest first."},
};

static const struct vb_type types[] = {
    {"WeakCell", NULL, VB_OBJECT(cell_properties)},
    {"WeakCells", "What has been learnt about each cell in normal use.", VB_OBJECT(properties)},
};

static const struct vb_route routes[] = {
    {"GET", "/api/v1/transmitters/{mac}/weak-cells", VB_ROLE_VIEWER, get_weak_cells,
     "Which cells are weak, and how certain that is.", .answer = "WeakCells"},
};

const struct vb_topic vb_topic_weak_cells = VB_TOPIC(routes, types);
