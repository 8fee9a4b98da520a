/* A battery on the chip's CAN controller: its readings are those of Linux, nothing is sent before
 * the settings allow it, and what fails comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fixtures/leaf_ecu.h"
#include "esp-idf/voltbeacon/inbox.h"
#include "esp-idf/voltbeacon/twai_feed.h"
#include "host/host_twai.h"
#include "sources/can_log_line.h"
#include "sources/source.h"

#include <cmocka.h>

enum { TX = 4, RX = 5, READINGS_MAX = 8, LINES_MAX = 32, STEP_MS = 5 };

static struct {
    struct vb_twai_feed feed;
    QueueHandle_t inbox;
    struct vb_clock clock;
    struct vb_reading readings[READINGS_MAX];
    unsigned reading_count;
    char lines[LINES_MAX][VB_LOG_SINK_TEXT_SIZE];
    unsigned line_count;
} bench;

static void on_line(void *ctx, enum vb_log_level level, const char *text)
{
    (void)ctx;
    if (level == VB_LOG_DEBUG)
        return;
    assert_true(bench.line_count < LINES_MAX);
    snprintf(bench.lines[bench.line_count++], sizeof bench.lines[0], "%s", text);
}

static void on_reading(void *ctx, const struct vb_reading *reading)
{
    assert_ptr_equal(ctx, &bench);
    assert_true(bench.reading_count < READINGS_MAX);
    bench.readings[bench.reading_count++] = *reading;
}

static unsigned lines_with(const char *part)
{
    unsigned count = 0;
    for (unsigned i = 0; i < bench.line_count; i++)
        count += strstr(bench.lines[i], part) != NULL;
    return count;
}

/* ---- The bench ---- */

static void start(void)
{
    const struct vb_twai_feed_config config = {
        .tx_gpio = TX, .rx_gpio = RX, .bitrate = 500000, .log = {.line = on_line}};
    assert_true(vb_twai_feed_open(&bench.feed, &config));
    vb_twai_feed_start(&bench.feed, bench.inbox, on_reading, &bench);
    bench.clock = (struct vb_clock){.now_ms = bench.feed.reader.now_ms, .wall_ms = 1800000000000};
}

static int set_up(void **state)
{
    (void)state;
    host_twai_reset();
    memset(&bench, 0, sizeof bench);
    bench.inbox = xQueueCreate(VB_INBOX_ITEMS, sizeof(struct vb_inbox_item));
    start();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(bench.feed.frames);
    free(bench.inbox);
    return 0;
}

static void turn(void)
{
    vb_twai_feed_turn(&bench.feed, &bench.clock);
}

static void pass_ms(uint32_t ms)
{
    bench.clock.now_ms += ms;
    bench.clock.wall_ms += ms;
}

/* Turns as the node's task makes them, while so much time goes; returns their number. */
static unsigned run_ms(uint32_t ms)
{
    unsigned turns = 0;
    const uint32_t end_ms = bench.clock.now_ms + ms;
    while ((int32_t)(end_ms - bench.clock.now_ms) > 0) {
        turn();
        turns++;
        const uint32_t wait_ms = vb_twai_feed_wakeup_ms(&bench.feed, bench.clock.now_ms);
        const uint32_t left_ms = end_ms - bench.clock.now_ms;
        pass_ms(wait_ms == 0 ? 1 : wait_ms < left_ms ? wait_ms : left_ms);
    }
    return turns;
}

static void allow(bool to_ask)
{
    const struct vb_can_values values = {.listen_only = !to_ask};
    bench.feed.port.configure(bench.feed.port.ctx, &values);
}

static bool take_wake(void)
{
    struct vb_inbox_item item;
    if (xQueueReceive(bench.inbox, &item, 0) != pdTRUE)
        return false;
    assert_int_equal(item.kind, VB_INBOX_WAKE);
    return true;
}

/* The first broadcast of a Leaf: voltage and current. */
static const struct vb_can_frame broadcast = {
    .id = 0x1db, .size = 8, .data = {0xfc, 0xe0, 0xba, 0, 0, 0, 0, 0xe2}};

static int ends[2]; /* of the wires: the bus, the car */

/* A car at the other end of the wires, for so long. */
static void drive(struct leaf_ecu *ecu, uint32_t ms)
{
    for (uint32_t i = 0; i < ms; i += STEP_MS) {
        struct vb_can_frame sent;
        struct can_frame raw = {0};
        turn();
        if (host_twai_sending(&sent)) {
            raw.can_id = sent.id;
            raw.can_dlc = sent.size;
            memcpy(raw.data, sent.data, sent.size);
            leaf_ecu_hear(ecu, bench.clock.now_ms, &raw);
            host_twai_confirm(true);
        }
        leaf_ecu_step(ecu, bench.clock.now_ms);
        while (recv(ends[0], &raw, sizeof raw, MSG_DONTWAIT) == (ssize_t)sizeof raw) {
            struct vb_can_frame heard = {.id = raw.can_id, .size = raw.can_dlc};
            memcpy(heard.data, raw.data, raw.can_dlc);
            host_twai_hear(&heard);
        }
        pass_ms(STEP_MS);
    }
}

