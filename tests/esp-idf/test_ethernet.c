/* The cable: the chips that drive it, what fails of them, and what the board makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "esp-idf/voltbeacon/ethernet_emac.h"
#include "esp-idf/voltbeacon/ethernet_w5500.h"
#include "esp-idf/voltbeacon/netif_address.h"
#include "esp-idf/voltbeacon/nvs_keys.h"
#include "host/host_eth.h"
#include "host/host_event.h"
#include "host/host_nvs.h"
#include "host/host_timer.h"

#include <cmocka.h>

#define PARTITION "nvs"
enum { CALLS_MAX = 20 };

static const struct vb_mac mac = {{0x02, 0, 0, 0, 0x1a, 0x2b}};
static const uint8_t ip[4] = {10, 0, 0, 9};
static const struct vb_w5500_pins w5500 = {.sclk = 18,
                                           .mosi = 23,
                                           .miso = 19,
                                           .cs = 21,
                                           .interrupt = 22,
                                           .reset = -1,
                                           .clock_hz = 12000000};
static const struct vb_emac_pins wt32_eth01 = {
    .mdc = 23, .mdio = 18, .power = 16, .phy_address = 1, .phy = esp_eth_phy_new_lan87xx};

static struct vb_ethernet ethernet;
static struct vb_wifi wifi;
static char console[8192];
static int was_stdout;

/* ---- The console ---- */

static void listen(void)
{
    FILE *heard = tmpfile();
    assert_non_null(heard);
    fflush(stdout);
    was_stdout = dup(1);
    assert_true(was_stdout >= 0 && dup2(fileno(heard), 1) == 1);
    fclose(heard);
}

/* How often it has said that since the call above, which ends with it. */
static unsigned hear(const char *part)
{
    unsigned times = 0;
    fflush(stdout);
    const ssize_t size = pread(1, console, sizeof console - 1, 0);
    assert_true(size >= 0);
    assert_true(dup2(was_stdout, 1) == 1);
    close(was_stdout);
    console[size] = '\0';
    fputs(console, stdout);
    for (const char *at = strstr(console, part); at != NULL; at = strstr(at + 1, part))
        times++;
    return times;
}

/* ---- The board ---- */

static int reset(void **state)
{
    (void)state;
    host_wifi_reset();
    host_eth_reset();
    host_timer_reset();
    host_nvs_make(PARTITION, 0x10000);
    assert_int_equal(vb_nvs_start(PARTITION), ESP_OK);
    host_eth()->has_w5500 = host_eth()->has_phy = true;
    return 0;
}

static esp_err_t open_w5500(const struct vb_w5500_pins *pins)
{
    const struct vb_ethernet_port port = vb_ethernet_w5500(pins);
    return vb_ethernet_open(&ethernet, &port);
}

static esp_err_t open_emac(const struct vb_emac_pins *pins)
{
    const struct vb_ethernet_port port = vb_ethernet_emac(pins);
    return vb_ethernet_open(&ethernet, &port);
}

/* As a board does it. */
static void start(void)
{
    struct vb_wifi_network network;
    assert_int_equal(vb_wifi_network_load(PARTITION, &network), ESP_OK);
    assert_int_equal(open_w5500(&w5500), ESP_OK);
    assert_int_equal(vb_wifi_start(&wifi, &network, &mac), ESP_OK);
    vb_ethernet_run(&ethernet, &wifi);
}

static void restart(void)
{
    host_wifi_reset();
    host_eth_reset();
    host_timer_reset();
    host_eth()->has_w5500 = true;
    start();
}

static struct vb_wifi_network kept(void)
{
    struct vb_wifi_network network;
    assert_int_equal(vb_wifi_network_load(PARTITION, &network), ESP_OK);
    return network;
}

/* ---- The chips ---- */

static void a_w5500_is_found_at_its_wires(void **state)
{
    static const uint8_t own[6] = {2, 0, 0, 0, 0, 3};
    (void)state;
    assert_int_equal(open_w5500(&w5500), ESP_OK);
    assert_int_equal(host_eth()->w5500.int_gpio_num, 22);
    assert_int_equal(host_eth()->phy.reset_gpio_num, -1);
    assert_memory_equal(host_eth()->address, own, sizeof own); /* it has none itself */
    assert_ptr_equal(ethernet.interface, host_eth_interface());
    assert_true(host_eth()->route > 100); /* before Wi-Fi's */
}

