/* A link of frames over ESP-NOW.
 *
 * ESP-NOW sends to peers that it was told of, 20 at most: they are told on demand, and the one that
 * was not spoken to for longest is given up for the next. It knows whether a unicast was
 * acknowledged, so such a frame is VB_LINK_PENDING. Its callbacks copy into the inbox and return.
 */
#ifndef VOLTBEACON_ESP_IDF_RADIO_H
#define VOLTBEACON_ESP_IDF_RADIO_H

#include <esp_now.h>
#include <freertos/FreeRTOS.h>
#include <freertos/queue.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/link.h"

VB_C_BEGIN

enum { VB_RADIO_PEERS = ESP_NOW_MAX_TOTAL_PEER_NUM - 1 /* and everybody */ };

struct vb_radio_peer {
    struct vb_mac mac;
    uint32_t used; /* when it was last sent to, by radio->sends; 0 = not used */
};

/* There is one in a program, for ESP-NOW's callbacks have no context; it must stay where it is. */
struct vb_radio {
    struct vb_link port;
    QueueHandle_t inbox;
    wifi_interface_t interface;
    struct vb_radio_peer peers[VB_RADIO_PEERS];
    uint32_t sends;       /* unicasts tried */
    unsigned unfit;       /* frames that cannot be ours: too long, empty, from a group */
    unsigned no_room;     /* frames and answers that found the inbox full */
    unsigned answers;     /* of the driver, to frames it was given */
    uint32_t peers_ended; /* given up for others */
};

/* The Wi-Fi driver runs, with this interface. inbox takes struct vb_inbox_item. An error of
 * ESP-IDF's: port is not to be used. */
VB_MUST_USE esp_err_t vb_radio_open(struct vb_radio *radio, wifi_interface_t interface,
                                    QueueHandle_t inbox);

VB_C_END

#endif
