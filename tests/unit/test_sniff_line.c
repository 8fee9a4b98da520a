/* A capture in words: each kind of frame, on the air and by UDP; what is passed over, damaged, cut;
 * a secret is never printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sniff/sniff_line.h"
#include "voltbeacon/core/payload.h"
#include "voltbeacon/core/schema.h"
#include "voltbeacon/core/section.h"

enum { PACKET_BYTES_MAX = 2048, RADIOTAP_BYTES = 8, UDP_AT = 14 + 20 + 8 };

static const struct vb_mac garage = {{2, 0x56, 0x62, 0, 0xa1, 1}};
static const struct vb_mac cellar = {{2, 0x56, 0x62, 0, 0xb2, 2}};

struct bench {
    struct vb_sniff sniff;
    struct vb_sniff_text line;
    uint8_t bytes[PACKET_BYTES_MAX];
    struct vb_sniff_packet packet;
    uint8_t frame[VB_FRAME_BYTES_MAX];
    size_t frame_size;
    uint32_t seq;
};

static struct bench *start(enum vb_sniff_link link, bool verbose)
{
    static struct bench bench;
    memset(&bench, 0, sizeof bench);
    vb_sniff_init(&bench.sniff, link, verbose);
    return &bench;
}

/* == Packets ================================================================================= */

/* A frame of the link from src whose payload writer has written. */
static void make_frame(struct bench *bench, const struct vb_mac *src, uint8_t message,
                       const struct vb_writer *writer)
{
    assert_false(writer->failed);
    const struct vb_frame frame = {.message = message,
                                   .ack_wanted = message == VB_MESSAGE_BEACON,
                                   .epoch = 42,
                                   .seq = ++bench->seq,
                                   .payload_size = writer->at};
    bench->frame_size =
        vb_frame_finish(&vb_room_plain, &frame, src, &vb_mac_broadcast, bench->frame);
}

static struct vb_writer payload_of(struct bench *bench)
{
    return vb_writer_of(bench->frame + VB_FRAME_HEAD_BYTES, VB_PAYLOAD_BYTES_MAX);
}

/* On the air, with an FCS that is wrong by `damage`; `lost` bytes of its end were not captured. */
static bool hear(struct bench *bench, const struct vb_mac *src, const uint8_t *body, size_t size,
                 uint8_t damage, size_t lost)
{
    static const uint8_t radiotap[RADIOTAP_BYTES + 8] = {0,  0, 16,  0, 0x2e, 0, 0,    0,
                                                         16, 2, 133, 9, 0xa0, 0, 0xce, 0};
    const struct vb_espnow_head head = {
        .dst = vb_mac_broadcast, .src = *src, .sequence = 7, .version = 2};
    memcpy(bench->bytes, radiotap, sizeof radiotap);
    const size_t whole =
        sizeof radiotap + vb_espnow_build(&head, body, size, true, bench->bytes + sizeof radiotap,
                                          sizeof bench->bytes - sizeof radiotap);
    bench->bytes[whole - 1] ^= damage;
    bench->packet =
        (struct vb_sniff_packet){.bytes = bench->bytes, .size = whole - lost, .size_on_air = whole};
    return vb_sniff_line(&bench->sniff, &bench->packet, &bench->line);
}

/* By UDP, behind Ethernet's header, of 192.168.1.7:4000 to 192.168.1.255:5600. */
static size_t make_datagram(struct bench *bench, const struct vb_mac *src)
{
    static const uint8_t head[UDP_AT] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0,   0,    0,
                                         1,    0x08, 0x00, 0x45, 0,    0,    0, 0, 0,   0x40, 0,
                                         64,   17,   0,    0,    192,  168,  1, 7, 192, 168,  1,
                                         255,  0x0f, 0xa0, 0x15, 0xe0, 0,    0, 0, 0};
    const size_t size = bench->frame_size + 12;
    memcpy(bench->bytes, head, sizeof head);
    bench->bytes[16] = (uint8_t)((28 + size) >> 8);
    bench->bytes[17] = (uint8_t)(28 + size);
    bench->bytes[38] = (uint8_t)((8 + size) >> 8);
    bench->bytes[39] = (uint8_t)(8 + size);
    memcpy(bench->bytes + UDP_AT, src->bytes, VB_MAC_BYTES);
    memcpy(bench->bytes + UDP_AT + 6, vb_mac_broadcast.bytes, VB_MAC_BYTES);
    memcpy(bench->bytes + UDP_AT + 12, bench->frame, bench->frame_size);
    return UDP_AT + size;
}

