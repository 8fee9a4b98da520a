/* The MQTT client against real brokers, and against ones that are gone, deaf or cannot be found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <mosquitto.h>
#include <netdb.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../fixtures/mqtt_broker.h"
#include "../fixtures/mqtt_subscriber.h"
#include "linux/loop/loop.h"
#include "linux/mqtt/linux_mqtt.h"

struct bench {
    struct broker one;
    struct broker two;
    struct vb_mqtt *client;
    struct vb_broker_settings settings;
    struct vb_mqtt_status heard; /* by on_change */
    uint32_t disconnected;       /* how often it was told */
};

/* == A resolver that hangs ======================================================================
 */

static sem_t resolver;
static sem_t resolving; /* posted by each thread that is stuck in it */

/* Stands before the C library's: names that end in .stuck take as long as the test likes. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
    const size_t length = node != NULL ? strlen(node) : 0;
    if (length > 6 && strcmp(node + length - 6, ".stuck") == 0) {
        sem_post(&resolving);
        sem_wait(&resolver);
        return EAI_AGAIN;
    }
    if (length > 8 && strcmp(node + length - 8, ".invalid") == 0) {
        return EAI_NONAME;
    }
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(node, service, hints, result);
}

/* == Bench ======================================================================================
 */

static void on_change(void *ctx, const struct vb_mqtt_status *status)
{
    struct bench *bench = ctx;
    bench->disconnected += status->state != VB_MQTT_CONNECTED;
    bench->heard = *status;
}

static int make_bench(void **state)
{
    static struct bench bench;
    memset(&bench, 0, sizeof(bench));
    sem_init(&resolver, 0, 0);
    sem_init(&resolving, 0, 0);
    mosquitto_lib_init();
    make_broker(&bench.one);
    make_broker(&bench.two);
    bench.settings = (struct vb_broker_settings){.enabled = true,
                                                 .server = "127.0.0.1",
                                                 .port = bench.one.port,
                                                 .client_id = "pack",
                                                 .prefix = "battery",
                                                 .keepalive_s = 30};
    const struct vb_mqtt_options options = {.on_change = on_change,
                                            .ctx = &bench,
                                            .retry_ms_min = 20,
                                            .retry_ms_max = 100,
                                            .answer_ms_max = 300};
    bench.client = vb_mqtt_create(&options);
    if (bench.client != NULL) {
        vb_mqtt_available(bench.client, true);
    }
    *state = &bench;
    return bench.client != NULL ? 0 : -1;
}

static int drop_bench(void **state)
{
    struct bench *bench = *state;
    vb_mqtt_destroy(bench->client);
    for (int count = 0; count < 100; count++) {
        sem_post(&resolver);
    }
    usleep(50000); /* what was stuck comes back and cleans up */
    drop_broker(&bench->one);
    drop_broker(&bench->two);
    mosquitto_lib_cleanup();
    return 0;
}

static void dispatch_for(struct bench *bench, uint32_t duration_ms)
{
    struct pollfd waiting = {.fd = vb_mqtt_fd(bench->client), .events = POLLIN};
    poll(&waiting, 1, (int)duration_ms);
    vb_mqtt_dispatch(bench->client);
}

static void await_state(struct bench *bench, enum vb_mqtt_state state, const char *error)
{
    const uint32_t from_ms = vb_now_ms();
    while (bench->heard.state != state || strstr(bench->heard.error, error) == NULL) {
        if (vb_now_ms() - from_ms > MQTT_WAIT_MS) {
            fail_msg("%s: %s", vb_mqtt_state_name(bench->heard.state), bench->heard.error);
        }
        dispatch_for(bench, 20);
    }
}

/* == Faults =====================================================================================
 */

static void a_port_where_nothing_listens_is_said_in_words(void **state)
{
    struct bench *bench = *state;
    vb_mqtt_configure(bench->client, &bench->settings);
    char expected[128];
    snprintf(expected, sizeof(expected),
             "broker 127.0.0.1:%u refused the connection: nothing listens", bench->one.port);
    await_state(bench, VB_MQTT_CONNECTING, expected);
    assert_int_equal(bench->heard.fault, VB_MQTT_FAULT_REFUSED);
}

