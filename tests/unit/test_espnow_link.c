/* The link over ESP-NOW, on interfaces that are none: who hears what, what is said of an interface
 * that cannot be used, what happens when it goes and comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "../fixtures/tap_radio.h"
#include "linux/link/espnow_link.h"
#include "linux/link/monitor_interface.h"
#include "linux/system/cause.h"
#include "voltbeacon/core/crc.h"

enum { STATUS_SIZE = 4096, NOBODY = 65534 };

static const char name[] = "vbmon0";
static const struct vb_mac our_mac = {{2, 0, 0, 0, 0, 1}};
static const struct vb_mac esp_mac = {{0xa0, 0xf2, 0x62, 0x85, 0xa8, 0x7c}};
static const struct vb_mac other_mac = {{2, 0, 0, 0, 0, 9}};
static const uint8_t hello[] = {0xc1, 0x01, 'h', 'e', 'l', 'l', 'o'};

static bool alone; /* in a network of our own, where interfaces can be made */

struct bench {
    struct tap_radio radio;
    struct vb_linux_link link;
    struct vb_espnow_head head; /* of what an ESP32 sends next */
    uint8_t bytes[VB_FRAME_BYTES_MAX];
};

static bool open_link(struct vb_linux_link *link, const char *text, char error[256])
{
    const struct vb_linux_link_options how = {
        .text = text, .side = VB_LINK_RECEIVER, .mac = our_mac, .open = true};
    error[0] = '\0';
    return vb_linux_link_open(link, &how, error, 256);
}

/* Where no interface can be made the test is skipped, and says so. */
static void make_radio(struct tap_radio *radio, bool monitor)
{
    if (alone && tap_open(radio, name, monitor))
        return;
    print_message("skipped: this user may not make interfaces\n");
    skip();
}

static struct bench *start(const char *options)
{
    static struct bench bench;
    char text[64];
    char error[256];
    bench = (struct bench){.head = {.dst = vb_mac_broadcast,
                                    .src = esp_mac,
                                    .addr3 = vb_mac_broadcast,
                                    .sequence = 100,
                                    .version = 2}};
    make_radio(&bench.radio, true);
    assert_true(tap_set_up(name, true));
    snprintf(text, sizeof text, "espnow:%s%s", name, options);
    if (!open_link(&bench.link, text, error))
        fail_msg("%s", error);
    return &bench;
}

static void stop(struct bench *bench)
{
    vb_linux_link_close(&bench->link);
    tap_close(&bench->radio);
}

/* An ESP32 sends a body, with an FCS that is wrong by `damage`; each with the next number. */
static void say(struct bench *bench, const uint8_t *body, size_t size, uint8_t damage)
{
    static uint8_t frame[VB_ESPNOW_FRAME_BYTES_MAX];
    const size_t whole = vb_espnow_build(&bench->head, body, size, true, frame, sizeof frame);
    frame[whole - 1] ^= damage;
    assert_true(tap_hear(&bench->radio, frame, whole, -61));
    bench->head.sequence++;
}

/* The next frame that the link lets through. What was said before it has been dealt with then. */
static struct vb_link_frame next(struct bench *bench)
{
    struct vb_link_frame frame;
    struct pollfd readable = {.fd = bench->link.fds[0], .events = POLLIN};
    do {
        assert_int_equal(poll(&readable, 1, TAP_WAIT_MS), 1);
    } while (!vb_linux_link_receive(&bench->link, &frame, bench->bytes));
    return frame;
}

static uint64_t dropped(const struct bench *bench, enum vb_link_drop drop)
{
    return bench->link.counters.dropped[drop];
}

/* Of what was said nothing was let through: the next that is heard is what is said now. */
static void assert_nothing_before(struct bench *bench, uint8_t mark)
{
    bench->head = (struct vb_espnow_head){.dst = vb_mac_broadcast,
                                          .src = esp_mac,
                                          .addr3 = vb_mac_broadcast,
                                          .sequence = (uint16_t)(3000 + mark),
                                          .version = 1};
    say(bench, &mark, 1, 0);
    const struct vb_link_frame frame = next(bench);
    assert_int_equal(frame.size, 1);
    assert_int_equal(frame.bytes[0], mark);
}

