/* The link interface of a device: frames out, frames in, and whatever the link knows about them.
 *
 * UDP, a pipe, ESP-NOW: the device above knows nothing about addresses or sockets. A carrier of
 * frames fills in one struct vb_link and passes each incoming frame to the device's _input() as a
 * struct vb_link_frame. A link may lose, repeat, reorder and damage frames.
 *
 * Models: lwIP's struct netif, ESPHome's packet_transport. */
#ifndef VOLTBEACON_DEVICE_LINK_H
#define VOLTBEACON_DEVICE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/mac.h"

enum { VB_LINK_RSSI_UNKNOWN_DBM = -128 };

/* What a link knows about a frame once it has taken it. */
enum vb_link_sent {
    VB_LINK_SENT,      /* on its way; there will be no delivery report */
    VB_LINK_DELIVERED, /* received by the addressee */
    VB_LINK_LOST,      /* lost: the addressee has not received it and never will */
    VB_LINK_PENDING,   /* on its way; the port calls the device's _sent() later */
    VB_LINK_REFUSED /* not sent: no room, or the link is down. Tells nothing about the addressee */
};

/* A received frame. Valid only during the call. */
struct vb_link_frame {
    struct vb_mac src;    /* as claimed; never a group address */
    struct vb_mac dst;    /* this device, or the link's broadcast address */
    const uint8_t *bytes; /* from the first byte of the header to the last of the trailer */
    uint16_t size;        /* bytes, 1 to frame_bytes_max */
    uint32_t age_ms;      /* how long it waited for the device; 0 if the link does not tell */
    int8_t rssi_dbm;      /* VB_LINK_RSSI_UNKNOWN_DBM if the link has none */
    uint64_t origin;      /* the link's own mark of its origin, for learn(); else 0 */
};

/* All functions return immediately. The struct and ctx outlive the device. */
struct vb_link {
    void *ctx;
    const char *name; /* as in --link: "udp" */

    /* The largest frame, including header and trailer. The core never exceeds VB_FRAME_BYTES_MAX,
     * and needs what seal.h requires. Must be the same on every device of the link: the sizes of
     * fragments follow from it. */
    uint16_t frame_bytes_max;
    struct vb_mac broadcast; /* reaches every device of the other kind */
    bool stays_here;         /* nobody outside this machine hears it, ever */

    /* Sends one frame of 1 to frame_bytes_max bytes to a device or to the broadcast address. The
     * bytes are copied. For a broadcast, only VB_LINK_REFUSED means anything. */
    enum vb_link_sent (*send)(void *ctx, const struct vb_mac *dst, const uint8_t *bytes,
                              size_t size);

    /* A frame proved authentic: from now on frames for its sender go to where it came from. NULL if
     * the link has nothing to learn. */
    void (*learn)(void *ctx, const struct vb_link_frame *frame);

    /* The device with this address may have moved: frames for it are broadcast until it is learnt
     * again. NULL if learn is. */
    void (*forget)(void *ctx, const struct vb_mac *mac);
};

/* Whether a secret may be sent over it unsealed: if nobody else can hear it, or if the owner allows
 * it. */
static inline bool vb_link_may_carry_secrets(const struct vb_link *link, bool owner_allows)
{
    return link->stays_here || owner_allows;
}

#endif
