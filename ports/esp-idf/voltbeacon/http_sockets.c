#include <lwip/sockets.h>
#include <stdlib.h>
#include <string.h>

#include "esp-idf/voltbeacon/http_parts.h"
#include "esp-idf/voltbeacon/http_text.h"
#include "esp-idf/voltbeacon/idf_clock.h"

enum {
    KEY_SIZE = 24,           /* 16 bytes in base64, RFC 6455 section 4.1 */
    CONTROL_BYTES_MAX = 125, /* section 5.5 */
    FRAME_HEAD_MAX = 4,      /* for messages below 64 kB, section 5.2 */
    FINAL = 0x80,
    LENGTH_FOLLOWS = 126,
    PASSES_MAX = 4 /* messages to one client in a round; between rounds requests are read */
};

/* ---- Coming and going ---- */

static struct vb_http_socket *free_socket(struct vb_http_receiver *receiver)
{
    for (unsigned i = 0; i < VB_HTTP_SOCKETS; i++) {
        if (receiver->sockets[i].receiver == NULL)
            return &receiver->sockets[i];
    }
    return NULL;
}

/* Where that connection comes from, without the port, which IPv4 and IPv6 have in the same place.
 */
static struct sockaddr_storage peer_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_storage storage;
    } peer;
    socklen_t size = sizeof peer;
    memset(&peer, 0, sizeof peer);
    if (lwip_getpeername(fd, &peer.any, &size) != 0)
        memset(&peer, 0, sizeof peer); /* those that cannot be told apart are one */
    peer.in.sin_port = 0;
    return peer.storage;
}

static bool peer_has_all(const struct vb_http_receiver *receiver, int fd)
{
    const struct sockaddr_storage peer = peer_of(fd);
    const uint8_t max = receiver->config.peer_sockets_max;
    unsigned count = 0;
    for (unsigned i = 0; i < VB_HTTP_SOCKETS; i++) {
        const struct vb_http_socket *socket = &receiver->sockets[i];
        if (socket->receiver == NULL)
            continue;
        const struct sockaddr_storage other = peer_of(socket->fd);
        count += memcmp(&peer, &other, sizeof peer) == 0;
    }
    return count >= (max == 0 ? VB_HTTP_PEER_SOCKETS : max);
}

/* Why there is no place for that connection; NULL: there is one. */
static const char *no_place(struct vb_http_receiver *receiver, int fd)
{
    if (peer_has_all(receiver, fd))
        return "As many pages are open at your address as this receiver serves to one; close one.";
    if (free_socket(receiver) == NULL)
        return "As many pages are open as this receiver can serve; close one.";
    return NULL;
}

/* The server has closed its connection. */
static void leave(void *ctx)
{
    struct vb_http_socket *socket = ctx;
    struct vb_http_receiver *receiver = socket->receiver;
    free(socket->left);
    if (socket->last != NULL)
        (void)httpd_req_async_handler_complete(socket->last);
    vb_http_lock(receiver);
    vb_push_leave(receiver->config.push, &socket->client);
    memset(socket, 0, sizeof *socket);
    vb_http_unlock(receiver);
}

/* By now esp_http_server has seen to it that this is an upgrade to a WebSocket. */
static bool handshake_is_sound(httpd_req_t *request)
{
    char key[KEY_SIZE + 1], version[4], protocol[4];
    return vb_http_header(request, "Sec-WebSocket-Key", key, sizeof key) &&
           strlen(key) == KEY_SIZE &&
           vb_http_header(request, "Sec-WebSocket-Version", version, sizeof version) &&
           strcmp(version, "13") == 0 &&
           vb_http_header(request, "Sec-WebSocket-Protocol", protocol, sizeof protocol) &&
           protocol[0] == '\0';
}

/* Joins before the server has said 101: in ESP-IDF 5.5.5 and from 6.0.1 on nothing calls a handler
 * after that. Nothing is sent until it is back in its own loop. */
static void join(struct vb_http_receiver *receiver, struct vb_http_socket *socket,
                 httpd_req_t *request, const struct vb_socket *to)
{
    const uint32_t now_ms = vb_idf_now_ms();
    vb_http_lock(receiver);
    *socket = (struct vb_http_socket){.receiver = receiver,
                                      .fd = httpd_req_to_sockfd(request),
                                      .took_ms = now_ms,
                                      .heard_ms = now_ms};
    vb_push_join(receiver->config.push, &socket->client, to->kind, to->only_one ? &to->mac : NULL);
    vb_http_round_queue(receiver);
    vb_http_unlock(receiver);
    request->sess_ctx = socket;
    request->free_ctx = leave;
}