/* == Options ================================================================================= */

static void a_bad_interface_or_option_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"", "name the Wi-Fi interface"},
        {"rate=1", "name the Wi-Fi interface"},
        {"an-interface-name", "longer than an interface's name"},
        {"wlan1,", "unknown key \"\""},
        {"wlan1,speed=1", "unknown key \"speed\""},
        {"wlan1,rate", "unknown key \"rate\""},
        {"wlan1,rate=", "rate is \"\""},
        {"wlan1,rate=3", "rate is \"3\", it must be one of 1, 2, 5.5"},
        {"wlan1,rate=01", "rate is \"01\""},
        {"wlan1,channel=0", "channel is \"0\", it must be 1 to 196"},
        {"wlan1,channel=197", "channel is \"197\""},
        {"wlan1,channel=6x", "channel is \"6x\""},
        {"wlan1,channel=99999999999999999999", "channel is"},
        {"wlan1,rate=1,rate=1,rate=1,rate=1,rate=1,rate=1,rate=1,rate=1,rate=1", "longer than 63"},
    };
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++) {
        struct vb_espnow_options options;
        char error[256] = "";
        assert_false(vb_espnow_options_parse(rows[i].text, &options, error, sizeof error));
        if (strstr(error, rows[i].says) == NULL)
            fail_msg("%s: %s", rows[i].text, error);
    }
}

static void options_are_read(void **state)
{
    (void)state;
    struct vb_espnow_options options;
    char error[256];
    assert_true(vb_espnow_options_parse("wlan1", &options, error, sizeof error));
    assert_string_equal(options.interface, "wlan1");
    assert_int_equal(options.rate_500kbps, 2);
    assert_int_equal(options.channel, 0);
    assert_true(vb_espnow_options_parse("wlx00c0caab1234,channel=11,rate=5.5", &options, error,
                                        sizeof error));
    assert_string_equal(options.interface, "wlx00c0caab1234");
    assert_int_equal(options.rate_500kbps, 11);
    assert_int_equal(options.channel, 11);
}

/* == What cannot be opened =================================================================== */

static void assert_refused(const char *text, const char *expected, enum vb_cause cause)
{
    struct vb_linux_link link;
    char error[256];
    assert_false(open_link(&link, text, error));
    assert_string_equal(error, expected);
    assert_int_equal(vb_cause_take(), cause);
}

static void without_the_users_word_nobody_else_may_hear_it(void **state)
{
    (void)state;
    struct vb_linux_link link;
    char error[256];
    const struct vb_linux_link_options how = {.text = "espnow:vbmon0", .mac = our_mac};
    assert_false(vb_linux_link_open(&link, &how, error, sizeof error));
    assert_non_null(strstr(error, "--insecure-open-link"));
    assert_int_equal(vb_cause_take(), VB_CAUSE_USAGE);
}

static void an_interface_that_cannot_be_used_says_the_command_that_mends_it(void **state)
{
    (void)state;
    struct tap_radio radio;
    assert_refused("espnow:vbmon0",
                   "there is no interface vbmon0: plug it in; \"ip link\" lists all interfaces",
                   VB_CAUSE_UNAVAILABLE);
    make_radio(&radio, false);
    assert_refused("espnow:vbmon0",
                   "vbmon0 is not in monitor mode: \"ip link set vbmon0 down; iw dev vbmon0 set "
                   "type monitor; ip link set vbmon0 up\"",
                   VB_CAUSE_UNAVAILABLE);
    tap_close(&radio);
    make_radio(&radio, true);
    assert_refused("espnow:vbmon0", "vbmon0 is down: \"ip link set vbmon0 up\"",
                   VB_CAUSE_UNAVAILABLE);
    assert_true(tap_set_mtu(name, 300));
    assert_refused("espnow:vbmon0",
                   "vbmon0 cannot send whole frames: \"ip link set vbmon0 mtu 1500\"",
                   VB_CAUSE_UNAVAILABLE);
    tap_close(&radio);
}

