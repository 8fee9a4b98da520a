/* The web server on real sockets. One thread: the loop is turned between what the client does. */
#include <errno.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../fixtures/api_bench.h"
#include "../fixtures/sample_reading.h"
#include "embed/web_assets.h"
#include "linux/loop/loop.h"
#include "linux/system/cause.h"
#include "linux/web/web_server.h"

enum { ANSWER_SIZE = 400000, PATIENCE_MS = 3000, BIG_SIZE = 300000, CONNECTIONS = 20 };

#define HOST "Host: 127.0.0.1\r\n"
#define GZIP "Accept-Encoding: gzip, deflate\r\n"
#define HANDSHAKE                                   \
    "Upgrade: websocket\r\nConnection: Upgrade\r\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

static uint8_t big_file[BIG_SIZE];
static const uint8_t page[] = "<page>";
static const uint8_t plain[] = "<plain page>";
static const struct vb_asset assets[] = {
    {"/index.html",
     "text/html; charset=utf-8",
     {"\"e1\"", page, sizeof page - 1},
     {"\"p1\"", plain, sizeof plain - 1},
     false},
    {"/assets/app-1.js",
     "text/javascript",
     {"\"e2\"", big_file, sizeof big_file},
     {"\"p2\"", big_file, sizeof big_file},
     true},
};

static struct api_fixture fixture;
static struct vb_push push;
static struct vb_loop *loop;
static struct vb_web *web;
static char answer[ANSWER_SIZE + 1];

/* "/cells/" and a number; and no others. */
static const char *const views[] = {"/", "/settings", "/monitoring", "/cells/*"};

static void turn(void)
{
    lws_service(vb_loop_lws(loop), -1);
    vb_web_wake(web);
}