static struct leaf_ecu a_car(void)
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
    return leaf_ecu_at(ends[1], 3);
}

static void drop_car(void)
{
    close(ends[0]);
    close(ends[1]);
}

/* ---- What may be sent ---- */

static void it_listens_and_does_not_acknowledge_until_it_may_ask(void **state)
{
    struct vb_can_frame frame;
    (void)state;
    assert_int_equal(host_twai_mode(), HOST_TWAI_NONE);
    (void)run_ms(120000);
    assert_int_equal(host_twai_mode(), HOST_TWAI_LISTENS);
    assert_int_equal(host_twai_sends(), 0);
    assert_int_equal(host_twai_config()->io_cfg.tx, TX);
    assert_int_equal(host_twai_config()->io_cfg.rx, RX);
    assert_int_equal(host_twai_config()->bit_timing.bitrate, 500000);
    allow(true);
    turn();
    assert_int_equal(host_twai_mode(), HOST_TWAI_SPEAKS);
    assert_true(host_twai_sending(&frame));
    assert_int_equal(frame.id, 0x79b);
    assert_int_equal(frame.data[1], 0x21);
}

static void a_setting_known_from_the_start_holds_at_every_start(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        allow(true); /* before the task's first turn, as a device does that has read its store */
        turn();
        assert_int_equal(host_twai_made(), 1); /* never in the other mode */
        assert_int_equal(host_twai_mode(), HOST_TWAI_SPEAKS);
        assert_int_equal(host_twai_sends(), 1);
        host_twai_reset();
        free(bench.feed.frames);
        start();
        allow(false);
        (void)run_ms(60000);
        assert_int_equal(host_twai_mode(), HOST_TWAI_LISTENS);
        assert_int_equal(host_twai_made(), 1);
        assert_int_equal(host_twai_sends(), 0);
        host_twai_reset();
        free(bench.feed.frames);
        start();
    }
}

static void an_edit_silences_it_at_once(void **state)
{
    (void)state;
    allow(true);
    turn();
    assert_int_equal(host_twai_sends(), 1); /* and it is still on its way */
    allow(false);
    assert_int_equal(host_twai_mode(), HOST_TWAI_NONE);
    (void)run_ms(60000);
    assert_int_equal(host_twai_mode(), HOST_TWAI_LISTENS);
    assert_int_equal(host_twai_sends(), 1);
    assert_int_equal(lines_with("nothing is sent"), 1);
}

/* ---- Readings ---- */

static void a_car_that_is_asked_gives_readings(void **state)
{
    (void)state;
    struct leaf_ecu ecu = a_car();
    allow(true);
    drive(&ecu, 16000); /* four rounds begin in it */
    assert_int_equal(bench.reading_count, 4);
    for (unsigned i = 0; i < bench.reading_count; i++) {
        const struct vb_reading *reading = &bench.readings[i];
        assert_int_equal(reading->sequence, i + 1);
        assert_int_equal(reading->cell_count, LEAF_ECU_CELLS);
        assert_int_equal(reading->cell_mv[95], 3900 - i);
        assert_in_range(bench.clock.now_ms - reading->sampled_ms, 1, 16000);
        assert_int_equal(bench.clock.wall_ms - reading->wall_ms,
                         bench.clock.now_ms - reading->sampled_ms);
    }
    assert_true(ecu.flow_controls >= 4);
    assert_int_equal(bench.feed.no_room, 0);
    assert_int_equal(bench.line_count, 0);
    drop_car();
}