static void a_user_who_may_not_says_what_lets_him(void **state)
{
    (void)state;
    struct tap_radio radio;
    struct vb_linux_link link;
    char error[256];
    make_radio(&radio, true);
    assert_true(tap_set_up(name, true));
    if (seteuid(NOBODY) != 0) {
        tap_close(&radio);
        print_message("skipped: there is no other user\n");
        skip();
    }
    const bool opened = open_link(&link, "espnow:vbmon0", error);
    assert_int_equal(seteuid(0), 0);
    tap_close(&radio);
    assert_false(opened);
    assert_non_null(strstr(error, "this user may not listen and send on vbmon0"));
    assert_non_null(strstr(error, "\"setcap cap_net_raw+ep /"));
    assert_int_equal(vb_cause_take(), VB_CAUSE_NO_PERMISSION);
}

/* Scopes have room for a name of 15 characters. */
static void the_text_about_an_interface_fits_where_it_is_shown(void **state)
{
    (void)state;
    for (int monitor = VB_MONITOR_MISSING; monitor <= VB_MONITOR_DOWN; monitor++) {
        char text[256];
        vb_monitor_say((enum vb_monitor_state)monitor, "wlx00c0caab1234", text, sizeof text);
        assert_in_range(strlen(text), 20, VB_LINK_SCOPE_SIZE - sizeof "nowhere: ");
    }
}

/* == Sent ==================================================================================== */

static void assert_sent(struct bench *bench, const struct vb_mac *dst, const uint8_t *body,
                        size_t size, struct vb_espnow_frame *frame)
{
    static uint8_t packet[TAP_PACKET_BYTES_MAX];
    struct vb_linux_link *link = &bench->link;
    assert_int_equal(link->port.send(link->port.ctx, dst, body, size), VB_LINK_SENT);
    const size_t sent = tap_sent(&bench->radio, packet);
    assert_int_equal(sent, 12 + 32 + 7 + size);
    assert_memory_equal(packet, "\x00\x00\x0c\x00\x04\x80\x00\x00\x02\x00\x18\x00", 12);
    assert_int_equal(vb_espnow_parse(packet + 12, sent - 12, false, frame), VB_ESPNOW_OK);
    assert_int_equal(frame->body_size, size);
    assert_memory_equal(frame->pieces[0].bytes, body, size);
}

static void a_frame_goes_out_with_this_devices_address_and_the_next_number(void **state)
{
    (void)state;
    struct bench *bench = start("");
    struct vb_espnow_frame first;
    struct vb_espnow_frame second;
    assert_int_equal(bench->link.port.frame_bytes_max, 250);
    assert_false(bench->link.port.stays_here);
    assert_string_equal(bench->link.place, "vbmon0 at 1 Mb/s");
    assert_string_equal(bench->link.scope, "on the air, by vbmon0");
    assert_sent(bench, &vb_mac_broadcast, hello, sizeof hello, &first);
    assert_true(vb_mac_equal(&first.head.src, &our_mac));
    assert_true(vb_mac_equal(&first.head.dst, &vb_mac_broadcast));
    assert_true(vb_mac_equal(&first.head.addr3, &vb_mac_broadcast));
    assert_int_equal(first.head.version, 1);
    assert_sent(bench, &esp_mac, hello, sizeof hello, &second);
    assert_true(vb_mac_equal(&second.head.dst, &esp_mac));
    assert_int_equal(second.head.sequence, (first.head.sequence + 1) % 4096);
    assert_int_not_equal(second.head.random, first.head.random);
    /* Nothing of that comes back. */
    assert_nothing_before(bench, 1);
    assert_int_equal(bench->link.counters.sent.all.frames, 2);
    stop(bench);
}

