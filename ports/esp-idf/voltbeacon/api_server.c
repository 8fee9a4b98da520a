#include "esp-idf/voltbeacon/api_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp-idf/voltbeacon/http_text.h"
#include "esp-idf/voltbeacon/idf_clock.h"

enum { DROPPED_BYTES_MAX = 65536 };

/* ---- Answering ---- */

static void set_header(httpd_req_t *request, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        (void)httpd_resp_set_hdr(request, name, value);
}

static size_t next_piece(struct vb_api_server *server)
{
    (void)xSemaphoreTake(server->lock, portMAX_DELAY);
    const size_t size =
        vb_response_next(&server->response, vb_idf_now_ms(), server->piece, sizeof server->piece);
    (void)xSemaphoreGive(server->lock);
    return size;
}

/* What is sent may be waited for; whoever owns the device goes on meanwhile. */
static esp_err_t send_response(struct vb_api_server *server, httpd_req_t *request)
{
    const struct vb_response *response = &server->response;
    snprintf(server->status, sizeof server->status, "%u", response->status);
    (void)httpd_resp_set_status(request, server->status);
    (void)httpd_resp_set_type(request, response->content_type);
    set_header(request, "Cache-Control", "no-store");
    set_header(request, "X-Content-Type-Options", "nosniff");
    set_header(request, "ETag", response->etag);
    set_header(request, "Location", response->location);
    set_header(request, "Allow", response->allow);
    set_header(request, "Content-Disposition", response->disposition);
    set_header(request, "Set-Cookie", response->set_cookie);
    size_t size = next_piece(server);
    if (request->method == HTTP_HEAD)
        return httpd_resp_send(request, NULL, 0);
    if (response->piece == NULL)
        return httpd_resp_send(request, server->piece, (ssize_t)size);
    for (;;) {
        if (size > 0 && httpd_resp_send_chunk(request, server->piece, (ssize_t)size) != ESP_OK)
            return ESP_FAIL;
        if (response->piece == NULL)
            return httpd_resp_send_chunk(request, NULL, 0);
        size = next_piece(server);
    }
}

static esp_err_t refuse(httpd_req_t *request, const char *status, const char *json)
{
    (void)httpd_resp_set_status(request, status);
    (void)httpd_resp_set_type(request, "application/json");
    (void)httpd_resp_send(request, json, (ssize_t)strlen(json));
    /* The server reads the rest of the request, and drops it; of what would take long it does not.
     */
    return request->content_len <= DROPPED_BYTES_MAX ? ESP_OK : ESP_FAIL;
}

/* ---- Reading ---- */

/* The address up to its query, decoded. */
static bool read_path(const char *uri, char *path, size_t capacity)
{
    return vb_http_decode(uri, strcspn(uri, "?"), false, path, capacity);
}

static bool read_request(httpd_req_t *request, struct vb_api_server_request *read)
{
    const char *query = strchr(request->uri, '?');
    const int length =
        snprintf(read->query, sizeof read->query, "%s", query == NULL ? "" : query + 1);
    (void)vb_http_header(request, "Cookie", read->cookie, sizeof read->cookie);
    return read_path(request->uri, read->path, sizeof read->path) &&
           length < (int)sizeof read->query &&
           vb_http_header(request, "Host", read->host, sizeof read->host) &&
           vb_http_header(request, "Origin", read->origin, sizeof read->origin) &&
           vb_http_header(request, "If-Match", read->if_match, sizeof read->if_match) &&
           vb_http_header(request, "Content-Type", read->content_type, sizeof read->content_type) &&
           vb_http_header(request, "Authorization", read->authorization,
                          sizeof read->authorization);
}

static const char *method_name(int method)
{
    switch (method) {
    case HTTP_GET:
        return "GET";
    case HTTP_HEAD:
        return "HEAD";
    case HTTP_POST:
        return "POST";
    case HTTP_PUT:
        return "PUT";
    case HTTP_PATCH:
        return "PATCH";
    case HTTP_DELETE:
        return "DELETE";
    case HTTP_OPTIONS:
        return "OPTIONS";
    default:
        return "OTHER";
    }
}

