/* Requests to the board's web server: pages, API, and the page on which a network is chosen. */
#include <freertos/task.h>

#include "esp-idf/voltbeacon/nvs_keys.h"
#include "esp-idf/voltbeacon/wifi_page.h"
#include "host/host_http.h"
#include "host/host_nvs.h"
#include "host/host_timer.h"
#include "host/host_wifi.h"
#include "http_bench.h"

#define GZIP "Accept-Encoding: gzip, deflate\r\n"

static struct http_bench *bench;

static int start(void **state)
{
    (void)state;
    bench = bench_start(NULL, true);
    return 0;
}

/* ---- Pages ---- */

static void a_page_comes_gzipped_with_its_policy_and_can_be_kept(void **state)
{
    (void)state;
    assert_int_equal(client_ask("GET / HTTP/1.1\r\n" CLIENT_HOST GZIP "\r\n"), 200);
    assert_string_equal(client_body(), "<page>");
    assert_answer_has("\r\nContent-Security-Policy: default-src 'self';");
    assert_answer_has("\r\nContent-Encoding: gzip\r\n");
    assert_answer_has("\r\nCache-Control: no-cache\r\n");
    assert_int_equal(client_ask("GET /elsewhere HTTP/1.1\r\n" CLIENT_HOST GZIP "\r\n"), 404);
    assert_string_equal(client_body(), "<page>");
    assert_int_equal(
        client_ask("GET / HTTP/1.1\r\n" CLIENT_HOST GZIP "If-None-Match: \"e1\"\r\n\r\n"), 304);
    assert_string_equal(client_body(), "");
    assert_int_equal(client_ask("HEAD / HTTP/1.1\r\n" CLIENT_HOST GZIP "\r\n"), 200);
    assert_answer_has("\r\nContent-Length: 6\r\n");
    assert_int_equal(client_ask("GET /assets/app-1.js HTTP/1.1\r\n" CLIENT_HOST GZIP "\r\n"), 200);
    assert_answer_has("\r\nCache-Control: public, max-age=31536000, immutable\r\n");
    assert_memory_equal(client_body(), bench_big, sizeof bench_big);
}

/* At a start other tasks may take the processor for seconds. */
static void nobody_is_answered_before_there_are_pages(void **state)
{
    (void)state;
    assert_int_equal(host_http_late_handlers(), 0);
    assert_int_equal(uxTaskPriorityGet(NULL), 1);
}

static void a_page_is_refused_to_whoever_cannot_have_it(void **state)
{
    (void)state;
    assert_int_equal(client_ask("GET / HTTP/1.1\r\n" CLIENT_HOST "\r\n"), 406);
    assert_answer_has("gzipped only");
    assert_int_equal(client_ask("POST / HTTP/1.1\r\n" CLIENT_HOST GZIP "\r\n"), 405);
    assert_int_equal(client_ask("GET /gone.js HTTP/1.1\r\n" CLIENT_HOST GZIP "\r\n"), 404);
    assert_int_equal(client_ask("GET / HTTP/1.1\r\nHost: rebound.example\r\n" GZIP "\r\n"), 403);
    assert_int_equal(client_ask("GET / HTTP/1.1\r\n" GZIP "\r\n"), 400);
    (void)bench_start(NULL, false);
    assert_int_equal(client_ask("GET / HTTP/1.1\r\n" CLIENT_HOST GZIP "\r\n"), 404);
    assert_answer_has("built without pages");
}

static void the_connection_ends_with_the_answer(void **state)
{
    (void)state;
    const int fd = client_connect(0);
    assert_int_equal(client_ask_on(fd, "GET / HTTP/1.1\r\n" CLIENT_HOST GZIP "\r\n"), 200);
    assert_answer_has("\r\nConnection: close\r\n");
    assert_true(client_is_closed(fd));
    close(fd);
}

/* As where two browsers open pages at the same time. */
static void more_at_once_than_there_are_places_are_all_answered(void **state)
{
    static const char text[] = "GET / HTTP/1.1\r\n" CLIENT_HOST GZIP "\r\n";
    int fds[VB_HTTP_CONNECTIONS + VB_HTTP_BACKLOG];
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(fds); i++) {
        fds[i] = client_connect(0);
        usleep(1000); /* its request comes a little later */
    }
    for (unsigned i = 0; i < VB_COUNT_OF(fds); i++) {
        assert_int_equal(client_ask_on(fds[i], text), 200);
        close(fds[i]);
    }
}

static void a_refused_body_does_not_take_the_answer_with_it(void **state)
{
    static char text[40000];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    static const char head[] = "PATCH /api/v1/receiver HTTP/1.1\r\n" CLIENT_HOST
                               "Content-Type: application/json\r\nContent-Length: 30000\r\n\r\n";
    memcpy(text, head, sizeof head - 1);
    text[sizeof head - 1 + 30000] = '\0';
    const int fd = client_connect(0);
    char byte;
    assert_int_equal(client_ask_on(fd, text), 413);
    assert_int_equal(recv(fd, &byte, 1, 0), 0); /* no reset, which may overtake the answer */
    close(fd);
}

