/* Frames over ESP-NOW: what is copied, what is refused, and whom the driver is told of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "esp-idf/voltbeacon/inbox.h"
#include "esp-idf/voltbeacon/radio.h"
#include "host/host_radio.h"

#include <cmocka.h>

static const struct vb_mac here = {{2, 0, 0, 0, 0, 1}};
static const struct vb_mac there = {{2, 0, 0, 0, 0, 2}};
static struct vb_radio radio;
static QueueHandle_t inbox;

static int open_radio(void **state)
{
    (void)state;
    host_radio_reset();
    inbox = xQueueCreate(VB_INBOX_ITEMS, sizeof(struct vb_inbox_item));
    assert_int_equal(vb_radio_open(&radio, WIFI_IF_STA, inbox), ESP_OK);
    return 0;
}

static int close_radio(void **state)
{
    (void)state;
    free(inbox);
    return 0;
}

static bool take(struct vb_inbox_item *item)
{
    return xQueueReceive(inbox, item, 0) == pdTRUE;
}

static enum vb_link_sent say(const struct vb_mac *dst)
{
    return radio.port.send(radio.port.ctx, dst, (const uint8_t *)"hello", 5);
}

static struct vb_mac station(unsigned number)
{
    return (struct vb_mac){{2, 0, 0, 0, 1, (uint8_t)number}};
}

static void a_frame_is_copied_with_its_addresses_and_strength(void **state)
{
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    struct vb_inbox_item item;
    (void)state;
    memset(bytes, 0xc1, sizeof bytes);
    host_radio_hear(there.bytes, here.bytes, bytes, sizeof bytes, -71);
    memset(bytes, 0, sizeof bytes); /* the driver's memory is its own again */
    assert_true(take(&item));
    assert_int_equal(item.kind, VB_INBOX_FRAME);
    assert_true(vb_mac_equal(&item.as.frame.src, &there));
    assert_true(vb_mac_equal(&item.as.frame.dst, &here));
    assert_int_equal(item.as.frame.rssi_dbm, -71);
    assert_int_equal(item.as.frame.size, VB_FRAME_BYTES_MAX);
    assert_int_equal(item.as.frame.bytes[VB_FRAME_BYTES_MAX - 1], 0xc1);
}

static void what_cannot_be_ours_is_counted_and_left_out(void **state)
{
    static const uint8_t group[6] = {3, 0, 0, 0, 0, 1};
    uint8_t bytes[VB_FRAME_BYTES_MAX + 1] = {0};
    struct vb_inbox_item item;
    (void)state;
    host_radio_hear(there.bytes, here.bytes, bytes, sizeof bytes, -50); /* of version 2 */
    host_radio_hear(there.bytes, here.bytes, bytes, 0, -50);
    host_radio_hear(there.bytes, here.bytes, bytes, -1, -50);
    host_radio_hear(group, here.bytes, bytes, 20, -50);
    assert_false(take(&item));
    assert_int_equal(radio.unfit, 4);
}

static void a_flood_fills_the_inbox_and_waits_for_nobody(void **state)
{
    struct vb_inbox_item item;
    (void)state;
    for (unsigned i = 0; i < VB_INBOX_ITEMS + 5; i++)
        host_radio_hear(there.bytes, here.bytes, (const uint8_t *)"x", 1, -50);
    assert_int_equal(radio.no_room, 5);
    for (unsigned i = 0; i < VB_INBOX_ITEMS; i++)
        assert_true(take(&item));
    assert_false(take(&item));
    assert_int_equal(radio.unfit, 0);
}

static void a_unicast_is_pending_until_the_driver_knows(void **state)
{
    struct vb_inbox_item item;
    (void)state;
    assert_int_equal(say(&there), VB_LINK_PENDING);
    assert_int_equal(host_radio_sent(0)->size, 5);
    assert_memory_equal(host_radio_sent(0)->dst, there.bytes, 6);
    for (int delivered = 0; delivered < 2; delivered++) {
        host_radio_confirm(there.bytes, delivered == 1);
        assert_true(take(&item));
        assert_int_equal(item.kind, VB_INBOX_SENT);
        assert_true(vb_mac_equal(&item.as.sent.dst, &there));
        assert_int_equal(item.as.sent.delivered, delivered);
    }
}

