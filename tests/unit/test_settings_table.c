#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/section.h"
#include "voltbeacon/device/settings_table.h"

enum { SEEN_MAX = 8 };

/* A device of two sections, which writes down what was put in force. */
struct device {
    union vb_values mqtt;
    union vb_values can;
    bool has_can;
    unsigned seen_count;
    uint32_t seen[SEEN_MAX]; /* a broker's port, or 100000 + listen_only */
};

static bool load(void *ctx, uint8_t section, union vb_values *values)
{
    const struct device *device = ctx;
    if (section == VB_SECTION_CAN && !device->has_can)
        return false;
    *values = section == VB_SECTION_CAN ? device->can : device->mqtt;
    return true;
}

static void apply_mqtt(void *ctx, const union vb_values *values)
{
    struct device *device = ctx;
    device->seen[device->seen_count++] = values->mqtt.port;
}

static void apply_can(void *ctx, const union vb_values *values)
{
    struct device *device = ctx;
    device->seen[device->seen_count++] = 100000u + values->can.listen_only;
}

static const struct vb_setting_row rows[] = {
    {VB_SECTION_CAN, apply_can}, {VB_SECTION_MQTT, apply_mqtt}, {VB_SECTION_CAN, apply_can}};
static const struct vb_settings_table table = {
    .rows = rows, .count = VB_COUNT_OF(rows), .load = load};

static struct device device_of_defaults(void)
{
    struct device device = {.has_can = true};
    vb_section_defaults(vb_section_by_id(VB_SECTION_MQTT), &device.mqtt);
    vb_section_defaults(vb_section_by_id(VB_SECTION_CAN), &device.can);
    return device;
}

static void test_the_start_applies_every_row_in_order(void **state)
{
    (void)state;
    struct device device = device_of_defaults();
    vb_settings_table_start(&table, &device);
    assert_int_equal(device.seen_count, 3);
    assert_int_equal(device.seen[0], 100000);
    assert_int_equal(device.seen[1], 1883);
    assert_int_equal(device.seen[2], 100000);
}

static void test_a_change_applies_every_row_of_its_section_alone(void **state)
{
    (void)state;
    struct device device = device_of_defaults();
    device.can.can.listen_only = true;
    assert_int_equal(vb_settings_table_changed(&table, &device, VB_SECTION_CAN), 2);
    assert_int_equal(device.seen_count, 2);
    assert_int_equal(device.seen[0], 100001);
    assert_int_equal(device.seen[1], 100001);
}

static void test_a_section_without_a_row_does_nothing(void **state)
{
    (void)state;
    struct device device = device_of_defaults();
    assert_int_equal(vb_settings_table_changed(&table, &device, VB_SECTION_BATTERY), 0);
    assert_int_equal(device.seen_count, 0);
    assert_false(vb_settings_table_has(&table, VB_SECTION_BATTERY));
    assert_true(vb_settings_table_has(&table, VB_SECTION_CAN));
}

static void test_a_section_that_is_not_there_is_left_out(void **state)
{
    (void)state;
    struct device device = device_of_defaults();
    device.has_can = false;
    vb_settings_table_start(&table, &device);
    assert_int_equal(device.seen_count, 1);
    assert_int_equal(device.seen[0], 1883);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_start_applies_every_row_in_order),
        cmocka_unit_test(test_a_change_applies_every_row_of_its_section_alone),
        cmocka_unit_test(test_a_section_without_a_row_does_nothing),
        cmocka_unit_test(test_a_section_that_is_not_there_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