/* What it refuses is answered; the server then closes the connection. */
esp_err_t vb_http_socket_upgrade(httpd_req_t *request)
{
    struct vb_http_receiver *receiver = request->user_ctx;
    struct vb_http_server *server = receiver->server;
    struct vb_socket to;
    char reason[256];
    if (!vb_http_admit(server, request))
        return ESP_FAIL;
    if (!handshake_is_sound(request)) {
        (void)vb_http_refuse(server, request, 400,
                             "The WebSocket handshake is malformed; version 13 without a "
                             "subprotocol is spoken here.");
        return ESP_FAIL;
    }
    const struct vb_request call = vb_http_request_call(&server->request);
    vb_http_lock(receiver);
    const uint16_t refused = vb_api_socket(receiver->config.api, &call, &to, reason, sizeof reason);
    vb_http_unlock(receiver);
    const char *full = refused != 0 ? reason : no_place(receiver, httpd_req_to_sockfd(request));
    if (full != NULL) {
        (void)vb_http_refuse(server, request, refused != 0 ? refused : 503, full);
        return ESP_FAIL;
    }
    join(receiver, free_socket(receiver), request, &to);
    return ESP_OK;
}

/* The server has queued it to be closed, or is about to; what it queues may get lost. */
static void is_ending(struct vb_http_socket *socket)
{
    free(socket->left);
    socket->left = NULL;
    socket->closing = true;
    socket->closed_ms = vb_idf_now_ms();
}