static void a_frame_of_every_size_goes_out_and_is_heard(void **state)
{
    (void)state;
    struct bench *bench = start("");
    uint8_t body[VB_FRAME_BYTES_MAX];
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (uint8_t)(i * 3 + 1);
    for (size_t size = 1; size <= sizeof body; size++) {
        struct vb_espnow_frame sent;
        assert_sent(bench, &vb_mac_broadcast, body, size, &sent);
        say(bench, body, size, 0);
        const struct vb_link_frame heard = next(bench);
        assert_int_equal(heard.size, size);
        assert_memory_equal(heard.bytes, body, size);
    }
    stop(bench);
}

static void the_rate_is_the_users(void **state)
{
    (void)state;
    struct bench *bench = start(",rate=5.5");
    uint8_t packet[TAP_PACKET_BYTES_MAX];
    struct vb_linux_link *link = &bench->link;
    assert_string_equal(link->place, "vbmon0 at 5.5 Mb/s");
    assert_int_equal(link->port.send(link->port.ctx, &esp_mac, hello, sizeof hello), VB_LINK_SENT);
    assert_true(tap_sent(&bench->radio, packet) > 0);
    assert_int_equal(packet[8], 11);
    stop(bench);
}

/* == Heard =================================================================================== */

static void a_frame_says_who_sent_it_to_whom_and_how_strong_it_was(void **state)
{
    (void)state;
    struct bench *bench = start("");
    say(bench, hello, sizeof hello, 0);
    struct vb_link_frame frame = next(bench);
    assert_true(vb_mac_equal(&frame.src, &esp_mac));
    assert_true(vb_mac_equal(&frame.dst, &vb_mac_broadcast));
    assert_int_equal(frame.rssi_dbm, -61);
    assert_int_equal(frame.size, sizeof hello);
    assert_memory_equal(frame.bytes, hello, sizeof hello);
    bench->head.dst = our_mac;
    say(bench, hello, sizeof hello, 0);
    frame = next(bench);
    assert_true(vb_mac_equal(&frame.dst, &our_mac));
    assert_int_equal(bench->link.counters.received.all.frames, 2);
    stop(bench);
}

static void what_does_not_concern_this_device_is_counted(void **state)
{
    (void)state;
    struct bench *bench = start("");
    const struct vb_espnow_head usual = bench->head;
    bench->head.dst = other_mac;
    say(bench, hello, sizeof hello, 0);
    bench->head = usual;
    bench->head.src = our_mac; /* as an interface gives back what it has sent */
    say(bench, hello, sizeof hello, 0);
    bench->head = usual;
    bench->head.src.bytes[0] |= 1;
    say(bench, hello, sizeof hello, 0);
    bench->head = usual;
    say(bench, hello, sizeof hello, 0x40);
    say(bench, NULL, 0, 0);
    static const uint8_t large[600];
    say(bench, large, sizeof large, 0);
    assert_nothing_before(bench, 7);
    assert_int_equal(dropped(bench, VB_LINK_DROP_FOREIGN), 1);
    assert_int_equal(dropped(bench, VB_LINK_DROP_OWN), 1);
    assert_int_equal(dropped(bench, VB_LINK_DROP_SENDER), 1);
    assert_int_equal(dropped(bench, VB_LINK_DROP_DAMAGED), 1);
    assert_int_equal(dropped(bench, VB_LINK_DROP_SHORT), 1);
    assert_int_equal(dropped(bench, VB_LINK_DROP_LONG), 1);
    stop(bench);
}

/* What the kernel keeps away is not even counted; what it cannot tell apart is. */
static void what_is_no_frame_of_esp_now_is_kept_away(void **state)
{
    (void)state;
    struct bench *bench = start("");
    uint8_t frame[VB_ESPNOW_FRAME_BYTES_MAX];
    static const struct {
        uint8_t at;
        uint8_t value;
        bool is_counted;
    } rows[] = {{0, 0x80, false}, {0, 0xb0, false},  {24, 4, false}, {25, 0, false},
                {27, 0, false},   {32, 0xdc, false}, {37, 5, true},  {38, 3, true},
                {33, 3, true},    {33, 255, true}};
    uint64_t counted = 0;
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++) {
        const size_t size =
            vb_espnow_build(&bench->head, hello, sizeof hello, false, frame, sizeof frame);
        frame[rows[i].at] = rows[i].value;
        const uint32_t fcs = vb_crc32(0, frame, size);
        for (unsigned k = 0; k < 4; k++)
            frame[size + k] = (uint8_t)(fcs >> 8 * k);
        assert_true(tap_hear(&bench->radio, frame, size + 4, -40));
        counted += rows[i].is_counted;
        assert_nothing_before(bench, (uint8_t)i);
        assert_int_equal(dropped(bench, VB_LINK_DROP_RADIO), counted);
    }
    stop(bench);
}

