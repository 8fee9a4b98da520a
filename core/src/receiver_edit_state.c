/* The states of an edit at the receiver:
 *
 *   PENDING --- answer: applied ----> PENDING until the cache holds it --> CONFIRMED
 *      |   \--- answer: refused, not stored ---> REFUSED
 *      |    \-- answer: made on another content, or on another store ---> CONFLICT
 *      +------- nothing for edit_timeout ---> TIMED_OUT: asked about, and made another by the
 * answer */
#include "receiver_parts.h"

const char *vb_edit_state_name(enum vb_edit_state state)
{
    switch (state) {
    case VB_EDIT_STATE_PENDING:
        return "pending";
    case VB_EDIT_STATE_CONFIRMED:
        return "confirmed";
    case VB_EDIT_STATE_REFUSED:
        return "refused";
    case VB_EDIT_STATE_CONFLICT:
        return "conflict";
    case VB_EDIT_STATE_TIMED_OUT:
        return "timed_out";
    }
    return "pending";
}

bool vb_sent_edit_legal(enum vb_edit_state from, enum vb_edit_state to)
{
    switch (from) {
    case VB_EDIT_STATE_PENDING:
    case VB_EDIT_STATE_TIMED_OUT:
        return to != VB_EDIT_STATE_PENDING && to != from;
    case VB_EDIT_STATE_CONFIRMED:
    case VB_EDIT_STATE_REFUSED:
    case VB_EDIT_STATE_CONFLICT:
        return false;
    }
    return false;
}

void vb_sent_edit_tell(struct vb_receiver *r, uint32_t now_ms, struct vb_edit *edit)
{
    vb_events_push(&r->events, &(struct vb_event){.type = VB_EVENT_EDIT,
                                                  .mac = edit->mac,
                                                  .id = edit->id,
                                                  .section = edit->section,
                                                  .detail = (uint8_t)edit->state,
                                                  .at_ms = now_ms});
    edit->revision = r->events.revision;
}

void vb_sent_edit_become(struct vb_receiver *r, uint32_t now_ms, struct vb_edit *edit,
                         enum vb_edit_state state)
{
    VB_ASSERT(vb_sent_edit_legal(edit->state, state));
    edit->state = state;
    vb_sent_edit_tell(r, now_ms, edit);
}
