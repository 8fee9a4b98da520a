/* The link between two processes of one machine: over an inherited descriptor, over a path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../fixtures/scratch_dir.h"
#include "linux/link/linux_link.h"

enum { FRAMES_MANY = 10000 };

static const struct vb_mac tx_mac = {{2, 0, 0, 0, 0, 1}};
static const struct vb_mac rx_mac = {{2, 0, 0, 0, 0, 2}};
static const uint8_t hello[] = {0xc1, 0x01, 'h', 'e', 'l', 'l', 'o'};

static char dir[] = "/tmp/voltbeacon-pipe-XXXXXX";

static bool open_end(struct vb_linux_link *link, const char *text, enum vb_link_side side)
{
    char error[256];
    const struct vb_linux_link_options how = {
        .text = text, .side = side, .mac = side == VB_LINK_TRANSMITTER ? tx_mac : rx_mac};
    return vb_linux_link_open(link, &how, error, sizeof error);
}

static enum vb_link_sent send_to(struct vb_linux_link *link, const struct vb_mac *dst)
{
    return link->port.send(link->port.ctx, dst, hello, sizeof hello);
}

static bool hears(struct vb_linux_link *link, struct vb_link_frame *frame)
{
    static uint8_t bytes[VB_FRAME_BYTES_MAX];
    return vb_linux_link_receive(link, frame, bytes);
}

/* Each in turn says something to the other, to it alone and to all. */
static void assert_a_conversation(struct vb_linux_link *tx, struct vb_linux_link *rx)
{
    struct vb_link_frame frame;
    assert_int_equal(send_to(tx, &vb_mac_broadcast), VB_LINK_DELIVERED);
    assert_true(hears(rx, &frame));
    assert_true(vb_mac_equal(&frame.src, &tx_mac));
    assert_true(vb_mac_equal(&frame.dst, &vb_mac_broadcast));
    assert_int_equal(frame.size, sizeof hello);
    assert_memory_equal(frame.bytes, hello, sizeof hello);
    assert_false(hears(rx, &frame));
    assert_int_equal(send_to(rx, &tx_mac), VB_LINK_DELIVERED);
    assert_true(hears(tx, &frame));
    assert_true(vb_mac_equal(&frame.dst, &tx_mac));
    assert_false(hears(tx, &frame));
}

static void over_a_descriptor(int type)
{
    int fds[2];
    char texts[2][32];
    struct vb_linux_link tx;
    struct vb_linux_link rx;
    struct vb_link_frame frame;
    assert_int_equal(socketpair(AF_UNIX, type, 0, fds), 0);
    for (unsigned i = 0; i < 2; i++)
        snprintf(texts[i], sizeof texts[i], "pipe:%d", fds[i]);
    assert_true(open_end(&tx, texts[0], VB_LINK_TRANSMITTER));
    assert_true(open_end(&rx, texts[1], VB_LINK_RECEIVER));
    assert_true(tx.port.stays_here);
    assert_true(vb_link_may_carry_secrets(&tx.port, false));
    assert_null(tx.port.learn);
    assert_a_conversation(&tx, &rx);
    vb_linux_link_close(&rx);
    assert_int_equal(send_to(&tx, &rx_mac), VB_LINK_LOST);
    assert_int_equal(tx.counters.send_failed, 1);
    assert_false(hears(&tx, &frame));
    vb_linux_link_close(&tx);
}

static void two_ends_of_a_pair_of_packets_hear_each_other_until_one_is_gone(void **state)
{
    (void)state;
    over_a_descriptor(SOCK_SEQPACKET);
}

static void two_ends_of_a_pair_of_datagrams_hear_each_other_until_one_is_gone(void **state)
{
    (void)state;
    over_a_descriptor(SOCK_DGRAM);
}

static void at_a_path_each_finds_the_other_whenever_it_appears(void **state)
{
    (void)state;
    char text[64];
    struct vb_linux_link tx;
    struct vb_linux_link rx;
    snprintf(text, sizeof text, "pipe:%s/link", dir);
    assert_true(open_end(&tx, text, VB_LINK_TRANSMITTER));
    assert_int_equal(send_to(&tx, &vb_mac_broadcast), VB_LINK_LOST);
    for (unsigned turn = 0; turn < 3; turn++) {
        assert_true(open_end(&rx, text, VB_LINK_RECEIVER));
        assert_a_conversation(&tx, &rx);
        vb_linux_link_close(&rx);
        assert_int_equal(send_to(&tx, &vb_mac_broadcast), VB_LINK_LOST);
    }
    vb_linux_link_close(&tx);
}

