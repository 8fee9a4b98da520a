/* The transmitter device where a part of its surroundings is missing, and before it has booted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../fixtures/transmitter_device_bench.h"

static struct device_bench bench;

static enum vb_err hear(const struct vb_mac *from, uint32_t seq, uint8_t message, uint32_t payload,
                        size_t payload_size)
{
    uint8_t bytes[VB_FRAME_BYTES_MAX] = {0};
    struct vb_writer writer = vb_writer_of(bytes + VB_FRAME_HEAD_BYTES, 4);
    vb_write_u32(&writer, payload);
    const struct vb_frame frame = {
        .message = message, .epoch = 1, .seq = seq, .payload_size = payload_size};
    const size_t size = vb_frame_finish(&vb_room_plain, &frame, from, &bench_mac, bytes);
    const struct vb_link_frame came = {
        .src = *from, .dst = bench_mac, .bytes = bytes, .size = (uint16_t)size};
    return vb_transmitter_device_input(&bench.device, &bench.clock, &came);
}

/* A request of a receiver, which names the transmitter's store: it shows that it hears. */
static enum vb_err request_from(const struct vb_mac *from, uint32_t seq)
{
    return hear(from, seq, VB_MESSAGE_REQUEST, bench.device.core.store_id, 4);
}

static enum vb_err hello_from(const struct vb_mac *from, uint32_t seq)
{
    return hear(from, seq, VB_MESSAGE_HELLO, 7, 5);
}

/* ---- Seams ---- */

enum seam { NONE, BROKER, SOURCE, NETWORK, SINK, EVENT, CONFIGURE, LEARN, SEAMS };

/* Everything that a seam may be asked for happens, but this one is not there. */
static void live_without(enum seam missing)
{
    device_bench_new(&bench);
    bench.link.learn = missing == LEARN ? NULL : bench.link.learn;
    bench.sink.event = missing == EVENT ? NULL : bench.sink.event;
    bench.source.configure = missing == CONFIGURE ? NULL : bench.source.configure;
    const struct vb_transmitter_device_config config = {
        .core = &bench.core.config,
        .link = &bench.link,
        .broker = missing == BROKER ? NULL : &bench.broker,
        .source = missing == SOURCE ? NULL : &bench.source,
        .network = missing == NETWORK ? NULL : &bench.network,
        .sink = missing == SINK ? NULL : &bench.sink};
    assert_int_equal(vb_transmitter_device_init(&bench.device, &config, &bench.clock), VB_ERR_OK);
    device_bench_settle(&bench, VB_ERR_OK);
    device_bench_live(&bench, 4000);
    device_bench_set(&bench, "mqtt", "port", "1884");
    device_bench_set(&bench, "network", "hostname", "cellar");
    device_bench_set(&bench, "can", "listen_only", "on");
    assert_int_equal(request_from(&bench_alice, 1), VB_ERR_OK);
    bench.broker_status.connected = true;
    for (unsigned i = 0; i < 3; i++) {
        device_bench_jump(&bench, 1000);
        device_bench_reading(&bench);
    }
    vb_transmitter_device_goodbye(&bench.device);
    vb_transmitter_device_output(&bench.device, &bench.clock);
}

static void each_seam_may_be_missing_and_the_others_do_their_part(void **state)
{
    (void)state;
    for (enum seam missing = NONE; missing < SEAMS; missing++) {
        live_without(missing);
        assert_int_equal(bench.configured, missing == BROKER ? 0 : 2);
        assert_int_equal(bench.network_applied, missing == NETWORK ? 0 : 2);
        assert_int_equal(bench.can_configured, missing == SOURCE || missing == CONFIGURE ? 0 : 2);
        assert_int_equal(bench.events[VB_EVENT_EDIT], missing == SINK || missing == EVENT ? 0 : 3);
        assert_int_equal(bench.learnt, missing == LEARN ? 0 : 1);
        assert_int_equal(bench.frames[VB_MESSAGE_READING], 3);
        assert_int_equal(bench.published, missing == BROKER ? 0 : 3);
        /* Whoever brings readings without a source is not known to be live. */
        const bool told = missing != BROKER && missing != SOURCE;
        assert_int_equal(bench.told_available, told ? 2 : 0);
        assert_int_equal(bench.available, told ? false : -1);
        assert_int_not_equal(bench.frames[VB_MESSAGE_GOODBYE], 0);
    }
}

