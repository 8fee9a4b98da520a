#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "voltbeacon/core/random.h"
#include "voltbeacon/core/section.h"

#include <cmocka.h>

enum { STAMP = 0x0badcafe };

/* Tags of sections.def that the tests below write by hand. */
enum {
    MQTT_ENABLED = 1,
    MQTT_SERVER = 2,
    MQTT_PORT = 3,
    MQTT_PASSWORD = 5,
    MQTT_PREFIX = 7,
    MQTT_KEEPALIVE = 8,
    NETWORK_MODE = 1,
    NETWORK_ADDRESS = 2,
    BATTERY_CELL_COUNT = 2,
    BATTERY_PACK_MIN = 4,
    BATTERY_PACK_MAX = 5,
    BATTERY_TEMPERATURE_MIN = 12,
    METADATA_MAC = 1,
    METADATA_NAME = 2,
    POWER_CHARGE_LIMIT = 2,
    CAN_IGNORED_IDS = 6,
    UNKNOWN_TAG = 200
};

static const uint8_t zeros[VB_SECTION_BYTES_MAX];

/* A content or changes under construction. */
struct form {
    uint8_t bytes[VB_SECTION_BYTES_MAX + 200];
    size_t size;
};

static void add(struct form *form, uint8_t tag, const void *value, size_t size)
{
    struct vb_writer writer = vb_writer_of(form->bytes, sizeof form->bytes);
    writer.at = form->size;
    vb_write_u8(&writer, tag);
    vb_write_varint(&writer, (uint32_t)size);
    vb_write_bytes(&writer, value, size);
    assert_false(writer.failed);
    form->size = writer.at;
}

static void add_text(struct form *form, uint8_t tag, const char *text)
{
    add(form, tag, text, strlen(text));
}

static const struct vb_section *section_of(uint8_t id)
{
    const struct vb_section *section = vb_section_by_id(id);
    assert_non_null(section);
    return section;
}

static struct form defaults_of(uint8_t id)
{
    struct form form = {0};
    union vb_values values;
    vb_section_defaults(section_of(id), &values);
    const int size = vb_section_encode(section_of(id), &values, form.bytes, sizeof form.bytes);
    assert_true(size > 0);
    form.size = (size_t)size;
    return form;
}

static enum vb_err decode(uint8_t id, const struct form *form, union vb_values *values,
                          struct vb_decode_notes *notes)
{
    return vb_section_decode(section_of(id), form->bytes, form->size, values, notes);
}

static struct form merged;
static struct vb_reasons reasons;

/* Merges into `merged` and `reasons`, within the largest section. */
static int merge(uint8_t id, const struct form *base, const struct form *changes)
{
    reasons = (struct vb_reasons){0};
    const int size =
        vb_section_merge(section_of(id), base->bytes, base->size, changes->bytes, changes->size,
                         STAMP, merged.bytes, VB_SECTION_BYTES_MAX, &reasons);
    merged.size = size > 0 ? (size_t)size : 0;
    return size;
}

static void assert_refused(uint8_t tag, enum vb_err err, uint8_t rule)
{
    assert_int_equal(reasons.count, 1);
    assert_int_equal(reasons.items[0].tag, tag);
    assert_int_equal(reasons.items[0].err, err);
    assert_int_equal(reasons.items[0].rule, rule);
}

/* ---- Broken forms ---- */

static void a_broken_form_is_malformed(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[8];
        size_t size;
    } broken[] = {
        {{3}, 1},                               /* a tag alone */
        {{3, 0x80}, 2},                         /* a cut length */
        {{3, 2, 1}, 3},                         /* a cut value */
        {{0, 1, 1}, 3},                         /* tag 0 */
        {{255, 1, 1}, 3},                       /* tag 255 */
        {{3, 1, 1, 3, 1, 2}, 6},                /* a tag twice */
        {{UNKNOWN_TAG, 0, UNKNOWN_TAG, 0}, 4},  /* an unknown one twice */
        {{3, 0x81, 0, 1}, 4},                   /* a length in more bytes than it needs */
        {{3, 0xff, 0xff, 0xff, 0xff, 0x0f}, 6}, /* a length of 4 GiB */
    };
    for (size_t i = 0; i < VB_COUNT_OF(broken); i++) {
        uint8_t *bytes = malloc(broken[i].size); /* guarded to the byte */
        assert_non_null(bytes);
        memcpy(bytes, broken[i].bytes, broken[i].size);
        union vb_values values;
        assert_false(vb_section_well_formed(bytes, broken[i].size));
        const enum vb_err err =
            vb_section_decode(section_of(VB_SECTION_MQTT), bytes, broken[i].size, &values, NULL);
        assert_int_equal(err, VB_ERR_MALFORMED);
        free(bytes);
    }
}

static void a_section_above_4096_bytes_is_malformed(void **state)
{
    (void)state;
    struct form form = {0};
    union vb_values values;
    add(&form, UNKNOWN_TAG, zeros, VB_SECTION_BYTES_MAX - 3);
    assert_int_equal(form.size, VB_SECTION_BYTES_MAX);
    assert_int_equal(decode(VB_SECTION_MQTT, &form, &values, NULL), VB_ERR_OK);
    form.size = 0;
    add(&form, UNKNOWN_TAG, zeros, VB_SECTION_BYTES_MAX - 2);
    assert_int_equal(decode(VB_SECTION_MQTT, &form, &values, NULL), VB_ERR_MALFORMED);
}

static void merging_over_or_with_a_broken_form_is_malformed(void **state)
{
    (void)state;
    const struct form base = defaults_of(VB_SECTION_MQTT);
    struct form broken = {.bytes = {3, 2, 1}, .size = 3};
    assert_int_equal(merge(VB_SECTION_MQTT, &base, &broken), VB_ERR_MALFORMED);
    assert_int_equal(merge(VB_SECTION_MQTT, &broken, &base), VB_ERR_MALFORMED);
}

