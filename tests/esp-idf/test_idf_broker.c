/* The firmware's broker over a stand-in for esp-mqtt, against real brokers and against ones that
 * are gone, deaf, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <spawn.h>
#include <string.h>

#include <esp_system.h>
#include <esp_timer.h>
#include <esp_tls_errors.h>

#include "../fixtures/mqtt_broker.h"
#include "../fixtures/mqtt_subscriber.h"
#include "esp-idf/voltbeacon/idf_broker.h"
#include "esp-idf/voltbeacon/inbox.h"
#include "host/host_mqtt.h"
#include "host/host_timer.h"

enum { LINES_MAX = 64, STEP_US = 2000, AT_ONCE_MS = 1000 /* others wait 10 s */ };

static struct bench {
    struct broker one, two;
    struct vb_idf_broker client;
    QueueHandle_t inbox;
    struct vb_broker_settings settings;
    char lines[LINES_MAX][VB_LOG_SINK_TEXT_SIZE];
    unsigned line_count;
    unsigned refreshes;
} * bench;

static void on_line(void *ctx, enum vb_log_level level, const char *text)
{
    (void)ctx;
    (void)level;
    assert_true(bench->line_count < LINES_MAX);
    snprintf(bench->lines[bench->line_count++], VB_LOG_SINK_TEXT_SIZE, "%s", text);
}

static unsigned lines_with(const char *part)
{
    unsigned count = 0;
    for (unsigned i = 0; i < bench->line_count; i++)
        count += strstr(bench->lines[i], part) != NULL;
    return count;
}

/* Its task does not end: each test has a client of its own, which lasts as long as the program. */
static void start_with(uint32_t retry_ms_min, uint32_t retry_ms_max, uint32_t answer_ms_max)
{
    const struct vb_idf_broker_config config = {.log = {.line = on_line},
                                                .retry_ms_min = retry_ms_min,
                                                .retry_ms_max = retry_ms_max,
                                                .answer_ms_max = answer_ms_max};
    assert_true(vb_idf_broker_open(&bench->client, &config));
    assert_true(vb_idf_broker_start(&bench->client, bench->inbox));
}

static int set_up(void **state)
{
    bench = calloc(1, sizeof *bench);
    *state = bench;
    host_mqtt_reset();
    mosquitto_lib_init();
    make_broker(&bench->one);
    make_broker(&bench->two);
    bench->settings = (struct vb_broker_settings){.enabled = true,
                                                  .server = "127.0.0.1",
                                                  .port = bench->one.port,
                                                  .client_id = "pack",
                                                  .prefix = "battery",
                                                  .keepalive_s = 30};
    bench->inbox = xQueueCreate(VB_INBOX_ITEMS, sizeof(struct vb_inbox_item));
    start_with(20, 100, 300);
    return 0;
}

static void configure(void)
{
    bench->client.port.configure(&bench->client, &bench->settings);
}

/* Switched off: no client of a test is there for the next. */
static int tear_down(void **state)
{
    (void)state;
    bench->settings.enabled = false;
    configure();
    host_mqtt_stick(false);
    for (unsigned i = 0; i < 5000 && host_mqtt_exist() != 0; i++)
        usleep(STEP_US);
    drop_broker(&bench->one);
    drop_broker(&bench->two);
    mosquitto_lib_cleanup();
    return host_mqtt_exist() == 0 ? 0 : -1;
}

/* A turn of the device's task. */
static struct vb_broker_status turn(void)
{
    struct vb_inbox_item item;
    struct vb_broker_status status;
    while (xQueueReceive(bench->inbox, &item, 0) == pdTRUE)
        assert_int_equal(item.kind, VB_INBOX_WAKE);
    bench->client.port.status(&bench->client, &status);
    bench->refreshes += vb_idf_broker_turn(&bench->client); /* says it, and perhaps what is newer */
    return status;
}

static void turn_for(uint32_t ms)
{
    for (const uint32_t from_ms = broker_now_ms(); broker_now_ms() - from_ms < ms;) {
        (void)turn();
        usleep(STEP_US);
    }
}

