/* The thread of one session: resolves the broker, tries its addresses one by one, serves the
 * connection until it breaks, waits, and starts over, until stopped. */
#include "linux/mqtt/mqtt_session.h"

#include <errno.h>
#include <mosquitto.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "linux/loop/loop.h"
#include "linux/system/log.h"
#include "voltbeacon/core/time.h"

enum {
    ADDRESSES_MAX = 4,         /* per name */
    MISC_MS = 1000,            /* how often libmosquitto checks its keep-alive */
    FAREWELL_MS_MAX = 500,     /* to pass "offline" to the network */
    PREDECESSOR_MS_MAX = 2000, /* to wait for the previous session to do so */
    PACKETS_PER_TURN_MAX = 32,
    STACK_BYTES = 256 * 1024
};

/* One attempt at one address. */
struct connection {
    struct vb_mqtt_session *session;
    struct mosquitto *mosq;
    bool answered;
    bool said; /* <prefix>/status was published: said_online */
    bool said_online;
    int answer; /* CONNACK's return code; MQTT 3.1.1, 3.2.2.3 */
};

/* == References ============================================================================== */

void vb_mqtt_shared_release(struct vb_mqtt_shared *shared)
{
    pthread_mutex_lock(&shared->lock);
    const bool last = --shared->references == 0;
    pthread_mutex_unlock(&shared->lock);
    if (last) {
        close(shared->event_fd);
        pthread_cond_destroy(&shared->left);
        pthread_mutex_destroy(&shared->lock);
        mosquitto_lib_cleanup();
        free(shared);
    }
}

void vb_mqtt_session_release(struct vb_mqtt_session *session)
{
    struct vb_mqtt_shared *shared = session->shared;
    pthread_mutex_lock(&shared->lock);
    const bool last = --session->references == 0;
    pthread_mutex_unlock(&shared->lock);
    if (last) {
        close(session->wake_fd);
        explicit_bzero(&session->settings, sizeof(session->settings)); /* contains a password */
        free(session);
        vb_mqtt_shared_release(shared);
    }
}

static void signal_fd(int fd)
{
    const uint64_t one = 1;
    const ssize_t ignored = write(fd, &one, sizeof(one));
    (void)ignored; /* a full counter is readable, too */
}

void vb_mqtt_session_wake(const struct vb_mqtt_session *session)
{
    signal_fd(session->wake_fd);
}

void vb_mqtt_session_stop(struct vb_mqtt_session *session)
{
    pthread_mutex_lock(&session->shared->lock);
    session->stop = true;
    if (session->at_broker && !session->leaving) {
        session->leaving = true;
        session->shared->leaving++;
    }
    pthread_mutex_unlock(&session->shared->lock);
    vb_mqtt_session_wake(session);
}

static bool is_stopped(struct vb_mqtt_session *session)
{
    pthread_mutex_lock(&session->shared->lock);
    const bool stop = session->stop;
    pthread_mutex_unlock(&session->shared->lock);
    return stop;
}

/* == Status ================================================================================== */

static void set_status(struct vb_mqtt_session *session, bool connected, enum vb_mqtt_fault fault,
                       const char *error)
{
    struct vb_mqtt_shared *shared = session->shared;
    VB_ASSERT(!connected || fault == VB_MQTT_FAULT_NONE);
    pthread_mutex_lock(&shared->lock);
    if (connected && !session->connected) {
        shared->connections++;
    }
    if (!connected) { /* anything left will be stale by the next connection */
        shared->dropped += session->count;
        session->count = 0;
    }
    session->connected = connected;
    session->fault = fault;
    snprintf(session->error, sizeof(session->error), "%s", error);
    pthread_mutex_unlock(&shared->lock);
    signal_fd(shared->event_fd);
}

static void set_fault(struct vb_mqtt_session *session, enum vb_mqtt_fault fault, const char *what)
{
    char error[VB_MQTT_ERROR_SIZE];
    snprintf(error, sizeof(error), "broker %s:%u %s", session->settings.server,
             session->settings.port, what);
    set_status(session, false, fault, error);
}

static void set_problem(struct vb_mqtt_session *session, struct vb_mqtt_problem problem)
{
    set_fault(session, problem.fault, problem.what);
}

