/* What the parts of the web server share: connections, and the requests they read.
 *
 *     web_server.c   listening, connections, libwebsockets' callback
 *     web_request.c  reading a request strictly
 *     web_http.c     answering it: API and pages
 *     web_socket.c   WebSockets
 */
#ifndef VOLTBEACON_LINUX_WEB_CONNECTION_H
#define VOLTBEACON_LINUX_WEB_CONNECTION_H

#include <libwebsockets.h>

#include "web_assets.h"
#include "web_server.h"

enum {
    WEB_HEAD_SIZE = 1024,  /* of an answer */
    WEB_BODY_SIZE = 65536, /* that is written at once */
    WEB_URI_SIZE = 512,
    WEB_HEADER_SIZE = 256
};

enum web_kind { WEB_FREE, WEB_HTTP, WEB_SOCKET };

/* An answer that did not fit one write, or cannot be given yet. */
enum web_answer { WEB_ANSWER_NONE, WEB_ANSWER_LATER, WEB_ANSWER_READY, WEB_ANSWER_PIECES, WEB_ANSWER_ASSET };

struct connection {
    struct vb_web *web;
    struct lws *wsi;
    enum web_kind kind;
    char peer[46];
    bool close_after; /* the answer */

    char *body;       /* of the request that is being read; NULL = none */
    size_t body_size;
    size_t body_expected;

    enum web_answer answer;
    bool head_only;
    struct vb_response response;
    const struct vb_asset *asset;
    size_t asset_at;

    struct vb_push_client client;
};

struct vb_web {
    struct vb_loop *loop;
    struct vb_api *api;
    struct vb_push *push;
    struct vb_web_options options;
    struct lws_vhost *vhost;
    int listen_fd; /* -1 = none */
    int spare_fd;  /* given up to be able to refuse a connection when there are no more descriptors */
    uint16_t port;
    uint32_t refused[VB_WEB_REFUSAL_COUNT];
    struct connection *connections;
    uint8_t frame[LWS_PRE + WEB_HEAD_SIZE + WEB_BODY_SIZE]; /* what is being written; one thread, so one is enough */
};

/* A request's line and headers. What was not sent is "" here and NULL in the API's request. */
struct web_request {
    const char *method;
    char path[WEB_URI_SIZE];
    char query[WEB_HEADER_SIZE];
    char host[WEB_HEADER_SIZE];
    char origin[WEB_HEADER_SIZE];
    char if_match[WEB_HEADER_SIZE];
    char if_none_match[WEB_HEADER_SIZE];
    char content_type[WEB_HEADER_SIZE];
    char accept_encoding[WEB_HEADER_SIZE];
};

void web_count(struct connection *connection, enum vb_web_refusal refusal);
/* Gives the connection so long for what is next. */
void web_deadline(struct connection *connection, uint32_t ms);

/* False, and *problem says what to correct, where it is malformed. */
bool web_request_read(struct lws *wsi, struct web_request *request, const char **problem);
/* What comes with the request. */
enum web_body { WEB_BODY_NONE, WEB_BODY_SOME, WEB_BODY_MISSING_LENGTH, WEB_BODY_MALFORMED };
enum web_body web_request_body(struct lws *wsi, size_t *size);
/* Whether the client takes gzip: it does unless it says otherwise, RFC 9110 section 12.5.3. */
bool web_takes_gzip(const char *accept_encoding);

/* Each returns what libwebsockets' callback returns: -1 closes the connection. */
int web_http_request(struct connection *connection);
int web_http_body(struct connection *connection, const void *bytes, size_t size);
int web_http_complete(struct connection *connection);
int web_http_writable(struct connection *connection);
/* Answers with {"error": text}, then closes. */
int web_http_refuse(struct connection *connection, uint16_t status, const char *text);

int web_socket_upgrade(struct connection *connection);
int web_socket_writable(struct connection *connection);

#endif