static void await_fault(enum vb_mqtt_fault fault)
{
    const uint32_t from_ms = broker_now_ms();
    for (struct vb_broker_status now = turn(); now.connected || now.fault != fault; now = turn()) {
        if (broker_now_ms() - from_ms > MQTT_WAIT_MS)
            fail_msg("connected %d, fault %d", now.connected, now.fault);
        usleep(STEP_US);
    }
}

static void await_made(unsigned clients)
{
    const uint32_t from_ms = broker_now_ms();
    while (host_mqtt_made() < clients) {
        assert_in_range(broker_now_ms() - from_ms, 0, MQTT_WAIT_MS);
        (void)turn();
        usleep(STEP_US);
    }
}

static void await_connection(void)
{
    const uint32_t from_ms = broker_now_ms();
    while (!turn().connected) {
        assert_in_range(broker_now_ms() - from_ms, 0, MQTT_WAIT_MS);
        usleep(STEP_US);
    }
}

static void connect_to_one(void)
{
    start_broker(&bench->one, "allow_anonymous true");
    bench->client.port.available(&bench->client, true);
    configure();
    await_connection();
}

static void publish(const char *suffix, const char *text, bool retain)
{
    bench->client.port.publish(&bench->client, suffix, text, strlen(text), retain);
}

static uint32_t counted(const uint32_t *counter)
{
    (void)xSemaphoreTake(bench->client.lock, portMAX_DELAY);
    const uint32_t value = *counter;
    (void)xSemaphoreGive(bench->client.lock);
    return value;
}

/* ---- Faults ---- */

static void a_port_where_nothing_listens_is_said_once_and_tried_again(void **state)
{
    (void)state;
    char expected[128];
    configure();
    await_fault(VB_MQTT_FAULT_REFUSED);
    await_made(4);
    snprintf(expected, sizeof expected,
             "MQTT: broker 127.0.0.1:%u refused the connection: nothing listens", bench->one.port);
    assert_int_equal(lines_with(expected), 1);
    assert_int_equal(bench->line_count, 1);
    assert_int_equal(bench->refreshes, 1);
}

static void the_pauses_between_attempts_double(void **state)
{
    (void)state;
    bench->client.config.retry_ms_min = 50; /* no attempt has been made yet */
    bench->client.config.retry_ms_max = 400;
    const uint32_t from_ms = broker_now_ms();
    configure();
    await_made(6);
    /* After 0, 50, 150, 350, 750 and 1150 ms, and what an end takes each time. */
    assert_true(broker_now_ms() - from_ms >= 1150);
}

static void a_name_that_is_not_known_is_said_in_words(void **state)
{
    (void)state;
    snprintf(bench->settings.server, sizeof bench->settings.server, "broker.invalid");
    configure();
    await_fault(VB_MQTT_FAULT_NAME_NOT_FOUND);
    assert_int_equal(lines_with("cannot be found; check the server's name"), 1);
}

static void a_wrong_login_is_said_without_the_password(void **state)
{
    (void)state;
    start_broker(&bench->one, "allow_anonymous false");
    snprintf(bench->settings.username, sizeof bench->settings.username, "someone");
    snprintf(bench->settings.password, sizeof bench->settings.password, "opensesame");
    configure();
    await_fault(VB_MQTT_FAULT_NOT_AUTHORISED);
    assert_int_equal(lines_with("refused the connection: not authorised"), 1);
    assert_int_equal(lines_with("opensesame"), 0);
}

static void make_passwords(char *path)
{
    char *const command[] = {"mosquitto_passwd", "-b", "-c", path, "someone", "opensesame", NULL};
    pid_t pid;
    int result;
    assert_int_equal(posix_spawnp(&pid, command[0], NULL, NULL, command, environ), 0);
    assert_int_equal(waitpid(pid, &result, 0), pid);
    assert_int_equal(result, 0);
}

