/* Device addresses: six bytes, as the link knows them. */
#ifndef VOLTBEACON_MAC_H
#define VOLTBEACON_MAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum { VB_MAC_BYTES = 6, VB_MAC_TEXT_SIZE = 18 };

struct vb_mac {
    uint8_t bytes[VB_MAC_BYTES];
};

/* ff:ff:ff:ff:ff:ff */
extern const struct vb_mac vb_mac_broadcast;

bool vb_mac_equal(const struct vb_mac *a, const struct vb_mac *b);

/* Lower case with colons and a final NUL: "02:1a:2b:3c:4d:5e". */
void vb_mac_format(const struct vb_mac *mac, char text[VB_MAC_TEXT_SIZE]);

/* Reads exactly 17 characters at text, upper or lower case; length must be 17, anything after them
 * is ignored. False if it is not an address. */
VB_MUST_USE bool vb_mac_parse(const char *text, size_t length, struct vb_mac *mac);

VB_C_END

#endif