static void a_retry_of_what_came_is_passed_over_and_of_what_did_not_is_heard(void **state)
{
    (void)state;
    struct bench *bench = start("");
    say(bench, hello, 2, 0);
    bench->head.sequence--;
    bench->head.retry = true;
    say(bench, hello, 2, 0);
    bench->head.sequence--;
    say(bench, hello, 2, 0);
    say(bench, hello, 3, 0); /* the first of its number */
    assert_int_equal(next(bench).size, 2);
    assert_int_equal(next(bench).size, 3);
    assert_int_equal(dropped(bench, VB_LINK_DROP_RETRY), 2);
    /* The same number without that mark is another frame: numbers come round. */
    bench->head.sequence--;
    bench->head.retry = false;
    say(bench, hello, 4, 0);
    assert_int_equal(next(bench).size, 4);
    stop(bench);
}

static void retries_of_many_sources_are_kept_apart(void **state)
{
    (void)state;
    struct bench *bench = start("");
    for (unsigned round = 0; round < 2; round++) {
        for (uint8_t i = 0; i < VB_ESPNOW_SOURCES_MAX; i++) {
            bench->head.src = (struct vb_mac){{2, 0, 0, 0, 7, i}};
            bench->head.sequence = 50;
            bench->head.retry = round > 0;
            say(bench, hello, 2, 0);
            if (round == 0)
                assert_int_equal(next(bench).size, 2);
        }
    }
    assert_nothing_before(bench, 1); /* from one more, which takes the place of the first */
    assert_int_equal(dropped(bench, VB_LINK_DROP_RETRY), VB_ESPNOW_SOURCES_MAX);
    bench->head.src = (struct vb_mac){{2, 0, 0, 0, 7, 0}};
    bench->head.sequence = 50;
    bench->head.retry = true;
    say(bench, hello, 5, 0);
    assert_int_equal(next(bench).size, 5);
    stop(bench);
}

static void the_channel_and_the_signal_are_reported(void **state)
{
    (void)state;
    struct bench *bench = start(",channel=11");
    char text[STATUS_SIZE];
    assert_string_equal(bench->link.scope, "on the air, by vbmon0, on channel 11");
    assert_false(vb_linux_link_look(&bench->link));
    (void)vb_linux_link_status(&bench->link, text, 0, sizeof text);
    assert_null(strstr(text, "link_channel"));
    assert_null(strstr(text, "link_rssi_dbm"));
    say(bench, hello, 2, 0); /* on channel 6 */
    assert_int_equal(next(bench).size, 2);
    (void)vb_linux_link_status(&bench->link, text, 0, sizeof text);
    assert_non_null(strstr(text, "link_channel=6\n"));
    assert_non_null(strstr(text, "link_rssi_dbm=-61\n"));
    assert_true(vb_linux_link_look(&bench->link));
    assert_string_equal(bench->link.scope,
                        "on the air, by vbmon0, which is on channel 6 and not on 11: \"iw dev "
                        "vbmon0 set channel 11\"");
    assert_false(vb_linux_link_look(&bench->link));
    stop(bench);
}

/* == It goes and comes back ================================================================== */

static void assert_out(struct bench *bench, const char *scope)
{
    struct vb_linux_link *link = &bench->link;
    struct vb_link_frame frame;
    assert_true(vb_linux_link_look(link));
    assert_string_equal(link->scope, scope);
    assert_false(vb_linux_link_look(link)); /* said once */
    assert_false(vb_linux_link_receive(link, &frame, bench->bytes));
    assert_int_equal(link->port.send(link->port.ctx, &esp_mac, hello, sizeof hello),
                     VB_LINK_REFUSED);
    assert_int_equal(link->counters.send_failed, 1);
    link->counters.send_failed = 0;
}