static bool take(struct bench *bench, size_t size, size_t size_on_air)
{
    bench->packet =
        (struct vb_sniff_packet){.bytes = bench->bytes, .size = size, .size_on_air = size_on_air};
    return vb_sniff_line(&bench->sniff, &bench->packet, &bench->line);
}

static void assert_says(const struct bench *bench, const char *words)
{
    if (strstr(bench->line.text, words) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", words, bench->line.text);
}

static void assert_heard(struct bench *bench, const struct vb_mac *src, uint8_t message,
                         const struct vb_writer *writer, const char *words)
{
    make_frame(bench, src, message, writer);
    assert_true(hear(bench, src, bench->frame, bench->frame_size, 0, 0));
    assert_says(bench, words);
}

static void make_hello(struct bench *bench, const struct vb_mac *src)
{
    struct vb_writer writer = payload_of(bench);
    vb_write_u32(&writer, 0x5a);
    vb_write_varint(&writer, 12);
    make_frame(bench, src, VB_MESSAGE_HELLO, &writer);
}

/* == Around a frame ========================================================================== */

static void a_line_says_who_to_whom_and_how_it_came(void **state)
{
    (void)state;
    struct bench *bench = start(VB_SNIFF_RADIOTAP, false);
    make_hello(bench, &cellar);
    assert_true(hear(bench, &cellar, bench->frame, bench->frame_size, 0, 0));
    assert_string_equal(bench->line.text,
                        "02:56:62:00:b2:02 > ff:ff:ff:ff:ff:ff, channel 6, -50 dBm, 1 Mb/s, espnow "
                        "2 number 7: voltbeacon hello 0000005a, up 12 s (epoch 42, seq 1, 17 "
                        "bytes)");
    assert_int_equal(bench->sniff.counts.ours, 1);
}

static void a_datagram_says_its_addresses(void **state)
{
    (void)state;
    struct bench *bench = start(VB_SNIFF_ETHERNET, false);
    make_hello(bench, &cellar);
    const size_t size = make_datagram(bench, &cellar);
    assert_true(take(bench, size, size));
    assert_says(bench, "02:56:62:00:b2:02 > ff:ff:ff:ff:ff:ff, udp 192.168.1.7:4000 > "
                       "192.168.1.255:5600: voltbeacon hello 0000005a");
    /* Of one of which the capture has the beginning alone. */
    assert_true(take(bench, size - 5, size));
    assert_says(bench, "voltbeacon frame of which 12 bytes were captured");
    for (size_t less = 0; less <= UDP_AT + 12; less++)
        assert_false(take(bench, less, size));
}

static void what_linux_puts_before_a_datagram_is_passed_over(void **state)
{
    (void)state;
    static const struct {
        enum vb_sniff_link link;
        uint8_t head[20];
        size_t size;
        bool shown;
    } rows[] = {
        {VB_SNIFF_RAW_IP, {0}, 0, true},
        {VB_SNIFF_LINUX_ANY, {0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0}, 16, true},
        {VB_SNIFF_LINUX_ANY, {0, 0, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0}, 16, true},
        {VB_SNIFF_LINUX_ANY, {0, 4, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0}, 16, false},
        {VB_SNIFF_LINUX_ANY, {0, 4, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0}, 16, true},
        {VB_SNIFF_LINUX_ANY, {0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0x86, 0xdd}, 16, false},
        {VB_SNIFF_LINUX_ANY_2, {8, 0, 0, 0, 0, 0, 0, 1, 3, 4, 0, 6}, 20, true},
        {VB_SNIFF_LINUX_ANY_2, {8, 0, 0, 0, 0, 0, 0, 1, 3, 4, 4, 6}, 20, false},
        {VB_SNIFF_LINUX_ANY_2, {8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 4, 6}, 20, true},
    };
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++) {
        struct bench *bench = start(rows[i].link, false);
        uint8_t ip[PACKET_BYTES_MAX];
        make_hello(bench, &cellar);
        const size_t size = make_datagram(bench, &cellar) - 14;
        memcpy(ip, bench->bytes + 14, size);
        memcpy(bench->bytes, rows[i].head, rows[i].size);
        memcpy(bench->bytes + rows[i].size, ip, size);
        const size_t whole = rows[i].size + size;
        if (take(bench, whole, whole) != rows[i].shown)
            fail_msg("row %zu", i);
    }
}

