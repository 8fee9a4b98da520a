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

static void every_reason_of_the_chip_is_one_of_ours(void **state)
{
    (void)state;
    static const struct {
        esp_reset_reason_t theirs;
        enum vb_start_reason ours;
    } reasons[] = {{ESP_RST_UNKNOWN, VB_START_OTHER},        {ESP_RST_POWERON, VB_START_POWER_ON},
                   {ESP_RST_EXT, VB_START_RESET_PIN},        {ESP_RST_SW, VB_START_RESTART},
                   {ESP_RST_PANIC, VB_START_CRASH},          {ESP_RST_INT_WDT, VB_START_WATCHDOG},
                   {ESP_RST_TASK_WDT, VB_START_WATCHDOG},    {ESP_RST_WDT, VB_START_WATCHDOG},
                   {ESP_RST_DEEPSLEEP, VB_START_DEEP_SLEEP}, {ESP_RST_BROWNOUT, VB_START_BROWNOUT},
                   {ESP_RST_PWR_GLITCH, VB_START_OTHER},     {ESP_RST_CPU_LOCKUP, VB_START_CRASH}};
    for (unsigned i = 0; i < VB_COUNT_OF(reasons); i++)
        assert_int_equal(vb_starts_reason(reasons[i].theirs), reasons[i].ours);
}

static void what_there_is_to_tell_of_a_start_is_told(void **state)
{
    (void)state;
    struct vb_board_facts facts = vb_starts_facts(ESP_RST_POWERON, 0, false);
    assert_int_equal(facts.start, VB_START_POWER_ON);
    assert_int_equal(facts.crashes, 0);
    assert_int_equal(facts.flags, 0);
    facts = vb_starts_facts(ESP_RST_PANIC, VB_STARTS_SAFE - 1, true);
    assert_int_equal(facts.start, VB_START_CRASH);
    assert_int_equal(facts.crashes, VB_STARTS_SAFE - 1);
    assert_int_equal(facts.flags, VB_BOARD_CORE_DUMP);
    facts = vb_starts_facts(ESP_RST_TASK_WDT, VB_STARTS_SAFE, false);
    assert_int_equal(facts.flags, VB_BOARD_SAFE_MODE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_third_crash_in_a_row_is_safe_mode, reset),
        cmocka_unit_test_setup(another_start_or_a_minute_of_health_ends_the_row, reset),
        cmocka_unit_test_setup(an_ordinary_start_writes_nothing, reset),
        cmocka_unit_test_setup(a_board_whose_nvs_is_broken_starts_as_ever, reset),
        cmocka_unit_test(every_reason_of_the_chip_is_one_of_ours),
        cmocka_unit_test(what_there_is_to_tell_of_a_start_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
