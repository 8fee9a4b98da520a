/* Captures in files: what is read is written again to the byte; what is cut, damaged, of another
 * kind, not there or not to be written is said; what cannot be listened to says what mends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fixtures/tap_radio.h"
#include "linux/capture/packet_capture.h"
#include "linux/system/cause.h"

enum { FILE_BYTES_MAX = 512, HEAD_BYTES = 24, PACKET_HEAD_BYTES = 16 };

/* Of link type 127: two packets of 3 and 2 bytes, the second of 5 on the air. */
static const uint8_t file_bytes[] = {
    0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,   4,  0,   127,
    0,    0,    0,    1,    0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0,   0,  'a', 'b',
    'c',  2,    0,    0,    0, 3, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 'd', 'e'};

static struct vb_capture *open_bytes(const uint8_t *bytes, size_t size,
                                     char error[VB_CAPTURE_ERROR_SIZE])
{
    static uint8_t copy[FILE_BYTES_MAX];
    assert_true(size <= sizeof copy);
    memcpy(copy, bytes, size);
    FILE *file = fmemopen(copy, size, "rb");
    assert_non_null(file);
    error[0] = '\0';
    return vb_capture_open_stream(file, "it", error);
}

static void packets_are_read_with_their_times_and_sizes(void **state)
{
    (void)state;
    char error[VB_CAPTURE_ERROR_SIZE];
    struct vb_sniff_packet packet;
    struct vb_capture *capture = open_bytes(file_bytes, sizeof file_bytes, error);
    assert_non_null(capture);
    assert_int_equal(vb_capture_link(capture), VB_SNIFF_RADIOTAP);
    assert_int_equal(vb_capture_next(capture, &packet, error), VB_CAPTURE_PACKET);
    assert_int_equal(packet.wall_us, 1000002);
    assert_int_equal(packet.size, 3);
    assert_int_equal(packet.size_on_air, 3);
    assert_memory_equal(packet.bytes, "abc", 3);
    assert_int_equal(vb_capture_next(capture, &packet, error), VB_CAPTURE_PACKET);
    assert_int_equal(packet.size, 2);
    assert_int_equal(packet.size_on_air, 5);
    assert_int_equal(vb_capture_next(capture, &packet, error), VB_CAPTURE_END);
    assert_int_equal(vb_capture_dropped(capture), 0);
    vb_capture_close(capture);
}

static void a_file_that_is_cut_is_read_as_far_as_it_goes(void **state)
{
    (void)state;
    const size_t first = HEAD_BYTES + PACKET_HEAD_BYTES + 3;
    for (size_t size = 1; size < sizeof file_bytes; size++) {
        char error[VB_CAPTURE_ERROR_SIZE];
        struct vb_sniff_packet packet;
        struct vb_capture *capture = open_bytes(file_bytes, size, error);
        if (size < HEAD_BYTES) {
            assert_null(capture);
            assert_non_null(strstr(error, "it is not a pcap or pcapng capture: "));
            assert_int_equal(vb_cause_take(), VB_CAUSE_DATA);
            continue;
        }
        assert_non_null(capture);
        size_t whole = 0;
        enum vb_capture_result result;
        while ((result = vb_capture_next(capture, &packet, error)) == VB_CAPTURE_PACKET)
            whole++;
        assert_int_equal(whole, size >= first ? 1 : 0);
        if (size == HEAD_BYTES || size == first)
            assert_int_equal(result, VB_CAPTURE_END);
        else
            assert_non_null(strstr(error, "truncated dump file"));
        vb_capture_close(capture);
    }
}

static void what_is_no_capture_or_of_another_kind_is_refused(void **state)
{
    (void)state;
    char error[VB_CAPTURE_ERROR_SIZE];
    uint8_t bytes[sizeof file_bytes];
    memcpy(bytes, file_bytes, sizeof bytes);
    bytes[20] = 195; /* IEEE 802.15.4 */
    assert_null(open_bytes(bytes, sizeof bytes, error));
    assert_non_null(strstr(error, "it has packets of link type IEEE802_15_4"));
    assert_int_equal(vb_cause_take(), VB_CAUSE_DATA);
    bytes[0] = 0;
    assert_null(open_bytes(bytes, sizeof bytes, error));
    assert_non_null(strstr(error, "it is not a pcap or pcapng capture"));
    assert_null(vb_capture_open_file("/nowhere/it", error));
    assert_string_equal(error, "/nowhere/it cannot be read: No such file or directory");
    assert_int_equal(vb_cause_take(), VB_CAUSE_NO_INPUT);
}

