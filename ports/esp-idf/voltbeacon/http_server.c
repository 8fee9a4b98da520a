#include "esp-idf/voltbeacon/http_server.h"

#include <esp_log.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <lwip/sockets.h>
#include <string.h>

#include "esp-idf/voltbeacon/http_parts.h"
#include "esp-idf/voltbeacon/idf_clock.h"
#include "esp-idf/voltbeacon/wifi_page.h"

enum { DROPPED_BYTES_MAX = 65536, SENTENCE_BYTES_MAX = 512 };

/* ---- Sending ---- */

bool vb_http_send(struct vb_http_server *server, httpd_req_t *request, const void *bytes,
                  size_t size)
{
    const int fd = httpd_req_to_sockfd(request);
    const uint32_t began_ms = vb_idf_now_ms();
    uint32_t took_ms = began_ms;
    for (size_t at = 0; at < size;) {
        const int sent = httpd_socket_send(request->handle, fd, (const char *)bytes + at, size - at,
                                           MSG_DONTWAIT);
        const uint32_t now_ms = vb_idf_now_ms();
        if (sent > 0) {
            at += (size_t)sent;
            took_ms = now_ms;
        } else if (sent != HTTPD_SOCK_ERR_TIMEOUT || now_ms - took_ms >= VB_HTTP_STALLED_MS) {
            return false;
        } else {
            if (server->receiver != NULL)
                vb_http_meanwhile(server->receiver);
            vTaskDelay(pdMS_TO_TICKS(VB_HTTP_RETRY_MS));
        }
        if (now_ms - began_ms >= VB_HTTP_ANSWER_MS_MAX)
            return false;
    }
    return true;
}

esp_err_t vb_http_send_answer(struct vb_http_server *server, httpd_req_t *request, const char *text,
                              size_t size)
{
    const bool head_only = request->method == HTTP_HEAD;
    return vb_http_send(server, request, server->head.text, server->head.size) &&
                   (head_only || vb_http_send(server, request, text, size))
               ? ESP_OK
               : ESP_FAIL;
}

esp_err_t vb_http_answer(struct vb_http_server *server, httpd_req_t *request, uint16_t status,
                         const char *content_type, const char *text, size_t size)
{
    vb_head_begin(&server->head, status);
    vb_head_put(&server->head, "Content-Type", content_type);
    vb_head_put(&server->head, "Cache-Control", "no-store");
    vb_head_length(&server->head, size);
    vb_head_end(&server->head);
    return vb_http_send_answer(server, request, text, size);
}

esp_err_t vb_http_refuse(struct vb_http_server *server, httpd_req_t *request, uint16_t status,
                         const char *sentence)
{
    char text[SENTENCE_BYTES_MAX];
    struct vb_json json = vb_json_of(text, sizeof text);
    vb_json_object(&json, NULL);
    vb_json_string(&json, "error", sentence);
    vb_json_object_end(&json);
    VB_ASSERT(!json.failed);
    const esp_err_t err =
        vb_http_answer(server, request, status, "application/json", text, json.at);
    return request->content_len <= DROPPED_BYTES_MAX ? err : ESP_FAIL;
}

/* ---- Requests ---- */

bool vb_http_admit(struct vb_http_server *server, httpd_req_t *request, esp_err_t *result)
{
    static const struct vb_site_policy none = {0};
    char reason[256];
    if (!vb_http_request_read(request, &server->request)) {
        *result = vb_http_refuse(server, request, 400,
                                 "The address or a header is malformed or too long; check it.");
        return false;
    }
    const struct vb_request call = vb_http_request_call(&server->request);
    const struct vb_site_policy *policy =
        server->receiver == NULL ? &none : &server->receiver->config.api->policy;
    const uint16_t foreign = vb_site_check(policy, call.host, call.origin, reason, sizeof reason);
    if (foreign != 0)
        *result = vb_http_refuse(server, request, foreign, reason);
    return foreign == 0;
}

static esp_err_t answer(struct vb_http_server *server, httpd_req_t *request)
{
    const struct vb_http_request *read = &server->request;
    if (server->wifi_page != NULL && (server->receiver == NULL || vb_http_is_below(read, "/wifi")))
        return vb_wifi_page_answer(server->wifi_page, server, request);
    if (vb_http_is_below(read, "/api"))
        return vb_http_api_answer(server->receiver, request);
    if (vb_http_is_below(read, "/ws"))
        return vb_http_refuse(server, request, 426, "This is a WebSocket; connect with ws://.");
    return vb_http_page_answer(server->receiver, request);
}

static esp_err_t on_request(httpd_req_t *request)
{
    struct vb_http_server *server = request->user_ctx;
    esp_err_t err;
    if (vb_http_admit(server, request, &err))
        err = answer(server, request);
    if (server->receiver != NULL)
        vb_http_sockets_touch(server->receiver);
    return err;
}

/* What is sent goes out at once, not with what may follow. Where there is no place left, the server
 * closes the connection that has been silent for longest: that shall not be a WebSocket, which only
 * listens. */
static esp_err_t on_open(httpd_handle_t handle, int fd)
{
    struct vb_http_server *server = httpd_get_global_user_ctx(handle);
    const int on = 1;
    (void)lwip_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (server->receiver != NULL)
        vb_http_sockets_touch(server->receiver);
    return ESP_OK;
}

/* ---- The start ---- */

static httpd_config_t config_of(struct vb_http_server *server, uint16_t port)
{
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.stack_size = VB_HTTP_STACK_BYTES;
    config.max_req_hdr_len = VB_HTTP_HEADERS_BYTES;
    config.max_open_sockets = VB_HTTP_CONNECTIONS;
    config.server_port = port;
    config.lru_purge_enable = true;
    config.recv_wait_timeout = VB_HTTP_STALLED_MS / 1000;
    config.global_user_ctx = server; /* freed by httpd_stop() alone, which is never called */
    config.open_fn = on_open;
    config.uri_match_fn = httpd_uri_match_wildcard;
    return config;
}

esp_err_t vb_http_server_start(struct vb_http_server *server, struct vb_wifi_page *wifi_page,
                               struct vb_http_receiver *receiver, uint16_t port)
{
    VB_ASSERT(wifi_page != NULL || receiver != NULL);
    memset(server, 0, sizeof *server);
    server->wifi_page = wifi_page;
    server->receiver = receiver;
    const httpd_config_t config = config_of(server, port);
    const httpd_uri_t all = {
        .uri = "/*", .method = HTTP_ANY, .handler = on_request, .user_ctx = server};
    /* It warns of every byte that a client does not take at once. */
    esp_log_level_set("httpd_txrx", ESP_LOG_ERROR);
    esp_err_t err = httpd_start(&server->handle, &config);
    if (err == ESP_OK && receiver != NULL)
        err = vb_http_receiver_attach(receiver, server);
    return err == ESP_OK ? httpd_register_uri_handler(server->handle, &all) : err;
}
