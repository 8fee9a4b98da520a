/* voltbeacon-channels [--seeds FROM..TO]: how long a transmitter is without its receiver when the
 * access point changes its channel. Each seed plays every case; a case fails if 99 of 100 seeds
 * take longer than it may, if one of them never recovers, or if a transmitter that is alone uses
 * too much of the air. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/channels/channel_house.h"

enum {
    SEEDS_MAX = 20000,
    HOUR_MS = 3600000,
    LIMIT_MS = 120000,
    ALONE_AIR_PERMILLE_MAX = 10,
    STEADY_MS = 20000
};

enum which { FIRST, ANNOUNCED, UNANNOUNCED, RESTART, TWO, ABSENT, CASES };

/* The second one: 99 of 100 may take this long. */
static const struct {
    const char *name;
    uint32_t p99_ms_max;
} cases[CASES] = {
    [FIRST] = {"first start, no channel known", 3000},
    [ANNOUNCED] = {"announced switch", 3000},
    [UNANNOUNCED] = {"switch without a word", 3000},
    [RESTART] = {"switch while the transmitter restarts", 3000},
    [TWO] = {"switch, two receivers", 3000},
    [ABSENT] = {"receiver back after an hour, elsewhere", 10000},
};

static struct {
    uint32_t took_ms[CASES][SEEDS_MAX];
    uint64_t alone_us; /* air used while no receiver was there ... */
    uint64_t alone_ms; /* ... for so long */
    unsigned lost;     /* seeds in which it did not stay where it had found the receiver */
} told;

static uint64_t playing; /* the seed */

void vb_panic(const char *file, int line, const char *condition)
{
    printf("seed %" PRIu64 " FAILED: %s:%d: %s does not hold\n", playing, file, line, condition);
    exit(1);
}

static uint8_t another(struct vb_random *random, uint8_t channel)
{
    const uint32_t drawn = vb_random_between(random, 1, HOUSE_CHANNELS - 1);
    return (uint8_t)(drawn < channel ? drawn : drawn + 1);
}

/* ---- The cases ---- */

static void announce(struct channel_house *house, struct vb_random *random, uint8_t channel)
{
    const uint32_t now_ms = vb_world_node_now_ms(&house->world.nodes[0], house->world.now_ms);
    house_move(house, channel);
    if (vb_random_between(random, 1, 10) > 1) /* else it was lost */
        vb_channel_search_announced(&house->search, now_ms, channel);
    house_measure(house);
}

/* Half of the receivers follow at once, the others need a while to find their access point. */
static void switch_silently(struct channel_house *house, struct vb_random *random, uint8_t channel)
{
    house_move(house, 0);
    if (vb_random_between(random, 0, 1) == 1)
        house_pass(house, vb_random_between(random, 1, 3000));
    house_move(house, channel);
    house_measure(house);
}

static void restart(struct channel_house *house, struct vb_random *random, uint8_t channel)
{
    vb_world_power_off(&house->world, 0);
    house_pass(house, vb_random_between(random, 1, 10000));
    house_move(house, channel);
    house_transmitter_on(house);
    house_measure(house);
}

static void be_absent(struct channel_house *house, struct vb_random *random, uint8_t channel)
{
    vb_world_power_off(&house->world, 1);
    house_pass(house, HOUR_MS / 2); /* readings go on for a minute */
    const uint64_t before_us = house->air_us;
    house_pass(house, HOUR_MS / 2 + vb_random_between(random, 0, 10000));
    told.alone_us += house->air_us - before_us;
    told.alone_ms += HOUR_MS / 2;
    house_move(house, channel);
    vb_world_power_on(&house->world, 1);
    house_measure(house);
}

