#include "esp-idf/voltbeacon/twai_feed.h"

#include <esp_twai_onchip.h>
#include <string.h>

#include "esp-idf/voltbeacon/idf_clock.h"
#include "esp-idf/voltbeacon/inbox.h"
#include "voltbeacon/core/time.h"

enum {
    OPEN_AGAIN_MS = 10000,
    RECOVER_MS_MIN = 1000,
    RECOVER_MS_MAX = 60000,
    UNHEARD_MS = 1000,    /* so long the controller tries: then nobody acknowledges */
    SENDING_MS = 100,     /* the interrupt ends this wait */
    RETRIES_FOREVER = -1, /* for a frame that loses the arbitration */
    TX_QUEUE = 1
};

/* ---- On the interrupt ---- */

static void set(bool *flag, bool value)
{
    __atomic_store_n(flag, value, __ATOMIC_RELEASE);
}

static bool is_set(const bool *flag)
{
    return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

/* One word waits in the inbox at most. Where that is full, its task is awake anyway. */
static void wake(struct vb_twai_feed *feed, BaseType_t *woken)
{
    static const struct vb_inbox_item word = {.kind = VB_INBOX_WAKE};
    if (!__atomic_exchange_n(&feed->is_waking, true, __ATOMIC_ACQ_REL))
        (void)xQueueSendFromISR(feed->inbox, &word, woken);
}

static bool on_frame(twai_node_handle_t node, const twai_rx_done_event_data_t *event, void *ctx)
{
    struct vb_twai_feed *feed = ctx;
    struct vb_can_frame frame = {0};
    twai_frame_t came = {.buffer = frame.data, .buffer_len = sizeof frame.data};
    BaseType_t woken = pdFALSE;
    (void)event;
    if (twai_node_receive_from_isr(node, &came) != ESP_OK || came.header.rtr || came.header.fdf)
        return false;
    frame.id = came.header.id | (came.header.ide ? (uint32_t)VB_CAN_EXTENDED : 0);
    /* ISO 11898-1: codes of 9 to 15 mean 8 bytes. */
    frame.size =
        (uint8_t)(came.header.dlc < sizeof frame.data ? came.header.dlc : sizeof frame.data);
    if (!vb_can_battery_uses(feed->battery, frame.id))
        return false;
    const bool room = xQueueSendFromISR(feed->frames, &frame, &woken) == pdTRUE;
    __atomic_fetch_add(room ? &feed->came : &feed->no_room, 1, __ATOMIC_RELAXED);
    wake(feed, &woken);
    return woken == pdTRUE;
}

static bool on_sent(twai_node_handle_t node, const twai_tx_done_event_data_t *event, void *ctx)
{
    struct vb_twai_feed *feed = ctx;
    BaseType_t woken = pdFALSE;
    (void)node;
    set(&feed->was_sent, event->is_tx_success);
    set(&feed->is_sending, false);
    wake(feed, &woken);
    return woken == pdTRUE;
}

/* What was being sent when it left the bus is lost: of that on_sent() is not told. */
static bool on_state(twai_node_handle_t node, const twai_state_change_event_data_t *event,
                     void *ctx)
{
    struct vb_twai_feed *feed = ctx;
    const bool off = event->new_sta == TWAI_ERROR_BUS_OFF;
    BaseType_t woken = pdFALSE;
    (void)node;
    if (!off && event->old_sta == TWAI_ERROR_BUS_OFF)
        set(&feed->is_sending, false);
    set(&feed->is_off, off);
    wake(feed, &woken);
    return woken == pdTRUE;
}

/* ---- What is said ---- */

static void say_fault(struct vb_twai_feed *feed, enum vb_twai_fault fault, esp_err_t err)
{
    const struct vb_log_sink *log = &feed->config.log;
    if (feed->said == fault)
        return;
    feed->said = fault;
    switch (fault) {
    case VB_TWAI_WORKS:
        vb_log_sink_say(log, VB_LOG_INFO, "CAN works again");
        break;
    case VB_TWAI_DOES_NOT_START:
        vb_log_sink_say(log, VB_LOG_ERROR,
                        "CAN does not start: %s; is GPIO %d free for its output, and GPIO %d for "
                        "its input? Trying again every 10 s",
                        esp_err_to_name(err), feed->config.tx_gpio, feed->config.rx_gpio);
        break;
    case VB_TWAI_OFF:
        vb_log_sink_say(log, VB_LOG_WARNING,
                        "too many frames on CAN are broken, so nothing is sent or read for now: "
                        "check the wires, the termination and the bit rate");
        break;
    case VB_TWAI_UNHEARD:
        vb_log_sink_say(log, VB_LOG_WARNING,
                        "nothing on CAN accepts frames: check the wires, the termination and the "
                        "bit rate");
        break;
    }
}

/* ---- The controller, on the device's task ---- */

static esp_err_t enable(struct vb_twai_feed *feed)
{
    static const twai_event_callbacks_t callbacks = {
        .on_tx_done = on_sent, .on_rx_done = on_frame, .on_state_change = on_state};
    const esp_err_t err = twai_node_register_event_callbacks(feed->node, &callbacks, feed);
    return err == ESP_OK ? twai_node_enable(feed->node) : err;
}

static void close_node(struct vb_twai_feed *feed)
{
    if (feed->node == NULL)
        return;
    (void)twai_node_disable(feed->node); /* it is off already, or now */
    (void)twai_node_delete(feed->node);
    feed->node = NULL;
}

static void open_node(struct vb_twai_feed *feed, uint32_t now_ms)
{
    const twai_onchip_node_config_t config = {
        .io_cfg = {.tx = feed->config.tx_gpio,
                   .rx = feed->config.rx_gpio,
                   .quanta_clk_out = -1,
                   .bus_off_indicator = -1},
        .bit_timing = {.bitrate = feed->config.bitrate},
        .fail_retry_cnt = RETRIES_FOREVER,
        .tx_queue_depth = TX_QUEUE,
        .flags = {.enable_listen_only = feed->reader.settings.listen_only}};
    set(&feed->is_sending, false);
    set(&feed->is_off, false);
    feed->node_listens = feed->reader.settings.listen_only;
    feed->waits_off = false;
    feed->open_at_ms = now_ms + OPEN_AGAIN_MS;
    esp_err_t err = twai_new_node_onchip(&config, &feed->node);
    if (err != ESP_OK)
        feed->node = NULL;
    else
        err = enable(feed);
    if (err == ESP_OK)
        return;
    say_fault(feed, VB_TWAI_DOES_NOT_START, err);
    close_node(feed);
}

/* It has left the bus, as a node must whose frames disturb those of others. */
static void come_back(struct vb_twai_feed *feed, uint32_t now_ms)
{
    if (feed->waits_off && !vb_time_reached(now_ms, feed->recover_at_ms))
        return;
    if (feed->waits_off) {
        (void)twai_node_recover(feed->node);
        feed->recover_pause_ms = feed->recover_pause_ms < RECOVER_MS_MAX / 2
                                     ? 2 * feed->recover_pause_ms
                                     : RECOVER_MS_MAX;
    } else {
        feed->off_times++;
        say_fault(feed, VB_TWAI_OFF, ESP_OK);
    }
    feed->waits_off = true;
    feed->recover_at_ms = now_ms + feed->recover_pause_ms;
}

static void take_frames(struct vb_twai_feed *feed, const struct vb_clock *clock)
{
    struct vb_can_frame frame;
    for (unsigned i = 0; i < VB_TWAI_FRAMES; i++) {
        if (xQueueReceive(feed->frames, &frame, 0) != pdTRUE)
            break;
        if (feed->said == VB_TWAI_DOES_NOT_START || feed->node_listens)
            say_fault(feed, VB_TWAI_WORKS, ESP_OK);
        vb_can_reader_input(&feed->reader, clock, &frame);
    }
}

/* The driver takes one frame at a time, and keeps to our memory until it is sent. */
static void send_due(struct vb_twai_feed *feed, uint32_t now_ms)
{
    struct vb_can_frame frame;
    if (__atomic_exchange_n(&feed->was_sent, false, __ATOMIC_ACQ_REL)) {
        feed->recover_pause_ms = RECOVER_MS_MIN;
        say_fault(feed, VB_TWAI_WORKS, ESP_OK);
    }
    if (is_set(&feed->is_sending)) {
        if (now_ms - feed->out_at_ms >= UNHEARD_MS)
            say_fault(feed, VB_TWAI_UNHEARD, ESP_OK);
        return;
    }
    if (!vb_can_reader_output(&feed->reader, now_ms, &frame))
        return;
    memcpy(feed->out_bytes, frame.data, frame.size);
    feed->out = (twai_frame_t){.header = {.id = frame.id & ~(uint32_t)VB_CAN_EXTENDED,
                                          .dlc = frame.size,
                                          .ide = (frame.id & VB_CAN_EXTENDED) != 0},
                               .buffer = feed->out_bytes,
                               .buffer_len = frame.size};
    feed->out_at_ms = now_ms;
    set(&feed->is_sending, true);
    if (twai_node_transmit(feed->node, &feed->out, 0) != ESP_OK)
        set(&feed->is_sending, false); /* as if lost on the wire: it is asked again */
}

void vb_twai_feed_turn(struct vb_twai_feed *feed, const struct vb_clock *clock)
{
    const uint32_t now_ms = clock->now_ms;
    set(&feed->is_waking, false); /* first: what comes from here on wakes anew */
    if (feed->node == NULL && vb_time_reached(now_ms, feed->open_at_ms))
        open_node(feed, now_ms);
    take_frames(feed, clock);
    if (feed->node == NULL)
        return;
    if (is_set(&feed->is_off)) {
        come_back(feed, now_ms);
        return;
    }
    feed->waits_off = false;
    send_due(feed, now_ms);
    vb_can_reader_say_changes(&feed->reader);
}

uint32_t vb_twai_feed_wakeup_ms(struct vb_twai_feed *feed, uint32_t now_ms)
{
    if (feed->node == NULL)
        return vb_time_until(now_ms, feed->open_at_ms);
    if (is_set(&feed->is_off))
        return feed->waits_off ? vb_time_until(now_ms, feed->recover_at_ms) : 0;
    if (is_set(&feed->is_sending))
        return SENDING_MS;
    return vb_can_reader_wakeup_ms(&feed->reader, now_ms);
}

/* ---- Life ---- */

static void configure(void *ctx, const struct vb_can_values *values)
{
    struct vb_twai_feed *feed = ctx;
    const uint32_t now_ms = feed->reader.now_ms; /* of the last turn, a moment ago */
    vb_can_reader_configure(&feed->reader, now_ms, values);
    if (feed->node == NULL || feed->node_listens == values->listen_only)
        return;
    close_node(feed); /* a controller that runs cannot be told to listen, nor to speak */
    feed->open_at_ms = now_ms;
}

bool vb_twai_feed_open(struct vb_twai_feed *feed, const struct vb_twai_feed_config *config)
{
    memset(feed, 0, sizeof *feed);
    feed->config = *config;
    feed->battery = vb_can_battery_named(NULL);
    feed->frames = xQueueCreate(VB_TWAI_FRAMES, sizeof(struct vb_can_frame));
    feed->recover_pause_ms = RECOVER_MS_MIN;
    feed->port = (struct vb_reading_source){
        .ctx = feed, .interval_ms = vb_can_poll_timing_default.round_ms, .configure = configure};
    return feed->frames != NULL;
}

void vb_twai_feed_start(struct vb_twai_feed *feed, QueueHandle_t inbox,
                        vb_can_reading_fn on_reading, void *ctx)
{
    const struct vb_can_reader_options options = {
        .interface = "CAN", .log = feed->config.log, .on_reading = on_reading, .ctx = ctx};
    const uint32_t now_ms = vb_idf_now_ms();
    feed->inbox = inbox;
    feed->open_at_ms = now_ms;
    vb_can_reader_init(&feed->reader, feed->battery, &vb_can_poll_timing_default, &options, now_ms);
}
