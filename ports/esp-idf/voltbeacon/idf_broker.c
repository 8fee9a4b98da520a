#include "esp-idf/voltbeacon/idf_broker.h"

#include <esp_log.h>
#include <esp_system.h>
#include <freertos/task.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp-idf/voltbeacon/idf_clock.h"
#include "esp-idf/voltbeacon/inbox.h"
#include "voltbeacon/core/time.h"

enum {
    ANSWER_MS_MAX = 10000,
    PRIORITY = 3, /* below the device's task and the client's */
    CLIENT_PRIORITY = 4,
    CLIENT_LOOKS_MS = 200, /* a client that has failed ends within half of it */
    CLIENT_BEGINS_MS = 20, /* how often it is looked whether it has begun */
    CLIENT_BEGINS_MS_MAX = 30000,
    CLOSED_LOOKS_MS = 20,
    IN_BYTES = 256, /* answers alone: nothing is subscribed to */
    OUT_BYTES = 1024,
    WILL_QOS = 1
};

struct message {
    bool retain;
    char suffix[VB_MQTT_SUFFIX_SIZE];
    size_t size;
    char bytes[];
};

static void lock(struct vb_idf_broker *broker)
{
    (void)xSemaphoreTake(broker->lock, portMAX_DELAY);
}

static void unlock(struct vb_idf_broker *broker)
{
    (void)xSemaphoreGive(broker->lock);
}

/* One word is enough. */
static void wake_task(struct vb_idf_broker *broker)
{
    static const uint8_t word;
    (void)xQueueSend(broker->words, &word, 0);
}

/* One word waits in the inbox at most. Where that is full, its task is awake anyway. */
static void wake_device(struct vb_idf_broker *broker)
{
    static const struct vb_inbox_item word = {.kind = VB_INBOX_WAKE};
    if (!__atomic_exchange_n(&broker->is_waking, true, __ATOMIC_ACQ_REL))
        (void)xQueueSend(broker->inbox, &word, 0);
}

/* ---- What the client tells, on its task or on ours ---- */

static void on_event(void *ctx, esp_event_base_t base, int32_t id, void *data)
{
    struct vb_idf_broker *broker = ctx;
    const esp_mqtt_event_t *event = data;
    (void)base;
    lock(broker);
    if (id == MQTT_EVENT_BEFORE_CONNECT) {
        broker->stage = VB_IDF_BROKER_TRIES;
        broker->tries_from_ms = vb_idf_now_ms();
    } else if (id == MQTT_EVENT_ERROR) {
        broker->end.error = *event->error_handle;
    } else if (id == MQTT_EVENT_CONNECTED) {
        broker->stage = VB_IDF_BROKER_ACCEPTED;
        broker->end.was_accepted = true;
    } else if (id == MQTT_EVENT_DISCONNECTED) {
        broker->stage = VB_IDF_BROKER_BROKEN;
        broker->end.tried_ms = vb_idf_now_ms() - broker->tries_from_ms;
    }
    unlock(broker);
    wake_task(broker);
}

static enum vb_idf_broker_stage stage_of(struct vb_idf_broker *broker)
{
    lock(broker);
    const enum vb_idf_broker_stage stage = broker->stage;
    unlock(broker);
    return stage;
}

/* ---- What is told of it ---- */

/* Of the settings in use: of others nothing is known yet. */
static void set_status(struct vb_idf_broker *broker, bool connected,
                       const struct vb_mqtt_problem *problem)
{
    lock(broker);
    const uint32_t before = broker->changes;
    if (broker->used_count == broker->wanted_count) {
        const bool is_new = connected && !broker->connected;
        if (is_new || connected != broker->connected || problem->fault != broker->problem.fault ||
            strcmp(problem->what, broker->problem.what) != 0)
            broker->changes++;
        broker->connections += is_new;
        broker->connected = connected;
        broker->problem = *problem;
    }
    const bool changed = broker->changes != before;
    unlock(broker);
    if (changed)
        wake_device(broker);
}

/* ---- A client: one attempt, and the connection that may come of it ---- */

