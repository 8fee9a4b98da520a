/* The radio of a transmitter on the channel of its receiver: where the driver is sent, what binds
 * it, what outlives a restart; and a whole node that follows an access point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "esp-idf/voltbeacon/idf_clock.h"
#include "esp-idf/voltbeacon/transmitter_node.h"
#include "host/host_nvs.h"
#include "host/host_radio.h"
#include "host/host_timer.h"
#include "host/host_wifi.h"
#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/message.h"
#include "voltbeacon/core/payload.h"

#include <cmocka.h>

static const struct vb_mac here = {{2, 0, 0, 0, 0, 1}};
static const struct vb_mac there = {{2, 0, 0, 0, 0, 2}};
static const struct vb_wifi_network home = {
    .name = "home", .passphrase = "correct horse", .country = "AT"};

static struct vb_radio_channel channel;
static struct vb_wifi wifi;
static uint32_t now_ms;

static int reset(void **state)
{
    (void)state;
    host_wifi_reset();
    host_timer_reset();
    host_radio_reset();
    host_nvs_make("nvs", 0x10000);
    assert_int_equal(vb_nvs_start("nvs"), ESP_OK);
    now_ms = 1000;
    return 0;
}

/* Wi-Fi without a network: its access point is open. */
static void open_alone(void)
{
    static const struct vb_wifi_network none = {.country = "AT"};
    assert_int_equal(vb_wifi_start(&wifi, &none, &here), ESP_OK);
    vb_radio_channel_open(&channel, now_ms, "nvs", &wifi);
}

static void open_joined(uint8_t joined)
{
    assert_int_equal(vb_wifi_start(&wifi, &home, &here), ESP_OK);
    if (joined != 0)
        host_wifi_join(joined);
    vb_radio_channel_open(&channel, now_ms, "nvs", &wifi);
}

/* Returns how often it asked. */
static unsigned pass(uint32_t ms)
{
    unsigned asks = 0;
    for (uint32_t i = 0; i < ms; i++) {
        do
            asks += vb_radio_channel_turn(&channel, now_ms);
        while (vb_channel_search_wakeup_ms(&channel.search, now_ms) == 0);
        now_ms++;
    }
    return asks;
}

/* ---- Where the driver is sent ---- */

static void without_a_receiver_every_channel_is_asked(void **state)
{
    unsigned seen = 0, asks = 0;
    (void)state;
    open_alone();
    for (unsigned i = 0; i < 350 + 13 * 70; i++) {
        asks += pass(1);
        seen |= 1u << host_wifi()->channel;
    }
    assert_int_equal(seen, 0x3ffe); /* 1 to 13 */
    assert_int_equal(asks, 7 + 13 * 3);
}

/* Which would be on the console some twenty times a second. */
static void the_driver_is_not_asked_about_a_network_that_is_not_joined(void **state)
{
    (void)state;
    open_alone();
    pass(5000);
    assert_int_equal(host_wifi()->complaints, 0);
    host_wifi_reset();
    open_joined(9);
    pass(1000);
    host_wifi_lose();
    pass(5000);
    assert_int_equal(host_wifi()->complaints, 0);
}

static void open_in(const char *country)
{
    struct vb_wifi_network network = {.is_unneeded = true};
    reset(NULL);
    memcpy(network.country, country, sizeof network.country);
    assert_int_equal(vb_wifi_start(&wifi, &network, &here), ESP_OK);
    vb_radio_channel_open(&channel, now_ms, "nvs", &wifi);
}

static unsigned channels_seen_in(const char *country)
{
    unsigned seen = 0;
    open_in(country);
    for (unsigned i = 0; i < 350 + 13 * 70; i++) {
        (void)pass(1);
        seen |= 1u << host_wifi()->channel;
    }
    return seen;
}

static void the_channels_are_those_that_the_country_allows(void **state)
{
    (void)state;
    assert_int_equal(channels_seen_in("01"), 0x0ffe); /* 1 to 11 */
    open_in("01");
    assert_int_equal(pass(350 + 11 * 70), 7 + 11 * 3); /* no time is lost with the others */
    assert_int_equal(channels_seen_in("AT"), 0x3ffe);  /* 1 to 13 */
}