static void the_right_login_is_let_in(void **state)
{
    char path[128], options[256];
    (void)state;
    snprintf(path, sizeof path, "%s/passwords", bench->one.dir);
    make_passwords(path);
    snprintf(options, sizeof options, "allow_anonymous false\npassword_file %s", path);
    start_broker(&bench->one, options);
    snprintf(bench->settings.username, sizeof bench->settings.username, "someone");
    snprintf(bench->settings.password, sizeof bench->settings.password, "opensesame");
    configure();
    await_connection();
    unlink(path);
}

static void a_server_that_accepts_and_never_answers_is_silent(void **state)
{
    (void)state;
    const int fd = listen_deaf(bench->one.port);
    configure();
    await_fault(VB_MQTT_FAULT_SILENT);
    assert_int_equal(lines_with("took the connection but does not answer"), 1);
    close(fd);
}

static void what_answers_otherwise_is_no_broker(void **state)
{
    (void)state;
    static const char page[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    const int listener = listen_deaf(bench->one.port);
    configure();
    const int fd = accept(listener, NULL, NULL);
    assert_int_equal(send(fd, page, sizeof page - 1, 0), sizeof page - 1);
    await_fault(VB_MQTT_FAULT_NOT_MQTT);
    assert_int_equal(lines_with("does not speak MQTT"), 1);
    close(fd);
    close(listener);
}

static void a_server_that_hangs_up_has_closed_the_connection(void **state)
{
    (void)state;
    const int listener = listen_deaf(bench->one.port);
    configure();
    close(accept(listener, NULL, NULL));
    await_fault(VB_MQTT_FAULT_CLOSED);
    close(listener);
}

/* Accepts the client, and takes nothing from then on. */
static int accept_and_stop_reading(int listener)
{
    static const uint8_t connack[] = {0x20, 2, 0, 0}; /* MQTT 3.1.1, 3.2 */
    const int fd = accept(listener, NULL, NULL);
    assert_int_equal(send(fd, connack, sizeof connack, 0), sizeof connack);
    return fd;
}

static void a_broker_that_never_reads_delays_nobody_and_the_oldest_are_dropped(void **state)
{
    static char bytes[4096];
    (void)state;
    bench->client.config.answer_ms_max = 2000;
    const int listener = listen_deaf(bench->one.port);
    configure();
    const int fd = accept_and_stop_reading(listener);
    await_connection();
    uint32_t calls = 0;
    uint32_t longest_ms = 0;
    const uint32_t begun_ms = broker_now_ms();
    /* Until the sockets' buffers are full, and a write has waited long enough. */
    for (struct vb_broker_status now = turn(); now.connected; now = turn()) {
        const uint32_t from_ms = broker_now_ms();
        assert_true(from_ms - begun_ms < MQTT_WAIT_MS);
        bench->client.port.publish(&bench->client, "cells", bytes, sizeof bytes, false);
        const uint32_t took_ms = broker_now_ms() - from_ms;
        longest_ms = took_ms > longest_ms ? took_ms : longest_ms;
        calls++;
        usleep(100);
    }
    assert_true(longest_ms < AT_ONCE_MS);
    assert_true(counted(&bench->client.dropped) >= 50);
    assert_true(counted(&bench->client.published) + counted(&bench->client.dropped) +
                    VB_IDF_BROKER_MESSAGES + 1 >=
                calls);
    await_fault(VB_MQTT_FAULT_SILENT);
    close(fd);
    close(listener);
}

static void a_resolver_that_hangs_delays_no_call_and_the_newest_settings_win(void **state)
{
    (void)state;
    start_broker(&bench->one, "allow_anonymous true");
    const struct vb_broker_settings good = bench->settings;
    host_mqtt_stick(true);
    snprintf(bench->settings.server, sizeof bench->settings.server, "broker.stuck");
    configure();
    while (host_mqtt_sticks() == 0)
        usleep(STEP_US);
    const uint32_t from_ms = broker_now_ms();
    for (unsigned i = 0; i < 20; i++) {
        bench->settings = good;
        bench->settings.port = i < 19 ? 1 : good.port;
        configure();
        publish("cells", "{}", false);
        bench->client.port.available(&bench->client, true);
        assert_false(turn().connected);
    }
    assert_true(broker_now_ms() - from_ms < AT_ONCE_MS);
    assert_int_equal(host_mqtt_made(), 1);
    host_mqtt_stick(false);
    await_connection();
    expect_status(&bench->one, "online");
    assert_int_equal(host_mqtt_made(), 2);
}

static void a_client_is_not_freed_before_its_task_has_begun(void **state)
{
    (void)state;
    start_broker(&bench->one, "allow_anonymous true");
    host_mqtt_begin_after_ms(200);
    for (unsigned i = 0; i < 3; i++) {
        bench->settings.keepalive_s++;
        configure();
        turn_for(60);
    }
    host_mqtt_begin_after_ms(0);
    await_connection();
}

static void no_memory_for_a_client_or_its_task_is_said_once_and_tried_again(void **state)
{
    (void)state;
    start_broker(&bench->one, "allow_anonymous true");
    host_mqtt_refuse_clients(true);
    configure();
    await_fault(VB_MQTT_FAULT_OTHER);
    host_mqtt_refuse_tasks(true);
    host_mqtt_refuse_clients(false);
    await_made(2);
    assert_int_equal(lines_with("there is no memory for it"), 1);
    host_mqtt_refuse_tasks(false);
    await_connection();
}

static void a_broker_that_goes_and_comes_back_is_found_again(void **state)
{
    (void)state;
    connect_to_one();
    stop_broker(&bench->one);
    await_fault(VB_MQTT_FAULT_REFUSED);
    start_broker(&bench->one, "allow_anonymous true");
    await_connection();
    expect_status(&bench->one, "online");
    assert_int_equal(lines_with("connected to the MQTT broker 127.0.0.1"), 2);
}

static void a_connection_that_was_made_ends_the_doubling(void **state)
{
    (void)state;
    bench->client.config.retry_ms_max = 600000;
    connect_to_one();
    for (unsigned i = 0; i < 12; i++) { /* doubled, the last pause would be 41 s */
        host_mqtt_cut();
        while (turn().connected)
            publish("cells", "{}", false); /* some come too late */
        await_fault(VB_MQTT_FAULT_CLOSED);
        await_connection();
    }
}

static void h1_the_broker_says_offline_when_the_power_goes(void **state)
{
    (void)state;
    bench->client.config.retry_ms_min = bench->client.config.retry_ms_max = 2000;
    connect_to_one();
    expect_status(&bench->one, "online");
    host_mqtt_cut();
    expect_status(&bench->one, "offline");
    await_connection();
    expect_status(&bench->one, "online");
}

/* ---- Behaviour ---- */

#define TRANSPORT(last, reason)                                                      \
    {                                                                                \
        .error_type = MQTT_ERROR_TYPE_TCP_TRANSPORT, .esp_tls_last_esp_err = (last), \
        .esp_transport_sock_errno = (reason)                                         \
    }
#define REFUSED(answer)                                                                   \
    {                                                                                     \
        .error_type = MQTT_ERROR_TYPE_CONNECTION_REFUSED, .connect_return_code = (answer) \
    }

static void the_reasons_of_esp_mqtt_in_our_words(void **state)
{
    static const struct {
        struct vb_idf_broker_end end;
        enum vb_mqtt_fault fault;
        const char *what;
    } rows[] = {
        {{.error = TRANSPORT(ESP_ERR_ESP_TLS_CANNOT_RESOLVE_HOSTNAME, ECONNREFUSED)},
         VB_MQTT_FAULT_NAME_NOT_FOUND,
         "cannot be found"},
        {{.error = TRANSPORT(ESP_ERR_ESP_TLS_CONNECTION_TIMEOUT, 0)},
         VB_MQTT_FAULT_SILENT,
         "cannot be reached"},
        {{.error = TRANSPORT(ESP_ERR_ESP_TLS_FAILED_CONNECT_TO_HOST, 0)},
         VB_MQTT_FAULT_UNREACHABLE,
         "cannot be reached"},
        {{.error = TRANSPORT(ESP_ERR_ESP_TLS_FAILED_CONNECT_TO_HOST, ECONNREFUSED)},
         VB_MQTT_FAULT_REFUSED,
         "nothing listens"},
        {{.was_accepted = true, .error = TRANSPORT(ESP_ERR_ESP_TLS_TCP_CLOSED_FIN, 0)},
         VB_MQTT_FAULT_CLOSED,
         "closed the connection"},
        {{.was_accepted = true, .error = TRANSPORT(ESP_OK, ECONNRESET)},
         VB_MQTT_FAULT_CLOSED,
         "closed the connection"},
        {{.error = TRANSPORT(ESP_OK, 0)}, VB_MQTT_FAULT_NOT_MQTT, "does not speak MQTT"},
        {{.error = TRANSPORT(ESP_ERR_NO_MEM, 0)}, VB_MQTT_FAULT_OTHER, "cannot be asked"},
        {{.error = REFUSED(4)}, VB_MQTT_FAULT_NOT_AUTHORISED, "wrong user name or password"},
        {{.error = REFUSED(3)}, VB_MQTT_FAULT_UNAVAILABLE, "it is not available now"},
        {{.was_accepted = true}, VB_MQTT_FAULT_SILENT, "fell silent"},
        {{.tried_ms = 10000}, VB_MQTT_FAULT_SILENT, "took the connection but does not answer"},
        {{.tried_ms = 9999}, VB_MQTT_FAULT_NOT_MQTT, "does not speak MQTT"},
    };
    (void)state;
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++) {
        const struct vb_mqtt_problem why = vb_idf_broker_why(&rows[i].end, 10000);
        if (why.fault != rows[i].fault || strstr(why.what, rows[i].what) == NULL)
            fail_msg("row %zu: %d, %s", i, why.fault, why.what);
    }
}

