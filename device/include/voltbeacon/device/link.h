/* What a device needs of a link: frames out, frames in, and whatever the link knows of them.
 *
 * UDP, a pipe, ESP-NOW: the device above knows none of their addresses or sockets. What carries
 * the frames fills one struct vb_link and hands each frame that comes to the device's _input() as
 * a struct vb_link_frame. A link may lose, repeat, reorder and damage frames.
 *
 * Models: lwIP's struct netif, ESPHome's packet_transport. */
#ifndef VOLTBEACON_DEVICE_LINK_H
#define VOLTBEACON_DEVICE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/mac.h"

enum { VB_LINK_RSSI_UNKNOWN_DBM = -128 };

/* What a link knows of a frame once it has taken it. */
enum vb_link_sent {
    VB_LINK_SENT,      /* on its way; nothing will be known of its arrival */
    VB_LINK_DELIVERED, /* the addressee has it */
    VB_LINK_LOST,      /* lost: the addressee has not received it and will not */
    VB_LINK_PENDING,   /* on its way; the port tells the device's _sent() once it knows */
    VB_LINK_REFUSED /* not sent: no room, or the link is down. Nothing is said of the addressee */
};

/* A frame that came. Everything is valid during the call only. */
struct vb_link_frame {
    struct vb_mac src;    /* as it claims; never a group's address */
    struct vb_mac dst;    /* this device, or the link's broadcast address */
    const uint8_t *bytes; /* from the first byte of the header to the last of the trailer */
    uint16_t size;        /* bytes, 1 to frame_bytes_max */
    uint32_t age_ms;      /* how long it has waited for the device; 0 where the link does not say */
    int8_t rssi_dbm;      /* VB_LINK_RSSI_UNKNOWN_DBM where the link has none */
    uint64_t origin;      /* the link's own mark of where it came from, for learn(); else 0 */
};

/* All functions return at once. The struct and ctx outlive the device. */
struct vb_link {
    void *ctx;
    const char *name; /* as --link has it: "udp" */

    /* The largest frame, header and trailer included. The core makes them no longer than
     * VB_FRAME_BYTES_MAX, and needs what seal.h says. The same on every device of the link: the
     * sizes of fragments follow from it. */
    uint16_t frame_bytes_max;
    struct vb_mac broadcast; /* reaches every device of the other kind */
    bool stays_here;         /* nobody outside this machine hears it, nor ever will */

    /* Sends one frame of 1 to frame_bytes_max bytes to a device or to the broadcast address. The
     * bytes are copied. What is said of a broadcast means nothing beyond VB_LINK_REFUSED. */
    enum vb_link_sent (*send)(void *ctx, const struct vb_mac *dst, const uint8_t *bytes,
                              size_t size);

    /* A frame proved authentic: what is for its sender goes from now on where it came from. NULL
     * where the link has nothing to learn. */
    void (*learn)(void *ctx, const struct vb_link_frame *frame);

    /* The device of this address may be elsewhere: what is for it goes the way of broadcasts until
     * it is learnt anew. NULL where learn is. */
    void (*forget)(void *ctx, const struct vb_mac *mac);
};

/* Whether a secret may cross it as long as nothing is sealed: where nobody else can hear it, or
 * where the owner has said so. */
static inline bool vb_link_may_carry_secrets(const struct vb_link *link, bool owner_allows)
{
    return link->stays_here || owner_allows;
}

#endif
