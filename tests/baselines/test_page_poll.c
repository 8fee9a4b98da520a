/* A13: S3 does what it is said to do. */
#include "page_poll.h"

#include "baseline_fixture.h"

static struct vb_fixture f;
static struct vb_page pair;

static int begin(void **state)
{
    const struct vb_design design = vb_page_design(&pair);
    (void)state;
    vb_fixture_begin(&f, &design);
    return 0;
}

static void run_ms(uint32_t ms)
{
    vb_air_run(&f.air, (uint64_t)ms * 1000);
}

static void change_what_is_looked_at(void)
{
    struct vb_change change;
    vb_content_draw(&f.truth, &f.random, &change);
    f.design.look(f.design.ctx, vb_air_now_ms(&f.air), change.section);
    vb_air_turn(&f.air, VB_SIDE_RECEIVER);
    run_ms(100);
    vb_content_apply(&f.truth, &change);
    f.design.change(f.design.ctx, vb_air_now_ms(&f.air), &change);
}

static void a_lost_answer_is_asked_for_again_two_seconds_later(void **state)
{
    (void)state;
    change_what_is_looked_at();
    f.air.loss = 1000;
    run_ms(VB_PAGE_WAIT_MS);
    f.air.loss = 0;
    assert_false(vb_fixture_in_sync(&f));
    run_ms(VB_PAGE_WAIT_MS);
    assert_true(vb_fixture_in_sync(&f));
}

static void every_change_arrives_while_30_percent_is_lost(void **state)
{
    const struct vb_design design = vb_page_design(&pair);
    (void)state;
    (void)vb_fixture_play(&f, &design, 300);
}

static void a_rebooted_receiver_still_has_its_copy_and_its_page_asks_at_once(void **state)
{
    (void)state;
    change_what_is_looked_at();
    assert_false(vb_fixture_in_sync(&f));
    vb_fixture_reboot(&f, VB_SIDE_RECEIVER);
    run_ms(10);
    assert_true(vb_fixture_in_sync(&f));
}

static void a_rebooted_transmitter_answers_as_before(void **state)
{
    (void)state;
    change_what_is_looked_at();
    vb_fixture_reboot(&f, VB_SIDE_TRANSMITTER);
    run_ms(VB_PAGE_WAIT_MS);
    assert_true(vb_fixture_in_sync(&f));
}

static void without_a_page_nothing_is_sent_and_nothing_noticed(void **state)
{
    struct vb_traffic traffic = {0};
    (void)state;
    pair.receiver.section = 0;
    vb_fixture_change(&f);
    vb_measure_idle(&f.air, 1, &traffic);
    assert_int_equal(traffic.all_bytes, 0);
    assert_false(vb_fixture_in_sync(&f));
}

static void an_open_page_has_a_change_within_two_seconds(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        change_what_is_looked_at();
        run_ms(VB_PAGE_WAIT_MS);
        assert_true(vb_fixture_in_sync(&f));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_lost_answer_is_asked_for_again_two_seconds_later, begin),
        cmocka_unit_test(every_change_arrives_while_30_percent_is_lost),
        cmocka_unit_test_setup(a_rebooted_receiver_still_has_its_copy_and_its_page_asks_at_once,
                               begin),
        cmocka_unit_test_setup(a_rebooted_transmitter_answers_as_before, begin),
        cmocka_unit_test_setup(without_a_page_nothing_is_sent_and_nothing_noticed, begin),
        cmocka_unit_test_setup(an_open_page_has_a_change_within_two_seconds, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
