/* Crashes in a row are counted, over power cuts, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "esp-idf/voltbeacon/nvs_keys.h"
#include "esp-idf/voltbeacon/starts.h"
#include "host/host_nvs.h"

#include <cmocka.h>

#define PARTITION "nvs"

static int reset(void **state)
{
    (void)state;
    host_nvs_make(PARTITION, 0x10000);
    assert_int_equal(vb_nvs_start(PARTITION), ESP_OK);
    return 0;
}

static unsigned starts(esp_reset_reason_t reason)
{
    host_nvs_power_on();
    assert_int_equal(vb_nvs_start(PARTITION), ESP_OK);
    return vb_starts_count(PARTITION, reason);
}

static void the_third_crash_in_a_row_is_safe_mode(void **state)
{
    (void)state;
    assert_int_equal(starts(ESP_RST_POWERON), 0);
    assert_int_equal(starts(ESP_RST_PANIC), 1);
    assert_int_equal(starts(ESP_RST_TASK_WDT), 2);
    assert_int_equal(starts(ESP_RST_INT_WDT), VB_STARTS_SAFE);
    assert_int_equal(starts(ESP_RST_PANIC), VB_STARTS_SAFE + 1);
}

static void another_start_or_a_minute_of_health_ends_the_row(void **state)
{
    (void)state;
    static const esp_reset_reason_t others[] = {ESP_RST_POWERON, ESP_RST_SW, ESP_RST_BROWNOUT,
                                                ESP_RST_EXT, ESP_RST_USB};
    for (unsigned i = 0; i < VB_COUNT_OF(others); i++) {
        assert_int_equal(starts(ESP_RST_PANIC), 1);
        assert_int_equal(starts(ESP_RST_PANIC), 2);
        assert_int_equal(starts(others[i]), 0);
    }
    assert_int_equal(starts(ESP_RST_PANIC), 1);
    vb_starts_healthy(PARTITION);
    assert_int_equal(starts(ESP_RST_PANIC), 1);
}

static void an_ordinary_start_writes_nothing(void **state)
{
    (void)state;
    (void)starts(ESP_RST_POWERON);
    assert_int_equal(host_nvs_writes(), 0);
    vb_starts_healthy(PARTITION);
    assert_int_equal(host_nvs_writes(), 0);
}

static void a_board_whose_nvs_is_broken_starts_as_ever(void **state)
{
    (void)state;
    host_nvs_make("another", 0x10000);
    assert_int_equal(vb_starts_count(PARTITION, ESP_RST_POWERON), 0);
    assert_int_equal(vb_starts_count(PARTITION, ESP_RST_PANIC), 1);
    assert_int_equal(vb_starts_count(PARTITION, ESP_RST_PANIC), 1);
    reset(NULL);
    host_nvs_fail_at(1);
    assert_int_equal(vb_starts_count(PARTITION, ESP_RST_PANIC), 1);
}

static void every_reason_has_words(void **state)
{
    (void)state;
    for (unsigned i = ESP_RST_UNKNOWN; i <= ESP_RST_CPU_LOCKUP; i++)
        assert_true(strlen(vb_starts_reason((esp_reset_reason_t)i)) > 0);
    assert_string_equal(vb_starts_reason(ESP_RST_TASK_WDT), "the watchdog");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_third_crash_in_a_row_is_safe_mode, reset),
        cmocka_unit_test_setup(another_start_or_a_minute_of_health_ends_the_row, reset),
        cmocka_unit_test_setup(an_ordinary_start_writes_nothing, reset),
        cmocka_unit_test_setup(a_board_whose_nvs_is_broken_starts_as_ever, reset),
        cmocka_unit_test(every_reason_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