static void random_bytes_never_take_a_decoder_out_of_its_bounds(void **state)
{
    (void)state;
    struct vb_random random;
    vb_random_seed(&random, 7);
    for (unsigned round = 0; round < 30000; round++) {
        const size_t size = vb_random_between(&random, 0, 40);
        uint8_t *bytes = malloc(size + 1);
        assert_non_null(bytes);
        for (size_t i = 0; i < size; i++) {
            const uint64_t bits = vb_random_u64(&random);
            bytes[i] = (uint8_t)(bits >> 8 & ((bits & 1) != 0 ? 0x07 : 0xff));
        }
        const struct vb_section *section =
            &vb_sections[vb_random_between(&random, 0, vb_section_count - 1u)];
        union vb_values values;
        struct vb_reasons why = {0};
        if (vb_section_decode(section, bytes, size, &values, NULL) == VB_ERR_OK) {
            const enum vb_err err = vb_section_check(section, &values, &why);
            assert_int_equal(err, why.count == 0 ? VB_ERR_OK : VB_ERR_OUT_OF_RANGE);
        }
        for (uint8_t i = 0; i < why.count; i++)
            assert_int_equal(why.items[i].err, VB_ERR_RULE); /* ranges were repaired */
        free(bytes);
    }
}

static void an_encoder_without_room_says_too_long(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        const struct form whole = defaults_of(section->id);
        union vb_values values;
        vb_section_defaults(section, &values);
        uint8_t *bytes = malloc(whole.size);
        assert_non_null(bytes);
        assert_int_equal(vb_section_encode(section, &values, bytes, whole.size - 1),
                         VB_ERR_TOO_LONG);
        assert_int_equal(vb_section_encode(section, &values, bytes, whole.size), whole.size);
        free(bytes);
    }
}

/* ---- Bad values: the field takes its default ---- */

static void assert_repaired(uint8_t id, uint8_t tag, const void *value, size_t size)
{
    struct form form = {0};
    union vb_values values;
    struct vb_decode_notes notes;
    add(&form, tag, value, size);
    assert_int_equal(decode(id, &form, &values, &notes), VB_ERR_OK);
    const struct vb_field *field = vb_field_by_tag(section_of(id), tag);
    assert_int_equal(notes.repaired, 1u << (field - section_of(id)->fields));
    const struct form defaults = defaults_of(id);
    uint8_t bytes[VB_SECTION_BYTES_MAX];
    assert_int_equal(vb_section_encode(section_of(id), &values, bytes, sizeof bytes),
                     defaults.size);
    assert_memory_equal(bytes, defaults.bytes, defaults.size);
}

static void a_value_out_of_range_takes_its_default_and_is_noted_A11(void **state)
{
    (void)state;
    assert_repaired(VB_SECTION_MQTT, MQTT_PORT, "\0\0", 2);
    assert_repaired(VB_SECTION_MQTT, MQTT_PORT, "\xff\xff\xff\xff", 4);
    assert_repaired(VB_SECTION_MQTT, MQTT_PORT, "\x01\0\x01\0", 4); /* 65537 is not 1 */
    assert_repaired(VB_SECTION_MQTT, MQTT_ENABLED, "\x02", 1);
    assert_repaired(VB_SECTION_NETWORK, NETWORK_MODE, "\x02", 1);
    assert_repaired(VB_SECTION_BATTERY, BATTERY_CELL_COUNT, "\xc1", 1);
    assert_repaired(VB_SECTION_BATTERY, BATTERY_TEMPERATURE_MIN, "\xd7", 1); /* -41 */
    assert_repaired(VB_SECTION_BATTERY, BATTERY_TEMPERATURE_MIN, "\x65", 1); /* 101 */
    assert_repaired(VB_SECTION_CAN, CAN_IGNORED_IDS, "\0\0\0\x20", 4);
}

static void a_value_of_a_wrong_size_takes_its_default_and_is_noted(void **state)
{
    (void)state;
    assert_repaired(VB_SECTION_MQTT, MQTT_ENABLED, zeros, 0);
    assert_repaired(VB_SECTION_MQTT, MQTT_PORT, zeros, 0);
    assert_repaired(VB_SECTION_MQTT, MQTT_PORT, "\x5b\x07\0\0\0", 5);
    assert_repaired(VB_SECTION_BATTERY, BATTERY_TEMPERATURE_MIN, zeros, 0);
    assert_repaired(VB_SECTION_BATTERY, BATTERY_TEMPERATURE_MIN, zeros, 5);
    assert_repaired(VB_SECTION_MQTT, MQTT_PASSWORD, zeros, 3);
    assert_repaired(VB_SECTION_NETWORK, NETWORK_ADDRESS, zeros, 3);
    assert_repaired(VB_SECTION_NETWORK, NETWORK_ADDRESS, zeros, 5);
    assert_repaired(VB_SECTION_POWER_PROFILE, POWER_CHARGE_LIMIT, zeros, 95);
    assert_repaired(VB_SECTION_POWER_PROFILE, POWER_CHARGE_LIMIT, zeros, 98);
    assert_repaired(VB_SECTION_CAN, CAN_IGNORED_IDS, zeros, 17 * 4);
}

static const char *const bad_texts[] = {
    "a\nb", /* control characters */
    "a\x7f",
    "\x1b[2J",
    "\x80",     /* a continuation alone */
    "\x82\x80", /* two of them */
    "\xc3",     /* cut */
    "\xe2\x9a",
    "\xf0\x9f\x94",
    "\xc3(",    /* not continued */
    "\xc0\xaf", /* overlong */
    "\xe0\x80\xaf",
    "\xf0\x80\x80\xaf",
    "\xed\xa0\x80",     /* a surrogate */
    "\xf4\x90\x80\x80", /* above U+10FFFF */
    "\xf8\x88\x80",     /* of five bytes, and their first three */
    "\xf8\x88\x80\x80\x80",
    "\xff",
};

static void a_text_that_is_not_printable_utf8_takes_its_default(void **state)
{
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(bad_texts); i++)
        assert_repaired(VB_SECTION_MQTT, MQTT_SERVER, bad_texts[i], strlen(bad_texts[i]));
    assert_repaired(VB_SECTION_MQTT, MQTT_SERVER, "a\0b", 3);
    char text[64];
    memset(text, 'a', sizeof text);
    assert_repaired(VB_SECTION_MQTT, MQTT_SERVER, text, sizeof text);
}

