/* The HTTP server: what is used of it, from ESP-IDF 5.5's "HTTP Server". Handlers and what is given
 * to httpd_queue_work() run in its one task. */
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

typedef bool (*httpd_uri_match_func_t)(const char *reference_uri, const char *uri_to_match,
                                       size_t match_upto);

typedef struct httpd_config {
    size_t stack_size;      /* bytes, of its task */
    size_t max_req_hdr_len; /* bytes, of all headers of a request */
    uint16_t server_port;
    uint16_t max_open_sockets;
    uint16_t max_uri_handlers;
    uint16_t max_resp_headers;
    bool lru_purge_enable; /* the connection unused for longest gives way */
    httpd_uri_match_func_t uri_match_fn;
} httpd_config_t;

#define HTTPD_DEFAULT_CONFIG()                                                                 \
    {                                                                                          \
        .stack_size = 4096, .max_req_hdr_len = 1024, .server_port = 80, .max_open_sockets = 7, \
        .max_uri_handlers = 8, .max_resp_headers = 8,                                          \
    }

typedef struct httpd_req {
    httpd_handle_t handle;
    int method;
    const char uri[513];
    size_t content_len;
    void *user_ctx;
} httpd_req_t;

typedef struct httpd_uri {
    const char *uri;
    httpd_method_t method;
    esp_err_t (*handler)(httpd_req_t *r); /* anything but ESP_OK: the connection is closed */
    void *user_ctx;
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

/* What these are given has to last until the answer is sent. */
esp_err_t httpd_resp_set_status(httpd_req_t *r, const char *status);
esp_err_t httpd_resp_set_type(httpd_req_t *r, const char *type);
esp_err_t httpd_resp_set_hdr(httpd_req_t *r, const char *field, const char *value);
esp_err_t httpd_resp_send(httpd_req_t *r, const char *buf, ssize_t buf_len);
esp_err_t httpd_resp_send_chunk(httpd_req_t *r, const char *buf, ssize_t buf_len); /* 0: the last */

/* The request is answered later: *out is a copy to do it with, on the server's task. */
esp_err_t httpd_req_async_handler_begin(httpd_req_t *r, httpd_req_t **out);
esp_err_t httpd_req_async_handler_complete(httpd_req_t *r);
/* From any task. */
esp_err_t httpd_queue_work(httpd_handle_t handle, httpd_work_fn_t work, void *arg);

#endif