static void a_datagram_that_is_no_frame_is_skipped(void **state)
{
    (void)state;
    static const struct {
        uint8_t at;
        uint8_t value;
    } rows[] = {{12, 0x86}, {14, 0x65}, {14, 0x44}, {20, 0x20}, {21, 1},
                {23, 6},    {39, 7},    {38, 9},    {17, 20},   {UDP_AT + 12, 0xc2}};
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++) {
        struct bench *bench = start(VB_SNIFF_ETHERNET, false);
        make_hello(bench, &cellar);
        const size_t size = make_datagram(bench, &cellar);
        bench->bytes[rows[i].at] = rows[i].value;
        if (take(bench, size, size))
            fail_msg("row %zu: %s", i, bench->line.text);
        assert_int_equal(bench->sniff.counts.packets, 1);
        assert_int_equal(bench->sniff.counts.shown, 0);
    }
}

static void other_and_damaged_frames_are_reported_as_such(void **state)
{
    (void)state;
    struct bench *bench = start(VB_SNIFF_RADIOTAP, false);
    static const uint8_t other[] = {1, 2, 3};
    assert_true(hear(bench, &garage, other, sizeof other, 0, 0));
    assert_says(bench, ": 3 bytes of something else");
    assert_true(hear(bench, &garage, other, 0, 0, 0));
    assert_says(bench, ": 0 bytes of something else");
    assert_true(hear(bench, &garage, other, sizeof other, 0x10, 0));
    assert_says(bench, "espnow number 7: a frame that was damaged on its way");
    assert_true(hear(bench, &garage, other, sizeof other, 0, 5));
    assert_says(bench, "a frame that ends before its last element does");
    /* With its FCS alone left out nothing is missing. */
    assert_true(hear(bench, &garage, other, sizeof other, 0, 4));
    assert_says(bench, ": 3 bytes of something else");
    bench->bytes[16] = 0x80; /* a beacon of Wi-Fi */
    assert_false(vb_sniff_line(&bench->sniff, &bench->packet, &bench->line));
    assert_int_equal(bench->sniff.counts.foreign, 3);
    assert_int_equal(bench->sniff.counts.damaged, 2);
    assert_int_equal(bench->sniff.counts.packets, 6);
    assert_int_equal(bench->sniff.counts.shown, 5);
}

static void one_source_is_distinguished_from_the_others(void **state)
{
    (void)state;
    struct bench *bench = start(VB_SNIFF_RADIOTAP, false);
    bench->sniff.of_source = true;
    bench->sniff.source = garage;
    make_hello(bench, &cellar);
    assert_false(hear(bench, &cellar, bench->frame, bench->frame_size, 0, 0));
    make_hello(bench, &garage);
    assert_true(hear(bench, &garage, bench->frame, bench->frame_size, 0, 0));
}

/* == What frames say ========================================================================= */

static void a_frame_that_cannot_be_read_says_why(void **state)
{
    (void)state;
    struct bench *bench = start(VB_SNIFF_RADIOTAP, false);
    make_hello(bench, &cellar);
    bench->frame[9] ^= 1;
    assert_true(hear(bench, &cellar, bench->frame, bench->frame_size, 0, 0));
    assert_says(bench, "voltbeacon frame of 17 bytes that fails its integrity check");
    bench->frame[1] |= 0x80;
    assert_true(hear(bench, &cellar, bench->frame, bench->frame_size, 0, 0));
    assert_says(bench, "that is sealed, or of a later version");
    assert_true(hear(bench, &cellar, bench->frame, 5, 0, 0));
    assert_says(bench, "voltbeacon frame of 5 bytes that ends before its last field");
    struct vb_writer writer = payload_of(bench);
    vb_write_u8(&writer, 1);
    assert_heard(bench, &cellar, VB_MESSAGE_HELLO, &writer,
                 "voltbeacon hello that ends before its last field (epoch 42");
    assert_heard(bench, &cellar, 30, &writer, "voltbeacon unknown message that is of a kind");
}

