/* A transmitter alone: what it takes from whom, when its beacons rest, what it streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/transmitter_proof.h"

static struct transmitter_bench bench;

static int booted(void **state)
{
    (void)state;
    bench_new(&bench);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    return 0;
}

static enum vb_err hello(const struct vb_mac *from)
{
    if (bench.t.announced)
        bench_prove(&bench, from);
    return bench_greet(&bench, from);
}

static enum vb_err ack(const struct vb_mac *from, uint8_t number)
{
    const uint8_t payload[] = {number, 0};
    return bench_hear(&bench, from, VB_MESSAGE_BEACON_ACK, payload, sizeof payload);
}

static void give_reading(uint8_t cells, uint16_t mv)
{
    struct vb_reading reading = {.cell_count = cells, .sampled_ms = bench.now_ms};
    for (uint8_t i = 0; i < cells; i++)
        reading.cell_mv[i] = mv;
    vb_transmitter_reading(&bench.t, bench.now_ms, &reading);
}

/* One that takes two frames, for it has no pattern. */
static void give_long_reading(void)
{
    struct vb_reading reading = {.cell_count = VB_CELLS_MAX, .sampled_ms = bench.now_ms};
    for (unsigned i = 0; i < VB_CELLS_MAX; i++)
        reading.cell_mv[i] = (uint16_t)(i * 2731 % VB_CELL_MV_MAX);
    vb_transmitter_reading(&bench.t, bench.now_ms, &reading);
}

/* ---- What is refused ---- */

static void a_frame_for_another_device_is_not_allowed(void **state)
{
    (void)state;
    uint8_t bytes[VB_FRAME_BYTES_MAX] = {[VB_FRAME_HEAD_BYTES] = 1, 0, 0, 0, 0};
    const struct vb_frame frame = {
        .message = VB_MESSAGE_HELLO, .epoch = 1, .seq = 1, .payload_size = 5};
    static const struct {
        const struct vb_mac *from;
        const struct vb_mac *to;
        enum vb_err err;
    } cases[] = {
        {&bench_alice, &bench_bob, VB_ERR_NOT_ALLOWED},
        {&bench_mac, &vb_mac_broadcast, VB_ERR_NOT_ALLOWED}, /* its own, come back */
        {&bench_mac, &bench_mac, VB_ERR_NOT_ALLOWED},
        {&bench_alice, &vb_mac_broadcast, VB_ERR_OK},
        {&bench_alice, &bench_mac, VB_ERR_OK},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        const size_t size =
            vb_frame_finish(&vb_room_plain, &frame, cases[i].from, cases[i].to, bytes);
        assert_int_equal(
            vb_transmitter_input(&bench.t, bench.now_ms, cases[i].from, cases[i].to, bytes, size),
            cases[i].err);
    }
    assert_int_equal(bench.t.refused[-VB_ERR_NOT_ALLOWED], 3);
}

static void what_only_transmitters_say_is_unsupported_here(void **state)
{
    (void)state;
    static const uint8_t payload[16] = {1};
    static const uint8_t messages[] = {
        VB_MESSAGE_BEACON,    VB_MESSAGE_DATA,    VB_MESSAGE_EDIT_RESULT,    VB_MESSAGE_READING,
        VB_MESSAGE_HELLO_ACK, VB_MESSAGE_GOODBYE, VB_MESSAGE_READING_ACK + 1};
    for (size_t i = 0; i < VB_COUNT_OF(messages); i++) {
        assert_int_equal(bench_hear(&bench, &bench_alice, messages[i], payload, sizeof payload),
                         VB_ERR_UNSUPPORTED);
    }
    assert_int_equal(bench.t.refused[-VB_ERR_UNSUPPORTED], VB_COUNT_OF(messages));
    assert_false(vb_transmitter_heard(&bench.t, bench.now_ms));
}

static void what_is_cut_off_or_too_long_is_no_message(void **state)
{
    (void)state;
    static const uint8_t payload[16] = {1, 1};
    assert_int_equal(bench_hear(&bench, &bench_alice, VB_MESSAGE_BEACON_ACK, payload, 1),
                     VB_ERR_TRUNCATED);
    assert_int_equal(bench_hear(&bench, &bench_alice, VB_MESSAGE_BEACON_ACK, payload, 3),
                     VB_ERR_MALFORMED);
}

static void nothing_is_accepted_or_sent_before_the_boot_is_durable_A6(void **state)
{
    (void)state;
    bench_new(&bench);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    assert_int_equal(hello(&bench_alice), VB_ERR_BUSY);
    const struct vb_runtime runtime = {.flags = VB_RUNTIME_MQTT_CONNECTED};
    vb_transmitter_runtime(&bench.t, bench.now_ms, &runtime);
    give_reading(3, 3700);
    vb_transmitter_goodbye(&bench.t);
    bench_pass(&bench, 5000);
    bench_output(&bench);
    for (unsigned message = 0; message < BENCH_MESSAGES; message++)
        assert_int_equal(bench.sent[message], 0);
    bench_settle(&bench, VB_ERR_OK);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
    assert_int_equal(bench.t.runtime.flags, VB_RUNTIME_MQTT_CONNECTED);
}

