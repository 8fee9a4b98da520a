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

void vb_events_push(struct vb_events *events, const struct vb_event *event)
{
    VB_ASSERT(events->count <= VB_EVENTS_MAX && events->first < VB_EVENTS_MAX);
    if (events->count == VB_EVENTS_MAX) {
        events->first = (uint16_t)((events->first + 1) % VB_EVENTS_MAX);
        events->count--;
        events->dropped++;
    }
    events->slots[(events->first + events->count) % VB_EVENTS_MAX] = *event;
    events->count++;
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
