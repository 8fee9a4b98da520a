/* Two bridges between the same two links, under whatever there is: frames that are whole, that are
 * anything, that were heard before, and time that passes. What each decides is what a plain account
 * of it says, which keeps every frame whole and no hash; and no frame goes round.
 *
 * The input is steps: what happens, in its bits 0-1, and the link, in bit 2, then what a kind
 * needs.
 */
#include <string.h>

#include "bridge/frame_bridge.h"
#include "fuzz_require.h"
#include "voltbeacon/core/bytes.h"

enum {
    BRIDGES = 2,
    ADDRESSES = 8, /* the last is for all; fewer than a bridge has places for */
    SENT_MAX = 1 + BRIDGES,
    RAW_BYTES_MAX = 255,
    KIND_MASK = 3,
    LINK_BIT = 4,
    MESSAGES = 31,
    TICK_MS = 16 /* of a step of time, 0 to 65535 of them */
};

struct sent {
    uint8_t src, dst; /* of addresses[] */
    uint8_t bytes[RAW_BYTES_MAX];
    size_t size;
};

/* What one bridge has to know. */
struct account {
    struct {
        struct sent frame;
        uint32_t ms;
    } frames[VB_BRIDGE_FRAMES_MAX];
    size_t first, count; /* a ring */
    struct {
        bool known;
        unsigned side;
        uint32_t ms;
    } devices[ADDRESSES];
    uint64_t heard;
};

static struct vb_mac addresses[ADDRESSES];
static struct vb_bridge bridges[BRIDGES];
static struct account accounts[BRIDGES];
static struct sent last;

static void begin(void)
{
    for (uint8_t i = 0; i < ADDRESSES; i++)
        addresses[i] = (struct vb_mac){{2, 0, 0, 0, 0, i}};
    addresses[ADDRESSES - 2].bytes[0] = 3; /* of many: nobody sends from there */
    addresses[ADDRESSES - 1] = vb_mac_broadcast;
    memset(&last, 0, sizeof last);
    for (unsigned i = 0; i < BRIDGES; i++) {
        vb_bridge_init(&bridges[i]);
        accounts[i].count = 0;
        accounts[i].heard = 0;
        memset(accounts[i].devices, 0, sizeof accounts[i].devices);
    }
}

static bool is_alike(const struct sent *a, const struct sent *b)
{
    return a->src == b->src && a->dst == b->dst && a->size == b->size &&
           memcmp(a->bytes, b->bytes, a->size) == 0;
}

static bool is_remembered(struct account *account, uint32_t now_ms, const struct sent *frame)
{
    while (account->count > 0 &&
           now_ms - account->frames[account->first].ms >= VB_BRIDGE_REMEMBERED_MS) {
        account->first = (account->first + 1) % VB_BRIDGE_FRAMES_MAX;
        account->count--;
    }
    for (size_t i = 0; i < account->count; i++) {
        const size_t at = (account->first + i) % VB_BRIDGE_FRAMES_MAX;
        if (is_alike(&account->frames[at].frame, frame))
            return true;
    }
    return false;
}

static void remember(struct account *account, uint32_t now_ms, unsigned side,
                     const struct sent *frame)
{
    const size_t at = (account->first + account->count++) % VB_BRIDGE_FRAMES_MAX;
    account->frames[at].frame = *frame;
    account->frames[at].ms = now_ms;
    const bool is_lately_elsewhere = account->devices[frame->src].known &&
                                     account->devices[frame->src].side != side &&
                                     now_ms - account->devices[frame->src].ms < VB_BRIDGE_DEVICE_MS;
    if (is_lately_elsewhere)
        return;
    account->devices[frame->src].known = true;
    account->devices[frame->src].side = side;
    account->devices[frame->src].ms = now_ms;
}

