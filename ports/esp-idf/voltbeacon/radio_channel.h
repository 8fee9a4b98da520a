/* Keeps the radio of a transmitter on the channel of its receiver: the search of the device ring
 * decides, the driver is told. Where the driver needs the channel itself (the station has joined a
 * network or is about to, or a phone has joined the access point), the search is bound, as it is
 * for most of the time while the access point is open: a phone could not join one that moves. The
 * channel is kept in NVS. */
#ifndef VOLTBEACON_ESP_IDF_RADIO_CHANNEL_H
#define VOLTBEACON_ESP_IDF_RADIO_CHANNEL_H

#include <stdbool.h>

#include "esp-idf/voltbeacon/wifi.h"
#include "voltbeacon/core/board_facts.h"
#include "voltbeacon/device/channel_search.h"

VB_C_BEGIN

enum { VB_RADIO_CHANNELS = 13 /* the driver refuses those that its country does not allow */ };

struct vb_radio_channel {
    struct vb_channel_search search;
    const struct vb_wifi *wifi;
    const char *partition;
    uint32_t opened_ms;
    uint8_t tuned; /* by us; 0 = the driver may be on any */
    uint8_t kept;  /* in NVS, or handed over */
};

/* Reads what an earlier start has kept. vb_nvs_start() was called for the partition; wifi runs, and
 * outlives this, as does the partition's name; NULL: nobody joins a network. */
void vb_radio_channel_open(struct vb_radio_channel *channel, uint32_t now_ms,
                           const char *nvs_partition, const struct vb_wifi *wifi);

/* The device's task: it has accepted a frame that was heard on this channel; 0 = not known. */
void vb_radio_channel_heard(struct vb_radio_channel *channel, uint32_t now_ms, uint8_t on);
/* Likewise, at each turn, after frames were taken: tunes the radio. Returns whether
 * vb_transmitter_ask() is due. */
VB_MUST_USE bool vb_radio_channel_turn(struct vb_radio_channel *channel, uint32_t now_ms);

/* What there is to tell of it, beside what the facts say already. While a receiver is searched for
 * they stay as they were: nobody hears of it. */
void vb_radio_channel_facts(const struct vb_radio_channel *channel, uint32_t now_ms,
                            struct vb_board_facts *facts);

/* Whether the home channel has changed and is to be written. Then, on a task that may wait for the
 * flash, write does so. A power cut leaves the old one or the new. */
bool vb_radio_channel_is_new(struct vb_radio_channel *channel);
VB_MUST_USE bool vb_radio_channel_write(const char *nvs_partition, uint8_t home);

VB_C_END

#endif
