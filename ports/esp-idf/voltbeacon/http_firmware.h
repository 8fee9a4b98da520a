/* New firmware by POST /api/v1/firmware, its bytes as the body, of type application/octet-stream:
 * taken where the build allows that, and the image is signed by the builder's key. */
#ifndef VOLTBEACON_ESP_IDF_HTTP_FIRMWARE_H
#define VOLTBEACON_ESP_IDF_HTTP_FIRMWARE_H

#include <esp_http_server.h>
#include <esp_timer.h>

#include "esp-idf/voltbeacon/ota_slot.h"

VB_C_BEGIN

#define VB_HTTP_FIRMWARE_PATH "/api/v1/firmware"

struct vb_http_server;

enum {
    VB_HTTP_FIRMWARE_MS_MAX = 120000, /* for an image to come; nobody else is answered meanwhile */
    VB_HTTP_FIRMWARE_PIECE_BYTES = 1024
};

/* Must stay where it is. */
struct vb_http_firmware {
    struct vb_ota_slot slot;
    struct vb_update update;
    bool has_slot;
    esp_timer_handle_t restart;
    uint32_t round_ms; /* when others were last looked after */
    uint8_t piece[VB_HTTP_FIRMWARE_PIECE_BYTES];
};

/* An error of ESP-IDF's: none is taken. */
VB_MUST_USE esp_err_t vb_http_firmware_init(struct vb_http_firmware *firmware);

/* server->request has been admitted. Whatever comes of it, the connection ends with the answer. */
esp_err_t vb_http_firmware_answer(struct vb_http_server *server, httpd_req_t *request);

VB_C_END

#endif
