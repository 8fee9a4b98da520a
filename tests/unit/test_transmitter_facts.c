/* What a board tells of itself, at the transmitter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/payload.h"
#include "voltbeacon/core/transmitter_facts.h"

#include <cmocka.h>

#include "../fixtures/transmitter_bench.h"

static struct transmitter_bench bench;

static const struct vb_board_facts facts = {.start = VB_START_CRASH, .channel = 6};

static int fresh(void **state)
{
    (void)state;
    bench_new(&bench);
    bench.now_ms = 1000;
    return 0;
}

static bool last_beacon_tells(void)
{
    static struct vb_records records;
    static struct vb_payload payload;
    assert_int_equal(
        vb_payload_read(&vb_room_plain, &bench.frame[VB_MESSAGE_BEACON], &records, &payload),
        VB_ERR_OK);
    return vb_board_facts_equal(&records.facts, &facts);
}

static void what_is_told_before_the_boot_is_announced_waits_for_that(void **state)
{
    (void)state;
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    vb_transmitter_facts(&bench.t, bench.now_ms, &facts);
    assert_true(vb_transmitter_wakeup_ms(&bench.t, bench.now_ms) > 0); /* nothing to be done */
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 0);
    bench_settle(&bench, VB_ERR_OK);
    bench_pass(&bench, 1);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
    assert_true(last_beacon_tells());
}

static void a_change_is_sent_at_once_and_an_equal_one_is_none(void **state)
{
    (void)state;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    for (unsigned i = 0; i < 40; i++) {
        bench_pass(&bench, 1000);
        bench_clear(&bench);
    }
    vb_transmitter_facts(&bench.t, bench.now_ms, &facts);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
    assert_true(last_beacon_tells());
    vb_transmitter_facts(&bench.t, bench.now_ms, &facts);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_told_before_the_boot_is_announced_waits_for_that, fresh),
        cmocka_unit_test_setup(a_change_is_sent_at_once_and_an_equal_one_is_none, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
