/* The board's network, typed at its console. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "esp-idf/voltbeacon/nvs_keys.h"
#include "esp-idf/voltbeacon/setup_console.h"
#include "host/host_nvs.h"

#include <cmocka.h>

#define PARTITION "nvs"

static struct vb_setup_console console;

static int reset(void **state)
{
    (void)state;
    host_nvs_make(PARTITION, 0x10000);
    assert_int_equal(vb_nvs_start(PARTITION), ESP_OK);
    vb_setup_console_init(&console, PARTITION, false);
    return 0;
}

/* What is said once the line has ended; "" = nothing. */
static const char *type(const char *line, bool *restart)
{
    for (const char *at = line; *at != '\0'; at++) {
        assert_null(vb_setup_console_type(&console, *at, restart));
        assert_false(*restart);
    }
    const char *said = vb_setup_console_type(&console, '\r', restart);
    return said == NULL ? "" : said;
}

static bool restarts(const char *line)
{
    bool restart;
    (void)type(line, &restart);
    return restart;
}

static struct vb_wifi_network kept(void)
{
    struct vb_wifi_network network;
    assert_int_equal(vb_wifi_network_load(PARTITION, &network), ESP_OK);
    return network;
}

static void a_network_is_two_lines(void **state)
{
    (void)state;
    assert_false(restarts("wifi Our house, upstairs"));
    assert_string_equal(kept().name, "");
    assert_true(restarts("passphrase two words"));
    const struct vb_wifi_network network = kept();
    assert_string_equal(network.name, "Our house, upstairs");
    assert_string_equal(network.passphrase, "two words");
}

static void an_open_network_is_said_to_be_one(void **state)
{
    (void)state;
    assert_false(restarts("wifi cafe"));
    assert_false(restarts("passphrase "));
    assert_string_equal(kept().name, "");
    assert_true(restarts("open"));
    assert_string_equal(kept().name, "cafe");
    assert_string_equal(kept().passphrase, "");
}

static void it_is_forgotten(void **state)
{
    (void)state;
    assert_false(restarts("wifi cafe"));
    assert_true(restarts("open"));
    assert_true(restarts("forget"));
    assert_string_equal(kept().name, "");
}

static void a_transmitter_may_do_without_one(void **state)
{
    (void)state;
    assert_false(restarts("wifi cafe"));
    assert_true(restarts("open"));
    assert_true(restarts("none"));
    assert_true(kept().is_unneeded);
    assert_string_equal(kept().name, "");
    assert_true(restarts("forget"));
    assert_false(kept().is_unneeded);
}

static void a_receiver_may_not(void **state)
{
    bool restart;
    (void)state;
    vb_setup_console_init(&console, PARTITION, true);
    assert_string_equal(type("none", &restart), "A receiver needs a network, for its pages.");
    assert_false(restart);
    assert_false(kept().is_unneeded);
    assert_null(strstr(type("help", &restart), "none"));
}

static void the_country_is_one_line(void **state)
{
    bool restart;
    (void)state;
    assert_false(restarts("wifi cafe"));
    assert_true(restarts("open"));
    assert_true(restarts("country at"));
    assert_string_equal(kept().country, "AT");
    assert_string_equal(kept().name, "cafe");
    assert_non_null(strstr(type("country AQ", &restart), "knows the rules of 01 AT"));
    assert_false(restart);
    assert_non_null(strstr(type("help", &restart), "country AT"));
    host_nvs_fail_at(1);
    assert_false(restarts("country DE"));
    assert_string_equal(kept().country, "AT");
}

static void what_cannot_be_is_said_and_changes_nothing(void **state)
{
    static const char *const lines[] = {
        "passphrase 12345678", /* of which network? */
        "open",
        "wifi ",
        "wifi 123456789012345678901234567890123",
        "nonsense",
        "wifis",
        "passphrase 1234567890123456789012345678901234567890123456789012345678901234567890",
        "passphrase 1234567890123456789012345678901234567890123456789012345678901234"};
    bool restart;
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(lines); i++) {
        assert_string_not_equal(type(lines[i], &restart), "");
        assert_false(restart);
    }
    assert_false(restarts("wifi cafe"));
    assert_string_not_equal(type("passphrase 1234567", &restart), "");
    assert_false(restart);
    assert_string_equal(type("", &restart), "");
    assert_string_equal(kept().name, "");
}

static void what_the_flash_refuses_can_be_said_again(void **state)
{
    (void)state;
    assert_false(restarts("wifi cafe"));
    host_nvs_fail_at(1);
    assert_false(restarts("open"));
    assert_true(restarts("open"));
    host_nvs_fail_at(1);
    assert_false(restarts("forget"));
    host_nvs_fail_at(1);
    assert_false(restarts("none"));
    assert_string_equal(kept().name, "cafe");
    assert_false(kept().is_unneeded);
}

static char obeyed[VB_SETUP_LINE_SIZE];

static void obey(void *ctx, const char *line)
{
    assert_ptr_equal(ctx, obeyed);
    snprintf(obeyed, sizeof obeyed, "%s", line);
}

static void lines_about_settings_go_to_whoever_has_some(void **state)
{
    static const char *const lines[] = {"get", "get mqtt", "set mqtt.password=two words"};
    bool restart;
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(lines); i++)
        assert_non_null(strstr(type(lines[i], &restart), "wifi NAME")); /* nobody has */
    console.settings = (struct vb_setup_settings){.ctx = obeyed, .obey = obey};
    for (size_t i = 0; i < VB_COUNT_OF(lines); i++) {
        assert_string_equal(type(lines[i], &restart), "");
        assert_string_equal(obeyed, lines[i]);
    }
    assert_non_null(strstr(type("getting", &restart), "set NAME=VALUE"));
    assert_non_null(strstr(type("set", &restart), "set NAME=VALUE"));
    assert_string_equal(obeyed, lines[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_network_is_two_lines, reset),
        cmocka_unit_test_setup(an_open_network_is_said_to_be_one, reset),
        cmocka_unit_test_setup(it_is_forgotten, reset),
        cmocka_unit_test_setup(a_transmitter_may_do_without_one, reset),
        cmocka_unit_test_setup(a_receiver_may_not, reset),
        cmocka_unit_test_setup(the_country_is_one_line, reset),
        cmocka_unit_test_setup(what_cannot_be_is_said_and_changes_nothing, reset),
        cmocka_unit_test_setup(what_the_flash_refuses_can_be_said_again, reset),
        cmocka_unit_test_setup(lines_about_settings_go_to_whoever_has_some, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
