#include "pages/socket_pace.h"

enum {
    PING_EVERY = 10, /* messages: a second of readings at ten a second */
    UNREAD_MAX = 20  /* likewise two seconds: the other half is for the answer to come */
};

bool vb_pace_allows(const struct vb_socket_pace *pace)
{
    return pace->unread < UNREAD_MAX;
}

bool vb_pace_wants_ping(const struct vb_socket_pace *pace)
{
    return !pace->pinged && pace->unread >= PING_EVERY;
}

void vb_pace_message_sent(struct vb_socket_pace *pace)
{
    pace->unread++;
    pace->ahead++;
}

void vb_pace_ping_sent(struct vb_socket_pace *pace)
{
    pace->pinged = true;
    pace->ahead = 0;
}

void vb_pace_pong_came(struct vb_socket_pace *pace)
{
    pace->pinged = false;
    pace->unread = pace->ahead;
}
