/* Logs of a Leaf's CAN bus as a source: forms of lines, sweeps, time, and what is passed over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "sources/can_log_line.h"
#include "sources/source.h"

#define FIXTURE VB_SOURCE_DIR "/tests/fixtures/leaf_can.log"

enum { TEXT_SIZE = 512 };

/* == Lines =================================================================================== */

static enum vb_can_log_line parse(const char *text, struct vb_can_log_entry *entry)
{
    struct vb_source_error error = {.text = ""};
    const enum vb_can_log_line line = vb_can_log_parse(text, entry, &error);
    assert_int_equal(line == VB_CAN_LOG_BROKEN, error.text[0] != '\0');
    return line;
}

static void lines_that_are_no_frames_are_broken(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "(1.) can0 1DB#00",
        "7BB 7 10 C6 61 02 0F CC 0F CC",
        "(1.1234567890) can0 1DB#00",
        "(1.000000 can0 1DB#00",
        "(.000000) can0 1DB#00",
        "(123456789012.000000) can0 1DB#00",
        "(1.000000)",
        "(1.000000) an_interface_of_17 1DB#00",
        "(1.000000) can0 1DB",
        "(1.000000) can0 1D#00",
        "(1.000000) can0 FFF#00",
        "(1.000000) can0 1DB00#00",
        "(1.000000) can0 FFFFFFFF#00",
        "(1.000000) can0 1DB#0",
        "(1.000000) can0 1DB#0G",
        "(1.000000) can0 1DB#00 11",
        "(1.000000) can0 1DB#001122334455667788",
        "(1.000000) can0 1DB#00 T T",
        "0000.511378 000007BB 00 8 10 C6",
        "0000. 000007BB 00 2 10 C6",
        "0000.511378 1FFFFFFFF 00 2 10 C6",
        "(2026-13-22 20:00:00.004429)  can0  7BB   [2]  10 C6",
        "(22/11/2026 20:00:00)  can0  7BB   [2]  10 C6",
        "(1.000000)  can0  7BB   [3]  10 C6",
        "(1.000000)  can0  7BB   [1]  10 C6",
        "(1.000000)  can0  7BB   [9]  10 C6",
        "(1.000000)  can0  7BB   [x]  10 C6",
        "(1.000000)  can0  FFF   [2]  10 C6",
        "(1.000000)  can0  [2]  10 C6",
        "an_interface_of_17 7BB [1] 10",
        "1.000 1R11 FFF 10",
        "1.000 1R11 7BB 10 C6 61 02 0F CC 0F CC 0F",
        "1.000 1R11",
        "1.000 1X11 7BB 10",
        "1000,000007BB,false,Rx,0,3,10,C6,",
        "1000,GGG,false,Rx,0,1,10,",
        "12345678901234567890,000007BB,false,Rx,0,1,10,",
        "1000,000007BB,false",
        "0000.511378 000007BB 00 2 10 C6 61",
        "7BB",
        "FFF10C6",
        "7BB10C661020F3D0F4211",
        "Date/Time,Lat,Long,Elv",
        "t_s,pack_v,pack_a,soc_pct,c01_mv",
        "36000,381.42,2.5,70,3968,3968",
    };
    for (size_t i = 0; i < VB_COUNT_OF(lines); i++) {
        struct vb_can_log_entry entry = {.timed = true, .time_us = 7};
        assert_int_equal(parse(lines[i], &entry), VB_CAN_LOG_BROKEN);
        assert_int_equal(entry.time_us, 7);
    }
}

static void comments_prompts_and_frames_without_data_of_ours_are_no_loss(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        " \t\r",
        ";CANARY V2.3           ",
        "# group 01",
        ">2101",
        ">",
        ">ATZ",
        "(1.000000) can0 7BB#R",
        "(1.000000) can0 7BB#R4",
        "(1.000000) can0 123##1001122334455667788AABB",
        " (1.000000)  can0  123  [12]  10 01 12 23 34 45 56 67 78 8A AB B0",
        "  can0  7BB   [8]  remote request",
        "1542473901.020305 CXX Info Type:crtd; Path:'/sd/drive.crtd'",
        "134.572 2CEV Event vehicle.on",
        "Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8",
        "Time Stamp,ID,Extended,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8",
        "Time Stamp;ID;Extended;Dir;Bus;LEN;D1;D2;D3;D4;D5;D6;D7;D8",
        "NO DATA",
        "SEARCHING...",
        "ATH1",
        "2102",
        "02 21 02",
        "7BB1",
    };
    struct vb_can_log_entry entry;
    for (size_t i = 0; i < VB_COUNT_OF(lines); i++)
        assert_int_equal(parse(lines[i], &entry), VB_CAN_LOG_BLANK);
}

#define DATA "10 C6 61 02 0F CC 0F CC"
#define DATA_COMMAS "10,C6,61,02,0F,CC,0F,CC"