/* The next field's tag could go on with it. */
static void a_character_does_not_go_on_in_the_next_field(void **state)
{
    (void)state;
    struct form form = {0};
    union vb_values values;
    struct vb_decode_notes notes;
    add_text(&form, MQTT_SERVER, "\xc3");
    add(&form, 0xa9, NULL, 0);
    assert_int_equal(decode(VB_SECTION_MQTT, &form, &values, &notes), VB_ERR_OK);
    assert_int_not_equal(notes.repaired, 0);
    assert_string_equal(values.mqtt.server, "");
}

static void text_of_every_length_of_utf8_is_kept(void **state)
{
    (void)state;
    /* The last before and the first behind the surrogates among them, and the very last. */
    static const char *const texts[] = {"a",
                                        "\xc3\xa9",
                                        "\xe2\x82\xac",
                                        "\xed\x9f\xbf",
                                        "\xee\x80\x80",
                                        "\xf0\x9f\x94\x8b",
                                        "\xf4\x8f\xbf\xbf"};
    for (size_t i = 0; i < VB_COUNT_OF(texts); i++) {
        struct form form = {0};
        union vb_values values;
        struct vb_decode_notes notes;
        add_text(&form, MQTT_SERVER, texts[i]);
        assert_int_equal(decode(VB_SECTION_MQTT, &form, &values, &notes), VB_ERR_OK);
        assert_int_equal(notes.repaired, 0);
        assert_string_equal(values.mqtt.server, texts[i]);
    }
}

static void an_absent_field_takes_its_default_and_is_noted_A11(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        const struct form nothing = {0};
        union vb_values values;
        struct vb_decode_notes notes;
        assert_int_equal(decode(section->id, &nothing, &values, &notes), VB_ERR_OK);
        assert_int_equal(notes.absent, (1ull << section->field_count) - 1);
        assert_int_equal(notes.repaired, 0);
        const struct form defaults = defaults_of(section->id);
        uint8_t bytes[VB_SECTION_BYTES_MAX];
        assert_int_equal(vb_section_encode(section, &values, bytes, sizeof bytes), defaults.size);
        assert_memory_equal(bytes, defaults.bytes, defaults.size);
    }
}

/* ---- Widths of another firmware ---- */

static void integers_are_read_in_any_width_of_1_to_4_bytes_A11(void **state)
{
    (void)state;
    static const uint8_t five[] = {5, 0, 0, 0};
    static const uint8_t minus_ten[] = {0xf6, 0xff, 0xff, 0xff};
    for (size_t width = 1; width <= 4; width++) {
        struct form mqtt = {0};
        struct form battery = {0};
        union vb_values values;
        struct vb_decode_notes notes;
        add(&mqtt, MQTT_PORT, five, width);
        add(&battery, BATTERY_TEMPERATURE_MIN, minus_ten, width);
        assert_int_equal(decode(VB_SECTION_MQTT, &mqtt, &values, &notes), VB_ERR_OK);
        assert_int_equal(values.mqtt.port, 5);
        assert_int_equal(notes.repaired, 0);
        assert_int_equal(decode(VB_SECTION_BATTERY, &battery, &values, &notes), VB_ERR_OK);
        assert_int_equal(values.battery.temperature_min_c, -10);
        assert_int_equal(notes.repaired, 0);
    }
}

static void an_unknown_tag_is_skipped_and_counted_A11(void **state)
{
    (void)state;
    struct form form = {0};
    union vb_values values;
    struct vb_decode_notes notes;
    add_text(&form, UNKNOWN_TAG, "of a later firmware");
    add(&form, MQTT_PORT, "\x5c\x07", 2);
    add(&form, UNKNOWN_TAG + 1, NULL, 0);
    assert_int_equal(decode(VB_SECTION_MQTT, &form, &values, &notes), VB_ERR_OK);
    assert_int_equal(values.mqtt.port, 1884);
    assert_int_equal(notes.unknown_count, 2);
}

static void a_value_is_found_by_its_tag(void **state)
{
    (void)state;
    struct form form = {0};
    size_t size = 99;
    add_text(&form, UNKNOWN_TAG, "abc");
    add(&form, 7, NULL, 0);
    assert_null(vb_section_find(form.bytes, form.size, 8, &size));
    assert_int_equal(size, 0);
    assert_memory_equal(vb_section_find(form.bytes, form.size, UNKNOWN_TAG, &size), "abc", 3);
    assert_int_equal(size, 3);
    assert_non_null(vb_section_find(form.bytes, form.size, 7, &size)); /* there, though empty */
    assert_int_equal(size, 0);
}

static void nothing_is_found_behind_what_has_not_the_form(void **state)
{
    (void)state;
    static const uint8_t broken[] = {1, 1, 'a', 0, 0, 7, 1, 'b'};
    size_t size;
    assert_non_null(vb_section_find(broken, sizeof broken, 1, &size));
    assert_null(vb_section_find(broken, sizeof broken, 7, &size));
    assert_int_equal(size, 0);
    static const uint8_t cut[] = {7, 2, 'b'};
    size = 99;
    assert_null(vb_section_find(cut, sizeof cut, 7, &size));
    assert_int_equal(size, 0);
}

/* ---- Merge: refusals ---- */

static void a_read_only_field_cannot_be_changed(void **state)
{
    (void)state;
    const struct form base = defaults_of(VB_SECTION_METADATA);
    struct form changes = {0};
    add_text(&changes, METADATA_MAC, "02:00:00:00:00:01");
    assert_int_equal(merge(VB_SECTION_METADATA, &base, &changes), VB_ERR_OUT_OF_RANGE);
    assert_refused(METADATA_MAC, VB_ERR_READ_ONLY, 0);
}

static void an_unknown_field_cannot_be_changed(void **state)
{
    (void)state;
    const struct form base = defaults_of(VB_SECTION_MQTT);
    struct form changes = {0};
    add_text(&changes, UNKNOWN_TAG, "x");
    assert_int_equal(merge(VB_SECTION_MQTT, &base, &changes), VB_ERR_OUT_OF_RANGE);
    assert_refused(UNKNOWN_TAG, VB_ERR_NOT_FOUND, 0);
}

