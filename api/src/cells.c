/* .../cells: the newest reading of a transmitter. */
#include "call.h"
#include "objects.h"
#include "voltbeacon/api/reading_json.h"

/* Between the newest sample and the one before it; a sample that came twice counts once. */
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

void vb_get_cells(struct vb_call *call)
{
    if (vb_call_peer(call) != NULL)
        vb_answer(call, 200, cells_piece);
}
