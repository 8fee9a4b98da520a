#include "voltbeacon/core/changes.h"

#include "voltbeacon/core/platform.h"

void vb_changes_note(struct vb_change_stamps *stamps, uint64_t revision, enum vb_event_type type,
                     uint8_t section)
{
    VB_ASSERT(revision > 0 && section <= VB_MARKS_MAX);
    stamps->types[type] = revision;
    if (type == VB_EVENT_SECTION || type == VB_EVENT_GAVE_UP)
        stamps->sections[section] = revision;
}

struct vb_changes vb_changes_since(const struct vb_change_stamps *stamps, uint64_t seen)
{
    struct vb_changes changes = {0};
    for (unsigned type = 0; type < VB_EVENT_TYPES; type++)
        changes.types |= (uint32_t)(stamps->types[type] > seen) << type;
    for (unsigned id = 1; id <= VB_MARKS_MAX; id++)
        changes.sections |= (uint32_t)(stamps->sections[id] > seen) << id;
    return changes;
}
