/* What a receiver serves over HTTP: its API, its pages, and its WebSockets.
 *
 * The API is asked under the lock of whoever owns the device, a piece at a time, and what it
 * answered is sent without that lock. A request that waits for a commit of the settings is answered
 * once that is there. A WebSocket's message is made when its client can take it, so that it says
 * what is newest; there is no queue of them. */
#ifndef VOLTBEACON_ESP_IDF_HTTP_RECEIVER_H
#define VOLTBEACON_ESP_IDF_HTTP_RECEIVER_H

#include <esp_http_server.h>
#include <freertos/FreeRTOS.h>
#include <freertos/semphr.h>

#include "pages/page_lookup.h"
#include "pages/socket_pace.h"
#include "voltbeacon/api/api.h"
#include "voltbeacon/api/push.h"

VB_C_BEGIN

struct vb_http_server;

enum {
    VB_HTTP_WAITING = 4,       /* requests that wait for a commit */
    VB_HTTP_BODY_BYTES = 4096, /* cJSON takes some 20 times a body's bytes */
    VB_HTTP_BODY_NODES = 128,
    VB_HTTP_SOCKETS = 8,      /* four browsers' */
    VB_HTTP_PEER_SOCKETS = 4, /* of one address, so that nobody takes all of them */
    /* What is kept of messages that clients have not taken whole, of all of them: the heap's. */
    VB_HTTP_LEFT_BYTES_MAX = 16384,
    VB_HTTP_PING_MS = 30000,  /* a client that has said nothing for so long is asked */
    VB_HTTP_SILENT_MS = 75000 /* and disconnected after so long, as on Linux */
};

struct vb_http_waiting {
    httpd_req_t *request; /* NULL: not used */
    uint32_t token;
    bool answered;
    enum vb_err result;
};

struct vb_http_socket {
    struct vb_http_receiver *receiver; /* NULL: not used */
    int fd;
    /* Under the lock. */
    struct vb_push_client client;
    struct vb_socket_pace pace;
    /* The server's task's own. */
    uint8_t *left; /* of the last frame, what its client has not taken yet; NULL: nothing */
    size_t left_size, left_at;
    uint32_t took_ms;  /* when it last took something of that */
    uint32_t heard_ms; /* when it last said something */
    bool closing;      /* it has ended, since closed_ms, and the server is about to close it */
    uint32_t closed_ms;
    httpd_req_t *last; /* where its end has come from the client: what it came by */
};

/* A piece of an answer, or a message, with room for what frames it. */
struct vb_http_piece {
    char before[8];
    char text[VB_PIECE_BYTES_MAX];
    char after[2];
};

struct vb_http_receiver_config {
    struct vb_api *api;
    struct vb_push *push;
    SemaphoreHandle_t lock;
    struct vb_pages pages;    /* asset_count 0: none are built in */
    uint8_t peer_sockets_max; /* per address; 0 = VB_HTTP_PEER_SOCKETS */
    /* The API may have changed something, which the device is to look at; NULL: nobody is told. */
    void (*changed)(void *ctx);
    void *ctx;
};

/* Must stay where it is. */
struct vb_http_receiver {
    struct vb_http_receiver_config config;
    struct vb_http_server *server;
    /* Under the lock. */
    bool is_serving;
    bool is_round_queued;
    uint32_t rounds;   /* that have been; read without the lock */
    uint32_t round_ms; /* when a round was last queued */
    struct vb_http_waiting waiting[VB_HTTP_WAITING];
    struct vb_http_socket sockets[VB_HTTP_SOCKETS];
    /* The server's task's own. */
    bool is_busy;    /* response and piece are in use */
    bool is_stalled; /* all who are left to send to take nothing now */
    struct vb_response response;
    struct vb_http_piece piece;
};

/* What config points at outlives it. The bounds of a body become the small ones above. */
void vb_http_receiver_init(struct vb_http_receiver *receiver,
                           const struct vb_http_receiver_config *config);

/* Below: by whoever holds the lock, from the start of the device on. */

/* After vb_receiver_device_committed() of the settings' store. */
void vb_http_receiver_committed(struct vb_http_receiver *receiver, uint32_t token,
                                enum vb_err result);
/* On any task, without the lock: rounds that the server's task has made, at least one in two
 * seconds. */
uint32_t vb_http_receiver_rounds(const struct vb_http_receiver *receiver);
/* After every turn of the device: what is new is sent to the WebSockets' clients. At least once a
 * second, for their times. */
void vb_http_receiver_wake(struct vb_http_receiver *receiver);

VB_C_END

#endif
