#include "host_radio.h"

#include <string.h>

#include "host_wifi.h"
#include "voltbeacon/core/platform.h"

static struct {
    bool ready;
    esp_now_recv_cb_t received;
    esp_now_send_cb_t sent;
    uint8_t peers[ESP_NOW_MAX_TOTAL_PEER_NUM][ESP_NOW_ETH_ALEN];
    unsigned peer_count;
    esp_err_t refusal;
    struct host_radio_frame kept[HOST_RADIO_KEPT];
    unsigned sends;
    void (*air)(const struct host_radio_frame *frame);
} radio;

void host_radio_reset(void)
{
    memset(&radio, 0, sizeof radio);
}

/* The driver's own memory: it is gone when the callback has returned. */
void host_radio_hear(const uint8_t src[6], const uint8_t dst[6], const uint8_t *bytes, int len,
                     int rssi_dbm)
{
    uint8_t from[ESP_NOW_ETH_ALEN], to[ESP_NOW_ETH_ALEN];
    wifi_pkt_rx_ctrl_t control = {0};
    control.rssi = -(-rssi_dbm & 0x7f);
    control.channel = host_wifi()->channel & 0xfu;
    VB_ASSERT(rssi_dbm < 0 && rssi_dbm > -128);
    memcpy(from, src, sizeof from);
    memcpy(to, dst, sizeof to);
    const esp_now_recv_info_t info = {.src_addr = from, .des_addr = to, .rx_ctrl = &control};
    if (radio.received != NULL)
        radio.received(&info, bytes, len);
}

void host_radio_hear_on(uint8_t channel, const uint8_t src[6], const uint8_t dst[6],
                        const uint8_t *bytes, int len)
{
    if (channel == host_wifi()->channel)
        host_radio_hear(src, dst, bytes, len, -60);
}

void host_radio_confirm(const uint8_t dst[6], bool delivered)
{
    uint8_t to[ESP_NOW_ETH_ALEN];
    memcpy(to, dst, sizeof to);
    const esp_now_send_info_t info = {.des_addr = to};
    radio.sent(&info, delivered ? ESP_NOW_SEND_SUCCESS : ESP_NOW_SEND_FAIL);
}

void host_radio_refuse(esp_err_t why)
{
    radio.refusal = why;
}

unsigned host_radio_sends(void)
{
    return radio.sends;
}

const struct host_radio_frame *host_radio_sent(unsigned index)
{
    VB_ASSERT(index < radio.sends && radio.sends - index <= HOST_RADIO_KEPT);
    return &radio.kept[index % HOST_RADIO_KEPT];
}

unsigned host_radio_peers(void)
{
    return radio.peer_count;
}

void host_radio_on_air(void (*air)(const struct host_radio_frame *frame))
{
    radio.air = air;
}

static int peer_at(const uint8_t *mac)
{
    for (unsigned i = 0; i < radio.peer_count; i++) {
        if (memcmp(radio.peers[i], mac, ESP_NOW_ETH_ALEN) == 0)
            return (int)i;
    }
    return -1;
}

bool host_radio_has_peer(const uint8_t mac[6])
{
    return peer_at(mac) >= 0;
}

/* ---- The calls ---- */

esp_err_t esp_now_init(void)
{
    radio.ready = true;
    return ESP_OK;
}

esp_err_t esp_now_register_recv_cb(esp_now_recv_cb_t cb)
{
    radio.received = cb;
    return radio.ready ? ESP_OK : ESP_ERR_ESPNOW_NOT_INIT;
}

esp_err_t esp_now_register_send_cb(esp_now_send_cb_t cb)
{
    radio.sent = cb;
    return radio.ready ? ESP_OK : ESP_ERR_ESPNOW_NOT_INIT;
}

esp_err_t esp_now_add_peer(const esp_now_peer_info_t *peer)
{
    if (!radio.ready)
        return ESP_ERR_ESPNOW_NOT_INIT;
    if (peer->encrypt || peer->channel != 0)
        return ESP_ERR_ESPNOW_ARG; /* not modelled */
    if (peer_at(peer->peer_addr) >= 0)
        return ESP_ERR_ESPNOW_EXIST;
    if (radio.peer_count == ESP_NOW_MAX_TOTAL_PEER_NUM)
        return ESP_ERR_ESPNOW_FULL;
    memcpy(radio.peers[radio.peer_count++], peer->peer_addr, ESP_NOW_ETH_ALEN);
    return ESP_OK;
}

esp_err_t esp_now_del_peer(const uint8_t *peer_addr)
{
    const int at = peer_at(peer_addr);
    if (at < 0)
        return ESP_ERR_ESPNOW_NOT_FOUND;
    memcpy(radio.peers[at], radio.peers[--radio.peer_count], ESP_NOW_ETH_ALEN);
    return ESP_OK;
}

esp_err_t esp_now_send(const uint8_t *peer_addr, const uint8_t *data, size_t len)
{
    if (peer_at(peer_addr) < 0)
        return ESP_ERR_ESPNOW_NOT_FOUND;
    if (len == 0 || len > ESP_NOW_MAX_DATA_LEN)
        return ESP_ERR_ESPNOW_ARG;
    if (radio.refusal != ESP_OK)
        return radio.refusal;
    struct host_radio_frame *frame = &radio.kept[radio.sends++ % HOST_RADIO_KEPT];
    *frame = (struct host_radio_frame){.size = len};
    memcpy(frame->dst, peer_addr, sizeof frame->dst);
    memcpy(frame->bytes, data, len);
    if (radio.air != NULL)
        radio.air(frame);
    return ESP_OK;
}
