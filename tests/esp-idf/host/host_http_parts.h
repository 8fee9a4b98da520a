/* Shared by the parts of the HTTP server on the host: host_http.c, which accepts, reads and closes,
 * and host_websocket.c. */
#ifndef VOLTBEACON_TESTS_HOST_HTTP_PARTS_H
#define VOLTBEACON_TESTS_HOST_HTTP_PARTS_H

#include <esp_http_server.h>

enum { HOST_HTTP_HEAD_SIZE = 4096 };

struct host_http_server;

/* A connection. */
struct host_http_session {
    struct host_http_server *server;
    int fd; /* -1: not used */
    uint64_t used_last;
    bool is_detached; /* its request will be answered later: nothing more is read meanwhile */
    void *ctx;
    httpd_free_ctx_fn_t free_ctx;
    /* Of a WebSocket. */
    bool is_websocket;
    bool is_closing;
    httpd_uri_t uri;
    /* Read, and not used yet. */
    char pending[HOST_HTTP_HEAD_SIZE];
    size_t pending_size;
};

/* What the real one keeps behind httpd_req_t. */
struct host_http_request {
    httpd_req_t request; /* first, so that one is the other */
    struct host_http_session *session;
    char head[HOST_HTTP_HEAD_SIZE + 1];
    size_t body_left;
    bool is_detached;
    bool is_upgrade;
    unsigned char frame_first; /* byte of a WebSocket's frame */
};

static inline struct host_http_request *host_http_of(httpd_req_t *r)
{
    return (struct host_http_request *)(void *)r;
}

/* Up to so many bytes; 0 or less: the client is gone, or too slow. */
ssize_t host_http_receive(struct host_http_session *session, void *bytes, size_t size);
bool host_http_receive_all(struct host_http_session *session, void *bytes, size_t size);

/* ESP_OK: the connection is a WebSocket from now on. */
esp_err_t host_websocket_upgrade(struct host_http_request *request, const httpd_uri_t *uri);
/* Something has come over it. */
esp_err_t host_websocket_came(struct host_http_request *request);

#endif