static void begin(struct channel_house *house, struct vb_random *random, enum which which)
{
    const uint32_t every_ms[] = {0, 100, 1000};
    const uint8_t receivers = which == TWO ? 2 : 1;
    house_init(house, vb_random_u64(random), receivers,
               (uint8_t)vb_random_between(random, 1, HOUSE_CHANNELS));
    for (uint8_t i = 1; i <= receivers; i++)
        vb_world_power_on(&house->world, i);
    house_pass(house, vb_random_between(random, 1, 5000));
    house_transmitter_on(house);
    vb_world_stream(&house->world, 0, every_ms[vb_random_between(random, 0, 2)]);
    house_measure(house);
    if (which != FIRST)
        house_pass(house, 70000 + vb_random_between(random, 0, 5000));
}

static uint64_t play(struct channel_house *house, uint64_t seed, enum which which)
{
    struct vb_random random;
    vb_random_seed(&random, seed * CASES + which);
    begin(house, &random, which);
    const uint8_t channel = another(&random, house->there);
    switch (which) {
    case FIRST:
        break;
    case ANNOUNCED:
        announce(house, &random, channel);
        break;
    case UNANNOUNCED:
    case TWO:
        switch_silently(house, &random, channel);
        break;
    case RESTART:
        restart(house, &random, channel);
        break;
    case ABSENT:
        be_absent(house, &random, channel);
        break;
    case CASES:
        break;
    }
    const uint64_t took_ms = house_recovery_ms(house, LIMIT_MS);
    house_pass(house, STEADY_MS);
    if (house->here != house->there || house->kept != house->there) {
        printf("seed %" PRIu64 ": after \"%s\" it does not stay on channel %u\n", seed,
               cases[which].name, house->there);
        told.lost++;
    }
    return took_ms;
}

/* ---- What came of it ---- */

static int by_size(const void *a, const void *b)
{
    const uint32_t first = *(const uint32_t *)a;
    const uint32_t second = *(const uint32_t *)b;
    return (first > second) - (first < second);
}

static bool tell(unsigned count)
{
    bool is_well = told.lost == 0;
    printf("%-40s %8s %8s %8s   ms, over %u seeds\n", "", "p50", "p99", "longest", count);
    for (unsigned i = 0; i < CASES; i++) {
        uint32_t *took_ms = told.took_ms[i];
        qsort(took_ms, count, sizeof *took_ms, by_size);
        const uint32_t p99_ms = took_ms[(count * 99 + 99) / 100 - 1];
        const bool in_time = p99_ms <= cases[i].p99_ms_max && took_ms[count - 1] < LIMIT_MS;
        printf("%-40s %8" PRIu32 " %8" PRIu32 " %8" PRIu32 "%s\n", cases[i].name,
               took_ms[count / 2], p99_ms, took_ms[count - 1], in_time ? "" : "   TOO LONG");
        is_well = is_well && in_time;
    }
    const uint64_t permille = told.alone_us / told.alone_ms;
    printf("air that a transmitter uses alone: %" PRIu64 ".%" PRIu64 " %%\n", permille / 10,
           permille % 10);
    return is_well && permille <= ALONE_AIR_PERMILLE_MAX;
}

int main(int argc, char **argv)
{
    uint64_t first = 1, last = 100;
    struct channel_house *house = calloc(1, sizeof *house);
    const bool given = argc == 3 && strcmp(argv[1], "--seeds") == 0 &&
                       sscanf(argv[2], "%" SCNu64 "..%" SCNu64, &first, &last) == 2;
    if (house == NULL || (argc != 1 && !given) || first > last || last - first >= SEEDS_MAX) {
        fprintf(stderr, "usage: voltbeacon-channels [--seeds FROM..TO]\n");
        return 2;
    }
    for (uint64_t seed = first; seed <= last; seed++) {
        playing = seed;
        for (unsigned i = 0; i < CASES; i++)
            told.took_ms[i][seed - first] = (uint32_t)play(house, seed, (enum which)i);
    }
    const bool is_well = tell((unsigned)(last - first + 1));
    free(house);
    return is_well ? 0 : 1;
}