static void each_form_of_line_gives_the_same_frame(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum vb_can_log_form form;
        const char *bus;
        int64_t time_us; /* -1 = none */
    } lines[] = {
        {"(1795372800.004429) can0 7BB#10C661020FCC0FCC", VB_CAN_LOG_CANDUMP_L, "can0",
         1795372800004429},
        {"\xEF\xBB\xBF(1795372800.004429) can0 7BB#10C661020FCC0FCC", VB_CAN_LOG_CANDUMP_L, "can0",
         1795372800004429},
        {" (1795372800.004429)  can0  7BB#10.C6.61.02.0F.CC.0F.CC R\r", VB_CAN_LOG_CANDUMP_L,
         "can0", 1795372800004429},
        {"(1795372800.004) can0 7BB#10C661020FCC0FCC", VB_CAN_LOG_CANDUMP_L, "can0",
         1795372800004000},
        {"(1795372800) can0 7BB#10C661020FCC0FCC", VB_CAN_LOG_CANDUMP_L, "can0", 1795372800000000},
        {"(1795372800.004429999) can0 7BB#10C661020FCC0FCC", VB_CAN_LOG_CANDUMP_L, "can0",
         1795372800004429},
        {" (1795372800.004429)  can0  7BB   [8]  " DATA, VB_CAN_LOG_CANDUMP, "can0",
         1795372800004429},
        {" (2026-11-22 18:40:00.004429)  can0  7BB   [8]  " DATA, VB_CAN_LOG_CANDUMP, "can0",
         1795372800004429},
        {" (000.012004)  can0  7BB   [8]  " DATA "   '..a.....'", VB_CAN_LOG_CANDUMP, "can0",
         12004},
        {" (000.012004)  can0  RX - -  7BB   [8]  " DATA, VB_CAN_LOG_CANDUMP, "can0", 12004},
        {" (000.012004)  can0  TX B E  7BB   [8]  " DATA "   '#[......'", VB_CAN_LOG_CANDUMP,
         "can0", 12004},
        {"  can0  7BB   [8]  " DATA, VB_CAN_LOG_CANDUMP, "can0", -1},
        {"(63.45) RX0 7BB [8] " DATA " ", VB_CAN_LOG_BATTERY_EMULATOR, "0", 63450000},
        {"(63.450) TX1 7BB [8] " DATA, VB_CAN_LOG_BATTERY_EMULATOR, "1", 63450000},
        {"1795372800.004429 1R11 7BB " DATA, VB_CAN_LOG_CRTD, "1", 1795372800004429},
        {"1795372800.004 R11 7BB " DATA "\r", VB_CAN_LOG_CRTD, "", 1795372800004000},
        {"134.572 2T11 7bb " DATA, VB_CAN_LOG_CRTD, "2", 134572000},
        {"1795372800.004429 000007BB 00 8 " DATA " ", VB_CAN_LOG_CANARY, "", 1795372800004429},
        {"0000.511378 000007BB 8 " DATA, VB_CAN_LOG_CANARY, "", 511378},
        {"0000.511378 0x7BB 00 8 " DATA, VB_CAN_LOG_CANARY, "", 511378},
        {"0000.511378,000007BB,8," DATA_COMMAS, VB_CAN_LOG_CANARY, "", 511378},
        {"0000.511378;7BB;00;8;10;C6;61;02;0F;CC;0F;CC", VB_CAN_LOG_CANARY, "", 511378},
        {"166064000,000007BB,false,Rx,0,8," DATA_COMMAS ",", VB_CAN_LOG_SAVVYCAN, "0", 166064000},
        {"166064000,000007BB,false,0,8," DATA_COMMAS ",", VB_CAN_LOG_SAVVYCAN, "0", 166064000},
        {"-166064000,7BB,false,Tx,1,8," DATA_COMMAS, VB_CAN_LOG_SAVVYCAN, "1", -166064000},
        {"166064000,0x000007BB,0, Rx, 0, 8, 10, C6, 61, 2, F, CC, F, CC", VB_CAN_LOG_SAVVYCAN, "0",
         166064000},
        {"166064000;000007BB;false;Rx;0;8;10;C6;61;02;0F;CC;0F;CC", VB_CAN_LOG_SAVVYCAN, "0",
         166064000},
        {"7BB 8 " DATA, VB_CAN_LOG_ELM327, "", -1},
        {"7BB810C661020FCC0FCC", VB_CAN_LOG_ELM327, "", -1},
        {">7BB " DATA, VB_CAN_LOG_ELM327, "", -1},
        {"7BB10C661020FCC0FCC", VB_CAN_LOG_ELM327, "", -1},
        {"7BB 10 C6 61 02 0F CC 0F CC \r", VB_CAN_LOG_ELM327, "", -1},
        {"7bb10c661020fcc0fcc", VB_CAN_LOG_ELM327, "", -1},
    };
    static const uint8_t data[] = {0x10, 0xc6, 0x61, 0x02, 0x0f, 0xcc, 0x0f, 0xcc};
    for (size_t i = 0; i < VB_COUNT_OF(lines); i++) {
        struct vb_can_log_entry entry;
        struct vb_source_error error = {.text = ""};
        if (vb_can_log_parse(lines[i].text, &entry, &error) != VB_CAN_LOG_FRAME)
            fail_msg("\"%s\": %s", lines[i].text, error.text);
        assert_int_equal(entry.form, lines[i].form);
        assert_int_equal(entry.frame.id, 0x7bb);
        assert_int_equal(entry.frame.size, sizeof data);
        assert_memory_equal(entry.frame.data, data, sizeof data);
        assert_int_equal(entry.timed, lines[i].time_us != -1);
        assert_int_equal(entry.time_us, entry.timed ? lines[i].time_us : 0);
        assert_string_equal(entry.bus, lines[i].bus);
    }
}

