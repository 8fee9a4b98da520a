/* The HTTP server: what is used of it, from ESP-IDF 5.5's "HTTP Server", with
 * CONFIG_HTTPD_WS_SUPPORT and CONFIG_HTTPD_WS_PRE_HANDSHAKE_CB_SUPPORT. Handlers, what is given to
 * httpd_queue_work(), and the functions that open and free, run in its one task. */
#ifndef VOLTBEACON_ESP_IDF_ESP_HTTP_SERVER_H
#define VOLTBEACON_ESP_IDF_ESP_HTTP_SERVER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <esp_err.h>

#define ESP_ERR_HTTPD_BASE 0xb000
#define ESP_ERR_HTTPD_RESULT_TRUNC (ESP_ERR_HTTPD_BASE + 4)
#define HTTPD_SOCK_ERR_TIMEOUT -3
#define HTTP_ANY INT_MAX

typedef void *httpd_handle_t;

typedef enum http_method {
    HTTP_DELETE = 0,
    HTTP_GET = 1,
    HTTP_HEAD = 2,
    HTTP_POST = 3,
    HTTP_PUT = 4,
    HTTP_OPTIONS = 6,
    HTTP_PATCH = 28
} httpd_method_t;

typedef void (*httpd_free_ctx_fn_t)(void *ctx);
typedef esp_err_t (*httpd_open_func_t)(httpd_handle_t hd, int sockfd);
typedef bool (*httpd_uri_match_func_t)(const char *reference_uri, const char *uri_to_match,
                                       size_t match_upto);

typedef struct httpd_config {
    unsigned task_priority;
    size_t stack_size;      /* bytes, of its task */
    size_t max_req_hdr_len; /* bytes, of all headers of a request */
    uint16_t server_port;
    uint16_t max_open_sockets;
    uint16_t max_uri_handlers;
    uint16_t backlog_conn;
    bool lru_purge_enable; /* the connection unused for longest gives way; else a new one waits */
    uint16_t recv_wait_timeout; /* seconds */
    void *global_user_ctx;
    httpd_open_func_t open_fn; /* of a new connection; anything but ESP_OK closes it */
    httpd_uri_match_func_t uri_match_fn;
} httpd_config_t;

#define HTTPD_DEFAULT_CONFIG()                                                                   \
    {                                                                                            \
        .task_priority = 5, .stack_size = 4096, .max_req_hdr_len = 1024, .server_port = 80,      \
        .max_open_sockets = 7, .max_uri_handlers = 8, .backlog_conn = 5, .recv_wait_timeout = 5, \
    }

typedef struct httpd_req {
    httpd_handle_t handle;
    int method;
    const char uri[513];
    size_t content_len;
    void *user_ctx;
    void *sess_ctx;               /* the connection's own, from one request to the next */
    httpd_free_ctx_fn_t free_ctx; /* called with it when the connection has been closed */
} httpd_req_t;

typedef struct httpd_uri {
    const char *uri;
    httpd_method_t method;
    esp_err_t (*handler)(httpd_req_t *r); /* anything but ESP_OK: the connection is closed */
    void *user_ctx;
    bool is_websocket;             /* the handler gets its frames, whose method is not HTTP_GET */
    bool handle_ws_control_frames; /* and those, too: else the server answers them */
    /* Before the answer 101: anything but ESP_OK closes the connection instead. */
    esp_err_t (*ws_pre_handshake_cb)(httpd_req_t *req);
} httpd_uri_t;

typedef void (*httpd_work_fn_t)(void *arg);

esp_err_t httpd_start(httpd_handle_t *handle, const httpd_config_t *config);
esp_err_t httpd_register_uri_handler(httpd_handle_t handle, const httpd_uri_t *uri_handler);
bool httpd_uri_match_wildcard(const char *uri_template, const char *uri_to_match,
                              size_t match_upto);

/* ESP_ERR_NOT_FOUND: it was not sent. ESP_ERR_HTTPD_RESULT_TRUNC: it is longer. */
esp_err_t httpd_req_get_hdr_value_str(httpd_req_t *r, const char *field, char *val,
                                      size_t val_size);
/* Bytes of the body, as many as there are; 0 at its end; below 0: HTTPD_SOCK_ERR_... */
int httpd_req_recv(httpd_req_t *r, char *buf, size_t buf_len);

int httpd_req_to_sockfd(httpd_req_t *r);
/* Bytes sent, which may be fewer than were given; HTTPD_SOCK_ERR_TIMEOUT: none, for now. Also with
 * flags MSG_DONTWAIT. */
int httpd_socket_send(httpd_handle_t hd, int sockfd, const char *buf, size_t buf_len, int flags);

/* The request is answered later: *out is a copy to do it with, on the server's task. */
esp_err_t httpd_req_async_handler_begin(httpd_req_t *r, httpd_req_t **out);
esp_err_t httpd_req_async_handler_complete(httpd_req_t *r);
void *httpd_get_global_user_ctx(httpd_handle_t handle);
/* It is closed by work that is queued. */
esp_err_t httpd_sess_trigger_close(httpd_handle_t handle, int sockfd);
/* From any task. As many as the socket's mailbox holds, 6, may wait; of more nothing is said. */
esp_err_t httpd_queue_work(httpd_handle_t handle, httpd_work_fn_t work, void *arg);

typedef enum {
    HTTPD_WS_TYPE_CONTINUE = 0x0,
    HTTPD_WS_TYPE_TEXT = 0x1,
    HTTPD_WS_TYPE_BINARY = 0x2,
    HTTPD_WS_TYPE_CLOSE = 0x8,
    HTTPD_WS_TYPE_PING = 0x9,
    HTTPD_WS_TYPE_PONG = 0xA
} httpd_ws_type_t;

typedef struct httpd_ws_frame {
    bool final;
    httpd_ws_type_t type;
    uint8_t *payload;
    size_t len;
} httpd_ws_frame_t;

typedef enum {
    HTTPD_WS_CLIENT_INVALID = 0x0, /* no connection of this server */
    HTTPD_WS_CLIENT_HTTP = 0x1,
    HTTPD_WS_CLIENT_WEBSOCKET = 0x2
} httpd_ws_client_info_t;

httpd_ws_client_info_t httpd_ws_get_fd_info(httpd_handle_t hd, int fd);

/* In a handler: with pkt->len 0 it reads a whole frame of up to max_len bytes into pkt->payload.
 * ESP_ERR_INVALID_SIZE: it is longer. ESP_ERR_INVALID_STATE: it is not masked. */
esp_err_t httpd_ws_recv_frame(httpd_req_t *req, httpd_ws_frame_t *pkt, size_t max_len);

#endif