static void a_beacon_says_its_state_and_what_has_changed(void **state)
{
    (void)state;
    struct bench *bench = start(VB_SNIFF_RADIOTAP, false);
    static const uint8_t port[] = {3, 2, 0xb3, 0x22};
    uint8_t records[64];
    struct vb_writer inlined = vb_writer_of(records, sizeof records);
    vb_record_write(&inlined, &(struct vb_record){.id = VB_SECTION_MQTT,
                                                  .form = VB_RECORD_DELTA,
                                                  .version = 8,
                                                  .base_version = 7,
                                                  .bytes = port,
                                                  .size = sizeof port});
    assert_false(inlined.failed);
    struct vb_writer writer = payload_of(bench);
    vb_beacon_write(&writer, &(struct vb_beacon){.store_id = 0x1234,
                                                 .boot = 0x7b0a3c91,
                                                 .digest = 0x3302c12a,
                                                 .uptime_s = 43,
                                                 .runtime = {.flags = VB_RUNTIME_SOURCE_OK |
                                                                      VB_RUNTIME_IP_KNOWN |
                                                                      VB_RUNTIME_MQTT_FAULT,
                                                             .ip = {192, 168, 1, 7},
                                                             .mqtt_fault = 3},
                                                 .number = 9,
                                                 .mark_count = 2,
                                                 .marks = {9, 2},
                                                 .records = records,
                                                 .records_size = inlined.at});
    assert_heard(bench, &garage, VB_MESSAGE_BEACON, &writer,
                 "voltbeacon beacon 9, boot 7b0a3c91, store 00001234, digest 3302c12a, up 43 s, "
                 "[source], ip 192.168.1.7, mqtt fault refused, version marks 9 2; mqtt v8 over "
                 "v7: port=8883 (epoch 42, seq 1, ack wanted, ");
}

static void a_beacon_says_what_a_board_tells_of_itself(void **state)
{
    (void)state;
    struct bench *bench = start(VB_SNIFF_RADIOTAP, false);
    const struct vb_board_facts facts = {.start = VB_START_WATCHDOG,
                                         .crashes = 3,
                                         .flags = VB_BOARD_SAFE_MODE | VB_BOARD_CORE_DUMP,
                                         .channel = 6,
                                         .recoveries = 2,
                                         .recovered_ms = 2431};
    struct vb_writer writer = payload_of(bench);
    vb_beacon_write(&writer, &(struct vb_beacon){.boot = 1});
    vb_board_facts_write(&writer, &facts);
    assert_heard(bench, &garage, VB_MESSAGE_BEACON, &writer,
                 "version marks; started: the watchdog, crashes in a row 3, safe mode, core dump; "
                 "channel 6, found again 2 times, last after 2431 ms (epoch");
    writer = payload_of(bench);
    vb_beacon_write(&writer, &(struct vb_beacon){.boot = 1});
    vb_board_facts_write(&writer, &(struct vb_board_facts){.start = VB_START_POWER_ON});
    assert_heard(bench, &garage, VB_MESSAGE_BEACON, &writer,
                 "version marks; started: power on, crashes in a row 0 (epoch");
}

static void data_and_requests_name_their_sections(void **state)
{
    (void)state;
    struct bench *bench = start(VB_SNIFF_RADIOTAP, false);
    static const uint8_t content[] = {1, 1, 0, 3, 2, 0x5b, 7};
    static const uint8_t fragment[200] = {0};
    struct vb_writer writer = payload_of(bench);
    vb_data_head_write(&writer, &(struct vb_data_head){.store_id = 1, .boot = 2, .digest = 3});
    vb_record_write(&writer, &(struct vb_record){.id = VB_SECTION_MQTT,
                                                 .version = 7,
                                                 .total = sizeof content,
                                                 .bytes = content,
                                                 .size = sizeof content});
    vb_record_write(&writer,
                    &(struct vb_record){.id = 15, .form = VB_RECORD_SAME, .version = 4, .hash = 5});
    assert_heard(bench, &garage, VB_MESSAGE_DATA, &writer,
                 "section data, boot 00000002, store 00000001, digest 00000003; mqtt v7: "
                 "enabled=false port=1883; section 15 v4 the same (epoch");
    writer = payload_of(bench);
    vb_data_head_write(&writer, &(struct vb_data_head){.store_id = 1, .boot = 2, .digest = 3});
    vb_record_write(&writer, &(struct vb_record){.id = VB_SECTION_MQTT,
                                                 .version = 7,
                                                 .index = 1,
                                                 .total = 450,
                                                 .bytes = fragment,
                                                 .size = sizeof fragment});
    assert_heard(bench, &garage, VB_MESSAGE_DATA, &writer, "mqtt v7 bytes 200 to 399 of 450");
    writer = payload_of(bench);
    vb_write_u32(&writer, 1);
    vb_request_item_write(&writer, &(struct vb_request_item){.id = VB_SECTION_MQTT});
    vb_request_item_write(&writer, &(struct vb_request_item){.id = VB_SECTION_BATTERY,
                                                             .have_version = 4,
                                                             .partial_version = 5,
                                                             .missing = 6});
    assert_heard(bench, &cellar, VB_MESSAGE_REQUEST, &writer,
                 "section request, store 00000001; mqtt has none; battery has v4, of v5 lacks "
                 "pieces 00000006");
}

