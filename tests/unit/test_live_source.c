/* Sources as a device sees them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "linux/source/live_source.h"

static struct vb_live_source *open_source(const char *text, double speed)
{
    struct vb_source_error error;
    const struct vb_live_source_options options = {.text = text, .speed = speed};
    return vb_live_source_open(&options, &error);
}

static void a_recording_is_asked_until_its_end(void **state)
{
    (void)state;
    struct vb_live_source *source =
        open_source("csv:" VB_SOURCE_DIR "/tests/fixtures/wide_96s.csv", 2.5);
    assert_non_null(source);
    const struct vb_reading_source *port = vb_live_source_port(source);
    assert_non_null(port->next);
    assert_null(port->configure);
    assert_int_equal(port->speed_permille, 2500);
    assert_true(port->interval_ms > 0);
    struct vb_reading reading;
    uint64_t at_ms;
    unsigned count = 0;
    enum vb_source_result result;
    while ((result = port->next(port->ctx, &reading, &at_ms)) == VB_SOURCE_READING)
        count++;
    assert_int_equal(result, VB_SOURCE_END);
    assert_true(count > 1);
    char text[256] = "";
    assert_int_equal(vb_live_source_status(source, text, 0, sizeof text), strlen(text));
    vb_live_source_close(source);
}

static void however_slow_it_goes_on(void **state)
{
    (void)state;
    struct vb_live_source *source = open_source("sim:cells=4", 1e-9);
    assert_non_null(source);
    assert_int_equal(vb_live_source_port(source)->speed_permille, 1);
    vb_live_source_close(source);
}

static void an_invalid_source_is_refused_with_the_valid_forms(void **state)
{
    (void)state;
    struct vb_source_error error = {.text = ""};
    const struct vb_live_source_options options = {.text = "nonsense", .speed = 1};
    assert_null(vb_live_source_open(&options, &error));
    assert_non_null(strstr(error.text, "can:INTERFACE"));
    vb_live_source_close(NULL);
}

static void the_help_has_every_kind_and_the_bus(void **state)
{
    (void)state;
    unsigned count = 0;
    while (vb_live_source_usage(count) != NULL)
        count++;
    assert_true(count >= 5);
    assert_non_null(strstr(vb_live_source_usage(count - 1), "can:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_is_asked_until_its_end),
        cmocka_unit_test(however_slow_it_goes_on),
        cmocka_unit_test(an_invalid_source_is_refused_with_the_valid_forms),
        cmocka_unit_test(the_help_has_every_kind_and_the_bus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
