/* New firmware over HTTP. */
#include "esp-idf/voltbeacon/http_firmware.h"
#include "esp-idf/voltbeacon/new_firmware.h"
#include "esp-idf/voltbeacon/nvs_keys.h"
#include "esp-idf/voltbeacon/wifi_page.h"
#include "host/host_nvs.h"
#include "host/host_ota.h"
#include "host/host_timer.h"
#include "host/host_wifi.h"
#include "http_bench.h"

enum { OLD = 1, NEW = 2 };

static struct http_bench *bench;
static struct firmware_image image;

static void make(const struct firmware_spec *spec, int content)
{
    struct firmware_spec of = *spec;
    of.content = (uint8_t)content;
    firmware_make(&of, &image);
}

static void run_old(void)
{
    const struct firmware_spec sound = firmware_sound();
    host_timer_reset();
    make(&sound, OLD);
    host_ota_flash(&image);
    assert_int_equal(host_ota_boot(), OLD);
    make(&sound, NEW);
}

/* Each start has its own, for a server does not end. */
static struct vb_http_firmware *firmware_ready(void)
{
    struct vb_http_firmware *firmware = calloc(1, sizeof *firmware);
    assert_non_null(firmware);
    run_old();
    assert_int_equal(vb_http_firmware_init(firmware), ESP_OK);
    return firmware;
}

static int start(void **state)
{
    (void)state;
    bench = bench_start(NULL, true);
    vb_http_server_takes_firmware(&bench->server, firmware_ready());
    return 0;
}

static void send_head(int fd, const char *method, const char *headers, size_t announced)
{
    char head[512];
    snprintf(head, sizeof head,
             "%s /api/v1/firmware HTTP/1.1\r\n" CLIENT_HOST "%sContent-Length: %zu\r\n\r\n", method,
             headers, announced);
    client_send(fd, head, strlen(head));
}

#define BINARY "Content-Type: application/octet-stream\r\n"

static int take_answer(int fd)
{
    if (!client_take_head(fd))
        return 0;
    client_take_body(fd);
    return (int)strtol(client_answer + 9, NULL, 10);
}

static int ask(const char *method, const char *headers, const void *body, size_t size)
{
    const int fd = client_connect(0);
    send_head(fd, method, headers, size);
    client_send(fd, body, size);
    const int status = take_answer(fd);
    assert_true(client_is_closed(fd));
    close(fd);
    return status;
}

static int post(void)
{
    return ask("POST", BINARY, image.bytes, image.size);
}

/* ---- Who may ---- */

static void a_build_that_takes_none_says_why(void **state)
{
    (void)state;
    bench = bench_start(NULL, true);
    run_old();
    assert_int_equal(post(), 403);
    assert_answer_has("There is no login yet");
    assert_int_equal(ask("GET", "", "", 0), 403);
    assert_int_equal(host_ota_boot(), OLD);
}

static void it_is_sent_by_post_as_bytes_and_not_by_another_site(void **state)
{
    (void)state;
    assert_int_equal(ask("GET", "", "", 0), 405);
    assert_int_equal(ask("PUT", BINARY, image.bytes, image.size), 405);
    assert_int_equal(ask("POST", "", image.bytes, image.size), 415);
    assert_int_equal(ask("POST", "Content-Type: multipart/form-data\r\n", image.bytes, image.size),
                     415);
    assert_int_equal(ask("POST", BINARY "Origin: http://evil.example\r\n", image.bytes, image.size),
                     403);
    assert_int_equal(host_ota_boot(), OLD);
}

/* ---- What is refused ---- */

static void what_is_not_for_this_board_is_refused_with_the_reason(void **state)
{
    struct firmware_spec role = firmware_sound(), chip = firmware_sound(), plain = firmware_sound(),
                         foreign = firmware_sound();
    (void)state;
    role.program = "voltbeacon-transmitter";
    chip.chip = 9;
    plain.is_signed = false;
    foreign.key = 9;
    const struct {
        const struct firmware_spec *spec;
        const char *says;
    } cases[] = {{&role, "another program"},
                 {&chip, "another chip"},
                 {&plain, "is not signed."},
                 {&foreign, "not signed by the key"}};
    for (unsigned i = 0; i < VB_COUNT_OF(cases); i++) {
        make(cases[i].spec, NEW);
        assert_int_equal(post(), 422);
        assert_answer_has(cases[i].says);
    }
    assert_int_equal(ask("POST", BINARY, "", 0), 422);
    assert_false(host_timer_restarts_within_ms(5000));
    assert_int_equal(host_ota_boot(), OLD);
}

