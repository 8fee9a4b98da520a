#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "voltbeacon/core/mac.h"

#include <cmocka.h>

static void what_is_no_address_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "02:1a:2b:3c:4d:5",
        "02:1a:2b:3c:4d:5e:",
        "02-1a-2b-3c-4d-5e",
        "02:1a:2b:3c:4d-5e",
        "g2:1a:2b:3c:4d:5e", /* each end of each row of digits, just beyond */
        "0g:1a:2b:3c:4d:5e",
        "02:1a:2b:3c:4d:5G",
        "02:1a:2b:3c:4d:5`",
        "02:1a:2b:3c:4d:5@",
        "02:1a:2b:3c:4d:5/",
        "02:1a:2b:3c:4d:5:",
        "02:1a:2b:3c:4d: e",
    };
    for (size_t i = 0; i < VB_COUNT_OF(wrong); i++) {
        struct vb_mac mac = {{1, 2, 3, 4, 5, 6}};
        assert_false(vb_mac_parse(wrong[i], strlen(wrong[i]), &mac));
        assert_memory_equal(mac.bytes, ((uint8_t[]){1, 2, 3, 4, 5, 6}), VB_MAC_BYTES);
    }
}

static void an_address_is_read_in_either_case_and_what_follows_is_not_looked_at(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x09, 0xaf, 0xFA, 0x90, 0x5e, 0x10};
    static const char *const texts[] = {"09:af:fa:90:5e:10", "09:AF:FA:90:5E:10",
                                        "09:aF:Fa:90:5e:10/sections"};
    for (size_t i = 0; i < VB_COUNT_OF(texts); i++) {
        struct vb_mac mac;
        assert_true(vb_mac_parse(texts[i], VB_MAC_TEXT_SIZE - 1, &mac));
        assert_memory_equal(mac.bytes, expected, VB_MAC_BYTES);
    }
}

static void an_address_is_written_in_lower_case_and_read_again(void **state)
{
    (void)state;
    const struct vb_mac mac = {{0x02, 0x1a, 0xff, 0x00, 0xa9, 0x9a}};
    char text[VB_MAC_TEXT_SIZE];
    vb_mac_format(&mac, text);
    assert_string_equal(text, "02:1a:ff:00:a9:9a");
    struct vb_mac again;
    assert_true(vb_mac_parse(text, strlen(text), &again));
    assert_true(vb_mac_equal(&mac, &again));
    assert_false(vb_mac_equal(&mac, &vb_mac_broadcast));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_address_is_refused_and_changes_nothing),
        cmocka_unit_test(an_address_is_read_in_either_case_and_what_follows_is_not_looked_at),
        cmocka_unit_test(an_address_is_written_in_lower_case_and_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
