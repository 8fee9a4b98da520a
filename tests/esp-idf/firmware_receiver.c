/* The receiver's firmware as a program of this machine, for the tests: firmware-receiver NVS PIPE
 * MAC LOSS.
 *
 * It is the glue that an ESP32 runs, over the stand-ins in host/. NVS is a file, in which it is
 * when the program is started anew. The air is the pipe link of the daemons, "pipe:PIPE", with LOSS
 * in a hundred frames lost either way. On stdin comes what a web server would bring, "METHOD PATH
 * IF-MATCH BODY" with - for what is not there, and the answer goes to stdout, "STATUS ETAG BODY".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp-idf/voltbeacon/idf_clock.h"
#include "esp-idf/voltbeacon/receiver_node.h"
#include "host/host_air.h"
#include "host/host_nvs.h"
#include "host/host_partition.h"

enum { LINE_SIZE = 20000, PIECE_SIZE = VB_PIECE_BYTES_MAX };

static struct vb_receiver_node node;

/* ---- Requests ---- */

/* A piece at a time under the lock, as a web server has to. */
static void answer(const struct vb_request *request)
{
    static struct vb_response response;
    static char piece[PIECE_SIZE];
    (void)xSemaphoreTake(node.lock, portMAX_DELAY);
    vb_api_handle(&node.device.api, request, vb_idf_now_ms(), &response);
    (void)xSemaphoreGive(node.lock);
    printf("%u %s ", response.status, response.etag[0] == '\0' ? "-" : response.etag);
    for (bool more = true; more;) {
        (void)xSemaphoreTake(node.lock, portMAX_DELAY);
        const size_t size = vb_response_next(&response, vb_idf_now_ms(), piece, sizeof piece);
        more = response.piece != NULL;
        (void)xSemaphoreGive(node.lock);
        fwrite(piece, 1, size, stdout);
    }
    putchar('\n');
    fflush(stdout);
}

static void serve(void)
{
    static char line[LINE_SIZE];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *rest = line;
        const char *method = strsep(&rest, " ");
        char *path = strsep(&rest, " ");
        const char *if_match = strsep(&rest, " ");
        VB_ASSERT(rest != NULL);
        char *query = strchr(path, '?');
        if (query != NULL)
            *query++ = '\0';
        const bool body = strcmp(rest, "-") != 0;
        const struct vb_request request = {.method = method,
                                           .path = path,
                                           .query = query,
                                           .host = "localhost",
                                           .if_match = strcmp(if_match, "-") == 0 ? NULL : if_match,
                                           .content_type = body ? "application/json" : NULL,
                                           .body = body ? rest : NULL,
                                           .size = body ? strlen(rest) : 0,
                                           .peer = "127.0.0.1"};
        answer(&request);
    }
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
        .facts = {.firmware = "test", .build_time = "", .git_commit = ""}};
    VB_ASSERT(vb_receiver_node_start(&node, &config) == ESP_OK);
    puts("started");
    fflush(stdout);
    serve();
    return 0;
}