static void what_is_published_without_a_connection_is_dropped_and_counted(void **state)
{
    (void)state;
    publish("cells", "{}", false);
    assert_int_equal(counted(&bench->client.dropped), 1);
    assert_int_equal(host_mqtt_made(), 0);
}

static void e2_a_message_reaches_its_topic(void **state)
{
    struct subscriber subscriber;
    (void)state;
    connect_to_one();
    open_subscriber(&subscriber, &bench->one);
    publish("cells", "{\"cells\":[3812]}", false);
    await_message(&subscriber, "battery/cells", "{\"cells\":[3812]}");
    bench->client.port.publish(&bench->client, "info", "no text", 0, true);
    await_message(&subscriber, "battery/info", "");
    publish("info", "kept", true);
    await_message(&subscriber, "battery/info", "kept");
    close_subscriber(&subscriber);
    while (counted(&bench->client.published) < 3)
        usleep(STEP_US); /* it is counted after the broker has it */
    assert_int_equal(counted(&bench->client.published), 3);
    assert_int_equal(counted(&bench->client.dropped), 0);
}

static void readings_at_ten_a_second_arrive_without_delay(void **state)
{
    struct subscriber subscriber;
    char text[16];
    (void)state;
    connect_to_one();
    open_subscriber(&subscriber, &bench->one);
    const uint32_t from_ms = broker_now_ms();
    for (unsigned i = 0; i < 20; i++) {
        snprintf(text, sizeof text, "%u", i);
        publish("cells", text, false);
        await_message(&subscriber, "battery/cells", text);
    }
    /* esp-mqtt looks once a second for what comes, and sends one of its outbox then. */
    assert_true(broker_now_ms() - from_ms < AT_ONCE_MS);
    close_subscriber(&subscriber);
}