static void set_library_fault(struct vb_mqtt_session *session, int code, int reason)
{
    char what[128];
    switch (code) {
    case MOSQ_ERR_ERRNO:
        set_problem(session, vb_mqtt_problem_of_errno(reason));
        return;
    case MOSQ_ERR_CONN_LOST:
    case MOSQ_ERR_NO_CONN:
        set_fault(session, VB_MQTT_FAULT_CLOSED, "closed the connection");
        return;
    case MOSQ_ERR_KEEPALIVE:
        set_fault(session, VB_MQTT_FAULT_SILENT,
                  "fell silent: it did not answer within the keep-alive");
        return;
    case MOSQ_ERR_TLS:
        set_fault(session, VB_MQTT_FAULT_CERTIFICATE, "has a certificate that is not accepted");
        return;
    default:
        snprintf(what, sizeof(what), "does not speak MQTT as expected: %s",
                 mosquitto_strerror(code));
        set_fault(session, VB_MQTT_FAULT_NOT_MQTT, what);
        return;
    }
}

/* == A connection ============================================================================ */

static void on_connack(struct mosquitto *mosq, void *ctx, int answer)
{
    (void)mosq;
    struct connection *connection = ctx;
    connection->answered = true;
    connection->answer = answer;
}

static int publish_status(const struct connection *connection, bool online)
{
    char topic[VB_MQTT_TOPIC_SIZE];
    const char *text = vb_mqtt_availability(online);
    vb_mqtt_topic(&connection->session->settings, "status", topic);
    return mosquitto_publish(connection->mosq, NULL, topic, (int)strlen(text), text, 0, true);
}

static bool open_connection(struct connection *connection, const char *address)
{
    struct vb_mqtt_session *session = connection->session;
    const struct vb_broker_settings *settings = &session->settings;
    const char *client_id = settings->client_id[0] != '\0' ? settings->client_id : NULL;
    connection->mosq = mosquitto_new(client_id, true, connection);
    if (connection->mosq == NULL) {
        set_problem(session, vb_mqtt_problem_of_errno(errno));
        return false;
    }
    mosquitto_connect_callback_set(connection->mosq, on_connack);
    char topic[VB_MQTT_TOPIC_SIZE];
    const char *will = vb_mqtt_availability(false);
    vb_mqtt_topic(settings, "status", topic);
    int code = mosquitto_will_set(connection->mosq, topic, (int)strlen(will), will, 1, true);
    if (code == MOSQ_ERR_SUCCESS && settings->username[0] != '\0') {
        code = mosquitto_username_pw_set(connection->mosq, settings->username, settings->password);
    }
    if (code == MOSQ_ERR_SUCCESS) {
        code = mosquitto_connect_async(connection->mosq, address, settings->port,
                                       settings->keepalive_s);
    }
    if (code != MOSQ_ERR_SUCCESS) {
        set_library_fault(session, code, errno);
        return false;
    }
    return true;
}

/* The oldest message leaves the queue; libmosquitto's own queue is unbounded, so it gets the next
 * one only after it has passed on the last. */
static bool hand_over(struct connection *connection, struct vb_mqtt_message *message)
{
    struct vb_mqtt_session *session = connection->session;
    struct vb_mqtt_shared *shared = session->shared;
    if (mosquitto_want_write(connection->mosq)) {
        return false;
    }
    pthread_mutex_lock(&shared->lock);
    const bool any = session->count > 0;
    if (any) {
        *message = session->messages[session->first];
        session->first = (session->first + 1) % VB_MQTT_QUEUE_MAX;
        session->count--;
    }
    pthread_mutex_unlock(&shared->lock);
    if (any) {
        char topic[VB_MQTT_TOPIC_SIZE];
        vb_mqtt_topic(&session->settings, message->suffix, topic);
        /* A lost connection shows the next time it is served. */
        const int code = mosquitto_publish(connection->mosq, NULL, topic, (int)message->size,
                                           message->bytes, 0, message->retain);
        pthread_mutex_lock(&shared->lock);
        if (code == MOSQ_ERR_SUCCESS)
            shared->published++;
        else
            shared->dropped++;
        pthread_mutex_unlock(&shared->lock);
    }
    return any;
}

static void say_farewell(struct connection *connection)
{
    /* Where there is no memory for it the connection breaks off, and the broker publishes the will.
     */
    if (publish_status(connection, false) == MOSQ_ERR_SUCCESS)
        mosquitto_disconnect(connection->mosq);
    const uint32_t deadline_ms = vb_now_ms() + FAREWELL_MS_MAX;
    while (mosquitto_want_write(connection->mosq) && mosquitto_socket(connection->mosq) >= 0 &&
           !vb_time_reached(vb_now_ms(), deadline_ms)) {
        struct pollfd writable = {.fd = mosquitto_socket(connection->mosq), .events = POLLOUT};
        poll(&writable, 1, (int)vb_time_until(vb_now_ms(), deadline_ms));
        if (mosquitto_loop_write(connection->mosq, PACKETS_PER_TURN_MAX) != MOSQ_ERR_SUCCESS) {
            break;
        }
    }
    set_status(connection->session, false, VB_MQTT_FAULT_NONE, "");
}

