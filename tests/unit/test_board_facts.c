/* What a board tells of itself: as bytes, as words, and in a frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../fixtures/full_facts.h"
#include "voltbeacon/core/payload.h"

#include <cmocka.h>

enum { HEAD_BYTES = 3 /* section, form, version */ };

static const struct vb_board_facts largest = {UINT32_MAX, UINT32_MAX, UINT32_MAX,
                                              UINT32_MAX, UINT32_MAX, UINT32_MAX};
static const struct vb_board_facts none;

/* ---- Bytes ---- */

static size_t written(const struct vb_board_facts *facts, uint8_t *bytes, size_t capacity)
{
    struct vb_writer writer = vb_writer_of(bytes, capacity);
    vb_board_facts_write(&writer, facts);
    assert_false(writer.failed);
    return writer.at;
}

static struct vb_board_facts read_again(const uint8_t *bytes, size_t size)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    struct vb_board_facts facts;
    assert_true(vb_board_facts_read(&reader, &facts));
    return facts;
}

static void they_are_read_as_they_were_written(void **state)
{
    (void)state;
    const struct vb_board_facts kinds[] = {full_facts,
                                           largest,
                                           {.start = VB_START_POWER_ON},
                                           {.channel = 11, .recoveries = 1, .recovered_ms = 65536}};
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    for (unsigned i = 0; i < VB_COUNT_OF(kinds); i++) {
        const size_t size = written(&kinds[i], bytes, sizeof bytes);
        const struct vb_board_facts facts = read_again(bytes + HEAD_BYTES, size - HEAD_BYTES);
        assert_true(vb_board_facts_equal(&facts, &kinds[i]));
    }
}

static void two_are_equal_only_if_every_fact_is(void **state)
{
    (void)state;
    const struct vb_board_facts zero = {0};
    const struct vb_board_facts others[] = {{.start = 1},   {.crashes = 1},    {.flags = 1},
                                            {.channel = 1}, {.recoveries = 1}, {.recovered_ms = 1}};
    for (unsigned i = 0; i < VB_COUNT_OF(others); i++)
        assert_false(vb_board_facts_equal(&zero, &others[i]));
    assert_true(vb_board_facts_equal(&zero, &none));
}

static void whoever_knows_nothing_writes_no_byte(void **state)
{
    (void)state;
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    const struct vb_board_facts of_nothing = {.recoveries = 3, .recovered_ms = 5};
    assert_false(vb_board_facts_told(&none));
    assert_int_equal(written(&none, bytes, sizeof bytes), 0);
    assert_int_equal(written(&of_nothing, bytes, sizeof bytes), 0);
}

