/* What both firmwares do around their node, with a W5500 in the build: which network a board has at
 * its start, and what that means for its access point, its page and its console. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <esp_core_dump.h>
#include <esp_system.h>

#include "board.h"
#include "cable.h"
#include "esp-idf/voltbeacon/nvs_keys.h"
#include "host/host_eth.h"
#include "host/host_nvs.h"
#include "host/host_timer.h"

#include <cmocka.h>

static const struct vb_wifi_network home = {.name = "home", .passphrase = "correct horse"};
static const struct vb_wifi_network unneeded = {.is_unneeded = true};
static const struct vb_wifi_network by_cable = {.is_by_cable = true};
static const uint8_t ip[4] = {10, 0, 0, 9};
static struct vb_board board;

esp_reset_reason_t esp_reset_reason(void)
{
    return ESP_RST_POWERON;
}

esp_err_t esp_core_dump_image_check(void)
{
    return ESP_ERR_NOT_FOUND;
}

static int reset(void **state)
{
    (void)state;
    host_nvs_make(VB_BOARD_NVS, 0x10000);
    assert_int_equal(vb_nvs_start(VB_BOARD_NVS), ESP_OK);
    return 0;
}

static void power_on(bool has_chip, bool needs_network)
{
    host_wifi_reset();
    host_eth_reset();
    host_timer_reset();
    host_eth()->has_w5500 = has_chip;
    assert_true(vb_board_start(&board, needs_network));
    assert_int_equal(board.interfaces.cable != NULL, has_chip);
    assert_non_null(board.interfaces.station);
    assert_int_equal(host_eth()->runs, has_chip);
}

static void keep(const struct vb_wifi_network *network)
{
    assert_int_equal(vb_wifi_network_store(VB_BOARD_NVS, network), ESP_OK);
}

static void a_first_start_is_ended_by_the_cable(void **state)
{
    (void)state;
    for (unsigned role = 0; role < 2; role++) {
        reset(NULL);
        power_on(true, role == 1);
        assert_false(board.has_network);
        assert_true(vb_wifi_is_open(&board.wifi));
        host_eth_plug();
        host_eth_get_address(ip);
        vb_cable_look(VB_BOARD_NVS);
        assert_false(vb_wifi_is_open(&board.wifi));
        power_on(true, role == 1);
        assert_true(board.has_network);
        assert_false(vb_wifi_is_open(&board.wifi));
    }
}

static void a_chip_that_is_gone_leaves_the_way_in_by_wifi(void **state)
{
    (void)state;
    keep(&by_cable);
    power_on(false, false);
    assert_false(board.has_network);
    assert_true(vb_wifi_is_open(&board.wifi));
    power_on(true, false); /* it is back, and nothing was forgotten */
    assert_true(board.has_network);
    assert_false(vb_wifi_is_open(&board.wifi));
}

/* "none" was typed while it had its cable. */
static void a_receiver_without_either_opens_its_access_point(void **state)
{
    (void)state;
    keep(&unneeded);
    power_on(true, true);
    assert_false(vb_wifi_is_open(&board.wifi));
    power_on(false, true);
    assert_true(vb_wifi_is_open(&board.wifi));
    power_on(false, false); /* of a transmitter it is what was asked for */
    assert_false(vb_wifi_is_open(&board.wifi));
}

static void a_network_that_was_chosen_is_joined_with_a_cable_or_without(void **state)
{
    (void)state;
    keep(&home);
    for (unsigned has_chip = 0; has_chip < 2; has_chip++) {
        power_on(has_chip == 1, true);
        assert_true(board.has_network);
        assert_int_equal(host_wifi()->connects, 1);
    }
}

static void the_country_of_the_build_is_that_of_a_board_that_was_not_told(void **state)
{
    (void)state;
    power_on(false, false);
    assert_string_equal(host_wifi()->country, "AT");
    assert_int_equal(vb_wifi_network_move(VB_BOARD_NVS, "FR"), ESP_OK);
    power_on(false, false);
    assert_string_equal(host_wifi()->country, "FR");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, reset)
    const struct CMUnitTest tests[] = {
        TEST(a_first_start_is_ended_by_the_cable),
        TEST(a_chip_that_is_gone_leaves_the_way_in_by_wifi),
        TEST(a_receiver_without_either_opens_its_access_point),
        TEST(a_network_that_was_chosen_is_joined_with_a_cable_or_without),
        TEST(the_country_of_the_build_is_that_of_a_board_that_was_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
