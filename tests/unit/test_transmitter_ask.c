/* Asking at once whether anybody hears this transmitter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/transmitter_ask.h"

#include <cmocka.h>

#include "../fixtures/transmitter_proof.h"

static struct transmitter_bench bench;

static int resting(void **state)
{
    (void)state;
    bench_new(&bench);
    bench.now_ms = 1000;
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    for (unsigned i = 0; i < 40; i++) {
        bench_pass(&bench, 1000);
        bench_output(&bench);
    }
    bench_meet(&bench, &bench_alice);
    bench_clear(&bench);
    return 0;
}

static void a_beacon_asks_at_once_and_only_once(void **state)
{
    (void)state;
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 0);
    vb_transmitter_ask(&bench.t);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
    assert_true(bench.frame[VB_MESSAGE_BEACON].ack_wanted);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 1);
}

static void whoever_acknowledges_it_has_an_account(void **state)
{
    (void)state;
    vb_transmitter_ask(&bench.t);
    bench_output(&bench);
    const uint8_t ack[] = {bench.t.beacon_number, 0};
    assert_null(account_of(&bench.t, &bench_bob));
    assert_int_equal(bench_hear(&bench, &bench_bob, VB_MESSAGE_BEACON_ACK, ack, sizeof ack),
                     VB_ERR_OK);
    assert_non_null(account_of(&bench.t, &bench_bob));
}

static void nothing_is_asked_before_this_boot_is_announced(void **state)
{
    (void)state;
    bench_new(&bench);
    assert_int_equal(bench_init(&bench), VB_ERR_OK);
    vb_transmitter_ask(&bench.t);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_BEACON], 0);
    assert_false(bench.t.greetings.crowded);
    assert_false(bench.t.beacon_due);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_beacon_asks_at_once_and_only_once, resting),
        cmocka_unit_test_setup(whoever_acknowledges_it_has_an_account, resting),
        cmocka_unit_test(nothing_is_asked_before_this_boot_is_announced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