static void assert_back(struct bench *bench, uint8_t mark)
{
    struct vb_espnow_frame sent;
    assert_true(vb_linux_link_look(&bench->link));
    assert_string_equal(bench->link.scope, "on the air, by vbmon0");
    assert_sent(bench, &esp_mac, hello, sizeof hello, &sent);
    assert_nothing_before(bench, mark);
}

static void an_interface_that_goes_down_says_so_and_comes_back(void **state)
{
    (void)state;
    struct bench *bench = start("");
    struct vb_linux_link *link = &bench->link;
    assert_true(tap_set_up(name, false));
    /* Before anybody has looked. */
    assert_int_equal(link->port.send(link->port.ctx, &esp_mac, hello, 2), VB_LINK_REFUSED);
    link->counters.send_failed = 0;
    assert_out(bench, "nowhere: vbmon0 is down: \"ip link set vbmon0 up\"");
    assert_true(tap_set_up(name, true));
    assert_back(bench, 1);
    stop(bench);
}

static void an_interface_that_is_unplugged_says_so_and_comes_back(void **state)
{
    (void)state;
    struct bench *bench = start("");
    tap_close(&bench->radio);
    assert_out(bench, "nowhere: there is no interface vbmon0: plug it in; \"ip link\" lists all "
                      "interfaces");
    /* Plugged in again it is an ordinary one at first, and down. */
    make_radio(&bench->radio, false);
    assert_out(bench, "nowhere: vbmon0 is not in monitor mode: \"ip link set vbmon0 down; iw dev "
                      "vbmon0 set type monitor; ip link set vbmon0 up\"");
    tap_close(&bench->radio);
    make_radio(&bench->radio, true);
    assert_out(bench, "nowhere: vbmon0 is down: \"ip link set vbmon0 up\"");
    assert_true(tap_set_up(name, true));
    assert_back(bench, 2);
    stop(bench);
}

static void an_interface_replaced_between_two_looks_is_heard(void **state)
{
    (void)state;
    struct bench *bench = start("");
    tap_close(&bench->radio);
    make_radio(&bench->radio, true);
    assert_true(tap_set_up(name, true));
    (void)vb_linux_link_look(&bench->link); /* all looks as before */
    assert_nothing_before(bench, 3);
    stop(bench);
}

static int own_network(void **state)
{
    (void)state;
    alone = tap_own_network();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_interface_or_option_is_named),
        cmocka_unit_test(options_are_read),
        cmocka_unit_test(without_the_users_word_nobody_else_may_hear_it),
        cmocka_unit_test(an_interface_that_cannot_be_used_says_the_command_that_mends_it),
        cmocka_unit_test(a_user_who_may_not_says_what_lets_him),
        cmocka_unit_test(the_text_about_an_interface_fits_where_it_is_shown),
        cmocka_unit_test(a_frame_goes_out_with_this_devices_address_and_the_next_number),
        cmocka_unit_test(a_frame_of_every_size_goes_out_and_is_heard),
        cmocka_unit_test(the_rate_is_the_users),
        cmocka_unit_test(a_frame_says_who_sent_it_to_whom_and_how_strong_it_was),
        cmocka_unit_test(what_does_not_concern_this_device_is_counted),
        cmocka_unit_test(what_is_no_frame_of_esp_now_is_kept_away),
        cmocka_unit_test(a_retry_of_what_came_is_passed_over_and_of_what_did_not_is_heard),
        cmocka_unit_test(retries_of_many_sources_are_kept_apart),
        cmocka_unit_test(the_channel_and_the_signal_are_reported),
        cmocka_unit_test(an_interface_that_goes_down_says_so_and_comes_back),
        cmocka_unit_test(an_interface_that_is_unplugged_says_so_and_comes_back),
        cmocka_unit_test(an_interface_replaced_between_two_looks_is_heard),
    };
    return cmocka_run_group_tests(tests, own_network, NULL);
}