static const char *if_sent(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

/* ---- A request ---- */

/* Notes who waits for the commit that the response speaks of. False: all places are taken. */
static bool wait_for_commit(struct vb_api_server *server, httpd_req_t *request)
{
    for (unsigned i = 0; i < VB_API_SERVER_WAITING; i++) {
        struct vb_api_server_waiting *waiting = &server->waiting[i];
        if (waiting->request != NULL)
            continue;
        *waiting = (struct vb_api_server_waiting){.token = server->response.token};
        return httpd_req_async_handler_begin(request, &waiting->request) == ESP_OK;
    }
    return false;
}

static esp_err_t answer(struct vb_api_server *server, httpd_req_t *request, const char *body)
{
    const struct vb_api_server_request *read = &server->request;
    const struct vb_request call = {.method = method_name(request->method),
                                    .path = read->path,
                                    .query = if_sent(read->query),
                                    .host = if_sent(read->host),
                                    .origin = if_sent(read->origin),
                                    .if_match = if_sent(read->if_match),
                                    .content_type = if_sent(read->content_type),
                                    .cookie = if_sent(read->cookie),
                                    .authorization = if_sent(read->authorization),
                                    .body = body,
                                    .size = body == NULL ? 0 : request->content_len,
                                    .peer = ""};
    (void)xSemaphoreTake(server->lock, portMAX_DELAY);
    vb_api_handle(server->api, &call, vb_idf_now_ms(), &server->response);
    const bool later = server->response.later;
    const bool waits = later && wait_for_commit(server, request);
    (void)xSemaphoreGive(server->lock);
    if (!later)
        return send_response(server, request);
    return waits ? ESP_OK
                 : refuse(request, "503",
                          "{\"error\":\"Too many changes wait; ask what became "
                          "of this one.\"}");
}

static esp_err_t on_request(httpd_req_t *request)
{
    struct vb_api_server *server = request->user_ctx;
    if (!read_request(request, &server->request))
        return refuse(
            request, "400",
            "{\"error\":\"The address or a header is malformed or too long; check it.\"}");
    if (request->content_len > vb_body_bytes_max(server->api))
        return refuse(request, "413", "{\"error\":\"The body is over 4 kB; send less at once.\"}");
    if (request->content_len == 0)
        return answer(server, request, NULL);
    char *body = malloc(request->content_len);
    if (body == NULL)
        return refuse(request, "503", "{\"error\":\"The receiver is out of memory; try again.\"}");
    const esp_err_t err = vb_http_body(request, body, request->content_len)
                              ? answer(server, request, body)
                              : ESP_FAIL;
    free(body);
    return err;
}

/* ---- Those that waited ---- */

static void resume(void *arg)
{
    struct vb_api_server *server = arg;
    for (unsigned i = 0; i < VB_API_SERVER_WAITING; i++) {
        struct vb_api_server_waiting *waiting = &server->waiting[i];
        (void)xSemaphoreTake(server->lock, portMAX_DELAY);
        httpd_req_t *request = waiting->answered ? waiting->request : NULL;
        if (request != NULL) {
            vb_api_resume(server->api, waiting->result, vb_idf_now_ms(), &server->response);
            *waiting = (struct vb_api_server_waiting){0};
        }
        (void)xSemaphoreGive(server->lock);
        if (request == NULL)
            continue;
        (void)send_response(server, request);
        (void)httpd_req_async_handler_complete(request);
    }
}

void vb_api_server_committed(struct vb_api_server *server, uint32_t token, enum vb_err result)
{
    for (unsigned i = 0; i < VB_API_SERVER_WAITING; i++) {
        struct vb_api_server_waiting *waiting = &server->waiting[i];
        if (waiting->request == NULL || waiting->token != token)
            continue;
        waiting->answered = true;
        waiting->result = result;
        (void)httpd_queue_work(server->server, resume, server);
    }
}

esp_err_t vb_api_server_start(struct vb_api_server *server, struct vb_api *api,
                              SemaphoreHandle_t lock, uint16_t port)
{
    httpd_config_t config = HTTPD_DEFAULT_CONFIG();
    config.stack_size = VB_API_SERVER_STACK_BYTES;
    config.max_req_hdr_len = VB_API_SERVER_HEADERS_BYTES;
    config.max_resp_headers = 12;
    config.server_port = port;
    config.lru_purge_enable = true;
    config.uri_match_fn = httpd_uri_match_wildcard;
    memset(server, 0, sizeof *server);
    server->api = api;
    server->lock = lock;
    (void)xSemaphoreTake(lock, portMAX_DELAY);
    api->body_bytes_max = VB_API_SERVER_BODY_BYTES;
    api->body_nodes_max = VB_API_SERVER_BODY_NODES;
    (void)xSemaphoreGive(lock);
    const httpd_uri_t all = {
        .uri = "/*", .method = HTTP_ANY, .handler = on_request, .user_ctx = server};
    const esp_err_t err = httpd_start(&server->server, &config);
    return err == ESP_OK ? httpd_register_uri_handler(server->server, &all) : err;
}