static void each_bad_value_is_refused_with_its_own_reason_A9(void **state)
{
    (void)state;
    const struct form base = defaults_of(VB_SECTION_MQTT);
    struct form changes = {0};
    char text[65];
    memset(text, 'a', sizeof text);
    add(&changes, MQTT_ENABLED, "\x02", 1);
    add(&changes, MQTT_SERVER, text, 64);
    add(&changes, MQTT_PORT, "12345", 5);
    add(&changes, MQTT_PASSWORD, text, 65);
    add_text(&changes, MQTT_PREFIX, "a\nb");
    assert_int_equal(merge(VB_SECTION_MQTT, &base, &changes), VB_ERR_OUT_OF_RANGE);
    static const struct vb_reason expected[] = {{MQTT_ENABLED, VB_ERR_OUT_OF_RANGE, 0},
                                                {MQTT_SERVER, VB_ERR_TOO_LONG, 0},
                                                {MQTT_PORT, VB_ERR_WRONG_TYPE, 0},
                                                {MQTT_PASSWORD, VB_ERR_TOO_LONG, 0},
                                                {MQTT_PREFIX, VB_ERR_MALFORMED, 0}};
    assert_int_equal(reasons.count, VB_COUNT_OF(expected));
    for (size_t i = 0; i < VB_COUNT_OF(expected); i++) {
        assert_int_equal(reasons.items[i].tag, expected[i].tag);
        assert_int_equal(reasons.items[i].err, expected[i].err);
    }
}

static void broken_text_is_refused_in_strings_and_in_secrets(void **state)
{
    (void)state;
    const struct form base = defaults_of(VB_SECTION_MQTT);
    static const uint8_t tags[] = {MQTT_PREFIX, MQTT_PASSWORD};
    for (size_t i = 0; i < 2 * VB_COUNT_OF(bad_texts); i++) {
        struct form changes = {0};
        add_text(&changes, tags[i % 2], bad_texts[i / 2]);
        assert_int_equal(merge(VB_SECTION_MQTT, &base, &changes), VB_ERR_OUT_OF_RANGE);
        assert_refused(tags[i % 2], VB_ERR_MALFORMED, 0);
    }
}

static void a_broken_rule_is_named_by_its_index(void **state)
{
    (void)state;
    struct form base = defaults_of(VB_SECTION_BATTERY);
    struct form changes = {0};
    add(&changes, BATTERY_PACK_MIN, "\xc0\x0f", 2); /* 4032: equal to the highest */
    assert_int_equal(merge(VB_SECTION_BATTERY, &base, &changes), VB_ERR_OUT_OF_RANGE);
    assert_refused(BATTERY_PACK_MIN, VB_ERR_RULE, 0);
    changes.size = 0;
    add(&changes, BATTERY_TEMPERATURE_MIN, "\x64", 1);
    assert_int_equal(merge(VB_SECTION_BATTERY, &base, &changes), VB_ERR_OUT_OF_RANGE);
    assert_refused(BATTERY_TEMPERATURE_MIN, VB_ERR_RULE, 3);

    base = defaults_of(VB_SECTION_MQTT);
    changes.size = 0;
    add(&changes, MQTT_ENABLED, "\x01", 1);
    assert_int_equal(merge(VB_SECTION_MQTT, &base, &changes), VB_ERR_OUT_OF_RANGE);
    assert_refused(MQTT_SERVER, VB_ERR_RULE, 0);
    add_text(&changes, MQTT_SERVER, "broker");
    add_text(&changes, MQTT_PREFIX, "");
    assert_int_equal(merge(VB_SECTION_MQTT, &base, &changes), VB_ERR_OUT_OF_RANGE);
    assert_refused(MQTT_PREFIX, VB_ERR_RULE, 1);
}

static void fields_that_only_together_hold_a_rule_are_changed_together(void **state)
{
    (void)state;
    const struct form base = defaults_of(VB_SECTION_BATTERY);
    struct form changes = {0};
    union vb_values values;
    add(&changes, BATTERY_PACK_MIN, "\x88\x13", 2); /* 5000: above the highest of before */
    add(&changes, BATTERY_PACK_MAX, "\x70\x17", 2); /* 6000 */
    assert_true(merge(VB_SECTION_BATTERY, &base, &changes) > 0);
    assert_int_equal(decode(VB_SECTION_BATTERY, &merged, &values, NULL), VB_ERR_OK);
    assert_int_equal(values.battery.pack_voltage_min_dv, 5000);
    assert_int_equal(values.battery.pack_voltage_max_dv, 6000);
}

static void a_result_without_room_is_too_long(void **state)
{
    (void)state;
    struct form base = {0};
    struct form changes = {0};
    add(&base, UNKNOWN_TAG, zeros, VB_SECTION_BYTES_MAX - 3);
    add_text(&changes, MQTT_SERVER, "broker");
    assert_int_equal(merge(VB_SECTION_MQTT, &base, &changes), VB_ERR_TOO_LONG);
}

/* ---- Merge: results ---- */

static bool contains(const struct form *form, const char *text)
{
    const size_t length = strlen(text);
    for (size_t at = 0; at + length <= form->size; at++) {
        if (memcmp(form->bytes + at, text, length) == 0)
            return true;
    }
    return false;
}

static void the_text_of_a_secret_is_never_in_the_result_G0(void **state)
{
    (void)state;
    const struct form base = defaults_of(VB_SECTION_MQTT);
    struct form changes = {0};
    union vb_values values;
    add_text(&changes, MQTT_PASSWORD, "correct horse");
    assert_true(merge(VB_SECTION_MQTT, &base, &changes) > 0);
    assert_false(contains(&merged, "correct horse"));
    assert_int_equal(decode(VB_SECTION_MQTT, &merged, &values, NULL), VB_ERR_OK);
    assert_true(values.mqtt.password.set);
    assert_int_equal(values.mqtt.password.stamp, STAMP);

    /* Even a text that could pass for a stamp. */
    changes.size = 0;
    add_text(&changes, MQTT_PASSWORD, "four");
    assert_true(merge(VB_SECTION_MQTT, &base, &changes) > 0);
    assert_false(contains(&merged, "four"));
}