static void nothing_is_said_of_a_broadcast(void **state)
{
    struct vb_inbox_item item;
    (void)state;
    assert_int_equal(say(&vb_mac_broadcast), VB_LINK_SENT);
    host_radio_confirm(vb_mac_broadcast.bytes, true);
    assert_false(take(&item));
}

static void a_driver_that_is_full_refuses(void **state)
{
    (void)state;
    host_radio_refuse(ESP_ERR_ESPNOW_NO_MEM);
    assert_int_equal(say(&there), VB_LINK_REFUSED);
    assert_int_equal(say(&vb_mac_broadcast), VB_LINK_REFUSED);
    host_radio_refuse(ESP_OK);
    assert_int_equal(say(&there), VB_LINK_PENDING);
}

static void the_peer_that_was_longest_not_spoken_to_gives_way(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VB_RADIO_PEERS; i++) {
        const struct vb_mac peer = station(i);
        assert_int_equal(say(&peer), VB_LINK_PENDING);
    }
    assert_int_equal(host_radio_peers(), ESP_NOW_MAX_TOTAL_PEER_NUM);
    const struct vb_mac first = station(0), second = station(1), next = station(100);
    assert_int_equal(say(&first), VB_LINK_PENDING); /* so the second is the oldest */
    assert_int_equal(say(&next), VB_LINK_PENDING);
    assert_true(host_radio_has_peer(first.bytes));
    assert_false(host_radio_has_peer(second.bytes));
    assert_true(host_radio_has_peer(vb_mac_broadcast.bytes));
    assert_int_equal(radio.peers_ended, 1);
    assert_int_equal(say(&second), VB_LINK_PENDING); /* and comes back on demand */
}

static void hundreds_of_peers_leave_every_place_usable(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 255; i++) {
        const struct vb_mac peer = station(i);
        assert_int_equal(say(&peer), VB_LINK_PENDING);
        assert_int_equal(say(&vb_mac_broadcast), VB_LINK_SENT);
    }
    assert_int_equal(host_radio_peers(), ESP_NOW_MAX_TOTAL_PEER_NUM);
    assert_int_equal(radio.peers_ended, 255 - VB_RADIO_PEERS);
}

static void a_peer_that_the_driver_knows_already_is_taken(void **state)
{
    (void)state;
    const esp_now_peer_info_t peer = {.peer_addr = {2, 0, 0, 0, 0, 2}};
    assert_int_equal(esp_now_add_peer(&peer), ESP_OK);
    assert_int_equal(say(&there), VB_LINK_PENDING);
}

static void a_peer_that_could_not_be_added_is_tried_again(void **state)
{
    esp_now_peer_info_t peer = {.peer_addr = {4}};
    (void)state;
    for (uint8_t i = 0; i + 1 < ESP_NOW_MAX_TOTAL_PEER_NUM; i++) {
        peer.peer_addr[5] = i; /* somebody else's, so that there is no room */
        assert_int_equal(esp_now_add_peer(&peer), ESP_OK);
    }
    assert_int_equal(say(&there), VB_LINK_REFUSED);
    assert_int_equal(esp_now_del_peer(peer.peer_addr), ESP_OK);
    assert_int_equal(say(&there), VB_LINK_PENDING);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_radio, close_radio)
    const struct CMUnitTest tests[] = {TEST(a_frame_is_copied_with_its_addresses_and_strength),
                                       TEST(what_cannot_be_ours_is_counted_and_left_out),
                                       TEST(a_flood_fills_the_inbox_and_waits_for_nobody),
                                       TEST(a_unicast_is_pending_until_the_driver_knows),
                                       TEST(nothing_is_said_of_a_broadcast),
                                       TEST(a_driver_that_is_full_refuses),
                                       TEST(the_peer_that_was_longest_not_spoken_to_gives_way),
                                       TEST(hundreds_of_peers_leave_every_place_usable),
                                       TEST(a_peer_that_the_driver_knows_already_is_taken),
                                       TEST(a_peer_that_could_not_be_added_is_tried_again)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
