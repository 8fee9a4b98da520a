/* WebSockets of the HTTP server on the host, RFC 6455: the handshake, and reading frames. */
#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "host_http_parts.h"
#include "voltbeacon/core/platform.h"

enum { LENGTH_16 = 126, LENGTH_64 = 127, MASKED = 0x80, OPCODE = 0x0f, KEY_SIZE_MAX = 27 };

esp_err_t host_websocket_upgrade(struct host_http_request *request, const httpd_uri_t *uri)
{
    char text[KEY_SIZE_MAX + 64], accept[64], answer[192];
    char key[KEY_SIZE_MAX + 1], version[3];
    unsigned char hash[20];
    if (uri->ws_pre_handshake_cb != NULL && uri->ws_pre_handshake_cb(&request->request) != ESP_OK)
        return ESP_FAIL;
    if (httpd_req_get_hdr_value_str(&request->request, "Sec-WebSocket-Version", version,
                                    sizeof version) != ESP_OK ||
        strcmp(version, "13") != 0 ||
        httpd_req_get_hdr_value_str(&request->request, "Sec-WebSocket-Key", key, sizeof key) !=
            ESP_OK)
        return ESP_FAIL;
    snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    lws_SHA1((const unsigned char *)text, strlen(text), hash);
    VB_ASSERT(lws_b64_encode_string((const char *)hash, sizeof hash, accept, sizeof accept) > 0);
    const int size = snprintf(answer, sizeof answer,
                              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                              "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                              accept);
    if (send(request->session->fd, answer, (size_t)size, MSG_NOSIGNAL) != size)
        return ESP_FAIL;
    request->session->is_websocket = true;
    request->session->uri = *uri;
    return ESP_OK;
}

static bool read_length(struct host_http_session *session, unsigned char first, size_t *length)
{
    unsigned char bytes[8] = {0};
    *length = first & ~MASKED & 0xff;
    const size_t size = *length == LENGTH_16 ? 2 : *length == LENGTH_64 ? 8 : 0;
    if (size == 0)
        return true;
    *length = 0;
    if (!host_http_receive_all(session, bytes, size))
        return false;
    for (size_t i = 0; i < size; i++)
        *length = *length << 8 | bytes[i];
    return true;
}

esp_err_t httpd_ws_recv_frame(httpd_req_t *req, httpd_ws_frame_t *pkt, size_t max_len)
{
    struct host_http_request *request = host_http_of(req);
    struct host_http_session *session = request->session;
    unsigned char second, mask[4];
    VB_ASSERT(session->is_websocket && pkt->len == 0);
    pkt->type = (httpd_ws_type_t)(request->frame_first & OPCODE);
    if (!host_http_receive_all(session, &second, 1) || !read_length(session, second, &pkt->len))
        return ESP_FAIL;
    if ((second & MASKED) == 0)
        return ESP_ERR_INVALID_STATE;
    if (!host_http_receive_all(session, mask, sizeof mask))
        return ESP_FAIL;
    if (pkt->len > max_len)
        return ESP_ERR_INVALID_SIZE;
    if (!host_http_receive_all(session, pkt->payload, pkt->len))
        return ESP_FAIL;
    for (size_t i = 0; i < pkt->len; i++)
        pkt->payload[i] ^= mask[i % 4];
    return ESP_OK;
}

esp_err_t host_websocket_came(struct host_http_request *request)
{
    struct host_http_session *session = request->session;
    if (session->is_closing)
        return ESP_OK;
    /* The real one takes a connection that is gone for a frame that closes it. */
    if (!host_http_receive_all(session, &request->frame_first, 1))
        request->frame_first = HTTPD_WS_TYPE_CLOSE;
    session->is_closing = (request->frame_first & OPCODE) == HTTPD_WS_TYPE_CLOSE;
    VB_ASSERT(
        session->uri.handle_ws_control_frames); /* the server's own answers are not modelled */
    request->request.user_ctx = session->uri.user_ctx;
    return session->uri.handler(&request->request);
}
