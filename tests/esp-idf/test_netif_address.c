/* Section network in force at an interface; and the address that a board has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "esp-idf/voltbeacon/netif_address.h"
#include "host/host_wifi.h"

#include <cmocka.h>

static struct esp_netif_obj interface;

static int reset(void **state)
{
    (void)state;
    interface = (struct esp_netif_obj){.has_dhcp = true};
    return 0;
}

static void apply(const struct vb_network_values *values)
{
    const struct vb_network network = vb_netif_network(&interface);
    network.apply(network.ctx, values);
}

static bool is(uint32_t address, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    const uint8_t bytes[4] = {a, b, c, d};
    return memcmp(&address, bytes, sizeof bytes) == 0;
}

static const struct vb_network_values fixed = {.mode = VB_ADDRESSING_STATIC,
                                               .address = {192, 168, 7, 20},
                                               .netmask = {255, 255, 255, 0},
                                               .gateway = {192, 168, 7, 1},
                                               .dns1 = {9, 9, 9, 9},
                                               .dns2 = {1, 1, 1, 1},
                                               .hostname = "battery"};

static void assert_is_fixed(void)
{
    assert_false(interface.has_dhcp);
    assert_true(is(interface.address.ip.addr, 192, 168, 7, 20));
    assert_true(is(interface.address.netmask.addr, 255, 255, 255, 0));
    assert_true(is(interface.address.gw.addr, 192, 168, 7, 1));
    assert_true(is(interface.dns[0], 9, 9, 9, 9));
    assert_true(is(interface.dns[1], 1, 1, 1, 1));
    assert_string_equal(interface.hostname, "battery");
}

static void a_static_address_takes_the_place_of_dhcp(void **state)
{
    (void)state;
    apply(&fixed);
    assert_is_fixed();
    apply(&fixed); /* the same may come again */
    assert_is_fixed();
}

static void dhcp_comes_back_A9(void **state)
{
    const struct vb_network_values dhcp = {.mode = VB_ADDRESSING_DHCP};
    (void)state;
    apply(&dhcp);
    assert_true(interface.has_dhcp);
    apply(&fixed);
    apply(&dhcp);
    assert_true(interface.has_dhcp);
    assert_string_equal(interface.hostname, "battery"); /* empty leaves it as it is */
}

static void a_name_server_that_is_not_given_is_left_as_it_is(void **state)
{
    struct vb_network_values values = fixed;
    (void)state;
    apply(&fixed);
    memset(values.dns1, 0, sizeof values.dns1);
    values.dns2[0] = 8;
    apply(&values);
    assert_true(is(interface.dns[0], 9, 9, 9, 9));
    assert_true(is(interface.dns[1], 8, 1, 1, 1));
}

/* ---- The address ---- */

static void look(const struct vb_interfaces *board, struct vb_netif_view expected)
{
    const struct vb_netif_view seen = vb_interfaces_look(board);
    assert_int_equal(seen.cable_is_up, expected.cable_is_up);
    assert_int_equal(seen.has_address, expected.has_address);
    if (expected.has_address)
        assert_memory_equal(seen.ip, expected.ip, sizeof expected.ip);
}

static void a_board_has_the_address_of_its_cable_or_else_of_its_station(void **state)
{
    struct esp_netif_obj cable = {0}, station = {0};
    const struct vb_interfaces none = {0}, both = {.cable = &cable, .station = &station};
    const struct vb_interfaces wireless = {.station = &station};
    static const uint8_t of_station[4] = {192, 168, 1, 20}, of_cable[4] = {10, 0, 0, 9};
    (void)state;
    look(&none, (struct vb_netif_view){0});
    look(&both, (struct vb_netif_view){0});
    memcpy(&station.address.ip.addr, of_station, 4);
    look(&both, (struct vb_netif_view){0}); /* one from before it went down */
    station.is_up = true;
    look(&both, (struct vb_netif_view){.has_address = true, .ip = {192, 168, 1, 20}});
    look(&wireless, (struct vb_netif_view){.has_address = true, .ip = {192, 168, 1, 20}});
    cable.is_up = true;
    look(&both, (struct vb_netif_view){true, true, {192, 168, 1, 20}});
    memcpy(&cable.address.ip.addr, of_cable, 4);
    look(&both, (struct vb_netif_view){true, true, {10, 0, 0, 9}});
    look(&wireless, (struct vb_netif_view){.has_address = true, .ip = {192, 168, 1, 20}});
    station.is_up = false;
    look(&both, (struct vb_netif_view){true, true, {10, 0, 0, 9}});
    cable.is_up = false;
    look(&both, (struct vb_netif_view){0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_static_address_takes_the_place_of_dhcp, reset),
        cmocka_unit_test_setup(dhcp_comes_back_A9, reset),
        cmocka_unit_test_setup(a_name_server_that_is_not_given_is_left_as_it_is, reset),
        cmocka_unit_test(a_board_has_the_address_of_its_cable_or_else_of_its_station),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