/* A password crosses the link in clear where the owner allows it; it is not printed. */
static void an_edit_says_its_changes_but_no_secret(void **state)
{
    (void)state;
    struct bench *bench = start(VB_SNIFF_RADIOTAP, true);
    const struct vb_section *mqtt = vb_section_by_id(VB_SECTION_MQTT);
    const struct vb_field *password = vb_field_by_name(mqtt, "password");
    uint8_t changes[64];
    struct vb_writer change = vb_writer_of(changes, sizeof changes);
    assert_int_equal(password->type, VB_TYPE_SECRET);
    vb_change_integer(&change, vb_field_by_name(mqtt, "port"), 8883);
    vb_change_bytes(&change, password, (const uint8_t *)"hunter22", 8);
    vb_change_bytes(&change, vb_field_by_name(mqtt, "server"), (const uint8_t *)"broker", 6);
    struct vb_writer writer = payload_of(bench);
    const struct vb_edit_part part = {.id = 0xabc,
                                      .store_id = 1,
                                      .boot = 2,
                                      .base_version = 7,
                                      .section = VB_SECTION_MQTT,
                                      .total = (uint16_t)change.at,
                                      .bytes = changes,
                                      .size = change.at};
    vb_edit_part_write(&writer, &part);
    assert_heard(bench, &cellar, VB_MESSAGE_EDIT, &writer,
                 "voltbeacon edit 0000000000000abc of mqtt v7:");
    assert_says(bench, " port=8883");
    assert_says(bench, " server=broker");
    assert_says(bench, " password=(secret)");
    assert_null(strstr(bench->line.text, "hunter22"));
    assert_null(strstr(bench->line.text, "68756e74"));
    writer = payload_of(bench);
    vb_edit_part_write(&writer, &(struct vb_edit_part){.id = 0xabc,
                                                       .base_version = 7,
                                                       .section = VB_SECTION_MQTT,
                                                       .total = 1,
                                                       .bytes = changes,
                                                       .size = 1});
    assert_heard(bench, &cellar, VB_MESSAGE_EDIT, &writer,
                 "edit 0000000000000abc of mqtt v7: what has become of it?");
    writer = payload_of(bench);
    vb_edit_result_write(
        &writer, &(struct vb_edit_result){
                     .id = 0xabc,
                     .boot = 2,
                     .section = VB_SECTION_MQTT,
                     .outcome = VB_EDIT_REFUSED,
                     .reasons = {.count = 1, .items = {{.tag = 3, .err = VB_ERR_OUT_OF_RANGE}}}});
    assert_heard(bench, &garage, VB_MESSAGE_EDIT_RESULT, &writer,
                 "edit result 0000000000000abc of mqtt: refused; tag 3: is outside its range");
}

static void acks_and_a_goodbye_are_described(void **state)
{
    (void)state;
    struct bench *bench = start(VB_SNIFF_RADIOTAP, false);
    struct vb_writer writer = payload_of(bench);
    vb_write_u8(&writer, 9);
    vb_write_varint(&writer, 70);
    assert_heard(bench, &cellar, VB_MESSAGE_BEACON_ACK, &writer, "beacon ack of 9, up 70 s");
    writer = payload_of(bench);
    vb_reading_ack_write(&writer,
                         &(struct vb_reading_ack){.number = 300, .flags = VB_READING_ACK_REFUSED});
    assert_heard(bench, &cellar, VB_MESSAGE_READING_ACK, &writer,
                 "reading ack of reading 300: its keyframe is not held");
    writer = payload_of(bench);
    vb_goodbye_write(&writer, &(struct vb_goodbye){.boot = 0xb007});
    assert_heard(bench, &garage, VB_MESSAGE_GOODBYE, &writer, "goodbye, boot 0000b007, reason 0");
}