static void one_without_an_interrupt_is_asked(void **state)
{
    struct vb_w5500_pins pins = w5500;
    (void)state;
    pins.interrupt = -1;
    pins.reset = 9;
    assert_int_equal(open_w5500(&pins), ESP_OK);
    assert_int_equal(host_eth()->w5500.poll_period_ms, 10);
    assert_false(host_eth()->has_isr);
    assert_int_equal(host_eth()->phy.reset_gpio_num, 9);
}

static void interrupts_that_another_driver_has_allowed_are_no_fault(void **state)
{
    (void)state;
    host_eth()->has_isr = true;
    assert_int_equal(open_w5500(&w5500), ESP_OK);
}

static void the_emac_has_its_phy_switched_on_first(void **state)
{
    struct vb_emac_pins pins = wt32_eth01;
    (void)state;
    assert_int_equal(open_emac(&pins), ESP_OK);
    assert_int_equal(host_eth()->phy_kind, 'l');
    assert_int_equal(host_eth()->phy.reset_gpio_num, -1);
    reset(NULL);
    host_eth()->levels = 1u << 16; /* by a jumper */
    pins.power = -1;
    pins.phy_address = -1;
    pins.phy = esp_eth_phy_new_generic;
    assert_int_equal(open_emac(&pins), ESP_OK);
    assert_int_equal(host_eth()->phy_kind, 'g');
}

static void pins_of_another_board_are_said_and_the_rest_goes_on(void **state)
{
    struct vb_w5500_pins crossed = w5500;
    struct vb_emac_pins olimex = wt32_eth01;
    (void)state;
    crossed.mosi = w5500.miso;
    crossed.miso = w5500.mosi;
    listen();
    assert_int_equal(open_w5500(&crossed), ESP_ERR_INVALID_VERSION);
    assert_int_equal(hear("error: the W5500 does not answer"), 1);
    assert_non_null(strstr(console, "its wires against the pins of this build"));
    assert_int_equal(host_eth()->macs + host_eth()->phys + host_eth()->buses, 0);
    olimex.clock = 17;
    reset(NULL);
    listen();
    assert_int_equal(open_emac(&olimex), ESP_ERR_TIMEOUT);
    assert_int_equal(hear("error: the Ethernet PHY does not answer"), 1);
    assert_non_null(strstr(console, "clock, power pin and address"));
    olimex = wt32_eth01;
    olimex.phy_address = 0;
    reset(NULL);
    assert_int_equal(open_emac(&olimex), ESP_FAIL);
    assert_int_equal(vb_wifi_start(&wifi, &(struct vb_wifi_network){0}, &mac), ESP_OK);
    assert_true(vb_wifi_is_open(&wifi));
}

/* Every call, once. What was made before the chip was asked is given back. */
static void what_fails_is_an_error_and_leaves_wifi_alone(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 2; kind++) {
        unsigned n = 1;
        for (; n < CALLS_MAX; n++) {
            reset(NULL);
            host_eth_fail_at(n);
            listen();
            const esp_err_t err = kind == 0 ? open_w5500(&w5500) : open_emac(&wt32_eth01);
            const unsigned said = hear("the board goes on without it");
            if (!host_eth_has_failed())
                break;
            assert_int_not_equal(err, ESP_OK);
            assert_int_equal(said, 1);
            assert_int_equal(host_eth()->macs, host_eth()->is_installed);
            assert_int_equal(host_eth()->phys, host_eth()->is_installed);
            assert_int_equal(host_eth()->buses, host_eth()->is_installed && kind == 0);
            assert_int_equal(vb_wifi_start(&wifi, &(struct vb_wifi_network){0}, &mac), ESP_OK);
        }
        assert_in_range(n, 7, CALLS_MAX - 1);
    }
}

static void an_event_loop_or_a_timer_that_fails_is_one_too(void **state)
{
    (void)state;
    host_event_fail("handler");
    assert_int_not_equal(open_w5500(&w5500), ESP_OK);
    reset(NULL);
    host_event_fail("loop");
    assert_int_not_equal(open_w5500(&w5500), ESP_OK);
    assert_int_equal(host_eth()->macs, 0);
    reset(NULL);
    host_timer_refuse(true);
    const esp_err_t err = open_w5500(&w5500);
    host_timer_refuse(false);
    assert_int_not_equal(err, ESP_OK);
}

