/* The firmware of a receiver: transmitters over ESP-NOW; pages, API and WebSockets over HTTP. */
#include <stdio.h>

#include "board.h"
#include "build_info.h"
#include "embed/web_assets.h"
#include "esp-idf/voltbeacon/http_receiver.h"
#include "esp-idf/voltbeacon/receiver_node.h"

static struct vb_board board;
static struct vb_receiver_node node;
static struct vb_http_receiver web;

static void settings_committed(void *ctx, uint32_t token, enum vb_err result)
{
    vb_http_receiver_committed(ctx, token, result);
}

static void turned(void *ctx)
{
    vb_http_receiver_wake(ctx);
}

static void api_called(void *ctx)
{
    vb_receiver_node_wake(ctx);
}

static esp_err_t start(void)
{
    const struct vb_receiver_node_config config = {.mac = board.mac,
                                                   .interface = WIFI_IF_STA,
                                                   .peers = VB_TRANSMITTERS,
                                                   .history_days = VB_HISTORY_DAYS,
                                                   .history_fine_days = VB_HISTORY_FINE_DAYS,
                                                   .nvs_partition = VB_BOARD_NVS,
                                                   .events_partition = VB_BOARD_EVENTS,
                                                   .facts = {.firmware = VB_BUILD_VERSION,
                                                             .build_time = VB_BUILD_TIME,
                                                             .git_commit = VB_BUILD_COMMIT,
                                                             .open_to_network = true,
                                                             .board = board.facts},
                                                   .interfaces = board.interfaces,
                                                   .settings_committed = settings_committed,
                                                   .turned = turned,
                                                   .ctx = &web};
    const esp_err_t err = vb_receiver_node_start(&node, &config);
    if (err != ESP_OK)
        return err;
    const struct vb_http_receiver_config serving = {.api = &node.device.api,
                                                    .push = &node.device.push,
                                                    .lock = node.lock,
                                                    .pages = vb_web_pages,
                                                    .changed = api_called,
                                                    .ctx = &node};
    vb_http_receiver_init(&web, &serving);
    return ESP_OK;
}

static void say(esp_err_t err)
{
    if (err == ESP_OK)
        printf("info: the receiver runs, for up to %d transmitters\n", VB_TRANSMITTERS);
    else if (err == ESP_ERR_NO_MEM)
        printf("error: the receiver does not start: the heap has no room for %d transmitters; "
               "build it for fewer (VB_TRANSMITTERS), or for packs of fewer cells (VB_CELLS_MAX)\n",
               VB_TRANSMITTERS);
    else
        printf("error: the receiver does not start: %s\n", esp_err_to_name(err));
}

void app_main(void)
{
    if (!vb_board_start(&board, true))
        vb_board_run(&board);
    const esp_err_t err = start();
    say(err);
    board.pulse = err == ESP_OK ? &node.pulse : NULL;
    vb_board_serve(&board, err == ESP_OK && !board.is_safe ? &web : NULL);
    vb_board_run(&board);
}
