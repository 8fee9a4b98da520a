/* A transmitter's MQTT broker, by esp-mqtt.
 *
 * esp-mqtt's calls wait: for the network, and for a lock that its task holds while that looks up a
 * name or connects. So a task of this file makes all of them, with a client for each attempt, and
 * the device's task only leaves word. Messages that wait for the broker are few, and the oldest is
 * dropped. What is wrong is said once, until something else is.
 *
 *     vb_idf_broker_start()  before the device, whose broker is port
 *     vb_idf_broker_turn()   in each turn of the device's task
 *     vb_idf_broker_close()  before the board starts anew
 */
#ifndef VOLTBEACON_ESP_IDF_IDF_BROKER_H
#define VOLTBEACON_ESP_IDF_IDF_BROKER_H

#include <freertos/FreeRTOS.h>
#include <freertos/queue.h>
#include <freertos/semphr.h>

#include "esp-idf/voltbeacon/idf_broker_why.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/broker.h"
#include "voltbeacon/device/log_sink.h"

VB_C_BEGIN

enum {
    VB_IDF_BROKER_MESSAGES = 4, /* two readings, each as JSON and in binary */
    VB_IDF_BROKER_STACK_BYTES = 4096,
    VB_IDF_BROKER_GOODBYE_MS = 2000 /* esp-mqtt's task ends within 1 s where nothing comes in */
};

struct vb_idf_broker_config {
    struct vb_log_sink log;
    uint32_t retry_ms_min;  /* between attempts, doubling; 0 = VB_MQTT_RETRY_MS_MIN */
    uint32_t retry_ms_max;  /* 0 = VB_MQTT_RETRY_MS_MAX */
    uint32_t answer_ms_max; /* of each step towards the broker; 0 = 10000 */
};

/* What esp-mqtt has told of its client. */
enum vb_idf_broker_stage {
    VB_IDF_BROKER_NONE,    /* there is none */
    VB_IDF_BROKER_STARTED, /* its task may not run yet */
    VB_IDF_BROKER_TRIES,
    VB_IDF_BROKER_ACCEPTED,
    VB_IDF_BROKER_BROKEN
};

/* It must stay where it is; others read port and the counters. */
struct vb_idf_broker {
    struct vb_broker port;
    struct vb_idf_broker_config config;
    QueueHandle_t messages; /* pointers to them, for the task */
    QueueHandle_t words;    /* that wake it */
    QueueHandle_t inbox;    /* the device's */
    SemaphoreHandle_t lock; /* of what follows; nobody waits for anything while he holds it */
    struct vb_broker_settings wanted;
    uint32_t wanted_count; /* settings so far */
    bool is_closing;       /* there is to be no connection from now on */
    bool is_closed;        /* and there is none */
    bool online;           /* what <prefix>/status is to say */
    bool connected;
    struct vb_mqtt_problem problem;
    uint32_t changes; /* of the two above */
    uint32_t connections;
    uint32_t published;
    uint32_t dropped; /* no connection, no room or no memory */
    enum vb_idf_broker_stage stage;
    uint32_t tries_from_ms;
    struct vb_idf_broker_end end;
    /* The task's own. */
    struct vb_broker_settings used;
    uint32_t used_count;
    esp_mqtt_client_handle_t client; /* NULL: there is none */
    uint32_t started_at_ms;
    uint32_t retry_at_ms;
    uint32_t retry_ms;
    bool has_said; /* <prefix>/status: said_online */
    bool said_online;
    /* The device's task's own. */
    uint32_t told_changes;
    bool is_waking; /* a word of it is in the inbox */
};

/* Nothing runs yet. False: there is no memory. */
VB_MUST_USE bool vb_idf_broker_open(struct vb_idf_broker *broker,
                                    const struct vb_idf_broker_config *config);
/* inbox takes struct vb_inbox_item: VB_INBOX_WAKE, when a turn is due. False: there is no memory.
 */
VB_MUST_USE bool vb_idf_broker_start(struct vb_idf_broker *broker, QueueHandle_t inbox);
/* On any task but the broker's own: "offline" and an orderly end, and no connection from then on.
 * Waits for that, at most so long. False: the network is still in the way. It was started. */
bool vb_idf_broker_close(struct vb_idf_broker *broker, uint32_t wait_ms);
/* From now on esp_restart() does so first, for VB_IDF_BROKER_GOODBYE_MS at most. For one broker in
 * a program, which was started. */
VB_MUST_USE esp_err_t vb_idf_broker_close_at_restart(struct vb_idf_broker *broker);

/* Whether the device's view of its broker is to be refreshed. */
VB_MUST_USE bool vb_idf_broker_turn(struct vb_idf_broker *broker);

VB_C_END

#endif