/* Waits for the socket and for the client, then serves the socket. */
static bool serve_turn(struct connection *connection, uint32_t timeout_ms)
{
    struct vb_mqtt_session *session = connection->session;
    struct mosquitto *mosq = connection->mosq;
    const bool writes = mosquitto_want_write(mosq);
    struct pollfd fds[2] = {
        {.fd = mosquitto_socket(mosq), .events = (short)(writes ? POLLIN | POLLOUT : POLLIN)},
        {.fd = session->wake_fd, .events = POLLIN}};
    poll(fds, 2, (int)timeout_ms);

    uint64_t count;
    const ssize_t ignored = read(session->wake_fd, &count, sizeof(count));
    (void)ignored;
    int reason = 0;
    socklen_t reason_size = sizeof(reason);
    if ((fds[0].revents & POLLERR) != 0 &&
        getsockopt(fds[0].fd, SOL_SOCKET, SO_ERROR, &reason, &reason_size) == 0 && reason != 0) {
        set_problem(session, vb_mqtt_problem_of_errno(reason));
        return false;
    }
    int code = MOSQ_ERR_SUCCESS;
    errno = 0;
    if ((fds[0].revents & (POLLIN | POLLHUP)) != 0) {
        code = mosquitto_loop_read(mosq, PACKETS_PER_TURN_MAX);
    }
    if (code == MOSQ_ERR_SUCCESS && (fds[0].revents & POLLOUT) != 0) {
        code = mosquitto_loop_write(mosq, PACKETS_PER_TURN_MAX);
    }
    if (code == MOSQ_ERR_SUCCESS) {
        code = mosquitto_loop_misc(mosq);
    }
    if (connection->answered && connection->answer != 0) {
        set_problem(session, vb_mqtt_problem_of_answer(connection->answer));
        return false;
    }
    if (code != MOSQ_ERR_SUCCESS) {
        set_library_fault(session, code, errno);
        return false;
    }
    return true;
}

static bool await_answer(struct connection *connection)
{
    struct vb_mqtt_session *session = connection->session;
    const uint32_t deadline_ms = vb_now_ms() + session->shared->answer_ms_max;
    while (!connection->answered) {
        const uint32_t left_ms = vb_time_until(vb_now_ms(), deadline_ms);
        if (left_ms == 0) {
            set_fault(session, VB_MQTT_FAULT_SILENT,
                      mosquitto_want_write(connection->mosq)
                          ? "does not answer"
                          : "took the connection but does not answer; is it an MQTT "
                            "broker?");
            return false;
        }
        if (!serve_turn(connection, left_ms) || (is_stopped(session) && !connection->answered)) {
            return false;
        }
    }
    return true;
}

/* Publishes the current <prefix>/status, unless that was done already; where it cannot be, the next
 * turn does. */
static void say_availability(struct connection *connection)
{
    struct vb_mqtt_session *session = connection->session;
    pthread_mutex_lock(&session->shared->lock);
    const bool online = session->shared->available;
    pthread_mutex_unlock(&session->shared->lock);
    if (connection->said && connection->said_online == online) {
        return;
    }
    connection->said = publish_status(connection, online) == MOSQ_ERR_SUCCESS;
    connection->said_online = online;
}

static void serve(struct connection *connection)
{
    struct vb_mqtt_session *session = connection->session;
    struct vb_mqtt_message message;
    say_availability(connection);
    set_status(session, true, VB_MQTT_FAULT_NONE, "");
    do {
        if (is_stopped(session)) {
            say_farewell(connection);
            break;
        }
        say_availability(connection);
        size_t handed = 0;
        while (handed < PACKETS_PER_TURN_MAX && hand_over(connection, &message)) {
            handed++;
        }
    } while (serve_turn(connection, MISC_MS));
}

/* False if the session was stopped before. */
static bool enter_broker(struct vb_mqtt_session *session)
{
    pthread_mutex_lock(&session->shared->lock);
    session->at_broker = !session->stop;
    const bool entered = session->at_broker;
    pthread_mutex_unlock(&session->shared->lock);
    return entered;
}

static void leave_broker(struct vb_mqtt_session *session)
{
    struct vb_mqtt_shared *shared = session->shared;
    pthread_mutex_lock(&shared->lock);
    session->at_broker = false;
    if (session->leaving) {
        session->leaving = false;
        shared->leaving--;
        pthread_cond_broadcast(&shared->left);
    }
    pthread_mutex_unlock(&shared->lock);
}