static void each_is_a_varint(void **state)
{
    (void)state;
    static const uint8_t expected[] = {15, 0x60, 1, VB_START_WATCHDOG, 2, 2, 6, 3, 0xff, 0x12};
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    assert_int_equal(written(&full_facts, bytes, sizeof bytes), sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
    assert_int_equal(written(&largest, bytes, sizeof bytes), HEAD_BYTES + VB_BOARD_FACTS_BYTES_MAX);
}

static void where_they_do_not_fit_nothing_is_written(void **state)
{
    (void)state;
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    const size_t size = written(&full_facts, bytes, sizeof bytes);
    assert_int_equal(written(&full_facts, bytes, size), size);
    assert_int_equal(written(&full_facts, bytes, size - 1), 0);
}

static void later_ones_are_skipped_and_missing_ones_not_told(void **state)
{
    (void)state;
    static const uint8_t later[] = {VB_START_WATCHDOG, 2, 2, 6, 3, 0xff, 0x12, 1, 0xff, 0x7f};
    const struct vb_board_facts facts = read_again(later, sizeof later);
    assert_true(vb_board_facts_equal(&facts, &full_facts));
    const struct vb_board_facts expected = {.start = VB_START_WATCHDOG, .crashes = 2};
    const struct vb_board_facts few = read_again(later, 2);
    assert_true(vb_board_facts_equal(&few, &expected));
    static const uint8_t many[VB_PAYLOAD_BYTES_MAX] = {VB_START_WATCHDOG, 2};
    const struct vb_board_facts first = read_again(many, sizeof many);
    assert_true(vb_board_facts_equal(&first, &expected));
    const struct vb_board_facts nothing = read_again(later, 0);
    assert_true(vb_board_facts_equal(&nothing, &none));
}

static void what_are_no_numbers_tells_nothing(void **state)
{
    (void)state;
    static const uint8_t cut[] = {VB_START_CRASH, 1, 0, 6, 0x80};
    static const uint8_t overlong[] = {VB_START_CRASH, 0x81, 0};
    struct vb_board_facts facts = full_facts;
    struct vb_reader reader = vb_reader_of(cut, sizeof cut);
    assert_false(vb_board_facts_read(&reader, &facts));
    assert_true(vb_board_facts_equal(&facts, &none));
    reader = vb_reader_of(overlong, sizeof overlong);
    assert_false(vb_board_facts_read(&reader, &facts));
}

/* ---- Words ---- */

static void every_reason_has_its_name_and_a_later_one_is_another(void **state)
{
    (void)state;
    assert_string_equal(vb_start_name(VB_START_WATCHDOG), "watchdog");
    assert_string_equal(vb_start_text(VB_START_WATCHDOG), "the watchdog");
    assert_string_equal(vb_start_name(VB_START_DEEP_SLEEP), "deep_sleep");
    assert_string_equal(vb_start_name(VB_START_REASONS), "other");
    assert_string_equal(vb_start_text(UINT32_MAX), "another reason");
}

static void a_crash_the_watchdog_and_a_low_voltage_are_trouble(void **state)
{
    (void)state;
    for (uint32_t reason = 0; reason <= VB_START_REASONS; reason++)
        assert_int_equal(vb_start_is_trouble(reason), reason == VB_START_CRASH ||
                                                          reason == VB_START_WATCHDOG ||
                                                          reason == VB_START_BROWNOUT);
}

/* ---- In a frame ---- */

static struct vb_records found;

/* A beacon that ends in these bytes. */
static enum vb_err read_beacon(const uint8_t *records, size_t size)
{
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    static struct vb_payload payload;
    const struct vb_beacon beacon = {.boot = 1, .records = records, .records_size = size};
    vb_beacon_write(&writer, &beacon);
    assert_false(writer.failed);
    const struct vb_frame frame = {
        .message = VB_MESSAGE_BEACON, .payload = bytes, .payload_size = writer.at};
    return vb_payload_read(&vb_room_plain, &frame, &found, &payload);
}

static void they_follow_the_records_of_sections(void **state)
{
    (void)state;
    static const uint8_t same[] = {1, 0x20, 1, 9, 9, 9, 9};
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    memcpy(bytes, same, sizeof same);
    const size_t size =
        sizeof same + written(&full_facts, bytes + sizeof same, sizeof bytes - sizeof same);
    assert_int_equal(read_beacon(bytes, size), VB_ERR_OK);
    assert_int_equal(found.count, 1);
    assert_false(found.cut);
    assert_true(vb_board_facts_equal(&found.facts, &full_facts));
    assert_int_equal(read_beacon(same, sizeof same), VB_ERR_OK);
    assert_true(vb_board_facts_equal(&found.facts, &none)); /* not those of the frame before */
}

static void what_are_no_facts_is_of_a_later_version(void **state)
{
    (void)state;
    static const uint8_t broken[] = {15, 0x60, 1, 1, 9, 0x80};
    static const uint8_t later[] = {15, 0x80, 1, 1, 1, 6};
    assert_int_equal(read_beacon(broken, sizeof broken), VB_ERR_OK);
    assert_true(found.cut);
    assert_false(vb_board_facts_told(&found.facts));
    assert_int_equal(read_beacon(later, sizeof later), VB_ERR_OK);
    assert_true(found.cut);
    assert_false(vb_board_facts_told(&found.facts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_read_as_they_were_written),
        cmocka_unit_test(two_are_equal_only_if_every_fact_is),
        cmocka_unit_test(whoever_knows_nothing_writes_no_byte),
        cmocka_unit_test(each_is_a_varint),
        cmocka_unit_test(where_they_do_not_fit_nothing_is_written),
        cmocka_unit_test(later_ones_are_skipped_and_missing_ones_not_told),
        cmocka_unit_test(what_are_no_numbers_tells_nothing),
        cmocka_unit_test(every_reason_has_its_name_and_a_later_one_is_another),
        cmocka_unit_test(a_crash_the_watchdog_and_a_low_voltage_are_trouble),
        cmocka_unit_test(they_follow_the_records_of_sections),
        cmocka_unit_test(what_are_no_facts_is_of_a_later_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
