#include "host_air.h"

#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host_radio.h"

enum {
    HEAD_BYTES = 2 * VB_MAC_BYTES,
    STACK_BYTES = 4096,
    PRIORITY = 23 /* of the Wi-Fi driver's */
};

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

/* A task, as the driver has one: where FreeRTOS is real, nobody else may use its queues. */
static void hear(void *ctx)
{
    uint8_t datagram[1024];
    (void)ctx;
    for (;;) {
        const ssize_t size = recv(air.fd, datagram, sizeof datagram, 0);
        if (size > HEAD_BYTES && !is_lost())
            host_radio_hear(datagram, datagram + VB_MAC_BYTES, datagram + HEAD_BYTES,
                            (int)size - HEAD_BYTES, -60);
    }
}

/* Whoever took the place of another would be heard instead of it, which it would never learn. */
static bool is_taken(const struct sockaddr_un *place)
{
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool taken = connect(fd, (const struct sockaddr *)place, sizeof *place) == 0;
    close(fd);
    return taken;
}

void host_air_open(const char *path, const char *role, const struct vb_mac *mac,
                   unsigned loss_percent)
{
    struct sockaddr_un here = {.sun_family = AF_UNIX};
    const bool receives = strcmp(role, "receiver") == 0;
    air.mac = *mac;
    air.loss_percent = loss_percent;
    air.there.sun_family = AF_UNIX;
    snprintf(here.sun_path, sizeof here.sun_path, "%s.%s", path, role);
    snprintf(air.there.sun_path, sizeof air.there.sun_path, "%s.%s", path,
             receives ? "transmitter" : "receiver");
    if (is_taken(&here)) {
        fprintf(stderr, "%s: a %s is at this end already, and a pipe has one at each end\n", path,
                role);
        exit(EXIT_FAILURE);
    }
    unlink(here.sun_path);
    air.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    VB_ASSERT(air.fd >= 0 && bind(air.fd, (const struct sockaddr *)&here, sizeof here) == 0);
    host_radio_on_air(send_frame);
    VB_ASSERT(xTaskCreate(hear, "air", STACK_BYTES, NULL, PRIORITY, NULL) == pdPASS);
}
