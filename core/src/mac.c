#include "voltbeacon/core/mac.h"

#include <string.h>

const struct vb_mac vb_mac_broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

bool vb_mac_equal(const struct vb_mac *a, const struct vb_mac *b)
{
    return memcmp(a->bytes, b->bytes, VB_MAC_BYTES) == 0;
}

void vb_mac_format(const struct vb_mac *mac, char text[VB_MAC_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (unsigned i = 0; i < VB_MAC_BYTES; i++) {
        text[3 * i] = digits[mac->bytes[i] >> 4];
        text[3 * i + 1] = digits[mac->bytes[i] & 15];
        text[3 * i + 2] = ':';
    }
    text[VB_MAC_TEXT_SIZE - 1] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool vb_mac_parse(const char *text, size_t length, struct vb_mac *mac)
{
    if (length != VB_MAC_TEXT_SIZE - 1)
        return false;
    struct vb_mac parsed;
    for (unsigned i = 0; i < VB_MAC_BYTES; i++) {
        const int high = hex_value(text[3 * i]);
        const int low = hex_value(text[3 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        if (i + 1 < VB_MAC_BYTES && text[3 * i + 2] != ':')
            return false;
        parsed.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *mac = parsed;
    return true;
}