static void one_that_does_not_start_is_said(void **state)
{
    (void)state;
    assert_int_equal(open_w5500(&w5500), ESP_OK);
    assert_int_equal(vb_wifi_start(&wifi, &(struct vb_wifi_network){0}, &mac), ESP_OK);
    host_eth_fail_at(1);
    listen();
    vb_ethernet_run(&ethernet, &wifi);
    host_timer_pass_ms(60 * 1000);
    assert_int_equal(hear("the W5500 does not start"), 1);
    assert_null(strstr(console, "no cable"));
}

/* ---- The cable ---- */

static void a_cable_that_is_not_there_is_said_once(void **state)
{
    (void)state;
    start();
    listen();
    host_timer_pass_ms(VB_ETHERNET_LINK_S * 1000 - 1);
    assert_int_equal(hear("no cable"), 0);
    listen();
    host_timer_pass_ms(500 * 1000);
    assert_int_equal(hear("warning: no cable is plugged in"), 1);
    assert_true(vb_wifi_is_open(&wifi)); /* the board has another way in */
}

static void each_change_of_the_cable_is_said_once(void **state)
{
    (void)state;
    start();
    listen();
    host_eth_plug();
    host_timer_pass_ms(2000);
    host_eth_get_address(ip);
    host_timer_pass_ms(500 * 1000);
    assert_int_equal(hear("warning"), 0);
    assert_non_null(strstr(console, "info: the cable is plugged in"));
    assert_non_null(strstr(console, "info: this board is at 10.0.0.9, by cable"));
    assert_true(vb_ethernet_is_online(&ethernet));
    listen();
    host_eth_unplug();
    host_eth_unplug();
    host_timer_pass_ms(500 * 1000);
    assert_int_equal(hear("warning: the cable is unplugged"), 1);
    assert_false(vb_ethernet_is_online(&ethernet));
    host_eth_plug();
    host_eth_get_address(ip);
    assert_true(vb_ethernet_is_online(&ethernet));
    listen();
    host_eth_lose_address();
    host_eth_lose_address();
    assert_int_equal(hear("warning: this board has lost its address"), 1);
    assert_false(vb_ethernet_is_online(&ethernet));
}

static void a_cable_without_an_address_is_said_with_what_to_do(void **state)
{
    (void)state;
    start();
    host_timer_pass_ms(VB_ETHERNET_LINK_S * 1000 - 1000);
    listen();
    host_eth_plug();
    host_timer_pass_ms(VB_ETHERNET_ADDRESS_S * 1000 - 1);
    assert_int_equal(hear("warning"), 0);
    listen();
    host_timer_pass_ms(500 * 1000);
    assert_int_equal(hear("warning: the cable gives this board no address"), 1);
    assert_non_null(strstr(console, "section network"));
}

/* ---- The board's network ---- */

static void the_clock_is_set_over_whatever_comes_first(void **state)
{
    (void)state;
    start();
    assert_int_equal(host_wifi()->clocks, 0);
    host_eth_plug();
    host_eth_get_address(ip);
    assert_int_equal(host_wifi()->clocks, 1);
    host_wifi_get_address(ip);
    host_eth_get_address(ip);
    assert_int_equal(host_wifi()->clocks, 1);
}

static void a_cable_with_an_address_spares_the_access_point(void **state)
{
    (void)state;
    start();
    vb_ethernet_look(&ethernet, PARTITION);
    assert_true(vb_wifi_is_open(&wifi));
    host_eth_plug();
    assert_true(vb_wifi_is_open(&wifi));
    listen();
    host_eth_get_address(ip);
    assert_false(vb_wifi_is_open(&wifi));
    assert_int_equal(host_wifi()->mode, WIFI_MODE_STA); /* for ESP-NOW */
    host_timer_pass_ms(VB_WIFI_OPEN_S * 1000);
    assert_int_equal(hear("is closed"), 1);
    assert_false(kept().is_by_cable); /* not on the event loop's task */
    vb_ethernet_look(&ethernet, PARTITION);
    assert_true(kept().is_by_cable);
    /* As after a power cut, before the switch at the other end is there. */
    restart();
    assert_false(vb_wifi_is_open(&wifi));
    assert_string_equal(wifi.passphrase, "");
    assert_int_equal(host_wifi()->connects, 0);
    assert_true(host_wifi()->runs);
    const unsigned before = host_nvs_writes();
    host_eth_plug();
    host_eth_get_address(ip);
    vb_ethernet_look(&ethernet, PARTITION);
    assert_int_equal(host_nvs_writes(), before); /* the flash is spared */
    assert_int_equal(vb_wifi_network_forget(PARTITION), ESP_OK);
    assert_false(kept().is_by_cable);
    restart();
    assert_true(vb_wifi_is_open(&wifi));
}

