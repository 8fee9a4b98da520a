/* What a transmitter says where its settings could not be read when it started. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "linux/system/boot_words.h"
#include "linux/system/cause.h"

static void a_failing_disk_is_reported_as_to_be_retried(void **state)
{
    (void)state;
    char text[512];
    vb_boot_words(VB_ERR_STORE, "/var/lib/v", text, sizeof text);
    assert_string_equal(text,
                        "the settings in /var/lib/v cannot be read now: nothing is sent until "
                        "they are; retrying every 10 s");
    assert_int_equal(vb_cause_take(), VB_CAUSE_IO);
}

static void settings_that_are_unusable_name_the_two_ways_out(void **state)
{
    (void)state;
    char text[512];
    char expected[512];
    snprintf(expected, sizeof expected,
             "the settings in /var/lib/v %s; restore a backup of voltbeacon.db there, or move it "
             "away to start with defaults",
             vb_err_text(VB_ERR_CORRUPT));
    vb_boot_words(VB_ERR_CORRUPT, "/var/lib/v", text, sizeof text);
    assert_string_equal(text, expected);
    assert_int_equal(vb_cause_take(), VB_CAUSE_CONFIG);
}

static void a_folder_s_long_name_is_cut_and_nothing_else_is_written(void **state)
{
    (void)state;
    char dir[400];
    char text[64 + 1];
    memset(dir, 'x', sizeof dir);
    dir[sizeof dir - 1] = '\0';
    text[64] = '#';
    vb_boot_words(VB_ERR_CORRUPT, dir, text, 64);
    assert_true(strlen(text) < 64);
    assert_int_equal(text[64], '#');
    (void)vb_cause_take();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failing_disk_is_reported_as_to_be_retried),
        cmocka_unit_test(settings_that_are_unusable_name_the_two_ways_out),
        cmocka_unit_test(a_folder_s_long_name_is_cut_and_nothing_else_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
