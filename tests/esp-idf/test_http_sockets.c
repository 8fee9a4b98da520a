/* WebSockets of the board's web server. */
#include "esp-idf/voltbeacon/idf_clock.h"
#include "host/host_clock.h"
#include "http_bench.h"

static struct http_bench *bench;

static int start(void **state)
{
    (void)state;
    host_http_tell_handshakes(true);
    client_address = 1;
    bench = bench_start(NULL, true);
    return 0;
}

/* ESP-IDF 5.5.5, 6.0.1 and later. */
static int start_untold(void **state)
{
    const int err = start(state);
    host_http_tell_handshakes(false);
    return err;
}

static void assert_next_is(int fd, uint32_t sequence)
{
    char expected[40];
    snprintf(expected, sizeof expected, "\"sequence\":%u,", sequence);
    (void)client_message(fd);
    assert_answer_has(expected);
}

/* ---- Who may ---- */

static void an_upgrade_from_elsewhere_or_to_elsewhere_is_refused_before_101(void **state)
{
    static const struct {
        int status;
        const char *rest;
    } cases[] = {
        {403, "/ws/state HTTP/1.1\r\n" CLIENT_HOST "Origin: http://evil.example\r\n"},
        {403, "/ws/state HTTP/1.1\r\n" CLIENT_HOST "Origin: null\r\n"},
        {403, "/ws/state HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n"},
        {400, "/ws/state HTTP/1.1\r\n"},
        {404, "/ws/other HTTP/1.1\r\n" CLIENT_HOST},
        {400, "/ws/cells?mac=nonsense HTTP/1.1\r\n" CLIENT_HOST},
        {400, "/ws/state HTTP/1.1\r\n" CLIENT_HOST "Sec-WebSocket-Protocol: other\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        int fd;
        const int status = client_upgrade(cases[i].rest, 0, &fd);
        if (status != cases[i].status)
            fail_msg("%s: %s", cases[i].rest, client_answer);
        assert_true(client_is_closed(fd));
        close(fd);
    }
    assert_int_equal(bench_clients(bench), 0);
}

static void a_handshake_that_is_not_sound_is_refused(void **state)
{
    static const char *const headers[] = {
        "", "Sec-WebSocket-Version: 13\r\n",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n",
        "Sec-WebSocket-Key: c2hvcnQ=\r\nSec-WebSocket-Version: 13\r\n"};
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(headers); i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "GET /ws/state HTTP/1.1\r\n" CLIENT_HOST
                 "Upgrade: websocket\r\nConnection: Upgrade\r\n%s\r\n",
                 headers[i]);
        assert_int_equal(client_ask(text), 400);
    }
    assert_int_equal(bench_clients(bench), 0);
    assert_int_equal(client_ask("GET /ws/state HTTP/1.1\r\n" CLIENT_HOST "\r\n"), 426);
    assert_int_equal(client_ask("POST /ws/state HTTP/1.1\r\n" CLIENT_HOST "\r\n"), 426);
}

/* As many as there are, each two from an address of their own. */
static void fill(int fds[VB_HTTP_SOCKETS])
{
    for (unsigned i = 0; i < VB_HTTP_SOCKETS; i++) {
        client_address = (uint8_t)(2 + i / 2);
        fds[i] = client_socket("/ws/cells");
    }
    client_address = 1;
}

static void a_ninth_is_told_that_there_is_no_place_until_one_goes(void **state)
{
    int fds[VB_HTTP_SOCKETS], fd;
    (void)state;
    fill(fds);
    assert_int_equal(client_upgrade("/ws/cells HTTP/1.1\r\n" CLIENT_HOST, 0, &fd), 503);
    assert_answer_has("as this receiver can serve");
    close(fd);
    close(fds[3]);
    assert_true(bench_has_clients(bench, VB_HTTP_SOCKETS - 1));
    fds[3] = client_socket("/ws/cells");
    bench_reading(bench, 1);
    for (unsigned i = 0; i < VB_HTTP_SOCKETS; i++) {
        assert_next_is(fds[i], 1);
        close(fds[i]);
    }
}