/* == Readings ================================================================================ */

static struct vb_reading reading_of(uint8_t cells)
{
    struct vb_reading reading = {.sequence = 5,
                                 .flags = VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT |
                                          VB_READING_HAS_SOC,
                                 .cell_count = cells,
                                 .temp_count = 2,
                                 .soc_permille = 543,
                                 .pack_mv = 355200,
                                 .current_ma = -1500,
                                 .temp_dc = {215, 198}};
    for (uint8_t i = 0; i < cells; i++)
        reading.cell_mv[i] = (uint16_t)(3700 + i * 7919 % 256);
    reading.cell_mv[1] = VB_CELL_NOT_AVAILABLE;
    reading.balancing[0] = 0x05;
    return reading;
}

/* Its lines, one a body; returns how many there are. */
static uint8_t say_reading(struct bench *bench, struct vb_codec_encoder *encoder, uint16_t number,
                           const struct vb_reading *reading, char last[VB_SNIFF_TEXT_SIZE])
{
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
    const uint8_t count = vb_codec_encode(encoder, number, reading, 0, bodies);
    for (uint8_t i = 0; i < count; i++) {
        struct vb_writer writer = payload_of(bench);
        vb_reading_part_write(&writer, &(struct vb_reading_part){.number = number,
                                                                 .digest_low = 77,
                                                                 .body = bodies[i].bytes,
                                                                 .size = bodies[i].size});
        assert_heard(bench, &garage, VB_MESSAGE_READING, &writer, "voltbeacon reading ");
    }
    memcpy(last, bench->line.text, VB_SNIFF_TEXT_SIZE);
    return count;
}

static void a_reading_says_pack_and_cells_also_over_its_keyframe(void **state)
{
    (void)state;
    struct bench *bench = start(VB_SNIFF_RADIOTAP, false);
    struct vb_codec_encoder encoder;
    static char line[VB_SNIFF_TEXT_SIZE];
    struct vb_reading reading = reading_of(8);
    vb_codec_encoder_init(&encoder, VB_CODEC_BODY_BYTES_MAX);
    assert_int_equal(say_reading(bench, &encoder, 1, &reading, line), 1);
    assert_says(bench,
                "reading 1, keyframe, sample 5, 355.2 V, -1.50 A, 54.3 %, 19.8 to 21.5 degC, "
                "2 balancing, 8 cells 3700 to 3922 mV (1 not available) (epoch 42");
    vb_codec_acked(&encoder, 1);
    reading.sequence = 6;
    reading.cell_mv[0] = 3690;
    assert_int_equal(say_reading(bench, &encoder, 2, &reading, line), 1);
    assert_says(bench, ", sample 6, 355.2 V");
    assert_says(bench, "8 cells 3690 to 3922 mV");
    /* Who comes later has no keyframe. */
    bench = start(VB_SNIFF_RADIOTAP, false);
    assert_int_equal(say_reading(bench, &encoder, 3, &reading, line), 1);
    assert_says(bench, "reading 3 over a keyframe that was not captured");
}

static void every_cell_is_printed_on_request(void **state)
{
    (void)state;
    struct bench *bench = start(VB_SNIFF_RADIOTAP, true);
    struct vb_codec_encoder encoder;
    static char line[VB_SNIFF_TEXT_SIZE];
    const struct vb_reading reading = reading_of(3);
    vb_codec_encoder_init(&encoder, VB_CODEC_BODY_BYTES_MAX);
    assert_int_equal(say_reading(bench, &encoder, 1, &reading, line), 1);
    assert_says(bench, "3 cells 3700 to 3922 mV (1 not available): 3700 - 3922 (epoch");
}

