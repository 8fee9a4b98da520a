/* What is pushed over the WebSockets /ws/state and /ws/cells: messages are made when a client can
 * take one.
 *
 * A client is a set of bits for what it has not been told yet. A change sets bits, making a message
 * clears one. So nothing queues up: a slow reader gets fewer messages, but always the newest. */
#ifndef VOLTBEACON_PUSH_H
#define VOLTBEACON_PUSH_H

#include "voltbeacon/api/api.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum {
    VB_PUSH_PEERS_MAX = 64,
    VB_PUSH_EDITS_MAX = 32,
    VB_PUSH_OCCURRENCES_MAX = 64 /* events that a slow client may lag behind */
};

enum vb_push_kind {
    VB_PUSH_STATE, /* the receiver, its transmitters, their sections and edits */
    VB_PUSH_CELLS  /* readings */
};

struct vb_push_client {
    struct vb_push_client *next;
    enum vb_push_kind kind;
    bool receiver;
    bool ready;                        /* the end of the initial state is still to be sent */
    uint32_t edits;                    /* bit n: the receiver's edit slot n */
    uint16_t peers[VB_PUSH_PEERS_MAX]; /* bit 0: the transmitter itself, bit n: its section n */
    uint64_t readings;                 /* bit n: of peer n */
    uint32_t occurrences;              /* changes it was told, of push->occurrence_count */
    uint8_t peer_next;                 /* whose turn is next, so that none starves */
    bool only_one;                     /* VB_PUSH_CELLS: of mac alone */
    struct vb_mac mac;
};

struct vb_push {
    const struct vb_api *api;
    struct vb_push_client *clients;
    uint64_t seen;                                 /* of the receiver's revisions */
    uint32_t occurrence_count;                     /* changes ever told; wraps */
    uint64_t occurrences[VB_PUSH_OCCURRENCES_MAX]; /* ids; number n is in slot n % ... */
};

/* What a WebSocket is connected to. */
struct vb_socket {
    enum vb_push_kind kind;
    bool only_one; /* VB_PUSH_CELLS: of mac alone */
    struct vb_mac mac;
};

/* Whether the caller may connect to request->path, whose site has been checked, and to what. 0, or
 * the status to refuse the upgrade with, and the reason. */
uint16_t vb_api_socket(const struct vb_api *api, const struct vb_request *request,
                       struct vb_socket *socket, char *reason, size_t capacity);

/* api must outlive push; its receiver has at most VB_PUSH_PEERS_MAX peers and VB_PUSH_EDITS_MAX
 * edits (asserted). */
void vb_push_init(struct vb_push *push, const struct vb_api *api);

/* The client gets everything there is, and then every change. The caller owns it; it must not move
 * until it leaves. mac: only readings of this transmitter; NULL: of all. */
void vb_push_join(struct vb_push *push, struct vb_push_client *client, enum vb_push_kind kind,
                  const struct vb_mac *mac);
void vb_push_leave(struct vb_push *push, struct vb_push_client *client);

/* Something may have changed at the receiver. Finds out what has changed since the last call by
 * asking it, so that a late call misses nothing. */
void vb_push_look(struct vb_push *push);
/* The receiver's own settings or its store's counters have changed. */
void vb_push_receiver(struct vb_push *push);

/* An occurrence of the API's source began, ended or was acknowledged. */
void vb_push_occurrence(struct vb_push *push, const struct vb_occurrence *occurrence);

bool vb_push_pending(const struct vb_push *push, const struct vb_push_client *client);
/* The client's next message; 0 if there is none. capacity is at least VB_PIECE_BYTES_MAX. */
size_t vb_push_next(const struct vb_push *push, struct vb_push_client *client, uint32_t now_ms,
                    char *text, size_t capacity);

VB_C_END

#endif