static void one_address_does_not_take_the_places_of_others(void **state)
{
    int fds[VB_HTTP_PEER_SOCKETS], fd;
    (void)state;
    for (unsigned i = 0; i < VB_HTTP_PEER_SOCKETS; i++)
        fds[i] = client_socket("/ws/cells");
    assert_int_equal(client_upgrade("/ws/cells HTTP/1.1\r\n" CLIENT_HOST, 0, &fd), 503);
    assert_answer_has("at your address");
    assert_true(client_is_closed(fd));
    close(fd);
    assert_int_equal(bench_clients(bench), VB_HTTP_PEER_SOCKETS);
    client_address = 2;
    const int other = client_socket("/ws/cells");
    client_address = 1;
    close(fds[0]);
    assert_true(bench_has_clients(bench, VB_HTTP_PEER_SOCKETS));
    fds[0] = client_socket("/ws/cells");
    bench_reading(bench, 1);
    assert_next_is(other, 1);
    for (unsigned i = 0; i < VB_HTTP_PEER_SOCKETS; i++)
        close(fds[i]);
    close(other);
}

static bool comes_to_connections(unsigned count)
{
    for (unsigned waited = 0; waited < 6000 && host_http_connections() != count; waited++)
        usleep(10000);
    return host_http_connections() == count;
}

/* They are held open, as browsers do in advance, and leave no place; soon there is one again. */
static void connections_without_a_request_are_closed_and_websockets_are_not(void **state)
{
    int fds[VB_HTTP_SOCKETS], others[8];
    (void)state;
    fill(fds);
    for (unsigned i = 0; i < VB_COUNT_OF(others); i++)
        others[i] = client_connect(0);
    assert_true(comes_to_connections(VB_HTTP_CONNECTIONS));
    /* Some wait for a place themselves, so this takes a few turns. */
    for (unsigned turn = 0; turn < 30 && host_http_connections() != VB_HTTP_SOCKETS; turn++) {
        host_clock_skip_ms(VB_HTTP_STALLED_MS);
        bench_turn(bench);
        usleep(100000);
    }
    assert_int_equal(host_http_connections(), VB_HTTP_SOCKETS);
    for (unsigned i = 0; i < VB_COUNT_OF(others); i++) {
        assert_true(client_is_closed(others[i]));
        close(others[i]);
    }
    bench_reading(bench, 1);
    for (unsigned i = 0; i < VB_HTTP_SOCKETS; i++) {
        assert_next_is(fds[i], 1);
        close(fds[i]);
    }
}

/* ---- What they are sent ---- */

static void state_is_told_from_the_first_message_on(void **state)
{
    static const unsigned char hello[] = {0x81, 0x82, 0, 0, 0, 0, 'h', 'i'};
    unsigned count = 0, sections = 0;
    (void)state;
    const int fd = client_socket("/ws/state");
    /* Nobody turns the device meanwhile. */
    (void)client_message(fd);
    assert_answer_has("{\"type\":\"receiver\"");
    while (strcmp(client_message(fd), "{\"type\":\"ready\"}") != 0)
        count++;
    for (uint8_t i = 0; i < vb_section_count; i++)
        sections += vb_sections[i].owner == VB_OWNER_TRANSMITTER;
    assert_int_equal(count, 2 * (1 + sections)); /* each transmitter, then its sections */
    client_send(fd, hello, sizeof hello);        /* what a client says is ignored */
    (void)xSemaphoreTake(bench->lock, portMAX_DELAY);
    fixture_change(&bench->fixture, VB_EVENT_BEACON, 0, 0);
    (void)xSemaphoreGive(bench->lock);
    bench_turn(bench);
    (void)client_message(fd);
    assert_answer_has("{\"type\":\"transmitter\"");
    close(fd);
    assert_true(bench_has_clients(bench, 0));
}

static unsigned long sequence_told(void)
{
    const char *at = strstr(client_answer, "\"sequence\":");
    assert_non_null(at);
    return strtoul(at + sizeof "\"sequence\":" - 1, NULL, 10);
}

static void a_client_that_does_not_answer_pings_gets_the_newest_later(void **state)
{
    unsigned pings = 0, messages = 0;
    (void)state;
    const int lazy = client_socket("/ws/cells");
    const int quick = client_socket("/ws/cells?mac=" FIXTURE_MAC);
    for (uint32_t sequence = 1; sequence <= 200; sequence++) {
        bench_reading(bench, sequence);
        assert_next_is(quick, sequence);
    }
    while (messages < 20) {
        const unsigned char first = client_frame(lazy);
        assert_int_not_equal(first, 0);
        pings += first == 0x89;
        messages += first == 0x81;
    }
    assert_in_range(sequence_told(), 20, 40); /* it stopped there; a busy server skips some */
    assert_int_equal(pings, 1);
    client_control(lazy, 0xa, "v", 1);
    (void)client_message(lazy);
    assert_answer_has("\"sequence\":200,");
    close(lazy);
    close(quick);
}

