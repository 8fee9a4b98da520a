/* The link over ESP-NOW, by a Wi-Fi interface in monitor mode: "espnow:wlan1,rate=1,channel=6".
 *
 * It hears every ESP-NOW frame on the interface's channel, and sends its own with this device's MAC
 * as their source, whatever the interface's own is. Frames are of version 1, so that every ESP32
 * and ESP8266 takes them.
 *
 * An interface in monitor mode acknowledges nothing, and is told of no acknowledgement: of a frame
 * that was sent nothing more will be known, and an ESP32 that sends to this device alone may take
 * the frame for lost, and repeat it. Such retries are passed over.
 *
 * While the interface is down, unplugged or in another mode nothing is sent, and the scope says so
 * with the command that mends it; once it is back the link goes on. */
#ifndef VOLTBEACON_LINUX_ESPNOW_LINK_H
#define VOLTBEACON_LINUX_ESPNOW_LINK_H

#include <net/if.h>

#include "linux/link/linux_link.h"

enum { VB_ESPNOW_SOURCES_MAX = 16 /* whose retries are known; the longest unheard gives way */ };

struct vb_espnow_options {
    char interface[IF_NAMESIZE];
    uint8_t rate_500kbps; /* of 802.11b and g: 1, 2, 5.5, 6, 9, 11, 12, 18, 24, 36, 48, 54 Mb/s */
    uint8_t channel;      /* it is said to be on, 1 to 196; 0 = not said. It is not set */
};

/* Reads "wlan1,rate=1,channel=6"; what is left out: 1 Mb/s, as ESP-NOW itself, and no channel.
 * False, and why in error, where it cannot be read. */
VB_MUST_USE bool vb_espnow_options_parse(const char *text, struct vb_espnow_options *options,
                                         char *error, size_t error_size);

#endif
