#include "esp-idf/voltbeacon/http_firmware.h"

#include <esp_system.h>
#include <string.h>

#include "esp-idf/voltbeacon/http_parts.h"
#include "esp-idf/voltbeacon/idf_clock.h"
#include "esp-idf/voltbeacon/new_firmware.h"

enum {
    RESTART_MS = 2000, /* for the answer to arrive */
    ROUND_MS = 100,
    DROP_MS_MAX = 10000 /* what is left of one that was refused is read, else its sender sees a
                           reset and not the answer */
};

static const char image_type[] = "application/octet-stream";

/* While this connection has all of the server's task. */
static void look_after_others(struct vb_http_server *server)
{
    struct vb_http_firmware *firmware = server->firmware;
    const uint32_t now_ms = vb_idf_now_ms();
    if (server->receiver == NULL || now_ms - firmware->round_ms < ROUND_MS)
        return;
    firmware->round_ms = now_ms;
    vb_http_round(server->receiver);
}

/* Returns how many bytes came; 0: no more will. */
static size_t receive(struct vb_http_server *server, httpd_req_t *request, size_t left,
                      uint32_t until_ms)
{
    uint8_t *piece = server->firmware->piece;
    const size_t size =
        left < sizeof server->firmware->piece ? left : sizeof server->firmware->piece;
    look_after_others(server);
    if ((int32_t)(vb_idf_now_ms() - until_ms) >= 0)
        return 0;
    const int got = httpd_req_recv(request, (char *)piece, size);
    return got <= 0 ? 0 : (size_t)got;
}

static uint16_t status_of(enum vb_firmware_verdict verdict)
{
    switch (verdict) {
    case VB_FIRMWARE_OK:
        return 200;
    case VB_FIRMWARE_TOO_LARGE:
        return 413;
    case VB_FIRMWARE_BUSY:
    case VB_FIRMWARE_ON_TRIAL:
        return 409;
    case VB_FIRMWARE_NO_PLACE:
    case VB_FIRMWARE_FLASH:
        return 503;
    case VB_FIRMWARE_NO_IMAGE:
    case VB_FIRMWARE_OTHER_CHIP:
    case VB_FIRMWARE_NO_DESCRIPTION:
    case VB_FIRMWARE_OLD_LAYOUT:
    case VB_FIRMWARE_OTHER_ROLE:
    case VB_FIRMWARE_UNSIGNED:
    case VB_FIRMWARE_TORN:
    case VB_FIRMWARE_DAMAGED:
    case VB_FIRMWARE_REFUSED:
        break;
    }
    return 422;
}

static esp_err_t refuse(struct vb_http_server *server, httpd_req_t *request,
                        enum vb_firmware_verdict verdict, size_t left)
{
    (void)vb_http_refuse(server, request, status_of(verdict), vb_firmware_text(verdict));
    const uint32_t until_ms = vb_idf_now_ms() + DROP_MS_MAX;
    for (size_t got = 1; left > 0 && got > 0; left -= got)
        got = receive(server, request, left, until_ms);
    return ESP_FAIL;
}

static esp_err_t accept(struct vb_http_server *server, httpd_req_t *request)
{
    static const char answer[] = "{\"restarts\":true}";
    (void)esp_timer_start_once(server->firmware->restart, (uint64_t)RESTART_MS * 1000);
    return vb_http_answer(server, request, 200, "application/json", answer, sizeof answer - 1);
}

static esp_err_t take(struct vb_http_server *server, httpd_req_t *request)
{
    struct vb_http_firmware *firmware = server->firmware;
    struct vb_update *update = &firmware->update;
    const uint32_t until_ms = vb_idf_now_ms() + VB_HTTP_FIRMWARE_MS_MAX;
    const uint32_t size =
        request->content_len > UINT32_MAX ? UINT32_MAX : (uint32_t)request->content_len;
    size_t left = request->content_len;
    enum vb_firmware_verdict verdict = vb_update_begin(update, size, vb_new_firmware_is_on_trial());
    while (verdict == VB_FIRMWARE_OK && left > 0) {
        const size_t got = receive(server, request, left, until_ms);
        if (got == 0) {
            vb_update_give_up(update);
            return ESP_FAIL; /* its sender is gone, or too slow */
        }
        left -= got;
        verdict = vb_update_take(update, firmware->piece, got);
    }
    if (verdict == VB_FIRMWARE_OK)
        verdict = vb_update_end(update);
    return verdict == VB_FIRMWARE_OK ? accept(server, request)
                                     : refuse(server, request, verdict, left);
}

esp_err_t vb_http_firmware_answer(struct vb_http_server *server, httpd_req_t *request)
{
    const struct vb_http_firmware *firmware = __atomic_load_n(&server->firmware, __ATOMIC_ACQUIRE);
    if (firmware == NULL)
        return vb_http_refuse(server, request, 403,
                              "There is no login yet, so this build takes no firmware over the "
                              "network: use the cable.");
    if (request->method != HTTP_POST)
        return vb_http_refuse(server, request, 405, "Send the firmware by POST.");
    /* A form of another site cannot send it as that. */
    if (strcmp(server->request.content_type, image_type) != 0)
        return vb_http_refuse(server, request, 415,
                              "Send the firmware as application/octet-stream.");
    if (!firmware->has_slot)
        return refuse(server, request, VB_FIRMWARE_NO_PLACE, request->content_len);
    return take(server, request);
}

static void restart(void *arg)
{
    (void)arg;
    esp_restart();
}

esp_err_t vb_http_firmware_init(struct vb_http_firmware *firmware)
{
    const esp_timer_create_args_t timer = {.callback = restart, .name = "vb_new_firmware"};
    memset(firmware, 0, sizeof *firmware);
    firmware->has_slot = vb_ota_slot_open(&firmware->slot);
    if (firmware->has_slot)
        vb_update_init(&firmware->update, &firmware->slot.board, &firmware->slot.port);
    return esp_timer_create(&timer, &firmware->restart);
}
