/* The firmware of a receiver: transmitters over ESP-NOW, the API over HTTP. */
#include <stdio.h>

#include "board.h"
#include "build_info.h"
#include "esp-idf/voltbeacon/api_server.h"
#include "esp-idf/voltbeacon/receiver_node.h"

enum { HTTP_PORT = 80, TRANSMITTERS = 2 };

static struct vb_board board;
static struct vb_receiver_node node;
static struct vb_api_server server;

static void settings_committed(void *ctx, uint32_t token, enum vb_err result)
{
    vb_api_server_committed(ctx, token, result);
}

void app_main(void)
{
    if (!vb_board_start(&board))
        vb_board_run(&board);
    /* Without a network the port is the page's on which one is chosen. */
    const bool serves = board.has_network && !board.is_safe;
    const struct vb_receiver_node_config config = {.mac = board.mac,
                                                   .interface = WIFI_IF_STA,
                                                   .peers = TRANSMITTERS,
                                                   .nvs_partition = VB_BOARD_NVS,
                                                   .events_partition = VB_BOARD_EVENTS,
                                                   .facts = {.firmware = VB_BUILD_VERSION,
                                                             .build_time = VB_BUILD_TIME,
                                                             .git_commit = VB_BUILD_COMMIT,
                                                             .open_to_network = true},
                                                   .settings_committed =
                                                       serves ? settings_committed : NULL,
                                                   .ctx = &server};
    esp_err_t err = vb_receiver_node_start(&node, &config);
    if (err == ESP_OK && serves)
        err = vb_api_server_start(&server, &node.device.api, node.lock, HTTP_PORT);
    printf(err == ESP_OK ? "info: the receiver runs\n" : "error: the receiver does not start: %s\n",
           esp_err_to_name(err));
    vb_board_run(&board);
}