static void a_link_that_delivers_ends_what_was_counted_as_lost_C2(void **state)
{
    (void)state;
    static const struct {
        enum vb_link_sent sent;
        unsigned failures; /* of one that was counted before */
    } cases[] = {
        {VB_LINK_SENT, 1}, {VB_LINK_PENDING, 1}, {VB_LINK_LOST, 2}, {VB_LINK_DELIVERED, 0}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        device_bench_new(&bench);
        device_bench_boot(&bench);
        device_bench_live(&bench, 1000);
        assert_int_equal(request_from(&bench_alice, 1), VB_ERR_OK);
        assert_int_equal(hello_from(&bench_alice, 2), VB_ERR_OK); /* its answer is for her alone */
        vb_transmitter_device_sent(&bench.device, &bench.clock, &bench_alice, false);
        bench.sent = cases[i].sent;
        vb_transmitter_device_output(&bench.device, &bench.clock);
        assert_int_equal(bench.frames[VB_MESSAGE_HELLO_ACK], 1);
        assert_int_equal(account_of(&bench.device.core, &bench_alice)->failures, cases[i].failures);
    }
}

/* ---- Before it has booted ---- */

/* All that may come to a device; none of it may be taken. */
static void everything_comes(void)
{
    static const uint8_t ip[4] = {192, 168, 1, 7};
    const struct vb_reading reading = {
        .sequence = 1, .sampled_ms = bench.clock.now_ms, .cell_count = 1, .cell_mv = {3700}};
    bench.broker_status.connected = true;
    assert_int_equal(request_from(&bench_alice, 1), VB_ERR_STORE);
    vb_transmitter_device_sent(&bench.device, &bench.clock, &bench_alice, false);
    vb_transmitter_device_reading(&bench.device, &bench.clock, &reading);
    vb_transmitter_device_broker(&bench.device, &bench.clock);
    vb_transmitter_device_address(&bench.device, &bench.clock, true, ip);
    vb_transmitter_device_output(&bench.device, &bench.clock);
    vb_transmitter_device_goodbye(&bench.device);
    vb_transmitter_device_output(&bench.device, &bench.clock);
}

static void assert_untouched(const struct vb_transmitter *before)
{
    assert_memory_equal(&bench.device.core, before, sizeof *before);
    assert_false(bench.device.booted);
    assert_int_equal(bench.device.readings, 0);
    assert_int_equal(bench.configured, 0);
    assert_int_equal(bench.network_applied, 0);
    assert_int_equal(bench.learnt, 0);
    assert_int_equal(bench.told_available, 0);
    for (unsigned i = 0; i < VB_COUNT_OF(bench.events); i++)
        assert_int_equal(bench.events[i], 0);
    for (unsigned i = 0; i < BENCH_MESSAGES; i++)
        assert_int_equal(bench.frames[i], 0);
}

/* Whatever its store cannot give: with "+trial", all but that is loaded already. */
static void a_device_that_has_not_booted_takes_nothing_and_says_nothing(void **state)
{
    (void)state;
    static const char *const keys[] = {"+head", "+1", "+ledger", "+trial"};
    for (size_t i = 0; i < VB_COUNT_OF(keys); i++) {
        device_bench_new(&bench);
        device_bench_boot(&bench);
        const struct memory_store kept = bench.core.store;
        device_bench_new(&bench);
        memcpy(bench.core.store.rows, kept.rows, sizeof kept.rows);
        bench.core.store.failing = keys[i];
        bench.core.store.failure = VB_ERR_STORE;
        assert_int_equal(device_bench_init(&bench), VB_ERR_STORE);
        const struct vb_transmitter before = bench.device.core;
        everything_comes();
        assert_untouched(&before);
    }
}

static void a_failed_boot_is_retried_after_ten_seconds_and_not_before(void **state)
{
    (void)state;
    device_bench_new(&bench);
    bench.core.store.failing = "+head";
    bench.core.store.failure = VB_ERR_STORE;
    assert_int_equal(device_bench_init(&bench), VB_ERR_STORE);
    bench.core.store.failing = NULL; /* it could be read from now on */
    for (uint32_t gone_ms = 0; gone_ms < 10000; gone_ms += 1000) {
        assert_int_equal(vb_transmitter_device_wakeup_ms(&bench.device, &bench.clock),
                         10000 - gone_ms);
        vb_transmitter_device_tick(&bench.device, &bench.clock);
        assert_false(bench.device.booted);
        bench.clock.now_ms += 1000;
    }
    assert_int_equal(vb_transmitter_device_wakeup_ms(&bench.device, &bench.clock), 0);
    vb_transmitter_device_tick(&bench.device, &bench.clock);
    assert_true(bench.device.booted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_seam_may_be_missing_and_the_others_do_their_part),
        cmocka_unit_test(a_link_that_delivers_ends_what_was_counted_as_lost_C2),
        cmocka_unit_test(a_device_that_has_not_booted_takes_nothing_and_says_nothing),
        cmocka_unit_test(a_failed_boot_is_retried_after_ten_seconds_and_not_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