static void availability_says_what_it_was_told_last_and_again_after_a_reconnection(void **state)
{
    (void)state;
    connect_to_one();
    bench->client.port.available(&bench->client, false);
    expect_status(&bench->one, "offline");
    bench->client.port.available(&bench->client, true);
    expect_status(&bench->one, "online");
    stop_broker(&bench->one);
    await_fault(VB_MQTT_FAULT_REFUSED);
    bench->client.port.available(&bench->client, false);
    start_broker(&bench->one, "allow_anonymous true");
    await_connection();
    expect_status(&bench->one, "offline");
}

static void a9_another_broker_is_taken_at_once_and_the_old_one_told(void **state)
{
    (void)state;
    start_broker(&bench->two, "allow_anonymous true");
    connect_to_one();
    bench->settings.port = bench->two.port;
    const unsigned before = bench->refreshes;
    configure();
    assert_false(turn().connected); /* before anything else has happened */
    assert_int_equal(bench->refreshes, before + 1);
    await_connection();
    expect_status(&bench->one, "offline");
    expect_status(&bench->two, "online");
}

/* A broker that has accepted the client and reads nothing; the sockets' buffers are full, so the
 * task waits, and so do messages. */
static int fill_up(int *listener)
{
    static char bytes[4096];
    *listener = listen_deaf(bench->one.port);
    configure();
    const int fd = accept_and_stop_reading(*listener);
    await_connection();
    for (uint32_t dropped = 0; dropped < 50;) {
        const uint32_t published = counted(&bench->client.published);
        bench->client.port.publish(&bench->client, "cells", bytes, sizeof bytes, false);
        usleep(500);
        dropped = counted(&bench->client.published) == published ? dropped + 1 : 0;
    }
    return fd;
}

