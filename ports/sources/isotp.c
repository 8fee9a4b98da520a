#include "sources/isotp.h"

#include <string.h>

enum frame_type { SINGLE = 0, FIRST = 1, CONSECUTIVE = 2, FLOW_CONTROL = 3 };

enum flow_status { GO_ON = 0, WAIT = 1, OVERFLOW = 2 };

enum {
    FIRST_PAYLOAD_BYTES = 6,
    CONSECUTIVE_PAYLOAD_BYTES = 7,
    FLOW_BYTES = 3,
    NUMBER_MASK = 15,
    /* What a reserved separation time stands for, which is also the largest: ISO 15765-2:2016,
     * 9.6.5.5. Tenths of a millisecond (0xF1 to 0xF9) are rounded up to one. */
    SEPARATION_MS_MAX = 127,
    SEPARATION_TENTHS_FIRST = 0xf1,
    SEPARATION_TENTHS_LAST = 0xf9
};

const char *vb_isotp_fault_text(enum vb_isotp_fault fault)
{
    static const char *const texts[] = {
#define X(NAME, text) [VB_ISOTP_FAULT_##NAME] = (text),
        VB_ISOTP_FAULT_LIST(X)
#undef X
    };
    VB_ASSERT((size_t)fault < VB_COUNT_OF(texts));
    return texts[fault];
}

/* == Receiving =============================================================================== */

void vb_isotp_receiver_init(struct vb_isotp_receiver *receiver, uint32_t timeout_ms,
                            uint8_t block_size)
{
    *receiver = (struct vb_isotp_receiver){.timeout_ms = timeout_ms, .block_size = block_size};
}

static enum vb_isotp_progress refuse(struct vb_isotp_receiver *receiver, enum vb_isotp_fault fault)
{
    receiver->last_fault = fault;
    receiver->faults[fault]++;
    receiver->receiving = false;
    receiver->adrift = true;
    return VB_ISOTP_REFUSED;
}

/* The message in progress, if any, was interrupted by a new one. */
static void interrupt(struct vb_isotp_receiver *receiver)
{
    if (receiver->receiving)
        (void)refuse(receiver, VB_ISOTP_FAULT_INTERRUPTED);
}

static enum vb_isotp_progress receive_single(struct vb_isotp_receiver *receiver,
                                             const uint8_t *frame, size_t size)
{
    const uint8_t length = frame[0] & NUMBER_MASK;
    interrupt(receiver);
    if (length == 0 || length > VB_ISOTP_SINGLE_BYTES_MAX || (size_t)length + 1 > size)
        return refuse(receiver, VB_ISOTP_FAULT_LENGTH);
    receiver->adrift = false;
    receiver->size = length;
    memcpy(receiver->bytes, frame + 1, length);
    return VB_ISOTP_WHOLE;
}

static enum vb_isotp_progress receive_first(struct vb_isotp_receiver *receiver, uint32_t now_ms,
                                            const uint8_t *frame, size_t size)
{
    interrupt(receiver);
    if (size < VB_ISOTP_FRAME_BYTES)
        return refuse(receiver, VB_ISOTP_FAULT_LENGTH);
    const uint16_t length = (uint16_t)((frame[0] & NUMBER_MASK) << 8 | frame[1]);
    if (length == 0) /* the length follows in 32 bits: over 4095 */
        return refuse(receiver, VB_ISOTP_FAULT_TOO_LONG);
    if (length <= VB_ISOTP_SINGLE_BYTES_MAX)
        return refuse(receiver, VB_ISOTP_FAULT_LENGTH);
    if (length > VB_ISOTP_BYTES_MAX)
        return refuse(receiver, VB_ISOTP_FAULT_TOO_LONG);
    receiver->receiving = true;
    receiver->adrift = false;
    receiver->next = 1;
    receiver->left_in_block = receiver->block_size;
    receiver->heard_ms = now_ms;
    receiver->size = length;
    receiver->at = FIRST_PAYLOAD_BYTES;
    memcpy(receiver->bytes, frame + 2, FIRST_PAYLOAD_BYTES);
    return VB_ISOTP_FLOW;
}

