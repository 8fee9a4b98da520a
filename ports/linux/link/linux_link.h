/* The link of a Linux daemon, whatever --link names: NAME or NAME:OPTIONS, where NAME is a row of
 * the list. The layer above sees a struct vb_link, and descriptors to watch.
 *
 * Every kind carries datagrams: source MAC, destination MAC, frame. What concerns this device, and
 * what is counted, is decided here, once for all kinds. */
#ifndef VOLTBEACON_LINUX_LINK_H
#define VOLTBEACON_LINUX_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linux/link/link_counters.h"
#include "voltbeacon/api/api.h" /* VB_LINK_SCOPE_SIZE */
#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/link.h"

enum {
    VB_LINK_HEAD_BYTES = 2 * VB_MAC_BYTES, /* outside the frame's VB_FRAME_BYTES_MAX */
    VB_LINK_DATAGRAM_BYTES_MAX = VB_LINK_HEAD_BYTES + VB_FRAME_BYTES_MAX,
    VB_LINK_FDS_MAX = 2,
    VB_LINK_PLACE_SIZE = 128 /* bytes, including the NUL */
};

/* The beginning of a scope that does not reach beyond this machine, or currently reaches nobody. */
#define VB_LINK_SCOPE_HERE "this machine only"
#define VB_LINK_SCOPE_NOWHERE "nowhere"

enum vb_link_side { VB_LINK_TRANSMITTER, VB_LINK_RECEIVER };

struct vb_linux_link;

struct vb_linux_link_options {
    const char *text; /* of --link */
    enum vb_link_side side;
    struct vb_mac mac; /* of this device; may wait for vb_linux_link_address() */
    bool open;         /* the user allows others to hear it */
    bool hears_all;    /* for a bridge: frames for others, too; mac is ignored */
};

/* The operations of a kind of link. */
struct vb_link_kind {
    const char *name;
    const char *usage; /* one line for --help: "udp[:port=5600,...]" */

    /* options: what follows the name and its colon, may be "". Fills in the fields below that are
     * set by the kind. On failure returns false with the reason in error; then nothing is open. */
    bool (*open)(struct vb_linux_link *link, const char *options,
                 const struct vb_linux_link_options *how, char *error, size_t error_size);
    void (*close)(struct vb_linux_link *link);

    /* Checks where the link reaches now; true if scope has changed. NULL: it never does. */
    bool (*look)(struct vb_linux_link *link);

    /* The next datagram, truncated to VB_LINK_DATAGRAM_BYTES_MAX: returns its original size.
     * Negative if there is none. The kind may set frame->origin, age_ms and rssi_dbm, which are
     * preset to unknown. */
    ptrdiff_t (*receive)(struct vb_linux_link *link, uint8_t *datagram,
                         struct vb_link_frame *frame);
    enum vb_link_sent (*send)(struct vb_linux_link *link, const struct vb_mac *dst,
                              const uint8_t *datagram, size_t size);

    /* Appends what only this kind knows, like vb_linux_link_status(). NULL: nothing. */
    size_t (*status)(const struct vb_linux_link *link, char *text, size_t length, size_t capacity);
};

/* The kinds of links; a new one is a file NAME_link.c with vb_NAME_link_kind, and a row here. */
#define VB_LINK_KIND_LIST(X) \
    X(udp)                   \
    X(pipe)                  \
    X(espnow)

#define X(name) extern const struct vb_link_kind vb_##name##_link_kind;
VB_LINK_KIND_LIST(X)
#undef X

struct vb_linux_link {
    struct vb_link port; /* as seen by devices; its ctx is this struct */
    const struct vb_link_kind *kind;
    struct vb_mac mac; /* of this device */
    bool hears_all;
    struct vb_link_counters counters;

    /* Set by the kind, together with port.stays_here. */
    void *state;
    int fds[VB_LINK_FDS_MAX]; /* to watch; all lead to vb_linux_link_receive */
    unsigned fd_count;
    char place[VB_LINK_PLACE_SIZE]; /* "127.255.255.255:5600", for the log */
    char scope[VB_LINK_SCOPE_SIZE]; /* VB_LINK_SCOPE_..., or "on eth0 192.168.1.0/24" */
};

/* Opens the link that options->text names. The struct must not move until it is closed. On failure
 * returns false with the reason in error. */
VB_MUST_USE bool vb_linux_link_open(struct vb_linux_link *link,
                                    const struct vb_linux_link_options *options, char *error,
                                    size_t error_size);
/* Which device this is, where that is known only once the link is open: before the first frame. */
void vb_linux_link_address(struct vb_linux_link *link, const struct vb_mac *mac);
/* Does nothing if none is open. */
void vb_linux_link_close(struct vb_linux_link *link);

/* "on " if a sentence with the scope needs it: "listens on this machine only"; else "". */
const char *vb_linux_link_on(const struct vb_linux_link *link);

/* Call every second or two: networks come and go. True if link->scope has changed. */
bool vb_linux_link_look(struct vb_linux_link *link);

/* The next frame that concerns this device, its bytes in `bytes`. False if there is none (or after
 * a flood of foreign ones: then the descriptors stay readable). */
VB_MUST_USE bool vb_linux_link_receive(struct vb_linux_link *link, struct vb_link_frame *frame,
                                       uint8_t bytes[VB_FRAME_BYTES_MAX]);

/* Sends another device's frame unchanged, for a bridge. Otherwise like link->port.send. */
enum vb_link_sent vb_linux_link_pass_on(struct vb_linux_link *link, const struct vb_mac *src,
                                        const struct vb_mac *dst, const uint8_t *bytes,
                                        size_t size);

/* Appends "link_sent_beacon_bytes=123\n" and so on, for `status`. Returns the new length. */
size_t vb_linux_link_status(const struct vb_linux_link *link, char *text, size_t length,
                            size_t capacity);

/* One line per kind, for --help. NULL after the last. */
const char *vb_linux_link_usage(unsigned index);

#endif