static void the_oldest_that_waits_gives_way(void **state)
{
    enum { MORE = VB_IDF_BROKER_MESSAGES + 2 };
    static char came[1 << 16];
    char text[32];
    int listener;
    (void)state;
    bench->client.config.answer_ms_max = MQTT_WAIT_MS;
    const int fd = fill_up(&listener);
    for (int i = 0; i < MORE; i++) {
        snprintf(text, sizeof text, "reading %d", i);
        publish("cells", text, false);
    }
    bool seen[MORE] = {0};
    while (!seen[MORE - 1]) { /* zeroes, and at their end those that waited */
        const ssize_t size = recv(fd, came, sizeof came, 0);
        assert_true(size > 0);
        for (int i = 0; i < MORE; i++) {
            const int length = snprintf(text, sizeof text, "reading %d", i);
            seen[i] |= memmem(came, (size_t)size, text, (size_t)length) != NULL;
        }
    }
    for (int i = 0; i < MORE - 1; i++)
        assert_int_equal(seen[i], i >= MORE - VB_IDF_BROKER_MESSAGES);
    close(fd);
    close(listener);
}

static void what_waits_for_one_broker_does_not_go_out_at_the_next(void **state)
{
    struct subscriber subscriber;
    int listener;
    (void)state;
    start_broker(&bench->two, "allow_anonymous true");
    open_subscriber(&subscriber, &bench->two);
    bench->client.config.answer_ms_max = 2000;
    const int fd = fill_up(&listener);
    bench->settings.port = bench->two.port;
    configure();
    await_connection();
    await_message(&subscriber, "battery/status", "offline");
    publish("cells", "new", false);
    await_message(&subscriber, "battery/cells", "new");
    assert_int_equal(subscriber.messages, 2);
    close_subscriber(&subscriber);
    close(fd);
    close(listener);
}

static void equal_settings_change_nothing(void **state)
{
    (void)state;
    connect_to_one();
    configure();
    turn_for(100);
    assert_true(turn().connected);
    assert_int_equal(counted(&bench->client.connections), 1);
    assert_int_equal(host_mqtt_made(), 1);
}

static void switched_off_it_says_offline_and_leaves_no_client(void **state)
{
    (void)state;
    connect_to_one();
    bench->settings.enabled = false;
    configure();
    await_fault(VB_MQTT_FAULT_NONE);
    expect_status(&bench->one, "offline");
    while (host_mqtt_exist() != 0)
        usleep(STEP_US);
    turn_for(200);
    assert_int_equal(host_mqtt_made(), 1);
}

/* ---- The end ---- */

static void restart(void *arg)
{
    (void)arg;
    esp_restart();
}

