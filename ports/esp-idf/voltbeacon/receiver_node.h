/* A receiver on an ESP32: the device, what is around it, and the task that owns it.
 *
 * Wi-Fi and ESP-NOW's interface run before it is started. Whoever else calls the device or its API,
 * a web server for instance, holds the lock meanwhile, for as long as one piece of an answer takes.
 */
#ifndef VOLTBEACON_ESP_IDF_RECEIVER_NODE_H
#define VOLTBEACON_ESP_IDF_RECEIVER_NODE_H

#include "esp-idf/voltbeacon/inbox.h"
#include "esp-idf/voltbeacon/netif_address.h"
#include "esp-idf/voltbeacon/pulse.h"
#include "esp-idf/voltbeacon/radio.h"
#include "esp-idf/voltbeacon/storing.h"
#include "history/ram_history.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/receiver_device.h"

VB_C_BEGIN

struct vb_receiver_node_config {
    struct vb_mac mac;          /* of the interface */
    wifi_interface_t interface; /* that ESP-NOW speaks over */
    uint8_t peers;         /* transmitters followed: 1 or more; each takes 22 kB, or 14 kB where
                              VB_CELLS_MAX is 96 */
    uint16_t history_days; /* of history in memory; 0: none is kept */
    uint16_t history_fine_days; /* of those by the quarter of an hour: 1 to history_days */
    const char *nvs_partition;  /* 64 kB are meant */
    const char *events_partition;
    struct vb_host_facts facts;      /* the node keeps those about its store, link and address */
    struct vb_interfaces interfaces; /* whose address that is */
    /* A batch of the settings' store has been answered; called with the lock held. NULL: nobody
     * waits for that. */
    void (*settings_committed)(void *ctx, uint32_t token, enum vb_err result);
    /* Something may have changed; called with the lock held, at least once a second. NULL: nobody
     * is told. */
    void (*turned)(void *ctx);
    void *ctx;
};

enum {
    VB_NODE_STACK_BYTES = 8192 /* of the device's task: 3,968 deepest in the rings, and the
                                  driver's send */
};

/* What a node that follows so many makes of its device. */
struct vb_receiver_sizes vb_receiver_node_sizes(uint8_t peers);

/* Must stay where it is. */
struct vb_receiver_node {
    SemaphoreHandle_t lock; /* of what follows */
    struct vb_receiver_device device;
    struct vb_receiver_node_config config;
    struct vb_host_facts facts;
    struct vb_event_ring events;
    struct vb_ram_history history; /* config.memory is NULL where none is kept */
    enum vb_history_state history_told;
    struct vb_pulse pulse; /* read without the lock */
    /* The device's task's own. */
    QueueHandle_t inbox;
    struct vb_radio radio;
    struct vb_nvs_store stores[VB_STORING_STORES_MAX];
    uint8_t boot_record[VB_KEPT_HEAD_BYTES + VB_RECEIVER_BOOT_BATCH_BYTES];
    uint8_t settings_record[VB_KEPT_HEAD_BYTES + VB_SETTINGS_BATCH_BYTES];
    uint8_t cache_record[VB_JOURNAL_BYTES];
    struct vb_storing storing;
    struct vb_inbox_item item;
    uint32_t looked_at_ms; /* when events were last looked at */
    uint32_t told_at_ms;   /* when the facts were */
};

/* What is cached can be asked of the device's API from its return on. ESP_ERR_NO_MEM, or what the
 * radio says: it is not to be used. A store that cannot be opened is no reason; the facts say so.
 */
VB_MUST_USE esp_err_t vb_receiver_node_start(struct vb_receiver_node *node,
                                             const struct vb_receiver_node_config *config);

/* Whoever has called its API, without the lock: the device is to look at once what has changed. */
void vb_receiver_node_wake(struct vb_receiver_node *node);

VB_C_END

#endif