static void of_two_parts_the_second_to_come_says_the_whole(void **state)
{
    (void)state;
    struct bench *bench = start(VB_SNIFF_RADIOTAP, false);
    struct vb_codec_encoder encoder;
    static char line[VB_SNIFF_TEXT_SIZE];
    const struct vb_reading reading = reading_of(VB_CELLS_MAX);
    vb_codec_encoder_init(&encoder, VB_CODEC_BODY_BYTES_MAX);
    assert_int_equal(say_reading(bench, &encoder, 1, &reading, line), 2);
    assert_non_null(strstr(line, ", part 2 of 2, sample 5, 355.2 V"));
    assert_non_null(strstr(line, "192 cells 3700 to 3951 mV (1 not available)"));
}

/* == Battery-Emulator ======================================================================== */

static void a_battery_emulator_is_read(void **state)
{
    (void)state;
    struct bench *bench = start(VB_SNIFF_RADIOTAP, false);
    static const uint8_t battery[] = {'B',  'E',  2,    2,    0x24, 0x0a, 1,    0,    12,
                                      0,    0,    0,    0x30, 0x01, 96,   0x53, 0x02, 0xc1,
                                      0x0d, 0x54, 0x22, 0xf4, 0xff, 0x6a, 0x01, 2,    0x77,
                                      0x01, 9,    0x32, 0x04, 0x30, 0x75, 0,    0};
    assert_true(hear(bench, &garage, battery, sizeof battery, 0, 0));
    assert_says(bench, ": battery-emulator battery 1, up 12 s, cells 96, voltage 352.1 V, current "
                       "-1.2 A, bms active, key 77 9 (35 bytes)");
    assert_true(hear(bench, &garage, battery, sizeof battery - 1, 0, 0));
    assert_says(bench, "(34 bytes, cut within a record)");
    bench->sniff.verbose = true;
    assert_true(hear(bench, &garage, battery, sizeof battery, 0, 0));
    assert_says(bench, ", capacity 30000 Wh");
    static const uint8_t cells[] = {'B',  'E',  2,    3, 0,    0,    2,    1,    0,   0,    0,
                                    0,    0x90, 0x02, 5, 0,    0x91, 0x02, 2,    0,   0x92, 0xc6,
                                    0x74, 0x0e, 0,    0, 0x76, 0x0e, 0x93, 0xe1, 0x05};
    assert_true(hear(bench, &garage, cells, sizeof cells, 0, 0));
    assert_says(bench, "battery-emulator cells 2, up 0 s, more follow, cells 5, 3 cells from 3 on "
                       "3700 to 3702 mV (1 not available): 3700 - 3702, balancing 2 (");
    static const uint8_t text[] = {'B', 'E', 2, 4,    0,    0,   0,    0,   0,
                                   0,   0,   0, 0xa1, 0x83, 'a', 0x1b, '\\'};
    assert_true(hear(bench, &garage, text, sizeof text, 0, 0));
    assert_says(bench, "name \"a\\x1b\\x5c\"");
    static const uint8_t later[] = {'B', 'E', 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0xa1};
    assert_true(hear(bench, &garage, later, sizeof later, 0, 0));
    assert_says(bench, "battery-emulator frame of version 3, 13 bytes");
    assert_int_equal(bench->sniff.counts.emulator, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_who_to_whom_and_how_it_came),
        cmocka_unit_test(a_datagram_says_its_addresses),
        cmocka_unit_test(what_linux_puts_before_a_datagram_is_passed_over),
        cmocka_unit_test(a_datagram_that_is_no_frame_is_skipped),
        cmocka_unit_test(other_and_damaged_frames_are_reported_as_such),
        cmocka_unit_test(one_source_is_distinguished_from_the_others),
        cmocka_unit_test(a_frame_that_cannot_be_read_says_why),
        cmocka_unit_test(a_beacon_says_its_state_and_what_has_changed),
        cmocka_unit_test(a_beacon_says_what_a_board_tells_of_itself),
        cmocka_unit_test(data_and_requests_name_their_sections),
        cmocka_unit_test(an_edit_says_its_changes_but_no_secret),
        cmocka_unit_test(acks_and_a_goodbye_are_described),
        cmocka_unit_test(a_reading_says_pack_and_cells_also_over_its_keyframe),
        cmocka_unit_test(every_cell_is_printed_on_request),
        cmocka_unit_test(of_two_parts_the_second_to_come_says_the_whole),
        cmocka_unit_test(a_battery_emulator_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
