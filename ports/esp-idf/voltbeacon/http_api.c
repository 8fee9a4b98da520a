#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp-idf/voltbeacon/http_parts.h"
#include "esp-idf/voltbeacon/http_text.h"
#include "esp-idf/voltbeacon/idf_clock.h"

/* ---- Answering ---- */

static size_t next_piece(struct vb_http_receiver *receiver)
{
    struct vb_http_piece *piece = &receiver->piece;
    vb_http_lock(receiver);
    const size_t size =
        vb_response_next(&receiver->response, vb_idf_now_ms(), piece->text, sizeof piece->text);
    vb_http_unlock(receiver);
    return size;
}

/* A piece as a chunk, RFC 9112 section 7.1; of 0 bytes, which ends the answer. */
static bool send_chunk(struct vb_http_receiver *receiver, httpd_req_t *request, size_t size)
{
    struct vb_http_piece *piece = &receiver->piece;
    char length[sizeof piece->before + 1];
    const int digits = snprintf(length, sizeof length, "%zx\r\n", size);
    VB_ASSERT(digits > 0 && digits <= (int)sizeof piece->before && size <= sizeof piece->text);
    char *start = piece->text - digits;
    memcpy(start, length, (size_t)digits);
    memcpy(piece->text + size, "\r\n", 2); /* may be in after */
    return vb_http_send(receiver->server, request, start, (size_t)digits + size + 2);
}

static void send_chunks(struct vb_http_receiver *receiver, httpd_req_t *request, size_t size)
{
    while (size == 0 || send_chunk(receiver, request, size)) {
        if (receiver->response.piece == NULL) {
            (void)send_chunk(receiver, request, 0);
            return;
        }
        size = next_piece(receiver);
    }
}

static esp_err_t send_response(struct vb_http_receiver *receiver, httpd_req_t *request)
{
    struct vb_answer_head *head = &receiver->server->head;
    const size_t size = next_piece(receiver);
    const bool whole = receiver->response.piece == NULL;
    vb_head_of_response(head, &receiver->response);
    if (whole)
        vb_head_length(head, size);
    else
        vb_head_put(head, "Transfer-Encoding", "chunked");
    (void)vb_http_send_answer(receiver->server, request, receiver->piece.text, whole ? size : 0);
    if (!whole && request->method != HTTP_HEAD)
        send_chunks(receiver, request, size);
    return ESP_FAIL;
}

/* ---- A request ---- */

/* Notes who waits for the commit that the response speaks of. False: all places are taken. */
static bool wait_for_commit(struct vb_http_receiver *receiver, httpd_req_t *request)
{
    for (unsigned i = 0; i < VB_HTTP_WAITING; i++) {
        struct vb_http_waiting *waiting = &receiver->waiting[i];
        if (waiting->request != NULL)
            continue;
        *waiting = (struct vb_http_waiting){.token = receiver->response.token};
        return httpd_req_async_handler_begin(request, &waiting->request) == ESP_OK;
    }
    return false;
}

static esp_err_t call_api(struct vb_http_receiver *receiver, httpd_req_t *request, const char *body)
{
    const struct vb_http_receiver_config *config = &receiver->config;
    struct vb_request call = vb_http_request_call(&receiver->server->request);
    call.body = body;
    call.size = body == NULL ? 0 : request->content_len;
    vb_http_lock(receiver);
    vb_api_handle(config->api, &call, vb_idf_now_ms(), &receiver->response);
    const bool later = receiver->response.later;
    const bool waits = later && wait_for_commit(receiver, request);
    vb_http_unlock(receiver);
    if (config->changed != NULL && request->method != HTTP_GET)
        config->changed(config->ctx);
    if (!later)
        return send_response(receiver, request);
    return waits ? ESP_OK
                 : vb_http_refuse(receiver->server, request, 503,
                                  "Too many changes wait; ask what became of this one.");
}

static esp_err_t answer(struct vb_http_receiver *receiver, httpd_req_t *request)
{
    if (request->content_len > vb_body_bytes_max(receiver->config.api))
        return vb_http_refuse(receiver->server, request, 413,
                              "The body is over 4 kB; send less at once.");
    if (request->content_len == 0)
        return call_api(receiver, request, NULL);
    char *body = malloc(request->content_len);
    if (body == NULL)
        return vb_http_refuse(receiver->server, request, 503,
                              "The receiver is out of memory; try again.");
    const esp_err_t err = vb_http_body(request, body, request->content_len)
                              ? call_api(receiver, request, body)
                              : ESP_FAIL;
    free(body);
    return err;
}

esp_err_t vb_http_api_answer(struct vb_http_receiver *receiver, httpd_req_t *request)
{
    receiver->is_busy = true;
    const esp_err_t err = answer(receiver, request);
    receiver->is_busy = false;
    vb_http_round(receiver); /* what waited meanwhile */
    return err;
}

/* ---- Those that waited ---- */

/* Of one whose commit is there, the response is made. NULL: there is none. */
static httpd_req_t *next_resumed(struct vb_http_receiver *receiver)
{
    httpd_req_t *request = NULL;
    vb_http_lock(receiver);
    for (unsigned i = 0; i < VB_HTTP_WAITING && request == NULL; i++) {
        struct vb_http_waiting *waiting = &receiver->waiting[i];
        if (waiting->request == NULL || !waiting->answered)
            continue;
        request = waiting->request;
        vb_api_resume(receiver->config.api, waiting->result, vb_idf_now_ms(), &receiver->response);
        *waiting = (struct vb_http_waiting){0};
    }
    vb_http_unlock(receiver);
    return request;
}

void vb_http_api_resume(struct vb_http_receiver *receiver)
{
    VB_ASSERT(!receiver->is_busy);
    receiver->is_busy = true;
    for (httpd_req_t *request = next_resumed(receiver); request != NULL;
         request = next_resumed(receiver)) {
        const int fd = httpd_req_to_sockfd(request);
        (void)send_response(receiver, request);
        (void)httpd_req_async_handler_complete(request);
        vb_http_expect(receiver->server, fd); /* but the client has been told to close it */
    }
    receiver->is_busy = false;
}