/* Its buffers are given back at once: of what the client has not taken nothing is sent any more. */
static void drop(struct vb_http_socket *socket)
{
    static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (socket->closing && vb_idf_now_ms() - socket->closed_ms < VB_HTTP_ANSWER_MS_MAX)
        return;
    if (socket->closing)
        (void)httpd_sess_trigger_close(socket->receiver->server->handle, socket->fd);
    is_ending(socket);
    (void)lwip_setsockopt(socket->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    vb_http_end(socket->fd);
}

/* ---- Sending ---- */

/* Returns how many of the bytes its client took; what goes wrong is seen by the server as well. */
static size_t send_some(struct vb_http_socket *socket, const void *bytes, size_t size)
{
    const int sent =
        httpd_socket_send(socket->receiver->server->handle, socket->fd, bytes, size, MSG_DONTWAIT);
    if (sent < 0 && sent != HTTPD_SOCK_ERR_TIMEOUT)
        drop(socket);
    return sent < 0 ? 0 : (size_t)sent;
}

static void keep(struct vb_http_socket *socket, const char *bytes, size_t size)
{
    socket->left = malloc(size);
    if (socket->left == NULL) {
        drop(socket);
        return;
    }
    memcpy(socket->left, bytes, size);
    socket->left_size = size;
    socket->left_at = 0;
    socket->took_ms = vb_idf_now_ms();
}

/* A whole frame of a text or a control message of so many bytes, which are in piece->text. */
static void send_frame(struct vb_http_socket *socket, httpd_ws_type_t type, size_t size)
{
    struct vb_http_piece *piece = &socket->receiver->piece;
    const size_t head_size = size < LENGTH_FOLLOWS ? 2 : FRAME_HEAD_MAX;
    char *start = piece->text - head_size;
    VB_ASSERT(socket->left == NULL && size <= sizeof piece->text);
    start[0] = (char)(FINAL | type);
    start[1] = (char)(size < LENGTH_FOLLOWS ? size : LENGTH_FOLLOWS);
    if (head_size == FRAME_HEAD_MAX) {
        start[2] = (char)(size >> 8);
        start[3] = (char)(size & 0xff);
    }
    const size_t sent = send_some(socket, start, head_size + size);
    if (!socket->closing && sent < head_size + size)
        keep(socket, start + sent, head_size + size - sent);
}

static void send_left(struct vb_http_socket *socket)
{
    const size_t sent =
        send_some(socket, socket->left + socket->left_at, socket->left_size - socket->left_at);
    const uint32_t now_ms = vb_idf_now_ms();
    if (socket->closing)
        return;
    socket->left_at += sent;
    if (sent > 0)
        socket->took_ms = now_ms;
    if (socket->left_at == socket->left_size) {
        free(socket->left);
        socket->left = NULL;
    } else if (now_ms - socket->took_ms >= VB_HTTP_STALLED_MS) {
        drop(socket);
    }
}

static size_t left_bytes(const struct vb_http_receiver *receiver)
{
    size_t size = 0;
    for (unsigned i = 0; i < VB_HTTP_SOCKETS; i++)
        size += receiver->sockets[i].left == NULL ? 0 : receiver->sockets[i].left_size;
    return size;
}

/* Makes its next frame; *type says which. False: there is none. */
static bool next_frame(struct vb_http_socket *socket, httpd_ws_type_t *type, size_t *size)
{
    struct vb_http_receiver *receiver = socket->receiver;
    const uint32_t now_ms = vb_idf_now_ms();
    const bool is_quiet = now_ms - socket->heard_ms >= VB_HTTP_PING_MS;
    vb_http_lock(receiver);
    struct vb_socket_pace *pace = &socket->pace;
    *size = 0;
    if (vb_pace_wants_ping(pace) || (is_quiet && !pace->pinged)) {
        *type = HTTPD_WS_TYPE_PING;
        receiver->piece.text[(*size)++] = 'v';
        vb_pace_ping_sent(pace);
    } else if (vb_pace_allows(pace) && vb_push_pending(receiver->config.push, &socket->client)) {
        *type = HTTPD_WS_TYPE_TEXT;
        *size = vb_push_next(receiver->config.push, &socket->client, now_ms, receiver->piece.text,
                             sizeof receiver->piece.text);
        if (*size > 0)
            vb_pace_message_sent(pace);
    }
    vb_http_unlock(receiver);
    return *size > 0;
}

/* A frame, or what was left of one. */
static enum vb_http_sockets_left send_next(struct vb_http_socket *socket)
{
    httpd_ws_type_t type;
    size_t size;
    if (socket->left != NULL)
        send_left(socket);
    if (socket->closing)
        return VB_HTTP_SOCKETS_DONE;
    if (socket->left != NULL ||
        left_bytes(socket->receiver) + VB_PIECE_BYTES_MAX > VB_HTTP_LEFT_BYTES_MAX)
        return VB_HTTP_SOCKETS_STALLED;
    if (!next_frame(socket, &type, &size))
        return VB_HTTP_SOCKETS_DONE;
    send_frame(socket, type, size);
    return VB_HTTP_SOCKETS_MORE;
}

enum vb_http_sockets_left vb_http_sockets_send(struct vb_http_receiver *receiver)
{
    enum vb_http_sockets_left left = VB_HTTP_SOCKETS_MORE;
    for (unsigned pass = 0; pass < PASSES_MAX && left == VB_HTTP_SOCKETS_MORE; pass++) {
        left = VB_HTTP_SOCKETS_DONE;
        for (unsigned i = 0; i < VB_HTTP_SOCKETS; i++) {
            struct vb_http_socket *socket = &receiver->sockets[i];
            if (socket->receiver == NULL)
                continue;
            if (socket->closing || vb_idf_now_ms() - socket->heard_ms >= VB_HTTP_SILENT_MS) {
                drop(socket);
                continue;
            }
            const enum vb_http_sockets_left of = send_next(socket);
            if (of == VB_HTTP_SOCKETS_MORE || left == VB_HTTP_SOCKETS_DONE)
                left = of;
        }
    }
    return left;
}

/* ---- What comes ---- */

static void take_pong(struct vb_http_socket *socket)
{
    vb_http_lock(socket->receiver);
    vb_pace_pong_came(&socket->pace);
    vb_http_round_queue(socket->receiver);
    vb_http_unlock(socket->receiver);
}

/* Returns what it was sent, as RFC 6455 sections 5.5.1 and 5.5.3 ask; not amid another frame. */
static void send_back(struct vb_http_socket *socket, httpd_ws_type_t type,
                      const httpd_ws_frame_t *frame)
{
    if (socket->left != NULL || socket->closing)
        return;
    memcpy(socket->receiver->piece.text, frame->payload, frame->len);
    send_frame(socket, type, frame->len);
}

/* Also where the client is gone. The server queues it to be closed, by its place in the server's
 * table, whatever it is told, and once more for all that comes until then: whoever has that place
 * by the second time would be closed. So it is not closed here, and, as long as its last request
 * counts as one that is answered later, nothing comes. */
static esp_err_t take_close(struct vb_http_socket *socket, httpd_req_t *request,
                            const httpd_ws_frame_t *frame)
{
    if (frame != NULL)
        send_back(socket, HTTPD_WS_TYPE_CLOSE, frame);
    is_ending(socket);
    (void)httpd_req_async_handler_begin(request, &socket->last);
    return ESP_OK;
}

esp_err_t vb_http_socket_came(httpd_req_t *request)
{
    struct vb_http_receiver *receiver = request->user_ctx;
    struct vb_http_socket *socket = request->sess_ctx;
    uint8_t payload[CONTROL_BYTES_MAX] = {0};
    httpd_ws_frame_t frame = {.payload = payload};
    if (socket == NULL)
        return vb_http_refuse(receiver->server, request, 426,
                              "This is a WebSocket; connect with ws://.");
    if (request->method == HTTP_GET)
        return ESP_OK; /* the handshake, of which some versions of ESP-IDF tell */
    const esp_err_t err = httpd_ws_recv_frame(request, &frame, sizeof payload);
    if (frame.type == HTTPD_WS_TYPE_CLOSE)
        return take_close(socket, request, err == ESP_OK ? &frame : NULL);
    if (err != ESP_OK)
        return err; /* nobody here has anything long to say */
    socket->heard_ms = vb_idf_now_ms();
    if (frame.type == HTTPD_WS_TYPE_PONG)
        take_pong(socket);
    else if (frame.type == HTTPD_WS_TYPE_PING)
        send_back(socket, HTTPD_WS_TYPE_PONG, &frame);
    return ESP_OK;
}