/* ---- Beacons ---- */

static void an_acknowledgement_that_comes_when_the_repeat_is_due_does_not_hold_that_back(
    void **state)
{
    (void)state;
    assert_int_equal(hello(&bench_alice), VB_ERR_OK);
    const struct vb_runtime runtime = {.flags = VB_RUNTIME_MQTT_CONNECTED};
    vb_transmitter_runtime(&bench.t, bench.now_ms, &runtime);
    bench_clear(&bench);
    bench_pass(&bench, bench.config.timing.beacon_repeat);
    assert_int_equal(ack(&bench_alice, bench.t.beacon_number), VB_ERR_OK);
    assert_true(bench.t.changing);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
    assert_int_equal(ack(&bench_alice, bench.t.beacon_number), VB_ERR_OK);
    const uint32_t next_ms = bench.t.beacon_at_ms;
    assert_int_equal(ack(&bench_alice, bench.t.beacon_number), VB_ERR_OK);
    assert_int_equal(bench.t.beacon_at_ms, next_ms); /* once more moves nothing */
    bench_clear(&bench);
    bench_pass(&bench, 10000);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 0);
}

static void a_status_is_beaconed_when_it_differs_and_only_then_A5(void **state)
{
    (void)state;
    static const struct {
        struct vb_runtime runtime;
        unsigned beacons;
    } steps[] = {
        {{.flags = 0}, 0},
        {{.flags = 0, .ip = {10, 0, 0, 1}}, 0}, /* an address that is not known is none */
        {{.flags = 0, .mqtt_fault = 3}, 0},     /* nor is there a fault that is not said */
        {{.flags = VB_RUNTIME_IP_KNOWN, .ip = {10, 0, 0, 1}}, 1},
        {{.flags = VB_RUNTIME_IP_KNOWN, .ip = {10, 0, 0, 1}}, 0},
        {{.flags = VB_RUNTIME_IP_KNOWN, .ip = {10, 0, 0, 2}}, 1},
        {{.flags = VB_RUNTIME_IP_KNOWN | VB_RUNTIME_STREAMING, .ip = {10, 0, 0, 2}}, 0},
        {{.flags = VB_RUNTIME_MQTT_CONNECTED, .ip = {10, 0, 0, 2}}, 1},
    };
    for (size_t i = 0; i < VB_COUNT_OF(steps); i++) {
        bench_clear(&bench);
        vb_transmitter_runtime(&bench.t, bench.now_ms, &steps[i].runtime);
        bench_output(&bench);
        assert_int_equal(bench.sent[VB_MESSAGE_BEACON], steps[i].beacons);
    }
}

/* ---- Readings ---- */

static void too_many_readings_are_halved_then_summed_up_and_then_held_back_E1a(void **state)
{
    (void)state;
    assert_int_equal(hello(&bench_alice), VB_ERR_OK);
    bench_clear(&bench);
    unsigned whole = 0;
    unsigned summed = 0;
    for (unsigned i = 0; i < 500; i++) {
        memset(bench.sent, 0, sizeof bench.sent);
        bench_pass(&bench, 10);
        give_long_reading();
        bench_output(&bench);
        whole += bench.sent[VB_MESSAGE_READING] == 2;
        summed += bench.sent[VB_MESSAGE_READING] == 1;
    }
    assert_in_range(whole, 20, 60);
    assert_in_range(summed, 100, 300);
    assert_int_equal(bench.t.runtime.flags, VB_RUNTIME_STREAMING | VB_RUNTIME_THINNED);
}

static void a_reading_of_no_known_cell_has_no_summary(void **state)
{
    (void)state;
    assert_int_equal(hello(&bench_alice), VB_ERR_OK);
    bench.t.air.level = VB_AIRTIME_SUMMARY;
    bench_clear(&bench);
    for (unsigned i = 0; i < 4; i++)
        give_reading(96, VB_CELL_NOT_AVAILABLE);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_READING], 0);
    give_reading(96, 3700);
    give_reading(96, 3700);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_READING], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_frame_for_another_device_is_not_allowed, booted),
        cmocka_unit_test_setup(what_only_transmitters_say_is_unsupported_here, booted),
        cmocka_unit_test_setup(what_is_cut_off_or_too_long_is_no_message, booted),
        cmocka_unit_test_setup(nothing_is_accepted_or_sent_before_the_boot_is_durable_A6, booted),
        cmocka_unit_test_setup(
            an_acknowledgement_that_comes_when_the_repeat_is_due_does_not_hold_that_back, booted),
        cmocka_unit_test_setup(a_status_is_beaconed_when_it_differs_and_only_then_A5, booted),
        cmocka_unit_test_setup(too_many_readings_are_halved_then_summed_up_and_then_held_back_E1a,
                               booted),
        cmocka_unit_test_setup(a_reading_of_no_known_cell_has_no_summary, booted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
