/* Messages of up to 4095 bytes over CAN frames of 8: ISO 15765-2:2016 ("ISO-TP"), normal
 * addressing, both ends.
 *
 *     0L                  single frame: L bytes, 1 to 7
 *     1L LL               first frame: the length in 12 bits, then 6 bytes
 *     2N                  consecutive frame: N counts 1..15, 0, 1.., then up to 7 bytes
 *     3S BB TT            flow control: 0 go on, 1 wait, 2 too long; block size; separation time
 *
 * Sans-IO: frames and the time come in as arguments. Times are ms that wrap. */
#ifndef VOLTBEACON_SOURCES_ISOTP_H
#define VOLTBEACON_SOURCES_ISOTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

enum {
    VB_ISOTP_FRAME_BYTES = 8,
    VB_ISOTP_SINGLE_BYTES_MAX = 7,
    VB_ISOTP_BYTES_MAX = 512, /* kept of a message; a Leaf's longest answer has 331 */
    VB_ISOTP_PADDING = 0x00,
    /* N_Bs and N_Cr: how long the other end may take over a flow control and over a consecutive
     * frame; ISO 15765-2:2016, table 16. */
    VB_ISOTP_TIMEOUT_MS = 1000
};

/* X(NAME, "what was wrong") */
#define VB_ISOTP_FAULT_LIST(X)                                      \
    X(EMPTY, "an ISO-TP frame without content")                     \
    X(TYPE, "an ISO-TP frame of no known type")                     \
    X(LENGTH, "an ISO-TP frame whose length does not fit it")       \
    X(TOO_LONG, "an ISO-TP message that is longer than any answer") \
    X(UNEXPECTED, "an ISO-TP frame that continues no message")      \
    X(ORDER, "an ISO-TP frame that is missing, doubled or late")    \
    X(INTERRUPTED, "an ISO-TP message that another one broke off")  \
    X(TIMEOUT, "an ISO-TP message that stopped before its end")

enum vb_isotp_fault {
#define X(NAME, text) VB_ISOTP_FAULT_##NAME,
    VB_ISOTP_FAULT_LIST(X)
#undef X
        VB_ISOTP_FAULT_COUNT
};

const char *vb_isotp_fault_text(enum vb_isotp_fault fault);

/* ---- Receiving ---- */

enum vb_isotp_progress {
    VB_ISOTP_NOTHING, /* a flow control, or a frame within a message */
    VB_ISOTP_FLOW,    /* the sender waits for a flow control */
    VB_ISOTP_WHOLE,   /* bytes[0..size) is a message, until the next input */
    VB_ISOTP_REFUSED  /* last_fault says why; a message in progress may have been given up */
};

struct vb_isotp_receiver {
    uint32_t timeout_ms; /* N_Cr */
    uint8_t block_size;  /* consecutive frames between two flow controls; 0 = all */
    bool receiving;
    bool adrift;           /* a message was given up: its remaining frames are not another fault */
    uint8_t next;          /* number of the next consecutive frame, 0 to 15 */
    uint8_t left_in_block; /* where there are blocks */
    uint32_t heard_ms;     /* when the message last grew */
    uint16_t size;         /* of the message */
    uint16_t at;           /* received of it */
    enum vb_isotp_fault last_fault;
    uint32_t faults[VB_ISOTP_FAULT_COUNT];
    uint8_t bytes[VB_ISOTP_BYTES_MAX];
};

void vb_isotp_receiver_init(struct vb_isotp_receiver *receiver, uint32_t timeout_ms,
                            uint8_t block_size);

/* Takes a frame of 0 to 8 bytes. A first or single frame ends a message in progress: that counts as
 * INTERRUPTED, and the new one is received. */
VB_MUST_USE enum vb_isotp_progress vb_isotp_receive(struct vb_isotp_receiver *receiver,
                                                    uint32_t now_ms, const uint8_t *frame,
                                                    size_t size);

/* Gives up a message that has not grown for timeout_ms. Returns whether it did. */
bool vb_isotp_expire(struct vb_isotp_receiver *receiver, uint32_t now_ms);

/* "Go on": after VB_ISOTP_FLOW. separation_ms 0 to 127: the sender's pause between frames. */
void vb_isotp_flow_frame(const struct vb_isotp_receiver *receiver, uint8_t separation_ms,
                         uint8_t frame[VB_ISOTP_FRAME_BYTES]);

/* ---- Sending ---- */

enum vb_isotp_sending {
    VB_ISOTP_SENT,    /* or nothing has been sent yet */
    VB_ISOTP_SENDS,   /* frames are due, or will be */
    VB_ISOTP_WAITS,   /* for the other end's flow control */
    VB_ISOTP_REFUSAL, /* the other end cannot take that much, or its flow control makes no sense */
    VB_ISOTP_SILENCE  /* no flow control came within timeout_ms */
};

struct vb_isotp_sender {
    uint32_t timeout_ms; /* N_Bs */
    enum vb_isotp_sending state;
    uint8_t next;
    bool in_blocks;
    uint8_t left_in_block;
    uint32_t separation_ms;
    uint32_t due_ms;   /* earliest time of the next frame */
    uint32_t since_ms; /* of waiting */
    uint16_t size;
    uint16_t at;
    uint8_t bytes[VB_ISOTP_BYTES_MAX];
};

void vb_isotp_sender_init(struct vb_isotp_sender *sender, uint32_t timeout_ms);

/* Begins a message of 1 to VB_ISOTP_BYTES_MAX bytes, which are copied; drops one in progress. */
void vb_isotp_send(struct vb_isotp_sender *sender, uint32_t now_ms, const uint8_t *bytes,
                   size_t size);

/* Takes a frame from the other end; ignores anything but a flow control. */
void vb_isotp_flow(struct vb_isotp_sender *sender, uint32_t now_ms, const uint8_t *frame,
                   size_t size);

/* The next frame, if one is due; also notices when no flow control comes. */
VB_MUST_USE bool vb_isotp_sender_output(struct vb_isotp_sender *sender, uint32_t now_ms,
                                        uint8_t frame[VB_ISOTP_FRAME_BYTES]);

#endif
