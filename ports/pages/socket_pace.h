/* The newest, never a backlog: how far a WebSocket's client may lag behind what is sent to it.
 *
 * A client that is slow, or asleep, reads nothing for a minute, and the TCP buffers at both ends
 * would keep what it has not read: hundreds of old messages. Only the client itself can tell what
 * it has read, so it is pinged among the messages, and answers when it gets there (RFC 6455 section
 * 5.5.3). Until then it gets a few more messages, and then none: its next one is made from the
 * newest state. One that never answers is disconnected by whoever owns the socket. */
#ifndef VOLTBEACON_PAGES_SOCKET_PACE_H
#define VOLTBEACON_PAGES_SOCKET_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* All zeroes at the start. */
struct vb_socket_pace {
    bool pinged;     /* and no pong has come yet */
    uint16_t unread; /* messages since the last pong */
    uint16_t ahead;  /* of these, since the ping */
};

/* Whether it may get another message. */
bool vb_pace_allows(const struct vb_socket_pace *pace);
/* Whether a ping is due, right behind the last message. */
bool vb_pace_wants_ping(const struct vb_socket_pace *pace);

void vb_pace_message_sent(struct vb_socket_pace *pace);
void vb_pace_ping_sent(struct vb_socket_pace *pace);
void vb_pace_pong_came(struct vb_socket_pace *pace);

#endif