static void a_name_that_is_not_known_is_said_in_words(void **state)
{
    struct bench *bench = *state;
    snprintf(bench->settings.server, sizeof(bench->settings.server), "broker.invalid");
    vb_mqtt_configure(bench->client, &bench->settings);
    await_state(bench, VB_MQTT_CONNECTING, "cannot be found");
    assert_int_equal(bench->heard.fault, VB_MQTT_FAULT_NAME_NOT_FOUND);
}

static void a_wrong_login_is_said_in_words(void **state)
{
    struct bench *bench = *state;
    start_broker(&bench->one, "allow_anonymous false");
    snprintf(bench->settings.username, sizeof(bench->settings.username), "someone");
    snprintf(bench->settings.password, sizeof(bench->settings.password), "wrong");
    vb_mqtt_configure(bench->client, &bench->settings);
    await_state(bench, VB_MQTT_CONNECTING, "refused the connection: not authorised");
    assert_null(strstr(bench->heard.error, "wrong"));
    assert_int_equal(bench->heard.fault, VB_MQTT_FAULT_NOT_AUTHORISED);
}

static void a_broker_that_accepts_and_never_answers_is_said_in_words(void **state)
{
    struct bench *bench = *state;
    const int fd = listen_deaf(bench->one.port);
    vb_mqtt_configure(bench->client, &bench->settings);
    await_state(bench, VB_MQTT_CONNECTING, "took the connection but does not answer");
    assert_int_equal(bench->heard.fault, VB_MQTT_FAULT_SILENT);
    close(fd);
}

static void a_broker_that_never_reads_costs_bounded_memory_and_drops_the_oldest(void **state)
{
    struct bench *bench = *state;
    const int listener = listen_deaf(bench->one.port);
    vb_mqtt_configure(bench->client, &bench->settings);
    const int fd = accept(listener, NULL, NULL);
    static const uint8_t connack[] = {0x20, 2, 0, 0}; /* MQTT 3.1.1, 3.2 */
    assert_int_equal(send(fd, connack, sizeof(connack), 0), sizeof(connack));
    await_state(bench, VB_MQTT_CONNECTED, "");
    static uint8_t bytes[VB_MQTT_PAYLOAD_BYTES_MAX];
    uint32_t published = 0;
    struct vb_mqtt_status status;
    do { /* until the sockets' buffers are full and the queue is, too */
        vb_mqtt_publish(bench->client, "cells", bytes, sizeof(bytes), false);
        vb_mqtt_status(bench->client, &status);
        published++;
        usleep(100);
    } while (status.dropped < 50 && published < 20000);
    assert_true(status.dropped >= 50);
    assert_true(status.published + status.dropped + VB_MQTT_QUEUE_MAX >= published);
    close(fd);
    close(listener);
}

static void a_resolver_that_hangs_delays_neither_configure_nor_the_next_broker(void **state)
{
    struct bench *bench = *state;
    start_broker(&bench->one, "allow_anonymous true");
    const struct vb_broker_settings good = bench->settings;
    struct vb_broker_settings stuck = good;
    for (int count = 0; count < 3; count++) {
        snprintf(stuck.server, sizeof(stuck.server), "broker%d.stuck", count);
        vb_mqtt_configure(bench->client, &stuck); /* the resolver returns at the end alone */
        sem_wait(&resolving);
        dispatch_for(bench, 0);
    }
    vb_mqtt_configure(bench->client, &good);
    await_state(bench, VB_MQTT_CONNECTED, "");
    assert_int_equal(bench->heard.left_behind, 3);
}

static void stuck_threads_are_bounded_and_the_newest_settings_win_in_the_end(void **state)
{
    struct bench *bench = *state;
    start_broker(&bench->one, "allow_anonymous true");
    struct vb_broker_settings stuck = bench->settings;
    for (int count = 0; count < 20; count++) {
        snprintf(stuck.server, sizeof(stuck.server), "broker%d.stuck", count);
        vb_mqtt_configure(bench->client, &stuck);
        usleep(10000);
        dispatch_for(bench, 0);
        assert_in_range(bench->heard.left_behind, 0, VB_MQTT_LEFT_BEHIND_MAX);
    }
    vb_mqtt_configure(bench->client, &bench->settings);
    await_state(bench, VB_MQTT_CONNECTING, "has to wait");
    sem_post(&resolver);
    await_state(bench, VB_MQTT_CONNECTED, "");
}

