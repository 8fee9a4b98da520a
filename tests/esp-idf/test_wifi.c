/* Wi-Fi: a network that is known is joined again and again; where none is, an access point opens
 * for ten minutes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <nvs_flash.h>

#include "esp-idf/voltbeacon/wifi.h"
#include "host/host_nvs.h"
#include "host/host_random.h"
#include "host/host_timer.h"
#include "host/host_wifi.h"

#include <cmocka.h>

static const struct vb_mac mac = {{0x02, 0, 0, 0, 0x1a, 0x2b}};
static const struct vb_wifi_network none = {.name = ""};
static struct vb_wifi_network home;
static struct vb_wifi wifi;

static int reset(void **state)
{
    (void)state;
    host_wifi_reset();
    host_timer_reset();
    home = (struct vb_wifi_network){.passphrase = "correct horse"};
    memset(home.name, 'n', 32); /* the longest there is */
    return 0;
}

static void a_known_network_is_joined(void **state)
{
    (void)state;
    assert_int_equal(vb_wifi_start(&wifi, &home, &mac), ESP_OK);
    const struct host_wifi *driver = host_wifi();
    assert_int_equal(driver->mode, WIFI_MODE_STA);
    assert_memory_equal(driver->station.sta.ssid, home.name, 32);
    assert_string_equal((const char *)driver->station.sta.password, home.passphrase);
    assert_int_equal(driver->connects, 1);
    assert_int_equal(driver->power_save, WIFI_PS_NONE);
    assert_int_equal(driver->storage, WIFI_STORAGE_RAM);
    assert_false(vb_wifi_is_open(&wifi));
    assert_string_equal(wifi.passphrase, "");
}

/* The driver's own settings are not needed, and would cost writes. */
static void the_radio_does_not_need_nvs(void **state)
{
    (void)state;
    host_nvs_make("another", 0x10000);
    assert_int_equal(vb_wifi_start(&wifi, &none, &mac), ESP_OK);
    assert_true(vb_wifi_is_open(&wifi));
    host_nvs_make("nvs", 0x10000);
    assert_int_equal(nvs_flash_init_partition("nvs"), ESP_OK);
    host_wifi_reset();
    assert_int_equal(vb_wifi_start(&wifi, &home, &mac), ESP_OK);
    assert_int_equal(host_nvs_writes(), 0);
}

static void a_lost_network_is_tried_again_every_ten_seconds(void **state)
{
    (void)state;
    assert_int_equal(vb_wifi_start(&wifi, &home, &mac), ESP_OK);
    for (unsigned tries = 1; tries < 5; tries++) {
        assert_int_equal(host_wifi()->connects, tries);
        host_wifi_lose();
        host_wifi_lose(); /* said twice, tried once */
        host_timer_pass_ms(VB_WIFI_AGAIN_MS - 1);
        assert_int_equal(host_wifi()->connects, tries);
        host_timer_pass_ms(1);
    }
}

static void the_clock_is_set_once_there_is_an_address(void **state)
{
    static const uint8_t ip[4] = {192, 168, 1, 60};
    (void)state;
    assert_int_equal(vb_wifi_start(&wifi, &home, &mac), ESP_OK);
    assert_int_equal(host_wifi()->clocks, 0);
    host_wifi_get_address(ip);
    host_wifi_get_address(ip);
    assert_int_equal(host_wifi()->clocks, 1);
    assert_string_equal(host_wifi()->clock_server, "pool.ntp.org");
}

static void a_first_start_opens_an_access_point_for_ten_minutes(void **state)
{
    (void)state;
    assert_int_equal(vb_wifi_start(&wifi, &none, &mac), ESP_OK);
    const wifi_ap_config_t *opened = &host_wifi()->access_point.ap;
    assert_int_equal(host_wifi()->mode, WIFI_MODE_APSTA);
    assert_int_equal(opened->ssid_len, strlen("voltbeacon-1a2b"));
    assert_memory_equal(opened->ssid, "voltbeacon-1a2b", opened->ssid_len);
    assert_int_equal(opened->authmode, WIFI_AUTH_WPA2_PSK);
    assert_string_equal((const char *)opened->password, wifi.passphrase);
    assert_int_equal(strlen(wifi.passphrase), VB_WIFI_PASSPHRASE);
    assert_int_equal(host_wifi()->connects, 0);
    host_timer_pass_ms(VB_WIFI_OPEN_S * 1000 - 1);
    assert_true(vb_wifi_is_open(&wifi));
    host_timer_pass_ms(1);
    assert_false(vb_wifi_is_open(&wifi));
    assert_int_equal(host_wifi()->mode, WIFI_MODE_STA); /* for ESP-NOW */
    host_wifi_lose();
    host_timer_pass_ms(VB_WIFI_AGAIN_MS);
    assert_int_equal(host_wifi()->connects, 0); /* there is none to join */
}

