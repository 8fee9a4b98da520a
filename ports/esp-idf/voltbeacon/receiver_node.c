#include "esp-idf/voltbeacon/receiver_node.h"

#include <esp_random.h>
#include <esp_task_wdt.h>
#include <freertos/task.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp-idf/voltbeacon/console_log.h"
#include "esp-idf/voltbeacon/idf_clock.h"

enum {
    PRIORITY = 5,    /* below Wi-Fi and TCP/IP, above the web server's */
    WAIT_MS_MIN = 1, /* so that the idle task has its turn */
    WAIT_MS_MAX = 1000,
    LOOK_MS = 10000, /* events may wait as long for the flash, which spares it */
    TELL_MS = 2000   /* how often the board's own facts are looked at */
};

/* ---- A turn of the device's task ---- */

static void take_frame(struct vb_receiver_node *node, const struct vb_clock *clock)
{
    const struct vb_inbox_frame *came = &node->item.as.frame;
    const struct vb_link_frame frame = vb_inbox_link_frame(came, clock->now_ms);
    (void)vb_receiver_device_input(&node->device, clock, &frame);
}

static void take_answer(struct vb_receiver_node *node, const struct vb_clock *clock)
{
    const unsigned job = node->item.as.stored.store;
    const enum vb_err result = node->item.as.stored.result;
    const uint32_t token = vb_storing_answered(&node->storing, job, result);
    if (job == VB_STORING_EVENTS)
        return;
    vb_receiver_device_committed(&node->device, clock, (enum vb_receiver_store)job, token, result);
    if (job == VB_RECEIVER_STORE_SETTINGS && node->config.settings_committed != NULL)
        node->config.settings_committed(node->config.ctx, token, result);
}

static void take_item(struct vb_receiver_node *node, const struct vb_clock *clock)
{
    const struct vb_inbox_item *item = &node->item;
    switch (item->kind) {
    case VB_INBOX_FRAME:
        take_frame(node, clock);
        break;
    case VB_INBOX_STORED:
        take_answer(node, clock);
        break;
    case VB_INBOX_SENT: /* a receiver does not ask */
    case VB_INBOX_WAKE:
        break;
    }
}

static void tell_facts(struct vb_receiver_node *node, uint32_t now_ms)
{
    if (now_ms - node->told_at_ms < TELL_MS)
        return;
    node->told_at_ms = now_ms;
    const struct vb_netif_view seen = vb_interfaces_look(&node->config.interfaces);
    node->facts.ip[0] = '\0';
    if (seen.has_address)
        snprintf(node->facts.ip, sizeof node->facts.ip, "%u.%u.%u.%u", seen.ip[0], seen.ip[1],
                 seen.ip[2], seen.ip[3]);
    node->facts.store_writes = node->storing.writes;
    node->facts.store_failed = node->storing.failed;
    vb_receiver_device_facts(&node->device, &node->facts);
}

/* That the clock has been set, for instance. */
static void tell_history(struct vb_receiver_node *node, const struct vb_clock *clock)
{
    if (node->history.config.memory == NULL)
        return;
    const enum vb_history_state state = vb_ram_history_state(&node->history);
    if (state == node->history_told)
        return;
    node->history_told = state;
    vb_receiver_device_history(&node->device, clock, state);
}

/* Returns for how long nothing is to be done. */
static uint32_t turn(struct vb_receiver_node *node, bool came)
{
    (void)xSemaphoreTake(node->lock, portMAX_DELAY);
    const struct vb_clock clock = vb_idf_clock();
    for (unsigned taken = 0; came && taken < VB_INBOX_ITEMS; taken++) {
        take_item(node, &clock);
        came = xQueueReceive(node->inbox, &node->item, 0) == pdTRUE;
    }
    if (came)
        take_item(node, &clock);
    const bool look = clock.now_ms - node->looked_at_ms >= LOOK_MS;
    if (look)
        node->looked_at_ms = clock.now_ms;
    tell_facts(node, clock.now_ms);
    tell_history(node, &clock);
    vb_receiver_device_tick(&node->device, &clock);
    vb_receiver_device_output(&node->device, &clock);
    vb_storing_hand_over(&node->storing, look);
    if (node->config.turned != NULL)
        node->config.turned(node->config.ctx);
    const uint32_t wait_ms = vb_receiver_device_wakeup_ms(&node->device, &clock);
    vb_pulse_beat(&node->pulse, &node->storing, &node->radio);
    (void)xSemaphoreGive(node->lock);
    return wait_ms < WAIT_MS_MIN ? WAIT_MS_MIN : wait_ms > WAIT_MS_MAX ? WAIT_MS_MAX : wait_ms;
}

