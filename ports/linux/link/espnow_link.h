/* The link over ESP-NOW, on a Wi-Fi interface in monitor mode: "espnow:wlan1,rate=1,channel=6".
 *
 * It receives every ESP-NOW frame on the interface's channel, and sends with this device's MAC as
 * the source, whatever the interface's own is. Frames are version 1, so that every ESP32 and
 * ESP8266 accepts them.
 *
 * An interface in monitor mode sends no acknowledgements and sees none: there is no delivery report
 * for a frame, and an ESP32 that sends to this device alone may consider the frame lost and repeat
 * it. Such retries are dropped.
 *
 * While the interface is down, unplugged or in another mode nothing is sent, and the scope says so,
 * with the command that fixes it; once it is back the link continues. */
#ifndef VOLTBEACON_LINUX_ESPNOW_LINK_H
#define VOLTBEACON_LINUX_ESPNOW_LINK_H

#include <net/if.h>

#include "linux/link/linux_link.h"

enum { VB_ESPNOW_SOURCES_MAX = 16 /* whose retries are known; the longest unheard is replaced */ };

struct vb_espnow_options {
    char interface[IF_NAMESIZE];
    uint8_t rate_500kbps; /* 802.11b and g: 1, 2, 5.5, 6, 9, 11, 12, 18, 24, 36, 48, 54 Mb/s */
    uint8_t channel;      /* as stated by the user, 1 to 196; 0 = not stated. It is not set */
};

/* Parses "wlan1,rate=1,channel=6"; defaults: 1 Mb/s, like ESP-NOW itself, and no channel. False,
 * with the reason in error, if it is malformed. */
VB_MUST_USE bool vb_espnow_options_parse(const char *text, struct vb_espnow_options *options,
                                         char *error, size_t error_size);

#endif