static void where_a_receiver_is_heard_the_radio_stays(void **state)
{
    (void)state;
    open_alone();
    pass(350 + 80); /* on the second of the round */
    const uint8_t on = host_wifi()->channel;
    assert_int_not_equal(on, 1);
    vb_radio_channel_heard(&channel, now_ms, 0);
    pass(599);
    assert_int_equal(host_wifi()->channel, on);
    vb_radio_channel_heard(&channel, now_ms, 15); /* no channel of this band */
    pass(599);
    assert_int_equal(host_wifi()->channel, on);
    vb_radio_channel_heard(&channel, now_ms, 5); /* it waited: the radio was there */
    pass(1);
    assert_int_equal(host_wifi()->channel, 5);
}

/* ---- What binds it ---- */

static void the_channel_of_a_network_that_is_joined_is_kept(void **state)
{
    (void)state;
    open_joined(9);
    assert_int_equal(pass(5000), 0);
    assert_int_equal(host_wifi()->channel, 9);
    assert_int_equal(channel.search.state, VB_CHANNEL_BOUND);
    host_wifi_join(3); /* its access point has changed its own */
    assert_int_equal(pass(1), 0);
    assert_int_equal(channel.search.channel, 3);
}

static void while_the_driver_looks_for_the_network_the_radio_is_its_own(void **state)
{
    (void)state;
    open_joined(0);
    assert_true(vb_wifi_is_joining(&wifi));
    assert_int_equal(pass(5000), 0); /* the driver would fail */
    host_wifi_lose();
    assert_false(vb_wifi_is_joining(&wifi));
    assert_int_equal(pass(350 + 13 * 70), 7 + 13 * 3);
    host_timer_pass_ms(VB_WIFI_AGAIN_MS);
    assert_true(vb_wifi_is_joining(&wifi));
    pass(3000);
    assert_int_equal(channel.search.state, VB_CHANNEL_BOUND);
    host_wifi_join(6);
    assert_false(vb_wifi_is_joining(&wifi));
    pass(1);
    assert_int_equal(channel.search.channel, 6);
    host_wifi_lose();
    pass(1);
    assert_int_equal(channel.search.state, VB_CHANNEL_DOUBTED);
    assert_int_equal(host_wifi()->channel, 6);
}

static void a_phone_at_the_access_point_is_not_left(void **state)
{
    (void)state;
    open_alone();
    pass(600);
    const uint8_t on = host_wifi()->channel;
    host_wifi()->phones = 1;
    assert_int_equal(pass(2000), 0);
    assert_int_equal(host_wifi()->channel, on);
    host_wifi()->phones = 0;
    pass(350 + 910);
    assert_int_not_equal(host_wifi()->channel, on);
}

/* It goes wherever the radio goes: a phone could hardly join it. */
static void an_open_access_point_stays_where_it_is_for_most_of_the_time(void **state)
{
    (void)state;
    open_alone();
    assert_true(pass(4000) > 0);
    for (unsigned cycle = 0; cycle < 3; cycle++) {
        pass(1);
        const uint8_t on = host_wifi()->channel;
        for (unsigned i = 0; i < 11990; i++) {
            assert_int_equal(pass(1), 0);
            assert_int_equal(host_wifi()->channel, on);
        }
        assert_true(pass(4000) > 0);
        pass(9);
    }
    host_timer_pass_ms(VB_WIFI_OPEN_S * 1000);
    assert_false(vb_wifi_is_open(&wifi));
    assert_true(pass(12000) > 0);
}

static void a_driver_that_does_not_even_begin_is_not_waited_for(void **state)
{
    (void)state;
    host_wifi_fail("connect");
    open_joined(0);
    assert_false(vb_wifi_is_joining(&wifi));
    assert_int_equal(pass(350), 7);
}

static void a_radio_that_does_not_run_is_tried_now_and_then(void **state)
{
    (void)state;
    open_alone();
    host_wifi()->runs = false;
    assert_int_equal(pass(60000), 0);
    host_wifi()->runs = true;
    assert_true(pass(6000) > 0);
}

/* ---- What is kept ---- */