static void stopping_does_not_wait_for_a_resolver_that_hangs(void **state)
{
    struct bench *bench = *state;
    snprintf(bench->settings.server, sizeof(bench->settings.server), "broker.stuck");
    vb_mqtt_configure(bench->client, &bench->settings);
    sem_wait(&resolving);
    vb_mqtt_destroy(bench->client); /* the resolver returns at the end alone */
    bench->client = NULL;
}

static void a_broker_that_goes_and_comes_back_is_found_again(void **state)
{
    struct bench *bench = *state;
    start_broker(&bench->one, "allow_anonymous true");
    vb_mqtt_configure(bench->client, &bench->settings);
    await_state(bench, VB_MQTT_CONNECTED, "");
    stop_broker(&bench->one);
    await_state(bench, VB_MQTT_CONNECTING, "broker 127.0.0.1");
    start_broker(&bench->one, "allow_anonymous true");
    await_state(bench, VB_MQTT_CONNECTED, "");
    assert_int_equal(bench->heard.connections, 2);
    expect_status(&bench->one, "online");
}

static void h1_the_broker_says_offline_when_the_process_is_killed(void **state)
{
    struct bench *bench = *state;
    start_broker(&bench->one, "allow_anonymous true");
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
        vb_mqtt_configure(bench->client, &bench->settings);
        for (;;) {
            pause();
        }
    }
    expect_status(&bench->one, "online");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    expect_status(&bench->one, "offline");
}

static void availability_says_what_it_was_told_last_and_again_after_a_reconnection(void **state)
{
    struct bench *bench = *state;
    start_broker(&bench->one, "allow_anonymous true");
    vb_mqtt_available(bench->client, false);
    vb_mqtt_configure(bench->client, &bench->settings);
    await_state(bench, VB_MQTT_CONNECTED, "");
    expect_status(&bench->one, "offline");
    vb_mqtt_available(bench->client, true);
    expect_status(&bench->one, "online");
    vb_mqtt_available(bench->client, false);
    expect_status(&bench->one, "offline");
    stop_broker(&bench->one);
    await_state(bench, VB_MQTT_CONNECTING, "broker 127.0.0.1");
    start_broker(&bench->one, "allow_anonymous true");
    vb_mqtt_available(bench->client, true);
    expect_status(&bench->one, "online");
}

/* == Behaviour ==================================================================================
 */

static void what_is_published_without_a_connection_is_dropped_and_counted(void **state)
{
    struct bench *bench = *state;
    vb_mqtt_publish(bench->client, "cells", "{}", 2, false);
    struct vb_mqtt_status status;
    vb_mqtt_status(bench->client, &status);
    assert_int_equal(status.state, VB_MQTT_DISABLED);
    assert_int_equal(status.dropped, 1);
}

static void e2_a_message_reaches_its_topic(void **state)
{
    struct bench *bench = *state;
    start_broker(&bench->one, "allow_anonymous true");
    vb_mqtt_configure(bench->client, &bench->settings);
    await_state(bench, VB_MQTT_CONNECTED, "");
    struct subscriber subscriber;
    open_subscriber(&subscriber, &bench->one);
    vb_mqtt_publish(bench->client, "cells", "{\"cells\":[3812]}", 16, false);
    await_message(&subscriber, "battery/cells", "{\"cells\":[3812]}");
    vb_mqtt_publish(bench->client, "info", "kept", 4, true);
    await_message(&subscriber, "battery/info", "kept");
    close_subscriber(&subscriber);
    open_subscriber(&subscriber, &bench->one);
    await_message(&subscriber, "battery/status", "online");
    close_subscriber(&subscriber);
}

static void a9_another_broker_is_taken_at_once_and_the_old_one_told(void **state)
{
    struct bench *bench = *state;
    start_broker(&bench->one, "allow_anonymous true");
    start_broker(&bench->two, "allow_anonymous true");
    vb_mqtt_configure(bench->client, &bench->settings);
    await_state(bench, VB_MQTT_CONNECTED, "");
    expect_status(&bench->one, "online");

    bench->settings.port = bench->two.port;
    const uint32_t before = bench->disconnected;
    vb_mqtt_configure(bench->client, &bench->settings);
    expect_status(&bench->two, "online"); /* it has the new connection before the loop turns */
    const uint32_t from_ms = broker_now_ms();
    while (bench->disconnected == before && broker_now_ms() - from_ms < MQTT_WAIT_MS)
        dispatch_for(bench, 10);
    assert_int_equal(bench->disconnected, before + 1);
    await_state(bench, VB_MQTT_CONNECTED, "");
    expect_status(&bench->one, "offline");
}

