/* When new firmware is kept, and when the one before comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "firmware/firmware_trial.h"

#include <cmocka.h>

enum { LOOK_MS = 1000 };

static struct vb_trial trial;
static struct vb_trial_signs signs;
static const uint32_t start_ms = 0xffffff00; /* the clock wraps meanwhile */
static uint32_t now_ms;

static int start(void **state)
{
    (void)state;
    now_ms = start_ms;
    vb_trial_begin(&trial, true, now_ms);
    signs = (struct vb_trial_signs){.stored = 1,
                                    .wants_network = true,
                                    .is_online = true,
                                    .wants_answers = true,
                                    .serves = true};
    return 0;
}

/* What a board does that is well. */
static void live(void)
{
    signs.turns++;
    signs.answers++;
    signs.rounds++;
}

/* Until something is to be done, for so long at most. Returns how long that took. */
static uint32_t pass(uint32_t ms, void (*goes_on)(void), enum vb_trial_advice *advice)
{
    uint32_t passed = 0;
    *advice = VB_TRIAL_GO_ON;
    for (; passed < ms && *advice == VB_TRIAL_GO_ON; passed += LOOK_MS) {
        goes_on();
        now_ms += LOOK_MS;
        *advice = vb_trial_look(&trial, &signs, now_ms);
    }
    return passed;
}

static void one_that_is_healthy_for_a_minute_is_kept(void **state)
{
    enum vb_trial_advice advice;
    (void)state;
    assert_in_range(pass(600000, live, &advice), VB_TRIAL_HEALTHY_MS,
                    VB_TRIAL_HEALTHY_MS + LOOK_MS);
    assert_int_equal(advice, VB_TRIAL_KEEP);
    assert_int_equal(trial.ailment, VB_TRIAL_NOTHING);
    vb_trial_ended(&trial, VB_TRIAL_KEPT);
    (void)pass(600000, live, &advice);
    assert_int_equal(advice, VB_TRIAL_GO_ON);
}

static void no_turns(void)
{
    signs.answers++;
    signs.rounds++;
}

static void no_store(void)
{
    live();
    signs.stored = 0;
}

static void refusing_store(void)
{
    live();
    signs.refused++;
}

static void no_network(void)
{
    live();
    signs.is_online = false;
}

static void no_answers(void)
{
    signs.turns++;
    signs.rounds++;
}

static void no_rounds(void)
{
    signs.turns++;
    signs.answers++;
}

static const struct {
    void (*goes_on)(void);
    enum vb_trial_ailment ailment;
} ailing[] = {{no_turns, VB_TRIAL_DEVICE},      {no_store, VB_TRIAL_STORE},
              {refusing_store, VB_TRIAL_STORE}, {no_network, VB_TRIAL_NETWORK},
              {no_answers, VB_TRIAL_RADIO},     {no_rounds, VB_TRIAL_SERVER}};

static void one_that_ails_from_the_start_goes_back_after_five_minutes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(ailing); i++) {
        enum vb_trial_advice advice;
        start(NULL);
        assert_int_equal(pass(3600000, ailing[i].goes_on, &advice), VB_TRIAL_MS_MAX);
        assert_int_equal(advice, VB_TRIAL_GO_BACK);
        assert_int_equal(trial.ailment, ailing[i].ailment);
        vb_trial_ended(&trial, VB_TRIAL_BACK);
        (void)pass(600000, live, &advice);
        assert_int_equal(advice, VB_TRIAL_GO_ON);
    }
}

static void a_minute_with_a_break_does_not_count(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(ailing); i++) {
        enum vb_trial_advice advice;
        start(NULL);
        (void)pass(20000, live, &advice);
        (void)pass(VB_TRIAL_SILENT_MS + LOOK_MS, ailing[i].goes_on, &advice);
        assert_int_equal(advice, VB_TRIAL_GO_ON);
        assert_int_equal(trial.ailment, ailing[i].ailment);
        signs.stored = 1;
        signs.is_online = true;
        assert_in_range(pass(600000, live, &advice), VB_TRIAL_HEALTHY_MS,
                        VB_TRIAL_HEALTHY_MS + 2 * LOOK_MS);
        assert_int_equal(advice, VB_TRIAL_KEEP);
    }
}

/* Else it could be on trial for ever. */
static void one_that_comes_and_goes_goes_back(void **state)
{
    enum vb_trial_advice advice = VB_TRIAL_GO_ON;
    (void)state;
    while (advice == VB_TRIAL_GO_ON && now_ms - start_ms < 3600000) {
        signs.is_online = true;
        (void)pass(50000, live, &advice);
        if (advice == VB_TRIAL_GO_ON)
            (void)pass(LOOK_MS, no_network, &advice);
    }
    assert_int_equal(advice, VB_TRIAL_GO_BACK);
    assert_in_range(now_ms - start_ms, VB_TRIAL_MS_MAX, VB_TRIAL_MS_MAX + VB_TRIAL_HEALTHY_MS);
}

/* A minute that is under way may end. */
static void one_that_is_healthy_late_is_kept(void **state)
{
    enum vb_trial_advice advice;
    (void)state;
    (void)pass(VB_TRIAL_MS_MAX - 10000, no_network, &advice);
    signs.is_online = true;
    (void)pass(600000, live, &advice);
    assert_int_equal(advice, VB_TRIAL_KEEP);
}

static void what_does_not_belong_to_a_board_is_not_asked_of_it(void **state)
{
    enum vb_trial_advice advice;
    (void)state;
    signs.wants_network = signs.is_online = signs.wants_answers = signs.serves = false;
    (void)pass(600000, no_answers, &advice);
    assert_int_equal(advice, VB_TRIAL_KEEP);
    start(NULL);
    signs.serves = false;
    (void)pass(600000, no_rounds, &advice);
    assert_int_equal(advice, VB_TRIAL_KEEP);
}

static void a_sign_of_life_is_awaited_for_half_a_minute(void **state)
{
    enum vb_trial_advice advice;
    (void)state;
    (void)pass(10000, live, &advice);
    (void)pass(VB_TRIAL_SILENT_MS - LOOK_MS, no_rounds, &advice);
    assert_int_equal(trial.ailment, VB_TRIAL_NOTHING);
    (void)pass(LOOK_MS, no_rounds, &advice);
    assert_int_equal(trial.ailment, VB_TRIAL_SERVER);
}

static void one_that_is_not_on_trial_is_left_alone(void **state)
{
    enum vb_trial_advice advice;
    (void)state;
    vb_trial_begin(&trial, false, now_ms);
    (void)pass(3600000, no_turns, &advice);
    assert_int_equal(advice, VB_TRIAL_GO_ON);
    assert_int_equal(trial.state, VB_TRIAL_NONE);
}

static void every_ailment_has_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= VB_TRIAL_SERVER; i++)
        assert_true(strlen(vb_trial_ailment_text((enum vb_trial_ailment)i)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_that_is_healthy_for_a_minute_is_kept, start),
        cmocka_unit_test(one_that_ails_from_the_start_goes_back_after_five_minutes),
        cmocka_unit_test(a_minute_with_a_break_does_not_count),
        cmocka_unit_test_setup(one_that_comes_and_goes_goes_back, start),
        cmocka_unit_test_setup(one_that_is_healthy_late_is_kept, start),
        cmocka_unit_test_setup(what_does_not_belong_to_a_board_is_not_asked_of_it, start),
        cmocka_unit_test_setup(a_sign_of_life_is_awaited_for_half_a_minute, start),
        cmocka_unit_test_setup(one_that_is_not_on_trial_is_left_alone, start),
        cmocka_unit_test(every_ailment_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