static bool start_client(struct vb_idf_broker *broker)
{
    const struct vb_broker_settings *used = &broker->used;
    const bool has_login = used->username[0] != '\0';
    char status[VB_MQTT_TOPIC_SIZE];
    vb_mqtt_topic(used, "status", status);
    const esp_mqtt_client_config_t config = {
        .broker.address = {.hostname = used->server,
                           .transport = MQTT_TRANSPORT_OVER_TCP,
                           .port = used->port},
        .credentials = {.username = has_login ? used->username : NULL,
                        .client_id = used->client_id,
                        .authentication.password = has_login ? used->password : NULL},
        .session = {.last_will = {.topic = status,
                                  .msg = vb_mqtt_availability(false),
                                  .qos = WILL_QOS,
                                  .retain = 1},
                    .keepalive = used->keepalive_s},
        .network = {.reconnect_timeout_ms = CLIENT_LOOKS_MS,
                    .timeout_ms = (int)broker->config.answer_ms_max,
                    .disable_auto_reconnect = true},
        .task.priority = CLIENT_PRIORITY,
        .buffer = {.size = IN_BYTES, .out_size = OUT_BYTES}};
    broker->has_said = false;
    broker->started_at_ms = vb_idf_now_ms();
    lock(broker);
    broker->stage = VB_IDF_BROKER_STARTED;
    broker->end = (struct vb_idf_broker_end){.error.error_type = MQTT_ERROR_TYPE_NONE};
    unlock(broker);
    broker->client = esp_mqtt_client_init(&config);
    if (broker->client == NULL)
        return false;
    return esp_mqtt_client_register_event(broker->client, MQTT_EVENT_ANY, on_event, broker) ==
               ESP_OK &&
           esp_mqtt_client_start(broker->client) == ESP_OK;
}

/* A client's task ends without a word where it finds no memory. */
static bool may_begin(const struct vb_idf_broker *broker)
{
    return vb_idf_now_ms() - broker->started_at_ms < CLIENT_BEGINS_MS_MAX;
}

/* esp-mqtt would free a client whose task has not begun. */
static void await_begin(struct vb_idf_broker *broker)
{
    while (stage_of(broker) == VB_IDF_BROKER_STARTED && may_begin(broker))
        vTaskDelay(pdMS_TO_TICKS(CLIENT_BEGINS_MS));
}

static void drop_client(struct vb_idf_broker *broker)
{
    if (broker->client != NULL)
        (void)esp_mqtt_client_destroy(broker->client);
    broker->client = NULL;
    lock(broker);
    broker->stage = VB_IDF_BROKER_NONE;
    unlock(broker);
}

static void end_client(struct vb_idf_broker *broker)
{
    await_begin(broker);
    (void)esp_mqtt_client_stop(broker->client);
    drop_client(broker);
}

/* Whether it is on its way. */
static bool send(struct vb_idf_broker *broker, const char *suffix, const char *bytes, size_t size,
                 bool retain)
{
    char topic[VB_MQTT_TOPIC_SIZE];
    vb_mqtt_topic(&broker->used, suffix, topic);
    /* Without a size esp-mqtt would take it for a string. */
    return esp_mqtt_client_publish(broker->client, topic, size == 0 ? NULL : bytes, (int)size, 0,
                                   retain) >= 0;
}

static void say_status(struct vb_idf_broker *broker, bool online)
{
    if (broker->has_said && broker->said_online == online)
        return;
    const char *text = vb_mqtt_availability(online);
    broker->has_said = send(broker, "status", text, strlen(text), true);
    broker->said_online = online;
}

/* ---- The task ---- */

/* From the device's point of view nothing is connected any more. */
static void follow_settings(struct vb_idf_broker *broker, uint32_t now_ms)
{
    lock(broker);
    const bool is_other =
        broker->used_count != broker->wanted_count || (broker->is_closing && !broker->is_closed);
    const bool is_accepted = broker->stage == VB_IDF_BROKER_ACCEPTED;
    const bool has_client = broker->stage != VB_IDF_BROKER_NONE;
    unlock(broker);
    if (!is_other)
        return;
    if (is_accepted)
        say_status(broker, false);
    if (has_client)
        end_client(broker);
    lock(broker);
    broker->used = broker->wanted;
    broker->used_count = broker->wanted_count;
    broker->used.enabled &= !broker->is_closing;
    broker->is_closed = broker->is_closing;
    unlock(broker);
    broker->retry_at_ms = now_ms;
    broker->retry_ms = broker->config.retry_ms_min;
}

static void wait_to_retry(struct vb_idf_broker *broker, uint32_t now_ms)
{
    broker->retry_at_ms = now_ms + broker->retry_ms;
    broker->retry_ms = vb_mqtt_retry_ms(broker->retry_ms, broker->config.retry_ms_max);
}

static const struct vb_mqtt_problem no_memory = {
    .fault = VB_MQTT_FAULT_OTHER, .what = "cannot be asked: there is no memory for it"};

static void try_broker(struct vb_idf_broker *broker, uint32_t now_ms)
{
    if (start_client(broker))
        return;
    drop_client(broker);
    set_status(broker, false, &no_memory);
    wait_to_retry(broker, now_ms);
}

