/* Taking an image of new firmware: nothing is written before it is known that the image is for this
 * board, and the board switches to it only when all of it is in flash and ESP-IDF has found it to
 * be sound and signed by the builder's key.
 *
 *     IDLE ──▶ RECEIVING ──▶ VERIFIED ──▶ SWITCHED     and the board starts anew: firmware_trial.h
 *      ▲           │             │
 *      └───────────┴─────────────┘                     refused, or given up
 *
 * Wherever the power goes before SWITCHED, the firmware that runs starts again. */
#ifndef VOLTBEACON_FIRMWARE_UPDATE_H
#define VOLTBEACON_FIRMWARE_UPDATE_H

#include "firmware/firmware_image.h"

VB_C_BEGIN

/* The place in flash for an image. Each call says why it did not do what it should. */
struct vb_firmware_slot {
    void *ctx;
    /* What is there is lost. */
    enum vb_firmware_verdict (*begin)(void *ctx);
    /* What comes next. */
    enum vb_firmware_verdict (*write)(void *ctx, const uint8_t *bytes, size_t size);
    /* All has been written: whether it is sound, and whose signature it bears. Ends it, as does
     * give_up(). */
    enum vb_firmware_verdict (*verify)(void *ctx);
    void (*give_up)(void *ctx);
    /* After verify(): the next start is of it, on trial. */
    enum vb_firmware_verdict (*switch_to)(void *ctx);
};

enum vb_update_state {
    VB_UPDATE_IDLE,
    VB_UPDATE_RECEIVING,
    VB_UPDATE_VERIFIED,
    VB_UPDATE_SWITCHED
};

struct vb_update {
    struct vb_image_board board;
    struct vb_firmware_slot slot;
    enum vb_update_state state;
    struct vb_image_check check;
    bool has_begun;                    /* the slot has */
    uint8_t held[VB_IMAGE_HEAD_BYTES]; /* until it is known that it is for this board */
    uint32_t held_size;
};

void vb_update_init(struct vb_update *update, const struct vb_image_board *board,
                    const struct vb_firmware_slot *slot);
/* An image of so many bytes will come. on_trial: the firmware that runs is.
 *
 * From here on: whatever is not VB_FIRMWARE_OK has refused it, and the next may begin. */
enum vb_firmware_verdict vb_update_begin(struct vb_update *update, uint32_t size, bool on_trial);
/* After vb_update_begin(): its next bytes. */
enum vb_firmware_verdict vb_update_take(struct vb_update *update, const uint8_t *bytes,
                                        size_t size);
/* All has come. VB_FIRMWARE_OK: the board is to start anew. */
enum vb_firmware_verdict vb_update_end(struct vb_update *update);
/* No more will come, of one that is being received. */
void vb_update_give_up(struct vb_update *update);

VB_C_END

#endif
