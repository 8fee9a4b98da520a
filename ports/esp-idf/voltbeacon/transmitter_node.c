#include "esp-idf/voltbeacon/transmitter_node.h"

#include <esp_random.h>
#include <esp_task_wdt.h>
#include <freertos/semphr.h>
#include <freertos/task.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp-idf/voltbeacon/idf_clock.h"
#include "voltbeacon/core/transmitter_ask.h"

enum {
    STACK_BYTES = 8192, /* 3,968 deepest in the rings, and the driver's send */
    PRIORITY = 5,       /* below Wi-Fi and TCP/IP */
    WAIT_MS_MIN = 1,    /* so that the idle task has its turn */
    WAIT_MS_MAX = 1000,
    LOOK_AROUND_MS = 2000 /* how often the board's address is looked at */
};

/* ---- A turn of the device's task ---- */

static void take_frame(struct vb_transmitter_node *node, const struct vb_clock *clock)
{
    const struct vb_inbox_frame *came = &node->item.as.frame;
    const struct vb_link_frame frame = vb_inbox_link_frame(came, clock->now_ms);
    if (vb_transmitter_device_input(&node->device, clock, &frame) == VB_ERR_OK)
        vb_radio_channel_heard(&node->channel, clock->now_ms, came->channel);
}

static void take_item(struct vb_transmitter_node *node, const struct vb_clock *clock)
{
    const struct vb_inbox_item *item = &node->item;
    switch (item->kind) {
    case VB_INBOX_FRAME:
        take_frame(node, clock);
        break;
    case VB_INBOX_SENT:
        vb_transmitter_device_sent(&node->device, clock, &item->as.sent.dst,
                                   item->as.sent.delivered);
        break;
    case VB_INBOX_STORED: {
        const enum vb_err result = item->as.stored.result;
        const uint32_t token = vb_storing_answered(&node->storing, item->as.stored.store, result);
        if (item->as.stored.store != VB_STORING_NOTE)
            vb_transmitter_device_committed(&node->device, clock, token, result);
        break;
    }
    case VB_INBOX_WAKE:
        break;
    }
}

static void take_reading(void *ctx, const struct vb_reading *reading)
{
    struct vb_transmitter_node *node = ctx;
    const struct vb_clock clock = vb_idf_clock();
    vb_transmitter_device_reading(&node->device, &clock, reading);
}

