#include "esp-idf/voltbeacon/radio.h"

#include <string.h>

#include "esp-idf/voltbeacon/idf_clock.h"
#include "esp-idf/voltbeacon/inbox.h"

enum { GROUP = 1 /* of an address's first byte, IEEE 802-2014, 8.2.2 */ };

static struct vb_radio *the_radio;

/* ---- In, on the Wi-Fi driver's task ---- */

/* Read on the device's task. A header that C++ reads has no type for it. */
static void count(unsigned *counter)
{
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static void post(const struct vb_inbox_item *item)
{
    if (xQueueSend(the_radio->inbox, item, 0) != pdTRUE)
        count(&the_radio->no_room);
}

static void on_received(const esp_now_recv_info_t *info, const uint8_t *data, int len)
{
    struct vb_inbox_item item = {.kind = VB_INBOX_FRAME};
    struct vb_inbox_frame *frame = &item.as.frame;
    if (len < 1 || len > VB_FRAME_BYTES_MAX || (info->src_addr[0] & GROUP) != 0) {
        count(&the_radio->unfit);
        return;
    }
    memcpy(frame->src.bytes, info->src_addr, sizeof frame->src.bytes);
    memcpy(frame->dst.bytes, info->des_addr, sizeof frame->dst.bytes);
    frame->came_ms = vb_idf_now_ms();
    frame->rssi_dbm = (int8_t)info->rx_ctrl->rssi;
    frame->channel = (uint8_t)info->rx_ctrl->channel;
    frame->size = (uint8_t)len;
    memcpy(frame->bytes, data, frame->size);
    post(&item);
}

/* What is said of a broadcast means nothing: nobody acknowledges it. */
static void on_sent(const esp_now_send_info_t *info, esp_now_send_status_t status)
{
    struct vb_inbox_item item = {.kind = VB_INBOX_SENT};
    count(&the_radio->answers);
    if ((info->des_addr[0] & GROUP) != 0)
        return;
    memcpy(item.as.sent.dst.bytes, info->des_addr, sizeof item.as.sent.dst.bytes);
    item.as.sent.delivered = status == ESP_NOW_SEND_SUCCESS;
    post(&item);
}

/* ---- Out ---- */

static esp_err_t add_peer(const struct vb_radio *radio, const struct vb_mac *mac)
{
    esp_now_peer_info_t peer = {.ifidx = radio->interface};
    memcpy(peer.peer_addr, mac->bytes, sizeof peer.peer_addr);
    const esp_err_t err = esp_now_add_peer(&peer);
    return err == ESP_ERR_ESPNOW_EXIST ? ESP_OK : err;
}

/* The peer's place; else the one that was not used for longest, or is free. */
static struct vb_radio_peer *place_for(struct vb_radio *radio, const struct vb_mac *mac)
{
    struct vb_radio_peer *oldest = &radio->peers[0];
    for (unsigned i = 0; i < VB_RADIO_PEERS; i++) {
        struct vb_radio_peer *peer = &radio->peers[i];
        if (peer->used != 0 && vb_mac_equal(&peer->mac, mac))
            return peer;
        if (peer->used < oldest->used)
            oldest = peer;
    }
    return oldest;
}

static bool know_peer(struct vb_radio *radio, const struct vb_mac *mac)
{
    struct vb_radio_peer *peer = place_for(radio, mac);
    radio->sends++;
    if (peer->used == 0 || !vb_mac_equal(&peer->mac, mac)) {
        if (peer->used != 0) {
            radio->peers_ended++;
            (void)esp_now_del_peer(peer->mac.bytes);
        }
        peer->used = 0;
        if (add_peer(radio, mac) != ESP_OK)
            return false;
        peer->mac = *mac;
    }
    peer->used = radio->sends;
    return true;
}

static enum vb_link_sent send(void *ctx, const struct vb_mac *dst, const uint8_t *bytes,
                              size_t size)
{
    struct vb_radio *radio = ctx;
    const bool everybody = vb_mac_equal(dst, &radio->port.broadcast);
    if (!everybody && !know_peer(radio, dst))
        return VB_LINK_REFUSED;
    if (esp_now_send(dst->bytes, bytes, size) != ESP_OK)
        return VB_LINK_REFUSED;
    return everybody ? VB_LINK_SENT : VB_LINK_PENDING;
}

/* ---- Life ---- */

esp_err_t vb_radio_open(struct vb_radio *radio, wifi_interface_t interface, QueueHandle_t inbox)
{
    *radio =
        (struct vb_radio){.port = {.ctx = radio,
                                   .name = "espnow",
                                   .frame_bytes_max = VB_FRAME_BYTES_MAX,
                                   .broadcast = {.bytes = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
                                   .send = send},
                          .inbox = inbox,
                          .interface = interface};
    the_radio = radio;
    esp_err_t err = esp_now_init();
    if (err == ESP_OK)
        err = esp_now_register_recv_cb(on_received);
    if (err == ESP_OK)
        err = esp_now_register_send_cb(on_sent);
    return err == ESP_OK ? add_peer(radio, &radio->port.broadcast) : err;
}
