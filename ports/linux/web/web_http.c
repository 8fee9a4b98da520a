#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux/loop/loop.h"
#include "linux/web/web_connection.h"

/* ---- Writing ---- */

static void end_head(const struct vb_web_connection *connection, struct vb_answer_head *head)
{
    vb_head_put(head, "Connection", connection->close_after ? "close" : NULL);
    vb_head_end(head);
}

/* Where the body of the next write goes; its head precedes it. */
static char *body_place(const struct vb_web_connection *connection)
{
    return (char *)connection->web->frame + LWS_PRE + VB_WEB_HEAD_SIZE;
}

/* Writes head (NULL: none) and the first size bytes of the body in one call. False if the client is
 * gone. */
static bool write_frame(struct vb_web_connection *connection, const struct vb_answer_head *head,
                        size_t size)
{
    const size_t head_size = head == NULL ? 0 : head->size;
    uint8_t *start = (uint8_t *)body_place(connection) - head_size;
    VB_ASSERT(size <= VB_WEB_BODY_SIZE);
    if (head != NULL)
        memcpy(start, head->text, head_size);
    if (head_size + size == 0)
        return true;
    return lws_write(connection->wsi, start, head_size + size, LWS_WRITE_HTTP) >= 0;
}

/* The answer has been sent: on to the next request. */
static int finish(struct vb_web_connection *connection)
{
    free(connection->body);
    connection->body = NULL;
    connection->answer = VB_WEB_ANSWER_NONE;
    connection->asset = NULL;
    if (connection->close_after)
        return -1;
    vb_web_deadline(connection, connection->web->options.idle_timeout_ms);
    return lws_http_transaction_completed(connection->wsi) ? -1 : 0;
}

/* It does not fit one write: the rest follows as the client takes it. */
static int go_on(struct vb_web_connection *connection, enum vb_web_answer answer)
{
    connection->answer = answer;
    vb_web_deadline(connection, connection->web->options.request_timeout_ms);
    lws_callback_on_writable(connection->wsi);
    return 0;
}

int vb_web_http_refuse(struct vb_web_connection *connection, uint16_t status, const char *text)
{
    struct vb_json json = vb_json_of(body_place(connection), VB_WEB_BODY_SIZE);
    struct vb_answer_head head;
    vb_json_object(&json, NULL);
    vb_json_string(&json, "error", text);
    vb_json_object_end(&json);

    connection->close_after = true;
    vb_head_begin(&head, status);
    vb_head_put(&head, "Content-Type", "application/json");
    vb_head_put(&head, "Cache-Control", "no-store");
    vb_head_length(&head, json.at);
    end_head(connection, &head);
    if (!write_frame(connection, &head, connection->head_only ? 0 : json.at))
        return -1;
    return finish(connection);
}

/* ---- The API ---- */

/* An answer that does not fit one write ends with the connection, so its length need not be
 * known. */
static int send_response(struct vb_web_connection *connection)
{
    struct vb_response *response = &connection->response;
    struct vb_answer_head head;
    const size_t size =
        vb_response_next(response, vb_now_ms(), body_place(connection), VB_WEB_BODY_SIZE);
    const bool whole = response->piece == NULL;

    connection->close_after |= !whole;
    vb_head_of_response(&head, response);
    if (whole)
        vb_head_length(&head, size);
    end_head(connection, &head);
    if (!write_frame(connection, &head, connection->head_only ? 0 : size))
        return -1;
    if (whole || connection->head_only)
        return finish(connection);
    return go_on(connection, VB_WEB_ANSWER_PIECES);
}

static int send_pieces(struct vb_web_connection *connection)
{
    const size_t size = vb_response_next(&connection->response, vb_now_ms(), body_place(connection),
                                         VB_WEB_BODY_SIZE);
    if (!write_frame(connection, NULL, size))
        return -1;
    return connection->response.piece == NULL ? finish(connection)
                                              : go_on(connection, VB_WEB_ANSWER_PIECES);
}

static int answer_api(struct vb_web_connection *connection, const struct vb_web_request *request)
{
    struct vb_web *web = connection->web;
    struct vb_request call = vb_web_api_request(connection, request);
    call.body = connection->body;
    call.size = connection->body_size;
    vb_api_handle(web->api, &call, vb_now_ms(), &connection->response);
    if (!connection->response.later)
        return send_response(connection);
    connection->answer = VB_WEB_ANSWER_LATER;
    vb_web_deadline(connection, web->options.request_timeout_ms);
    return 0;
}

/* ---- Pages ---- */

static int send_asset_bytes(struct vb_web_connection *connection, const struct vb_answer_head *head)
{
    const size_t left = connection->asset->size - connection->asset_at;
    const size_t size = left < VB_WEB_BODY_SIZE ? left : VB_WEB_BODY_SIZE;
    memcpy(body_place(connection), connection->asset->bytes + connection->asset_at, size);
    if (!write_frame(connection, head, size))
        return -1;
    connection->asset_at += size;
    return size == left ? finish(connection) : go_on(connection, VB_WEB_ANSWER_ASSET);
}

static int send_asset(struct vb_web_connection *connection, const struct vb_web_request *request,
                      const struct vb_asset *asset, uint16_t status)
{
    const struct vb_asset_form *form = vb_page_form(asset, request->accept_encoding);
    struct vb_answer_head head;
    if (form == NULL)
        return vb_web_http_refuse(connection, 406, vb_page_form_missing);
    const bool follows = vb_head_of_page(&head, asset, form, status, request->if_none_match);
    end_head(connection, &head);
    if (!follows || connection->head_only)
        return write_frame(connection, &head, 0) ? finish(connection) : -1;
    connection->asset = form;
    connection->asset_at = 0;
    return send_asset_bytes(connection, &head);
}