static uint32_t shorter(uint32_t a_ms, uint32_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

static uint32_t wakeup_ms(const struct vb_transmitter_node *node, const struct vb_clock *clock)
{
    const struct vb_channel_search *search = &node->channel.search;
    uint32_t wait_ms = vb_transmitter_device_wakeup_ms(&node->device, clock);
    wait_ms = shorter(wait_ms, vb_channel_search_wakeup_ms(search, clock->now_ms));
    if (node->battery != NULL)
        wait_ms = shorter(wait_ms, vb_twai_feed_wakeup_ms(node->battery, clock->now_ms));
    return wait_ms < WAIT_MS_MIN ? WAIT_MS_MIN : wait_ms > WAIT_MS_MAX ? WAIT_MS_MAX : wait_ms;
}

/* The radio goes where the search for the channel wants it. */
static void follow_receiver(struct vb_transmitter_node *node, uint32_t now_ms)
{
    if (vb_radio_channel_turn(&node->channel, now_ms))
        vb_transmitter_ask(&node->device.core);
    if (vb_radio_channel_is_new(&node->channel))
        vb_storing_note(&node->storing,
                        &(struct vb_storing_note){.write = vb_radio_channel_write,
                                                  .partition = node->channel.partition,
                                                  .value = node->channel.kept});
    vb_radio_channel_facts(&node->channel, now_ms, &node->facts);
}

static void look_around(struct vb_transmitter_node *node, const struct vb_clock *clock)
{
    if (clock->now_ms - node->looked_at_ms < LOOK_AROUND_MS)
        return;
    node->looked_at_ms = clock->now_ms;
    const struct vb_netif_view seen = vb_interfaces_look(&node->interfaces);
    vb_transmitter_device_address(&node->device, clock, seen.cable_is_up,
                                  seen.has_address ? seen.ip : NULL);
}

/* Returns for how long nothing is to be done. */
static uint32_t turn(struct vb_transmitter_node *node, bool came)
{
    (void)xSemaphoreTake(node->lock, portMAX_DELAY);
    const struct vb_clock clock = vb_idf_clock();
    for (unsigned taken = 0; came && taken < VB_INBOX_ITEMS; taken++) {
        take_item(node, &clock);
        came = xQueueReceive(node->inbox, &node->item, 0) == pdTRUE;
    }
    if (came)
        take_item(node, &clock);
    if (node->battery != NULL)
        vb_twai_feed_turn(node->battery, &clock);
    if (node->broker != NULL && vb_idf_broker_turn(node->broker))
        vb_transmitter_device_broker(&node->device, &clock);
    look_around(node, &clock);
    vb_transmitter_device_tick(&node->device, &clock);
    follow_receiver(node, clock.now_ms);
    vb_transmitter_device_facts(&node->device, &clock, &node->facts);
    vb_transmitter_device_output(&node->device, &clock);
    vb_storing_hand_over(&node->storing, false);
    const uint32_t wait_ms = wakeup_ms(node, &clock);
    vb_pulse_beat(&node->pulse, &node->storing, &node->radio);
    (void)xSemaphoreGive(node->lock);
    return wait_ms;
}

static void run(void *ctx)
{
    struct vb_transmitter_node *node = ctx;
    uint32_t wait_ms = turn(node, false);
    const bool watched = esp_task_wdt_add(NULL) == ESP_OK; /* where the project has a watchdog */
    for (;;) {
        if (watched)
            (void)esp_task_wdt_reset();
        const bool came = xQueueReceive(node->inbox, &node->item, pdMS_TO_TICKS(wait_ms)) == pdTRUE;
        wait_ms = turn(node, came);
    }
}

/* ---- The start ---- */

static esp_err_t start_device(struct vb_transmitter_node *node,
                              const struct vb_transmitter_node_config *config)
{
    const struct vb_clock clock = vb_idf_clock();
    const size_t cache_size = vb_transmitter_cache_size();
    uint8_t *cache_bytes = malloc(2 * cache_size);
    if (cache_bytes == NULL)
        return ESP_ERR_NO_MEM;
    const struct vb_transmitter_config core = {
        .mac = config->mac,
        .seed = (uint64_t)esp_random() << 32 | esp_random(),
        .store = vb_storing_store(&node->storing, 0),
        .timing = vb_timing_default,
        .identity = config->identity,
        .cache_bytes = {cache_bytes, cache_bytes + cache_size},
        .cache_size = (uint16_t)cache_size,
        .scratch = node->scratch};
    const struct vb_reading_source *source = config->source;
    if (config->battery != NULL)
        source = &config->battery->port;
    const struct vb_transmitter_device_config device = {
        .core = &core,
        .link = &node->radio.port,
        .broker = config->broker != NULL ? &config->broker->port : NULL,
        .source = source,
        .network = config->network};
    const enum vb_err err = vb_transmitter_device_init(&node->device, &device, &clock);
    if (vb_transmitter_device_goes_on(err)) {
        vb_transmitter_device_facts(&node->device, &clock, &node->facts);
        return ESP_OK;
    }
    printf("error: the settings in NVS %s; nothing is sent\n", vb_err_text(err));
    return ESP_FAIL;
}

esp_err_t vb_transmitter_node_start(struct vb_transmitter_node *node,
                                    const struct vb_transmitter_node_config *config)
{
    VB_ASSERT(config->source == NULL || config->battery == NULL);
    memset(node, 0, sizeof *node);
    node->lock = xSemaphoreCreateMutex();
    node->inbox = xQueueCreate(VB_INBOX_ITEMS, sizeof(struct vb_inbox_item));
    if (node->lock == NULL || node->inbox == NULL)
        return ESP_ERR_NO_MEM;
    esp_err_t err = vb_nvs_start(config->nvs_partition);
    if (err == ESP_OK)
        err = vb_radio_open(&node->radio, config->interface, node->inbox);
    if (err != ESP_OK)
        return err;
    node->store = (struct vb_nvs_store){.name = "transmitter", /* as on Linux */
                                        .record = node->record,
                                        .record_bytes = sizeof node->record};
    vb_storing_open(&node->storing, config->nvs_partition, &node->store, 1, NULL, node->inbox);
    if (vb_storing_store(&node->storing, 0) == NULL) {
        printf("error: NVS cannot be read, and is left as it is; nothing is sent\n");
        return ESP_FAIL;
    }
    vb_radio_channel_open(&node->channel, vb_idf_now_ms(), config->nvs_partition, config->wifi);
    node->facts = config->facts;
    node->battery = config->battery;
    if (node->battery != NULL)
        vb_twai_feed_start(node->battery, node->inbox, take_reading, node);
    node->interfaces = config->interfaces;
    node->broker = config->broker;
    if (node->broker != NULL && !vb_idf_broker_start(node->broker, node->inbox))
        return ESP_ERR_NO_MEM;
    err = start_device(node, config);
    if (err != ESP_OK)
        return err;
    return vb_storing_start(&node->storing) &&
                   xTaskCreate(run, "vb_device", STACK_BYTES, node, PRIORITY, NULL) == pdPASS
               ? ESP_OK
               : ESP_ERR_NO_MEM;
}
