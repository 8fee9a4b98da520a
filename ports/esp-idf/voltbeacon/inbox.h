/* What the device's task waits for: one queue, into which the callbacks of the radio and the
 * storing task copy what they have, and from which nobody but the device's task takes. */
#ifndef VOLTBEACON_ESP_IDF_INBOX_H
#define VOLTBEACON_ESP_IDF_INBOX_H

#include <freertos/FreeRTOS.h>
#include <freertos/queue.h>
#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/seal.h"
#include "voltbeacon/core/time.h"
#include "voltbeacon/device/link.h"

enum { VB_INBOX_ITEMS = 16 /* frames that may wait: at 250 bytes, 4.4 kB */ };

enum vb_inbox_kind {
    VB_INBOX_FRAME,  /* one has come */
    VB_INBOX_SENT,   /* what became of one that was sent */
    VB_INBOX_STORED, /* a batch has been written, or not */
    VB_INBOX_WAKE    /* something has changed that the device's task is to look at */
};

struct vb_inbox_frame {
    struct vb_mac src;
    struct vb_mac dst;
    uint32_t came_ms; /* on the device's clock */
    int8_t rssi_dbm;
    uint8_t channel; /* the radio's then; 0 = not known */
    uint8_t size;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
};

struct vb_inbox_item {
    enum vb_inbox_kind kind;
    union {
        struct vb_inbox_frame frame;
        struct {
            struct vb_mac dst;
            bool delivered;
        } sent;
        struct {
            uint8_t store; /* which, as its owner counts them */
            enum vb_err result;
        } stored;
    } as;
};

/* As a device takes it; a view of the frame. One that came after the clock was read is new. */
static inline struct vb_link_frame vb_inbox_link_frame(const struct vb_inbox_frame *came,
                                                       uint32_t now_ms)
{
    return (struct vb_link_frame){.src = came->src,
                                  .dst = came->dst,
                                  .bytes = came->bytes,
                                  .size = came->size,
                                  .age_ms = vb_time_until(came->came_ms, now_ms),
                                  .rssi_dbm = came->rssi_dbm};
}

#endif