static enum vb_isotp_progress receive_consecutive(struct vb_isotp_receiver *receiver,
                                                  uint32_t now_ms, const uint8_t *frame,
                                                  size_t size)
{
    if (!receiver->receiving)
        return receiver->adrift ? VB_ISOTP_NOTHING : refuse(receiver, VB_ISOTP_FAULT_UNEXPECTED);
    if ((frame[0] & NUMBER_MASK) != receiver->next)
        return refuse(receiver, VB_ISOTP_FAULT_ORDER);
    VB_ASSERT(receiver->at < receiver->size && receiver->size <= VB_ISOTP_BYTES_MAX);
    const size_t missing = (size_t)(receiver->size - receiver->at);
    const size_t taken = missing < CONSECUTIVE_PAYLOAD_BYTES ? missing : CONSECUTIVE_PAYLOAD_BYTES;
    if (size < taken + 1)
        return refuse(receiver, VB_ISOTP_FAULT_LENGTH);
    memcpy(receiver->bytes + receiver->at, frame + 1, taken);
    receiver->at = (uint16_t)(receiver->at + taken);
    receiver->next = (receiver->next + 1) & NUMBER_MASK;
    receiver->heard_ms = now_ms;
    if (receiver->at == receiver->size) {
        receiver->receiving = false;
        return VB_ISOTP_WHOLE;
    }
    if (receiver->block_size == 0 || --receiver->left_in_block > 0)
        return VB_ISOTP_NOTHING;
    receiver->left_in_block = receiver->block_size;
    return VB_ISOTP_FLOW;
}

enum vb_isotp_progress vb_isotp_receive(struct vb_isotp_receiver *receiver, uint32_t now_ms,
                                        const uint8_t *frame, size_t size)
{
    VB_ASSERT(size <= VB_ISOTP_FRAME_BYTES);
    (void)vb_isotp_expire(receiver, now_ms);
    if (size == 0)
        return refuse(receiver, VB_ISOTP_FAULT_EMPTY);
    switch (frame[0] >> 4) {
    case SINGLE:
        return receive_single(receiver, frame, size);
    case FIRST:
        return receive_first(receiver, now_ms, frame, size);
    case CONSECUTIVE:
        return receive_consecutive(receiver, now_ms, frame, size);
    case FLOW_CONTROL:
        return VB_ISOTP_NOTHING;
    default:
        return refuse(receiver, VB_ISOTP_FAULT_TYPE);
    }
}

bool vb_isotp_expire(struct vb_isotp_receiver *receiver, uint32_t now_ms)
{
    if (!receiver->receiving || now_ms - receiver->heard_ms < receiver->timeout_ms)
        return false;
    (void)refuse(receiver, VB_ISOTP_FAULT_TIMEOUT);
    return true;
}

void vb_isotp_flow_frame(const struct vb_isotp_receiver *receiver, uint8_t separation_ms,
                         uint8_t frame[VB_ISOTP_FRAME_BYTES])
{
    VB_ASSERT(separation_ms <= SEPARATION_MS_MAX);
    memset(frame, VB_ISOTP_PADDING, VB_ISOTP_FRAME_BYTES);
    frame[0] = FLOW_CONTROL << 4 | GO_ON;
    frame[1] = receiver->block_size;
    frame[2] = separation_ms;
}

/* == Sending ================================================================================= */

void vb_isotp_sender_init(struct vb_isotp_sender *sender, uint32_t timeout_ms)
{
    *sender = (struct vb_isotp_sender){.timeout_ms = timeout_ms, .state = VB_ISOTP_SENT};
}