/* Whether there was a connection. */
static bool try_address(struct vb_mqtt_session *session, const char *address)
{
    struct connection connection = {.session = session};
    if (!enter_broker(session)) {
        return false;
    }
    const bool connected = open_connection(&connection, address) && await_answer(&connection);
    if (connected) {
        serve(&connection);
    }
    mosquitto_destroy(connection.mosq);
    leave_broker(session);
    return connected;
}

/* == The thread ============================================================================== */

/* Tries every address of the name: "localhost" is ::1 first, and many brokers listen only on
 * 127.0.0.1. */
static bool try_broker(struct vb_mqtt_session *session)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *all = NULL;
    const int code = getaddrinfo(session->settings.server, NULL, &hints, &all);
    if (code != 0) {
        char what[128];
        snprintf(what, sizeof(what), "cannot be found: %s; check the server's name",
                 code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code));
        set_fault(session,
                  code == EAI_SYSTEM ? VB_MQTT_FAULT_UNREACHABLE : VB_MQTT_FAULT_NAME_NOT_FOUND,
                  what);
        return false;
    }
    bool connected = false;
    size_t tried = 0;
    for (const struct addrinfo *one = all; one != NULL && !connected; one = one->ai_next) {
        char address[NI_MAXHOST];
        if (tried++ == ADDRESSES_MAX) {
            break;
        }
        if (getnameinfo(one->ai_addr, one->ai_addrlen, address, sizeof(address), NULL, 0,
                        NI_NUMERICHOST) == 0) {
            connected = try_address(session, address);
        }
    }
    freeaddrinfo(all);
    return connected;
}

/* Waits until earlier sessions have said "offline", so that it cannot follow this one's
 * "online". */
static void wait_for_predecessors(struct vb_mqtt_session *session)
{
    struct vb_mqtt_shared *shared = session->shared;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PREDECESSOR_MS_MAX / 1000;
    pthread_mutex_lock(&shared->lock);
    int result = 0;
    while (shared->leaving > 0 && !session->stop && result == 0) {
        result = pthread_cond_timedwait(&shared->left, &shared->lock, &until);
    }
    pthread_mutex_unlock(&shared->lock);
}

static void wait_to_retry(struct vb_mqtt_session *session, uint32_t delay_ms)
{
    const uint32_t deadline_ms = vb_now_ms() + delay_ms;
    while (!is_stopped(session) && !vb_time_reached(vb_now_ms(), deadline_ms)) {
        struct pollfd wake = {.fd = session->wake_fd, .events = POLLIN};
        poll(&wake, 1, (int)vb_time_until(vb_now_ms(), deadline_ms));
        uint64_t count;
        const ssize_t ignored = read(session->wake_fd, &count, sizeof(count));
        (void)ignored;
    }
}

static void *run_session(void *ctx)
{
    struct vb_mqtt_session *session = ctx;
    struct vb_mqtt_shared *shared = session->shared;
    wait_for_predecessors(session);
    uint32_t delay_ms = shared->retry_ms_min;
    while (!is_stopped(session)) {
        if (try_broker(session)) {
            delay_ms = shared->retry_ms_min;
        }
        wait_to_retry(session, delay_ms);
        delay_ms = vb_mqtt_retry_ms(delay_ms, shared->retry_ms_max);
    }
    pthread_mutex_lock(&shared->lock);
    session->ended = true;
    pthread_mutex_unlock(&shared->lock);
    signal_fd(shared->event_fd);
    vb_mqtt_session_release(session);
    return NULL;
}

static bool start_thread(struct vb_mqtt_session *session)
{
    /* Signals belong to the loop; and a broken connection must not end the daemon by SIGPIPE. */
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_t thread;
    const int reason = pthread_create(&thread, &attributes, run_session, session);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return reason == 0;
}

struct vb_mqtt_session *vb_mqtt_session_start(struct vb_mqtt_shared *shared,
                                              const struct vb_broker_settings *settings)
{
    struct vb_mqtt_session *session = calloc(1, sizeof(*session));
    const int wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (session == NULL || wake_fd < 0) {
        vb_log(VB_LOG_ERROR, "cannot start the MQTT client: %s", strerror(errno));
        free(session);
        return NULL;
    }
    session->shared = shared;
    session->settings = *settings;
    session->wake_fd = wake_fd;
    session->references = 2;
    pthread_mutex_lock(&shared->lock);
    shared->references++;
    pthread_mutex_unlock(&shared->lock);
    if (!start_thread(session)) {
        vb_log(VB_LOG_ERROR, "cannot start the MQTT client's thread");
        session->references = 1;
        vb_mqtt_session_release(session);
        return NULL;
    }
    return session;
}
