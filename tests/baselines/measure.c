#include "measure.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t SECOND_US = VB_MEASURE_SECOND_US;
/* Longer than any design needs at any loss: one that is not done by then never will be. */
static const uint64_t GIVE_UP_US = VB_MEASURE_HOUR_US;

/* ---- Samples ---- */

void vb_samples_add(struct vb_samples *samples, uint64_t us)
{
    VB_ASSERT(samples->count < samples->capacity);
    samples->us[samples->count++] = us;
    samples->sorted = false;
}

static int by_size(const void *a, const void *b)
{
    const uint64_t first = *(const uint64_t *)a;
    const uint64_t second = *(const uint64_t *)b;
    return (first > second) - (first < second);
}

double vb_samples_ms(struct vb_samples *samples, uint16_t permille)
{
    VB_ASSERT(samples->count > 0 && permille <= 1000);
    if (!samples->sorted)
        qsort(samples->us, samples->count, sizeof samples->us[0], by_size);
    samples->sorted = true;
    const uint64_t rank = ((uint64_t)samples->count * permille + 999) / 1000;
    return (double)samples->us[rank == 0 ? 0 : rank - 1] / 1000;
}

double vb_samples_within(const struct vb_samples *samples, uint64_t us)
{
    uint32_t within = 0;
    for (uint32_t i = 0; i < samples->count; i++)
        within += samples->us[i] <= us;
    return (double)within / samples->count;
}

/* ---- Traffic ---- */

uint64_t vb_traffic_bytes(const struct vb_design *design, const struct vb_air_counts *counts)
{
    uint64_t bytes = 0;
    for (uint8_t kind = 0; kind < VB_KINDS_MAX; kind++) {
        if (design->kind_name(kind) != NULL)
            bytes += counts->kinds[kind].bytes;
    }
    return bytes;
}

uint64_t vb_traffic_us(const struct vb_design *design, const struct vb_air_counts *counts)
{
    uint64_t us = 0;
    for (uint8_t kind = 0; kind < VB_KINDS_MAX; kind++) {
        if (design->kind_name(kind) != NULL)
            us += counts->kinds[kind].us;
    }
    return us;
}

static void add_window(struct vb_traffic *traffic, const struct vb_air_counts *before,
                       const struct vb_air_counts *after)
{
    for (unsigned kind = 0; kind < VB_KINDS_MAX; kind++) {
        struct vb_air_kind *sum = &traffic->counts.kinds[kind];
        sum->frames += after->kinds[kind].frames - before->kinds[kind].frames;
        sum->bytes += after->kinds[kind].bytes - before->kinds[kind].bytes;
        sum->us += after->kinds[kind].us - before->kinds[kind].us;
    }
}

static uint64_t sent_bytes(const struct vb_air *air)
{
    return vb_traffic_bytes(air->design, &air->counts);
}

/* ---- Events ---- */

void vb_measure_begin(struct vb_air *air, const struct vb_design *design, uint64_t seed,
                      uint16_t loss)
{
    vb_air_init(air, design, seed);
    vb_air_power_on(air, VB_SIDE_TRANSMITTER);
    vb_air_power_on(air, VB_SIDE_RECEIVER);
    for (uint8_t id = 1; id <= VB_ANNOUNCED_SECTIONS && design->look != NULL; id++) {
        design->look(design->ctx, vb_air_now_ms(air), id);
        vb_air_turn(air, VB_SIDE_RECEIVER);
        vb_air_run(air, SECOND_US);
    }
    vb_air_run(air, 30 * SECOND_US);
    air->loss = loss;
}

/* So that an event comes 20 to 60 s after the one before, of which since_s have passed. */
static void pause(struct vb_air *air, struct vb_random *random, uint32_t since_s)
{
    vb_air_run(air, vb_random_between(random, 20000000, 60000000) - since_s * SECOND_US);
}

static bool shows_all(const struct vb_design *design, const struct vb_content *truth,
                      uint8_t section)
{
    size_t shown_size;
    size_t size;
    const uint8_t *shown = design->shows(design->ctx, section, &shown_size);
    const uint8_t *bytes = vb_content_find(truth, section, &size);
    return shown != NULL && shown_size == size && memcmp(shown, bytes, size) == 0;
}