/* Plays a log on the bus, in its own time, and compares with what Linux reads of it. */
static void play(const char *path, unsigned expected)
{
    char line[256], text[600];
    const struct vb_source_options how = {0};
    struct vb_source_error error;
    snprintf(text, sizeof text, "candump:%s", path);
    struct vb_source *linux_source = vb_source_open(text, &how, &error);
    FILE *file = fopen(path, "r");
    assert_non_null(linux_source);
    assert_non_null(file);
    const uint32_t begun_ms = bench.clock.now_ms;
    int64_t first_us = -1;
    turn();
    while (fgets(line, sizeof line, file) != NULL) {
        struct vb_can_log_entry entry;
        line[strcspn(line, "\n")] = '\0';
        if (vb_can_log_parse(line, &entry, &error) != VB_CAN_LOG_FRAME)
            continue;
        first_us = first_us < 0 ? entry.time_us : first_us;
        bench.clock.now_ms = begun_ms + (uint32_t)((entry.time_us - first_us) / 1000);
        host_twai_hear(&entry.frame);
        turn();
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(bench.reading_count, expected);
    for (unsigned i = 0; i < expected; i++) {
        struct vb_reading theirs;
        uint64_t at_ms;
        const struct vb_reading *ours = &bench.readings[i];
        enum vb_source_result result = VB_SOURCE_LATER;
        while (result == VB_SOURCE_LATER)
            result = vb_source_step(linux_source, &theirs, &at_ms);
        assert_int_equal(result, VB_SOURCE_READING);
        assert_int_equal(ours->cell_count, theirs.cell_count);
        assert_memory_equal(ours->cell_mv, theirs.cell_mv, sizeof theirs.cell_mv);
        assert_memory_equal(ours->temp_dc, theirs.temp_dc, sizeof theirs.temp_dc);
        assert_memory_equal(ours->balancing, theirs.balancing, sizeof theirs.balancing);
        assert_int_equal(ours->pack_mv, theirs.pack_mv);
        assert_int_equal(ours->current_ma, theirs.current_ma);
        assert_int_equal(ours->soc_permille, theirs.soc_permille);
    }
    assert_int_equal(host_twai_sends(), 0);
    vb_source_close(linux_source);
}

static void a_made_up_log_reads_as_on_linux(void **state)
{
    (void)state;
    play(VB_SOURCE_DIR "/tests/fixtures/leaf_can.log", 4);
}

static void a_recorded_car_reads_as_on_linux(void **state)
{
    (void)state;
    char path[512];
    const char *folder = getenv("VB_SHARED_DATA");
    snprintf(path, sizeof path, "%s/leaf_can/leaf_20250804_161600_bypass.log",
             folder != NULL ? folder : VB_SOURCE_DIR "/../shared/data");
    if (access(path, R_OK) != 0) {
        print_message("skipped: there is no %s\n", path);
        skip();
    }
    play(path, 3);
}

/* ---- On the interrupt ---- */

static void frames_of_others_and_without_bytes_are_left_out(void **state)
{
    static const uint8_t bytes[8] = {0};
    (void)state;
    turn();
    static const twai_frame_header_t rows[] = {
        {.id = 0x1da, .dlc = 8},           /* the motor's */
        {.id = 0x1db, .dlc = 8, .ide = 1}, /* another number */
        {.id = 0x1db, .dlc = 8, .rtr = 1},
        {.id = 0x1db, .dlc = 8, .fdf = 1},
    };
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++)
        host_twai_hear_header(&rows[i], bytes);
    assert_int_equal(bench.feed.came, 0);
    assert_false(take_wake());
    const twai_frame_header_t long_code = {.id = 0x1db, .dlc = 15}; /* 8 bytes all the same */
    host_twai_hear_header(&long_code, broadcast.data);
    struct vb_can_frame frame;
    assert_int_equal(xQueueReceive(bench.feed.frames, &frame, 0), pdTRUE);
    assert_int_equal(frame.size, 8);
    assert_memory_equal(frame.data, broadcast.data, 8);
}

static void a_flood_wakes_once_and_is_counted_where_it_finds_no_room(void **state)
{
    (void)state;
    turn();
    for (unsigned i = 0; i < VB_TWAI_FRAMES + 5; i++)
        host_twai_hear(&broadcast);
    assert_int_equal(bench.feed.came, VB_TWAI_FRAMES);
    assert_int_equal(bench.feed.no_room, 5);
    assert_true(take_wake());
    assert_false(take_wake());
    turn();
    assert_true(bench.feed.reader.poll.decoder.singles[VB_CAN_PACK_VOLTAGE].known);
    host_twai_hear(&broadcast);
    assert_int_equal(bench.feed.no_room, 5);
    assert_true(take_wake());
}

/* ---- Faults ---- */

static void a_controller_that_does_not_start_is_said_once_and_tried_again(void **state)
{
    (void)state;
    allow(true);
    host_twai_refuse(ESP_ERR_INVALID_ARG);
    const unsigned turns = run_ms(60000);
    assert_in_range(turns, 6, 8); /* one each 10 s: it does not spin */
    assert_int_equal(lines_with("CAN does not start"), 1);
    assert_int_equal(lines_with("GPIO 4"), 1);
    host_twai_refuse(ESP_OK);
    host_twai_refuse_to_enable(ESP_ERR_INVALID_STATE);
    (void)run_ms(20000);
    assert_int_equal(bench.line_count, 1);
    assert_int_equal(host_twai_mode(), HOST_TWAI_NONE);
    host_twai_refuse_to_enable(ESP_OK);
    (void)run_ms(11000);
    assert_int_equal(host_twai_mode(), HOST_TWAI_SPEAKS);
    host_twai_confirm(true);
    turn();
    assert_int_equal(lines_with("works again"), 1);
}