/* What a last will says comes one and a half keep-alives later. */
static void h1_a_restart_says_offline_first(void **state)
{
    const esp_timer_create_args_t args = {.callback = restart, .name = "restart"};
    esp_timer_handle_t timer;
    (void)state;
    host_timer_reset();
    assert_int_equal(vb_idf_broker_close_at_restart(&bench->client), ESP_OK);
    assert_int_equal(esp_timer_create(&args, &timer), ESP_OK);
    connect_to_one();
    expect_status(&bench->one, "online");
    assert_int_equal(esp_timer_start_once(timer, 1000), ESP_OK);
    assert_true(host_timer_restarts_within_ms(1));
    assert_int_equal(host_mqtt_exist(), 0);
    expect_status(&bench->one, "offline");
}

static void what_is_closed_stays_closed(void **state)
{
    (void)state;
    connect_to_one();
    assert_true(vb_idf_broker_close(&bench->client, MQTT_WAIT_MS));
    assert_false(turn().connected);
    publish("cells", "{}", false); /* of a device that turns until the very end */
    bench->client.port.available(&bench->client, true);
    bench->settings.keepalive_s++;
    configure();
    turn_for(300);
    assert_false(turn().connected);
    assert_int_equal(host_mqtt_made(), 1);
    assert_true(vb_idf_broker_close(&bench->client, 0));
    expect_status(&bench->one, "offline");
}

static void a_goodbye_that_cannot_be_said_is_not_waited_for(void **state)
{
    (void)state;
    host_mqtt_stick(true);
    snprintf(bench->settings.server, sizeof bench->settings.server, "a.stuck");
    configure();
    while (host_mqtt_sticks() == 0)
        usleep(STEP_US);
    const uint32_t from_ms = broker_now_ms();
    assert_false(vb_idf_broker_close(&bench->client, 200));
    assert_in_range(broker_now_ms() - from_ms, 199, 200 + AT_ONCE_MS);
}

static void one_without_a_connection_is_closed_at_once(void **state)
{
    (void)state;
    const uint32_t from_ms = broker_now_ms();
    assert_true(vb_idf_broker_close(&bench->client, MQTT_WAIT_MS));
    assert_in_range(broker_now_ms() - from_ms, 0, AT_ONCE_MS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_port_where_nothing_listens_is_said_once_and_tried_again),
        TEST(the_pauses_between_attempts_double),
        TEST(a_name_that_is_not_known_is_said_in_words),
        TEST(a_wrong_login_is_said_without_the_password),
        TEST(the_right_login_is_let_in),
        TEST(a_server_that_accepts_and_never_answers_is_silent),
        TEST(what_answers_otherwise_is_no_broker),
        TEST(a_server_that_hangs_up_has_closed_the_connection),
        TEST(a_broker_that_never_reads_delays_nobody_and_the_oldest_are_dropped),
        TEST(a_resolver_that_hangs_delays_no_call_and_the_newest_settings_win),
        TEST(a_client_is_not_freed_before_its_task_has_begun),
        TEST(no_memory_for_a_client_or_its_task_is_said_once_and_tried_again),
        TEST(a_broker_that_goes_and_comes_back_is_found_again),
        TEST(a_connection_that_was_made_ends_the_doubling),
        TEST(h1_the_broker_says_offline_when_the_power_goes),
        cmocka_unit_test(the_reasons_of_esp_mqtt_in_our_words),
        TEST(what_is_published_without_a_connection_is_dropped_and_counted),
        TEST(e2_a_message_reaches_its_topic),
        TEST(readings_at_ten_a_second_arrive_without_delay),
        TEST(availability_says_what_it_was_told_last_and_again_after_a_reconnection),
        TEST(a9_another_broker_is_taken_at_once_and_the_old_one_told),
        TEST(the_oldest_that_waits_gives_way),
        TEST(what_waits_for_one_broker_does_not_go_out_at_the_next),
        TEST(equal_settings_change_nothing),
        TEST(switched_off_it_says_offline_and_leaves_no_client),
        TEST(h1_a_restart_says_offline_first),
        TEST(what_is_closed_stays_closed),
        TEST(a_goodbye_that_cannot_be_said_is_not_waited_for),
        TEST(one_without_a_connection_is_closed_at_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
