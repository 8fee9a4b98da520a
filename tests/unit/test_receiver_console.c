/* What is said to a receiver on its own machine: forget, unforget and rename, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../fixtures/api_bench.h"
#include "voltbeacon/device/console.h"
#include "voltbeacon/device/receiver_console.h"

#define S VB_CONSOLE_SEPARATOR
#define NOBODY "02:00:00:00:00:77"

static struct api_fixture fixture;
static char text[VB_RECEIVER_CONSOLE_TEXT_SIZE];

static int fresh(void **state)
{
    (void)state;
    fixture_init(&fixture);
    return 0;
}

static void expect(const char *line, const char *begin)
{
    memset(text, 'x', sizeof text);
    assert_true(vb_receiver_console_line(&fixture.receiver, FIXTURE_NOW_MS, line, text));
    assert_true(strlen(text) < sizeof text - 1); /* nothing was cut off */
    if (strncmp(text, begin, strlen(begin)) != 0)
        fail_msg("\"%s\" is answered \"%s\"", line, text);
}

static void another_verb_is_not_answered(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "", S, "status", "forge" S FIXTURE_MAC, "forgetful" S FIXTURE_MAC, "forget " FIXTURE_MAC};
    for (size_t i = 0; i < VB_COUNT_OF(lines); i++)
        assert_false(vb_receiver_console_line(&fixture.receiver, FIXTURE_NOW_MS, lines[i], text));
}

static void an_invalid_address_is_refused(void **state)
{
    (void)state;
    static const char *const verbs[] = {"forget", "unforget", "rename"};
    static const char *const addresses[] = {"", S, S "me", S S FIXTURE_MAC, S FIXTURE_MAC "0"};
    for (size_t i = 0; i < VB_COUNT_OF(verbs); i++) {
        for (size_t j = 0; j < VB_COUNT_OF(addresses); j++) {
            char line[64];
            snprintf(line, sizeof line, "%s%s", verbs[i], addresses[j]);
            expect(line, "error name a transmitter by its address, such as 02:1a:2b:3c:4d:5e");
        }
    }
}

static void whom_nobody_knows_is_neither_forgotten_nor_renamed(void **state)
{
    (void)state;
    expect("forget" S NOBODY, "error unknown transmitter; status lists them all");
    expect("unforget" S NOBODY, "error unknown transmitter");
    expect("rename" S NOBODY S "x", "error this transmitter is not followed");
}

static void forgotten_it_is_listed_so_and_taken_back_it_is_followed(void **state)
{
    (void)state;
    char places[1024];
    expect("forget" S FIXTURE_MAC, "done");
    vb_receiver_console_places(&fixture.receiver, places, 0, sizeof places);
    assert_string_equal(places, "places=3\ntransmitter_" FIXTURE_OTHER_MAC
                                "=Offline\noutside_" FIXTURE_MAC "=forgotten, heard\n");
    fixture.receiver.places.outside[0].heard = false; /* and is heard no more */
    vb_receiver_console_places(&fixture.receiver, places, 0, sizeof places);
    assert_non_null(strstr(places, "outside_" FIXTURE_MAC "=forgotten\n"));
    expect("unforget" S FIXTURE_MAC, "done");
    vb_receiver_console_places(&fixture.receiver, places, 0, sizeof places);
    assert_string_equal(places, "places=3\ntransmitter_" FIXTURE_MAC
                                "=Offline\ntransmitter_" FIXTURE_OTHER_MAC "=Offline\n");
}

static void it_is_not_taken_back_where_all_places_are_taken(void **state)
{
    (void)state;
    expect("forget" S FIXTURE_MAC, "done");
    fixture_adopt(&fixture, 0, "02:00:00:00:00:03");
    fixture_adopt(&fixture, 2, "02:00:00:00:00:04");
    expect("unforget" S FIXTURE_MAC, "error All places are taken");
}

/* The list of those that are forgotten cannot be read, so it cannot be written either. */
static void with_a_store_that_cannot_be_read_nobody_is_forgotten(void **state)
{
    (void)state;
    fixture.receiver.places.unread = true;
    expect("forget" S FIXTURE_MAC, "error The list of forgotten transmitters cannot be read now");
}

static void a_name_is_sent_as_it_is(void **state)
{
    (void)state;
    expect("rename" S FIXTURE_MAC S "The shed, left", "sent to the transmitter");
    const struct vb_edit *edit = &fixture.receiver.config.edits[0];
    assert_int_equal(edit->section, VB_SECTION_METADATA);
    size_t size;
    const uint8_t *name = vb_section_find(edit->bytes, edit->size, 2, &size);
    assert_int_equal(size, 14);
    assert_memory_equal(name, "The shed, left", size);
    expect("rename" S FIXTURE_MAC S "", "sent"); /* it is shown by its address */
    expect("rename" S FIXTURE_MAC, "sent");
}

static void a_name_that_does_not_fit_is_refused_with_the_reason(void **state)
{
    (void)state;
    expect("rename" S FIXTURE_MAC S "1234567890123456789012345678901", "sent");
    expect("rename" S FIXTURE_MAC S "  1234567890123456789012345678901  ", "sent");
    expect("rename" S FIXTURE_MAC S "12345678901234567890123456789012",
           "error the name is longer than 31 bytes");
    char line[4096] = "rename" S FIXTURE_MAC S;
    memset(line + strlen(line), 'n', sizeof line - strlen(line) - 1);
    line[sizeof line - 1] = '\0';
    expect(line, "error the name ");
    expect("rename" S FIXTURE_MAC S "a\xff", "error the name ");
    assert_null(strstr(text, "longer"));
}

static void a_name_is_not_sent_to_one_that_does_not_hear_it(void **state)
{
    (void)state;
    fixture.peers[0].link = VB_LINK_OFFLINE;
    expect("rename" S FIXTURE_MAC S "x", "error The transmitter is offline");
    expect("rename" S FIXTURE_OTHER_MAC S "x", "error These settings have not arrived yet");
    fixture.peers[0].link = VB_LINK_CONNECTED;
    for (unsigned i = 0; i < FIXTURE_EDITS; i++)
        expect("rename" S FIXTURE_MAC S "x", "sent");
    expect("rename" S FIXTURE_MAC S "x", "error Too many edits are under way");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(another_verb_is_not_answered, fresh),
        cmocka_unit_test_setup(an_invalid_address_is_refused, fresh),
        cmocka_unit_test_setup(whom_nobody_knows_is_neither_forgotten_nor_renamed, fresh),
        cmocka_unit_test_setup(forgotten_it_is_listed_so_and_taken_back_it_is_followed, fresh),
        cmocka_unit_test_setup(it_is_not_taken_back_where_all_places_are_taken, fresh),
        cmocka_unit_test_setup(with_a_store_that_cannot_be_read_nobody_is_forgotten, fresh),
        cmocka_unit_test_setup(a_name_is_sent_as_it_is, fresh),
        cmocka_unit_test_setup(a_name_that_does_not_fit_is_refused_with_the_reason, fresh),
        cmocka_unit_test_setup(a_name_is_not_sent_to_one_that_does_not_hear_it, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
