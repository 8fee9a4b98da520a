/* The places for edits received over the link, and the state of each.
 *
 *          first fragment            the last          decided                committed
 *   FREE ----------------> ASSEMBLING ------> WHOLE -----------> IN_BATCH --------------> FREE
 *                              |                | needs no commit   |  ^  not stored         ^
 *           given to another   |                v                   v  |                     |
 *           or too old         +-----> FREE   FREE                IN_DOUBT ------------------+
 *                                                                   a later commit settles it
 *
 * A sender that never sends its last fragment locks nobody out: the edit that has been assembling
 * for longest makes room for the next. Its sender sends all of it again. */
#include "transmitter_parts.h"

#include <string.h>

bool vb_edit_legal(enum vb_edit_place from, enum vb_edit_place to)
{
    switch (from) {
    case VB_PLACE_FREE:
        return to == VB_PLACE_ASSEMBLING;
    case VB_PLACE_ASSEMBLING:
        return to == VB_PLACE_WHOLE || to == VB_PLACE_FREE;
    case VB_PLACE_WHOLE:
        return to == VB_PLACE_IN_BATCH || to == VB_PLACE_FREE;
    case VB_PLACE_IN_BATCH:
        return to == VB_PLACE_IN_DOUBT || to == VB_PLACE_FREE;
    case VB_PLACE_IN_DOUBT:
        return to == VB_PLACE_FREE;
    }
    return false;
}

void vb_edit_become(struct vb_edit_waiting *edit, enum vb_edit_place place)
{
    VB_ASSERT(vb_edit_legal(edit->place, place));
    if (place == VB_PLACE_FREE)
        memset(edit, 0, sizeof *edit); /* it may have held a secret */
    edit->place = place;
}

struct vb_edit_waiting *vb_transmitter_find_edit(struct vb_transmitter *t, const struct vb_mac *src,
                                                 uint64_t id)
{
    for (unsigned i = 0; i < VB_EDITS_WAITING_MAX; i++) {
        struct vb_edit_waiting *edit = &t->edits[i];
        if (edit->place != VB_PLACE_FREE && edit->id == id && vb_mac_equal(&edit->from, src))
            return edit;
    }
    return NULL;
}

struct vb_edit_waiting *vb_transmitter_take_place(struct vb_transmitter *t)
{
    struct vb_edit_waiting *oldest = NULL;
    for (unsigned i = 0; i < VB_EDITS_WAITING_MAX; i++) {
        struct vb_edit_waiting *edit = &t->edits[i];
        if (edit->place == VB_PLACE_FREE)
            return edit;
        if (edit->place == VB_PLACE_ASSEMBLING &&
            (oldest == NULL || (int32_t)(oldest->begun_ms - edit->begun_ms) > 0))
            oldest = edit;
    }
    if (oldest != NULL)
        vb_edit_become(oldest, VB_PLACE_FREE);
    return oldest;
}
