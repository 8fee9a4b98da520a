/* A CAN bus of any content against the poller, its decoder and both ends of ISO-TP: nothing is
 * read that was not sent, and nothing is sent too often. Each frame of the input is {ms until it,
 * what it is, 8 bytes}. */
#include <stdlib.h>
#include <string.h>

#include "sources/can_poll.h"

enum { STEP_BYTES = 10, IDS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

/* Half of the frames are the battery's answers. */
static struct vb_can_frame frame_of(const uint8_t *step)
{
    static const uint32_t ids[IDS] = {0x1db, 0x55b, 0x5bc, 0x59e, 0x1ed, 0x79b, 0x7ff, 0x1c2};
    struct vb_can_frame frame = {.id = (step[1] & 0x80) != 0 ? 0x7bb : ids[step[1] % IDS],
                                 .size = (step[1] & 0x40) != 0 ? 8 : step[1] >> 3 & 7};
    memcpy(frame.data, step + 2, frame.size);
    if ((step[1] & 0x20) != 0 && frame.size > 0)
        frame.data[frame.size - 1] = vb_can_crc8(frame.data, (uint8_t)(frame.size - 1));
    return frame;
}

static void check_reading(const struct vb_can_poll *poll, uint64_t now_ms)
{
    struct vb_reading reading;
    uint8_t bytes[VB_READING_BYTES_MAX];
    struct vb_reading decoded;
    vb_can_decoder_reading(&poll->decoder, now_ms, &reading);
    const size_t size = vb_reading_encode(&reading, 0, bytes);
    require(vb_reading_decode(bytes, size, 0, &decoded) == VB_ERR_OK);
    require(memcmp(&decoded, &reading, sizeof decoded) == 0);
}

/* The same bytes as a message: what one end sends, the other receives. */
static void check_both_ends(const uint8_t *data, size_t size)
{
    struct vb_isotp_sender sender;
    struct vb_isotp_receiver receiver;
    uint8_t frame[VB_ISOTP_FRAME_BYTES];
    const size_t taken = size < VB_ISOTP_BYTES_MAX ? size : VB_ISOTP_BYTES_MAX;
    enum vb_isotp_progress progress = VB_ISOTP_NOTHING;
    vb_isotp_sender_init(&sender, VB_ISOTP_TIMEOUT_MS);
    vb_isotp_receiver_init(&receiver, VB_ISOTP_TIMEOUT_MS, data[0]);
    vb_isotp_send(&sender, 0, data, taken);
    while (vb_isotp_sender_output(&sender, 0, frame)) {
        progress = vb_isotp_receive(&receiver, 0, frame, sizeof frame);
        if (progress == VB_ISOTP_FLOW) {
            vb_isotp_flow_frame(&receiver, 0, frame);
            vb_isotp_flow(&sender, 0, frame, sizeof frame);
        }
    }
    require(progress == VB_ISOTP_WHOLE && receiver.size == taken);
    require(memcmp(receiver.bytes, data, taken) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vb_can_poll poll;
    uint64_t now_ms = 0;
    uint32_t flows = 0;
    vb_can_poll_init(&poll, &vb_can_leaf, &vb_can_poll_timing_default, now_ms);
    for (size_t at = 0; at + STEP_BYTES <= size; at += STEP_BYTES) {
        now_ms += (uint64_t)data[at] * data[at];
        const struct vb_can_frame in = frame_of(data + at);
        const enum vb_can_news news = vb_can_poll_input(&poll, now_ms, &in);
        if (news == VB_CAN_SWEEP)
            check_reading(&poll, now_ms);
        if (news == VB_CAN_REFUSED)
            require(vb_can_last_refusal_text(&poll.decoder)[0] != '\0');
        flows += news == VB_CAN_FLOW_DUE;
        struct vb_can_frame out;
        unsigned sent = 0;
        while (vb_can_poll_output(&poll, now_ms, &out)) {
            require(out.id == vb_can_leaf.request_id && out.size == 8);
            sent++;
        }
        require(sent <= 2);
    }
    /* A request at most each pause, beside the first. */
    require(poll.requests <= 1 + now_ms / vb_can_poll_timing_default.pause_ms);
    require(poll.decoder.sweeps <= flows);
    if (size > 0)
        check_both_ends(data, size);
    return 0;
}