/* A page goes to one who takes it slowly, and then not at all; readings go on meanwhile. */
static void a_browser_that_takes_nothing_holds_nobody_up(void **state)
{
    static const char text[] = "GET /assets/app-1.js HTTP/1.1\r\n" CLIENT_HOST GZIP "\r\n";
    unsigned late = 0;
    (void)state;
    const int quick = client_socket("/ws/cells");
    const int stuck = client_connect(1);
    client_send(stuck, text, sizeof text - 1);
    for (uint32_t sequence = 1; sequence <= 10; sequence++) {
        const int64_t before_us = esp_timer_get_time();
        bench_reading(bench, sequence);
        (void)client_message(quick);
        late += esp_timer_get_time() - before_us > 500000;
    }
    assert_int_equal(late, 0);
    assert_int_equal(client_ask("GET / HTTP/1.1\r\n" CLIENT_HOST GZIP "\r\n"), 200);
    close(quick);
    close(stuck);
}

/* ---- The API ---- */

static void an_answer_in_pieces_comes_whole(void **state)
{
    (void)state;
    assert_int_equal(client_ask("GET /api/v1/schema HTTP/1.1\r\n" CLIENT_HOST "\r\n"), 200);
    assert_answer_has("\r\nTransfer-Encoding: chunked\r\n");
    assert_answer_has("\r\nCache-Control: no-store\r\n");
    assert_int_equal(client_body()[0], '{');
    assert_int_equal(client_answer[client_answer_size - 1], '}');
    assert_true(strlen(client_body()) > VB_PIECE_BYTES_MAX);
    assert_int_equal(client_ask("HEAD /api/v1/schema HTTP/1.1\r\n" CLIENT_HOST "\r\n"), 200);
}

static void the_device_is_told_of_changes_alone(void **state)
{
    static const char edit[] =
        "PATCH /api/v1/transmitters/" FIXTURE_MAC "/sections/mqtt HTTP/1.1\r\n" CLIENT_HOST
        "Content-Type: application/json\r\n"
        "Content-Length: 13\r\n\r\n{\"port\":8883}";
    (void)state;
    assert_int_equal(client_ask("GET /api/v1/receiver HTTP/1.1\r\n" CLIENT_HOST "\r\n"), 200);
    assert_int_equal(__atomic_load_n(&bench->changes, __ATOMIC_ACQUIRE), 0);
    assert_in_range(client_ask(edit), 200, 499);
    assert_int_equal(__atomic_load_n(&bench->changes, __ATOMIC_ACQUIRE), 1);
}

/* ---- Beside the choice of a network ---- */

static void the_choice_of_a_network_and_the_api_share_a_port(void **state)
{
    static const struct vb_mac mac = {{2, 0, 0, 0, 0, 1}};
    static const struct vb_wifi_network none = {.name = ""};
    static struct vb_wifi wifi;
    static struct vb_wifi_page page;
    static const char choice[] = "POST /wifi HTTP/1.1\r\n" CLIENT_HOST
                                 "Origin: http://127.0.0.1\r\nContent-Length: 29\r\n\r\n"
                                 "name=home&passphrase=12345678";
    (void)state;
    host_wifi_reset();
    host_timer_reset();
    host_nvs_make("nvs", 0x10000);
    assert_int_equal(vb_nvs_start("nvs"), ESP_OK);
    assert_int_equal(vb_wifi_start(&wifi, &none, &mac), ESP_OK);
    assert_int_equal(vb_wifi_page_init(&page, &wifi, "nvs", true), ESP_OK);
    (void)bench_start(&page, true);
    assert_int_equal(client_ask("GET /wifi HTTP/1.1\r\n" CLIENT_HOST "\r\n"), 200);
    assert_answer_has("<form method=post>");
    assert_int_equal(client_ask("GET / HTTP/1.1\r\n" CLIENT_HOST GZIP "\r\n"), 200);
    assert_string_equal(client_body(), "<page>");
    assert_int_equal(client_ask("GET /api/v1/receiver HTTP/1.1\r\n" CLIENT_HOST "\r\n"), 200);
    assert_int_equal(client_ask(choice), 200);
    assert_true(host_timer_restarts_within_ms(2000));
    host_timer_pass_ms(VB_WIFI_OPEN_S * 1000);
    assert_int_equal(client_ask("GET /wifi HTTP/1.1\r\n" CLIENT_HOST "\r\n"), 404);
    assert_int_equal(client_ask("GET /api/v1/receiver HTTP/1.1\r\n" CLIENT_HOST "\r\n"), 200);
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_page_comes_gzipped_with_its_policy_and_can_be_kept),
        TEST(nobody_is_answered_before_there_are_pages),
        TEST(a_page_is_refused_to_whoever_cannot_have_it),
        TEST(the_connection_ends_with_the_answer),
        TEST(more_at_once_than_there_are_places_are_all_answered),
        TEST(a_refused_body_does_not_take_the_answer_with_it),
        TEST(a_browser_that_takes_nothing_holds_nobody_up),
        TEST(an_answer_in_pieces_comes_whole),
        TEST(the_device_is_told_of_changes_alone),
        TEST(the_choice_of_a_network_and_the_api_share_a_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