static void what_a_killed_daemon_left_behind_is_replaced(void **state)
{
    (void)state;
    char text[64];
    char left[64];
    struct vb_linux_link tx;
    struct vb_linux_link rx;
    snprintf(text, sizeof text, "pipe:%s/left", dir);
    snprintf(left, sizeof left, "%s/left.receiver", dir);
    FILE *file = fopen(left, "w");
    assert_non_null(file);
    fclose(file);
    assert_true(open_end(&tx, text, VB_LINK_TRANSMITTER));
    assert_true(open_end(&rx, text, VB_LINK_RECEIVER));
    assert_a_conversation(&tx, &rx);
    vb_linux_link_close(&rx);
    vb_linux_link_close(&tx);
    assert_int_not_equal(access(left, F_OK), 0); /* nothing is left behind this time */
}

/* Otherwise the first would hear nothing any more, and never learn why. */
static void a_second_one_at_an_end_is_refused_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        enum vb_link_side side;
        const char *why;
    } ends[] = {{VB_LINK_TRANSMITTER, "a transmitter is at this end already"},
                {VB_LINK_RECEIVER, "a receiver is at this end already"}};
    char text[64];
    struct vb_linux_link tx;
    struct vb_linux_link rx;
    snprintf(text, sizeof text, "pipe:%s/taken", dir);
    assert_true(open_end(&tx, text, VB_LINK_TRANSMITTER));
    assert_true(open_end(&rx, text, VB_LINK_RECEIVER));
    for (size_t i = 0; i < VB_COUNT_OF(ends); i++) {
        struct vb_linux_link second;
        char error[512] = "";
        const struct vb_linux_link_options how = {
            .text = text, .side = ends[i].side, .mac = tx_mac};
        assert_false(vb_linux_link_open(&second, &how, error, sizeof error));
        assert_non_null(strstr(error, ends[i].why));
    }
    assert_a_conversation(&tx, &rx);
    vb_linux_link_close(&rx);
    vb_linux_link_close(&tx);
}

static void one_that_does_not_read_is_not_called_lost(void **state)
{
    (void)state;
    char text[64];
    struct vb_linux_link tx;
    struct vb_linux_link rx;
    snprintf(text, sizeof text, "pipe:%s/full", dir);
    assert_true(open_end(&tx, text, VB_LINK_TRANSMITTER));
    assert_true(open_end(&rx, text, VB_LINK_RECEIVER));
    enum vb_link_sent sent = VB_LINK_DELIVERED;
    unsigned count = 0;
    while (sent == VB_LINK_DELIVERED && count++ < FRAMES_MANY)
        sent = send_to(&tx, &rx_mac);
    assert_int_equal(sent, VB_LINK_REFUSED);
    vb_linux_link_close(&rx);
    vb_linux_link_close(&tx);
}

static void a_descriptor_that_is_not_a_pipe_end_is_refused_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {
        {"pipe", "name a descriptor or a path"},
        {"pipe:", "name a descriptor or a path"},
        {"pipe:99999", "not a datagram or packet socket"},
        {"pipe:0", "not a datagram or packet socket"},
        {"pipe:/nowhere/at/all", "No such file"},
        {"pipe:/a/path/that/is/longer/than/the/hundred/and/eight/bytes/that/a/unix/socket/has/for/"
         "its/name/in/the/file/system",
         "too long"},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        struct vb_linux_link link;
        char error[512] = "";
        const struct vb_linux_link_options how = {
            .text = cases[i].text, .side = VB_LINK_RECEIVER, .mac = rx_mac};
        assert_false(vb_linux_link_open(&link, &how, error, sizeof error));
        if (strstr(error, cases[i].why) == NULL)
            fail_msg("%s: %s", cases[i].text, error);
    }
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) != NULL ? 0 : -1;
}

static int drop_dir(void **state)
{
    (void)state;
    return scratch_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_ends_of_a_pair_of_packets_hear_each_other_until_one_is_gone),
        cmocka_unit_test(two_ends_of_a_pair_of_datagrams_hear_each_other_until_one_is_gone),
        cmocka_unit_test(at_a_path_each_finds_the_other_whenever_it_appears),
        cmocka_unit_test(what_a_killed_daemon_left_behind_is_replaced),
        cmocka_unit_test(a_second_one_at_an_end_is_refused_with_the_reason),
        cmocka_unit_test(one_that_does_not_read_is_not_called_lost),
        cmocka_unit_test(a_descriptor_that_is_not_a_pipe_end_is_refused_with_the_reason),
    };
    return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