static void the_next_start_begins_where_the_last_one_ended(void **state)
{
    (void)state;
    open_alone();
    assert_false(vb_radio_channel_is_new(&channel));
    vb_radio_channel_heard(&channel, now_ms, 8);
    assert_true(vb_radio_channel_is_new(&channel));
    assert_int_equal(channel.kept, 8);
    assert_true(vb_radio_channel_write("nvs", channel.kept));
    vb_radio_channel_heard(&channel, now_ms, 8);
    assert_false(vb_radio_channel_is_new(&channel)); /* the flash is spared */
    host_nvs_power_on();
    assert_int_equal(vb_nvs_start("nvs"), ESP_OK);
    vb_radio_channel_open(&channel, now_ms, "nvs", &wifi);
    assert_int_equal(channel.search.channel, 8);
    assert_false(vb_radio_channel_is_new(&channel));
}

static void where_nothing_can_be_kept_it_is_searched_all_the_same(void **state)
{
    (void)state;
    host_nvs_make("another", 0x10000);
    open_alone();
    assert_int_equal(channel.search.home, 0);
    assert_int_equal(pass(350), 7);
    assert_false(vb_radio_channel_write("nvs", 3));
    host_nvs_make("nvs", 0x10000);
    assert_int_equal(vb_nvs_start("nvs"), ESP_OK);
    host_nvs_fail_at(1);
    assert_false(vb_radio_channel_write("nvs", 3));
    host_nvs_fail_at(2);
    assert_false(vb_radio_channel_write("nvs", 3));
}

/* ---- What is told of it ---- */

static void facts_are_of_the_channel_where_a_receiver_was_heard(void **state)
{
    (void)state;
    struct vb_board_facts facts = {.start = VB_START_RESTART};
    open_alone();
    vb_radio_channel_facts(&channel, now_ms, &facts);
    assert_int_equal(facts.channel, 0); /* nowhere yet */
    assert_int_equal(facts.recoveries, 0);
    assert_int_equal(facts.recovered_ms, 0);
    vb_radio_channel_heard(&channel, now_ms, 4);
    (void)pass(3000); /* it searches by now, and is on the way through the others */
    assert_true(channel.search.state != VB_CHANNEL_LINKED);
    vb_radio_channel_facts(&channel, now_ms, &facts);
    assert_int_equal(facts.channel, 4);
    assert_int_equal(facts.recoveries, 0);
    vb_radio_channel_heard(&channel, now_ms, 9);
    vb_radio_channel_facts(&channel, now_ms, &facts);
    assert_int_equal(facts.channel, 9);
    assert_int_equal(facts.recoveries, 1);
    assert_in_range(facts.recovered_ms, 2990, 3010);
    assert_int_equal(facts.start, VB_START_RESTART); /* not of the radio */
}

/* ---- A node ---- */

static _Atomic uint8_t access_point; /* its channel, and so the receiver's */
static _Atomic uint32_t told_start, told_channel, told_recoveries, told_ms;
static atomic_uint answers;

/* A receiver that does nothing but acknowledge what asks for it. */
static void acknowledge(const struct host_radio_frame *frame)
{
    static uint32_t seq;
    struct vb_frame beacon = {0};
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    memcpy(bytes, frame->bytes, frame->size);
    if (host_wifi()->channel != access_point ||
        vb_frame_open(&vb_room_plain, bytes, frame->size, &here, &vb_mac_broadcast, &beacon) !=
            VB_ERR_OK ||
        beacon.message != VB_MESSAGE_BEACON || !beacon.ack_wanted)
        return;
    struct vb_payload payload;
    static struct vb_records records;
    if (vb_payload_read(&vb_room_plain, &beacon, &records, &payload) != VB_ERR_OK)
        return;
    told_start = records.facts.start;
    told_channel = records.facts.channel;
    told_ms = records.facts.recovered_ms;
    told_recoveries = records.facts.recoveries;
    struct vb_writer writer = vb_writer_of(bytes + VB_FRAME_HEAD_BYTES, 16);
    vb_write_u8(&writer, payload.beacon.number);
    vb_write_varint(&writer, 1);
    const struct vb_frame ack = {
        .message = VB_MESSAGE_BEACON_ACK, .epoch = 1, .seq = ++seq, .payload_size = writer.at};
    const size_t size = vb_frame_finish(&vb_room_plain, &ack, &there, &here, bytes);
    atomic_fetch_add(&answers, 1);
    host_radio_hear_on(access_point, there.bytes, here.bytes, bytes, (int)size);
}

