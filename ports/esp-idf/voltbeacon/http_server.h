/* The board's one web server, by esp_http_server: the page on which a network is chosen, and what a
 * receiver serves, its pages, its API and its WebSockets. There is no login: whoever reaches the
 * board may change settings.
 *
 *     http_server.c    starting it; which part answers a request; sending
 *     http_request.c   what is read of a request
 *     http_text.c      decoding it
 *     http_receiver.c  a receiver's part: rounds, in which everything that waits is sent
 *     http_api.c       its API
 *     http_pages.c     its pages
 *     http_sockets.c   its WebSockets
 *     wifi_page.c      choosing a network
 *     http_firmware.c  new firmware
 *
 * All of that runs in the server's one task, so nothing in it waits for one client while others do:
 * bytes are sent as far as the client takes them, and while one takes none, the others' messages go
 * out. Requests are read and answered one after the other, each on a connection of its own: a
 * browser that keeps six would leave no place for another. Whoever finds no place waits. */
#ifndef VOLTBEACON_ESP_IDF_HTTP_SERVER_H
#define VOLTBEACON_ESP_IDF_HTTP_SERVER_H

#include <esp_http_server.h>

#include "esp-idf/voltbeacon/http_request.h"
#include "pages/answer_head.h"

VB_C_BEGIN

struct vb_http_firmware;
struct vb_http_receiver;
struct vb_wifi_page;

enum {
    VB_HTTP_STACK_BYTES = 8192, /* 3,360 deepest in the API, and the sockets' */
    VB_HTTP_HEADERS_BYTES = 2048,
    /* Of LWIP_MAX_SOCKETS, at least 16, the server has three for itself. */
    VB_HTTP_CONNECTIONS = 13,
    /* That wait for a place, for which LWIP_MAX_ACTIVE_TCP has to allow. Whoever comes when these
     * wait asks again, unless lwIP's mailbox of new connections is smaller. */
    VB_HTTP_BACKLOG = 16,
    /* Whoever takes no byte for so long is disconnected, for its buffers are the others' memory. */
    VB_HTTP_STALLED_MS = 2000,
    VB_HTTP_ANSWER_MS_MAX = 10000, /* to take an answer whole */
    VB_HTTP_RETRY_MS = 10          /* until a client that took nothing is asked again */
};

/* A connection over which no request has come yet. */
struct vb_http_idle {
    bool is_used;
    int fd;
    uint32_t since_ms;
};

/* Must stay where it is. */
struct vb_http_server {
    httpd_handle_t handle;
    struct vb_wifi_page *wifi_page;
    struct vb_http_receiver *receiver;
    struct vb_http_firmware *firmware; /* NULL: none is taken */
    /* The server's task's own. */
    struct vb_http_request request;
    struct vb_answer_head head;
    struct vb_http_idle idle[VB_HTTP_CONNECTIONS];
};

/* Serves from now on, on that port. wifi_page and receiver have been initialized and outlive it;
 * NULL: there is none. Without a receiver every path is the page's. An error of ESP-IDF's: it does
 * not serve; ESP_ERR_INVALID_ARG, if LWIP_MAX_SOCKETS is below 16. */
VB_MUST_USE esp_err_t vb_http_server_start(struct vb_http_server *server,
                                           struct vb_wifi_page *wifi_page,
                                           struct vb_http_receiver *receiver, uint16_t port);
/* From now on new firmware is taken, too. firmware has been initialized and outlives the server. */
void vb_http_server_takes_firmware(struct vb_http_server *server,
                                   struct vb_http_firmware *firmware);

/* ---- For its parts, on its task ----
 *
 * Those that answer return ESP_FAIL, whatever came of it: the connection ends with the answer. */

/* Sends all of it. False: the client is gone, or too slow. */
bool vb_http_send(struct vb_http_server *server, httpd_req_t *request, const void *bytes,
                  size_t size);
/* Ends server->head and sends it, and unless this is a HEAD the text. */
esp_err_t vb_http_send_answer(struct vb_http_server *server, httpd_req_t *request, const char *text,
                              size_t size);
/* Answers with a text of that type, which is not cached. */
esp_err_t vb_http_answer(struct vb_http_server *server, httpd_req_t *request, uint16_t status,
                         const char *content_type, const char *text, size_t size);
/* Answers with {"error": sentence}. */
esp_err_t vb_http_refuse(struct vb_http_server *server, httpd_req_t *request, uint16_t status,
                         const char *sentence);
/* Reads the request. False: it is malformed or comes from another site, and was refused. */
VB_MUST_USE bool vb_http_admit(struct vb_http_server *server, httpd_req_t *request);
/* Ends that connection of the server, which then finds it ended and forgets it; on its task alone.
 * httpd_sess_trigger_close() would queue that, and not for the connection but for its place in the
 * server's table: where both sides end one, somebody else may be there by then, and be closed. */
void vb_http_end(int fd);
/* Over that connection no request is expected any more, or none yet: it is closed unless one
 * comes soon. */
void vb_http_expect(struct vb_http_server *server, int fd);
/* Closes those over which none came. At least once a second. */
void vb_http_close_idle(struct vb_http_server *server);

VB_C_END

#endif