static void run(void *ctx)
{
    struct vb_receiver_node *node = ctx;
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

/* The least a cache can have: all of a transmitter's sections at their largest. */
static uint16_t cache_bytes(void)
{
    size_t size = 0;
    for (uint8_t i = 0; i < vb_section_count; i++)
        size += vb_sections[i].owner == VB_OWNER_TRANSMITTER ? vb_sections[i].bytes_max : 0;
    return (uint16_t)size;
}

struct vb_receiver_sizes vb_receiver_node_sizes(uint8_t peers)
{
    return (struct vb_receiver_sizes){.peers = peers,
                                      .edits = 2,
                                      .cache_bytes = cache_bytes(),
                                      .ring_readings = 8,
                                      .open_alarms = 24};
}

static uint64_t wall_ms(void)
{
    return vb_idf_clock().wall_ms;
}

static bool follows(void *ctx, const struct vb_mac *mac)
{
    const struct vb_receiver_node *node = ctx;
    return vb_receiver_peer(&node->device.core, mac) != NULL;
}

/* NULL where none is kept; no room for one is no reason not to start. */
static const struct vb_history_store *make_history(struct vb_receiver_node *node,
                                                   const struct vb_receiver_node_config *config)
{
    struct vb_ram_history_config history = {.sizes = {.packs = config->peers,
                                                      .days = config->history_days,
                                                      .fine_days = config->history_fine_days},
                                            .wall_ms = wall_ms,
                                            .keeps = {.ctx = node, .keeps = follows}};
    if (config->history_days == 0)
        return NULL;
    history.memory = malloc(vb_ram_history_bytes(&history.sizes));
    if (history.memory == NULL) {
        printf("warning: the heap has no room for a history of %u days; none is kept\n",
               (unsigned)config->history_days);
        return NULL;
    }
    vb_ram_history_init(&node->history, &history);
    return &node->history.store;
}

static bool start_device(struct vb_receiver_node *node,
                         const struct vb_receiver_node_config *config)
{
    const struct vb_storing *storing = &node->storing;
    const struct vb_clock clock = vb_idf_clock();
    struct vb_receiver_device_config device = {
        .mac = config->mac,
        .seed = (uint64_t)esp_random() << 32 | esp_random(),
        .timing = vb_timing_default,
        .sizes = vb_receiver_node_sizes(config->peers),
        .ports = {.boot_store = vb_storing_store(storing, VB_RECEIVER_STORE_BOOT),
                  .settings_store = vb_storing_store(storing, VB_RECEIVER_STORE_SETTINGS),
                  .cache_store = vb_storing_store(storing, VB_RECEIVER_STORE_CACHE),
                  .events = &node->events.port,
                  .link = &node->radio.port,
                  .log = vb_console_sink()}};
    node->facts = config->facts;
    node->facts.store_persistent = device.ports.settings_store != NULL;
    snprintf(node->facts.link_scope, sizeof node->facts.link_scope, "on the air, by ESP-NOW");
    device.facts = node->facts;
    device.memory = malloc(vb_receiver_device_bytes(&device.sizes));
    if (device.memory == NULL)
        return false;
    device.ports.history = make_history(node, config);
    vb_receiver_device_init(&node->device, &device, &clock);
    return true;
}

/* Named as on Linux. */
static void lay_out_stores(struct vb_receiver_node *node)
{
    node->stores[VB_RECEIVER_STORE_BOOT] = (struct vb_nvs_store){
        .name = "rx_boot", .record = node->boot_record, .record_bytes = sizeof node->boot_record};
    node->stores[VB_RECEIVER_STORE_SETTINGS] =
        (struct vb_nvs_store){.name = "rx_config",
                              .record = node->settings_record,
                              .record_bytes = sizeof node->settings_record};
    node->stores[VB_RECEIVER_STORE_CACHE] =
        (struct vb_nvs_store){.name = "tx_cache",
                              .record = node->cache_record,
                              .record_bytes = sizeof node->cache_record};
}

static void open_stores(struct vb_receiver_node *node, const struct vb_receiver_node_config *config)
{
    const esp_err_t started = vb_nvs_start(config->nvs_partition);
    if (started != ESP_OK)
        printf("error: NVS cannot be read (0x%x), and is left as it is; settings are not stored\n",
               (unsigned)started);
    if (!vb_event_ring_open(&node->events, config->events_partition, node->lock))
        printf("warning: there is no partition %s of 32 kB or more; events end with this start\n",
               config->events_partition);
    lay_out_stores(node);
    vb_storing_open(&node->storing, config->nvs_partition, node->stores, VB_STORING_STORES_MAX,
                    &node->events, node->inbox);
}

esp_err_t vb_receiver_node_start(struct vb_receiver_node *node,
                                 const struct vb_receiver_node_config *config)
{
    memset(node, 0, sizeof *node);
    node->config = *config;
    node->lock = xSemaphoreCreateMutex();
    node->inbox = xQueueCreate(VB_INBOX_ITEMS, sizeof(struct vb_inbox_item));
    if (node->lock == NULL || node->inbox == NULL)
        return ESP_ERR_NO_MEM;
    open_stores(node, config);
    const esp_err_t radio = vb_radio_open(&node->radio, config->interface, node->inbox);
    if (radio != ESP_OK)
        return radio;
    if (!start_device(node, config) || !vb_storing_start(&node->storing) ||
        xTaskCreate(run, "vb_device", VB_NODE_STACK_BYTES, node, PRIORITY, NULL) != pdPASS)
        return ESP_ERR_NO_MEM;
    return ESP_OK;
}

void vb_receiver_node_wake(struct vb_receiver_node *node)
{
    const struct vb_inbox_item item = {.kind = VB_INBOX_WAKE};
    (void)xQueueSend(node->inbox, &item, 0); /* in a full inbox there is enough to wake it */
}