static void give_up(struct vb_idf_broker *broker, const struct vb_mqtt_problem *why,
                    uint32_t now_ms)
{
    set_status(broker, false, why);
    end_client(broker);
    wait_to_retry(broker, now_ms);
}

static void mend(struct vb_idf_broker *broker, uint32_t now_ms)
{
    lock(broker);
    const struct vb_idf_broker_end end = broker->end;
    unlock(broker);
    const struct vb_mqtt_problem why = vb_idf_broker_why(&end, broker->config.answer_ms_max);
    if (end.was_accepted)
        broker->retry_ms = broker->config.retry_ms_min;
    give_up(broker, &why, now_ms);
}

/* No reading goes out before the word that there are any. */
static void serve(struct vb_idf_broker *broker)
{
    static const struct vb_mqtt_problem none;
    lock(broker);
    const bool online = broker->online;
    unlock(broker);
    say_status(broker, online);
    if (broker->has_said)
        set_status(broker, true, &none);
}

static void pass_on(struct vb_idf_broker *broker, const struct message *message)
{
    lock(broker);
    const bool is_due = broker->connected; /* for what waited until then is stale */
    unlock(broker);
    const bool sent =
        is_due && send(broker, message->suffix, message->bytes, message->size, message->retain);
    lock(broker);
    broker->published += sent;
    broker->dropped += !sent;
    unlock(broker);
}

/* Returns for how long nothing is to be done. */
static uint32_t turn(struct vb_idf_broker *broker)
{
    const uint32_t now_ms = vb_idf_now_ms();
    follow_settings(broker, now_ms);
    switch (stage_of(broker)) {
    case VB_IDF_BROKER_NONE:
        if (broker->used.enabled && vb_time_reached(now_ms, broker->retry_at_ms))
            try_broker(broker, now_ms);
        break;
    case VB_IDF_BROKER_STARTED:
        if (!may_begin(broker))
            give_up(broker, &no_memory, now_ms);
        break;
    case VB_IDF_BROKER_TRIES:
        break;
    case VB_IDF_BROKER_ACCEPTED:
        serve(broker);
        break;
    case VB_IDF_BROKER_BROKEN:
        mend(broker, now_ms);
        break;
    }
    if (broker->client != NULL)
        return CLIENT_BEGINS_MS_MAX;
    return broker->used.enabled ? vb_time_until(vb_idf_now_ms(), broker->retry_at_ms)
                                : VB_FOREVER_MS;
}

static void pass_on_all(struct vb_idf_broker *broker)
{
    struct message *message;
    for (unsigned i = 0; i < VB_IDF_BROKER_MESSAGES; i++) {
        if (xQueueReceive(broker->messages, &message, 0) != pdTRUE)
            break;
        pass_on(broker, message);
        free(message);
    }
}

static void run(void *ctx)
{
    struct vb_idf_broker *broker = ctx;
    for (;;) {
        uint8_t word;
        const uint32_t wait_ms = turn(broker);
        pass_on_all(broker);
        (void)xQueueReceive(broker->words, &word,
                            wait_ms == VB_FOREVER_MS ? portMAX_DELAY : pdMS_TO_TICKS(wait_ms));
    }
}

/* ---- As a device sees it ---- */

static void configure(void *ctx, const struct vb_broker_settings *settings)
{
    static const struct vb_mqtt_problem none;
    struct vb_idf_broker *broker = ctx;
    lock(broker);
    const bool is_other = !vb_mqtt_settings_equal(settings, &broker->wanted);
    if (is_other) {
        broker->wanted = *settings;
        broker->wanted_count++;
        broker->changes += broker->connected || broker->problem.fault != VB_MQTT_FAULT_NONE;
        broker->connected = false;
        broker->problem = none;
    }
    unlock(broker);
    if (!is_other)
        return;
    wake_task(broker);
    wake_device(broker);
}

/* The oldest gives way. Returns how many were dropped. */
static uint32_t queue_message(struct vb_idf_broker *broker, struct message *message)
{
    uint32_t dropped = 0;
    while (xQueueSend(broker->messages, &message, 0) != pdTRUE) {
        struct message *oldest;
        if (xQueueReceive(broker->messages, &oldest, 0) != pdTRUE)
            continue; /* the task has taken it just now, and there is room */
        free(oldest);
        dropped++;
    }
    return dropped;
}

static void publish(void *ctx, const char *suffix, const void *bytes, size_t size, bool retain)
{
    struct vb_idf_broker *broker = ctx;
    struct message *message = NULL;
    VB_ASSERT(strlen(suffix) < VB_MQTT_SUFFIX_SIZE);
    lock(broker);
    const bool connected = broker->connected;
    unlock(broker);
    if (connected)
        message = malloc(sizeof *message + size);
    uint32_t dropped = 1;
    if (message != NULL) {
        message->retain = retain;
        message->size = size;
        snprintf(message->suffix, sizeof message->suffix, "%s", suffix);
        if (size > 0)
            memcpy(message->bytes, bytes, size);
        dropped = queue_message(broker, message);
        wake_task(broker);
    }
    lock(broker);
    broker->dropped += dropped;
    unlock(broker);
}