/* A transmitter in a garage would show one for ten minutes after every power cut. */
static void a_board_that_needs_no_network_opens_no_access_point(void **state)
{
    static const struct vb_wifi_network unneeded = {.is_unneeded = true};
    (void)state;
    assert_int_equal(vb_wifi_start(&wifi, &unneeded, &mac), ESP_OK);
    assert_true(host_wifi()->runs);
    assert_int_equal(host_wifi()->mode, WIFI_MODE_STA); /* for ESP-NOW */
    assert_int_equal(host_wifi()->channel, VB_WIFI_CHANNEL);
    assert_int_equal(host_wifi()->power_save, WIFI_PS_NONE);
    assert_false(vb_wifi_is_open(&wifi));
    assert_false(vb_wifi_is_joining(&wifi));
    assert_string_equal(wifi.passphrase, "");
    host_timer_pass_ms(VB_WIFI_AGAIN_MS);
    assert_int_equal(host_wifi()->connects, 0);
}

static void the_radio_keeps_the_rules_of_the_country_that_was_chosen(void **state)
{
    (void)state;
    assert_int_equal(vb_wifi_start(&wifi, &home, &mac), ESP_OK);
    assert_string_equal(host_wifi()->country, ""); /* the driver's own */
    reset(NULL);
    memcpy(home.country, "01", sizeof home.country);
    assert_int_equal(vb_wifi_start(&wifi, &home, &mac), ESP_OK);
    assert_string_equal(host_wifi()->country, "");
    assert_int_equal(host_wifi()->channels, 11);
    reset(NULL);
    memcpy(home.country, "AT", sizeof home.country);
    assert_int_equal(vb_wifi_start(&wifi, &home, &mac), ESP_OK);
    assert_string_equal(host_wifi()->country, "AT");
    assert_true(host_wifi()->asks_access_point);
    assert_int_equal(host_wifi()->channels, 13);
}

/* On channels 1 to 11, and the console says so. */
static void a_country_that_the_driver_refuses_does_not_stop_the_radio(void **state)
{
    (void)state;
    memcpy(home.country, "AT", sizeof home.country);
    host_wifi_fail("country");
    assert_int_equal(vb_wifi_start(&wifi, &home, &mac), ESP_OK);
    assert_string_equal(host_wifi()->country, "");
    assert_int_equal(host_wifi()->connects, 1);
}

static void every_first_start_has_another_passphrase(void **state)
{
    char before[sizeof wifi.passphrase] = "";
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        reset(NULL);
        assert_int_equal(vb_wifi_start(&wifi, &none, &mac), ESP_OK);
        assert_string_not_equal(wifi.passphrase, before);
        assert_int_equal(strspn(wifi.passphrase, "abcdefghijkmnpqrstuvwxyz23456789"),
                         VB_WIFI_PASSPHRASE);
        memcpy(before, wifi.passphrase, sizeof before);
    }
}

static void assert_radio_runs(void)
{
    assert_true(host_wifi()->runs);
    assert_int_equal(host_wifi()->mode, WIFI_MODE_STA); /* nobody can join meanwhile */
}

/* Without the radio the hardware's numbers are not random. */
static void the_passphrase_is_drawn_while_the_radio_runs(void **state)
{
    (void)state;
    host_random_on_ask(assert_radio_runs);
    assert_int_equal(vb_wifi_start(&wifi, &none, &mac), ESP_OK);
    host_random_on_ask(NULL);
    assert_true(host_wifi()->runs);
}

static void what_fails_is_an_error(void **state)
{
    static const char *const calls[] = {"init", "netif", "start"};
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(calls); i++) {
        for (unsigned known = 0; known < 2; known++) {
            reset(NULL);
            host_wifi_fail(calls[i]);
            assert_int_not_equal(vb_wifi_start(&wifi, known ? &home : &none, &mac), ESP_OK);
            assert_false(vb_wifi_is_open(&wifi));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_known_network_is_joined, reset),
        cmocka_unit_test_setup(the_radio_does_not_need_nvs, reset),
        cmocka_unit_test_setup(a_lost_network_is_tried_again_every_ten_seconds, reset),
        cmocka_unit_test_setup(the_clock_is_set_once_there_is_an_address, reset),
        cmocka_unit_test_setup(a_first_start_opens_an_access_point_for_ten_minutes, reset),
        cmocka_unit_test_setup(a_board_that_needs_no_network_opens_no_access_point, reset),
        cmocka_unit_test_setup(the_radio_keeps_the_rules_of_the_country_that_was_chosen, reset),
        cmocka_unit_test_setup(a_country_that_the_driver_refuses_does_not_stop_the_radio, reset),
        cmocka_unit_test_setup(every_first_start_has_another_passphrase, reset),
        cmocka_unit_test_setup(the_passphrase_is_drawn_while_the_radio_runs, reset),
        cmocka_unit_test_setup(what_fails_is_an_error, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