static void an_id_of_eight_digits_is_another_than_its_last_three(void **state)
{
    (void)state;
    struct vb_can_log_entry entry;
    assert_int_equal(parse("(0.000000) vcan1 000007BB#", &entry), VB_CAN_LOG_FRAME);
    assert_int_equal(entry.frame.id, 0x7bb | VB_CAN_EXTENDED);
    assert_int_equal(entry.frame.size, 0);
    assert_int_equal(parse("  can0  000007BB   [1]  10", &entry), VB_CAN_LOG_FRAME);
    assert_int_equal(entry.frame.id, 0x7bb | VB_CAN_EXTENDED);
    assert_int_equal(parse("1.000 1R29 7BB 10", &entry), VB_CAN_LOG_FRAME);
    assert_int_equal(entry.frame.id, 0x7bb | VB_CAN_EXTENDED);
    assert_int_equal(parse("1000,000007bb,false,rx,0,1,1f,", &entry), VB_CAN_LOG_FRAME);
    assert_int_equal(entry.frame.data[0], 0x1F);
    assert_int_equal(parse("1000\t000007BB\tfalse\tRx\t0\t1\t1F", &entry), VB_CAN_LOG_FRAME);
    assert_int_equal(entry.form, VB_CAN_LOG_SAVVYCAN);
    assert_int_equal(parse("1000,000007BB,true,Rx,0,1,10", &entry), VB_CAN_LOG_FRAME);
    assert_int_equal(entry.frame.id, 0x7bb | VB_CAN_EXTENDED);
}

/* == The source ============================================================================== */

struct log_file {
    int fd;
    char text[64]; /* for vb_source_open */
};

static struct log_file log_of(const char *content)
{
    struct log_file file = {.fd = memfd_create("log", MFD_CLOEXEC)};
    assert_true(file.fd >= 0);
    assert_int_equal(write(file.fd, content, strlen(content)), strlen(content));
    (void)snprintf(file.text, sizeof file.text, "candump:/proc/self/fd/%d", file.fd);
    return file;
}

static struct vb_source *open_text(const char *text, bool loop)
{
    const struct vb_source_options options = {.loop = loop};
    struct vb_source_error error = {.text = ""};
    struct vb_source *source = vb_source_open(text, &options, &error);
    if (source == NULL)
        print_error("%s\n", error.text);
    assert_non_null(source);
    return source;
}

static void assert_refused(const char *text, const char *part)
{
    const struct vb_source_options options = {0};
    struct vb_source_error error = {.text = ""};
    assert_null(vb_source_open(text, &options, &error));
    if (strstr(error.text, part) == NULL)
        print_error("\"%s\" does not say \"%s\"\n", error.text, part);
    assert_non_null(strstr(error.text, part));
}

static void what_holds_no_sweep_is_refused_with_the_reason(void **state)
{
    (void)state;
    assert_refused("candump:", "candump:FILE");
    assert_refused("candump:/no/such.log", "cannot open");
    assert_refused("candump:/proc/self", "is a directory, expected a log of a CAN bus");
    assert_refused("candump:/dev/null", "a device or a pipe");
    struct log_file file = log_of("(0.000000) can0 1DB#FDA0BAAA000001A8\nnonsense\n");
    assert_refused(file.text, "record while LeafSpy or Voltbeacon asks");
    assert_refused(file.text, "(candump -L, frames: 1) holds no whole answer");
    assert_refused(file.text, "passed over: 1, the first: line 2: it is in no form");
    close(file.fd);
    file = log_of("");
    assert_refused(file.text, "is empty");
    close(file.fd);
}

static struct vb_reading next(struct vb_source *source, uint64_t *at_ms)
{
    struct vb_reading reading = {0};
    assert_int_equal(vb_source_next(source, &reading, at_ms), VB_SOURCE_READING);
    return reading;
}

/* One line of a sweep of equal cells, 0 to 28. */
static size_t sweep_line(char *text, size_t size, const char *time, const char *bus,
                         unsigned number, uint16_t mv)
{
    const unsigned high = mv >> 8;
    const unsigned low = mv & 0xffu;
    const bool odd = number % 2 == 1;
    if (number == 0)
        return (size_t)snprintf(text, size, "(%s) %s 7BB#10C66102%04X%04X\n", time, bus, mv, mv);
    const unsigned a = odd ? high : low;
    const unsigned b = odd ? low : high;
    return (size_t)snprintf(text, size, "(%s) %s 7BB#2%X%02X%02X%02X%02X%02X%02X%02X\n", time, bus,
                            number % 16, a, b, a, b, a, b, a);
}

static void of_two_buses_in_a_log_the_one_that_answers_first_counts(void **state)
{
    (void)state;
    char text[8192];
    size_t length = 0;
    for (unsigned number = 0; number <= 28; number++) {
        length += sweep_line(text + length, sizeof text - length, "1.000000", "can1", number, 3800);
        length += sweep_line(text + length, sizeof text - length, "1.000000", "can0", number, 3900);
    }
    const struct log_file file = log_of(text);
    struct vb_source *source = open_text(file.text, false);
    uint64_t at_ms = 0;
    const struct vb_reading reading = next(source, &at_ms);
    assert_int_equal(reading.cell_mv[0], 3800);
    assert_int_equal(reading.cell_mv[95], 3800);
    struct vb_reading none;
    assert_int_equal(vb_source_next(source, &none, &at_ms), VB_SOURCE_END);
    assert_int_equal(vb_source_skipped(source)->count, 0);
    vb_source_close(source);
    close(file.fd);
}

