/* A transmitter on an ESP32: the device, what is around it, and the task that owns it.
 *
 * Wi-Fi and ESP-NOW's interface run before it is started. Whoever else calls the device holds the
 * lock meanwhile. */
#ifndef VOLTBEACON_ESP_IDF_TRANSMITTER_NODE_H
#define VOLTBEACON_ESP_IDF_TRANSMITTER_NODE_H

#include "esp-idf/voltbeacon/idf_broker.h"
#include "esp-idf/voltbeacon/inbox.h"
#include "esp-idf/voltbeacon/netif_address.h"
#include "esp-idf/voltbeacon/pulse.h"
#include "esp-idf/voltbeacon/radio.h"
#include "esp-idf/voltbeacon/radio_channel.h"
#include "esp-idf/voltbeacon/storing.h"
#include "esp-idf/voltbeacon/twai_feed.h"
#include "voltbeacon/core/scratch.h"
#include "voltbeacon/device/transmitter_device.h"

struct vb_transmitter_node_config {
    struct vb_mac mac;                         /* of the interface */
    wifi_interface_t interface;                /* that ESP-NOW speaks over */
    const char *nvs_partition;                 /* 64 kB are meant */
    const struct vb_metadata_values *identity; /* read during the start only */
    struct vb_board_facts facts; /* why the board started; the node keeps those of its radio */
    /* The readings, of one of the two; both NULL: there are none. They outlive the node. */
    const struct vb_reading_source *source; /* polled at its own pace */
    struct vb_twai_feed *battery;           /* opened, not started */
    struct vb_idf_broker *broker;           /* likewise; NULL: no MQTT */
    const struct vb_network *network; /* outlives the node; NULL: nothing acts on its section */
    const struct vb_wifi *wifi;       /* likewise; NULL: nobody joins a network */
    struct vb_interfaces interfaces;  /* whose address is told */
};

/* Must stay where it is. */
struct vb_transmitter_node {
    SemaphoreHandle_t lock; /* of what follows */
    struct vb_transmitter_device device;
    struct vb_pulse pulse; /* read without the lock */
    /* The device's task's own. */
    QueueHandle_t inbox;
    struct vb_radio radio;
    struct vb_radio_channel channel;
    struct vb_board_facts facts;
    struct vb_nvs_store store;
    uint8_t record[VB_JOURNAL_BYTES];
    struct vb_storing storing;
    struct vb_twai_feed *battery; /* NULL: there is none */
    struct vb_idf_broker *broker; /* likewise */
    struct vb_interfaces interfaces;
    uint32_t looked_at_ms; /* when their address was read */
    struct vb_inbox_item item;
    uint8_t scratch[VB_SCRATCH_BYTES];
};

/* ESP_ERR_NO_MEM, what NVS or the radio says, or ESP_FAIL: it is not to be used. Without its store
 * there is no transmitter: it would announce settings that a restart takes back. */
VB_MUST_USE esp_err_t vb_transmitter_node_start(struct vb_transmitter_node *node,
                                                const struct vb_transmitter_node_config *config);

#endif
