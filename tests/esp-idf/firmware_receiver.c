/* The receiver's firmware as a program of this machine, for the tests: firmware-receiver NVS PIPE
 * MAC LOSS.
 *
 * It is the glue that an ESP32 runs, over the stand-ins in host/. NVS is a file, in which it is
 * when the program is started anew. The air is the pipe link of the daemons, "pipe:PIPE", with LOSS
 * in a hundred frames lost either way. On stdin comes what a web server would bring, "METHOD PATH
 * IF-MATCH BODY" with - for what is not there, and the answer goes to stdout, "STATUS ETAG BODY".
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "esp-idf/voltbeacon/idf_clock.h"
#include "esp-idf/voltbeacon/receiver_node.h"
#include "host/host_nvs.h"
#include "host/host_partition.h"
#include "host/host_radio.h"

enum { HEAD_BYTES = 2 * VB_MAC_BYTES, LINE_SIZE = 20000, PIECE_SIZE = VB_PIECE_BYTES_MAX };

static struct vb_receiver_node node;

/* ---- The air ---- */

static struct {
    struct vb_mac mac;
    int fd;
    struct sockaddr_un there;
    unsigned loss_percent;
    atomic_uint random; /* both ways draw on it */
} air;

static bool is_lost(void)
{
    const unsigned draw = atomic_fetch_add(&air.random, 1) * 2654435761u; /* Knuth's, 6.4 */
    return draw / 65536u % 100u < air.loss_percent;
}

/* On the task that sends, as is the driver's answer here: the inbox takes it. */
static void send_frame(const struct host_radio_frame *frame)
{
    uint8_t datagram[HEAD_BYTES + ESP_NOW_MAX_DATA_LEN];
    memcpy(datagram, air.mac.bytes, VB_MAC_BYTES);
    memcpy(datagram + VB_MAC_BYTES, frame->dst, VB_MAC_BYTES);
    memcpy(datagram + HEAD_BYTES, frame->bytes, frame->size);
    const bool sent =
        !is_lost() && sendto(air.fd, datagram, HEAD_BYTES + frame->size, 0,
                             (const struct sockaddr *)&air.there, sizeof air.there) > 0;
    host_radio_confirm(frame->dst, sent);
}

static void *hear(void *ctx)
{
    uint8_t datagram[1024];
    (void)ctx;
    for (;;) {
        const ssize_t size = recv(air.fd, datagram, sizeof datagram, 0);
        if (size > HEAD_BYTES && !is_lost())
            host_radio_hear(datagram, datagram + VB_MAC_BYTES, datagram + HEAD_BYTES,
                            (int)size - HEAD_BYTES, -60);
    }
    return NULL;
}

static void open_air(const char *path)
{
    pthread_t thread;
    struct sockaddr_un here = {.sun_family = AF_UNIX};
    air.there.sun_family = AF_UNIX;
    snprintf(here.sun_path, sizeof here.sun_path, "%s.receiver", path);
    snprintf(air.there.sun_path, sizeof air.there.sun_path, "%s.transmitter", path);
    unlink(here.sun_path);
    air.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    VB_ASSERT(air.fd >= 0 && bind(air.fd, (const struct sockaddr *)&here, sizeof here) == 0);
    host_radio_on_air(send_frame);
    VB_ASSERT(pthread_create(&thread, NULL, hear, NULL) == 0);
}

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
    VB_ASSERT(argc == 5 && vb_mac_parse(argv[3], strlen(argv[3]), &air.mac));
    air.loss_percent = (unsigned)strtoul(argv[4], NULL, 10);
    host_nvs_make("nvs", 0x10000);
    host_nvs_keep_in(argv[1]);
    host_partition_make("events", 0x10000, 0xff);
    open_air(argv[2]);
    const struct vb_receiver_node_config config = {
        .mac = air.mac,
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
