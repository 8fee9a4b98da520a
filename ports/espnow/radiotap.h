/* Radiotap: the header that an interface in monitor mode puts before each 802.11 frame, and expects
 * before one to send. Sources: radiotap.org, "Defined fields"; Linux, net/wireless/radiotap.c.
 *
 *     0  1  version 0
 *     1  1  pad
 *     2  2  size of the whole header: the frame follows
 *     4  4  which fields follow; bit 31: another such word follows, bit 29: the next word begins
 *           with field 0 again, bit 30: the next words are a vendor's
 *           fields, each aligned to its own size, counted from byte 0 */
#ifndef VOLTBEACON_RADIOTAP_H
#define VOLTBEACON_RADIOTAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum {
    VB_RADIOTAP_BYTES_MIN = 8,
    VB_RADIOTAP_WORDS_MAX = 16, /* that say what follows; each antenna takes one */
    VB_RADIOTAP_SIGNAL_UNKNOWN_DBM = -128,
    VB_RADIOTAP_TX_BYTES = 12
};

/* For a frame to send. */
enum vb_radiotap_tx {
    VB_RADIOTAP_TX_NO_ACK = 0x0008, /* sent once, even if not acknowledged */
    VB_RADIOTAP_TX_KEEP_SEQUENCE =
        0x0010 /* keeps its sequence number: the interface assigns none */
};

/* Of values given for each antenna, the first is here: that of all of them. */
struct vb_radiotap {
    uint16_t size; /* bytes before the frame */
    bool fcs_at_end;
    bool fcs_bad;         /* as the interface says */
    bool sent_here;       /* it has TX flags: this machine has sent it, and it is looped back */
    uint8_t rate_500kbps; /* 0 = not known; not given for 802.11n and later */
    uint16_t channel_mhz; /* 0 = not known */
    int8_t signal_dbm;    /* VB_RADIOTAP_SIGNAL_UNKNOWN_DBM = not known */
};

/* Reads the header of a captured packet. False if it is not one, or longer than what was captured.
 * Fields after one of unknown size, and those beyond the header's size, are not known. */
VB_MUST_USE bool vb_radiotap_parse(const uint8_t *bytes, size_t size, struct vb_radiotap *radiotap);

/* The channel's number: 1 to 14 at 2.4 GHz, 1 to 200 at 5 GHz; 0 if no channel has this frequency.
 */
uint8_t vb_radiotap_channel(uint16_t mhz);

/* Writes the header for a frame to send. tx_flags: of enum vb_radiotap_tx. */
void vb_radiotap_build(uint8_t rate_500kbps, uint16_t tx_flags,
                       uint8_t bytes[VB_RADIOTAP_TX_BYTES]);

VB_C_END

#endif
