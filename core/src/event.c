#include "voltbeacon/core/event.h"

#include "voltbeacon/core/platform.h"

const char *vb_event_name(uint8_t type)
{
    switch ((enum vb_event_type)type) {
#define X(NAME, name)     \
    case VB_EVENT_##NAME: \
        return name;
        VB_EVENT_LIST(X)
#undef X
    }
    return "unknown event";
}

const char *vb_kept_name(uint8_t thing)
{
    static const char *const names[] = {"section", "secret", "head",     "ledger",
                                        "trial",   "cache",  "forgotten"};
    return thing < sizeof names / sizeof names[0] ? names[thing] : "unknown";
}

/* Whether state tells it as well: then nothing is lost for good if the log misses it. */
static bool told_by_state(uint8_t type)
{
    return type == VB_EVENT_BEACON || type == VB_EVENT_RUNTIME || type == VB_EVENT_SECTION ||
           type == VB_EVENT_READING || type == VB_EVENT_READING_LOST;
}

static void append(struct vb_events *events, const struct vb_event *event)
{
    VB_ASSERT(events->count <= VB_EVENTS_MAX && events->first < VB_EVENTS_MAX);
    if (events->count >= VB_EVENTS_MAX / 2 && told_by_state(event->type)) {
        events->dropped++;
        return;
    }
    if (events->count == VB_EVENTS_MAX) {
        events->first = (uint16_t)((events->first + 1) % VB_EVENTS_MAX);
        events->count--;
        events->dropped++;
    }
    events->slots[(events->first + events->count) % VB_EVENTS_MAX] = *event;
    events->count++;
}

void vb_events_push(struct vb_events *events, const struct vb_event *event)
{
    events->revision++;
    vb_changes_note(&events->changed, events->revision, (enum vb_event_type)event->type,
                    event->section);
    append(events, event);
}

static void tell_refused(struct vb_events *events, uint32_t now_ms)
{
    append(events, &events->refused);
    events->refused = (struct vb_event){0};
    events->refused_told = true;
    events->refused_told_ms = now_ms;
}

void vb_events_refused(struct vb_events *events, const struct vb_event *event)
{
    VB_ASSERT(event->type == VB_EVENT_REFUSED);
    const uint32_t count = events->refused.a + 1;
    events->revision++;
    vb_changes_note(&events->changed, events->revision, VB_EVENT_REFUSED, 0);
    events->refused = *event;
    events->refused.a = count;
    if (!events->refused_told || event->at_ms - events->refused_told_ms >= VB_REFUSED_APART_MS)
        tell_refused(events, event->at_ms);
}

void vb_events_tick(struct vb_events *events, uint32_t now_ms)
{
    if (!events->refused_told || now_ms - events->refused_told_ms < VB_REFUSED_APART_MS)
        return;
    events->refused_told = false;
    if (events->refused.a > 0)
        tell_refused(events, now_ms);
}

bool vb_events_pop(struct vb_events *events, struct vb_event *event)
{
    if (events->count == 0)
        return false;
    *event = events->slots[events->first];
    events->first = (uint16_t)((events->first + 1) % VB_EVENTS_MAX);
    events->count--;
    return true;
}
