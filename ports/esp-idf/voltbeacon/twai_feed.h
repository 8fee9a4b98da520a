/* A battery on CAN as a transmitter's readings, by the TWAI controller of the chip.
 *
 * The controller listens only, and does not even acknowledge, until section can of the settings
 * allows it to ask; that holds for every start. Its callbacks, on its interrupt, copy into a queue
 * and return. What goes wrong is said once, until it works again: a controller that does not start
 * is tried every 10 s, one that has left the bus comes back after a second, then less and less
 * often. Of a node that is fed so:
 *
 *     vb_twai_feed_start()      before its task runs
 *     vb_twai_feed_turn()       in each of its turns, by its task
 *     vb_twai_feed_wakeup_ms()  for how long there need be none
 */
#ifndef VOLTBEACON_ESP_IDF_TWAI_FEED_H
#define VOLTBEACON_ESP_IDF_TWAI_FEED_H

#include <esp_twai.h>
#include <freertos/FreeRTOS.h>
#include <freertos/queue.h>

#include "sources/can_reader.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/clock.h"
#include "voltbeacon/device/reading_source.h"

VB_C_BEGIN

enum { VB_TWAI_FRAMES = 64 /* that may wait for the device's task: 1 kB */ };

struct vb_twai_feed_config {
    int tx_gpio, rx_gpio; /* towards the transceiver, and from it */
    uint32_t bitrate;     /* bits/s; 500000 on the EV bus of a Leaf */
    struct vb_log_sink log;
};

enum vb_twai_fault {
    VB_TWAI_WORKS,
    VB_TWAI_DOES_NOT_START,
    VB_TWAI_OFF,    /* too many of its frames were broken: it has left the bus */
    VB_TWAI_UNHEARD /* nobody acknowledges what it sends */
};

/* It must stay where it is; others read port, and the counters. */
struct vb_twai_feed {
    struct vb_reading_source port;
    struct vb_twai_feed_config config;
    struct vb_can_reader reader;
    const struct vb_can_battery *battery;
    QueueHandle_t frames;
    QueueHandle_t inbox;
    twai_node_handle_t node; /* NULL: there is none; tried at open_at_ms */
    bool node_listens;       /* how it was opened */
    uint32_t open_at_ms;
    bool waits_off; /* it has left the bus, and comes back at recover_at_ms */
    uint32_t recover_at_ms;
    uint32_t recover_pause_ms;
    enum vb_twai_fault said;
    /* The driver's, from vb_twai_feed_turn() until is_sending ends. */
    twai_frame_t out;
    uint8_t out_bytes[VB_CAN_DATA_BYTES_MAX];
    uint32_t out_at_ms;
    /* Written on the interrupt, too. */
    bool is_sending;
    bool was_sent; /* the last one, and somebody has acknowledged it */
    bool is_off;
    bool is_waking;     /* a word of it is in the inbox */
    unsigned no_room;   /* frames that found the queue full */
    unsigned came;      /* that were put into it */
    uint32_t off_times; /* that it has left the bus */
};

/* Nothing runs yet. False: there is no memory. */
VB_MUST_USE bool vb_twai_feed_open(struct vb_twai_feed *feed,
                                   const struct vb_twai_feed_config *config);

/* inbox takes struct vb_inbox_item: VB_INBOX_WAKE, when a turn is due. on_reading is called from
 * vb_twai_feed_turn(). */
void vb_twai_feed_start(struct vb_twai_feed *feed, QueueHandle_t inbox,
                        vb_can_reading_fn on_reading, void *ctx);
void vb_twai_feed_turn(struct vb_twai_feed *feed, const struct vb_clock *clock);
uint32_t vb_twai_feed_wakeup_ms(struct vb_twai_feed *feed, uint32_t now_ms);

VB_C_END

#endif