/* Set back, then to the end of what can be written, again and again. */
static void a_clock_that_leaps_never_takes_the_readings_back(void **state)
{
    (void)state;
    static const char *const times[] = {"5.000000", "4.000000", "99999999999.999999", "0.000000"};
    char text[16384];
    size_t length = 0;
    for (size_t i = 0; i < VB_COUNT_OF(times); i++) {
        for (unsigned number = 0; number <= 28; number++)
            length += sweep_line(text + length, sizeof text - length, times[i], "can0", number,
                                 (uint16_t)(3800 + i));
    }
    const struct log_file file = log_of(text);
    struct vb_source *source = open_text(file.text, true);
    uint64_t at_ms = 0;
    uint64_t before_ms = 0;
    for (unsigned i = 0; i < 1000; i++) {
        (void)next(source, &at_ms);
        assert_true(at_ms >= before_ms);
        before_ms = at_ms;
    }
    vb_source_close(source);
    close(file.fd);
}

/* What the fixture holds on purpose is said in make_fixtures.py. */
static void the_fixture_gives_its_new_sweeps_and_names_what_it_passed_over(void **state)
{
    (void)state;
    struct vb_source *source = open_text("candump:" FIXTURE, false);
    const struct vb_source_description description = vb_source_describe(source);
    assert_int_equal(description.cell_count, 96);
    assert_int_equal(description.temp_count, 4);
    assert_int_equal(description.interval_ms, 6000);

    uint64_t at_ms = 1;
    const struct vb_reading first = next(source, &at_ms);
    assert_int_equal(at_ms, 0);
    assert_int_equal(first.sequence, 1);
    assert_int_equal(first.wall_ms / 1000, 1795372800);
    assert_int_equal(first.flags,
                     VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT | VB_READING_HAS_SOC);
    assert_int_equal(first.pack_mv, 372070);
    assert_int_equal(first.current_ma, -12500);
    assert_int_equal(first.soc_permille, 716);
    assert_int_equal(first.cell_mv[0], 3874);
    assert_int_equal(first.cell_mv[36], 3850);
    assert_int_equal(first.cell_mv[40], VB_CELL_NOT_AVAILABLE);
    assert_int_equal(first.temp_dc[0], 140);
    assert_int_equal(first.temp_dc[1], -10);
    assert_int_equal(first.temp_dc[2], VB_TEMP_NOT_AVAILABLE);
    assert_int_equal(first.temp_dc[3], 150);
    for (unsigned cell = 0; cell < 96; cell++)
        assert_int_equal(vb_reading_balancing(&first, cell), cell == 5 || cell == 92);
    assert_int_equal(vb_source_skipped(source)->count, 1);
    assert_non_null(strstr(vb_source_skipped(source)->reason.text, "frame 1DB: a wrong CRC-8"));

    /* Of five more answers one is torn and one repeated. */
    const struct vb_reading second = next(source, &at_ms);
    assert_int_equal(at_ms, 5998);
    assert_int_equal(second.sequence, 2);
    const struct vb_reading third = next(source, &at_ms);
    assert_int_equal(at_ms, 17998);
    assert_int_equal(third.cell_mv[0], second.cell_mv[0] - 1);
    const struct vb_reading fourth = next(source, &at_ms);
    assert_int_equal(at_ms, 23998);
    assert_int_equal(fourth.cell_mv[0], third.cell_mv[0] - 1);
    struct vb_reading none;
    assert_int_equal(vb_source_next(source, &none, &at_ms), VB_SOURCE_END);
    assert_int_equal(vb_source_skipped(source)->count, 3);
    vb_source_close(source);
}

static void a_loop_continues_in_time_and_counts_a_broken_line_once(void **state)
{
    (void)state;
    struct vb_source *source = open_text("candump:" FIXTURE, true);
    uint64_t at_ms = 0;
    uint64_t before_ms = 0;
    for (uint32_t i = 1; i <= 9; i++) {
        const struct vb_reading reading = next(source, &at_ms);
        assert_int_equal(reading.sequence, i);
        assert_true(i == 1 || at_ms > before_ms);
        before_ms = at_ms;
    }
    assert_int_equal(vb_source_skipped(source)->count, 3);
    vb_source_close(source);
}

/* == Forms of logs =========================================================================== */

/* Writes one frame of a log as some program does. back_us: since the frame before. */
typedef void write_frame(FILE *file, const struct vb_can_log_entry *entry, int64_t back_us);

static void write_data(FILE *file, const struct vb_can_frame *frame, const char *between)
{
    for (uint8_t i = 0; i < frame->size; i++)
        (void)fprintf(file, "%s%02X", i == 0 ? "" : between, frame->data[i]);
}

static void write_candump(FILE *file, const struct vb_can_log_entry *entry, const char *time)
{
    (void)fprintf(file, " %s can0  %03X   [%u]  ", time, entry->frame.id, entry->frame.size);
    write_data(file, &entry->frame, " ");
    (void)fputc('\n', file);
}

#define SECONDS(us) (long long)(us) / 1000000, (long long)(us) % 1000000

static void write_ta(FILE *file, const struct vb_can_log_entry *entry, int64_t back_us)
{
    char time[64];
    (void)back_us;
    (void)snprintf(time, sizeof time, "(%lld.%06lld) ", SECONDS(entry->time_us));
    write_candump(file, entry, time);
}