static void an_empty_text_clears_a_secret(void **state)
{
    (void)state;
    struct form base = {0};
    struct form changes = {0};
    union vb_values values;
    add(&base, MQTT_PASSWORD, "\x01\x02\x03\x04", 4);
    add_text(&changes, MQTT_PASSWORD, "");
    assert_true(merge(VB_SECTION_MQTT, &base, &changes) > 0);
    assert_int_equal(decode(VB_SECTION_MQTT, &merged, &values, NULL), VB_ERR_OK);
    assert_false(values.mqtt.password.set);
    assert_int_equal(values.mqtt.password.stamp, 0);
}

static void an_untouched_secret_keeps_its_stamp(void **state)
{
    (void)state;
    struct form base = {0};
    struct form changes = {0};
    union vb_values values;
    add(&base, MQTT_PASSWORD, "\x01\x02\x03\x04", 4);
    add(&changes, MQTT_PORT, "\x01\x00", 2);
    assert_true(merge(VB_SECTION_MQTT, &base, &changes) > 0);
    assert_int_equal(decode(VB_SECTION_MQTT, &merged, &values, NULL), VB_ERR_OK);
    assert_int_equal(values.mqtt.password.stamp, 0x04030201);
}

/* ---- Secrets that are bound ---- */

/* A server at port 1883 with a password, as an earlier edit made it. */
static struct form with_password(void)
{
    struct form base = defaults_of(VB_SECTION_MQTT);
    struct form changes = {0};
    add_text(&changes, MQTT_SERVER, "first.lan");
    add_text(&changes, MQTT_PASSWORD, "sesame");
    assert_true(merge(VB_SECTION_MQTT, &base, &changes) > 0);
    return merged;
}

static struct vb_secret password_after(const struct form *base, const struct form *changes)
{
    union vb_values values;
    assert_true(merge(VB_SECTION_MQTT, base, changes) > 0);
    assert_true(vb_section_well_formed(merged.bytes, merged.size));
    assert_int_equal(decode(VB_SECTION_MQTT, &merged, &values, NULL), VB_ERR_OK);
    return values.mqtt.password;
}

static void a_password_does_not_go_to_another_server_or_port_G0(void **state)
{
    (void)state;
    const struct form base = with_password();
    struct form server = {0};
    struct form port = {0};
    add_text(&server, MQTT_SERVER, "second.lan");
    add(&port, MQTT_PORT, "\xb3\x22", 2);
    struct form shorter = {0};
    add_text(&shorter, MQTT_SERVER, "first"); /* the beginning of the one before */
    assert_false(password_after(&base, &shorter).set);
    assert_false(password_after(&base, &server).set);
    assert_int_equal(password_after(&base, &server).stamp, 0);
    assert_false(password_after(&base, &port).set);
    add_text(&port, MQTT_SERVER, "second.lan");
    assert_false(password_after(&base, &port).set);
}

static void a_password_given_with_another_server_goes_there(void **state)
{
    (void)state;
    const struct form base = with_password();
    struct form changes = {0};
    add_text(&changes, MQTT_SERVER, "second.lan");
    add_text(&changes, MQTT_PASSWORD, "other");
    assert_true(password_after(&base, &changes).set);
}

static void a_password_stays_where_its_server_is_the_same(void **state)
{
    (void)state;
    const struct form base = with_password();
    struct form same = {0};
    struct form blanks = {0};
    struct form others = {0};
    add_text(&same, MQTT_SERVER, "first.lan");
    add(&same, MQTT_PORT, "\x5b\x07", 2);
    assert_true(password_after(&base, &same).set);
    add_text(&blanks, MQTT_SERVER, "  first.lan ");
    assert_true(password_after(&base, &blanks).set);
    add_text(&others, MQTT_PREFIX, "house/battery");
    assert_true(password_after(&base, &others).set);
}

static void what_was_not_set_stays_so(void **state)
{
    (void)state;
    const struct form base = defaults_of(VB_SECTION_MQTT);
    struct form changes = {0};
    add_text(&changes, MQTT_SERVER, "second.lan");
    assert_false(password_after(&base, &changes).set);
}

/* ---- Forms of strings ---- */

static void a_string_is_kept_without_the_blanks_at_its_ends(void **state)
{
    (void)state;
    const struct form base = defaults_of(VB_SECTION_MQTT);
    struct form changes = {0};
    union vb_values values;
    add_text(&changes, MQTT_SERVER, "  broker.lan   ");
    add_text(&changes, MQTT_PREFIX, "cellar/pack 1 ");
    assert_true(merge(VB_SECTION_MQTT, &base, &changes) > 0);
    assert_int_equal(decode(VB_SECTION_MQTT, &merged, &values, NULL), VB_ERR_OK);
    assert_string_equal(values.mqtt.server, "broker.lan");
    assert_string_equal(values.mqtt.prefix, "cellar/pack 1");
}

static void a_string_of_another_form_is_refused_with_what_it_should_be(void **state)
{
    (void)state;
    const struct form base = defaults_of(VB_SECTION_MQTT);
    struct form changes = {0};
    add_text(&changes, MQTT_SERVER, "not a host name!!");
    assert_int_equal(merge(VB_SECTION_MQTT, &base, &changes), VB_ERR_OUT_OF_RANGE);
    assert_refused(MQTT_SERVER, VB_ERR_WRONG_TYPE, 0);
    assert_non_null(strstr(vb_reason_text(section_of(VB_SECTION_MQTT), &reasons.items[0]),
                           "is not a host name or an address"));
    changes.size = 0;
    add_text(&changes, MQTT_PREFIX, "battery/#");
    assert_int_equal(merge(VB_SECTION_MQTT, &base, &changes), VB_ERR_OUT_OF_RANGE);
    assert_non_null(
        strstr(vb_reason_text(section_of(VB_SECTION_MQTT), &reasons.items[0]), "is not a topic"));
}

/* By a firmware that knows more fields and rules: what the error says holds all the same. */
static void an_unknown_reason_is_described_by_its_error(void **state)
{
    (void)state;
    const struct vb_section *section = section_of(VB_SECTION_MQTT);
    const struct vb_reason reason[] = {
        {.tag = MQTT_SERVER, .err = VB_ERR_RULE, .rule = section->rule_count},
        {.tag = 200, .err = VB_ERR_WRONG_TYPE},
        {.tag = MQTT_ENABLED, .err = VB_ERR_WRONG_TYPE}};
    for (size_t i = 0; i < VB_COUNT_OF(reason); i++)
        assert_string_equal(vb_reason_text(section, &reason[i]),
                            vb_err_text((enum vb_err)reason[i].err));
}

