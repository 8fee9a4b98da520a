/* The states of the link to a transmitter.
 *
 *              anything is heard             not heard for a while
 *   OFFLINE ----------------------> CONNECTED <--------------------> DEGRADED
 *    ^ |                               |      anything is heard       ^ |
 *    +-|-------------------------------+------------------------------|-+
 *      |        not heard for longer, or it has said goodbye          |
 *      +--------------------------------------------------------------+
 *          what is heard came a while ago, and has waited in the link    */
#include "receiver_parts.h"

const char *vb_link_name(enum vb_link_state link)
{
    switch (link) {
    case VB_LINK_OFFLINE:
        return "Offline";
    case VB_LINK_DEGRADED:
        return "Degraded";
    case VB_LINK_CONNECTED:
        return "Connected";
    }
    return "Offline";
}

bool vb_link_legal(enum vb_link_state from, enum vb_link_state to)
{
    switch (from) {
    case VB_LINK_OFFLINE:
    case VB_LINK_DEGRADED:
    case VB_LINK_CONNECTED:
        return to != from;
    }
    return false;
}

void vb_link_become(struct vb_peer *peer, enum vb_link_state state)
{
    VB_ASSERT(vb_link_legal(peer->link, state));
    peer->link = state;
}
