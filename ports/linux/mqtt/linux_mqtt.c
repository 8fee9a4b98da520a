#include "linux/mqtt/linux_mqtt.h"

#include <errno.h>
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "linux/mqtt/mqtt_session.h"
#include "linux/system/log.h"

enum { ANSWER_MS_MAX = 10000, FAREWELL_MS_MAX = 1000 };

/* Used only on the loop's thread. */
struct vb_mqtt {
    struct vb_mqtt_shared *shared;
    struct vb_broker_settings settings;
    struct vb_mqtt_session *session; /* NULL = disabled, or waiting */
    struct vb_mqtt_session *left_behind[VB_MQTT_LEFT_BEHIND_MAX];
    uint32_t left_behind_count;
    void (*on_change)(void *ctx, const struct vb_mqtt_status *status);
    void *ctx;
    struct vb_mqtt_status told; /* as last passed to on_change */
    bool reconfigured;          /* since then; from is the status at that moment */
    struct vb_mqtt_status from;
};

static const char *const state_names[] = {
#define X(NAME, name) [VB_MQTT_##NAME] = (name),
    VB_MQTT_STATE_LIST(X)
#undef X
};

const char *vb_mqtt_state_name(enum vb_mqtt_state state)
{
    VB_ASSERT((size_t)state < VB_COUNT_OF(state_names));
    return state_names[state];
}

/* == Sessions ================================================================================ */

static void collect_ended(struct vb_mqtt *client)
{
    uint32_t kept = 0;
    for (uint32_t index = 0; index < client->left_behind_count; index++) {
        struct vb_mqtt_session *session = client->left_behind[index];
        pthread_mutex_lock(&client->shared->lock);
        const bool ended = session->ended;
        pthread_mutex_unlock(&client->shared->lock);
        if (ended) {
            vb_mqtt_session_release(session);
        } else {
            client->left_behind[kept++] = session;
        }
    }
    client->left_behind_count = kept;
}

static void leave_session(struct vb_mqtt *client)
{
    if (client->session == NULL) {
        return;
    }
    VB_ASSERT(client->left_behind_count < VB_MQTT_LEFT_BEHIND_MAX);
    vb_mqtt_session_stop(client->session);
    client->left_behind[client->left_behind_count++] = client->session;
    client->session = NULL;
}

static void start_session(struct vb_mqtt *client)
{
    collect_ended(client);
    if (client->session != NULL || !client->settings.enabled) {
        return;
    }
    /* Keeps one place free, for the session that starts now, once that is replaced. */
    if (client->left_behind_count < VB_MQTT_LEFT_BEHIND_MAX) {
        client->session = vb_mqtt_session_start(client->shared, &client->settings);
    }
}

void vb_mqtt_configure(struct vb_mqtt *client, const struct vb_broker_settings *settings)
{
    if (vb_mqtt_settings_equal(settings, &client->settings)) {
        return;
    }
    client->settings = *settings;
    leave_session(client);
    start_session(client);
    vb_mqtt_status(client, &client->from);
    client->reconfigured = true;
    const uint64_t one = 1;
    const ssize_t ignored = write(client->shared->event_fd, &one, sizeof(one));
    (void)ignored; /* a full counter is readable, too */
}

void vb_mqtt_available(struct vb_mqtt *client, bool online)
{
    pthread_mutex_lock(&client->shared->lock);
    client->shared->available = online;
    pthread_mutex_unlock(&client->shared->lock);
    if (client->session != NULL) {
        vb_mqtt_session_wake(client->session);
    }
}

/* == Messages ================================================================================ */

void vb_mqtt_publish(struct vb_mqtt *client, const char *suffix, const void *bytes, size_t size,
                     bool retain)
{
    VB_ASSERT(strlen(suffix) < VB_MQTT_SUFFIX_SIZE);
    VB_ASSERT(size <= VB_MQTT_PAYLOAD_BYTES_MAX);
    struct vb_mqtt_session *session = client->session;
    struct vb_mqtt_shared *shared = client->shared;
    pthread_mutex_lock(&shared->lock);
    if (session == NULL || !session->connected) {
        shared->dropped++;
        pthread_mutex_unlock(&shared->lock);
        return;
    }
    if (session->count == VB_MQTT_QUEUE_MAX) {
        session->first = (session->first + 1) % VB_MQTT_QUEUE_MAX;
        session->count--;
        shared->dropped++;
    }
    struct vb_mqtt_message *message =
        &session->messages[(session->first + session->count) % VB_MQTT_QUEUE_MAX];
    session->count++;
    snprintf(message->suffix, sizeof(message->suffix), "%s", suffix);
    message->retain = retain;
    message->size = size;
    if (size > 0) {
        memcpy(message->bytes, bytes, size);
    }
    pthread_mutex_unlock(&shared->lock);
    vb_mqtt_session_wake(session);
}

/* == Status ================================================================================== */