static void blanks_alone_are_nothing(void **state)
{
    (void)state;
    struct form base = defaults_of(VB_SECTION_MQTT);
    struct form changes = {0};
    add(&changes, MQTT_ENABLED, "\x01", 1);
    add_text(&changes, MQTT_SERVER, "   ");
    assert_int_equal(merge(VB_SECTION_MQTT, &base, &changes), VB_ERR_OUT_OF_RANGE);
    assert_int_equal(reasons.items[0].tag, MQTT_SERVER);
    assert_int_equal(reasons.items[0].err, VB_ERR_RULE);
}

static void what_an_earlier_firmware_took_is_kept_until_it_is_changed(void **state)
{
    (void)state;
    struct form base = {0};
    struct form changes = {0};
    union vb_values values;
    add_text(&base, MQTT_SERVER, "not a host name!!");
    add(&changes, MQTT_KEEPALIVE, "\x3c", 1);
    assert_true(merge(VB_SECTION_MQTT, &base, &changes) > 0);
    assert_int_equal(decode(VB_SECTION_MQTT, &merged, &values, NULL), VB_ERR_OK);
    assert_string_equal(values.mqtt.server, "not a host name!!");
}

static void unknown_tags_are_kept_on_rewrite_A11(void **state)
{
    (void)state;
    struct form base = defaults_of(VB_SECTION_MQTT);
    struct form changes = {0};
    size_t size;
    add_text(&base, UNKNOWN_TAG, "of a later firmware");
    add(&base, UNKNOWN_TAG + 1, NULL, 0);
    add_text(&changes, MQTT_SERVER, "broker");
    assert_int_equal(merge(VB_SECTION_MQTT, &base, &changes), base.size + strlen("broker"));
    assert_memory_equal(vb_section_find(merged.bytes, merged.size, UNKNOWN_TAG, &size),
                        "of a later firmware", 19);
    assert_int_equal(size, 19);
    assert_non_null(vb_section_find(merged.bytes, merged.size, UNKNOWN_TAG + 1, &size));
}

static void a_field_that_was_absent_is_added(void **state)
{
    (void)state;
    const struct form base = {0};
    struct form changes = {0};
    union vb_values values;
    add_text(&changes, METADATA_NAME, "Garage");
    assert_int_equal(merge(VB_SECTION_METADATA, &base, &changes), changes.size);
    assert_int_equal(decode(VB_SECTION_METADATA, &merged, &values, NULL), VB_ERR_OK);
    assert_string_equal(values.metadata.device_name, "Garage");
}

static void a_change_to_the_same_value_leaves_the_bytes_alone_A12(void **state)
{
    (void)state;
    const struct form base = defaults_of(VB_SECTION_MQTT);
    struct form changes = {0};
    add(&changes, MQTT_PORT, "\x5b\x07", 2);
    assert_int_equal(merge(VB_SECTION_MQTT, &base, &changes), base.size);
    assert_memory_equal(merged.bytes, base.bytes, base.size);
}

static void the_device_lays_over_what_a_person_must_not(void **state)
{
    (void)state;
    const struct form base = defaults_of(VB_SECTION_METADATA);
    struct form changes = {0};
    union vb_values values;
    add_text(&changes, METADATA_MAC, "02:00:00:00:00:01");
    const int size = vb_section_lay_over(base.bytes, base.size, changes.bytes, changes.size,
                                         merged.bytes, VB_SECTION_BYTES_MAX);
    assert_true(size > 0);
    merged.size = (size_t)size;
    assert_int_equal(decode(VB_SECTION_METADATA, &merged, &values, NULL), VB_ERR_OK);
    assert_string_equal(values.metadata.mac, "02:00:00:00:00:01");
}

/* ---- Any values ---- */

static void write_random_field(struct vb_random *random, struct vb_writer *writer,
                               const struct vb_field *field)
{
    uint8_t text[256];
    uint32_t items[128];
    uint16_t count = (uint16_t)vb_random_between(random, 0, field->size_max);
    for (uint16_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)vb_random_between(random, 0x20, 0x7e);
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_BOOL:
    case VB_TYPE_ENUM:
        vb_change_integer(writer, field, vb_random_between(random, field->min, field->max));
        break;
    case VB_TYPE_SIGNED:
        vb_change_integer(writer, field,
                          (int64_t)(int32_t)field->min +
                              vb_random_between(random, 0, field->max - field->min));
        break;
    case VB_TYPE_STRING:
        vb_change_bytes(writer, field, text, count);
        break;
    case VB_TYPE_SECRET:
        vb_change_bytes(writer, field, text, count % 2 == 0 ? 0 : 4);
        break;
    case VB_TYPE_IPV4:
        vb_change_bytes(writer, field, text, 4);
        break;
    case VB_TYPE_ARRAY:
        for (uint16_t i = 0; i < count; i++)
            items[i] = vb_random_between(random, field->min, field->max);
        vb_change_items(writer, field, items, count);
        break;
    }
}

static void any_values_survive_decoding_and_encoding(void **state)
{
    (void)state;
    struct vb_random random;
    vb_random_seed(&random, 8);
    for (unsigned round = 0; round < 3000; round++) {
        const struct vb_section *section = &vb_sections[round % vb_section_count];
        struct form form;
        struct vb_writer writer = vb_writer_of(form.bytes, section->bytes_max);
        for (uint8_t i = 0; i < section->field_count; i++)
            write_random_field(&random, &writer, &section->fields[i]);
        assert_false(writer.failed);
        form.size = writer.at;
        union vb_values values;
        struct vb_decode_notes notes;
        assert_int_equal(decode(section->id, &form, &values, &notes), VB_ERR_OK);
        assert_true(notes.repaired == 0 && notes.absent == 0 && notes.unknown_count == 0);
        uint8_t bytes[VB_SECTION_BYTES_MAX];
        assert_int_equal(vb_section_encode(section, &values, bytes, sizeof bytes), form.size);
        assert_memory_equal(bytes, form.bytes, form.size);
    }
}

/* ---- Rules and ranges of values in a struct ---- */

/* A section with one rule of the test's own: when `field` has `value`, `other` must not be empty.
 */