static void write_tA(FILE *file, const struct vb_can_log_entry *entry, int64_t back_us)
{
    char time[64];
    char date[32];
    struct tm utc;
    const time_t second = entry->time_us / 1000000;
    (void)back_us;
    assert_non_null(gmtime_r(&second, &utc));
    assert_true(strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &utc) > 0);
    (void)snprintf(time, sizeof time, "(%s.%06lld) ", date, (long long)entry->time_us % 1000000);
    write_candump(file, entry, time);
}

static void write_td(FILE *file, const struct vb_can_log_entry *entry, int64_t back_us)
{
    char time[64];
    (void)snprintf(time, sizeof time, "(%03lld.%06lld) ", SECONDS(back_us));
    write_candump(file, entry, time);
}

static void write_plain(FILE *file, const struct vb_can_log_entry *entry, int64_t back_us)
{
    (void)back_us;
    write_candump(file, entry, "");
}

static void write_ms(FILE *file, const struct vb_can_log_entry *entry, int64_t back_us)
{
    (void)back_us;
    (void)fprintf(file, "(%lld.%03lld) can0 %03X#", (long long)entry->time_us / 1000000,
                  (long long)entry->time_us / 1000 % 1000, entry->frame.id);
    write_data(file, &entry->frame, "");
    (void)fputs("\r\n", file);
}

static void write_web(FILE *file, const struct vb_can_log_entry *entry, int64_t back_us)
{
    const int64_t since_ms = (entry->time_us - INT64_C(1795372799000000)) / 1000;
    (void)back_us;
    (void)fprintf(file, "(%lld.%02lld) %s %X [%u] ", (long long)since_ms / 1000,
                  (long long)since_ms / 10 % 100, entry->frame.id == 0x79b ? "TX0" : "RX0",
                  entry->frame.id, entry->frame.size);
    write_data(file, &entry->frame, " ");
    (void)fputs(" \n", file);
}

static void write_crtd(FILE *file, const struct vb_can_log_entry *entry, int64_t back_us)
{
    if (back_us == 0)
        (void)fputs("1795372799.000000 CXX OVMS CRTD\n", file);
    (void)fprintf(file, "%lld.%06lld 1%s %03X ", SECONDS(entry->time_us),
                  entry->frame.id == 0x79b ? "T11" : "R11", entry->frame.id);
    write_data(file, &entry->frame, " ");
    (void)fputc('\n', file);
}

static void write_canary(FILE *file, const struct vb_can_log_entry *entry, int64_t back_us)
{
    if (back_us == 0)
        (void)fputs(";CANARY V2.3\n;TIME_us.d  ID       FL L DATA\n", file);
    (void)fprintf(file, "%04lld.%06lld %08X 00 %u ",
                  SECONDS(entry->time_us - INT64_C(1795372799000000)), entry->frame.id,
                  entry->frame.size);
    write_data(file, &entry->frame, " ");
    (void)fputs(" \n", file);
}

static void write_canary_bare(FILE *file, const struct vb_can_log_entry *entry, int64_t back_us)
{
    (void)back_us;
    (void)fprintf(file, "%04lld.%06lld,%08X,%u,",
                  SECONDS(entry->time_us - INT64_C(1795372799000000)), entry->frame.id,
                  entry->frame.size);
    write_data(file, &entry->frame, ",");
    (void)fputc('\n', file);
}

static void write_savvycan_row(FILE *file, const struct vb_can_log_entry *entry, bool negative)
{
    (void)fprintf(file, "%s%lld,%08X,false,Rx,0,%u,", negative ? "-" : "",
                  (long long)entry->time_us, entry->frame.id, entry->frame.size);
    write_data(file, &entry->frame, ",");
    (void)fputs(",\n", file);
}

#define SAVVYCAN_HEADER "Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8\n"

static void write_savvycan(FILE *file, const struct vb_can_log_entry *entry, int64_t back_us)
{
    if (back_us == 0)
        (void)fputs(SAVVYCAN_HEADER, file);
    write_savvycan_row(file, entry, false);
}

static void write_savvycan_negative(FILE *file, const struct vb_can_log_entry *entry,
                                    int64_t back_us)
{
    if (back_us == 0)
        (void)fputs(SAVVYCAN_HEADER, file);
    write_savvycan_row(file, entry, true);
}

static void write_elm327(FILE *file, const struct vb_can_log_entry *entry, int64_t back_us)
{
    if (back_us == 0)
        (void)fputs("ATH1\rOK\r\r>", file);
    if (entry->frame.id != 0x7bb)
        return; /* it shows the answers alone */
    (void)fprintf(file, "%03X ", entry->frame.id);
    write_data(file, &entry->frame, " ");
    (void)fputc('\r', file);
}

/* The fixture's frames as the program writes them. */
static struct log_file rewritten(write_frame *write)
{
    char line[256];
    char path[64];
    struct log_file file = log_of("");
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file.fd);
    FILE *to = fopen(path, "w");
    FILE *from = fopen(FIXTURE, "r");
    assert_non_null(to);
    assert_non_null(from);
    int64_t last_us = 0;
    while (fgets(line, sizeof line, from) != NULL) {
        struct vb_can_log_entry entry;
        struct vb_source_error ignored;
        line[strcspn(line, "\n")] = '\0';
        if (vb_can_log_parse(line, &entry, &ignored) != VB_CAN_LOG_FRAME)
            continue;
        write(to, &entry, last_us == 0 ? 0 : entry.time_us - last_us);
        last_us = entry.time_us;
    }
    assert_int_equal(fclose(from), 0);
    assert_int_equal(fclose(to), 0);
    return file;
}

