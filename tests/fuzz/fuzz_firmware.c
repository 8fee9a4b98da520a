/* Images of new firmware: whatever comes, in whatever pieces, the flash sees no byte of one that is
 * not for this board, in order and within its place; the board switches only to what the check has
 * called whole; and the pieces make no difference.
 *
 * The input is how it is sent, one byte, and the image. With that byte's highest bit the end of the
 * input is put behind a sound image's head, so that it gets beyond that more often. */
#include "../fixtures/firmware_slot.h"
#include "fuzz_require.h"

enum { LIES = 0x40, SOUND_HEAD = 0x80, PIECE = 0x3f };

static struct firmware_image image;
static uint8_t sent[FIRMWARE_BYTES_MAX];
static size_t sent_size;

static enum vb_firmware_verdict send(size_t announced, size_t piece)
{
    static struct firmware_slot slot;
    static struct vb_update update;
    firmware_slot_init(&slot, &update);
    const enum vb_firmware_verdict verdict =
        firmware_send(&update, announced, sent, sent_size, piece);
    require(update.check.at <= update.check.size && update.check.at <= sent_size);
    require(slot.begun <= 1 && slot.size <= sent_size);
    require(memcmp(sent, slot.bytes, slot.size) == 0);
    require(slot.verified == 0 || slot.size == sent_size);
    require(slot.switched == (verdict == VB_FIRMWARE_OK));
    require(update.state == (verdict == VB_FIRMWARE_OK ? VB_UPDATE_SWITCHED : VB_UPDATE_IDLE));
    return verdict;
}

/* What a board would start: a head that is for it, and all that a signature needs behind it. */
static void require_sound(void)
{
    const struct vb_image_board board = firmware_board();
    struct vb_image_board of;
    require(vb_image_board_of(sent, FIRMWARE_SLOT_BYTES, &of));
    require(of.chip == board.chip && strcmp(of.program, board.program) == 0);
    require(sent_size % 4096 == 0 && sent_size <= FIRMWARE_SLOT_BYTES);
    require(sent[sent_size - 4096] == 0xe7);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > sizeof sent)
        return 0;
    const uint8_t how = data[0];
    sent_size = size - 1;
    memcpy(sent, data + 1, sent_size);
    if ((how & SOUND_HEAD) != 0 && sent_size > VB_IMAGE_HEAD_BYTES) {
        const struct firmware_spec spec = firmware_sound();
        firmware_make(&spec, &image);
        memcpy(sent, image.bytes, VB_IMAGE_HEADER_BYTES);
        memcpy(sent + 32, image.bytes + 32, VB_IMAGE_DESCRIPTION_BYTES);
    }
    const size_t announced = (how & LIES) != 0 ? sent_size + (how & PIECE) : sent_size;
    const enum vb_firmware_verdict verdict = send(announced, (size_t)(how & PIECE) * 7 + 1);
    require(send(announced, sizeof sent) == verdict);
    if (verdict == VB_FIRMWARE_OK)
        require_sound();
    return 0;
}