static enum vb_err check_requires(uint8_t id, const char *field, uint8_t value, const char *other,
                                  const void *values)
{
    struct vb_section section = *section_of(id);
    const struct vb_rule rule = {.kind = VB_RULE_REQUIRES,
                                 .field = vb_field_by_name(&section, field)->tag,
                                 .other = vb_field_by_name(&section, other)->tag,
                                 .value = value};
    section.rules = &rule;
    section.rule_count = 1;
    reasons = (struct vb_reasons){0};
    return vb_section_check(&section, values, &reasons);
}

static void a_rule_may_require_a_field_of_any_type(void **state)
{
    (void)state;
    struct vb_mqtt_values mqtt;
    vb_section_defaults(section_of(VB_SECTION_MQTT), &mqtt);
    mqtt.enabled = true;
    assert_int_equal(check_requires(VB_SECTION_MQTT, "enabled", 1, "password", &mqtt),
                     VB_ERR_OUT_OF_RANGE);
    assert_refused(MQTT_PASSWORD, VB_ERR_RULE, 0);
    mqtt.password = (struct vb_secret){.set = true, .stamp = STAMP};
    assert_int_equal(check_requires(VB_SECTION_MQTT, "enabled", 1, "password", &mqtt), VB_ERR_OK);

    struct vb_can_values can;
    vb_section_defaults(section_of(VB_SECTION_CAN), &can);
    can.listen_only = true;
    assert_int_equal(check_requires(VB_SECTION_CAN, "listen_only", 1, "ignored_ids", &can),
                     VB_ERR_OUT_OF_RANGE);
    can.ignored_ids_count = 1;
    assert_int_equal(check_requires(VB_SECTION_CAN, "listen_only", 1, "ignored_ids", &can),
                     VB_ERR_OK);
    struct vb_network_values network;
    vb_section_defaults(section_of(VB_SECTION_NETWORK), &network);
    assert_int_equal(check_requires(VB_SECTION_NETWORK, "mode", 0, "address", &network),
                     VB_ERR_OUT_OF_RANGE);
    network.address[3] = 1;
    assert_int_equal(check_requires(VB_SECTION_NETWORK, "mode", 0, "address", &network), VB_ERR_OK);
    can.inverter_termination = false;
    assert_int_equal(check_requires(VB_SECTION_CAN, "listen_only", 1, "inverter_termination", &can),
                     VB_ERR_OUT_OF_RANGE);
    can.inverter_termination = true;
    assert_int_equal(check_requires(VB_SECTION_CAN, "listen_only", 1, "inverter_termination", &can),
                     VB_ERR_OK);
}

static void values_that_no_decoder_made_are_checked_field_by_field(void **state)
{
    (void)state;
    struct vb_can_values can;
    vb_section_defaults(section_of(VB_SECTION_CAN), &can);
    can.ignored_ids_count = 1;
    can.ignored_ids[0] = 536870912; /* above 29 bits */
    reasons = (struct vb_reasons){0};
    assert_int_equal(vb_section_check(section_of(VB_SECTION_CAN), &can, &reasons),
                     VB_ERR_OUT_OF_RANGE);
    assert_refused(CAN_IGNORED_IDS, VB_ERR_OUT_OF_RANGE, 0);
    can.ignored_ids_count = 17;
    reasons = (struct vb_reasons){0};
    assert_int_equal(vb_section_check(section_of(VB_SECTION_CAN), &can, &reasons),
                     VB_ERR_OUT_OF_RANGE);
    assert_refused(CAN_IGNORED_IDS, VB_ERR_OUT_OF_RANGE, 0);
}

static void numbers_and_texts_that_no_decoder_made_are_checked_as_well(void **state)
{
    (void)state;
    struct vb_mqtt_values mqtt;
    vb_section_defaults(section_of(VB_SECTION_MQTT), &mqtt);
    mqtt.port = 0;
    reasons = (struct vb_reasons){0};
    assert_int_equal(vb_section_check(section_of(VB_SECTION_MQTT), &mqtt, &reasons),
                     VB_ERR_OUT_OF_RANGE);
    assert_refused(MQTT_PORT, VB_ERR_OUT_OF_RANGE, 0);
    mqtt.port = 1;
    memcpy(mqtt.server, "a\nb", 4);
    reasons = (struct vb_reasons){0};
    assert_int_equal(vb_section_check(section_of(VB_SECTION_MQTT), &mqtt, &reasons),
                     VB_ERR_OUT_OF_RANGE);
    assert_refused(MQTT_SERVER, VB_ERR_OUT_OF_RANGE, 0);
}

static void an_unsigned_field_may_use_all_of_its_bits(void **state)
{
    (void)state;
    struct vb_section section = *section_of(VB_SECTION_CAN);
    struct vb_field fields[32];
    struct vb_can_values can;
    memcpy(fields, section.fields, section.field_count * sizeof fields[0]);
    fields[vb_field_by_tag(&section, CAN_IGNORED_IDS) - section.fields].max = UINT32_MAX;
    section.fields = fields;
    vb_section_defaults(&section, &can);
    can.ignored_ids_count = 1;
    can.ignored_ids[0] = UINT32_MAX;
    reasons = (struct vb_reasons){0};
    assert_int_equal(vb_section_check(&section, &can, &reasons), VB_ERR_OK);
}

/* Each of them is one that the list could have. */
static void a_list_with_one_too_many_is_refused_for_its_count(void **state)
{
    (void)state;
    struct vb_section section = *section_of(VB_SECTION_CAN);
    struct vb_field fields[32];
    struct vb_can_values can;
    memcpy(fields, section.fields, section.field_count * sizeof fields[0]);
    fields[vb_field_by_tag(&section, CAN_IGNORED_IDS) - section.fields].size_max = 2;
    section.fields = fields;
    vb_section_defaults(&section, &can);
    for (can.ignored_ids_count = 1; can.ignored_ids_count <= 3; can.ignored_ids_count++) {
        reasons = (struct vb_reasons){0};
        assert_int_equal(vb_section_check(&section, &can, &reasons),
                         can.ignored_ids_count <= 2 ? VB_ERR_OK : VB_ERR_OUT_OF_RANGE);
    }
}

/* ---- What differs ---- */

