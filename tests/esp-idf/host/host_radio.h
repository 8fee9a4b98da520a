/* ESP-NOW on the host: what is sent is kept, or given to a function; what is heard is told. Like
 * the driver it sends to peers alone that it was told of, and takes no more than 20 of them. */
#ifndef VOLTBEACON_TESTS_HOST_RADIO_H
#define VOLTBEACON_TESTS_HOST_RADIO_H

#include <esp_now.h>
#include <stdbool.h>

enum { HOST_RADIO_KEPT = 64 };

struct host_radio_frame {
    uint8_t dst[ESP_NOW_ETH_ALEN];
    size_t size;
    uint8_t bytes[ESP_NOW_MAX_DATA_LEN];
};

/* As after a reboot. */
void host_radio_reset(void);

/* A frame comes, as it does on the Wi-Fi driver's task; len may be any. */
void host_radio_hear(const uint8_t src[6], const uint8_t dst[6], const uint8_t *bytes, int len,
                     int rssi_dbm);
/* Likewise one that was sent on this channel: nobody hears it on another. */
void host_radio_hear_on(uint8_t channel, const uint8_t src[6], const uint8_t dst[6],
                        const uint8_t *bytes, int len);
/* What became of a frame that was sent. */
void host_radio_confirm(const uint8_t dst[6], bool delivered);

/* The next sends fail with this; ESP_OK: no more. */
void host_radio_refuse(esp_err_t why);

unsigned host_radio_sends(void); /* that were taken */
const struct host_radio_frame *host_radio_sent(unsigned index);
bool host_radio_has_peer(const uint8_t mac[6]);
unsigned host_radio_peers(void);

/* Where what is sent goes as well; NULL: nowhere. */
void host_radio_on_air(void (*air)(const struct host_radio_frame *frame));

#endif