static void a_battery_that_does_not_answer_is_said_once_and_asked_more_rarely(void **state)
{
    (void)state;
    struct leaf_ecu ecu = a_car();
    ecu.mute = true;
    allow(true);
    drive(&ecu, 60000);
    assert_int_equal(lines_with("no battery answers on CAN"), 1);
    const unsigned first_minute = ecu.requests;
    drive(&ecu, 60000);
    assert_true(ecu.requests - first_minute <= 2);
    ecu.mute = false;
    ecu.answer_group = 0;
    drive(&ecu, 70000);
    assert_int_equal(lines_with("the battery on CAN answers"), 1);
    assert_true(bench.reading_count > 0);
    drop_car();
}

static void what_nobody_acknowledges_is_said_and_goes_on_when_somebody_does(void **state)
{
    (void)state;
    allow(true);
    const unsigned turns = run_ms(30000);
    assert_true(turns < 400); /* it does not spin */
    assert_int_equal(host_twai_sends(), 1);
    assert_int_equal(lines_with("nothing on CAN accepts frames"), 1);
    host_twai_confirm(true);
    turn();
    assert_int_equal(lines_with("CAN works again"), 1);
    (void)run_ms(2000);
    assert_true(host_twai_sends() > 1);
}

static void a_driver_that_takes_no_frame_is_asked_again(void **state)
{
    (void)state;
    allow(true);
    turn();
    host_twai_confirm(false);
    (void)run_ms(3000);
    assert_true(host_twai_sends() > 1);
}

/* Leaves the bus each time that it has come back. */
static void off_the_bus_it_comes_back_less_and_less_often(void **state)
{
    (void)state;
    allow(true);
    turn();
    host_twai_leave_bus();
    assert_true(take_wake());
    turn();
    assert_int_equal(lines_with("too many frames on CAN are broken"), 1);
    assert_int_equal(host_twai_recoveries(), 0);
    (void)run_ms(1100);
    assert_int_equal(host_twai_recoveries(), 1);
    for (unsigned i = 0; i < 600; i++) {
        host_twai_come_back();
        turn();
        if (host_twai_mode() == HOST_TWAI_SPEAKS && !bench.feed.is_off)
            host_twai_leave_bus();
        (void)run_ms(1000);
    }
    /* 1 + 2 + 4 + 8 + 16 + 32 s, then each minute */
    assert_in_range(host_twai_recoveries(), 10, 18);
    assert_int_equal(lines_with("too many frames"), 1);
    assert_true(bench.feed.off_times > 5);
}

static void once_back_on_the_bus_it_asks_and_reads_as_before(void **state)
{
    (void)state;
    struct leaf_ecu ecu = a_car();
    allow(true);
    drive(&ecu, 7000);
    const unsigned before = bench.reading_count;
    assert_true(before > 0);
    host_twai_leave_bus();
    drive(&ecu, 1100);
    assert_int_equal(host_twai_recoveries(), 1);
    host_twai_come_back();
    drive(&ecu, 20000);
    assert_true(bench.reading_count > before);
    assert_int_equal(lines_with("CAN works again"), 1);
    drop_car();
}

static void settings_are_obeyed_off_the_bus_too(void **state)
{
    (void)state;
    allow(true);
    turn();
    host_twai_leave_bus();
    turn();
    allow(false);
    turn();
    assert_int_equal(host_twai_mode(), HOST_TWAI_LISTENS);
    host_twai_hear(&broadcast);
    turn();
    assert_int_equal(lines_with("CAN works again"), 1);
    assert_int_equal(host_twai_recoveries(), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_listens_and_does_not_acknowledge_until_it_may_ask),
        TEST(a_setting_known_from_the_start_holds_at_every_start),
        TEST(an_edit_silences_it_at_once),
        TEST(a_car_that_is_asked_gives_readings),
        TEST(a_made_up_log_reads_as_on_linux),
        TEST(a_recorded_car_reads_as_on_linux),
        TEST(frames_of_others_and_without_bytes_are_left_out),
        TEST(a_flood_wakes_once_and_is_counted_where_it_finds_no_room),
        TEST(a_controller_that_does_not_start_is_said_once_and_tried_again),
        TEST(a_battery_that_does_not_answer_is_said_once_and_asked_more_rarely),
        TEST(what_nobody_acknowledges_is_said_and_goes_on_when_somebody_does),
        TEST(a_driver_that_takes_no_frame_is_asked_again),
        TEST(off_the_bus_it_comes_back_less_and_less_often),
        TEST(once_back_on_the_bus_it_asks_and_reads_as_before),
        TEST(settings_are_obeyed_off_the_bus_too)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
