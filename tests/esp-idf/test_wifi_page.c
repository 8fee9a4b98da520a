/* The page on which a board's first network is chosen, over real sockets. */
#include "esp-idf/voltbeacon/nvs_keys.h"
#include "esp-idf/voltbeacon/wifi_page.h"
#include "host/host_nvs.h"
#include "host/host_timer.h"
#include "host/host_wifi.h"
#include "http_client.h"

#define PARTITION "nvs"

static const struct vb_mac mac = {{2, 0, 0, 0, 0, 1}};
static struct vb_wifi wifi;
static struct vb_wifi_page page;
static struct vb_http_server server;

static int open_any(bool needs_network)
{
    const struct vb_wifi_network none = {.name = ""};
    host_wifi_reset();
    host_timer_reset();
    host_nvs_make(PARTITION, 0x10000);
    assert_int_equal(vb_nvs_start(PARTITION), ESP_OK);
    assert_int_equal(vb_wifi_start(&wifi, &none, &mac), ESP_OK);
    assert_int_equal(vb_wifi_page_init(&page, &wifi, PARTITION, needs_network), ESP_OK);
    assert_int_equal(vb_http_server_start(&server, &page, NULL, 0), ESP_OK);
    return 0;
}

static int open_board(void **state)
{
    (void)state;
    return open_any(false);
}

static int ask(const char *method, const char *headers, const char *body)
{
    char text[2048];
    const int size =
        snprintf(text, sizeof text,
                 "%s /wifi HTTP/1.1\r\nHost: 192.168.4.1\r\n%sContent-Length: %zu\r\n\r\n%s",
                 method, headers, strlen(body), body);
    assert_true(size < (int)sizeof text);
    return client_ask(text);
}

static const char ours[] = "Origin: http://192.168.4.1\r\n";

static struct vb_wifi_network kept(void)
{
    struct vb_wifi_network network;
    assert_int_equal(vb_wifi_network_load(PARTITION, &network), ESP_OK);
    return network;
}

static void a_network_is_chosen_and_the_board_starts_anew(void **state)
{
    (void)state;
    assert_int_equal(ask("GET", "", ""), 200);
    assert_answer_has("<form method=post>");
    assert_int_equal(ask("POST", ours, "name=B%C3%BCro+2%26&passphrase=%20two+words%3d"), 200);
    const struct vb_wifi_network network = kept();
    assert_string_equal(network.name, "B\xc3\xbcro 2&");
    assert_string_equal(network.passphrase, " two words=");
    assert_string_equal(network.country, "");
    assert_true(host_timer_restarts_within_ms(2000));
}

static void the_country_may_be_said_as_well(void **state)
{
    (void)state;
    assert_int_equal(ask("POST", ours, "name=home&passphrase=12345678&country="), 200);
    assert_string_equal(kept().country, "");
    assert_int_equal(ask("POST", ours, "name=attic&passphrase=12345678&country=aq"), 422);
    assert_answer_has("knows the rules of 01 AT");
    assert_string_equal(kept().name, "home");
    assert_int_equal(ask("POST", ours, "name=attic&passphrase=12345678&country=at"), 200);
    assert_string_equal(kept().name, "attic");
    assert_string_equal(kept().country, "AT");
}

static void a_transmitter_may_do_without_a_network(void **state)
{
    (void)state;
    assert_int_equal(ask("GET", "", ""), 200);
    assert_answer_has("<button>This board needs no Wi-Fi</button>");
    assert_int_equal(ask("POST", ours, "network=none"), 200);
    assert_answer_has("joins no Wi-Fi network");
    assert_true(kept().is_unneeded);
    assert_true(host_timer_restarts_within_ms(2000));
}

static void a_receiver_may_not(void **state)
{
    (void)state;
    (void)open_any(true);
    assert_int_equal(ask("GET", "", ""), 200);
    assert_null(strstr(client_answer, "needs no Wi-Fi"));
    assert_int_equal(ask("POST", ours, "network=none"), 422);
    assert_false(kept().is_unneeded);
    assert_false(host_timer_restarts_within_ms(5000));
}

static void what_cannot_be_is_refused_and_nothing_is_stored(void **state)
{
    static const struct {
        int status;
        const char *method, *headers, *body;
    } cases[] = {
        {422, "POST", ours, ""},
        {422, "POST", ours, "name=home"},
        {422, "POST", ours, "passphrase=12345678"},
        {422, "POST", ours, "name=&passphrase=12345678"},
        {422, "POST", ours, "name=home&passphrase=short"},
        {422, "POST", ours, "name=123456789012345678901234567890123&passphrase=12345678"},
        {422, "POST", ours, "name=a%00b&passphrase=12345678"},
        {422, "POST", ours, "name=a%4&passphrase=12345678"},
        {422, "POST", ours, "name=a%zz&passphrase=12345678"},
        {422, "POST", ours, "names=home&xpassphrase=12345678"},
        {422, "POST", ours, "network=nonesuch"},
        {422, "POST", ours, "network=no"},
        {403, "POST", "Origin: http://elsewhere.example\r\n", "name=home&passphrase=12345678"},
        {405, "PUT", ours, "name=home&passphrase=12345678"},
    };
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(cases); i++) {
        const int status = ask(cases[i].method, cases[i].headers, cases[i].body);
        if (status != cases[i].status)
            fail_msg("%s %s: %s", cases[i].method, cases[i].body, client_answer);
        assert_string_equal(kept().name, "");
        assert_false(kept().is_unneeded);
    }
    char much[700];
    memset(much, 'x', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    memcpy(much, "name=home&passphrase=", 21);
    assert_int_equal(ask("POST", ours, much), 413);
    assert_string_equal(kept().name, "");
    assert_false(host_timer_restarts_within_ms(5000));
}

static void a_name_of_another_site_is_not_answered(void **state)
{
    static const char text[] = "GET /wifi HTTP/1.1\r\nHost: rebound.example\r\n\r\n";
    (void)state;
    assert_int_equal(client_ask(text), 403);
}

static void what_the_flash_refuses_can_be_tried_again(void **state)
{
    (void)state;
    host_nvs_fail_at(1);
    assert_int_equal(ask("POST", ours, "name=home&passphrase=12345678"), 503);
    assert_false(host_timer_restarts_within_ms(5000));
    assert_int_equal(ask("POST", ours, "name=home&passphrase=12345678"), 200);
    assert_string_equal(kept().name, "home");
}

static void a_closed_access_point_refuses_all(void **state)
{
    (void)state;
    host_timer_pass_ms(VB_WIFI_OPEN_S * 1000);
    assert_int_equal(ask("GET", "", ""), 404);
    assert_int_equal(ask("POST", ours, "name=home&passphrase=12345678"), 404);
    assert_string_equal(kept().name, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_network_is_chosen_and_the_board_starts_anew, open_board),
        cmocka_unit_test_setup(the_country_may_be_said_as_well, open_board),
        cmocka_unit_test_setup(a_transmitter_may_do_without_a_network, open_board),
        cmocka_unit_test(a_receiver_may_not),
        cmocka_unit_test_setup(what_cannot_be_is_refused_and_nothing_is_stored, open_board),
        cmocka_unit_test_setup(a_name_of_another_site_is_not_answered, open_board),
        cmocka_unit_test_setup(what_the_flash_refuses_can_be_tried_again, open_board),
        cmocka_unit_test_setup(a_closed_access_point_refuses_all, open_board),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
