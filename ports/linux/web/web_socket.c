#include <string.h>
#include <strings.h>

#include "linux/loop/loop.h"
#include "linux/web/web_connection.h"

enum { KEY_SIZE = 24 /* 16 bytes in base64, RFC 6455 section 4.1 */ };

static bool has_token(const char *list, const char *token)
{
    while (*list != '\0') {
        list += strspn(list, " \t,");
        const size_t size = strcspn(list, " \t,");
        if (size == strlen(token) && strncasecmp(list, token, size) == 0)
            return true;
        list += size;
    }
    return false;
}

static bool handshake_is_sound(struct lws *wsi)
{
    char connection[VB_WEB_HEADER_SIZE];
    char version[8];
    return lws_hdr_copy(wsi, connection, sizeof connection, WSI_TOKEN_CONNECTION) > 0 &&
           has_token(connection, "upgrade") &&
           lws_hdr_total_length(wsi, WSI_TOKEN_KEY) == KEY_SIZE &&
           lws_hdr_total_length(wsi, WSI_TOKEN_PROTOCOL) == 0 &&
           lws_hdr_copy(wsi, version, sizeof version, WSI_TOKEN_VERSION) > 0 &&
           strcmp(version, "13") == 0;
}

static int refuse(struct vb_web_connection *connection, enum vb_web_refusal refusal,
                  uint16_t status, const char *text)
{
    vb_web_count(connection, refusal);
    vb_web_http_refuse(connection, status, text);
    return -1;
}

/* Checks everything before libwebsockets accepts the upgrade, including what it would not check:
 * the path and the origin of the page. */
int vb_web_socket_upgrade(struct vb_web_connection *connection)
{
    struct vb_web *web = connection->web;
    struct vb_web_request request;
    struct vb_socket socket;
    const char *problem;
    char reason[VB_WEB_HEADER_SIZE];
    char protocol[16];

    if (connection->answer != VB_WEB_ANSWER_NONE)
        return refuse(connection, VB_WEB_REFUSED_PIPELINED, 400, "A request came too early.");
    if (!vb_web_request_read(connection->wsi, &request, &problem))
        return refuse(connection, VB_WEB_REFUSED_HEADER, 400, problem);
    const struct vb_request call = vb_web_api_request(connection, &request);
    const uint16_t foreign =
        vb_site_check(&web->api->policy, call.host, call.origin, reason, sizeof reason);
    if (foreign != 0)
        return refuse(connection, VB_WEB_REFUSED_SITE, foreign, reason);

    if (lws_hdr_copy(connection->wsi, protocol, sizeof protocol, WSI_TOKEN_UPGRADE) <= 0 ||
        strcasecmp(protocol, "websocket") != 0)
        return refuse(connection, VB_WEB_REFUSED_UPGRADE, 400,
                      "Only WebSockets can be upgraded to.");
    if (strcmp(request.method, "GET") != 0 || !handshake_is_sound(connection->wsi))
        return refuse(connection, VB_WEB_REFUSED_UPGRADE, 400,
                      "The WebSocket handshake is malformed; version 13 without a subprotocol is "
                      "spoken here.");
    const uint16_t refused = vb_api_socket(web->api, &call, &socket, reason, sizeof reason);
    if (refused != 0)
        return refuse(connection, VB_WEB_REFUSED_UPGRADE, refused, reason);

    connection->kind = VB_WEB_SOCKET;
    vb_push_join(web->push, &connection->client, socket.kind, socket.only_one ? &socket.mac : NULL);
    return 0;
}

/* ---- The newest, never a backlog: pages/socket_pace.h ---- */

static int send_ping(struct vb_web_connection *connection)
{
    uint8_t *payload = connection->web->frame + LWS_PRE;
    payload[0] = 'v';
    vb_pace_ping_sent(&connection->pace);
    return lws_write(connection->wsi, payload, 1, LWS_WRITE_PING) < 0 ? -1 : 0;
}

void vb_web_socket_pong(struct vb_web_connection *connection)
{
    vb_pace_pong_came(&connection->pace);
    if (vb_web_socket_wants(connection))
        lws_callback_on_writable(connection->wsi);
}

bool vb_web_socket_wants(const struct vb_web_connection *connection)
{
    return vb_pace_wants_ping(&connection->pace) ||
           (vb_pace_allows(&connection->pace) &&
            vb_push_pending(connection->web->push, &connection->client));
}

/* One message at a time: the next is made when this one has been sent, from the newest state. */
int vb_web_socket_writable(struct vb_web_connection *connection)
{
    struct vb_web *web = connection->web;
    char *text = (char *)web->frame + LWS_PRE;
    if (vb_pace_wants_ping(&connection->pace)) {
        const int gone = send_ping(connection);
        if (gone == 0 && vb_web_socket_wants(connection))
            lws_callback_on_writable(connection->wsi);
        return gone;
    }
    if (!vb_pace_allows(&connection->pace))
        return 0;
    const size_t size =
        vb_push_next(web->push, &connection->client, vb_now_ms(), text, VB_WEB_BODY_SIZE);
    if (size == 0)
        return 0;
    if (lws_write(connection->wsi, (uint8_t *)text, size, LWS_WRITE_TEXT) < 0)
        return -1;
    vb_pace_message_sent(&connection->pace);
    /* Right behind the message, for no turn of the loop; unless some of the message is left. */
    if (vb_pace_wants_ping(&connection->pace) && !lws_partial_buffered(connection->wsi) &&
        send_ping(connection) != 0)
        return -1;
    if (vb_web_socket_wants(connection))
        lws_callback_on_writable(connection->wsi);
    return 0;
}