static int start(void **state)
{
    (void)state;
    const struct vb_web_options options = {.pages = {.assets = assets,
                                                     .asset_count = VB_COUNT_OF(assets),
                                                     .views = views,
                                                     .view_count = VB_COUNT_OF(views)},
                                           .connections_max = CONNECTIONS,
                                           .peer_connections_max = CONNECTIONS - 2,
                                           .request_timeout_ms = 300,
                                           .idle_timeout_ms = 600};
    char error[160] = "";
    for (size_t i = 0; i < sizeof big_file; i++)
        big_file[i] = (uint8_t)(i * 7 + i / 251);
    fixture_init(&fixture);
    vb_push_init(&push, &fixture.api);
    loop = vb_loop_create();
    assert_non_null(loop);
    web = vb_web_start(loop, &fixture.api, &push, "127.0.0.1:0", &options, error, sizeof error);
    if (web == NULL)
        fail_msg("%s", error);
    assert_int_not_equal(vb_web_port(web), 0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    vb_web_stop(web);
    vb_loop_destroy(loop);
    vb_web_destroy(web);
    assert_null(push.clients);
    return 0;
}

/* ---- A client ---- */

/* By another address of this machine, as another one would come. */
static int client_from(in_addr_t address, bool other)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = address};
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(vb_web_port(web)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (other)
        assert_int_equal(bind(fd, (const struct sockaddr *)&from, sizeof from), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static int client_connect(void)
{
    return client_from(0, false);
}

static void client_send(int fd, const char *bytes, size_t size)
{
    const uint32_t begun = vb_now_ms();
    for (size_t at = 0; at < size && vb_now_ms() - begun < PATIENCE_MS;) {
        const ssize_t sent = send(fd, bytes + at, size - at, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return; /* refused and closed before all was sent */
        at += sent > 0 ? (size_t)sent : 0;
        turn();
    }
}

/* Whether answer[0..size) holds a whole response. */
static bool is_whole(size_t size, bool head_only)
{
    answer[size] = '\0';
    const char *end = strstr(answer, "\r\n\r\n");
    const char *length = strstr(answer, "Content-Length: ");
    if (end == NULL)
        return false;
    if (head_only || strncmp(answer + 9, "304", 3) == 0 || strncmp(answer + 9, "101", 3) == 0)
        return true;
    return length != NULL && length < end &&
           size >= (size_t)(end + 4 - answer) + strtoul(length + 16, NULL, 10);
}

/* Reads one response; "" when the server closes without one. *closed when it ends the connection.
 */
static size_t client_read(int fd, bool head_only, bool *closed)
{
    const uint32_t begun = vb_now_ms();
    size_t size = 0;
    *closed = false;
    while (!is_whole(size, head_only) && vb_now_ms() - begun < PATIENCE_MS) {
        turn();
        const ssize_t got = recv(fd, answer + size, ANSWER_SIZE - size, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            *closed = true;
            break;
        }
        size += got > 0 ? (size_t)got : 0;
    }
    answer[size] = '\0';
    return size;
}

static bool closes(int fd)
{
    const uint32_t begun = vb_now_ms();
    while (vb_now_ms() - begun < PATIENCE_MS) {
        char byte;
        turn();
        const ssize_t got = recv(fd, &byte, 1, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            return true;
    }
    return false;
}

/* Sends bytes on a connection of its own and reads the answer. */
static const char *exchange_bytes(const char *bytes, size_t size)
{
    bool closed;
    const int fd = client_connect();
    client_send(fd, bytes, size);
    client_read(fd, strncmp(bytes, "HEAD", 4) == 0, &closed);
    close(fd);
    turn();
    return answer;
}

static const char *exchange(const char *text)
{
    return exchange_bytes(text, strlen(text));
}

#define assert_status(text, status)                            \
    do {                                                       \
        if (strncmp((text), "HTTP/1.1 " #status " ", 13) != 0) \
            fail_msg("not " #status ": %.300s", (text));       \
    } while (0)
#define assert_has(text, part)                                \
    do {                                                      \
        if (strstr((text), (part)) == NULL)                   \
            fail_msg("%s is not in %.1500s", (part), (text)); \
    } while (0)

static void assert_still_serves(void)
{
    assert_status(exchange("GET /api/v1/receiver HTTP/1.1\r\n" HOST "\r\n"), 200);
}

static unsigned refused(enum vb_web_refusal refusal)
{
    return vb_web_refused(web, refusal);
}

/* ---- Starting ---- */

static void a_port_in_use_is_said_so(void **state)
{
    (void)state;
    const struct vb_web_options options = {.connections_max = 0};
    char address[32];
    char error[160];
    snprintf(address, sizeof address, "127.0.0.1:%u", vb_web_port(web));
    assert_null(vb_web_start(loop, &fixture.api, &push, address, &options, error, sizeof error));
    assert_has(error, "is in use by another program");
    static const char *const wrong[] = {
        "",        "8080",          "127.0.0.1", "127.0.0.1:", "[::1:80",
        "local:1", "1.2.3.4:70000", ":80",       "[]:80",      "127.0.0.1:8x"};
    for (size_t i = 0; i < VB_COUNT_OF(wrong); i++) {
        assert_null(
            vb_web_start(loop, &fixture.api, &push, wrong[i], &options, error, sizeof error));
        assert_has(error, "is not an address to listen on");
    }
}

/* ---- Malformed requests ---- */

static void a_length_that_is_not_one_number_is_refused(void **state)
{
    (void)state;
    static const char *const lengths[] = {"Content-Length: 5\r\nContent-Length: 5",
                                          "Content-Length: 5, 5",
                                          "Content-Length: -5",
                                          "Content-Length: +5",
                                          "Content-Length: 0x5",
                                          "Content-Length: 5 5",
                                          "Content-Length: 99999999999999999999",
                                          "Content-Length: five"};
    for (size_t i = 0; i < VB_COUNT_OF(lengths); i++) {
        char text[256];
        snprintf(text, sizeof text, "PATCH /api/v1/receiver HTTP/1.1\r\n" HOST "%s\r\n\r\nhello",
                 lengths[i]);
        assert_status(exchange(text), 400);
        assert_has(answer, "Content-Length is malformed");
        assert_int_equal(refused(VB_WEB_REFUSED_LENGTH), i + 1);
    }
    assert_still_serves();
}

static void a_body_without_a_length_is_411_and_hangs_nobody(void **state)
{
    (void)state;
    static const char *const methods[] = {"POST", "PUT", "PATCH"};
    for (size_t i = 0; i < VB_COUNT_OF(methods); i++) {
        char text[160];
        snprintf(text, sizeof text, "%s /api/request_x HTTP/1.1\r\n" HOST "\r\n", methods[i]);
        assert_status(exchange(text), 411);
        assert_has(answer, "Connection: close");
    }
    assert_status(exchange("PATCH /api/v1/receiver HTTP/1.1\r\n" HOST
                           "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
                  411);
    assert_status(exchange("PATCH /api/v1/receiver HTTP/1.1\r\n" HOST
                           "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"),
                  411);
    assert_int_equal(refused(VB_WEB_REFUSED_LENGTH_MISSING), 5);
    assert_still_serves();
}

static void an_oversized_body_is_413(void **state)
{
    (void)state;
    static char text[600000];
    const int head =
        snprintf(text, sizeof text,
                 "PATCH /api/v1/receiver HTTP/1.1\r\n" HOST "Content-Length: 500000\r\n\r\n");
    memset(text + head, 'x', 500000);
    assert_status(exchange_bytes(text, (size_t)head + 500000), 413);
    assert_int_equal(refused(VB_WEB_REFUSED_TOO_LARGE), 1);
    assert_still_serves();
}

static void a_get_with_a_body_is_refused(void **state)
{
    (void)state;
    assert_status(exchange("GET /api/v1/receiver HTTP/1.1\r\n" HOST
                           "Content-Length: 30\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n     "),
                  400);
    assert_int_equal(refused(VB_WEB_REFUSED_BODY), 1);
    assert_still_serves();
}

static void a_missing_or_doubled_host_is_refused_G0(void **state)
{
    (void)state;
    assert_status(exchange("GET / HTTP/1.1\r\n\r\n"), 400);
    assert_status(exchange("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 403);
    assert_status(exchange("GET /api/v1/receiver HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 403);
    assert_int_equal(refused(VB_WEB_REFUSED_SITE), 3);
    assert_status(exchange("GET / HTTP/1.1\r\n" HOST "Host: evil.example\r\n\r\n"), 400);
    assert_int_equal(refused(VB_WEB_REFUSED_HEADER), 1);
    assert_still_serves();
}

static void a_header_of_10000_bytes_does_no_harm(void **state)
{
    (void)state;
    static char text[12000];
    const int head = snprintf(text, sizeof text, "GET / HTTP/1.1\r\n" HOST "X-Long: ");
    memset(text + head, 'a', 10000);
    memcpy(text + head + 10000, "\r\n\r\n", 4);
    exchange_bytes(text, (size_t)head + 10004);
    assert_still_serves();
    snprintf(text, sizeof text, "GET /");
    memset(text + 5, 'a', 10000);
    snprintf(text + 10005, sizeof text - 10005, " HTTP/1.1\r\n" HOST "\r\n");
    exchange(text);
    assert_still_serves();
}

static void noise_does_no_harm(void **state)
{
    (void)state;
    static const char *const noise[] = {"\r\n\r\n\r\n",
                                        "GET\r\n\r\n",
                                        "GET  HTTP/1.1\r\n\r\n",
                                        "FOO / HTTP/1.1\r\n" HOST "\r\n",
                                        "GET / HTTP/9.9\r\n" HOST "\r\n",
                                        "GET http://evil/ HTTP/1.1\r\n" HOST "\r\n",
                                        "GET /%00 HTTP/1.1\r\n" HOST "\r\n",
                                        "GET /../../etc/passwd HTTP/1.1\r\n" HOST "\r\n",
                                        "CONNECT x:1 HTTP/1.1\r\n" HOST "\r\n",
                                        "OPTIONS * HTTP/1.1\r\n" HOST "\r\n",
                                        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                                        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                                        "GET /api/v1/receiver HTTP/1.1\nHost: 127.0.0.1\n\n"};
    for (size_t i = 0; i < VB_COUNT_OF(noise); i++) {
        const int fd = client_connect();
        client_send(fd, noise[i], strlen(noise[i]));
        for (int n = 0; n < 5; n++)
            turn();
        close(fd);
        turn();
    }
    assert_still_serves();
}

/* ---- Slow and many ---- */

static void a_request_that_never_ends_is_cut_off(void **state)
{
    (void)state;
    static const char *const halves[] = {
        "", "GET / HT", "PATCH /api/v1/receiver HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n{"};
    for (size_t i = 0; i < VB_COUNT_OF(halves); i++) {
        const int fd = client_connect();
        client_send(fd, halves[i], strlen(halves[i]));
        assert_true(closes(fd));
        close(fd);
        assert_int_equal(refused(VB_WEB_REFUSED_TIMEOUT), i + 1);
    }
    assert_still_serves();
}

static void drops_of_a_request_do_not_extend_its_time(void **state)
{
    (void)state;
    const uint32_t begun = vb_now_ms();
    const int fd = client_connect();
    bool open = true;
    while (open && vb_now_ms() - begun < PATIENCE_MS) {
        char byte;
        client_send(fd, "G", 1);
        poll(NULL, 0, 20);
        open = recv(fd, &byte, 1, 0) < 0 && errno == EAGAIN;
    }
    close(fd);
    assert_false(open);
    assert_true(vb_now_ms() - begun < 1500);
    assert_still_serves();
}

static void more_connections_than_there_are_places_are_refused_and_counted(void **state)
{
    (void)state;
    int fds[CONNECTIONS + 5];
    for (size_t i = 0; i < VB_COUNT_OF(fds); i++) {
        fds[i] = i < CONNECTIONS - 2 ? client_connect() : client_from(htonl(0x7f000002), true);
        turn();
    }
    assert_true(closes(fds[CONNECTIONS + 4]));
    assert_int_equal(refused(VB_WEB_REFUSED_CONNECTIONS), 5);
    for (size_t i = 0; i < VB_COUNT_OF(fds); i++)
        close(fds[i]);
    for (int i = 0; i < 2 * CONNECTIONS; i++)
        turn();
    assert_still_serves();
}

static void one_address_that_takes_all_it_gets_leaves_places_to_others(void **state)
{
    (void)state;
    int fds[CONNECTIONS];
    for (size_t i = 0; i < VB_COUNT_OF(fds); i++) {
        fds[i] = client_connect();
        turn();
    }
    assert_int_equal(refused(VB_WEB_REFUSED_CONNECTIONS), 2);
    const int other = client_from(htonl(0x7f000002), true);
    static const char text[] = "GET / HTTP/1.1\r\n" HOST "\r\n";
    bool closed;
    client_send(other, text, strlen(text));
    (void)client_read(other, false, &closed);
    assert_status(answer, 200);
    close(other);
    for (size_t i = 0; i < VB_COUNT_OF(fds); i++)
        close(fds[i]);
}

static void a_second_request_before_a_long_answer_is_out_does_no_harm(void **state)
{
    (void)state;
    static const char both[] = "GET /assets/app-1.js HTTP/1.1\r\n" HOST "\r\n"
                               "GET /assets/app-1.js HTTP/1.1\r\n" HOST "\r\n";
    const int fd = client_connect();
    bool closed;
    client_send(fd, both, strlen(both));
    client_read(fd, false, &closed);
    close(fd);
    turn();
    assert_still_serves();
}

/* ---- Answers ---- */

static void a_connection_serves_one_request_after_the_other(void **state)
{
    (void)state;
    static const char text[] = "GET /api/v1/transmitters HTTP/1.1\r\n" HOST "\r\n";
    const int fd = client_connect();
    bool closed;
    for (int i = 0; i < 20; i++) {
        client_send(fd, text, strlen(text));
        client_read(fd, false, &closed);
        assert_status(answer, 200);
        assert_false(closed);
    }
    close(fd);
}

static void two_requests_in_one_piece_are_both_answered(void **state)
{
    (void)state;
    static const char text[] = "GET /api/transmitter_status HTTP/1.1\r\n" HOST "\r\n"
                               "GET /api/get_mqtt_config HTTP/1.1\r\n" HOST "\r\n";
    const int fd = client_connect();
    const uint32_t begun = vb_now_ms();
    size_t size = 0;
    client_send(fd, text, strlen(text));
    while (vb_now_ms() - begun < PATIENCE_MS && strstr(answer, "password_set") == NULL) {
        turn();
        const ssize_t got = recv(fd, answer + size, ANSWER_SIZE - size, 0);
        size += got > 0 ? (size_t)got : 0;
        answer[size] = '\0';
    }
    close(fd);
    assert_has(answer, "\"status\":\"Connected\"");
    assert_has(answer, "password_set");
}

static void every_answer_carries_the_security_headers(void **state)
{
    (void)state;
    static const char *const paths[] = {"/", "/api/v1/receiver", "/none.js", "/api/none"};
    for (size_t i = 0; i < VB_COUNT_OF(paths); i++) {
        char text[128];
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" HOST "\r\n", paths[i]);
        exchange(text);
        assert_has(answer, "\r\nContent-Security-Policy: default-src 'self'; style-src 'self' "
                           "'unsafe-inline'; frame-ancestors 'none'");
        assert_has(answer, "\r\nX-Content-Type-Options: nosniff\r\n");
        assert_has(answer, "\r\nReferrer-Policy: no-referrer\r\n");
    }
    assert_has(answer, "\r\nCache-Control: no-store\r\n");
}

static void a_head_has_the_length_and_no_body(void **state)
{
    (void)state;
    assert_status(exchange("HEAD /api/v1/receiver HTTP/1.1\r\n" HOST "\r\n"), 200);
    assert_has(answer, "Content-Length: ");
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
}

static void an_empty_post_and_an_empty_patch_are_answered(void **state)
{
    (void)state;
    assert_status(exchange("POST /api/request_mqtt HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"),
                  410);
    assert_status(exchange("PATCH /api/v1/receiver HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"),
                  415);
    assert_status(exchange("DELETE /api/v1/receiver HTTP/1.1\r\n" HOST "\r\n"), 405);
    assert_has(answer, "\r\nAllow: GET, HEAD, PATCH\r\n");
}

static void the_whole_schema_comes_through(void **state)
{
    (void)state;
    assert_status(exchange("GET /api/v1/schema HTTP/1.1\r\n" HOST "\r\n"), 200);
    assert_int_equal(strncmp(answer + strlen(answer) - 4, "}]}]}" + 1, 4), 0);
}

static void a_page_of_the_app_is_the_index_F1(void **state)
{
    (void)state;
    static const char *const paths[] = {"/",         "/settings",  "/monitoring",
                                        "/cells/17", "/settings/", "/cells/999/"};
    for (size_t i = 0; i < VB_COUNT_OF(paths); i++) {
        char text[128];
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" HOST GZIP "\r\n", paths[i]);
        assert_status(exchange(text), 200);
        assert_has(answer, "Content-Encoding: gzip\r\n");
        assert_has(answer, "Cache-Control: no-cache\r\n");
        assert_has(answer, "\r\n\r\n<page>");
    }
    static const char *const none[] = {"/nowhere",    "/settings/receiver", "/cells/",
                                       "/cells/1/2",  "/cells/0",           "/cells/seventeen",
                                       "/cells/1000", "/settingsmore"};
    for (size_t i = 0; i < VB_COUNT_OF(none); i++) { /* the page itself says that it is none */
        char text[128];
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" HOST GZIP "\r\n", none[i]);
        assert_status(exchange(text), 404);
        assert_has(answer, "\r\n\r\n<page>");
    }
    assert_status(exchange("GET /none.js HTTP/1.1\r\n" HOST "\r\n"), 404);
    assert_status(exchange("GET / HTTP/1.1\r\n" HOST GZIP "If-None-Match: \"e1\"\r\n\r\n"), 304);
    assert_status(exchange("DELETE / HTTP/1.1\r\n" HOST "\r\n"), 405);
}

static void a_client_that_does_not_take_gzip_gets_pages_as_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        bool gzipped;
    } cases[] = {{"", false}, /* curl, which would show compressed bytes */
                 {"Accept-Encoding: identity\r\n", false},
                 {"Accept-Encoding: gzip;q=0\r\n", false},
                 {"Accept-Encoding: br, gzip;q=0.5\r\n", true},
                 {"Accept-Encoding: *\r\n", true}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        char text[256];
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\n" HOST "%s\r\n", cases[i].header);
        assert_status(exchange(text), 200);
        if ((strstr(answer, "Content-Encoding: gzip\r\n") != NULL) != cases[i].gzipped)
            fail_msg("%s: %s", cases[i].header, answer);
        assert_has(answer, "Vary: Accept-Encoding\r\n");
        assert_has(answer, cases[i].gzipped ? "ETag: \"e1\"\r\n" : "ETag: \"p1\"\r\n");
        assert_has(answer, cases[i].gzipped ? "\r\n\r\n<page>" : "\r\n\r\n<plain page>");
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\n" HOST "%sIf-None-Match: \"e1\"\r\n\r\n",
                 cases[i].header);
        if (cases[i].gzipped)
            assert_status(exchange(text), 304);
        else
            assert_status(exchange(text), 200);
    }
}

static void a_large_file_comes_whole(void **state)
{
    (void)state;
    const int fd = client_connect();
    static const char text[] = "GET /assets/app-1.js HTTP/1.1\r\n" HOST "\r\n";
    bool closed;
    for (int i = 0; i < 2; i++) {
        client_send(fd, text, strlen(text));
        const size_t size = client_read(fd, false, &closed);
        const char *body = strstr(answer, "\r\n\r\n") + 4;
        assert_has(answer, "immutable");
        assert_int_equal(size - (size_t)(body - answer), BIG_SIZE);
        assert_memory_equal(body, big_file, BIG_SIZE);
    }
    close(fd);
}

static void a_change_of_own_settings_waits_for_its_commit(void **state)
{
    (void)state;
    char text[512];
    char etag[VB_ETAG_SIZE];
    static const char body[] = "{\"display\":{\"theme\":\"dark\"}}";
    bool closed;
    exchange("GET /api/v1/receiver HTTP/1.1\r\n" HOST "\r\n");
    sscanf(strstr(answer, "\r\nETag: ") + 8, "%63s", etag);
    snprintf(text, sizeof text,
             "PATCH /api/v1/receiver HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
             "If-Match: %s\r\nContent-Length: %zu\r\n\r\n%s",
             etag, strlen(body), body);
    const int fd = client_connect();
    client_send(fd, text, strlen(text));
    for (int i = 0; i < 20 && fixture.store.token == 0; i++)
        turn();
    assert_int_not_equal(fixture.store.token, 0);
    char byte;
    assert_true(recv(fd, &byte, 1, 0) < 0 && errno == EAGAIN);
    vb_settings_committed(&fixture.settings, fixture.store.token, VB_ERR_OK);
    vb_web_settings_committed(web, fixture.store.token, VB_ERR_OK);
    client_read(fd, false, &closed);
    close(fd);
    assert_status(answer, 200);
    assert_has(answer, "\"theme\":\"dark\"");
}

static void a_body_in_drops_is_put_together(void **state)
{
    (void)state;
    static const char text[] = "PATCH /api/v1/receiver HTTP/1.1\r\n" HOST
                               "Content-Type: application/json\r\nIf-Match: \"x\"\r\n"
                               "Content-Length: 13\r\n\r\n{\"display\":{}";
    const int fd = client_connect();
    bool closed;
    for (size_t i = 0; i < strlen(text); i++)
        client_send(fd, text + i, 1);
    client_read(fd, false, &closed);
    close(fd);
    assert_status(answer, 400); /* one brace is missing: all of it was read */
}

/* ---- WebSockets ---- */

static int socket_open(const char *path_and_headers)
{
    char text[512];
    bool closed;
    const int fd = client_connect();
    snprintf(text, sizeof text, "GET %s" HANDSHAKE "\r\n", path_and_headers);
    client_send(fd, text, strlen(text));
    /* Byte by byte, so that nothing of the first message is taken with it. */
    size_t size = 0;
    const uint32_t begun = vb_now_ms();
    closed = false;
    while (!closed && vb_now_ms() - begun < PATIENCE_MS && !is_whole(size, false)) {
        turn();
        const ssize_t got = recv(fd, answer + size, 1, 0);
        closed = got == 0 || (got < 0 && errno != EAGAIN);
        size += got > 0 ? 1 : 0;
    }
    return fd;
}

static bool receive_exactly(int fd, void *bytes, size_t size)
{
    const uint32_t begun = vb_now_ms();
    for (size_t at = 0; at < size;) {
        turn();
        const ssize_t got = recv(fd, (char *)bytes + at, size - at, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN) || vb_now_ms() - begun > PATIENCE_MS)
            return false;
        at += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* One text message into answer. */
static unsigned pings_answered;

static const char *socket_read(int fd)
{
    uint8_t head[2];
    uint8_t extended[2];
    answer[0] = '\0';
    if (!receive_exactly(fd, head, 2))
        return answer;
    while (head[0] == 0x89) { /* a ping, with one byte that the pong returns */
        char pong[] = {(char)0x8a, (char)0x81, 0, 0, 0, 0, 0};
        assert_int_equal(head[1], 1);
        assert_true(receive_exactly(fd, pong + 6, 1));
        client_send(fd, pong, sizeof pong);
        pings_answered++;
        if (!receive_exactly(fd, head, 2))
            return answer;
    }
    if (head[0] != 0x81)
        return answer;
    size_t size = head[1];
    if (size == 126) {
        assert_true(receive_exactly(fd, extended, 2));
        size = (size_t)extended[0] << 8 | extended[1];
    }
    assert_true(size < 65536 && receive_exactly(fd, answer, size));
    answer[size] = '\0';
    return answer;
}

static void an_upgrade_from_elsewhere_or_to_elsewhere_is_refused_G0(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        const char *status;
    } cases[] = {
        {"/ws/state HTTP/1.1\r\n" HOST "Origin: http://evil.example\r\n", "403"},
        {"/ws/state HTTP/1.1\r\n" HOST "Origin: null\r\n", "403"},
        {"/ws/state HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n", "403"},
        {"/ws/state HTTP/1.1\r\n", "400"},
        {"/ws/other HTTP/1.1\r\n" HOST, "404"},
        {"/api/v1/receiver HTTP/1.1\r\n" HOST, "404"},
        {"/ HTTP/1.1\r\n" HOST, "404"},
        {"/ws/cells?mac=nonsense HTTP/1.1\r\n" HOST, "400"},
        {"/ws/state HTTP/1.1\r\n" HOST "Sec-WebSocket-Protocol: other\r\n", "400"},
        {"/ws/state HTTP/1.1\r\n" HOST "Host: 127.0.0.1\r\n", "400"},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        const int fd = socket_open(cases[i].request);
        if (strncmp(answer + 9, cases[i].status, 3) != 0)
            fail_msg("%s: %.100s", cases[i].request, answer);
        assert_true(closes(fd));
        close(fd);
    }
    assert_null(push.clients);
    assert_int_equal(refused(VB_WEB_REFUSED_SITE), 4);
    assert_still_serves();
}

static void an_upgrade_that_is_no_websocket_is_refused(void **state)
{
    (void)state;
    static const char *const upgrades[] = {
        "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n",
        "Upgrade: tls\r\nConnection: Upgrade\r\n", "Upgrade: websocket\r\nConnection: close\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"};
    for (size_t i = 0; i < VB_COUNT_OF(upgrades); i++) {
        char text[320];
        snprintf(text, sizeof text, "GET /ws/state HTTP/1.1\r\n" HOST "%s\r\n", upgrades[i]);
        const int fd = client_connect();
        client_send(fd, text, strlen(text));
        assert_true(closes(fd) || answer[0] != '\0');
        close(fd);
        turn();
    }
    assert_null(push.clients);
    assert_still_serves();
}

static void plain_http_on_a_websocket_path_is_426(void **state)
{
    (void)state;
    assert_status(exchange("GET /ws/state HTTP/1.1\r\n" HOST "\r\n"), 426);
}

static void send_reading(uint32_t sequence)
{
    const struct vb_reading reading = fixture_reading(sequence, FIXTURE_NOW_MS);
    fixture_change(&fixture, VB_EVENT_READING, 0, 0);
    vb_reading_ring_push(&fixture.peers[0].ring, &reading);
    vb_push_look(&push);
    turn();
}

/* What asks whether a client reads costs as much as a message: at most one for ten of these. */
static void a_client_that_reads_is_hardly_ever_asked_whether_it_does(void **state)
{
    (void)state;
    const int fd = socket_open("/ws/cells?mac=" FIXTURE_MAC " HTTP/1.1\r\n" HOST);
    pings_answered = 0;
    for (uint32_t sequence = 1; sequence <= 205; sequence++) {
        send_reading(sequence);
        char expected[40];
        snprintf(expected, sizeof expected, "\"sequence\":%u,", sequence);
        assert_has(socket_read(fd), expected);
    }
    assert_in_range(pings_answered, 10, 20);
    close(fd);
}

static void a_client_that_does_not_read_harms_nobody_E4(void **state)
{
    (void)state;
    const int slow = socket_open("/ws/cells HTTP/1.1\r\n" HOST);
    const int quick = socket_open("/ws/cells?mac=" FIXTURE_MAC " HTTP/1.1\r\n" HOST);
    for (uint32_t sequence = 1; sequence <= 2000; sequence++) {
        send_reading(sequence);
        char expected[40];
        snprintf(expected, sizeof expected, "\"sequence\":%u,", sequence);
        assert_has(socket_read(quick), expected);
    }
    /* What it was sent ahead stands between; behind it comes the newest, not the rest. */
    unsigned heard = 0;
    while (strstr(socket_read(slow), "\"sequence\":2000,") == NULL) {
        assert_true(answer[0] != '\0');
        heard++;
    }
    assert_in_range(heard, 1, 30);
    close(slow);
    close(quick);
}

static void state_is_told_from_the_first_message_on_F2(void **state)
{
    (void)state;
    const int fd = socket_open("/ws/state HTTP/1.1\r\n" HOST "Origin: http://127.0.0.1\r\n");
    assert_status(answer, 101);
    assert_has(socket_read(fd), "{\"type\":\"receiver\"");
    unsigned count = 0;
    while (strcmp(socket_read(fd), "{\"type\":\"ready\"}") != 0)
        count++;
    unsigned sections = 0;
    for (uint8_t i = 0; i < vb_section_count; i++)
        sections += vb_sections[i].owner == VB_OWNER_TRANSMITTER;
    assert_int_equal(count, 2 * (1 + sections)); /* each transmitter, then its sections */
    /* What a client says is ignored. */
    static const char hello[] = {(char)0x81, (char)0x82, 0, 0, 0, 0, 'h', 'i'};
    client_send(fd, hello, sizeof hello);
    fixture_change(&fixture, VB_EVENT_BEACON, 0, 0);
    vb_push_look(&push);
    assert_has(socket_read(fd), "{\"type\":\"transmitter\"");
    close(fd);
    for (int i = 0; i < 5; i++)
        turn();
    assert_null(push.clients);
}

static void a_websocket_outlives_the_times_of_requests(void **state)
{
    (void)state;
    const int fd = socket_open("/ws/cells HTTP/1.1\r\n" HOST);
    assert_status(answer, 101);
    const uint32_t begun = vb_now_ms();
    while (vb_now_ms() - begun < 1200) {
        turn();
        poll(NULL, 0, 10);
    }
    const struct vb_reading reading = fixture_reading(1, FIXTURE_NOW_MS);
    fixture_change(&fixture, VB_EVENT_READING, 0, 0);
    vb_reading_ring_push(&fixture.peers[0].ring, &reading);
    vb_push_look(&push);
    assert_has(socket_read(fd), "\"sequence\":1,");
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_port_in_use_is_said_so),
        TEST(a_length_that_is_not_one_number_is_refused),
        TEST(a_body_without_a_length_is_411_and_hangs_nobody),
        TEST(an_oversized_body_is_413),
        TEST(a_get_with_a_body_is_refused),
        TEST(a_missing_or_doubled_host_is_refused_G0),
        TEST(a_header_of_10000_bytes_does_no_harm),
        TEST(noise_does_no_harm),
        TEST(a_request_that_never_ends_is_cut_off),
        TEST(drops_of_a_request_do_not_extend_its_time),
        TEST(more_connections_than_there_are_places_are_refused_and_counted),
        TEST(one_address_that_takes_all_it_gets_leaves_places_to_others),
        TEST(a_second_request_before_a_long_answer_is_out_does_no_harm),
        TEST(a_connection_serves_one_request_after_the_other),
        TEST(two_requests_in_one_piece_are_both_answered),
        TEST(every_answer_carries_the_security_headers),
        TEST(a_head_has_the_length_and_no_body),
        TEST(an_empty_post_and_an_empty_patch_are_answered),
        TEST(the_whole_schema_comes_through),
        TEST(a_page_of_the_app_is_the_index_F1),
        TEST(a_client_that_does_not_take_gzip_gets_pages_as_they_are),
        TEST(a_large_file_comes_whole),
        TEST(a_change_of_own_settings_waits_for_its_commit),
        TEST(a_body_in_drops_is_put_together),
        TEST(an_upgrade_from_elsewhere_or_to_elsewhere_is_refused_G0),
        TEST(an_upgrade_that_is_no_websocket_is_refused),
        TEST(plain_http_on_a_websocket_path_is_426),
        TEST(a_client_that_reads_is_hardly_ever_asked_whether_it_does),
        TEST(a_client_that_does_not_read_harms_nobody_E4),
        TEST(state_is_told_from_the_first_message_on_F2),
        TEST(a_websocket_outlives_the_times_of_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
