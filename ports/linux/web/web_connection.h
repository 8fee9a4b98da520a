/* Shared by the parts of the web server: connections, and the requests they read.
 *
 *     web_server.c   listening, connections, libwebsockets' callback
 *     web_address.c  where it listens
 *     web_request.c  reading a request strictly
 *     web_http.c     answering it: API and pages
 *     web_socket.c   WebSockets
 */
#ifndef VOLTBEACON_LINUX_WEB_CONNECTION_H
#define VOLTBEACON_LINUX_WEB_CONNECTION_H

#include <libwebsockets.h>

#include "embed/web_assets.h"
#include "linux/web/web_server.h"
#include "pages/answer_head.h"
#include "pages/socket_pace.h"

enum {
    VB_WEB_HEAD_SIZE = VB_ANSWER_HEAD_BYTES,
    VB_WEB_BODY_SIZE = 65536, /* written in one call */
    VB_WEB_URI_SIZE = 512,
    VB_WEB_HEADER_SIZE = 256,
    VB_WEB_COOKIE_SIZE = 2048
};

enum vb_web_kind { VB_WEB_FREE, VB_WEB_HTTP, VB_WEB_SOCKET };

/* An answer that did not fit one write, or is not available yet. */
enum vb_web_answer {
    VB_WEB_ANSWER_NONE,
    VB_WEB_ANSWER_LATER,
    VB_WEB_ANSWER_READY,
    VB_WEB_ANSWER_PIECES,
    VB_WEB_ANSWER_ASSET
};

struct vb_web_connection {
    struct vb_web *web;
    struct lws *wsi;
    enum vb_web_kind kind;
    char peer[46];
    bool close_after; /* the answer */

    char *body; /* of the request being read; NULL = none */
    size_t body_size;
    size_t body_expected;

    enum vb_web_answer answer;
    bool head_only;
    struct vb_response response;
    const struct vb_asset_form *asset;
    size_t asset_at;

    struct vb_push_client client;
    struct vb_socket_pace pace; /* of a WebSocket */
};

struct vb_web {
    struct vb_loop *loop;
    struct vb_api *api;
    struct vb_push *push;
    struct vb_web_options options;
    struct lws_vhost *vhost;
    int listen_fd; /* -1 = none */
    int spare_fd;  /* closed to refuse a connection when descriptors run out */
    uint16_t port;
    uint32_t refused[VB_WEB_REFUSAL_COUNT];
    struct vb_web_connection *connections;
    uint8_t frame[LWS_PRE + VB_WEB_HEAD_SIZE + VB_WEB_BODY_SIZE]; /* being written */
};

/* A request's line and headers. Missing ones are "" here and NULL in the API's request. */
struct vb_web_request {
    const char *method;
    char path[VB_WEB_URI_SIZE];
    char query[VB_WEB_HEADER_SIZE];
    char host[VB_WEB_HEADER_SIZE];
    char origin[VB_WEB_HEADER_SIZE];
    char if_match[VB_WEB_HEADER_SIZE];
    char if_none_match[VB_WEB_HEADER_SIZE];
    char content_type[VB_WEB_HEADER_SIZE];
    char accept_encoding[VB_WEB_HEADER_SIZE];
    char cookie[VB_WEB_COOKIE_SIZE]; /* also "" if it is longer: other programs on this host may
                                        have set it */
    char authorization[VB_WEB_HEADER_SIZE];
};

void vb_web_count(struct vb_web_connection *connection, enum vb_web_refusal refusal);
/* Sets the connection's time limit for its next step. */
void vb_web_deadline(struct vb_web_connection *connection, uint32_t ms);

/* False if it is malformed, with the correction in *problem. */
bool vb_web_request_read(struct lws *wsi, struct vb_web_request *request, const char **problem);
/* In the API's form, without its body; a view of both. */
struct vb_request vb_web_api_request(const struct vb_web_connection *connection,
                                     const struct vb_web_request *request);
/* The body that comes with the request. */
enum vb_web_body {
    VB_WEB_BODY_NONE,
    VB_WEB_BODY_SOME,
    VB_WEB_BODY_MISSING_LENGTH,
    VB_WEB_BODY_MALFORMED
};
enum vb_web_body vb_web_request_body(struct lws *wsi, size_t *size);

/* Each returns the value for libwebsockets' callback: -1 closes the connection. */
int vb_web_http_request(struct vb_web_connection *connection);
int vb_web_http_body(struct vb_web_connection *connection, const void *bytes, size_t size);
int vb_web_http_complete(struct vb_web_connection *connection);
int vb_web_http_writable(struct vb_web_connection *connection);
/* Answers with {"error": text}, then closes. */
int vb_web_http_refuse(struct vb_web_connection *connection, uint16_t status, const char *text);

int vb_web_socket_upgrade(struct vb_web_connection *connection);
int vb_web_socket_writable(struct vb_web_connection *connection);
void vb_web_socket_pong(struct vb_web_connection *connection);
/* Whether something has to be written to it, and it keeps up. */
bool vb_web_socket_wants(const struct vb_web_connection *connection);

#endif
