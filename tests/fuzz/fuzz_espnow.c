/* Anything that an interface in monitor mode may hand over: nothing is read outside, what is known
 * of it lies within the limits, and a frame that is whole is built again into one that is read the
 * same. The first byte says how the rest was captured: 1 with an FCS, 2 behind a radiotap header.
 */
#include <string.h>

#include "espnow/espnow_frame.h"
#include "espnow/radiotap.h"
#include "fuzz_require.h"

enum { WITH_FCS = 1, WITH_RADIOTAP = 2 };

static uint8_t joined[VB_ESPNOW_BODY_BYTES_MAX];
static uint8_t joined_again[VB_ESPNOW_BODY_BYTES_MAX];
static uint8_t built[VB_ESPNOW_FRAME_BYTES_MAX];

static bool is_same_head(const struct vb_espnow_head *a, const struct vb_espnow_head *b)
{
    return vb_mac_equal(&a->dst, &b->dst) && vb_mac_equal(&a->src, &b->src) &&
           vb_mac_equal(&a->addr3, &b->addr3) && a->duration_us == b->duration_us &&
           a->sequence == b->sequence && a->fragment == b->fragment && a->retry == b->retry &&
           a->random == b->random && a->version == b->version;
}

static void check_limits(const struct vb_espnow_frame *frame, const uint8_t *bytes, size_t size)
{
    size_t sum = 0;
    require(frame->piece_count <= VB_ESPNOW_PIECES_MAX);
    for (unsigned i = 0; i < frame->piece_count; i++) {
        const struct vb_espnow_piece *piece = &frame->pieces[i];
        require(piece->size <= VB_ESPNOW_PIECE_BYTES_MAX);
        require(piece->bytes >= bytes && piece->bytes + piece->size <= bytes + size);
        sum += piece->size;
    }
    require(sum == frame->body_size && sum <= VB_ESPNOW_BODY_BYTES_MAX);
    require(frame->head.sequence <= 0xfff && frame->head.fragment <= 0xf);
}

/* As one sender of version 2 would have sent it, and with an FCS that matches. */
static void check_rebuilt(const struct vb_espnow_frame *frame)
{
    struct vb_espnow_frame again;
    struct vb_espnow_head head = frame->head;
    const uint8_t *body = vb_espnow_body(frame, joined);
    require(head.version == 1 || head.version == 2);
    require(frame->piece_count >= 1);
    if (frame->body_size > VB_ESPNOW_PIECE_BYTES_MAX)
        head.version = 2;
    const size_t size = vb_espnow_build(&head, body, frame->body_size, true, built, sizeof built);
    require(vb_espnow_parse(built, size, true, &again) == VB_ESPNOW_OK);
    require(is_same_head(&again.head, &head));
    require(again.body_size == frame->body_size && again.left_over == 0);
    require(memcmp(vb_espnow_body(&again, joined_again), body, frame->body_size) == 0);
}

static void check_frame(const uint8_t *bytes, size_t size, bool fcs_at_end)
{
    struct vb_espnow_frame frame;
    const enum vb_espnow_verdict verdict = vb_espnow_parse(bytes, size, fcs_at_end, &frame);
    require((unsigned)verdict < VB_ESPNOW_VERDICT_COUNT);
    check_limits(&frame, bytes, size);
    if (verdict == VB_ESPNOW_OK) {
        const size_t sum = frame.body_size + frame.left_over +
                           (size_t)frame.piece_count * VB_ESPNOW_ELEMENT_HEAD_BYTES;
        require(VB_ESPNOW_HEAD_BYTES + sum + (fcs_at_end ? VB_ESPNOW_FCS_BYTES : 0) == size);
        check_rebuilt(&frame);
    }
    /* A fuzzer hardly ever finds an FCS: what it is wrong for is read without. */
    if (verdict == VB_ESPNOW_FCS)
        check_frame(bytes, size - VB_ESPNOW_FCS_BYTES, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vb_radiotap radiotap;
    if (size == 0)
        return 0;
    const uint8_t how = data[0];
    bool fcs_at_end = (how & WITH_FCS) != 0;
    data++;
    size--;
    if ((how & WITH_RADIOTAP) != 0) {
        if (!vb_radiotap_parse(data, size, &radiotap))
            return 0;
        require(radiotap.size >= VB_RADIOTAP_BYTES_MIN && radiotap.size <= size);
        require(vb_radiotap_channel(radiotap.channel_mhz) <= 200);
        fcs_at_end = fcs_at_end || radiotap.fcs_at_end;
        data += radiotap.size;
        size -= radiotap.size;
    }
    check_frame(data, size, fcs_at_end);
    return 0;
}