static void available(void *ctx, bool online)
{
    struct vb_idf_broker *broker = ctx;
    lock(broker);
    broker->online = online;
    unlock(broker);
    wake_task(broker);
}

static void status(void *ctx, struct vb_broker_status *status)
{
    struct vb_idf_broker *broker = ctx;
    lock(broker);
    status->connected = broker->connected;
    status->fault = broker->problem.fault;
    unlock(broker);
}

bool vb_idf_broker_turn(struct vb_idf_broker *broker)
{
    const struct vb_log_sink *log = &broker->config.log;
    __atomic_store_n(&broker->is_waking, false, __ATOMIC_RELEASE); /* first: what comes wakes */
    lock(broker);
    const bool changed = broker->changes != broker->told_changes;
    broker->told_changes = broker->changes;
    const bool connected = broker->connected;
    const struct vb_mqtt_problem why = broker->problem;
    unlock(broker);
    /* The device's task alone writes where the broker is. */
    const struct vb_broker_settings *settings = &broker->wanted;
    if (changed && connected)
        vb_log_sink_say(log, VB_LOG_INFO, "connected to the MQTT broker %s:%u", settings->server,
                        settings->port);
    else if (changed && why.fault != VB_MQTT_FAULT_NONE)
        vb_log_sink_say(log, VB_LOG_WARNING, "MQTT: broker %s:%u %s", settings->server,
                        settings->port, why.what);
    return changed;
}

/* ---- The end ---- */

static bool is_closed(struct vb_idf_broker *broker)
{
    lock(broker);
    const bool closed = broker->is_closed;
    unlock(broker);
    return closed;
}

bool vb_idf_broker_close(struct vb_idf_broker *broker, uint32_t wait_ms)
{
    const uint32_t from_ms = vb_idf_now_ms();
    lock(broker);
    broker->is_closing = true;
    broker->connected = false;
    unlock(broker);
    wake_task(broker);
    while (!is_closed(broker)) {
        if (vb_idf_now_ms() - from_ms >= wait_ms)
            return false;
        vTaskDelay(pdMS_TO_TICKS(CLOSED_LOOKS_MS));
    }
    return true;
}

static struct vb_idf_broker *of_board; /* esp_restart() hands nothing to those it calls */

static void say_goodbye(void)
{
    (void)vb_idf_broker_close(of_board, VB_IDF_BROKER_GOODBYE_MS);
}

esp_err_t vb_idf_broker_close_at_restart(struct vb_idf_broker *broker)
{
    of_board = broker;
    return esp_register_shutdown_handler(say_goodbye);
}

/* ---- Life ---- */

static uint32_t or_default(uint32_t value, uint32_t usual)
{
    return value != 0 ? value : usual;
}

bool vb_idf_broker_open(struct vb_idf_broker *broker, const struct vb_idf_broker_config *config)
{
    static const char *const talkers[] = {"mqtt_client", "transport_base", "esp-tls"};
    memset(broker, 0, sizeof *broker);
    broker->config = *config;
    broker->config.retry_ms_min = or_default(config->retry_ms_min, VB_MQTT_RETRY_MS_MIN);
    broker->config.retry_ms_max = or_default(config->retry_ms_max, VB_MQTT_RETRY_MS_MAX);
    broker->config.answer_ms_max = or_default(config->answer_ms_max, ANSWER_MS_MAX);
    broker->messages = xQueueCreate(VB_IDF_BROKER_MESSAGES, sizeof(struct message *));
    broker->words = xQueueCreate(1, sizeof(uint8_t));
    broker->lock = xSemaphoreCreateMutex();
    broker->port = (struct vb_broker){.ctx = broker,
                                      .configure = configure,
                                      .publish = publish,
                                      .available = available,
                                      .status = status};
    /* They say at each attempt what is said here once. */
    for (size_t i = 0; i < VB_COUNT_OF(talkers); i++)
        esp_log_level_set(talkers[i], ESP_LOG_NONE);
    return broker->messages != NULL && broker->words != NULL && broker->lock != NULL;
}

bool vb_idf_broker_start(struct vb_idf_broker *broker, QueueHandle_t inbox)
{
    broker->inbox = inbox;
    return xTaskCreate(run, "vb_broker", VB_IDF_BROKER_STACK_BYTES, broker, PRIORITY, NULL) ==
           pdPASS;
}
