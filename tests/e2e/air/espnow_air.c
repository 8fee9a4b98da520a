/* The air between devices whose radios are TAP devices of the link type of a Wi-Fi interface in
 * monitor mode:
 *
 *     voltbeacon-espnow-air LOSS SEED INTERFACE...
 *
 * makes the interfaces, says "ready", and lets each hear what is sent on the others, as a Wi-Fi
 * chip hands it over: another radiotap header, an FCS at the end. Of each 1000 frames LOSS are
 * lost, each hearer by itself; which of the frames from one radio to another, the seed decides
 * alone. Ends with its standard input, and the interfaces with it; says what it has carried. */
#include <inttypes.h>
#include <stdlib.h>

#include "../../fixtures/tap_radio.h"
#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/crc.h"
#include "voltbeacon/core/random.h"

enum { RADIOS_MAX = 24, SIGNAL_DBM = -50, PERMILLE = 1000 };

struct air {
    struct tap_radio radios[RADIOS_MAX];
    struct pollfd fds[RADIOS_MAX + 1]; /* the last is the standard input */
    unsigned count;
    uint32_t loss_permille;
    struct vb_random random[RADIOS_MAX][RADIOS_MAX]; /* from, to */
    uint64_t frames;                                 /* sent */
    uint64_t carried;                                /* to each of the others */
    uint64_t lost;                                   /* likewise */
};

static void fail(const char *what, const char *name)
{
    (void)fprintf(stderr, "voltbeacon-espnow-air: %s: %s\n", name, what);
    exit(1);
}

static bool is_lost(struct air *air, unsigned from, unsigned to)
{
    return vb_random_between(&air->random[from][to], 1, PERMILLE) <= air->loss_permille;
}

static void carry(struct air *air, unsigned from)
{
    uint8_t packet[TAP_PACKET_BYTES_MAX];
    const ssize_t size = read(air->radios[from].fd, packet, sizeof packet - VB_ESPNOW_FCS_BYTES);
    /* The system sends on it, too: what it sends on every interface. */
    if (size <= VB_RADIOTAP_TX_BYTES || packet[2] != VB_RADIOTAP_TX_BYTES || packet[3] != 0)
        return;
    const uint8_t *frame = packet + VB_RADIOTAP_TX_BYTES;
    const size_t frame_size = (size_t)size - VB_RADIOTAP_TX_BYTES;
    struct vb_writer writer = vb_writer_of(packet + size, VB_ESPNOW_FCS_BYTES);
    vb_write_u32(&writer, vb_crc32(0, frame, frame_size));
    air->frames++;
    for (unsigned to = 0; to < air->count; to++) {
        if (to == from)
            continue;
        if (is_lost(air, from, to)) {
            air->lost++;
            continue;
        }
        air->carried++;
        (void)tap_hear(&air->radios[to], frame, frame_size + VB_ESPNOW_FCS_BYTES, SIGNAL_DBM);
    }
}

static void make(struct air *air, unsigned i, const char *name, uint64_t seed)
{
    if (!tap_open(&air->radios[i], name, true) || !tap_set_up(name, true))
        fail("it cannot be made", name);
    air->fds[i] = (struct pollfd){.fd = air->radios[i].fd, .events = POLLIN};
    for (unsigned to = 0; to < RADIOS_MAX; to++)
        vb_random_seed(&air->random[i][to], (seed * RADIOS_MAX + i) * RADIOS_MAX + to);
}

int main(int argc, char **argv)
{
    static struct air air;
    if (argc < 5 || argc - 3 > RADIOS_MAX)
        fail("LOSS SEED INTERFACE INTERFACE...", "usage");
    air.loss_permille = (uint32_t)strtoul(argv[1], NULL, 10);
    air.count = (unsigned)argc - 3;
    for (unsigned i = 0; i < air.count; i++)
        make(&air, i, argv[3 + i], strtoull(argv[2], NULL, 10));
    air.fds[air.count] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    puts("ready");
    (void)fflush(stdout);
    while (poll(air.fds, air.count + 1, -1) >= 0 && air.fds[air.count].revents == 0) {
        for (unsigned i = 0; i < air.count; i++) {
            if (air.fds[i].revents != 0)
                carry(&air, i);
        }
    }
    printf("%" PRIu64 " frames, %" PRIu64 " heard, %" PRIu64 " lost\n", air.frames, air.carried,
           air.lost);
    return 0;
}
