/* The smallest transmitter: settings in memory, a pipe as its link, a made-up pack. Start here to
 * bring Voltbeacon to a new platform: docs/porting.md. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "smallest/smallest_keys.h"
#include "smallest/smallest_link.h"
#include "voltbeacon/core/time.h"
#include "voltbeacon/device/transmitter_device.h"

enum { READING_MS = 1000, CELLS = 14, CACHE_BYTES_MAX = 4096 };

static struct vb_transmitter_device device;
static struct vb_smallest_link line;
static struct vb_smallest_keys keys;
static struct vb_journal journal;
static uint8_t record[VB_JOURNAL_BYTES];
static uint8_t cache_bytes[2][CACHE_BYTES_MAX];
static uint8_t scratch[VB_SCRATCH_BYTES];

/* ---- What the rings ask of a platform ---- */

void vb_panic(const char *file, int line_number, const char *condition)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line_number, condition);
    abort();
}

static uint64_t milliseconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct vb_clock clock_now(void)
{
    return (struct vb_clock){.now_ms = (uint32_t)milliseconds(CLOCK_MONOTONIC),
                             .wall_ms = milliseconds(CLOCK_REALTIME)};
}

static uint64_t random_seed(void)
{
    uint64_t seed = 0;
    VB_ASSERT(getrandom(&seed, sizeof seed, 0) == sizeof seed);
    return seed;
}

/* ---- The pack ---- */

static void read_pack(struct vb_reading *reading, uint32_t now_ms)
{
    static uint32_t sequence;
    *reading = (struct vb_reading){.sequence = ++sequence,
                                   .sampled_ms = now_ms,
                                   .flags = VB_READING_TOGETHER | VB_READING_HAS_SOC,
                                   .soc_permille = 500,
                                   .cell_count = CELLS};
    for (unsigned i = 0; i < CELLS; i++)
        reading->cell_mv[i] = (uint16_t)(3700 + i);
}

/* ---- The device ---- */

static bool start(const struct vb_mac *mac)
{
    struct vb_metadata_values identity = {.device_type = "TRANSMITTER", .board = "smallest"};
    vb_mac_format(mac, identity.mac);
    vb_smallest_keys_init(&keys);
    vb_journal_init(&journal, &keys.port, record, sizeof record);
    VB_ASSERT(vb_journal_open(&journal) == VB_ERR_OK);
    VB_ASSERT(vb_transmitter_cache_size() <= CACHE_BYTES_MAX);
    const struct vb_transmitter_config core = {.mac = *mac,
                                               .seed = random_seed(),
                                               .store = &journal.port,
                                               .timing = vb_timing_default,
                                               .identity = &identity,
                                               .cache_bytes = {cache_bytes[0], cache_bytes[1]},
                                               .cache_size = CACHE_BYTES_MAX,
                                               .scratch = scratch};
    static const struct vb_reading_source source = {.interval_ms = READING_MS};
    const struct vb_transmitter_device_config config = {
        .core = &core, .link = &line.port, .source = &source};
    const struct vb_clock clock = clock_now();
    return vb_transmitter_device_goes_on(vb_transmitter_device_init(&device, &config, &clock));
}

/* Where the flash is slow, on a thread of its own. */
static void store(const struct vb_clock *clock)
{
    if (!journal.committed)
        return;
    enum vb_err why;
    const uint32_t token = journal.token;
    const enum vb_err result = vb_journal_write(&journal, &why);
    vb_transmitter_device_committed(&device, clock, token, result);
}

static void run(void)
{
    uint32_t read_at_ms = clock_now().now_ms;
    uint32_t wait_ms = 0;
    for (;;) {
        struct vb_link_frame frame;
        uint8_t bytes[VB_FRAME_BYTES_MAX];
        const bool came = vb_smallest_link_receive(&line, wait_ms, &frame, bytes);
        const struct vb_clock clock = clock_now();
        if (came)
            (void)vb_transmitter_device_input(&device, &clock, &frame);
        if (vb_time_reached(clock.now_ms, read_at_ms)) {
            struct vb_reading reading;
            read_pack(&reading, clock.now_ms);
            vb_transmitter_device_reading(&device, &clock, &reading);
            read_at_ms = clock.now_ms + READING_MS;
        }
        vb_transmitter_device_tick(&device, &clock);
        store(&clock);
        vb_transmitter_device_output(&device, &clock);
        const uint32_t reading_ms = read_at_ms - clock.now_ms;
        const uint32_t wakeup_ms = vb_transmitter_device_wakeup_ms(&device, &clock);
        wait_ms = journal.committed ? 0 : wakeup_ms < reading_ms ? wakeup_ms : reading_ms;
    }
}

int main(int argc, char **argv)
{
    static const struct vb_mac mac = {{0x02, 0, 0, 0, 0, 0x14}}; /* a board has one of its own */
    if (argc != 2) {
        fprintf(stderr, "usage: voltbeacon-smallest PATH\n");
        return 2;
    }
    if (!vb_smallest_link_open(&line, argv[1], &mac)) {
        fprintf(stderr, "%s.transmitter: %s\n", argv[1], strerror(errno));
        return 1;
    }
    if (!start(&mac))
        return 1;
    puts("running");
    fflush(stdout);
    run();
}
