/* Asks a battery for its values, one group after another, the way its controller expects: a
 * request, a flow control when the answer begins, a pause before the next request.
 *
 *              due                                 whole, declined, broken, silence
 *     RESTING ------> ASKING (one request pending) ---------------------------------> RESTING
 *        any, when another device asks ----> YIELDING, for a while ----> RESTING
 *
 * At most one request is pending, and if nobody answers the requests become rarer. Another device
 * that asks (LeafSpy) takes precedence; its answers are read. Sans-IO; times are ms that never go
 * back. */
#ifndef VOLTBEACON_SOURCES_CAN_POLL_H
#define VOLTBEACON_SOURCES_CAN_POLL_H

#include "sources/can_decoder.h"

struct vb_can_poll_timing {
    uint32_t round_ms;      /* from the start of one round of all groups to the start of the next */
    uint32_t pause_ms;      /* from an answer to the next request */
    uint32_t answer_ms_max; /* until an answer begins, and between two of its frames (N_Cr) */
    uint32_t request_ms_max;  /* until an answer is complete, whatever else arrives */
    uint32_t back_off_ms_max; /* between two requests that go unanswered */
    uint32_t yield_ms;        /* after another device has asked */
    uint8_t separation_ms;    /* asked of the battery between two frames: 0 to 127 (STmin) */
    uint8_t block_size;       /* frames until the next flow control; 0 = all */
};

/* Asks as LeafSpy does (recorded: a round every 6 s, flow control 30 00 0A), and yields as long as
 * Battery-Emulator does. */
extern const struct vb_can_poll_timing vb_can_poll_timing_default;

enum vb_can_poll_state { VB_CAN_POLL_RESTING, VB_CAN_POLL_ASKING, VB_CAN_POLL_YIELDING };

struct vb_can_poll {
    struct vb_can_poll_timing timing;
    enum vb_can_poll_state state;
    bool listen_only;
    bool flow_due;
    uint8_t next_group;  /* index into battery->groups of the next request */
    uint8_t asked_group; /* the group itself, while ASKING */
    uint8_t silent;      /* unanswered requests in a row; saturates */
    uint64_t round_ms;   /* when this round began */
    uint64_t due_ms;     /* RESTING, YIELDING: when the next request is due */
    uint64_t asked_ms;   /* ASKING: when the request went out */
    uint64_t heard_ms;   /* ASKING: when its answer last progressed */
    uint32_t requests;
    uint32_t silences;
    uint32_t declined;
    struct vb_isotp_sender request;
    struct vb_can_decoder decoder;
};

/* The battery must outlive it. The first request is due at once. */
void vb_can_poll_init(struct vb_can_poll *poll, const struct vb_can_battery *battery,
                      const struct vb_can_poll_timing *timing, uint64_t now_ms);

/* While on, nothing is ever sent: no request and no flow control. */
void vb_can_poll_listen_only(struct vb_can_poll *poll, uint64_t now_ms, bool listen_only);

/* Takes a frame from the bus, whoever sent it but us. After VB_CAN_SWEEP the reading is in the
 * decoder. */
VB_MUST_USE enum vb_can_news vb_can_poll_input(struct vb_can_poll *poll, uint64_t now_ms,
                                               const struct vb_can_frame *frame);

/* The next frame to send, if one is due. */
VB_MUST_USE bool vb_can_poll_output(struct vb_can_poll *poll, uint64_t now_ms,
                                    struct vb_can_frame *frame);

/* How long vb_can_poll_output() need not be called if no frame arrives: ms, at most a minute. */
uint32_t vb_can_poll_wakeup_ms(const struct vb_can_poll *poll, uint64_t now_ms);

#endif
