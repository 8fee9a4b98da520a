/* Which states follow each other, of all that a receiver keeps of a transmitter: as the diagram in
 * each one's file says. Whoever makes a state another asserts it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "voltbeacon/core/receiver.h"
#include "voltbeacon/core/receiver_account.h"

typedef bool (*legal_fn)(unsigned from, unsigned to);

/* rows: from, columns: to. 'x' = legal, as the diagram says. */
static void assert_legal(legal_fn legal, unsigned count, const char *const rows[])
{
    for (unsigned from = 0; from < count; from++) {
        for (unsigned to = 0; to < count; to++)
            assert_int_equal(legal(from, to), rows[from][to] == 'x');
    }
    for (unsigned to = 0; to < count; to++)
        assert_false(legal(count, to)); /* there is no such state */
}

static bool link_legal(unsigned from, unsigned to)
{
    return vb_link_legal((enum vb_link_state)from, (enum vb_link_state)to);
}

static void a_link_becomes_any_other_C1(void **state)
{
    (void)state;
    static const char *const rows[] = {
        [VB_LINK_OFFLINE] = ".xx", [VB_LINK_DEGRADED] = "x.x", [VB_LINK_CONNECTED] = "xx."};
    assert_legal(link_legal, VB_COUNT_OF(rows), rows);
}

static bool boot_legal(unsigned from, unsigned to)
{
    return vb_boot_legal((enum vb_boot_state)from, (enum vb_boot_state)to);
}

static void a_cloned_boot_is_proven_only_after_it_is_claimed_A6(void **state)
{
    (void)state;
    static const char *const rows[] = {[VB_BOOT_UNKNOWN] = ".xx.",
                                       [VB_BOOT_CLAIMED] = ".xxx",
                                       [VB_BOOT_PROVEN] = ".xxx",
                                       [VB_BOOT_CLONED] = ".x.."};
    assert_legal(boot_legal, VB_COUNT_OF(rows), rows);
}

static bool hello_legal(unsigned from, unsigned to)
{
    return vb_hello_legal((enum vb_hello_state)from, (enum vb_hello_state)to);
}

static void a_hello_that_is_due_goes_out(void **state)
{
    (void)state;
    static const char *const rows[] = {
        [VB_HELLO_NONE] = "xxx", [VB_HELLO_WANTED] = "xxx", [VB_HELLO_DUE] = "x.x"};
    assert_legal(hello_legal, VB_COUNT_OF(rows), rows);
}

static bool fetch_legal(unsigned from, unsigned to)
{
    return vb_fetch_legal((enum vb_fetch_state)from, (enum vb_fetch_state)to);
}

static void only_what_was_asked_for_is_given_up_A2(void **state)
{
    (void)state;
    static const char *const rows[] = {[VB_FETCH_UNKNOWN] = "xxxx.",
                                       [VB_FETCH_DONE] = "xxxx.",
                                       [VB_FETCH_WANTED] = "xxxxx",
                                       [VB_FETCH_ALL] = "xxxxx",
                                       [VB_FETCH_RESTING] = "xxxxx"};
    assert_legal(fetch_legal, VB_COUNT_OF(rows), rows);
}

static bool stream_legal(unsigned from, unsigned to)
{
    return vb_stream_legal((enum vb_stream_state)from, (enum vb_stream_state)to);
}

static void a_reading_is_whole_only_after_it_was_begun_E2(void **state)
{
    (void)state;
    static const char *const rows[] = {[VB_STREAM_NONE] = "xx.x",
                                       [VB_STREAM_BEGUN] = "xxxx",
                                       [VB_STREAM_WHOLE] = "xx.x",
                                       [VB_STREAM_REFUSED] = "xx.x"};
    assert_legal(stream_legal, VB_COUNT_OF(rows), rows);
}

static bool codec_legal(unsigned from, unsigned to)
{
    return vb_codec_legal((enum vb_codec_state)from, (enum vb_codec_state)to);
}

static void a_keyframe_is_held_only_after_it_was_offered_E5(void **state)
{
    (void)state;
    static const char *const rows[] = {
        [VB_CODEC_NOTHING] = "xx.", [VB_CODEC_OFFERED] = "xxx", [VB_CODEC_HELD] = "xxx"};
    assert_legal(codec_legal, VB_COUNT_OF(rows), rows);
}

static bool edit_legal(unsigned from, unsigned to)
{
    return vb_sent_edit_legal((enum vb_edit_state)from, (enum vb_edit_state)to);
}

static bool account_legal(unsigned from, unsigned to)
{
    return vb_account_legal((enum vb_account_state)from, (enum vb_account_state)to);
}

/* A transmitter's account of a receiver. */
static void an_account_is_closed_only_after_a_silence(void **state)
{
    (void)state;
    static const char *const rows[] = {[VB_ACCOUNT_FREE] = ".x...",
                                       [VB_ACCOUNT_REACHED] = ".xxxx",
                                       [VB_ACCOUNT_AWAITED] = ".xxxx",
                                       [VB_ACCOUNT_UNREACHABLE] = ".x..x",
                                       [VB_ACCOUNT_SILENT] = "xx..."};
    static const char *const names[] = {"free",        "reached", "reached",
                                        "unreachable", "silent",  "free"};
    assert_legal(account_legal, VB_COUNT_OF(rows), rows);
    for (unsigned i = 0; i < VB_COUNT_OF(names); i++)
        assert_string_equal(vb_account_name((enum vb_account_state)i), names[i]);
}

static void why_a_transmitter_has_no_place_is_named(void **state)
{
    (void)state;
    static const char *const names[] = {"none", "unplaced", "given_up", "forgotten", "none"};
    for (unsigned i = 0; i < VB_COUNT_OF(names); i++)
        assert_string_equal(vb_outside_why_name((enum vb_outside_why)i), names[i]);
}

static void an_edit_that_has_ended_stays_as_it_ended_B2(void **state)
{
    (void)state;
    static const char *const rows[] = {[VB_EDIT_STATE_PENDING] = ".xxxx",
                                       [VB_EDIT_STATE_CONFIRMED] = ".....",
                                       [VB_EDIT_STATE_REFUSED] = ".....",
                                       [VB_EDIT_STATE_CONFLICT] = ".....",
                                       [VB_EDIT_STATE_TIMED_OUT] = ".xxx."};
    assert_legal(edit_legal, VB_COUNT_OF(rows), rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_becomes_any_other_C1),
        cmocka_unit_test(a_cloned_boot_is_proven_only_after_it_is_claimed_A6),
        cmocka_unit_test(a_hello_that_is_due_goes_out),
        cmocka_unit_test(only_what_was_asked_for_is_given_up_A2),
        cmocka_unit_test(a_reading_is_whole_only_after_it_was_begun_E2),
        cmocka_unit_test(a_keyframe_is_held_only_after_it_was_offered_E5),
        cmocka_unit_test(an_account_is_closed_only_after_a_silence),
        cmocka_unit_test(why_a_transmitter_has_no_place_is_named),
        cmocka_unit_test(an_edit_that_has_ended_stays_as_it_ended_B2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