static void every_program_that_logs_a_bus_gives_the_same_sweeps_at_the_same_time(void **state)
{
    (void)state;
    enum { WALL, NO_WALL, NO_TIME };
    static const struct {
        write_frame *write;
        int time;
        const char *said;
    } programs[] = {
        {write_ta, WALL, "candump"},
        {write_tA, WALL, "its times name no zone and are taken as UTC"},
        {write_td, NO_WALL, "candump"},
        {write_plain, NO_TIME, "candump"},
        {write_ms, WALL, "candump -L"},
        {write_web, NO_WALL, "Battery-Emulator"},
        {write_crtd, WALL, "OVMS"},
        {write_canary, NO_WALL, "CANary"},
        {write_canary_bare, NO_WALL, "CANary"},
        {write_savvycan, WALL, "SavvyCAN"},
        {write_savvycan_negative, WALL, "SavvyCAN"},
        {write_elm327, NO_TIME, "ELM327"},
    };
    for (size_t i = 0; i < VB_COUNT_OF(programs); i++) {
        const struct log_file file = rewritten(programs[i].write);
        struct vb_source *expected = open_text("candump:" FIXTURE, false);
        struct vb_source *found = open_text(file.text, false);
        assert_non_null(strstr(vb_source_describe(found).text, programs[i].said));
        for (unsigned sweep = 0; sweep < 4; sweep++) {
            uint64_t expected_ms = 0;
            uint64_t found_ms = 0;
            const struct vb_reading wanted = next(expected, &expected_ms);
            const struct vb_reading got = next(found, &found_ms);
            assert_memory_equal(got.cell_mv, wanted.cell_mv, sizeof got.cell_mv);
            if (programs[i].time != NO_TIME)
                assert_in_range(found_ms + 20, expected_ms, expected_ms + 40);
            if (programs[i].time == WALL)
                assert_in_range(got.wall_ms + 1, wanted.wall_ms, wanted.wall_ms + 2);
            else
                assert_int_equal(got.wall_ms, 0);
        }
        vb_source_close(expected);
        vb_source_close(found);
        close(file.fd);
    }
}

static void a_file_in_no_known_form_is_refused_naming_the_forms_and_the_first_line(void **state)
{
    (void)state;
    struct log_file file = log_of("\n\nasc 1.0 begin\nsecond\n");
    assert_refused(file.text, "of its 4 lines none is in a form that is read: candump -L, candump "
                              "with any -t or none, Battery-Emulator, OVMS CRTD, CANary, SavvyCAN "
                              "GVRET CSV, ELM327 with ATH1; line 3 is \"asc 1.0 begin\"");
    close(file.fd);
    file = log_of("asc 1.0 begin\n");
    assert_refused(file.text, "of its 1 line none is in a form that is read: ");
    close(file.fd);
    file = log_of("\n  \n\r\n");
    assert_refused(file.text, "holds blank lines alone, expected a log of a CAN bus");
    close(file.fd);
    file = log_of("Date/Time,Lat,Long,CP1,CP2,epoch time\n11/14/2023 22:13:20,,,4001,4002,1\n");
    assert_refused(file.text, "is no log of a CAN bus: line 1 is \"Date/Time,Lat,Long,CP1,CP2,ep");
    assert_refused(file.text, "this is read with --source csv:FILE");
    close(file.fd);
    file = log_of("t_s,pack_v,pack_a,soc_pct,c01_mv\n36000,381.42,2.5,70,3968\n");
    assert_refused(file.text, "this is read with --source csv:FILE");
    close(file.fd);
    file = log_of("{\"voltbeacon_recording\":1,\"mac\":null}\n");
    assert_refused(file.text, "this is read with --source recording:FILE");
    close(file.fd);
}

/* == Lengths of answers ====================================================================== */

/* An answer of so many bytes, by lines of a log without times. */
static size_t answer_lines(char *text, size_t size, const uint8_t *bytes, unsigned count)
{
    size_t length = (size_t)snprintf(text, size, "7BB1%03X", count);
    unsigned at = 0;
    for (unsigned line = 0; at < count; line++) {
        if (line > 0)
            length += (size_t)snprintf(text + length, size - length, "7BB2%X", line % 16);
        for (unsigned i = 0; i < (line == 0 ? 6u : 7u); i++, at++)
            length += (size_t)snprintf(text + length, size - length, "%02X",
                                       at < count ? bytes[at] : 0xff);
        length += (size_t)snprintf(text + length, size - length, "\n");
    }
    return length;
}

