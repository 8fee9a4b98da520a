/* Images of new firmware: whatever comes, in whatever pieces, the flash sees no byte of one that is
 * not for this board, in order and within its place; the board switches only to what the check has
 * called whole; and the pieces make no difference.
 *
 * The input is how it is sent, one byte, and the image. With that byte's highest bit the end of the
 * input is put behind a sound image's head, so that it gets beyond that more often. */
#include "../fixtures/firmware_bench.h"
#include "firmware/firmware_update.h"
#include "fuzz_require.h"

enum { LIES = 0x40, SOUND_HEAD = 0x80, PIECE = 0x3f };

static struct firmware_image image;
static uint8_t sent[FIRMWARE_BYTES_MAX];
static size_t sent_size;

static struct {
    bool begun, verified, switched;
    size_t written;
} slot;

static enum vb_firmware_verdict begin(void *ctx)
{
    (void)ctx;
    require(!slot.begun);
    slot.begun = true;
    return VB_FIRMWARE_OK;
}

static enum vb_firmware_verdict write(void *ctx, const uint8_t *bytes, size_t size)
{
    (void)ctx;
    require(slot.begun && size > 0 && slot.written + size <= FIRMWARE_SLOT_BYTES);
    require(memcmp(sent + slot.written, bytes, size) == 0);
    slot.written += size;
    return VB_FIRMWARE_OK;
}

static enum vb_firmware_verdict verify(void *ctx)
{
    (void)ctx;
    require(slot.begun && slot.written == sent_size);
    slot.verified = true;
    return VB_FIRMWARE_OK;
}

static void give_up(void *ctx)
{
    (void)ctx;
    require(slot.begun && !slot.verified);
    slot.begun = false;
}

static enum vb_firmware_verdict switch_to(void *ctx)
{
    (void)ctx;
    require(slot.verified);
    slot.switched = true;
    return VB_FIRMWARE_OK;
}

static enum vb_firmware_verdict send(size_t announced, size_t piece)
{
    static struct vb_update update;
    const struct vb_image_board board = firmware_board();
    const struct vb_firmware_slot port = {.begin = begin,
                                          .write = write,
                                          .verify = verify,
                                          .give_up = give_up,
                                          .switch_to = switch_to};
    memset(&slot, 0, sizeof slot);
    vb_update_init(&update, &board, &port);
    enum vb_firmware_verdict verdict = vb_update_begin(&update, (uint32_t)announced, false);
    for (size_t at = 0; at < sent_size && verdict == VB_FIRMWARE_OK; at += piece)
        verdict =
            vb_update_take(&update, sent + at, sent_size - at < piece ? sent_size - at : piece);
    if (verdict == VB_FIRMWARE_OK)
        verdict = vb_update_end(&update);
    require(update.check.at <= update.check.size && update.check.at <= sent_size);
    require(slot.switched == (verdict == VB_FIRMWARE_OK));
    require(update.state == (slot.switched ? VB_UPDATE_SWITCHED : VB_UPDATE_IDLE));
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