static int answer_page(struct vb_web_connection *connection, const struct vb_web_request *request)
{
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
        return vb_web_http_refuse(connection, 405, "Pages can only be read; use GET.");
    uint16_t status;
    const struct vb_asset *asset =
        vb_page_for(&connection->web->options.pages, request->path, &status);
    if (asset == NULL)
        return vb_web_http_refuse(connection, 404, "There is no such page; open / instead.");
    return send_asset(connection, request, asset, status);
}

/* ---- Requests ---- */

static bool is_below(const char *path, const char *folder)
{
    const size_t size = strlen(folder);
    return strncmp(path, folder, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

static int refuse_counted(struct vb_web_connection *connection, enum vb_web_refusal refusal,
                          uint16_t status, const char *text)
{
    vb_web_count(connection, refusal);
    return vb_web_http_refuse(connection, status, text);
}

static int answer(struct vb_web_connection *connection)
{
    struct vb_web *web = connection->web;
    struct vb_web_request request;
    const char *problem;
    char reason[VB_WEB_HEADER_SIZE];

    if (!vb_web_request_read(connection->wsi, &request, &problem))
        return refuse_counted(connection, VB_WEB_REFUSED_HEADER, 400, problem);
    connection->head_only = strcmp(request.method, "HEAD") == 0;
    const struct vb_request call = vb_web_api_request(connection, &request);
    const uint16_t foreign =
        vb_site_check(&web->api->policy, call.host, call.origin, reason, sizeof reason);
    if (foreign != 0)
        return refuse_counted(connection, VB_WEB_REFUSED_SITE, foreign, reason);
    if (is_below(request.path, "/api"))
        return answer_api(connection, &request);
    if (is_below(request.path, "/ws"))
        return vb_web_http_refuse(connection, 426, "This is a WebSocket; connect with ws://.");
    return answer_page(connection, &request);
}

static bool is_post(const struct vb_web_connection *connection)
{
    return lws_hdr_total_length(connection->wsi, WSI_TOKEN_POST_URI) > 0;
}

int vb_web_http_request(struct vb_web_connection *connection)
{
    size_t size;
    if (connection->answer != VB_WEB_ANSWER_NONE) {
        vb_web_count(connection, VB_WEB_REFUSED_PIPELINED);
        return -1;
    }
    connection->body_size = 0;
    connection->body_expected = 0;
    connection->head_only = false;
    switch (vb_web_request_body(connection->wsi, &size)) {
    case VB_WEB_BODY_NONE: /* libwebsockets reports the end of an empty POST as well */
        return is_post(connection) ? 0 : answer(connection);
    case VB_WEB_BODY_SOME:
        break;
    case VB_WEB_BODY_MISSING_LENGTH:
        return refuse_counted(
            connection, VB_WEB_REFUSED_LENGTH_MISSING, 411,
            "The body's length is missing; send Content-Length, 0 if there is none.");
    case VB_WEB_BODY_MALFORMED:
        return refuse_counted(connection, VB_WEB_REFUSED_LENGTH, 400,
                              "Content-Length is malformed; send it once, as one number.");
    }
    if (lws_hdr_total_length(connection->wsi, WSI_TOKEN_GET_URI) > 0 ||
        lws_hdr_total_length(connection->wsi, WSI_TOKEN_HEAD_URI) > 0)
        return refuse_counted(connection, VB_WEB_REFUSED_BODY, 400,
                              "A GET has no body; send it without one.");
    if (size > vb_body_bytes_max(connection->web->api))
        return refuse_counted(connection, VB_WEB_REFUSED_TOO_LARGE, 413,
                              "The body is over 16 kB; send less at once.");
    connection->body = malloc(size);
    if (connection->body == NULL)
        return vb_web_http_refuse(connection, 503, "The receiver is out of memory; try again.");
    connection->body_expected = size;
    vb_web_deadline(connection, connection->web->options.request_timeout_ms);
    return 0;
}

int vb_web_http_body(struct vb_web_connection *connection, const void *bytes, size_t size)
{
    if (connection->answer != VB_WEB_ANSWER_NONE ||
        size > connection->body_expected - connection->body_size)
        return -1;
    if (size > 0)
        memcpy(connection->body + connection->body_size, bytes, size);
    connection->body_size += size;
    return 0;
}

int vb_web_http_complete(struct vb_web_connection *connection)
{
    if (connection->answer != VB_WEB_ANSWER_NONE) { /* do not wait for what follows the body */
        vb_web_count(connection, VB_WEB_REFUSED_PIPELINED);
        return -1;
    }
    VB_ASSERT(connection->body_size <= connection->body_expected);
    return answer(connection);
}

int vb_web_http_writable(struct vb_web_connection *connection)
{
    switch (connection->answer) {
    case VB_WEB_ANSWER_NONE:
    case VB_WEB_ANSWER_LATER:
        return 0;
    case VB_WEB_ANSWER_READY:
        return send_response(connection);
    case VB_WEB_ANSWER_PIECES:
        return send_pieces(connection);
    case VB_WEB_ANSWER_ASSET:
        return send_asset_bytes(connection, NULL);
    }
    return -1;
}