/* From the change, which has just been made, until the receiver shows it. */
static uint64_t await_change(struct vb_air *air, const struct vb_content *truth, uint8_t section,
                             struct vb_traffic *traffic)
{
    const struct vb_air_counts before = air->counts;
    const uint64_t began_us = air->now_us;
    const uint64_t window_us = began_us + VB_MEASURE_WINDOW_S * SECOND_US;
    uint64_t shown_us = 0;
    vb_air_turn(air, VB_SIDE_TRANSMITTER);
    while (vb_air_step(air, window_us)) {
        if (shown_us == 0 && shows_all(air->design, truth, section))
            shown_us = air->now_us;
    }
    add_window(traffic, &before, &air->counts);
    while (shown_us == 0) {
        const bool stepped = vb_air_step(air, began_us + GIVE_UP_US);
        VB_ASSERT(stepped);
        if (shows_all(air->design, truth, section))
            shown_us = air->now_us;
    }
    return shown_us - began_us;
}

void vb_measure_changes(struct vb_air *air, uint64_t changes_seed, uint32_t changes,
                        struct vb_samples *samples, struct vb_traffic *traffic)
{
    static struct vb_content truth;
    const struct vb_design *design = air->design;
    const uint64_t began_us = air->now_us;
    const uint64_t began_bytes = sent_bytes(air);
    struct vb_random random;
    vb_random_seed(&random, changes_seed);
    vb_content_defaults(&truth);
    for (uint32_t i = 0; i < changes; i++) {
        struct vb_change change;
        vb_content_draw(&truth, &random, &change);
        if (design->look != NULL) {
            design->look(design->ctx, vb_air_now_ms(air), change.section);
            vb_air_turn(air, VB_SIDE_RECEIVER);
        }
        pause(air, &random, VB_MEASURE_WINDOW_S);
        vb_content_apply(&truth, &change);
        design->change(design->ctx, vb_air_now_ms(air), &change);
        vb_samples_add(samples, await_change(air, &truth, change.section, traffic));
    }
    traffic->span_us = air->now_us - began_us;
    traffic->all_bytes = sent_bytes(air) - began_bytes;
}

void vb_measure_idle(struct vb_air *air, uint32_t hours, struct vb_traffic *traffic)
{
    const struct vb_air_counts before = air->counts;
    vb_air_run(air, hours * VB_MEASURE_HOUR_US);
    add_window(traffic, &before, &air->counts);
    traffic->span_us = hours * VB_MEASURE_HOUR_US;
    traffic->all_bytes = vb_traffic_bytes(air->design, &traffic->counts);
}

void vb_measure_reboots(struct vb_air *air, uint64_t seed, enum vb_side side, uint32_t reboots,
                        struct vb_traffic *traffic)
{
    struct vb_random random;
    vb_random_seed(&random, seed);
    for (uint32_t i = 0; i < reboots; i++) {
        pause(air, &random, VB_MEASURE_WINDOW_S);
        const struct vb_air_counts before = air->counts;
        vb_air_power_off(air, side);
        vb_air_power_on(air, side);
        vb_air_run(air, VB_MEASURE_WINDOW_S * SECOND_US);
        add_window(traffic, &before, &air->counts);
    }
}

void vb_measure_noticed(struct vb_air *air, struct vb_ours *ours, uint64_t seed, uint32_t reboots,
                        struct vb_samples *samples)
{
    struct vb_random random;
    vb_random_seed(&random, seed);
    for (uint32_t i = 0; i < reboots; i++) {
        pause(air, &random, 0);
        const uint32_t noticed = ours->reboots;
        const uint64_t began_us = air->now_us;
        vb_air_power_off(air, VB_SIDE_TRANSMITTER);
        vb_air_power_on(air, VB_SIDE_TRANSMITTER);
        while (ours->reboots == noticed) {
            const bool stepped = vb_air_step(air, began_us + GIVE_UP_US);
            VB_ASSERT(stepped);
        }
        vb_samples_add(samples, air->now_us - began_us);
    }
}

void vb_measure_both_back(struct vb_air *air, const struct vb_ours *ours, uint64_t seed,
                          uint32_t reboots, struct vb_samples *samples)
{
    struct vb_random random;
    vb_random_seed(&random, seed);
    for (uint32_t i = 0; i < reboots; i++) {
        pause(air, &random, 0);
        const enum vb_side first = (enum vb_side)vb_random_between(&random, 0, 1);
        vb_air_power_off(air, VB_SIDE_TRANSMITTER);
        vb_air_power_off(air, VB_SIDE_RECEIVER);
        vb_air_power_on(air, first);
        vb_air_run(air, vb_random_between(&random, 0, 1000000));
        const uint64_t began_us = air->now_us;
        vb_air_power_on(air, first == VB_SIDE_TRANSMITTER ? VB_SIDE_RECEIVER : VB_SIDE_TRANSMITTER);
        while (!vb_ours_in_sync(ours)) {
            const bool stepped = vb_air_step(air, began_us + GIVE_UP_US);
            VB_ASSERT(stepped);
        }
        vb_samples_add(samples, air->now_us - began_us);
    }
}