static void one_too_large_is_refused_and_its_sender_hears_of_it(void **state)
{
    static uint8_t much[300000];
    char byte;
    (void)state;
    memset(much, 0xe9, sizeof much);
    const int fd = client_connect(0);
    send_head(fd, "POST", BINARY, sizeof much);
    client_send(fd, much, sizeof much);
    assert_int_equal(take_answer(fd), 413);
    assert_answer_has("larger than its place");
    assert_int_equal(recv(fd, &byte, 1, 0), 0); /* no reset, which may overtake the answer */
    close(fd);
}

static void a_sender_that_goes_leaves_nothing_behind(void **state)
{
    (void)state;
    for (unsigned part = 1; part <= 2; part++) {
        const int fd = client_connect(0);
        send_head(fd, "POST", BINARY, image.size);
        client_send(fd, image.bytes, part * 2000);
        close(fd);
    }
    assert_int_equal(post(), 200);
    assert_int_equal(host_ota_boot(), NEW);
}

static void none_is_taken_on_trial(void **state)
{
    const struct firmware_spec sound = firmware_sound();
    (void)state;
    host_ota_old_loader(true); /* with which ESP-IDF itself would take it */
    assert_int_equal(post(), 200);
    assert_int_equal(post(), 409); /* the board is about to start anew */
    assert_int_equal(host_ota_boot(), NEW);
    bench = bench_start(NULL, true);
    struct vb_http_firmware *firmware = calloc(1, sizeof *firmware);
    assert_int_equal(vb_http_firmware_init(firmware), ESP_OK);
    vb_http_server_takes_firmware(&bench->server, firmware);
    make(&sound, NEW + 1);
    assert_int_equal(post(), 409);
    assert_answer_has("on trial");
    assert_int_equal(esp_ota_mark_app_valid_cancel_rollback(), ESP_OK);
    assert_int_equal(post(), 200);
}

/* ---- What is taken ---- */

static void a_sound_one_starts_on_trial(void **state)
{
    (void)state;
    assert_int_equal(post(), 200);
    assert_string_equal(client_body(), "{\"restarts\":true}");
    assert_true(host_timer_restarts_within_ms(2000));
    assert_int_equal(host_ota_boot(), NEW);
    assert_true(vb_new_firmware_is_on_trial());
}

static void messages_go_on_while_it_comes(void **state)
{
    const size_t half = image.size / 2, more = 1000;
    (void)state;
    const int reader = client_socket("/ws/cells");
    const int fd = client_connect(0);
    send_head(fd, "POST", BINARY, image.size);
    client_send(fd, image.bytes, half);
    usleep(150000);
    bench_reading(bench, 7);
    client_send(fd, image.bytes + half, more);
    (void)client_message(reader);
    assert_answer_has("\"sequence\":7,");
    client_send(fd, image.bytes + half + more, image.size - half - more);
    assert_int_equal(take_answer(fd), 200);
    close(fd);
    close(reader);
}

/* Whoever knows the passphrase of its access point holds its cable. */
static void a_transmitter_takes_it_at_its_access_point(void **state)
{
    static const struct vb_mac mac = {{2, 0, 0, 0, 0, 1}};
    static const struct vb_wifi_network none = {.name = ""};
    static struct vb_wifi wifi;
    static struct vb_wifi_page page;
    static struct vb_http_server server;
    (void)state;
    struct vb_http_firmware *firmware = firmware_ready();
    host_wifi_reset();
    host_nvs_make("nvs", 0x10000);
    assert_int_equal(vb_nvs_start("nvs"), ESP_OK);
    assert_int_equal(vb_wifi_start(&wifi, &none, &mac), ESP_OK);
    assert_int_equal(vb_wifi_page_init(&page, &wifi, "nvs", false), ESP_OK);
    assert_int_equal(vb_http_server_start(&server, &page, NULL, 0), ESP_OK);
    assert_int_equal(post(), 403);
    vb_http_server_takes_firmware(&server, firmware);
    host_timer_pass_ms(VB_WIFI_OPEN_S * 1000 - 5000);
    assert_int_equal(post(), 200);
    assert_true(host_timer_restarts_within_ms(2000));
    host_timer_pass_ms(5000);
    assert_int_equal(post(), 404);
    assert_int_equal(host_ota_boot(), NEW);
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_build_that_takes_none_says_why),
        TEST(it_is_sent_by_post_as_bytes_and_not_by_another_site),
        TEST(what_is_not_for_this_board_is_refused_with_the_reason),
        TEST(one_too_large_is_refused_and_its_sender_hears_of_it),
        TEST(a_sender_that_goes_leaves_nothing_behind),
        TEST(none_is_taken_on_trial),
        TEST(a_sound_one_starts_on_trial),
        TEST(messages_go_on_while_it_comes),
        cmocka_unit_test(a_transmitter_takes_it_at_its_access_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
