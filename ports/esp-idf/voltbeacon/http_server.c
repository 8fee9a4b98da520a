#include "esp-idf/voltbeacon/http_server.h"

#include <esp_log.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <lwip/sockets.h>
#include <string.h>

#include "esp-idf/voltbeacon/http_firmware.h"
#include "esp-idf/voltbeacon/http_parts.h"
#include "esp-idf/voltbeacon/idf_clock.h"
#include "esp-idf/voltbeacon/wifi_page.h"

_Static_assert((int)VB_HTTP_BACKLOG <= DEFAULT_ACCEPTMBOX_SIZE,
               "lwIP resets what its mailbox has no room for: CONFIG_LWIP_TCP_ACCEPTMBOX_SIZE");

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
    vb_head_put(&server->head, "Connection", "close");
    vb_head_end(&server->head);
    if (vb_http_send(server, request, server->head.text, server->head.size) &&
        request->method != HTTP_HEAD)
        (void)vb_http_send(server, request, text, size);
    return ESP_FAIL;
}

esp_err_t vb_http_answer(struct vb_http_server *server, httpd_req_t *request, uint16_t status,
                         const char *content_type, const char *text, size_t size)
{
    vb_head_begin(&server->head, status);
    vb_head_put(&server->head, "Content-Type", content_type);
    vb_head_put(&server->head, "Cache-Control", "no-store");
    vb_head_length(&server->head, size);
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
    return vb_http_answer(server, request, status, "application/json", text, json.at);
}

/* ---- Connections without a request ---- */

static struct vb_http_idle *idle_of(struct vb_http_server *server, int fd)
{
    for (unsigned i = 0; i < VB_HTTP_CONNECTIONS; i++) {
        if (server->idle[i].is_used && server->idle[i].fd == fd)
            return &server->idle[i];
    }
    return NULL;
}

/* One that the client has closed is still in the table until it is found to be gone. */
void vb_http_expect(struct vb_http_server *server, int fd)
{
    struct vb_http_idle *idle = idle_of(server, fd);
    for (unsigned i = 0; i < VB_HTTP_CONNECTIONS && idle == NULL; i++)
        idle = server->idle[i].is_used ? NULL : &server->idle[i];
    if (idle != NULL)
        *idle = (struct vb_http_idle){.is_used = true, .fd = fd, .since_ms = vb_idf_now_ms()};
}

static void has_come(struct vb_http_server *server, int fd)
{
    struct vb_http_idle *idle = idle_of(server, fd);
    if (idle != NULL)
        idle->is_used = false;
}

void vb_http_end(int fd)
{
    (void)lwip_shutdown(fd, SHUT_RDWR);
}

void vb_http_close_idle(struct vb_http_server *server)
{
    const uint32_t now_ms = vb_idf_now_ms();
    for (unsigned i = 0; i < VB_HTTP_CONNECTIONS; i++) {
        struct vb_http_idle *idle = &server->idle[i];
        if (!idle->is_used || now_ms - idle->since_ms < VB_HTTP_STALLED_MS)
            continue;
        idle->is_used = false;
        if (httpd_ws_get_fd_info(server->handle, idle->fd) != HTTPD_WS_CLIENT_INVALID)
            vb_http_end(idle->fd);
    }
}

/* ---- Requests ---- */

bool vb_http_admit(struct vb_http_server *server, httpd_req_t *request)
{
    static const struct vb_site_policy none = {0};
    char reason[256];
    has_come(server, httpd_req_to_sockfd(request));
    if (!vb_http_request_read(request, &server->request)) {
        (void)vb_http_refuse(server, request, 400,
                             "The address or a header is malformed or too long; check it.");
        return false;
    }
    const struct vb_request call = vb_http_request_call(&server->request);
    const struct vb_site_policy *policy =
        server->receiver == NULL ? &none : &server->receiver->config.api->policy;
    const uint16_t foreign = vb_site_check(policy, call.host, call.origin, reason, sizeof reason);
    if (foreign != 0)
        (void)vb_http_refuse(server, request, foreign, reason);
    return foreign == 0;
}

/* For everybody who may ask a receiver; of a transmitter for those at its access point alone. */
static bool is_for_firmware(const struct vb_http_server *server)
{
    return strcmp(server->request.path, VB_HTTP_FIRMWARE_PATH) == 0 &&
           (server->receiver != NULL || vb_wifi_is_open(server->wifi_page->wifi));
}

static esp_err_t answer(struct vb_http_server *server, httpd_req_t *request)
{
    const struct vb_http_request *read = &server->request;
    if (is_for_firmware(server))
        return vb_http_firmware_answer(server, request);
    if (server->wifi_page != NULL && (server->receiver == NULL || vb_http_is_below(read, "/wifi")))
        return vb_wifi_page_answer(server->wifi_page, server, request);
    if (vb_http_is_below(read, "/api"))
        return vb_http_api_answer(server->receiver, request);
    if (vb_http_is_below(read, "/ws"))
        return vb_http_refuse(server, request, 426, "This is a WebSocket; connect with ws://.");
    return vb_http_page_answer(server->receiver, request);
}

/* What was refused before it was read: were it still unread when the connection is closed, that
 * would be a reset, which takes the answer with it. */
static void drop_rest(httpd_req_t *request)
{
    char rest[128];
    size_t dropped = 0;
    for (int got = 1; got > 0 && dropped<DROPPED_BYTES_MAX; dropped += got> 0 ? (size_t)got : 0)
        got = httpd_req_recv(request, rest, sizeof rest);
}

static esp_err_t on_request(httpd_req_t *request)
{
    struct vb_http_server *server = request->user_ctx;
    if (vb_http_admit(server, request) && answer(server, request) == ESP_OK)
        return ESP_OK; /* it is answered later */
    drop_rest(request);
    return ESP_FAIL;
}

/* What is sent goes out at once, not with what may follow. */
static esp_err_t on_open(httpd_handle_t handle, int fd)
{
    const int on = 1;
    (void)lwip_setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    vb_http_expect(httpd_get_global_user_ctx(handle), fd);
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
    /* Else it would close connections of others, whose request is under way, for a new one. Without
     * a receiver there are no rounds in which those without a request are closed. */
    config.lru_purge_enable = server->receiver == NULL;
    config.backlog_conn = VB_HTTP_BACKLOG;
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
    /* They warn of bytes that a client does not take at once, and of every connection that a
     * handler or the client of a WebSocket ends. */
    esp_log_level_set("httpd_txrx", ESP_LOG_ERROR);
    esp_log_level_set("httpd_uri", ESP_LOG_ERROR);
    esp_log_level_set("httpd_ws", ESP_LOG_ERROR);
    /* Until its handlers are there it would answer 404: they come first, whoever else is busy. */
    const UBaseType_t before = uxTaskPriorityGet(NULL);
    if (before <= config.task_priority)
        vTaskPrioritySet(NULL, config.task_priority + 1);
    esp_err_t err = httpd_start(&server->handle, &config);
    if (err == ESP_OK && receiver != NULL)
        err = vb_http_receiver_attach(receiver, server);
    if (err == ESP_OK)
        err = httpd_register_uri_handler(server->handle, &all);
    vTaskPrioritySet(NULL, before);
    return err;
}

void vb_http_server_takes_firmware(struct vb_http_server *server, struct vb_http_firmware *firmware)
{
    __atomic_store_n(&server->firmware, firmware, __ATOMIC_RELEASE); /* its task runs */
}
