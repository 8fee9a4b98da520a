/* Putting a section's fragments together, in turns.
 *
 *            a fragment                       whole, verified, another boot
 *   FREE ------------------------> HELD -----------------------------------> FREE
 *    ^                             ^  |
 *    | nobody waits any more       |  | 5 s, or 2 s without a fragment, while another waits
 *    |              its fragment   |  v
 *    +------------------------- OFFERED <--+
 *                                  |       | 2 s without a fragment: to the next who waits
 *                                  +-------+
 *
 * The buffer is shared by all transmitters, and anybody may pretend to be one. So who holds it does
 * so for a bounded time while others wait; those who have answered a hello come before those who
 * have not, and take it from them at once; and whose turn it is gets asked for its section anew. */
#include "receiver_parts.h"

#include <string.h>

enum {
    TURN_MS = 5000, /* while another waits */
    IDLE_MS = 2000, /* without a fragment, while another waits */
    KEPT_MS = 60000 /* ... while nobody does: the rest will not come any more */
};

bool vb_turn_legal(enum vb_turn_state from, enum vb_turn_state to)
{
    switch (from) {
    case VB_TURN_FREE:
        return to == VB_TURN_HELD;
    case VB_TURN_OFFERED:
    case VB_TURN_HELD:
        return true;
    }
    return false;
}

static void become(struct vb_receiver *r, enum vb_turn_state state, struct vb_peer *peer)
{
    VB_ASSERT(vb_turn_legal(r->turn.state, state));
    VB_ASSERT((state == VB_TURN_FREE) == (peer == NULL));
    r->turn.state = state;
    r->turn.peer = peer;
}

/* Who is next after peer; devices that have answered a hello come first. */
static struct vb_peer *next_waiting(const struct vb_receiver *r, const struct vb_peer *peer)
{
    const unsigned count = r->config.peer_count;
    const unsigned at = peer == NULL ? 0 : (unsigned)(peer - r->config.peers);
    struct vb_peer *next = NULL;
    for (unsigned step = 1; step <= count; step++) {
        struct vb_peer *other = &r->config.peers[(at + step) % count];
        if (!other->used || !other->waits_for_turn || other == peer)
            continue;
        if (other->known)
            return other;
        next = next == NULL ? other : next;
    }
    return next;
}

/* The turn of whoever has it is over. */
static void pass_on(struct vb_receiver *r, uint32_t now_ms)
{
    struct vb_peer *next = next_waiting(r, r->turn.peer);
    if (next == NULL) {
        become(r, VB_TURN_FREE, NULL);
        return;
    }
    become(r, VB_TURN_OFFERED, next);
    r->turn.touched_ms = now_ms;
    next->waits_for_turn = false;
    vb_receiver_ask_again(next);
}

bool vb_turn_holds(const struct vb_receiver *r, const struct vb_peer *peer, uint8_t id)
{
    const struct vb_turn *turn = &r->turn;
    return turn->state == VB_TURN_HELD && turn->peer == peer && turn->section == id &&
           turn->store == peer->store_id;
}

/* Whether peer may begin a section now. */
static bool has_turn(const struct vb_receiver *r, uint32_t now_ms, const struct vb_peer *peer)
{
    const struct vb_turn *turn = &r->turn;
    if (turn->state == VB_TURN_FREE || (peer->known && !turn->peer->known))
        return true;
    if (turn->peer != peer)
        return false;
    /* One section at a time: otherwise two of one transmitter would never complete. */
    return turn->state == VB_TURN_OFFERED || turn->store != peer->store_id ||
           vb_time_reached(now_ms, turn->touched_ms + IDLE_MS);
}

static void begin(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                  const struct vb_record *record)
{
    become(r, VB_TURN_HELD, peer);
    peer->waits_for_turn = false;
    r->turn.begun_ms = now_ms;
    r->turn.section = record->id;
    r->turn.version = record->version;
    r->turn.store = peer->store_id;
    r->turn.total = record->total;
    r->turn.missing = vb_fragments_all(&r->room, record->total);
}

bool vb_turn_take(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                  const struct vb_record *record)
{
    struct vb_turn *turn = &r->turn;
    vb_turn_tick(r, now_ms);
    const bool held = vb_turn_holds(r, peer, record->id);
    const bool this_one = held && turn->version == record->version && turn->total == record->total;
    if (!held && !has_turn(r, now_ms, peer)) {
        peer->waits_for_turn = turn->peer != peer;
        if (!peer->known && !peer->boot.proof_wanted)
            vb_receiver_want_proof(peer, now_ms);
        return false;
    }
    if (!this_one) {
        const uint32_t begun_ms = held ? turn->begun_ms : now_ms; /* a new version, the same turn */
        begin(r, now_ms, peer, record);
        turn->begun_ms = begun_ms;
    }
    turn->touched_ms = now_ms;
    memcpy(r->config.assembly + record->offset, record->bytes, record->size);
    turn->missing &= ~(1u << record->index);
    return turn->missing == 0;
}

void vb_turn_release(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer)
{
    peer->waits_for_turn = false;
    if (r->turn.peer == peer)
        pass_on(r, now_ms);
}

bool vb_turn_spare(struct vb_receiver *r, uint32_t now_ms, const struct vb_peer *peer)
{
    if (r->turn.state == VB_TURN_HELD && peer->known && !r->turn.peer->known)
        pass_on(r, now_ms);
    return r->turn.state != VB_TURN_HELD;
}

/* Milliseconds until the turn is over. */
static uint32_t left_ms(const struct vb_receiver *r, uint32_t now_ms)
{
    const struct vb_turn *turn = &r->turn;
    if (turn->state == VB_TURN_FREE)
        return VB_FOREVER_MS;
    if (next_waiting(r, turn->peer) == NULL && turn->state == VB_TURN_HELD)
        return vb_time_until(now_ms, turn->touched_ms + KEPT_MS);
    const uint32_t idle_ms = vb_time_until(now_ms, turn->touched_ms + IDLE_MS);
    const uint32_t turn_ms =
        turn->state == VB_TURN_HELD ? vb_time_until(now_ms, turn->begun_ms + TURN_MS) : idle_ms;
    return idle_ms < turn_ms ? idle_ms : turn_ms;
}

void vb_turn_tick(struct vb_receiver *r, uint32_t now_ms)
{
    /* If left, its last use would appear to be in the future after 25 days. */
    if (left_ms(r, now_ms) == 0)
        pass_on(r, now_ms);
}

uint32_t vb_turn_wakeup_ms(const struct vb_receiver *r, uint32_t now_ms)
{
    return left_ms(r, now_ms);
}
