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
#include <unistd.h>

#include "sources/can_log_line.h"
#include "sources/source.h"

#define FIXTURE VB_SOURCE_DIR "/tests/fixtures/leaf_can.log"

enum { TEXT_SIZE = 512 };

/* == Lines =================================================================================== */

static enum vb_can_log_line parse(const char *text, struct vb_can_log_entry *entry)
{
    struct vb_source_error error = {""};
    const enum vb_can_log_line line = vb_can_log_parse(text, entry, &error);
    assert_int_equal(line == VB_CAN_LOG_BROKEN, error.text[0] != '\0');
    return line;
}

static void lines_that_are_no_frames_are_broken(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "(1.5) can0 1DB#00",
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
        "0000.511378 7BB 00 2 10 C6",
        "0000.5113 000007BB 00 2 10 C6",
        "0000.511378 000007BB 00 2 10 C6 61",
        "7BB",
        "7BB1",
        "FFF10C6",
        "7BB10C661020F3D0F4211",
        "NO DATA",
        "\xEF\xBB\xBF(1.000000) can0 1DB#00",
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
        "(1.000000) can0 7BB#R",
        "(1.000000) can0 7BB#R4",
        "(1.000000) can0 123##1001122334455667788AABB",
    };
    struct vb_can_log_entry entry;
    for (size_t i = 0; i < VB_COUNT_OF(lines); i++)
        assert_int_equal(parse(lines[i], &entry), VB_CAN_LOG_BLANK);
}

static void each_form_of_line_gives_the_same_frame(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "(1795372800.004429) can0 7BB#10C661020FCC0FCC",
        " (1795372800.004429)  can0  7BB#10.C6.61.02.0F.CC.0F.CC R\r",
        "1795372800.004429 000007BB 00 8 10 C6 61 02 0F CC 0F CC ",
        "7BB10C661020FCC0FCC",
        "7BB 10 C6 61 02 0F CC 0F CC \r",
        "7bb10c661020fcc0fcc",
    };
    static const uint8_t data[] = {0x10, 0xc6, 0x61, 0x02, 0x0f, 0xcc, 0x0f, 0xcc};
    for (size_t i = 0; i < VB_COUNT_OF(lines); i++) {
        struct vb_can_log_entry entry;
        assert_int_equal(parse(lines[i], &entry), VB_CAN_LOG_FRAME);
        assert_int_equal(entry.frame.id, 0x7bb);
        assert_int_equal(entry.frame.size, sizeof data);
        assert_memory_equal(entry.frame.data, data, sizeof data);
        assert_int_equal(entry.timed, i < 3);
        assert_int_equal(entry.time_us, i < 3 ? 1795372800004429 : 0);
        assert_string_equal(entry.bus, i < 2 ? "can0" : "");
    }
}

static void an_id_of_eight_digits_is_another_than_its_last_three(void **state)
{
    (void)state;
    struct vb_can_log_entry entry;
    assert_int_equal(parse("(0.000000) vcan1 000007BB#", &entry), VB_CAN_LOG_FRAME);
    assert_int_equal(entry.frame.id, 0x7bb | VB_CAN_EXTENDED);
    assert_int_equal(entry.frame.size, 0);
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
    struct vb_source_error error = {""};
    struct vb_source *source = vb_source_open(text, &options, &error);
    if (source == NULL)
        print_error("%s\n", error.text);
    assert_non_null(source);
    return source;
}

static void assert_refused(const char *text, const char *part)
{
    const struct vb_source_options options = {0};
    struct vb_source_error error = {""};
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
    assert_refused("candump:/proc/self", "is a directory, expected a log made by candump -L");
    assert_refused("candump:/dev/null", "a device or a pipe");
    struct log_file file = log_of("(0.000000) can0 1DB#FDA0BAAA000001A8\nnonsense\n");
    assert_refused(file.text, "record while LeafSpy or Voltbeacon asks");
    assert_refused(file.text, "line 2: neither");
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

static void a_loop_goes_on_in_time_and_counts_a_broken_line_once(void **state)
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
        cmocka_unit_test(a_loop_goes_on_in_time_and_counts_a_broken_line_once),
        cmocka_unit_test(an_aze0_gives_three_sweeps_that_agree_with_its_pack_voltage),
        cmocka_unit_test(a_ze0_under_load_gives_one_sweep),
        cmocka_unit_test(a_canary_log_and_an_elm327_capture_give_their_sweep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
