/* When a hello goes out to a transmitter.
 *
 *            something to ask           its time has come, or nothing more is to be waited for
 *   NONE -------------------> WANTED ---------------------------------------------------> DUE
 *    ^ ^                        |                                                          |
 *    | +------------------------+ it has been answered for, or nobody is there             |
 *    +-------------------------------------------------------------------------------------+
 *                                       it is sent                                           */
#include "receiver_hello.h"

#include "receiver_parts.h"

enum { APART_MAX_MS = 5000 /* unanswered hellos back off up to this */ };

bool vb_hello_legal(enum vb_hello_state from, enum vb_hello_state to)
{
    switch (from) {
    case VB_HELLO_NONE:
    case VB_HELLO_WANTED:
        return true;
    case VB_HELLO_DUE:
        return to != VB_HELLO_WANTED;
    }
    return false;
}

void vb_hello_become(struct vb_peer *peer, enum vb_hello_state state)
{
    VB_ASSERT(vb_hello_legal(peer->hello, state));
    peer->hello = state;
}

void vb_hello_in_vain(uint8_t *in_vain)
{
    if (*in_vain < UINT8_MAX)
        ++*in_vain;
}

uint32_t vb_hello_backed_off_ms(uint32_t apart_ms, uint8_t in_vain)
{
    if (apart_ms >= APART_MAX_MS)
        return apart_ms;
    for (; in_vain > 1 && apart_ms < APART_MAX_MS; in_vain--)
        apart_ms *= 2;
    return apart_ms < APART_MAX_MS ? apart_ms : APART_MAX_MS;
}

void vb_receiver_want_hello(struct vb_peer *peer, uint32_t now_ms, uint32_t apart_ms)
{
    if (peer->boot.state == VB_BOOT_CLONED)
        apart_ms = VB_HELLO_CLONED_APART_MS;
    apart_ms = vb_hello_backed_off_ms(apart_ms, peer->boot.unanswered);
    const uint32_t age_ms = vb_age_ms(&peer->hello_age, now_ms);
    const uint32_t at_ms = now_ms + (age_ms < apart_ms ? apart_ms - age_ms : 0);
    if (peer->hello == VB_HELLO_DUE ||
        (peer->hello == VB_HELLO_WANTED && (int32_t)(at_ms - peer->hello_at_ms) >= 0))
        return;
    vb_hello_become(peer, at_ms == now_ms ? VB_HELLO_DUE : VB_HELLO_WANTED);
    peer->hello_at_ms = at_ms;
}

void vb_receiver_spare_hello(struct vb_peer *peer)
{
    if (peer->hello == VB_HELLO_WANTED)
        vb_hello_become(peer, VB_HELLO_NONE);
}
