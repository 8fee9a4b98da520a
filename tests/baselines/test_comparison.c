/* A13: the comparison compares like with like, and ours is ahead of S2 by counts that no machine's
 * speed changes. */
#include "beacon_pull.h"
#include "snapshot.h"

#include "baseline_fixture.h"

static struct vb_fixture f;
static struct vb_ours ours;
static struct vb_pull pull;
static struct vb_snapshot snapshot;

static uint64_t bytes_per_change(const struct vb_design *design, uint16_t loss)
{
    struct vb_samples samples = {.us = f.us, .capacity = VB_FIXTURE_CHANGES};
    struct vb_traffic traffic = {0};
    f.design = *design;
    vb_measure_begin(&f.air, &f.design, 1, loss);
    vb_measure_changes(&f.air, 1, VB_FIXTURE_CHANGES, &samples, &traffic);
    return vb_traffic_bytes(design, &traffic.counts) / VB_FIXTURE_CHANGES;
}

static void a_frame_takes_as_long_as_on_esp_now(void **state)
{
    const struct vb_design design = vb_snapshot_design(&snapshot);
    (void)state;
    vb_fixture_begin(&f, &design);
    for (uint8_t kind = 0; kind < VB_KINDS_MAX; kind++) {
        const struct vb_air_kind *sent = &f.air.counts.kinds[kind];
        assert_int_equal(sent->us, sent->frames * 540 + sent->bytes * 8);
    }
    /* A request of 1 byte, then two fragments of 250 on the air one after the other, and the last.
     */
    vb_air_power_off(&f.air, VB_SIDE_RECEIVER);
    vb_air_power_on(&f.air, VB_SIDE_RECEIVER);
    const uint64_t asked_us = f.air.now_us;
    while (snapshot.receiver.count == 0)
        assert_true(vb_air_step(&f.air, asked_us + 1000000));
    assert_int_equal(f.air.now_us - asked_us, 548 + 2540);
    while ((snapshot.receiver.missing & 2) != 0)
        assert_true(vb_air_step(&f.air, asked_us + 1000000));
    assert_int_equal(f.air.now_us - asked_us, 548 + 2 * 2540);
}

static void every_design_carries_the_bytes_that_the_core_holds(void **state)
{
    const struct vb_design design = vb_ours_design(&ours, 1, 0);
    const struct vb_world_node *node = &ours.ends[VB_SIDE_TRANSMITTER].node;
    const struct vb_transmitter *core = &node->transmitter.device.core;
    (void)state;
    vb_fixture_begin(&f, &design);
    for (uint8_t i = 0; i < f.truth.cache.count; i++) {
        const struct vb_cache_entry *entry = &f.truth.cache.entries[i];
        const struct vb_cache_entry *held = vb_transmitter_section(core, entry->id);
        assert_non_null(held);
        assert_int_equal(held->size, entry->size);
        if (entry->id != VB_SECTION_METADATA)
            assert_memory_equal(vb_cache_bytes(&core->live, held),
                                vb_cache_bytes(&f.truth.cache, entry), entry->size);
    }
    assert_int_equal(f.truth.cache.count, core->live.count);
}

static void the_same_seed_gives_the_same_figures(void **state)
{
    struct vb_design design = vb_ours_design(&ours, 1, 100);
    (void)state;
    struct vb_samples samples = vb_fixture_play(&f, &design, 300);
    const double p99_ms = vb_samples_ms(&samples, 990);
    const struct vb_air_counts counts = f.air.counts;
    design = vb_ours_design(&ours, 1, 100);
    samples = vb_fixture_play(&f, &design, 300);
    assert_true(vb_samples_ms(&samples, 990) == p99_ms);
    assert_memory_equal(&counts, &f.air.counts, sizeof counts);
}

static void a_percentile_is_one_of_the_samples(void **state)
{
    uint64_t us[] = {4000, 1000, 3000, 2000};
    struct vb_samples samples = {.us = us, .count = 4, .capacity = 4};
    (void)state;
    assert_true(vb_samples_ms(&samples, 500) == 2);
    assert_true(vb_samples_ms(&samples, 501) == 3);
    assert_true(vb_samples_ms(&samples, 990) == 4);
    assert_true(vb_samples_ms(&samples, 1000) == 4);
    assert_true(vb_samples_within(&samples, 2000) == 0.5);
}

static void at_10_percent_loss_ours_is_there_within_a_second_and_s2_often_is_not(void **state)
{
    struct vb_design design = vb_ours_design(&ours, 1, 100);
    (void)state;
    struct vb_samples samples = vb_fixture_play(&f, &design, 100);
    assert_true(vb_samples_within(&samples, 1000000) == 1);
    design = vb_pull_design(&pull, 1);
    samples = vb_fixture_play(&f, &design, 100);
    assert_true(vb_samples_within(&samples, 1000000) < 0.9);
}

static void a_change_costs_ours_fewer_bytes_than_s2(void **state)
{
    (void)state;
    for (uint16_t loss = 0; loss <= 50; loss += 50) {
        struct vb_design design = vb_ours_design(&ours, 1, 100);
        const uint64_t our_bytes = bytes_per_change(&design, loss);
        design = vb_pull_design(&pull, 1);
        assert_true(our_bytes < bytes_per_change(&design, loss));
    }
}

static void three_beacons_bring_more_changes_at_once_than_one(void **state)
{
    struct vb_design design = vb_pull_design(&pull, 3);
    (void)state;
    struct vb_samples samples = vb_fixture_play(&f, &design, 300);
    const double with_three = vb_samples_within(&samples, 5000000);
    design = vb_pull_design(&pull, 1);
    samples = vb_fixture_play(&f, &design, 300);
    assert_true(with_three > vb_samples_within(&samples, 5000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_takes_as_long_as_on_esp_now),
        cmocka_unit_test(every_design_carries_the_bytes_that_the_core_holds),
        cmocka_unit_test(the_same_seed_gives_the_same_figures),
        cmocka_unit_test(a_percentile_is_one_of_the_samples),
        cmocka_unit_test(at_10_percent_loss_ours_is_there_within_a_second_and_s2_often_is_not),
        cmocka_unit_test(a_change_costs_ours_fewer_bytes_than_s2),
        cmocka_unit_test(three_beacons_bring_more_changes_at_once_than_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
