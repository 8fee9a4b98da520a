/* The network that is joined: what is sound, and what is kept wherever the power goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "esp-idf/voltbeacon/nvs_keys.h"
#include "esp-idf/voltbeacon/wifi_network.h"
#include "host/host_nvs.h"

#include <cmocka.h>

enum { WRITES_MAX = 8 };
#define PARTITION "nvs"

static const struct vb_wifi_network old = {.name = "cellar", .passphrase = "12345678"};
static const struct vb_wifi_network new = {.name = "an open one", .passphrase = ""};

static bool equal(const struct vb_wifi_network *a, const struct vb_wifi_network *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->passphrase, b->passphrase) == 0 &&
           a->is_unneeded == b->is_unneeded && strcmp(a->country, b->country) == 0;
}

static struct vb_wifi_network kept(void)
{
    struct vb_wifi_network network;
    assert_int_equal(vb_wifi_network_load(PARTITION, &network), ESP_OK);
    return network;
}

static void start(void)
{
    host_nvs_make(PARTITION, 0x10000);
    assert_int_equal(vb_nvs_start(PARTITION), ESP_OK);
}

static void names_and_passphrases_have_bounds(void **state)
{
    struct vb_wifi_network network = {.name = "n", .passphrase = "1234567"};
    (void)state;
    assert_non_null(vb_wifi_network_problem(&network));
    memset(network.passphrase, 'p', 63);
    assert_null(vb_wifi_network_problem(&network));
    memset(network.name, 'n', 32);
    assert_null(vb_wifi_network_problem(&network));
    assert_null(vb_wifi_network_problem(&new));
    assert_non_null(vb_wifi_network_problem(&(struct vb_wifi_network){.passphrase = "12345678"}));
}

static void none_is_known_until_one_is_stored_nor_after_it_is_forgotten(void **state)
{
    (void)state;
    start();
    assert_string_equal(kept().name, "");
    assert_int_equal(vb_wifi_network_forget(PARTITION), ESP_OK);
    assert_int_equal(vb_wifi_network_store(PARTITION, &old), ESP_OK);
    host_nvs_power_on();
    assert_int_equal(vb_nvs_start(PARTITION), ESP_OK);
    const struct vb_wifi_network loaded = kept();
    assert_true(equal(&loaded, &old));
    assert_int_equal(vb_wifi_network_forget(PARTITION), ESP_OK);
    assert_string_equal(kept().name, "");
}

static void that_none_is_needed_is_kept_until_it_is_forgotten(void **state)
{
    static const struct vb_wifi_network unneeded = {.is_unneeded = true};
    (void)state;
    start();
    assert_false(kept().is_unneeded);
    assert_null(vb_wifi_network_problem(&unneeded));
    assert_int_equal(vb_wifi_network_store(PARTITION, &old), ESP_OK);
    assert_int_equal(vb_wifi_network_store(PARTITION, &unneeded), ESP_OK);
    host_nvs_power_on();
    assert_int_equal(vb_nvs_start(PARTITION), ESP_OK);
    struct vb_wifi_network loaded = kept();
    assert_true(equal(&loaded, &unneeded));
    assert_int_equal(vb_wifi_network_forget(PARTITION), ESP_OK);
    assert_false(kept().is_unneeded);
    assert_int_equal(vb_wifi_network_store(PARTITION, &unneeded), ESP_OK);
    assert_int_equal(vb_wifi_network_store(PARTITION, &old), ESP_OK);
    loaded = kept();
    assert_true(equal(&loaded, &old));
}

static void a_country_stays_whatever_network_is_chosen(void **state)
{
    static const struct vb_wifi_network unneeded = {.is_unneeded = true};
    struct vb_wifi_network german = old;
    (void)state;
    start();
    assert_string_equal(kept().country, "");
    assert_int_equal(vb_wifi_network_move(PARTITION, "AT"), ESP_OK);
    assert_string_equal(kept().country, "AT");
    assert_string_equal(kept().name, "");
    assert_int_equal(vb_wifi_network_store(PARTITION, &old), ESP_OK);
    assert_string_equal(kept().country, "AT");
    assert_int_equal(vb_wifi_network_move(PARTITION, "FR"), ESP_OK);
    assert_string_equal(kept().name, old.name);
    assert_string_equal(kept().passphrase, old.passphrase);
    assert_int_equal(vb_wifi_network_store(PARTITION, &unneeded), ESP_OK);
    assert_int_equal(vb_wifi_network_move(PARTITION, "01"), ESP_OK);
    assert_true(kept().is_unneeded);
    memcpy(german.country, "DE", sizeof german.country);
    assert_int_equal(vb_wifi_network_store(PARTITION, &german), ESP_OK);
    assert_int_equal(vb_wifi_network_forget(PARTITION), ESP_OK);
    host_nvs_power_on();
    assert_int_equal(vb_nvs_start(PARTITION), ESP_OK);
    assert_string_equal(kept().country, "DE");
    assert_string_equal(kept().name, "");
}

static void countries_are_those_of_the_driver(void **state)
{
    static const char *const known[] = {"01", "AT", "AU", "US", "tw", "Be"};
    static const char *const unknown[] = {"",   "A",  "AA", "ATS", "1 ",
                                          "00", " A", "T ", "U ",  "us "};
    char code[VB_WIFI_COUNTRY_SIZE];
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(known); i++) {
        assert_true(vb_wifi_country_read(known[i], code));
        assert_int_equal(strlen(code), 2);
        assert_non_null(strstr(vb_wifi_country_problem(), code));
    }
    assert_string_equal(code, "BE");
    for (size_t i = 0; i < VB_COUNT_OF(unknown); i++) {
        assert_false(vb_wifi_country_read(unknown[i], code));
        assert_string_equal(code, "");
    }
}

/* Firmware from before that could be said left the byte as padding, of any value. */
static void what_is_kept_of_earlier_firmware_is_still_known(void **state)
{
    uint8_t bytes[104] = {0, 0, 0, 0, 'h', 'o', 'm', 'e'};
    nvs_handle_t handle;
    const uint32_t number = 1;
    (void)state;
    start();
    memcpy(bytes, &number, sizeof number);
    memset(bytes + 4 + sizeof old.name + sizeof old.passphrase, 0x6e, 3);
    assert_int_equal(nvs_open_from_partition(PARTITION, "wifi", NVS_READWRITE, &handle), ESP_OK);
    assert_int_equal(nvs_set_blob(handle, "network1", bytes, sizeof bytes), ESP_OK);
    assert_string_equal(kept().name, "home");
    assert_string_equal(kept().country, "");
    assert_false(kept().is_unneeded);
}