void vb_mqtt_status(struct vb_mqtt *client, struct vb_mqtt_status *status)
{
    collect_ended(client);
    struct vb_mqtt_shared *shared = client->shared;
    pthread_mutex_lock(&shared->lock);
    *status = (struct vb_mqtt_status){.state = VB_MQTT_DISABLED,
                                      .port = client->settings.port,
                                      .connections = shared->connections,
                                      .published = shared->published,
                                      .dropped = shared->dropped,
                                      .left_behind = client->left_behind_count};
    snprintf(status->server, sizeof(status->server), "%s", client->settings.server);
    if (client->session != NULL) {
        status->state = client->session->connected ? VB_MQTT_CONNECTED : VB_MQTT_CONNECTING;
        status->fault = client->session->fault;
        snprintf(status->error, sizeof(status->error), "%s", client->session->error);
    } else if (client->settings.enabled) {
        status->state = VB_MQTT_CONNECTING;
        status->fault = VB_MQTT_FAULT_OTHER;
        snprintf(status->error, sizeof(status->error),
                 "broker %s:%u has to wait: earlier ones are still being looked up",
                 client->settings.server, client->settings.port);
    }
    pthread_mutex_unlock(&shared->lock);
}

int vb_mqtt_fd(const struct vb_mqtt *client)
{
    return client->shared->event_fd;
}

static void tell(struct vb_mqtt *client, const struct vb_mqtt_status *status)
{
    const bool changed = status->state != client->told.state ||
                         status->connections != client->told.connections ||
                         strcmp(status->error, client->told.error) != 0;
    client->told = *status;
    if (changed && client->on_change != NULL) {
        client->on_change(client->ctx, status);
    }
}

void vb_mqtt_dispatch(struct vb_mqtt *client)
{
    uint64_t count;
    const ssize_t ignored = read(client->shared->event_fd, &count, sizeof(count));
    (void)ignored; /* nothing to read: nothing has changed, as will be seen */

    start_session(client);
    /* A broker that accepts the connection faster than the loop turns must not hide that it is
     * another one. */
    if (client->reconfigured) {
        client->reconfigured = false;
        const struct vb_mqtt_status from = client->from;
        tell(client, &from);
    }
    struct vb_mqtt_status status;
    vb_mqtt_status(client, &status);
    tell(client, &status);
}

/* == As a device sees it ===================================================================== */

static void broker_configure(void *ctx, const struct vb_broker_settings *settings)
{
    vb_mqtt_configure(ctx, settings);
}

static void broker_publish(void *ctx, const char *suffix, const void *bytes, size_t size,
                           bool retain)
{
    vb_mqtt_publish(ctx, suffix, bytes, size, retain);
}

static void broker_available(void *ctx, bool online)
{
    vb_mqtt_available(ctx, online);
}

static void broker_status(void *ctx, struct vb_broker_status *status)
{
    struct vb_mqtt_status whole;
    vb_mqtt_status(ctx, &whole);
    status->connected = whole.state == VB_MQTT_CONNECTED;
    status->fault = whole.fault;
}

struct vb_broker vb_mqtt_broker(struct vb_mqtt *client)
{
    return (struct vb_broker){.ctx = client,
                              .configure = broker_configure,
                              .publish = broker_publish,
                              .available = broker_available,
                              .status = broker_status};
}

/* == Life ==================================================================================== */

static uint32_t or_default(uint32_t value, uint32_t default_value)
{
    return value != 0 ? value : default_value;
}

static struct vb_mqtt_shared *make_shared(const struct vb_mqtt_options *options)
{
    struct vb_mqtt_shared *shared = calloc(1, sizeof(*shared));
    if (shared == NULL) {
        return NULL;
    }
    shared->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (shared->event_fd < 0) {
        free(shared);
        return NULL;
    }
    pthread_mutex_init(&shared->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&shared->left, &monotonic);
    pthread_condattr_destroy(&monotonic);
    shared->references = 1;
    shared->retry_ms_min = or_default(options->retry_ms_min, VB_MQTT_RETRY_MS_MIN);
    shared->retry_ms_max = or_default(options->retry_ms_max, VB_MQTT_RETRY_MS_MAX);
    shared->answer_ms_max = or_default(options->answer_ms_max, ANSWER_MS_MAX);
    mosquitto_lib_init();
    return shared;
}

struct vb_mqtt *vb_mqtt_create(const struct vb_mqtt_options *options)
{
    struct vb_mqtt *client = calloc(1, sizeof(*client));
    struct vb_mqtt_shared *shared = make_shared(options);
    if (client == NULL || shared == NULL) {
        vb_log(VB_LOG_ERROR, "cannot create the MQTT client: %s", strerror(errno));
        free(client);
        if (shared != NULL) {
            vb_mqtt_shared_release(shared);
        }
        return NULL;
    }
    client->shared = shared;
    client->on_change = options->on_change;
    client->ctx = options->ctx;
    return client;
}

static void wait_for_farewell(struct vb_mqtt_shared *shared)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += FAREWELL_MS_MAX / 1000;
    pthread_mutex_lock(&shared->lock);
    int result = 0;
    while (shared->leaving > 0 && result == 0) {
        result = pthread_cond_timedwait(&shared->left, &shared->lock, &until);
    }
    pthread_mutex_unlock(&shared->lock);
}

void vb_mqtt_destroy(struct vb_mqtt *client)
{
    if (client == NULL) {
        return;
    }
    leave_session(client);
    wait_for_farewell(client->shared);
    for (uint32_t index = 0; index < client->left_behind_count; index++) {
        vb_mqtt_session_release(client->left_behind[index]);
    }
    vb_mqtt_shared_release(client->shared);
    explicit_bzero(&client->settings, sizeof(client->settings));
    free(client);
}
