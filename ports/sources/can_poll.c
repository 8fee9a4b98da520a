#include "sources/can_poll.h"

#include <string.h>

enum {
    ANSWER_FLAG = 0x40, /* of a service, in its answer */
    SHIFT_MAX = 16,
    WAKEUP_MS_MAX = 60000
};

const struct vb_can_poll_timing vb_can_poll_timing_default = {.round_ms = 5000,
                                                              .pause_ms = 100,
                                                              .answer_ms_max = VB_ISOTP_TIMEOUT_MS,
                                                              .request_ms_max = 5000,
                                                              .back_off_ms_max = 60000,
                                                              .yield_ms = 100000,
                                                              .separation_ms = 10,
                                                              .block_size = 0};

void vb_can_poll_init(struct vb_can_poll *poll, const struct vb_can_battery *battery,
                      const struct vb_can_poll_timing *timing, uint64_t now_ms)
{
    memset(poll, 0, sizeof *poll);
    poll->timing = *timing;
    poll->due_ms = now_ms;
    vb_isotp_sender_init(&poll->request, timing->answer_ms_max);
    vb_can_decoder_init(&poll->decoder, battery);
    vb_isotp_receiver_init(&poll->decoder.answer, timing->answer_ms_max, timing->block_size);
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void rest(struct vb_can_poll *poll, enum vb_can_poll_state state, uint64_t due_ms)
{
    VB_ASSERT(state != VB_CAN_POLL_ASKING);
    poll->state = state;
    poll->flow_due = false;
    poll->due_ms = due_ms;
}

void vb_can_poll_listen_only(struct vb_can_poll *poll, uint64_t now_ms, bool listen_only)
{
    if (listen_only == poll->listen_only)
        return;
    poll->listen_only = listen_only;
    if (poll->state != VB_CAN_POLL_YIELDING)
        rest(poll, VB_CAN_POLL_RESTING, now_ms);
}

/* ---- Input ---- */

/* The request is over, one way or another. */
static void finish(struct vb_can_poll *poll, uint64_t now_ms, uint64_t wait_ms)
{
    uint64_t due_ms = now_ms + wait_ms;
    if (poll->next_group == 0)
        due_ms = later(due_ms, poll->round_ms + poll->timing.round_ms);
    rest(poll, VB_CAN_POLL_RESTING, due_ms);
}

static bool is_ours(const struct vb_can_poll *poll)
{
    const struct vb_can_decoder *decoder = &poll->decoder;
    return decoder->answer.bytes[0] == (decoder->battery->service | ANSWER_FLAG) &&
           decoder->answer.bytes[1] == poll->asked_group;
}

/* A frame from the battery while a request is pending. */
static void hear(struct vb_can_poll *poll, uint64_t now_ms, enum vb_can_news news)
{
    if (news != VB_CAN_REFUSED)
        poll->heard_ms = now_ms;
    switch (news) {
    case VB_CAN_NOTHING:
    case VB_CAN_VALUES:
    case VB_CAN_PENDING:
        return;
    case VB_CAN_FLOW_DUE:
        poll->flow_due = is_ours(poll);
        return;
    case VB_CAN_DECLINED:
        poll->declined++;
        poll->silent = 0;
        finish(poll, now_ms, poll->timing.pause_ms);
        return;
    case VB_CAN_ANSWER:
    case VB_CAN_SWEEP:
        poll->silent = 0;
        if (is_ours(poll))
            finish(poll, now_ms, poll->timing.pause_ms);
        return;
    case VB_CAN_REFUSED:
        finish(poll, now_ms, poll->timing.answer_ms_max); /* until the rest of it has passed */
        return;
    }
}

enum vb_can_news vb_can_poll_input(struct vb_can_poll *poll, uint64_t now_ms,
                                   const struct vb_can_frame *frame)
{
    const struct vb_can_battery *battery = poll->decoder.battery;
    if (frame->id == battery->request_id) {
        rest(poll, VB_CAN_POLL_YIELDING, now_ms + poll->timing.yield_ms);
        return VB_CAN_NOTHING;
    }
    const enum vb_can_news news = vb_can_decoder_input(&poll->decoder, now_ms, frame);
    if (frame->id == battery->answer_id) {
        vb_isotp_flow(&poll->request, (uint32_t)now_ms, frame->data, frame->size);
        if (poll->state == VB_CAN_POLL_ASKING)
            hear(poll, now_ms, news);
    }
    return news;
}

/* ---- Output ---- */

static uint64_t patience_ends_ms(const struct vb_can_poll *poll)
{
    const uint64_t whole_ms = poll->asked_ms + poll->timing.request_ms_max;
    const uint64_t next_ms = poll->heard_ms + poll->timing.answer_ms_max;
    return whole_ms < next_ms ? whole_ms : next_ms;
}

/* Longer, the more there have been in a row. */
static void note_silence(struct vb_can_poll *poll, uint64_t now_ms)
{
    (void)vb_isotp_expire(&poll->decoder.answer, (uint32_t)now_ms);
    poll->silences++;
    if (poll->silent < UINT8_MAX)
        poll->silent++;
    const unsigned shift = poll->silent < SHIFT_MAX ? poll->silent : SHIFT_MAX;
    const uint64_t wait_ms = (uint64_t)poll->timing.pause_ms << shift;
    const uint32_t most_ms = poll->timing.back_off_ms_max;
    finish(poll, now_ms, wait_ms < most_ms ? wait_ms : most_ms);
}

static void ask(struct vb_can_poll *poll, uint64_t now_ms)
{
    const struct vb_can_battery *battery = poll->decoder.battery;
    if (poll->next_group == 0)
        poll->round_ms = now_ms;
    poll->asked_group = battery->groups[poll->next_group];
    poll->next_group = (uint8_t)((poll->next_group + 1) % battery->group_count);
    poll->state = VB_CAN_POLL_ASKING;
    poll->asked_ms = now_ms;
    poll->heard_ms = now_ms;
    poll->requests++;
    const uint8_t request[] = {battery->service, poll->asked_group};
    vb_isotp_send(&poll->request, (uint32_t)now_ms, request, sizeof request);
}

bool vb_can_poll_output(struct vb_can_poll *poll, uint64_t now_ms, struct vb_can_frame *frame)
{
    if (poll->listen_only)
        return false;
    if (poll->state == VB_CAN_POLL_ASKING && now_ms >= patience_ends_ms(poll))
        note_silence(poll, now_ms);
    if (poll->state != VB_CAN_POLL_ASKING && now_ms >= poll->due_ms)
        ask(poll, now_ms);
    if (poll->state != VB_CAN_POLL_ASKING)
        return false;
    frame->id = poll->decoder.battery->request_id;
    frame->size = VB_ISOTP_FRAME_BYTES;
    if (poll->flow_due) {
        poll->flow_due = false;
        vb_isotp_flow_frame(&poll->decoder.answer, poll->timing.separation_ms, frame->data);
        return true;
    }
    return vb_isotp_sender_output(&poll->request, (uint32_t)now_ms, frame->data);
}

uint32_t vb_can_poll_wakeup_ms(const struct vb_can_poll *poll, uint64_t now_ms)
{
    if (poll->listen_only)
        return WAKEUP_MS_MAX;
    if (poll->flow_due)
        return 0;
    const uint64_t at_ms =
        poll->state == VB_CAN_POLL_ASKING ? patience_ends_ms(poll) : poll->due_ms;
    if (at_ms <= now_ms)
        return 0;
    return at_ms - now_ms < WAKEUP_MS_MAX ? (uint32_t)(at_ms - now_ms) : WAKEUP_MS_MAX;
}