static void another_client_id_at_the_same_broker_ends_online(void **state)
{
    struct bench *bench = *state;
    start_broker(&bench->one, "allow_anonymous true");
    struct subscriber subscriber;
    open_subscriber(&subscriber, &bench->one);
    vb_mqtt_configure(bench->client, &bench->settings);
    await_state(bench, VB_MQTT_CONNECTED, "");
    await_message(&subscriber, "battery/status", "online");
    snprintf(bench->settings.client_id, sizeof(bench->settings.client_id), "other");
    vb_mqtt_configure(bench->client, &bench->settings);
    await_message(&subscriber, "battery/status", "offline");
    await_message(&subscriber, "battery/status", "online");
    close_subscriber(&subscriber);
    await_state(bench, VB_MQTT_CONNECTED, "");
    expect_status(&bench->one, "online");
}

static void equal_settings_change_nothing(void **state)
{
    struct bench *bench = *state;
    start_broker(&bench->one, "allow_anonymous true");
    vb_mqtt_configure(bench->client, &bench->settings);
    await_state(bench, VB_MQTT_CONNECTED, "");
    vb_mqtt_configure(bench->client, &bench->settings);
    dispatch_for(bench, 50);
    struct vb_mqtt_status status;
    vb_mqtt_status(bench->client, &status);
    assert_int_equal(status.state, VB_MQTT_CONNECTED);
    assert_int_equal(status.connections, 1);
}

static void a_name_with_several_addresses_is_tried_at_each(void **state)
{
    struct bench *bench = *state;
    start_broker(&bench->one, "allow_anonymous true");
    snprintf(bench->settings.server, sizeof(bench->settings.server), "localhost");
    vb_mqtt_configure(bench->client, &bench->settings);
    await_state(bench, VB_MQTT_CONNECTED, "");
}

static void switched_off_or_stopped_it_says_offline(void **state)
{
    struct bench *bench = *state;
    start_broker(&bench->one, "allow_anonymous true");
    vb_mqtt_configure(bench->client, &bench->settings);
    await_state(bench, VB_MQTT_CONNECTED, "");
    bench->settings.enabled = false;
    vb_mqtt_configure(bench->client, &bench->settings);
    await_state(bench, VB_MQTT_DISABLED, "");
    expect_status(&bench->one, "offline");

    bench->settings.enabled = true;
    vb_mqtt_configure(bench->client, &bench->settings);
    await_state(bench, VB_MQTT_CONNECTED, "");
    expect_status(&bench->one, "online");
    vb_mqtt_destroy(bench->client);
    bench->client = NULL;
    expect_status(&bench->one, "offline");
}

#define BENCHED(test) cmocka_unit_test_setup_teardown(test, make_bench, drop_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCHED(a_port_where_nothing_listens_is_said_in_words),
        BENCHED(a_name_that_is_not_known_is_said_in_words),
        BENCHED(a_wrong_login_is_said_in_words),
        BENCHED(a_broker_that_accepts_and_never_answers_is_said_in_words),
        BENCHED(a_broker_that_never_reads_costs_bounded_memory_and_drops_the_oldest),
        BENCHED(a_resolver_that_hangs_delays_neither_configure_nor_the_next_broker),
        BENCHED(stuck_threads_are_bounded_and_the_newest_settings_win_in_the_end),
        BENCHED(stopping_does_not_wait_for_a_resolver_that_hangs),
        BENCHED(a_broker_that_goes_and_comes_back_is_found_again),
        BENCHED(availability_says_what_it_was_told_last_and_again_after_a_reconnection),
        BENCHED(h1_the_broker_says_offline_when_the_process_is_killed),
        BENCHED(what_is_published_without_a_connection_is_dropped_and_counted),
        BENCHED(e2_a_message_reaches_its_topic),
        BENCHED(a9_another_broker_is_taken_at_once_and_the_old_one_told),
        BENCHED(another_client_id_at_the_same_broker_ends_online),
        BENCHED(equal_settings_change_nothing),
        BENCHED(a_name_with_several_addresses_is_tried_at_each),
        BENCHED(switched_off_or_stopped_it_says_offline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
