#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/schema.h"
#include "voltbeacon/core/section.h"

#include <cmocka.h>

static void what_is_not_in_the_schema_is_not_found(void **state)
{
    (void)state;
    const struct vb_section *mqtt = vb_section_by_id(VB_SECTION_MQTT);
    assert_null(vb_section_by_id(0));
    assert_null(vb_section_by_id(VB_SECTION_ID_MAX + 1));
    assert_null(vb_section_by_id(255));
    assert_null(vb_section_by_name(""));
    assert_null(vb_section_by_name("mqt"));
    assert_null(vb_section_by_name("mqtt "));
    assert_null(vb_field_by_tag(mqtt, 0));
    assert_null(vb_field_by_tag(mqtt, 255));
    assert_null(vb_field_by_name(mqtt, "passwor"));
    assert_null(vb_field_by_name(mqtt, ""));
}

static void sections_stand_by_ascending_id_and_are_found_by_id_and_name(void **state)
{
    (void)state;
    assert_true(vb_section_count >= 11);
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        assert_true(i == 0 || section->id > vb_sections[i - 1].id);
        assert_in_range(section->id, 1, VB_SECTION_ID_MAX);
        assert_int_equal(section->owner, section->id < VB_SECTION_ID_OWN ? VB_OWNER_TRANSMITTER
                                                                         : VB_OWNER_RECEIVER);
        assert_ptr_equal(vb_section_by_id(section->id), section);
        assert_ptr_equal(vb_section_by_name(section->name), section);
        assert_in_range(strlen(section->name), 1, VB_SECTION_NAME_MAX);
    }
}

static void every_section_that_A3_requires_exists(void **state)
{
    (void)state;
    static const char *const names[] = {"mqtt",     "network",  "battery",   "power_profile",
                                        "inverter", "can",      "contactor", "telemetry",
                                        "metadata", "receiver", "display"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(vb_section_by_name(names[i]));
    const struct vb_section *larger_than_a_frame = vb_section_by_name("power_profile");
    assert_true(larger_than_a_frame->bytes_max > VB_PAYLOAD_BYTES_MAX);
}

static void tags_and_names_of_a_section_are_unique(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        assert_in_range(section->field_count, 1, VB_SECTION_FIELDS_MAX);
        for (uint8_t j = 0; j < section->field_count; j++) {
            const struct vb_field *field = &section->fields[j];
            assert_in_range(field->tag, 1, 254);
            assert_in_range(strlen(field->name), 1, VB_FIELD_NAME_MAX);
            assert_ptr_equal(vb_field_by_tag(section, field->tag), field);
            assert_ptr_equal(vb_field_by_name(section, field->name), field);
        }
    }
}

static void every_field_says_what_it_is(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        for (uint8_t j = 0; j < vb_sections[i].field_count; j++) {
            const struct vb_field *field = &vb_sections[i].fields[j];
            assert_non_null(field->unit);
            assert_true(field->title[0] != '\0' && field->doc[0] != '\0' &&
                        field->since[0] != '\0');
            assert_int_equal(field->values != NULL, field->type == VB_TYPE_ENUM);
            for (uint32_t value = 0; field->values != NULL && value <= field->max; value++)
                assert_true(field->values[value][0] != '\0');
        }
    }
}

static void defaults_pass_their_own_check(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        union vb_values values;
        struct vb_reasons reasons = {0};
        vb_section_defaults(&vb_sections[i], &values);
        assert_int_equal(vb_section_check(&vb_sections[i], &values, &reasons), VB_ERR_OK);
        assert_int_equal(reasons.count, 0);
    }
}

static void rules_name_existing_fields_and_say_why(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        for (uint8_t j = 0; j < section->rule_count; j++) {
            assert_non_null(vb_field_by_tag(section, section->rules[j].field));
            assert_non_null(vb_field_by_tag(section, section->rules[j].other));
            assert_true(section->rules[j].doc != NULL && section->rules[j].doc[0] != '\0');
        }
    }
}

static void the_revision_is_the_same_each_time(void **state)
{
    (void)state;
    assert_int_not_equal(vb_schema_revision(), 0);
    assert_int_equal(vb_schema_revision(), vb_schema_revision());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_in_the_schema_is_not_found),
        cmocka_unit_test(sections_stand_by_ascending_id_and_are_found_by_id_and_name),
        cmocka_unit_test(every_section_that_A3_requires_exists),
        cmocka_unit_test(tags_and_names_of_a_section_are_unique),
        cmocka_unit_test(every_field_says_what_it_is),
        cmocka_unit_test(defaults_pass_their_own_check),
        cmocka_unit_test(rules_name_existing_fields_and_say_why),
        cmocka_unit_test(the_revision_is_the_same_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