static void a_group_that_is_longer_than_known_ones_is_read_by_its_places(void **state)
{
    (void)state;
    static const unsigned temps_bytes[] = {16, 31, 37, 44};
    static const unsigned cells_bytes[] = {194, 198, 202};
    for (size_t i = 0; i < VB_COUNT_OF(temps_bytes) * VB_COUNT_OF(cells_bytes); i++) {
        char text[4096];
        uint8_t temps[64] = {0x61, 0x04, 0x02, 0x0d, 21,   0x02, 0x11,
                             20,   0xff, 0xff, 0xff, 0x02, 0x1a, 19};
        uint8_t cells[202] = {0x61, 0x02};
        for (unsigned cell = 0; cell < 96; cell++) {
            cells[2 + 2 * cell] = 0x0f;
            cells[3 + 2 * cell] = (uint8_t)cell;
        }
        size_t length = answer_lines(text, sizeof text, temps, temps_bytes[i % 4]);
        length += answer_lines(text + length, sizeof text - length, cells, cells_bytes[i / 4]);
        const struct log_file file = log_of(text);
        struct vb_source *source = open_text(file.text, false);
        uint64_t at_ms;
        const struct vb_reading reading = next(source, &at_ms);
        assert_int_equal(reading.cell_mv[95], 0x0f00 + 95);
        assert_int_equal(reading.temp_dc[0], 210);
        assert_int_equal(reading.temp_dc[1], 200);
        assert_int_equal(reading.temp_dc[2], VB_TEMP_NOT_AVAILABLE);
        assert_int_equal(reading.temp_dc[3], 190);
        assert_int_equal(vb_source_skipped(source)->count, 0);
        vb_source_close(source);
        close(file.fd);
    }
}

/* == Long logs =============================================================================== */

/* A busy bus on which nobody asks for the cells at first. */
static void a_long_log_is_opened_at_once_and_read_step_by_step(void **state)
{
    (void)state;
    enum { FRAMES = 500000 }; /* more than opening looks at */
    static const char frame[] = "(1.000000) can0 55A#004C48005F005B08\n";
    struct log_file file = log_of("");
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file.fd);
    FILE *to = fopen(path, "w");
    assert_non_null(to);
    for (unsigned i = 0; i < FRAMES; i++)
        (void)fputs(frame, to);
    char line[64];
    for (unsigned number = 0; number <= 28; number++) {
        (void)sweep_line(line, sizeof line, "2.000000", "can0", number, 3800);
        (void)fputs(line, to);
    }
    assert_int_equal(fclose(to), 0);
    struct vb_source *source = open_text(file.text, false);
    struct vb_reading reading;
    uint64_t at_ms;
    unsigned later = 0;
    enum vb_source_result result;
    while ((result = vb_source_step(source, &reading, &at_ms)) == VB_SOURCE_LATER)
        later++;
    assert_int_equal(result, VB_SOURCE_READING);
    assert_int_equal(reading.cell_mv[5], 3800);
    assert_in_range(later, FRAMES / 1024, FRAMES / 64);
    vb_source_close(source);

    assert_int_equal(ftruncate(file.fd, (off_t)((sizeof frame - 1) * FRAMES)), 0);
    source = open_text(file.text, false);
    assert_int_equal(vb_source_next(source, &reading, &at_ms), VB_SOURCE_FAILED);
    assert_non_null(strstr(vb_source_error(source), "holds no whole answer of a Nissan Leaf"));
    vb_source_close(source);
    close(file.fd);
}

/* Of a file that was never written whole: 2 GB of nothing, which take no room. */
static void a_hole_in_a_log_is_read_step_by_step_too(void **state)
{
    (void)state;
    enum { STEPS = 50 };
    struct log_file file = log_of("");
    char path[64];
    char line[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file.fd);
    FILE *to = fopen(path, "w");
    assert_non_null(to);
    for (unsigned number = 0; number <= 28; number++) {
        (void)sweep_line(line, sizeof line, "2.000000", "can0", number, 3800);
        (void)fputs(line, to);
    }
    assert_int_equal(fclose(to), 0);
    assert_int_equal(ftruncate(file.fd, INT64_C(1) << 31), 0);
    struct vb_source *source = open_text(file.text, false);
    struct vb_reading reading;
    uint64_t at_ms;
    assert_int_equal(vb_source_next(source, &reading, &at_ms), VB_SOURCE_READING);
    assert_int_equal(reading.cell_mv[5], 3800);
    for (unsigned i = 0; i < STEPS; i++)
        assert_int_equal(vb_source_step(source, &reading, &at_ms), VB_SOURCE_LATER);
    assert_int_equal(vb_source_skipped(source)->count, 1); /* it is one line */
    vb_source_close(source);
    close(file.fd);
}

/* == Recordings of real cars ================================================================= */

/* "candump:PATH" of a file of the Leaf recordings; NULL, and said so, where it is absent. */
static const char *recording(const char *name, char text[TEXT_SIZE])
{
    const char *folder = getenv("VB_SHARED_DATA");
    (void)snprintf(text, TEXT_SIZE, "candump:%s/leaf_can/%s",
                   folder != NULL ? folder : VB_SOURCE_DIR "/../shared/data", name);
    if (access(text + sizeof "candump:" - 1, R_OK) == 0)
        return text;
    print_message("skipped: there is no %s\n", text);
    return NULL;
}

static uint32_t cell_sum_mv(const struct vb_reading *reading)
{
    uint32_t sum_mv = 0;
    for (unsigned i = 0; i < reading->cell_count; i++) {
        assert_true(reading->cell_mv[i] <= VB_CELL_MV_MAX);
        sum_mv += reading->cell_mv[i];
    }
    return sum_mv;
}

static unsigned balancing_count(const struct vb_reading *reading)
{
    unsigned count = 0;
    for (unsigned i = 0; i < reading->cell_count; i++)
        count += vb_reading_balancing(reading, i);
    return count;
}