/* Its TCP takes nothing any more: its place and its memory are others'. */
static void a_client_that_takes_nothing_is_dropped_and_holds_nobody_up(void **state)
{
    static const char big[] = "/ws/state HTTP/1.1\r\n" CLIENT_HOST;
    int stuck;
    (void)state;
    assert_int_equal(client_upgrade(big, 1, &stuck), 101);
    const int quick = client_socket("/ws/cells");
    const uint32_t from_ms = vb_idf_now_ms();
    for (uint32_t sequence = 0; sequence < 600 && bench_clients(bench) == 2; sequence++) {
        (void)xSemaphoreTake(bench->lock, portMAX_DELAY);
        fixture_change(&bench->fixture, VB_EVENT_ADOPTED, 0, 0); /* all is told again */
        (void)xSemaphoreGive(bench->lock);
        bench_reading(bench, sequence);
        assert_next_is(quick, sequence);
        usleep(100000);
    }
    assert_int_equal(bench_clients(bench), 1);
    assert_true(vb_idf_now_ms() - from_ms >= VB_HTTP_STALLED_MS);
    close(quick);
    close(stuck);
}

static void one_that_is_gone_without_a_word_is_dropped(void **state)
{
    (void)state;
    const int fd = client_socket("/ws/cells");
    assert_true(bench_has_clients(bench, 1));
    host_clock_skip_ms(VB_HTTP_PING_MS);
    bench_turn(bench);
    assert_int_equal(client_frame(fd), 0x89);
    client_control(fd, 0xa, "v", 1); /* it is there */
    client_control(fd, 0x9, "", 0);
    assert_int_equal(client_frame(fd), 0x8a); /* so what it said before has been taken */
    host_clock_skip_ms(VB_HTTP_SILENT_MS - 1000);
    bench_turn(bench);
    assert_int_equal(client_frame(fd), 0x89);
    assert_int_equal(bench_clients(bench), 1);
    host_clock_skip_ms(1000);
    assert_true(bench_has_clients(bench, 0));
    assert_true(client_is_closed(fd));
    close(fd);
}

static void has_got_there(void *ctx)
{
    __atomic_store_n((bool *)ctx, true, __ATOMIC_RELEASE);
}

/* What was queued for the server is done: what is lost next is what comes next. */
static void settle(void)
{
    bool done = false;
    assert_int_equal(httpd_queue_work(bench->server.handle, has_got_there, &done), ESP_OK);
    while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
        usleep(1000);
}

static void a_round_that_got_lost_is_made_up_for(void **state)
{
    (void)state;
    const int fd = client_socket("/ws/cells");
    bench_reading(bench, 1);
    assert_next_is(fd, 1);
    settle();
    host_http_lose_work(1);
    bench_reading(bench, 2);
    host_clock_skip_ms(1000);
    bench_turn(bench);
    assert_next_is(fd, 2);
    close(fd);
}

static void an_end_that_got_lost_is_made_up_for(void **state)
{
    (void)state;
    const int fd = client_socket("/ws/cells");
    bench_reading(bench, 1);
    assert_next_is(fd, 1);
    settle();
    host_http_lose_work(1);
    client_control(fd, 0x8, "", 0);
    assert_int_equal(client_frame(fd), 0x88);
    usleep(100000);
    bench_turn(bench);
    assert_int_equal(bench_clients(bench), 1);
    host_clock_skip_ms(VB_HTTP_ANSWER_MS_MAX);
    assert_true(bench_has_clients(bench, 0));
    close(fd);
}

/* ---- Whoever comes after one that has gone ---- */

/* The server's task is held while it does this, so that what happens meanwhile comes at once. */
static void hold_server(void *ctx)
{
    while (__atomic_load_n((bool *)ctx, __ATOMIC_ACQUIRE))
        usleep(1000);
}

static void do_nothing(void *ctx)
{
    (void)ctx;
}

/* Some come, and ask for a WebSocket, while another's connection is ended by both sides: one of
 * them gets that one's place in the server's table. */
