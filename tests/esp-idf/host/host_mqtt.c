#include "host_mqtt.h"

#include <errno.h>
#include <mosquitto.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <esp_timer.h>
#include <esp_tls_errors.h>
#include <mqtt_client.h>

#include "voltbeacon/core/platform.h"

enum { LOOKS_MS = 10, POLL_MS = 1000 /* esp-mqtt's own, for what comes */, TEXT_SIZE = 128 };

enum state { INIT, CONNECTED, WAITS, DISCONNECTED };

struct esp_mqtt_client {
    pthread_mutex_t api;
    char server[TEXT_SIZE], username[TEXT_SIZE], password[TEXT_SIZE], id[TEXT_SIZE];
    char will_topic[TEXT_SIZE], will[TEXT_SIZE];
    esp_mqtt_client_config_t config;
    esp_event_handler_t handler;
    void *ctx;
    pthread_t task;
    bool is_made, runs, has_ended; /* the task */
    enum state state;
    struct mosquitto *mosq;
    int answer; /* a CONNACK's; -1: none yet */
    esp_mqtt_error_codes_t error;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* has_ended, or sticks */
    struct esp_mqtt_client *newest;
    unsigned made, exist, stuck;
    bool refuses_clients, refuses_tasks, ends_at_once, sticks;
    uint32_t begin_ms;
} host = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* ---- For the tests ---- */

#define UNDER_LOCK(what)                       \
    do {                                       \
        pthread_mutex_lock(&host.lock);        \
        what;                                  \
        pthread_cond_broadcast(&host.changed); \
        pthread_mutex_unlock(&host.lock);      \
    } while (0)

void host_mqtt_reset(void)
{
    VB_ASSERT(host_mqtt_exist() == 0);
    UNDER_LOCK(host.newest = NULL; host.made = 0; host.refuses_clients = false;
               host.refuses_tasks = false; host.ends_at_once = false; host.sticks = false;
               host.begin_ms = 0);
}

void host_mqtt_refuse_clients(bool refuse)
{
    UNDER_LOCK(host.refuses_clients = refuse);
}

void host_mqtt_refuse_tasks(bool refuse)
{
    UNDER_LOCK(host.refuses_tasks = refuse);
}

void host_mqtt_end_at_once(bool at_once)
{
    UNDER_LOCK(host.ends_at_once = at_once);
}

void host_mqtt_begin_after_ms(uint32_t ms)
{
    UNDER_LOCK(host.begin_ms = ms);
}

void host_mqtt_stick(bool stick)
{
    UNDER_LOCK(host.sticks = stick);
}

unsigned host_mqtt_made(void)
{
    unsigned made;
    UNDER_LOCK(made = host.made);
    return made;
}

unsigned host_mqtt_exist(void)
{
    unsigned exist;
    UNDER_LOCK(exist = host.exist);
    return exist;
}

unsigned host_mqtt_sticks(void)
{
    unsigned stuck;
    UNDER_LOCK(stuck = host.stuck);
    return stuck;
}

void host_mqtt_cut(void)
{
    pthread_mutex_lock(&host.lock);
    struct esp_mqtt_client *client = host.newest;
    pthread_mutex_unlock(&host.lock);
    VB_ASSERT(client != NULL);
    pthread_mutex_lock(&client->api);
    VB_ASSERT(client->mosq != NULL);
    shutdown(mosquitto_socket(client->mosq), SHUT_RDWR);
    pthread_mutex_unlock(&client->api);
}

/* ---- Events ---- */

static void tell(struct esp_mqtt_client *client, esp_mqtt_event_id_t id)
{
    esp_mqtt_event_t event = {.event_id = id, .client = client, .error_handle = &client->error};
    client->handler(client->ctx, "MQTT_EVENTS", id, &event);
}

static void tell_transport_error(struct esp_mqtt_client *client, esp_err_t last, int reason)
{
    client->error = (esp_mqtt_error_codes_t){.error_type = MQTT_ERROR_TYPE_TCP_TRANSPORT,
                                             .esp_tls_last_esp_err = last,
                                             .esp_transport_sock_errno = reason};
    tell(client, MQTT_EVENT_ERROR);
}