static bool is_linked_on(struct vb_transmitter_node *node, uint8_t on)
{
    (void)xSemaphoreTake(node->lock, portMAX_DELAY);
    const bool linked = node->channel.search.home == on && node->channel.search.channel == on;
    (void)xSemaphoreGive(node->lock);
    return linked;
}

static void wait_for_link(struct vb_transmitter_node *node, uint8_t on)
{
    for (unsigned waited_ms = 0; !is_linked_on(node, on); waited_ms += 20) {
        assert_true(waited_ms < 60000); /* some 3 s where nothing else runs */
        usleep(20000);
    }
}

/* Its task does not end: it is the last test. */
static void a_node_follows_the_access_point_of_its_receiver(void **state)
{
    static struct vb_transmitter_node node;
    const struct vb_metadata_values identity = {.device_type = "TRANSMITTER"};
    const struct vb_transmitter_node_config config = {.mac = here,
                                                      .interface = WIFI_IF_STA,
                                                      .nvs_partition = "nvs",
                                                      .identity = &identity,
                                                      .facts = {.start = VB_START_WATCHDOG},
                                                      .wifi = &wifi};
    static const struct vb_wifi_network none = {.country = "AT"};
    (void)state;
    access_point = 7;
    host_radio_on_air(acknowledge);
    assert_int_equal(vb_wifi_start(&wifi, &none, &here), ESP_OK);
    assert_int_equal(vb_transmitter_node_start(&node, &config), ESP_OK);
    wait_for_link(&node, 7);
    access_point = 13;
    wait_for_link(&node, 13);
    (void)xSemaphoreTake(node.lock, portMAX_DELAY);
    const struct vb_channel_report report =
        vb_channel_search_report(&node.channel.search, vb_idf_now_ms());
    (void)xSemaphoreGive(node.lock);
    assert_true(report.recoveries >= 1 && report.recovered_ms != VB_AGE_UNKNOWN);
    /* Its receiver hears of it. */
    for (unsigned waited_ms = 0; told_channel != 13 || told_recoveries != report.recoveries;
         waited_ms += 20) {
        assert_true(waited_ms < 60000);
        usleep(20000);
    }
    assert_int_equal(told_start, VB_START_WATCHDOG);
    assert_true(told_ms > 0);
    /* The task that waits for the flash has written it, or soon has. */
    struct vb_radio_channel next = {0};
    for (unsigned waited_ms = 0; next.search.channel != 13; waited_ms += 20) {
        assert_true(waited_ms < 60000);
        usleep(20000);
        vb_radio_channel_open(&next, 0, "nvs", &wifi);
    }
    assert_true(atomic_load(&answers) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_a_receiver_every_channel_is_asked, reset),
        cmocka_unit_test_setup(the_driver_is_not_asked_about_a_network_that_is_not_joined, reset),
        cmocka_unit_test_setup(the_channels_are_those_that_the_country_allows, reset),
        cmocka_unit_test_setup(where_a_receiver_is_heard_the_radio_stays, reset),
        cmocka_unit_test_setup(the_channel_of_a_network_that_is_joined_is_kept, reset),
        cmocka_unit_test_setup(while_the_driver_looks_for_the_network_the_radio_is_its_own, reset),
        cmocka_unit_test_setup(a_phone_at_the_access_point_is_not_left, reset),
        cmocka_unit_test_setup(an_open_access_point_stays_where_it_is_for_most_of_the_time, reset),
        cmocka_unit_test_setup(a_driver_that_does_not_even_begin_is_not_waited_for, reset),
        cmocka_unit_test_setup(a_radio_that_does_not_run_is_tried_now_and_then, reset),
        cmocka_unit_test_setup(the_next_start_begins_where_the_last_one_ended, reset),
        cmocka_unit_test_setup(where_nothing_can_be_kept_it_is_searched_all_the_same, reset),
        cmocka_unit_test_setup(facts_are_of_the_channel_where_a_receiver_was_heard, reset),
        cmocka_unit_test_setup(a_node_follows_the_access_point_of_its_receiver, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
