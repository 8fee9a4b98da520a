/* The receiver's firmware as a program of this machine, for the tests: firmware-receiver NVS PIPE
 * MAC LOSS [PORT], until its stdin ends.
 *
 * It is the glue that an ESP32 runs, over the stand-ins in host/. NVS is a file, in which it is
 * when the program is started anew. The air is the pipe link of the daemons, "pipe:PIPE", with LOSS
 * in a hundred frames lost either way. It prints where its pages are served, and always says that
 * its supply voltage was too low. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embed/web_assets.h"
#include "esp-idf/voltbeacon/http_receiver.h"
#include "esp-idf/voltbeacon/http_server.h"
#include "esp-idf/voltbeacon/receiver_node.h"
#include "esp-idf/voltbeacon/starts.h"
#include "host/host_air.h"
#include "host/host_http.h"
#include "host/host_nvs.h"
#include "host/host_partition.h"

static struct vb_receiver_node node;

static struct vb_http_receiver web;
static struct vb_http_server server;

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

static void serve(uint16_t port)
{
    const struct vb_http_receiver_config config = {.api = &node.device.api,
                                                   .push = &node.device.push,
                                                   .lock = node.lock,
                                                   .pages = vb_web_pages,
                                                   /* All the browsers are on this machine. */
                                                   .peer_sockets_max = VB_HTTP_SOCKETS,
                                                   .changed = api_called,
                                                   .ctx = &node};
    vb_http_receiver_init(&web, &config);
    VB_ASSERT(vb_http_server_start(&server, NULL, &web, port) == ESP_OK);
}

int main(int argc, char **argv)
{
    struct vb_mac mac;
    VB_ASSERT((argc == 5 || argc == 6) && vb_mac_parse(argv[3], strlen(argv[3]), &mac));
    host_nvs_make("nvs", 0x10000);
    host_nvs_keep_in(argv[1]);
    host_partition_make("events", 0x10000, 0xff);
    host_air_open(argv[2], "receiver", &mac, (unsigned)strtoul(argv[4], NULL, 10));
    const struct vb_receiver_node_config config = {
        .mac = mac,
        .interface = WIFI_IF_STA,
        .peers = 2,
        .history_days = 3,
        .history_fine_days = 1,
        .nvs_partition = "nvs",
        .events_partition = "events",
        .facts = {.firmware = "0.1.0",
                  .build_time = "2026-11-28T00:00:00Z",
                  .git_commit = "0",
                  .board = vb_starts_facts(ESP_RST_BROWNOUT, 0, false)},
        .settings_committed = settings_committed,
        .turned = turned,
        .ctx = &web};
    VB_ASSERT(vb_receiver_node_start(&node, &config) == ESP_OK);
    serve(argc == 6 ? (uint16_t)strtoul(argv[5], NULL, 10) : 0);
    /* Only now: before, a request would find no handler. */
    printf("http://127.0.0.1:%u/\n", host_http_port());
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    return 0;
}
