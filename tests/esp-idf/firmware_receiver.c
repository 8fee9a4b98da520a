/* The receiver's firmware as a program of this machine, for the tests: firmware-receiver NVS PIPE
 * MAC LOSS, until its stdin ends.
 *
 * It is the glue that an ESP32 runs, over the stand-ins in host/. NVS is a file, in which it is
 * when the program is started anew. The air is the pipe link of the daemons, "pipe:PIPE", with LOSS
 * in a hundred frames lost either way. It prints where its API is served. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp-idf/voltbeacon/api_server.h"
#include "esp-idf/voltbeacon/receiver_node.h"
#include "host/host_air.h"
#include "host/host_http.h"
#include "host/host_nvs.h"
#include "host/host_partition.h"

static struct vb_receiver_node node;

static struct vb_api_server server;

static void settings_committed(void *ctx, uint32_t token, enum vb_err result)
{
    vb_api_server_committed(ctx, token, result);
}

int main(int argc, char **argv)
{
    struct vb_mac mac;
    VB_ASSERT(argc == 5 && vb_mac_parse(argv[3], strlen(argv[3]), &mac));
    host_nvs_make("nvs", 0x10000);
    host_nvs_keep_in(argv[1]);
    host_partition_make("events", 0x10000, 0xff);
    host_air_open(argv[2], "receiver", &mac, (unsigned)strtoul(argv[4], NULL, 10));
    const struct vb_receiver_node_config config = {
        .mac = mac,
        .interface = WIFI_IF_STA,
        .peers = 2,
        .nvs_partition = "nvs",
        .events_partition = "events",
        .facts = {.firmware = "0.1.0", .build_time = "2026-11-28T00:00:00Z", .git_commit = "0"},
        .settings_committed = settings_committed,
        .ctx = &server};
    VB_ASSERT(vb_receiver_node_start(&node, &config) == ESP_OK);
    VB_ASSERT(vb_api_server_start(&server, &node.device.api, node.lock, 0) == ESP_OK);
    /* Only now: before, a request would find no handler. */
    printf("http://127.0.0.1:%u/\n", host_http_port());
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    return 0;
}
