/* The receiver's API over HTTP, by esp_http_server.
 *
 * Its one task asks the API under the owner's lock, a piece at a time, and sends without it. A
 * request that waits for a commit of the settings is answered once that is there, and nobody waits
 * meanwhile. There is no login: whoever reaches the board may change settings. */
#ifndef VOLTBEACON_ESP_IDF_API_SERVER_H
#define VOLTBEACON_ESP_IDF_API_SERVER_H

#include <esp_http_server.h>
#include <freertos/FreeRTOS.h>
#include <freertos/semphr.h>

#include "voltbeacon/api/api.h"

enum {
    VB_API_SERVER_WAITING = 4,       /* requests that wait for a commit */
    VB_API_SERVER_BODY_BYTES = 4096, /* cJSON takes some 20 times a body's bytes */
    VB_API_SERVER_BODY_NODES = 128,
    VB_API_SERVER_STACK_BYTES = 8192, /* 3,360 deepest in the API, and the sockets' */
    VB_API_SERVER_HEADERS_BYTES = 2048
};

struct vb_api_server_request {
    char path[256];
    char query[256];
    char host[128];
    char origin[128];
    char if_match[VB_ETAG_SIZE];
    char content_type[64];
    char cookie[1024]; /* "" where it is longer: other programs of the host may have set it */
    char authorization[256];
};

struct vb_api_server_waiting {
    httpd_req_t *request; /* NULL: not used */
    uint32_t token;
    bool answered;
    enum vb_err result;
};

/* Must stay where it is. */
struct vb_api_server {
    httpd_handle_t server;
    struct vb_api *api;
    SemaphoreHandle_t lock;
    struct vb_api_server_waiting waiting[VB_API_SERVER_WAITING]; /* under the lock */
    /* The server's task's own. */
    struct vb_api_server_request request;
    struct vb_response response;
    char status[8];
    char piece[VB_PIECE_BYTES_MAX];
};

/* Serves from now on, on that port. api and its lock outlive it; the bounds of a body become the
 * small ones above. An error of ESP-IDF's: it does not serve. */
VB_MUST_USE esp_err_t vb_api_server_start(struct vb_api_server *server, struct vb_api *api,
                                          SemaphoreHandle_t lock, uint16_t port);

/* After vb_receiver_device_committed() of the settings' store, by whoever holds the lock. */
void vb_api_server_committed(struct vb_api_server *server, uint32_t token, enum vb_err result);

#endif
