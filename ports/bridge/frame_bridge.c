#include "bridge/frame_bridge.h"

#include <string.h>

enum { MESSAGE_MASK = 31 };

void vb_bridge_init(struct vb_bridge *bridge)
{
    memset(bridge, 0, sizeof *bridge);
}

const char *vb_bridge_verdict_text(enum vb_bridge_verdict verdict)
{
    static const char *const texts[] = {
#define X(NAME, text) [VB_BRIDGE_##NAME] = (text),
        VB_BRIDGE_VERDICT_LIST(X)
#undef X
    };
    VB_ASSERT((size_t)verdict < VB_COUNT_OF(texts));
    return texts[verdict];
}

const char *vb_bridge_refuses(uint16_t frame_bytes_max_a, uint16_t frame_bytes_max_b)
{
    if (frame_bytes_max_a == frame_bytes_max_b)
        return NULL;
    return "the two links have largest frames of different sizes, and how settings are cut into "
           "pieces follows from that: they would be put together wrongly";
}

bool vb_bridge_is_transmitters(const uint8_t *bytes, size_t size)
{
    if (size < 2)
        return true;
    switch (bytes[1] & MESSAGE_MASK) {
    case VB_MESSAGE_BEACON_ACK:
    case VB_MESSAGE_REQUEST:
    case VB_MESSAGE_EDIT:
    case VB_MESSAGE_HELLO:
    case VB_MESSAGE_READING_ACK:
        return false;
    default:
        return true;
    }
}

/* == Frames heard ============================================================================ */

/* FNV-1a, 64 bits. An attacker could make two frames collide, but would only lose one of their own:
 * nobody else's, since the sender's address and the trailer are hashed. */
static uint64_t hash_more(uint64_t hash, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t hash_of(const struct vb_bridge_frame *frame)
{
    uint64_t hash = 0xcbf29ce484222325u;
    hash = hash_more(hash, frame->src->bytes, VB_MAC_BYTES);
    hash = hash_more(hash, frame->dst->bytes, VB_MAC_BYTES);
    return hash_more(hash, frame->bytes, frame->size);
}

static void forget_old_frames(struct vb_bridge *bridge, uint32_t now_ms)
{
    while (bridge->frame_count > 0) {
        const size_t oldest =
            (size_t)(bridge->frame_next + VB_BRIDGE_FRAMES_MAX - bridge->frame_count) %
            VB_BRIDGE_FRAMES_MAX;
        if (now_ms - bridge->frames[oldest].heard_ms < VB_BRIDGE_REMEMBERED_MS)
            return;
        bridge->frame_count--;
    }
}

static bool is_known(const struct vb_bridge *bridge, uint64_t hash)
{
    for (size_t back = 1; back <= bridge->frame_count; back++) {
        const size_t at = (bridge->frame_next + VB_BRIDGE_FRAMES_MAX - back) % VB_BRIDGE_FRAMES_MAX;
        if (bridge->frames[at].hash == hash)
            return true;
    }
    return false;
}

static void remember(struct vb_bridge *bridge, uint64_t hash, uint32_t now_ms)
{
    VB_ASSERT(bridge->frame_count < VB_BRIDGE_FRAMES_MAX);
    bridge->frames[bridge->frame_next].hash = hash;
    bridge->frames[bridge->frame_next].heard_ms = now_ms;
    bridge->frame_next = (uint16_t)((bridge->frame_next + 1) % VB_BRIDGE_FRAMES_MAX);
    bridge->frame_count++;
}

/* == Devices ================================================================================= */

static struct vb_bridge_device *device_of(struct vb_bridge *bridge, const struct vb_mac *mac)
{
    for (size_t i = 0; i < VB_BRIDGE_DEVICES_MAX; i++) {
        struct vb_bridge_device *device = &bridge->devices[i];
        if (device->used && vb_mac_equal(&device->mac, mac))
            return device;
    }
    return NULL;
}

/* A device heard on both sides counts as where it was first heard, until it falls silent there. */
static void hear(struct vb_bridge *bridge, uint32_t now_ms, unsigned side, const struct vb_mac *mac)
{
    struct vb_bridge_device *device = device_of(bridge, mac);
    if (device != NULL && device->side != side && now_ms - device->heard_ms < VB_BRIDGE_DEVICE_MS)
        return;
    if (device == NULL) {
        device = &bridge->devices[0];
        for (size_t i = 1; i < VB_BRIDGE_DEVICES_MAX && device->used; i++) {
            struct vb_bridge_device *other = &bridge->devices[i];
            if (!other->used || now_ms - other->heard_ms > now_ms - device->heard_ms)
                device = other;
        }
    }
    *device = (struct vb_bridge_device){
        .mac = *mac, .used = true, .side = (uint8_t)side, .heard_ms = now_ms};
}

static bool is_on(struct vb_bridge *bridge, uint32_t now_ms, unsigned side,
                  const struct vb_mac *mac)
{
    const struct vb_bridge_device *device = device_of(bridge, mac);
    return device != NULL && device->side == side &&
           now_ms - device->heard_ms < VB_BRIDGE_DEVICE_MS;
}

/* == Deciding ================================================================================ */

static enum vb_bridge_verdict check(const struct vb_bridge_frame *frame)
{
    struct vb_frame opened;
    if (frame->size > VB_FRAME_BYTES_MAX || (frame->src->bytes[0] & 1) != 0)
        return VB_BRIDGE_FOREIGN;
    const enum vb_err err =
        vb_frame_open(&vb_room_plain, frame->bytes, frame->size, frame->src, frame->dst, &opened);
    if (err == VB_ERR_FOREIGN)
        return VB_BRIDGE_FOREIGN;
    /* Sealed frames, and those of a later version, are "unsupported". */
    return err == VB_ERR_OK || err == VB_ERR_UNSUPPORTED ? VB_BRIDGE_CARRIED : VB_BRIDGE_DAMAGED;
}

static enum vb_bridge_verdict judge(struct vb_bridge *bridge, uint32_t now_ms, unsigned side,
                                    const struct vb_bridge_frame *frame)
{
    const enum vb_bridge_verdict checked = check(frame);
    if (checked != VB_BRIDGE_CARRIED)
        return checked;
    const uint64_t hash = hash_of(frame);
    forget_old_frames(bridge, now_ms);
    if (is_known(bridge, hash))
        return VB_BRIDGE_AGAIN;
    /* A frame that cannot be remembered could circulate for ever. */
    if (bridge->frame_count == VB_BRIDGE_FRAMES_MAX)
        return VB_BRIDGE_NO_ROOM;
    remember(bridge, hash, now_ms);
    hear(bridge, now_ms, side, frame->src);
    return is_on(bridge, now_ms, side, frame->dst) ? VB_BRIDGE_HERE : VB_BRIDGE_CARRIED;
}

enum vb_bridge_verdict vb_bridge_input(struct vb_bridge *bridge, uint32_t now_ms, unsigned side,
                                       const struct vb_bridge_frame *frame)
{
    VB_ASSERT(side < VB_BRIDGE_SIDES);
    const enum vb_bridge_verdict verdict = judge(bridge, now_ms, side, frame);
    bridge->counts[side][verdict]++;
    return verdict;
}
