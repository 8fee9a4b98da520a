/* .../cells: the newest reading of a transmitter. */
#include "call.h"
#include "objects.h"
#include "voltbeacon/api/reading_json.h"

/* Between the newest sample and the one before it; a sample received twice counts once. */
static uint32_t interval_ms(const struct vb_reading_ring *ring, const struct vb_reading *newest)
{
    for (uint16_t back = 1; back < ring->count; back++) {
        const struct vb_reading *reading = vb_reading_ring_at(ring, back);
        if (reading->sequence != newest->sequence)
            return newest->sampled_ms - reading->sampled_ms;
    }
    return VB_INTERVAL_UNKNOWN;
}

void vb_cells_json(struct vb_json *json, const struct vb_peer *peer, uint32_t now_ms)
{
    static const struct vb_reading none;
    const struct vb_reading *newest = vb_reading_ring_at(&peer->ring, 0);
    const struct vb_reading_about about = {
        .mac = peer->mac,
        .epoch = peer->epoch,
        .now_ms = now_ms,
        .interval_ms = newest == NULL ? VB_INTERVAL_UNKNOWN : interval_ms(&peer->ring, newest),
    };
    vb_reading_json(json, newest == NULL ? &none : newest, &about);
}

static bool cells_piece(struct vb_response *response, struct vb_json *json)
{
    const struct vb_peer *peer = vb_receiver_peer(response->api->receiver, &response->mac);
    VB_ASSERT(peer != NULL);
    vb_cells_json(json, peer, response->now_ms);
    return false;
}

static void get_cells(struct vb_call *call)
{
    if (vb_call_peer(call) != NULL)
        vb_answer(call, 200, cells_piece);
}

/* ---- The contract ---- */

static const struct vb_property properties[] = {
    {"type", "'cell_update'", NULL},
    {"mac", "Mac", NULL},
    {"epoch", "integer", "The transmitter's boot counter."},
    {"sequence", "integer", "Counts samples; a repeated one keeps its number."},
    {"timestamp", "number|null", "UTC seconds of the sampling; null if unknown."},
    {"age_s", "number|null", "From the sampling to this message."},
    {"together", "boolean", "All cells were sampled at the same time."},
    {"available", "boolean", "At least one cell has a possible value."},
    {"cells", "MaybeNumber[]", "mV; null if a cell is not available."},
    {"min", "integer|null", "mV, over the cells with a possible value, as are the next five."},
    {"max", "integer|null", NULL},
    {"avg", "number|null", NULL},
    {"delta", "integer|null", NULL},
    {"min_index", "integer|null", "From 0."},
    {"max_index", "integer|null", "From 0."},
    {"balancing", "integer[]", "Cells that are being balanced, from 0."},
    {"temps", "MaybeNumber[]", "degC."},
    {"pack_voltage_v", "number|null", NULL},
    {"current_a", "number|null", "Positive charges."},
    {"soc_pct", "number|null", NULL},
    {"interval_s", "number|null", "Between the last two samples."},
};

static const struct vb_type types[] = {
    {"MaybeNumber", NULL, .is = "number|null"},
    {"CellUpdate", "A reading.", VB_OBJECT(properties)},
};

static const struct vb_route routes[] = {
    {"GET", "/api/v1/transmitters/{mac}/cells", VB_ROLE_VIEWER, get_cells, "The newest reading.",
     .answer = "CellUpdate"},
};

const struct vb_topic vb_topic_cells = VB_TOPIC(routes, types);
