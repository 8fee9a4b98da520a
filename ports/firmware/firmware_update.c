#include "firmware/firmware_update.h"

#include <string.h>

/* ---- States ---- */

static bool is_legal(enum vb_update_state from, enum vb_update_state to)
{
    switch (from) {
    case VB_UPDATE_IDLE:
        return to == VB_UPDATE_RECEIVING;
    case VB_UPDATE_RECEIVING:
        return to == VB_UPDATE_VERIFIED || to == VB_UPDATE_IDLE;
    case VB_UPDATE_VERIFIED:
        return to == VB_UPDATE_SWITCHED || to == VB_UPDATE_IDLE;
    case VB_UPDATE_SWITCHED:
        break;
    }
    return false;
}

static void become(struct vb_update *update, enum vb_update_state state)
{
    VB_ASSERT(is_legal(update->state, state));
    update->state = state;
}

void vb_update_init(struct vb_update *update, const struct vb_image_board *board,
                    const struct vb_firmware_slot *slot)
{
    *update = (struct vb_update){.board = *board, .slot = *slot};
}

void vb_update_give_up(struct vb_update *update)
{
    if (update->has_begun)
        update->slot.give_up(update->slot.ctx);
    update->has_begun = false;
    become(update, VB_UPDATE_IDLE);
}

static enum vb_firmware_verdict unless_refused(struct vb_update *update,
                                               enum vb_firmware_verdict verdict)
{
    if (verdict != VB_FIRMWARE_OK)
        vb_update_give_up(update);
    return verdict;
}

/* ---- An image ---- */

enum vb_firmware_verdict vb_update_begin(struct vb_update *update, uint32_t size, bool on_trial)
{
    if (on_trial)
        return VB_FIRMWARE_ON_TRIAL;
    if (update->state != VB_UPDATE_IDLE)
        return VB_FIRMWARE_BUSY;
    become(update, VB_UPDATE_RECEIVING);
    update->held_size = 0;
    return unless_refused(update, vb_image_begin(&update->check, &update->board, size));
}

static enum vb_firmware_verdict write(struct vb_update *update, const uint8_t *bytes, size_t size)
{
    return size == 0 ? VB_FIRMWARE_OK : update->slot.write(update->slot.ctx, bytes, size);
}

/* The head is complete and for this board: the slot begins with it. */
static enum vb_firmware_verdict begin_slot(struct vb_update *update)
{
    const enum vb_firmware_verdict verdict = update->slot.begin(update->slot.ctx);
    update->has_begun = verdict == VB_FIRMWARE_OK;
    return verdict == VB_FIRMWARE_OK ? write(update, update->held, update->held_size) : verdict;
}

enum vb_firmware_verdict vb_update_take(struct vb_update *update, const uint8_t *bytes, size_t size)
{
    VB_ASSERT(update->state == VB_UPDATE_RECEIVING);
    enum vb_firmware_verdict verdict = vb_image_take(&update->check, bytes, size);
    if (verdict == VB_FIRMWARE_OK && !update->has_begun) {
        const size_t room = sizeof update->held - update->held_size;
        const size_t held = size < room ? size : room;
        memcpy(update->held + update->held_size, bytes, held);
        update->held_size += (uint32_t)held;
        bytes += held;
        size -= held;
        if (update->check.is_known)
            verdict = begin_slot(update);
    }
    if (verdict == VB_FIRMWARE_OK)
        verdict = write(update, bytes, size);
    return unless_refused(update, verdict);
}

enum vb_firmware_verdict vb_update_end(struct vb_update *update)
{
    VB_ASSERT(update->state == VB_UPDATE_RECEIVING);
    enum vb_firmware_verdict verdict = unless_refused(update, vb_image_end(&update->check));
    if (verdict != VB_FIRMWARE_OK)
        return verdict;
    VB_ASSERT(update->has_begun);
    update->has_begun = false; /* verified or not, it ends */
    verdict = unless_refused(update, update->slot.verify(update->slot.ctx));
    if (verdict != VB_FIRMWARE_OK)
        return verdict;
    become(update, VB_UPDATE_VERIFIED);
    verdict = unless_refused(update, update->slot.switch_to(update->slot.ctx));
    if (verdict == VB_FIRMWARE_OK)
        become(update, VB_UPDATE_SWITCHED);
    return verdict;
}