static void assert_newcomers_are_served(int gone)
{
    static const char ask[] = "GET /ws/cells HTTP/1.1\r\n" CLIENT_HOST CLIENT_HANDSHAKE "\r\n";
    int fds[5];
    bool is_held = true;
    assert_int_equal(httpd_queue_work(bench->server.handle, hold_server, &is_held), ESP_OK);
    usleep(50000);
    host_clock_skip_ms(VB_HTTP_STALLED_MS);
    bench_reading(bench, 2);
    assert_int_equal(httpd_queue_work(bench->server.handle, do_nothing, NULL), ESP_OK);
    close(gone);
    for (unsigned i = 0; i < VB_COUNT_OF(fds); i++) {
        client_address = (uint8_t)(2 + i);
        fds[i] = client_connect(0);
        client_send(fds[i], ask, sizeof ask - 1);
    }
    __atomic_store_n(&is_held, false, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < VB_COUNT_OF(fds); i++) {
        assert_true(client_take_head(fds[i]));
        assert_int_equal(strtol(client_answer + 9, NULL, 10), 101);
        assert_next_is(fds[i], 2);
    }
    usleep(100000);
    bench_reading(bench, 3);
    for (unsigned i = 0; i < VB_COUNT_OF(fds); i++) {
        assert_next_is(fds[i], 3);
        close(fds[i]);
    }
}

static void a_client_is_not_closed_for_a_dropped_one_whose_place_it_has(void **state)
{
    (void)state;
    const int gone = client_socket("/ws/cells");
    bench_reading(bench, 1);
    usleep(100000); /* it is there unread: the end comes as a reset */
    assert_newcomers_are_served(gone);
}

static void a_client_is_not_closed_for_one_that_said_goodbye(void **state)
{
    (void)state;
    const int gone = client_socket("/ws/cells");
    client_control(gone, 0x8, "", 0);
    assert_newcomers_are_served(gone);
}

static void a_client_is_not_closed_for_an_idle_one_whose_place_it_has(void **state)
{
    (void)state;
    const int gone = client_connect(0);
    assert_true(comes_to_connections(1));
    assert_newcomers_are_served(gone);
}

/* ---- What they say ---- */

static void a_ping_and_a_close_are_answered(void **state)
{
    static const char code[] = {0x03, (char)0xe8};
    (void)state;
    const int fd = client_socket("/ws/cells");
    client_control(fd, 0x9, "are you there", 13);
    assert_int_equal(client_frame(fd), 0x8a);
    assert_string_equal(client_answer, "are you there");
    client_control(fd, 0x8, code, sizeof code);
    assert_int_equal(client_frame(fd), 0x88);
    assert_memory_equal(client_answer, code, sizeof code);
    assert_true(client_is_closed(fd));
    close(fd);
    assert_true(bench_has_clients(bench, 0));
}

static void what_nobody_would_say_ends_the_connection(void **state)
{
    static const unsigned char bare[] = {0x81, 0x02, 'h', 'i'}; /* not masked */
    static const unsigned char big[] = {0x81, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0};
    (void)state;
    const int first = client_socket("/ws/cells");
    client_send(first, bare, sizeof bare);
    assert_true(client_is_closed(first));
    const int second = client_socket("/ws/cells");
    client_send(second, big, sizeof big);
    assert_true(client_is_closed(second));
    close(first);
    close(second);
    assert_true(bench_has_clients(bench, 0));
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_upgrade_from_elsewhere_or_to_elsewhere_is_refused_before_101),
        TEST(a_handshake_that_is_not_sound_is_refused),
        TEST(a_ninth_is_told_that_there_is_no_place_until_one_goes),
        TEST(one_address_does_not_take_the_places_of_others),
        TEST(connections_without_a_request_are_closed_and_websockets_are_not),
        TEST(state_is_told_from_the_first_message_on),
        cmocka_unit_test_setup(state_is_told_from_the_first_message_on, start_untold),
        TEST(a_client_that_does_not_answer_pings_gets_the_newest_later),
        TEST(a_client_that_takes_nothing_is_dropped_and_holds_nobody_up),
        TEST(one_that_is_gone_without_a_word_is_dropped),
        TEST(a_round_that_got_lost_is_made_up_for),
        TEST(an_end_that_got_lost_is_made_up_for),
        TEST(a_client_is_not_closed_for_a_dropped_one_whose_place_it_has),
        TEST(a_client_is_not_closed_for_one_that_said_goodbye),
        TEST(a_client_is_not_closed_for_an_idle_one_whose_place_it_has),
        TEST(a_ping_and_a_close_are_answered),
        TEST(what_nobody_would_say_ends_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
