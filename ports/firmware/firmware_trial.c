#include "firmware/firmware_trial.h"

const char *vb_trial_ailment_text(enum vb_trial_ailment ailment)
{
    static const char *const texts[] = {
#define X(name, text) text,
        VB_TRIAL_AILMENTS(X)
#undef X
    };
    VB_ASSERT((unsigned)ailment < VB_COUNT_OF(texts));
    return texts[ailment];
}

/* ---- States ---- */

static bool is_legal(enum vb_trial_state from, enum vb_trial_state to)
{
    switch (from) {
    case VB_TRIAL_ON:
        return to == VB_TRIAL_KEPT || to == VB_TRIAL_BACK;
    case VB_TRIAL_NONE:
    case VB_TRIAL_KEPT:
    case VB_TRIAL_BACK:
        break;
    }
    return false;
}

void vb_trial_ended(struct vb_trial *trial, enum vb_trial_state state)
{
    VB_ASSERT(is_legal(trial->state, state));
    trial->state = state;
}

void vb_trial_begin(struct vb_trial *trial, bool on_trial, uint32_t now_ms)
{
    const struct vb_trial_beat beat = {.since_ms = now_ms};
    *trial = (struct vb_trial){.state = on_trial ? VB_TRIAL_ON : VB_TRIAL_NONE,
                               .began_ms = now_ms,
                               .healthy_since_ms = now_ms,
                               .ailment = VB_TRIAL_DEVICE, /* until it has shown otherwise */
                               .turns = beat,
                               .answers = beat,
                               .rounds = beat};
}

/* ---- Health ---- */

/* A count of 0 has never gone on. */
static bool beats(struct vb_trial_beat *beat, uint32_t count, uint32_t now_ms)
{
    if (count != beat->count)
        *beat = (struct vb_trial_beat){.count = count, .since_ms = now_ms};
    return count != 0 && now_ms - beat->since_ms < VB_TRIAL_SILENT_MS;
}

/* Every count is looked at in any case: none stands still for want of being looked at. */
static enum vb_trial_ailment ailment_of(struct vb_trial *trial, const struct vb_trial_signs *signs,
                                        uint32_t now_ms)
{
    const bool turns = beats(&trial->turns, signs->turns, now_ms);
    const bool answers = beats(&trial->answers, signs->answers, now_ms);
    const bool serves = beats(&trial->rounds, signs->rounds, now_ms);
    const bool stores = signs->stored > 0 && signs->refused == trial->refused;
    trial->refused = signs->refused;
    if (!turns)
        return VB_TRIAL_DEVICE;
    if (!stores)
        return VB_TRIAL_STORE;
    if (signs->wants_network && !signs->is_online)
        return VB_TRIAL_NETWORK;
    if (signs->wants_answers && !answers)
        return VB_TRIAL_RADIO;
    return signs->serves && !serves ? VB_TRIAL_SERVER : VB_TRIAL_NOTHING;
}

enum vb_trial_advice vb_trial_look(struct vb_trial *trial, const struct vb_trial_signs *signs,
                                   uint32_t now_ms)
{
    if (trial->state != VB_TRIAL_ON)
        return VB_TRIAL_GO_ON;
    const enum vb_trial_ailment before = trial->ailment;
    trial->ailment = ailment_of(trial, signs, now_ms);
    if (trial->ailment != VB_TRIAL_NOTHING)
        return now_ms - trial->began_ms >= VB_TRIAL_MS_MAX ? VB_TRIAL_GO_BACK : VB_TRIAL_GO_ON;
    if (before != VB_TRIAL_NOTHING)
        trial->healthy_since_ms = now_ms;
    return now_ms - trial->healthy_since_ms >= VB_TRIAL_HEALTHY_MS ? VB_TRIAL_KEEP : VB_TRIAL_GO_ON;
}
