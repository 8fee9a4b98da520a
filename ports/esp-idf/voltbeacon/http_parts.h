/* Shared by the parts of the board's web server; all on its task. */
#ifndef VOLTBEACON_ESP_IDF_HTTP_PARTS_H
#define VOLTBEACON_ESP_IDF_HTTP_PARTS_H

#include "esp-idf/voltbeacon/http_receiver.h"
#include "esp-idf/voltbeacon/http_server.h"

/* The server runs: registers what it needs there. */
VB_MUST_USE esp_err_t vb_http_receiver_attach(struct vb_http_receiver *receiver,
                                              struct vb_http_server *server);
void vb_http_lock(struct vb_http_receiver *receiver);
void vb_http_unlock(struct vb_http_receiver *receiver);

/* Sends what waits to be sent: answers after a commit, messages. Not while an answer is sent. */
void vb_http_round(struct vb_http_receiver *receiver);
/* While an answer is sent: messages, unless what they are made with is in use. */
void vb_http_meanwhile(struct vb_http_receiver *receiver);
/* Sees to it that there is a round soon; by whoever holds the lock. */
void vb_http_round_queue(struct vb_http_receiver *receiver);

/* server->request has been admitted. ESP_OK: it is answered later. */
esp_err_t vb_http_api_answer(struct vb_http_receiver *receiver, httpd_req_t *request);
esp_err_t vb_http_page_answer(struct vb_http_receiver *receiver, httpd_req_t *request);
/* Answers those that waited for a commit. */
void vb_http_api_resume(struct vb_http_receiver *receiver);

/* As esp_http_server calls them: before an upgrade to a WebSocket, and for what comes over it. */
esp_err_t vb_http_socket_upgrade(httpd_req_t *request);
esp_err_t vb_http_socket_came(httpd_req_t *request);

/* What became of a round over all WebSockets. */
enum vb_http_sockets_left {
    VB_HTTP_SOCKETS_DONE,
    VB_HTTP_SOCKETS_MORE,   /* there is more to be sent */
    VB_HTTP_SOCKETS_STALLED /* there is, and its clients take nothing now */
};
enum vb_http_sockets_left vb_http_sockets_send(struct vb_http_receiver *receiver);

#endif