/* What is to become of a frame that this bridge hears. */
static enum vb_bridge_verdict expected(struct account *account, uint32_t now_ms, unsigned side,
                                       const struct sent *frame)
{
    struct vb_frame opened;
    if (frame->size > VB_FRAME_BYTES_MAX || frame->src >= ADDRESSES - 2)
        return VB_BRIDGE_FOREIGN;
    const enum vb_err err = vb_frame_open(&vb_room_plain, frame->bytes, frame->size,
                                          &addresses[frame->src], &addresses[frame->dst], &opened);
    if (err != VB_ERR_OK && err != VB_ERR_UNSUPPORTED)
        return err == VB_ERR_FOREIGN ? VB_BRIDGE_FOREIGN : VB_BRIDGE_DAMAGED;
    if (is_remembered(account, now_ms, frame))
        return VB_BRIDGE_AGAIN;
    if (account->count == VB_BRIDGE_FRAMES_MAX)
        return VB_BRIDGE_NO_ROOM;
    remember(account, now_ms, side, frame);
    const bool is_here = account->devices[frame->dst].known &&
                         account->devices[frame->dst].side == side &&
                         now_ms - account->devices[frame->dst].ms < VB_BRIDGE_DEVICE_MS;
    return is_here ? VB_BRIDGE_HERE : VB_BRIDGE_CARRIED;
}

static bool carries(unsigned i, uint32_t now_ms, unsigned side, const struct sent *frame)
{
    const struct vb_bridge_frame heard = {.src = &addresses[frame->src],
                                          .dst = &addresses[frame->dst],
                                          .bytes = frame->bytes,
                                          .size = frame->size};
    const enum vb_bridge_verdict verdict = vb_bridge_input(&bridges[i], now_ms, side, &heard);
    require(verdict == expected(&accounts[i], now_ms, side, frame));
    require(vb_bridge_verdict_text(verdict) != NULL);
    accounts[i].heard++;
    return verdict == VB_BRIDGE_CARRIED;
}

/* Somebody sends on a link; each bridge hears it, and what either sends, its own come back too. */
static void send(uint32_t now_ms, unsigned link, const struct sent *frame)
{
    unsigned links[SENT_MAX] = {link};
    unsigned count = 1;
    for (unsigned at = 0; at < count; at++) {
        for (unsigned i = 0; i < BRIDGES; i++) {
            if (!carries(i, now_ms, links[at], frame))
                continue;
            require(count < SENT_MAX); /* each bridge once at most */
            links[count++] = 1 - links[at];
        }
    }
}

/* A frame as a device makes it; the same numbers make the same frame again. */
static void make(struct vb_reader *reader, struct sent *frame)
{
    memset(frame, 0, sizeof *frame);
    frame->src = vb_read_u8(reader) % (ADDRESSES - 2);
    frame->dst = vb_read_u8(reader) % ADDRESSES;
    const struct vb_frame head = {.message = vb_read_u8(reader) % MESSAGES + 1,
                                  .seq = vb_read_u8(reader),
                                  .payload_size = vb_read_u8(reader) % VB_PAYLOAD_BYTES_MAX};
    frame->size = vb_frame_finish(&vb_room_plain, &head, &addresses[frame->src],
                                  &addresses[frame->dst], frame->bytes);
}

static void take(struct vb_reader *reader, struct sent *frame)
{
    memset(frame, 0, sizeof *frame);
    frame->src = vb_read_u8(reader) % ADDRESSES;
    frame->dst = vb_read_u8(reader) % ADDRESSES;
    const uint8_t said = vb_read_u8(reader);
    const size_t left = vb_reader_left(reader);
    frame->size = said < left ? said : left;
    const uint8_t *bytes = vb_read_view(reader, frame->size);
    if (bytes != NULL && frame->size > 0)
        memcpy(frame->bytes, bytes, frame->size);
    (void)vb_bridge_is_transmitters(frame->bytes, frame->size);
}

static void check_counts(void)
{
    for (unsigned i = 0; i < BRIDGES; i++) {
        uint64_t sum = 0;
        for (unsigned side = 0; side < VB_BRIDGE_SIDES; side++) {
            for (unsigned verdict = 0; verdict < VB_BRIDGE_VERDICT_COUNT; verdict++)
                sum += bridges[i].counts[side][verdict];
        }
        require(sum == accounts[i].heard);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vb_reader reader = vb_reader_of(data, size);
    uint32_t now_ms = UINT32_MAX - VB_BRIDGE_REMEMBERED_MS; /* it wraps soon */
    begin();
    while (vb_reader_left(&reader) > 0) {
        const uint8_t step = vb_read_u8(&reader);
        switch (step & KIND_MASK) {
        case 0:
            make(&reader, &last);
            break;
        case 1:
            take(&reader, &last);
            break;
        case 2:
            break; /* the last one again */
        default:
            now_ms += vb_read_u16(&reader) * (uint32_t)TICK_MS;
            continue;
        }
        send(now_ms, (step & LINK_BIT) != 0 ? 1 : 0, &last);
    }
    check_counts();
    return 0;
}