static void a_network_that_was_chosen_stays_chosen(void **state)
{
    static const struct vb_wifi_network home = {.name = "home", .passphrase = "correct horse"};
    static const struct vb_wifi_network unneeded = {.is_unneeded = true};
    (void)state;
    assert_int_equal(vb_wifi_network_store(PARTITION, &home), ESP_OK);
    start();
    assert_int_equal(host_wifi()->connects, 1); /* joined besides, for when the cable is not in */
    host_eth_plug();
    host_eth_get_address(ip);
    vb_ethernet_look(&ethernet, PARTITION);
    assert_string_equal(kept().name, "home");
    assert_int_equal(vb_wifi_network_store(PARTITION, &unneeded), ESP_OK);
    restart();
    host_eth_plug();
    host_eth_get_address(ip);
    vb_ethernet_look(&ethernet, PARTITION);
    assert_true(kept().is_unneeded);
    assert_false(kept().is_by_cable);
}

/* On the page, whose answer is still on its way, while the cable gets its address. */
static void a_network_that_is_chosen_just_then_stays_chosen(void **state)
{
    static const struct vb_wifi_network home = {.name = "home", .passphrase = "correct horse"};
    (void)state;
    start();
    assert_int_equal(vb_wifi_network_store(PARTITION, &home), ESP_OK);
    host_eth_plug();
    host_eth_get_address(ip);
    vb_ethernet_look(&ethernet, PARTITION);
    assert_string_equal(kept().name, "home");
}

static void what_the_flash_refuses_is_tried_again_at_the_next_start(void **state)
{
    (void)state;
    start();
    host_eth_plug();
    host_eth_get_address(ip);
    host_nvs_fail_at(1);
    listen();
    vb_ethernet_look(&ethernet, PARTITION);
    vb_ethernet_look(&ethernet, PARTITION);
    assert_int_equal(hear("could not be kept"), 1);
    assert_false(kept().is_by_cable);
    restart();
    host_eth_plug();
    host_eth_get_address(ip);
    vb_ethernet_look(&ethernet, PARTITION);
    assert_true(kept().is_by_cable);
}

static void section_network_is_in_force_at_the_cable_A9(void **state)
{
    const struct vb_network_values fixed = {.mode = VB_ADDRESSING_STATIC,
                                            .address = {10, 0, 0, 77},
                                            .netmask = {255, 255, 255, 0},
                                            .gateway = {10, 0, 0, 1}};
    const struct vb_network_values dhcp = {.mode = VB_ADDRESSING_DHCP};
    const struct vb_interfaces interfaces = {.cable = host_eth_interface()};
    (void)state;
    start();
    const struct vb_network network = vb_netif_network(ethernet.interface);
    network.apply(network.ctx, &fixed);
    host_eth_plug();
    const struct vb_netif_view seen = vb_interfaces_look(&interfaces);
    assert_true(seen.cable_is_up && seen.has_address);
    assert_memory_equal(seen.ip, fixed.address, 4);
    network.apply(network.ctx, &dhcp);
    assert_true(host_eth_interface()->has_dhcp);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, reset)
    const struct CMUnitTest tests[] = {
        TEST(a_w5500_is_found_at_its_wires),
        TEST(one_without_an_interrupt_is_asked),
        TEST(interrupts_that_another_driver_has_allowed_are_no_fault),
        TEST(the_emac_has_its_phy_switched_on_first),
        TEST(pins_of_another_board_are_said_and_the_rest_goes_on),
        TEST(what_fails_is_an_error_and_leaves_wifi_alone),
        TEST(an_event_loop_or_a_timer_that_fails_is_one_too),
        TEST(one_that_does_not_start_is_said),
        TEST(a_cable_that_is_not_there_is_said_once),
        TEST(each_change_of_the_cable_is_said_once),
        TEST(a_cable_without_an_address_is_said_with_what_to_do),
        TEST(the_clock_is_set_over_whatever_comes_first),
        TEST(a_cable_with_an_address_spares_the_access_point),
        TEST(a_network_that_was_chosen_stays_chosen),
        TEST(a_network_that_is_chosen_just_then_stays_chosen),
        TEST(what_the_flash_refuses_is_tried_again_at_the_next_start),
        TEST(section_network_is_in_force_at_the_cable_A9),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
