/* Section network in force at an interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "esp-idf/voltbeacon/wifi_address.h"
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
    const struct vb_network network = vb_wifi_address(&interface);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_static_address_takes_the_place_of_dhcp, reset),
        cmocka_unit_test_setup(dhcp_comes_back_A9, reset),
        cmocka_unit_test_setup(a_name_server_that_is_not_given_is_left_as_it_is, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