/* Without a word to the broker, which publishes the will then. */
static void abort_connection(struct esp_mqtt_client *client)
{
    mosquitto_destroy(client->mosq);
    client->mosq = NULL;
    client->state = WAITS;
    tell(client, MQTT_EVENT_DISCONNECTED);
}

/* ---- A connection ---- */

static bool ends_in(const char *name, const char *end)
{
    const size_t length = strlen(name);
    return length > strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

static bool resolve(const char *name, char *address, size_t size)
{
    /* The loopback is IPv4 alone here, and lwIP takes the first address. */
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    if (ends_in(name, ".stuck")) {
        pthread_mutex_lock(&host.lock);
        for (host.stuck++; host.sticks;)
            pthread_cond_wait(&host.changed, &host.lock);
        host.stuck--;
        pthread_mutex_unlock(&host.lock);
        return false;
    }
    if (ends_in(name, ".invalid") || getaddrinfo(name, NULL, &hints, &found) != 0)
        return false;
    const bool known = getnameinfo(found->ai_addr, found->ai_addrlen, address, (socklen_t)size,
                                   NULL, 0, NI_NUMERICHOST) == 0;
    freeaddrinfo(found);
    return known;
}

static void on_connack(struct mosquitto *mosq, void *ctx, int answer)
{
    (void)mosq;
    ((struct esp_mqtt_client *)ctx)->answer = answer;
}

/* As esp-tls waits for it. */
static bool await_connection(struct esp_mqtt_client *client)
{
    int reason = 0;
    socklen_t size = sizeof reason;
    struct pollfd ready = {.fd = mosquitto_socket(client->mosq), .events = POLLOUT};
    if (poll(&ready, 1, client->config.network.timeout_ms) != 1) {
        tell_transport_error(client, ESP_ERR_ESP_TLS_CONNECTION_TIMEOUT, 0);
        return false;
    }
    if (getsockopt(ready.fd, SOL_SOCKET, SO_ERROR, &reason, &size) == 0 && reason == 0)
        return true;
    tell_transport_error(client, ESP_ERR_ESP_TLS_FAILED_CONNECT_TO_HOST, reason);
    return false;
}

static bool connect_to(struct esp_mqtt_client *client, const char *address)
{
    client->mosq = mosquitto_new(client->id, true, client);
    VB_ASSERT(client->mosq != NULL);
    mosquitto_connect_callback_set(client->mosq, on_connack);
    VB_ASSERT(mosquitto_will_set(client->mosq, client->will_topic, (int)strlen(client->will),
                                 client->will, client->config.session.last_will.qos,
                                 client->config.session.last_will.retain != 0) == 0);
    if (client->username[0] != '\0')
        VB_ASSERT(mosquitto_username_pw_set(client->mosq, client->username, client->password) == 0);
    if (mosquitto_connect_async(client->mosq, address, (int)client->config.broker.address.port,
                                client->config.session.keepalive) == MOSQ_ERR_SUCCESS)
        return await_connection(client);
    /* lwIP tells of a refusal later than the call, and esp-tls of an errno only then. */
    tell_transport_error(client, ESP_ERR_ESP_TLS_FAILED_CONNECT_TO_HOST,
                         errno == ECONNREFUSED ? ECONNREFUSED : 0);
    return false;
}

/* What esp-mqtt says where libmosquitto has said this. */
static void tell_failure(struct esp_mqtt_client *client, int code, int reason)
{
    if (code == MOSQ_ERR_KEEPALIVE)
        return;
    if (code == MOSQ_ERR_CONN_LOST && reason != ECONNRESET && reason != EPIPE)
        tell_transport_error(client, ESP_ERR_ESP_TLS_TCP_CLOSED_FIN, 0);
    else if (code == MOSQ_ERR_CONN_LOST || code == MOSQ_ERR_ERRNO)
        tell_transport_error(client, ESP_OK, reason);
    else
        tell_transport_error(client, ESP_OK, 0);
}

/* A first byte that is no message's. One of another message than a CONNACK names no reason. */
static bool is_answered_otherwise(struct esp_mqtt_client *client)
{
    uint8_t first;
    if (recv(mosquitto_socket(client->mosq), &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1 ||
        first == 0x20)
        return false;
    if ((first & 0x0f) != 0)
        tell_transport_error(client, ESP_OK, 0);
    return true;
}

static bool await_answer(struct esp_mqtt_client *client)
{
    const int64_t until_us = esp_timer_get_time() + client->config.network.timeout_ms * 1000LL;
    while (client->answer < 0 && esp_timer_get_time() < until_us) {
        struct pollfd readable = {.fd = mosquitto_socket(client->mosq), .events = POLLIN};
        poll(&readable, 1, LOOKS_MS);
        if (is_answered_otherwise(client))
            return false;
        errno = 0;
        const int code = mosquitto_loop(client->mosq, 0, 1);
        if (client->answer < 0 && code != MOSQ_ERR_SUCCESS) {
            tell_failure(client, code, errno);
            return false;
        }
    }
    if (client->answer > 0) {
        client->error = (esp_mqtt_error_codes_t){
            .error_type = MQTT_ERROR_TYPE_CONNECTION_REFUSED,
            .connect_return_code = (esp_mqtt_connect_return_code_t)client->answer};
        tell(client, MQTT_EVENT_ERROR);
    }
    return client->answer == 0;
}

static void connect_broker(struct esp_mqtt_client *client)
{
    char address[TEXT_SIZE];
    client->answer = -1;
    tell(client, MQTT_EVENT_BEFORE_CONNECT);
    if (!resolve(client->server, address, sizeof address)) {
        tell_transport_error(client, ESP_ERR_ESP_TLS_CANNOT_RESOLVE_HOSTNAME, EAGAIN);
        abort_connection(client);
        return;
    }
    if (!connect_to(client, address) || !await_answer(client)) {
        abort_connection(client);
        return;
    }
    client->state = CONNECTED;
    tell(client, MQTT_EVENT_CONNECTED);
}

static void receive(struct esp_mqtt_client *client)
{
    errno = 0;
    const int code = mosquitto_loop(client->mosq, 0, 1);
    if (code == MOSQ_ERR_SUCCESS)
        return;
    tell_failure(client, code, errno);
    abort_connection(client);
}

/* ---- The task ---- */

static void step(struct esp_mqtt_client *client)
{
    int socket = -1;
    pthread_mutex_lock(&client->api);
    if (client->state == INIT)
        connect_broker(client);
    else if (client->state == CONNECTED)
        receive(client);
    const enum state state = client->state;
    if (state == CONNECTED)
        socket = mosquitto_socket(client->mosq);
    pthread_mutex_unlock(&client->api);
    struct pollfd readable = {.fd = socket, .events = POLLIN};
    if (state == CONNECTED)
        poll(&readable, 1, POLL_MS);
    else if (state == WAITS)
        usleep((useconds_t)client->config.network.reconnect_timeout_ms * 1000 / 2);
}

static bool is_set(const bool *flag)
{
    return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static void set(bool *flag, bool value)
{
    __atomic_store_n(flag, value, __ATOMIC_RELEASE);
}

static void *run(void *ctx)
{
    struct esp_mqtt_client *client = ctx;
    uint32_t begin_ms;
    bool ends_at_once;
    UNDER_LOCK(begin_ms = host.begin_ms; ends_at_once = host.ends_at_once);
    usleep(begin_ms * 1000);
    set(&client->runs, !ends_at_once);
    while (is_set(&client->runs))
        step(client);
    pthread_mutex_lock(&client->api);
    mosquitto_destroy(client->mosq);
    client->mosq = NULL;
    client->state = DISCONNECTED;
    pthread_mutex_unlock(&client->api);
    UNDER_LOCK(client->has_ended = true);
    return NULL;
}

/* ---- The calls ---- */

static void keep(char to[TEXT_SIZE], const char *from)
{
    VB_ASSERT(from == NULL || strlen(from) < TEXT_SIZE);
    snprintf(to, TEXT_SIZE, "%s", from == NULL ? "" : from);
}

esp_mqtt_client_handle_t esp_mqtt_client_init(const esp_mqtt_client_config_t *config)
{
    bool refuses;
    UNDER_LOCK(refuses = host.refuses_clients);
    if (refuses)
        return NULL;
    struct esp_mqtt_client *client = calloc(1, sizeof *client);
    pthread_mutexattr_t recursive;
    VB_ASSERT(client != NULL && config->broker.address.transport == MQTT_TRANSPORT_OVER_TCP);
    VB_ASSERT(config->network.disable_auto_reconnect && config->session.keepalive > 0);
    VB_ASSERT(config->credentials.client_id[0] != '\0'); /* else it takes one of its own */
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&client->api, &recursive);
    pthread_mutexattr_destroy(&recursive);
    client->config = *config;
    keep(client->server, config->broker.address.hostname);
    keep(client->username, config->credentials.username);
    keep(client->password, config->credentials.authentication.password);
    keep(client->id, config->credentials.client_id);
    keep(client->will_topic, config->session.last_will.topic);
    keep(client->will, config->session.last_will.msg);
    mosquitto_lib_init();
    UNDER_LOCK(host.newest = client; host.made++; host.exist++);
    return client;
}

esp_err_t esp_mqtt_client_register_event(esp_mqtt_client_handle_t client, esp_mqtt_event_id_t event,
                                         esp_event_handler_t event_handler, void *event_handler_arg)
{
    VB_ASSERT(event == MQTT_EVENT_ANY);
    client->handler = event_handler;
    client->ctx = event_handler_arg;
    return ESP_OK;
}

esp_err_t esp_mqtt_client_start(esp_mqtt_client_handle_t client)
{
    bool refuses;
    UNDER_LOCK(refuses = host.refuses_tasks);
    if (refuses)
        return ESP_FAIL;
    client->is_made = true;
    VB_ASSERT(pthread_create(&client->task, NULL, run, client) == 0);
    return ESP_OK;
}

esp_err_t esp_mqtt_client_stop(esp_mqtt_client_handle_t client)
{
    pthread_mutex_lock(&client->api);
    VB_ASSERT(!client->is_made || !pthread_equal(pthread_self(), client->task));
    const bool runs = is_set(&client->runs);
    if (runs && client->state == CONNECTED)
        (void)mosquitto_disconnect(client->mosq);
    set(&client->runs, false);
    pthread_mutex_unlock(&client->api);
    if (!runs)
        return ESP_FAIL;
    pthread_mutex_lock(&host.lock);
    while (!client->has_ended)
        pthread_cond_wait(&host.changed, &host.lock);
    pthread_mutex_unlock(&host.lock);
    return ESP_OK;
}

esp_err_t esp_mqtt_client_destroy(esp_mqtt_client_handle_t client)
{
    bool has_ended;
    if (is_set(&client->runs))
        (void)esp_mqtt_client_stop(client);
    UNDER_LOCK(has_ended = client->has_ended);
    VB_ASSERT(!client->is_made || has_ended); /* freed under its task */
    if (client->is_made)
        VB_ASSERT(pthread_join(client->task, NULL) == 0);
    UNDER_LOCK(host.exist--; if (host.newest == client) host.newest = NULL);
    pthread_mutex_destroy(&client->api);
    free(client);
    mosquitto_lib_cleanup();
    return ESP_OK;
}

/* Until the system has taken it all. MOSQ_ERR_KEEPALIVE: it has not in time. */
static int flush(struct esp_mqtt_client *client)
{
    int code = MOSQ_ERR_SUCCESS;
    while (code == MOSQ_ERR_SUCCESS && mosquitto_want_write(client->mosq)) {
        struct pollfd writable = {.fd = mosquitto_socket(client->mosq), .events = POLLOUT};
        if (poll(&writable, 1, client->config.network.timeout_ms) != 1)
            return MOSQ_ERR_KEEPALIVE;
        code = mosquitto_loop_write(client->mosq, 1);
    }
    return code;
}

int esp_mqtt_client_publish(esp_mqtt_client_handle_t client, const char *topic, const char *data,
                            int len, int qos, int retain)
{
    int result = -1;
    VB_ASSERT(qos == 0); /* of others the outbox is not modelled */
    if (len <= 0 && data != NULL)
        len = (int)strlen(data);
    pthread_mutex_lock(&client->api);
    if (client->state == CONNECTED) {
        errno = 0;
        int code = mosquitto_publish(client->mosq, NULL, topic, len, data, qos, retain != 0);
        if (code == MOSQ_ERR_SUCCESS)
            code = flush(client);
        if (code == MOSQ_ERR_SUCCESS) {
            result = 0;
        } else {
            tell_failure(client, code, errno);
            abort_connection(client);
        }
    }
    pthread_mutex_unlock(&client->api);
    return result;
}