void vb_isotp_send(struct vb_isotp_sender *sender, uint32_t now_ms, const uint8_t *bytes,
                   size_t size)
{
    VB_ASSERT(size >= 1 && size <= VB_ISOTP_BYTES_MAX);
    memcpy(sender->bytes, bytes, size);
    sender->size = (uint16_t)size;
    sender->at = 0;
    sender->due_ms = now_ms;
    sender->state = VB_ISOTP_SENDS;
}

static uint32_t separation_ms_of(uint8_t code)
{
    if (code <= SEPARATION_MS_MAX)
        return code;
    const bool tenths = code >= SEPARATION_TENTHS_FIRST && code <= SEPARATION_TENTHS_LAST;
    return tenths ? 1 : SEPARATION_MS_MAX;
}

void vb_isotp_flow(struct vb_isotp_sender *sender, uint32_t now_ms, const uint8_t *frame,
                   size_t size)
{
    if (sender->state != VB_ISOTP_WAITS || size < FLOW_BYTES || frame[0] >> 4 != FLOW_CONTROL)
        return;
    switch (frame[0] & NUMBER_MASK) {
    case GO_ON:
        sender->state = VB_ISOTP_SENDS;
        sender->in_blocks = frame[1] != 0;
        sender->left_in_block = frame[1];
        sender->separation_ms = separation_ms_of(frame[2]);
        sender->due_ms = now_ms;
        return;
    case WAIT:
        sender->since_ms = now_ms;
        return;
    case OVERFLOW:
    default:
        sender->state = VB_ISOTP_REFUSAL;
        return;
    }
}

static void output_beginning(struct vb_isotp_sender *sender, uint32_t now_ms, uint8_t *frame)
{
    if (sender->size <= VB_ISOTP_SINGLE_BYTES_MAX) {
        frame[0] = (uint8_t)(SINGLE << 4 | sender->size);
        memcpy(frame + 1, sender->bytes, sender->size);
        sender->at = sender->size;
        sender->state = VB_ISOTP_SENT;
        return;
    }
    frame[0] = (uint8_t)(FIRST << 4 | sender->size >> 8);
    frame[1] = (uint8_t)sender->size;
    memcpy(frame + 2, sender->bytes, FIRST_PAYLOAD_BYTES);
    sender->at = FIRST_PAYLOAD_BYTES;
    sender->next = 1;
    sender->since_ms = now_ms;
    sender->state = VB_ISOTP_WAITS;
}

static void output_consecutive(struct vb_isotp_sender *sender, uint32_t now_ms, uint8_t *frame)
{
    const size_t left = (size_t)(sender->size - sender->at);
    const size_t taken = left < CONSECUTIVE_PAYLOAD_BYTES ? left : CONSECUTIVE_PAYLOAD_BYTES;
    frame[0] = (uint8_t)(CONSECUTIVE << 4 | sender->next);
    memcpy(frame + 1, sender->bytes + sender->at, taken);
    sender->at = (uint16_t)(sender->at + taken);
    sender->next = (sender->next + 1) & NUMBER_MASK;
    sender->due_ms = now_ms + sender->separation_ms;
    if (sender->at == sender->size) {
        sender->state = VB_ISOTP_SENT;
    } else if (sender->in_blocks && --sender->left_in_block == 0) {
        sender->since_ms = now_ms;
        sender->state = VB_ISOTP_WAITS;
    }
}

bool vb_isotp_sender_output(struct vb_isotp_sender *sender, uint32_t now_ms,
                            uint8_t frame[VB_ISOTP_FRAME_BYTES])
{
    if (sender->state == VB_ISOTP_WAITS && now_ms - sender->since_ms >= sender->timeout_ms)
        sender->state = VB_ISOTP_SILENCE;
    if (sender->state != VB_ISOTP_SENDS || (int32_t)(now_ms - sender->due_ms) < 0)
        return false;
    VB_ASSERT(sender->at < sender->size);
    memset(frame, VB_ISOTP_PADDING, VB_ISOTP_FRAME_BYTES);
    if (sender->at == 0)
        output_beginning(sender, now_ms, frame);
    else
        output_consecutive(sender, now_ms, frame);
    return true;
}