static int difference(const struct form *base, const struct form *target, size_t capacity)
{
    const int size = vb_section_difference(base->bytes, base->size, target->bytes, target->size,
                                           merged.bytes, capacity);
    merged.size = size > 0 ? (size_t)size : 0;
    return size;
}

static void a_content_without_a_field_of_the_other_is_no_change_of_it(void **state)
{
    (void)state;
    struct form base = {0};
    struct form target = {0};
    add(&base, 1, "a", 1);
    add(&base, 2, "b", 1);
    add(&target, 1, "a", 1);
    assert_int_equal(difference(&base, &target, sizeof merged.bytes), VB_ERR_NOT_FOUND);
}

static void an_empty_field_that_was_absent_is_a_difference(void **state)
{
    (void)state;
    struct form base = {0};
    struct form target = {0};
    add(&base, 1, "a", 1);
    add(&target, 1, "a", 1);
    add(&target, 2, NULL, 0);
    assert_int_equal(difference(&base, &target, sizeof merged.bytes), 2);
    assert_int_equal(merged.bytes[0], 2);
}

static void a_difference_without_room_is_too_long(void **state)
{
    (void)state;
    struct form base = {0};
    struct form target = {0};
    add(&base, 1, "a", 1);
    add(&target, 1, "b", 1);
    assert_int_equal(difference(&base, &target, 2), VB_ERR_TOO_LONG);
    assert_int_equal(difference(&base, &target, 3), 3);
}

static void a_difference_laid_over_the_one_makes_the_other(void **state)
{
    (void)state;
    struct form base = {0};
    struct form target = {0};
    add(&base, 1, "same", 4);
    add(&base, 2, "new value", 9);
    add(&base, 3, "size", 4);
    add(&target, 1, "same", 4);
    add(&target, 2, "now value", 9);
    add(&target, 3, "sizes", 5);
    add(&target, UNKNOWN_TAG, "added", 5);
    assert_int_equal(difference(&base, &target, sizeof merged.bytes), 11 + 7 + 7);
    uint8_t again[100];
    const int size =
        vb_section_lay_over(base.bytes, base.size, merged.bytes, merged.size, again, sizeof again);
    assert_int_equal(size, target.size);
    assert_memory_equal(again, target.bytes, target.size);
    assert_int_equal(difference(&target, &target, sizeof merged.bytes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broken_form_is_malformed),
        cmocka_unit_test(a_section_above_4096_bytes_is_malformed),
        cmocka_unit_test(merging_over_or_with_a_broken_form_is_malformed),
        cmocka_unit_test(random_bytes_never_take_a_decoder_out_of_its_bounds),
        cmocka_unit_test(an_encoder_without_room_says_too_long),
        cmocka_unit_test(a_value_out_of_range_takes_its_default_and_is_noted_A11),
        cmocka_unit_test(a_value_of_a_wrong_size_takes_its_default_and_is_noted),
        cmocka_unit_test(a_text_that_is_not_printable_utf8_takes_its_default),
        cmocka_unit_test(a_character_does_not_go_on_in_the_next_field),
        cmocka_unit_test(text_of_every_length_of_utf8_is_kept),
        cmocka_unit_test(an_absent_field_takes_its_default_and_is_noted_A11),
        cmocka_unit_test(integers_are_read_in_any_width_of_1_to_4_bytes_A11),
        cmocka_unit_test(an_unknown_tag_is_skipped_and_counted_A11),
        cmocka_unit_test(a_value_is_found_by_its_tag),
        cmocka_unit_test(nothing_is_found_behind_what_has_not_the_form),
        cmocka_unit_test(a_read_only_field_cannot_be_changed),
        cmocka_unit_test(an_unknown_field_cannot_be_changed),
        cmocka_unit_test(each_bad_value_is_refused_with_its_own_reason_A9),
        cmocka_unit_test(broken_text_is_refused_in_strings_and_in_secrets),
        cmocka_unit_test(a_broken_rule_is_named_by_its_index),
        cmocka_unit_test(fields_that_only_together_hold_a_rule_are_changed_together),
        cmocka_unit_test(a_result_without_room_is_too_long),
        cmocka_unit_test(the_text_of_a_secret_is_never_in_the_result_G0),
        cmocka_unit_test(an_empty_text_clears_a_secret),
        cmocka_unit_test(an_untouched_secret_keeps_its_stamp),
        cmocka_unit_test(a_password_does_not_go_to_another_server_or_port_G0),
        cmocka_unit_test(a_password_given_with_another_server_goes_there),
        cmocka_unit_test(a_password_stays_where_its_server_is_the_same),
        cmocka_unit_test(what_was_not_set_stays_so),
        cmocka_unit_test(a_string_is_kept_without_the_blanks_at_its_ends),
        cmocka_unit_test(a_string_of_another_form_is_refused_with_what_it_should_be),
        cmocka_unit_test(an_unknown_reason_is_described_by_its_error),
        cmocka_unit_test(blanks_alone_are_nothing),
        cmocka_unit_test(what_an_earlier_firmware_took_is_kept_until_it_is_changed),
        cmocka_unit_test(unknown_tags_are_kept_on_rewrite_A11),
        cmocka_unit_test(a_field_that_was_absent_is_added),
        cmocka_unit_test(a_change_to_the_same_value_leaves_the_bytes_alone_A12),
        cmocka_unit_test(the_device_lays_over_what_a_person_must_not),
        cmocka_unit_test(any_values_survive_decoding_and_encoding),
        cmocka_unit_test(a_rule_may_require_a_field_of_any_type),
        cmocka_unit_test(values_that_no_decoder_made_are_checked_field_by_field),
        cmocka_unit_test(a_content_without_a_field_of_the_other_is_no_change_of_it),
        cmocka_unit_test(numbers_and_texts_that_no_decoder_made_are_checked_as_well),
        cmocka_unit_test(an_unsigned_field_may_use_all_of_its_bits),
        cmocka_unit_test(a_list_with_one_too_many_is_refused_for_its_count),
        cmocka_unit_test(an_empty_field_that_was_absent_is_a_difference),
        cmocka_unit_test(a_difference_without_room_is_too_long),
        cmocka_unit_test(a_difference_laid_over_the_one_makes_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