/* What is written is what was read, and is there once the file is closed. */
static void what_was_read_is_written_again_to_the_byte(void **state)
{
    (void)state;
    char folder[] = "/tmp/voltbeacon-capture-XXXXXX";
    char path[64];
    char error[VB_CAPTURE_ERROR_SIZE];
    uint8_t bytes[FILE_BYTES_MAX];
    struct vb_sniff_packet packet;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/it", folder);
    struct vb_capture *capture = open_bytes(file_bytes, sizeof file_bytes, error);
    struct vb_capture_file *file = vb_capture_write_to(capture, path, error);
    assert_non_null(file);
    while (vb_capture_next(capture, &packet, error) == VB_CAPTURE_PACKET)
        assert_true(vb_capture_write(file));
    assert_true(vb_capture_file_close(file));
    assert_null(vb_capture_write_to(capture, "/nowhere/it", error));
    assert_string_equal(error, "/nowhere/it cannot be written: No such file or directory");
    assert_int_equal(vb_cause_take(), VB_CAUSE_CANT_CREATE);
    vb_capture_close(capture);
    FILE *written = fopen(path, "rb");
    assert_non_null(written);
    assert_int_equal(fread(bytes, 1, sizeof bytes, written), sizeof file_bytes);
    assert_memory_equal(bytes, file_bytes, sizeof file_bytes);
    assert_int_equal(fclose(written), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void a_full_disk_is_noticed(void **state)
{
    (void)state;
    char error[VB_CAPTURE_ERROR_SIZE];
    struct vb_sniff_packet packet;
    struct vb_capture *capture = open_bytes(file_bytes, sizeof file_bytes, error);
    struct vb_capture_file *file = vb_capture_write_to(capture, "/dev/full", error);
    bool written = file != NULL;
    while (written && vb_capture_next(capture, &packet, error) == VB_CAPTURE_PACKET)
        written = vb_capture_write(file);
    if (file != NULL && !vb_capture_file_close(file))
        written = false;
    assert_false(written);
    vb_capture_close(capture);
}

/* == Live ==================================================================================== */

static void assert_not_heard(const char *link, const char *expected, enum vb_cause cause)
{
    char error[VB_CAPTURE_ERROR_SIZE];
    assert_null(vb_capture_open_live(link, error));
    if (strstr(error, expected) == NULL)
        fail_msg("%s: %s", link, error);
    assert_int_equal(vb_cause_take(), cause);
}

static void an_interface_that_cannot_be_listened_to_says_how_to_fix_it(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "foo",
                                        "espnow",
                                        "espnow:",
                                        "udpx",
                                        "pipe:x",
                                        "udp:port=5600",
                                        "espnow:wlan1,rate=1",
                                        "espnow:an-interface-name"};
    for (size_t i = 0; i < VB_COUNT_OF(wrong); i++)
        assert_not_heard(wrong[i], "use espnow:INTERFACE or udp[:INTERFACE]", VB_CAUSE_USAGE);
    assert_not_heard("espnow:vbnone0", "there is no interface vbnone0: plug it in",
                     VB_CAUSE_UNAVAILABLE);
    assert_not_heard("espnow:lo", "lo is not in monitor mode: \"ip link set lo down; iw dev lo",
                     VB_CAUSE_UNAVAILABLE);
}

static void what_is_heard_is_esp_now_and_nothing_else(void **state)
{
    (void)state;
    static const struct vb_espnow_head head = {.dst = {{255, 255, 255, 255, 255, 255}},
                                               .src = {{2, 0, 0, 0, 0, 1}},
                                               .sequence = 7,
                                               .version = 1};
    struct tap_radio radio;
    char error[VB_CAPTURE_ERROR_SIZE];
    uint8_t frame[VB_ESPNOW_FRAME_BYTES_MAX];
    struct vb_sniff_packet packet;
    if (!tap_own_network() || !tap_open(&radio, "vbmon0", true)) {
        print_message("skipped: this user may not make interfaces\n");
        skip();
    }
    assert_not_heard("espnow:vbmon0", "vbmon0 is down: \"ip link set vbmon0 up\"",
                     VB_CAUSE_UNAVAILABLE);
    assert_true(tap_set_up("vbmon0", true));
    struct vb_capture *capture = vb_capture_open_live("espnow:vbmon0", error);
    if (capture == NULL)
        fail_msg("%s", error);
    const size_t size = vb_espnow_build(&head, (const uint8_t *)"hi", 2, true, frame, sizeof frame);
    frame[0] = 0x80; /* a beacon of Wi-Fi */
    assert_true(tap_hear(&radio, frame, size, -40));
    frame[0] = 0xd0;
    assert_true(tap_hear(&radio, frame, size, -50));
    enum vb_capture_result result = VB_CAPTURE_NONE;
    for (int tries = 0; tries < 100 && result == VB_CAPTURE_NONE; tries++)
        result = vb_capture_next(capture, &packet, error);
    assert_int_equal(result, VB_CAPTURE_PACKET);
    assert_int_equal(packet.size, TAP_RX_HEADER_BYTES + size);
    assert_memory_equal(packet.bytes + TAP_RX_HEADER_BYTES, frame, size);
    assert_int_equal(vb_capture_next(capture, &packet, error), VB_CAPTURE_NONE);
    tap_close(&radio);
    result = VB_CAPTURE_NONE;
    for (int tries = 0; tries < 100 && result == VB_CAPTURE_NONE; tries++)
        result = vb_capture_next(capture, &packet, error);
    assert_int_equal(result, VB_CAPTURE_FAILED);
    assert_true(error[0] != '\0');
    vb_capture_close(capture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_read_with_their_times_and_sizes),
        cmocka_unit_test(a_file_that_is_cut_is_read_as_far_as_it_goes),
        cmocka_unit_test(what_is_no_capture_or_of_another_kind_is_refused),
        cmocka_unit_test(what_was_read_is_written_again_to_the_byte),
        cmocka_unit_test(a_full_disk_is_noticed),
        cmocka_unit_test(an_interface_that_cannot_be_listened_to_says_how_to_fix_it),
        cmocka_unit_test(what_is_heard_is_esp_now_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
