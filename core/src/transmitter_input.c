/* Frames at the transmitter: each payload is parsed once, here, and passed on parsed. */
#include "transmitter_parts.h"

static bool from_receiver(uint8_t message)
{
    return message == VB_MESSAGE_BEACON_ACK || message == VB_MESSAGE_REQUEST ||
           message == VB_MESSAGE_EDIT || message == VB_MESSAGE_HELLO ||
           message == VB_MESSAGE_READING_ACK;
}

static enum vb_err dispatch(struct vb_transmitter *t, uint32_t now_ms, const struct vb_mac *src,
                            const struct vb_payload *payload)
{
    switch (payload->kind) {
    case VB_MESSAGE_BEACON_ACK:
        vb_transmitter_ack_input(t, src, &payload->beacon_ack);
        return VB_ERR_OK;
    case VB_MESSAGE_REQUEST:
        vb_transmitter_request_input(t, now_ms, src, &payload->request);
        return VB_ERR_OK;
    case VB_MESSAGE_HELLO:
        vb_transmitter_hello_input(t, now_ms, src, &payload->hello);
        return VB_ERR_OK;
    case VB_MESSAGE_READING_ACK:
        vb_transmitter_reading_ack_input(t, src, &payload->reading_ack);
        return VB_ERR_OK;
    case VB_MESSAGE_EDIT:
        return vb_transmitter_edit_input(t, now_ms, src, &payload->edit);
    default:
        return VB_ERR_UNSUPPORTED;
    }
}

enum vb_err vb_transmitter_take(struct vb_transmitter *t, uint32_t now_ms, const struct vb_mac *src,
                                const struct vb_frame *frame)
{
    struct vb_payload payload;
    if (!from_receiver(frame->message))
        return VB_ERR_UNSUPPORTED;
    const enum vb_err err = vb_payload_read(&t->room, frame, NULL, &payload);
    if (err != VB_ERR_OK)
        return err;
    /* First: an acknowledgement counts for a receiver that is heard. */
    vb_transmitter_hear(t, now_ms, src, &payload);
    return dispatch(t, now_ms, src, &payload);
}