/* An AZE0 at rest: 0x1DB counts in 0.5 V, so the sum of the cells may be half of that off. */
static void an_aze0_gives_three_sweeps_that_agree_with_its_pack_voltage(void **state)
{
    (void)state;
    char text[TEXT_SIZE];
    if (recording("leaf_20250804_161600_bypass.log", text) == NULL)
        skip();
    struct vb_source *source = open_text(text, false);
    static const uint64_t at_ms_expected[] = {0, 6478, 12799};
    for (size_t i = 0; i < VB_COUNT_OF(at_ms_expected); i++) {
        uint64_t at_ms = 0;
        const struct vb_reading reading = next(source, &at_ms);
        assert_int_equal(at_ms, at_ms_expected[i]);
        assert_int_equal(reading.wall_ms, 0);
        assert_in_range(cell_sum_mv(&reading), reading.pack_mv - 500, reading.pack_mv + 500);
        assert_int_equal(reading.pack_mv, 388000);
        assert_in_range(-reading.current_ma, 0, 1000);
        assert_int_equal(reading.soc_permille, 873);
        assert_int_equal(reading.temp_dc[0], 250);
        assert_int_equal(reading.temp_dc[2], VB_TEMP_NOT_AVAILABLE);
        assert_int_equal(reading.temp_dc[3], 260);
        assert_int_equal(balancing_count(&reading), 5);
        assert_int_equal(reading.flags & VB_READING_TOGETHER, 0);
    }
    struct vb_reading none;
    uint64_t at_ms;
    assert_int_equal(vb_source_next(source, &none, &at_ms), VB_SOURCE_END);
    assert_int_equal(vb_source_skipped(source)->count, 0);
    vb_source_close(source);
}

/* A ZE0 under load: the current moves by some ampere while the cells are asked one by one, which
 * is about 0.1 ohm * 5 A on the pack. */
static void a_ze0_under_load_gives_one_sweep(void **state)
{
    (void)state;
    char text[TEXT_SIZE];
    if (recording("leaf_ze0_10bars.log", text) == NULL)
        skip();
    struct vb_source *source = open_text(text, false);
    uint64_t at_ms = 0;
    const struct vb_reading reading = next(source, &at_ms);
    const struct vb_reading_stats stats = vb_reading_stats(&reading);
    assert_int_equal(stats.max_mv - stats.min_mv, 56);
    assert_in_range(cell_sum_mv(&reading), reading.pack_mv - 1000, reading.pack_mv + 1000);
    assert_in_range(-reading.current_ma, 5000, 15000);
    assert_int_equal(reading.soc_permille, 797);
    assert_int_equal(reading.temp_dc[2], 100);
    assert_int_equal(balancing_count(&reading), 15);
    assert_int_equal(vb_source_skipped(source)->count, 0);
    vb_source_close(source);
}

static void a_canary_log_and_an_elm327_capture_give_their_sweep(void **state)
{
    (void)state;
    char text[TEXT_SIZE];
    if (recording("leaf_log_sample_for_cells_reader_test.txt", text) == NULL)
        skip();
    struct vb_source *source = open_text(text, false);
    uint64_t at_ms = 0;
    struct vb_reading reading = next(source, &at_ms);
    struct vb_reading_stats stats = vb_reading_stats(&reading);
    assert_int_equal(stats.available_count, 96);
    assert_int_equal(stats.min_mv, 4037);
    assert_int_equal(stats.max_mv, 4052);
    assert_int_equal(reading.flags, 0);
    vb_source_close(source);

    assert_non_null(recording("leaf_30kwh_elm327_groups.txt", text));
    source = open_text(text, false);
    reading = next(source, &at_ms);
    stats = vb_reading_stats(&reading);
    assert_int_equal(stats.available_count, 96);
    assert_int_equal(stats.min_mv, 3899);
    assert_int_equal(stats.max_mv, 3911);
    assert_in_range(cell_sum_mv(&reading), 374820 - 10, 374820 + 10); /* the answer's own sum */
    vb_source_close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_that_are_no_frames_are_broken),
        cmocka_unit_test(comments_prompts_and_frames_without_data_of_ours_are_no_loss),
        cmocka_unit_test(each_form_of_line_gives_the_same_frame),
        cmocka_unit_test(an_id_of_eight_digits_is_another_than_its_last_three),
        cmocka_unit_test(what_holds_no_sweep_is_refused_with_the_reason),
        cmocka_unit_test(the_fixture_gives_its_new_sweeps_and_names_what_it_passed_over),
        cmocka_unit_test(of_two_buses_in_a_log_the_one_that_answers_first_counts),
        cmocka_unit_test(a_clock_that_leaps_never_takes_the_readings_back),
        cmocka_unit_test(a_loop_continues_in_time_and_counts_a_broken_line_once),
        cmocka_unit_test(every_program_that_logs_a_bus_gives_the_same_sweeps_at_the_same_time),
        cmocka_unit_test(a_file_in_no_known_form_is_refused_naming_the_forms_and_the_first_line),
        cmocka_unit_test(a_group_that_is_longer_than_known_ones_is_read_by_its_places),
        cmocka_unit_test(a_long_log_is_opened_at_once_and_read_step_by_step),
        cmocka_unit_test(a_hole_in_a_log_is_read_step_by_step_too),
        cmocka_unit_test(an_aze0_gives_three_sweeps_that_agree_with_its_pack_voltage),
        cmocka_unit_test(a_ze0_under_load_gives_one_sweep),
        cmocka_unit_test(a_canary_log_and_an_elm327_capture_give_their_sweep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