static void after_a_power_cut_it_is_the_old_or_the_new(void **state)
{
    bool has_kept = false, has_lost = false;
    (void)state;
    for (unsigned cut = HOST_NVS_OLD; cut < HOST_NVS_CUTS; cut++) {
        for (unsigned n = 1; n <= WRITES_MAX; n++) {
            start();
            assert_int_equal(vb_wifi_network_store(PARTITION, &old), ESP_OK);
            host_nvs_cut_at(n, (enum host_nvs_cut)cut);
            const bool stored = vb_wifi_network_store(PARTITION, &new) == ESP_OK;
            const bool was_off = host_nvs_is_off();
            host_nvs_power_on();
            assert_int_equal(vb_nvs_start(PARTITION), ESP_OK);
            const struct vb_wifi_network loaded = kept();
            assert_true(equal(&loaded, &old) || equal(&loaded, &new));
            if (stored && !was_off)
                assert_true(equal(&loaded, &new));
            has_kept |= was_off && equal(&loaded, &old);
            has_lost |= was_off && equal(&loaded, &new);
        }
    }
    assert_true(has_kept && has_lost);
}

static void what_nvs_refuses_is_an_error(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 2; n++) {
        start();
        host_nvs_fail_at(n);
        assert_int_not_equal(vb_wifi_network_store(PARTITION, &old), ESP_OK);
        host_nvs_fail_at(n);
        assert_int_not_equal(vb_wifi_network_move(PARTITION, "AT"), ESP_OK);
    }
    struct vb_wifi_network network = old;
    host_nvs_make("another", 0x10000);
    assert_int_not_equal(vb_wifi_network_load(PARTITION, &network), ESP_OK);
    assert_string_equal(network.name, "");
    assert_int_not_equal(vb_wifi_network_move(PARTITION, "AT"), ESP_OK);
}

static void what_is_damaged_is_no_network(void **state)
{
    nvs_handle_t handle;
    uint8_t bytes[200];
    size_t size = sizeof bytes;
    (void)state;
    start();
    assert_int_equal(vb_wifi_network_store(PARTITION, &old), ESP_OK);
    assert_int_equal(nvs_open_from_partition(PARTITION, "wifi", NVS_READWRITE, &handle), ESP_OK);
    assert_int_equal(nvs_get_blob(handle, "network1", bytes, &size), ESP_OK);
    memset(bytes, 0x7f, sizeof bytes); /* a number higher than any, and no end to a name */
    for (unsigned n = 1; n <= size + 20; n++) {
        assert_int_equal(nvs_set_blob(handle, "network0", bytes, n), ESP_OK);
        const struct vb_wifi_network loaded = kept();
        assert_true(equal(&loaded, &old));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_passphrases_have_bounds),
        cmocka_unit_test(none_is_known_until_one_is_stored_nor_after_it_is_forgotten),
        cmocka_unit_test(that_none_is_needed_is_kept_until_it_is_forgotten),
        cmocka_unit_test(a_country_stays_whatever_network_is_chosen),
        cmocka_unit_test(countries_are_those_of_the_driver),
        cmocka_unit_test(what_is_kept_of_earlier_firmware_is_still_known),
        cmocka_unit_test(after_a_power_cut_it_is_the_old_or_the_new),
        cmocka_unit_test(what_nvs_refuses_is_an_error),
        cmocka_unit_test(what_is_damaged_is_no_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
