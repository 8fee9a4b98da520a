/* The layouts of recordings: what a file of each holds, by its made-up fixture, and which rows are
 * no new samples. test_source_csv.c has what all layouts share. */
#include "../fixtures/source_bench.h"

#define FOLDER "csv:" VB_SOURCE_DIR "/tests/fixtures/"

/* A LeafSpy file of so few columns that a test can write them out; one temperature is missing. */
#define LEAFSPY_HEADER "Date/Time,Elv,SOC,Pack Volts,Pack Amps,Pack T1 C,CP1,CP2,Debug"

static void E1_a_minus_sign_of_a_leafspy_cell_is_its_balancing_bit(void **state)
{
    (void)state;
    struct vb_source *source = open_text(FOLDER "leafspy_96s.csv", false);
    for (uint64_t row = 0; row < 3; row++) {
        const struct vb_reading reading = next(source, row * 5000);
        assert_int_equal(reading.cell_count, 96);
        assert_int_equal(vb_reading_stats(&reading).available_count, 96);
        for (unsigned cell = 0; cell < 96; cell++) {
            const bool expected = row == 2 && (cell == 0 || cell == 95);
            assert_int_equal(vb_reading_balancing(&reading, cell), expected);
            assert_in_range(reading.cell_mv[cell], 3960, 4020);
        }
    }
    const struct vb_reading all = next(source, 15000);
    for (unsigned cell = 0; cell < 96; cell++)
        assert_true(vb_reading_balancing(&all, cell));
    vb_source_close(source);
}

static void a_leafspy_row_tells_current_charge_time_and_sensors_not_fitted(void **state)
{
    (void)state;
    struct vb_source *source = open_text(FOLDER "leafspy_96s.csv", false);
    struct vb_reading reading = next(source, 0);
    /* Not together: the car's cells are measured one after the other. */
    assert_int_equal(reading.flags,
                     VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT | VB_READING_HAS_SOC);
    assert_int_equal(reading.current_ma, -500);
    assert_int_equal(reading.soc_permille, 612);
    assert_int_equal(reading.pack_mv, 383940);
    assert_int_equal(reading.temp_count, 4);
    assert_int_equal(reading.temp_dc[0], 223);
    assert_int_equal(reading.temp_dc[1], -45);
    assert_int_equal(reading.temp_dc[2], VB_TEMP_NOT_AVAILABLE);
    assert_int_equal(reading.temp_dc[3], 210);
    assert_int_equal(reading.wall_ms, 1700000000000);
    reading = next(source, 5000);
    assert_int_equal(reading.wall_ms, 1700000005000);
    assert_int_equal(vb_source_describe(source).interval_ms, 5000);
    assert_non_null(strstr(vb_source_describe(source).text, "(LeafSpy layout), 96 cells"));
    vb_source_close(source);
}

static void E1_a_sweep_that_leafspy_writes_again_keeps_its_sequence_and_its_time(void **state)
{
    (void)state;
    struct vb_source *source = open_text(FOLDER "leafspy_96s.csv", false);
    static const struct {
        uint64_t due_ms;
        uint32_t sequence;
        uint32_t sampled_ms;
    } rows[] = {
        {0, 1, 0},
        {5000, 2, 5000},
        {10000, 3, 10000},
        {15000, 4, 15000},
        {20000, 4, 15000}, /* cells of the row before, beside a new current */
        {3620000, 5, 3620000},
        {3625000, 6, 3625000},
        {3630000, 7, 3630000},
    };
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++) {
        const struct vb_reading reading = next(source, rows[i].due_ms);
        assert_int_equal(reading.sequence, rows[i].sequence);
        assert_int_equal(reading.sampled_ms, rows[i].sampled_ms);
        assert_int_equal(reading.wall_ms, UINT64_C(1700000000000) + rows[i].sampled_ms);
        if (i == 4)
            assert_int_equal(reading.current_ma, 35500);
        if (i == 6)
            assert_int_equal(reading.cell_mv[10], VB_CELL_NOT_AVAILABLE);
    }
    expect_end(source);
    assert_int_equal(vb_source_skipped(source)->count, 0);
    vb_source_close(source);
}

static void a_frozen_cell_among_others_is_no_repeated_sweep(void **state)
{
    (void)state;
    struct vb_source *source = open_content(LEAFSPY_HEADER "\n"
                                                           "1/22/2023 3:04:05,0,,,,,3900,3901,0\n"
                                                           "1/22/2023 3:04:10,0,,,,,3900,3902,0\n"
                                                           "1/22/2023 3:04:15,0,,,,,3900,-3902,0\n"
                                                           "1/22/2023 3:04:20,0,,,,,3900,-3902,0\n"
                                                           "1/22/2023 3:04:25,0,,,,,na,na,0\n"
                                                           "1/22/2023 3:04:30,0,,,,,na,0,0\n");
    static const uint32_t sequences[] = {1, 2, 3, 3, 4, 5};
    for (size_t i = 0; i < VB_COUNT_OF(sequences); i++)
        assert_int_equal(next(source, i * 5000).sequence, sequences[i]);
    vb_source_close(source);
}

static void a_leafspy_file_without_epoch_has_its_local_time_taken_as_utc_and_says_so(void **state)
{
    (void)state;
    struct vb_source *source = open_content(
        LEAFSPY_HEADER "\r\n"
                       "09/13/2017 8:45:03,1,874528,391.3,-13.051,25.7,4077,-4081,A\r\n"
                       "09/13/2017 8:45:08,1,na,na,na,na,4077,4081,A\r\n"
                       "09/13/2017 8:4,1,na,na,na,na,4077,4083,A\r\n");
    struct vb_reading reading = next(source, 0);
    assert_int_equal(reading.wall_ms, 1505292303000); /* date -u -d "2017-09-13 8:45:03" +%s */
    assert_int_equal(reading.current_ma, 13051);
    assert_int_equal(reading.soc_permille, 875);
    assert_int_equal(reading.temp_count, 1);
    assert_non_null(strstr(vb_source_describe(source).text,
                           "its times name no zone and are taken as UTC; the month is first, as "
                           "line 2 shows"));
    reading = next(source, 5000);
    assert_int_equal(reading.flags, 0);
    assert_int_equal(reading.temp_dc[0], VB_TEMP_NOT_AVAILABLE);
    expect_end(source);
    assert_int_equal(vb_source_skipped(source)->count, 1);
    assert_non_null(strstr(vb_source_skipped(source)->reason.text,
                           "line 4, field 1 is \"09/13/2017 8:4\", expected a date and time"));
    vb_source_close(source);
}

/* What a file of two rows is taken for: its first reading's wall time, 0 where it is refused. */
static uint64_t wall_ms_of_dates(const char *first, const char *second, const char *option)
{
    char content[256];
    char text[SOURCE_TEXT_SIZE + 16];
    (void)snprintf(content, sizeof content, "Date/Time,CP1,CP2\n%s,4077,4081\n%s,4078,4081\n",
                   first, second);
    write_bytes(content, strlen(content));
    (void)snprintf(text, sizeof text, "%s%s", source_text, option);
    const struct vb_source_options options = {0};
    struct vb_source_error error = {.text = ""};
    struct vb_source *source = vb_source_open(text, &options, &error);
    if (source == NULL) {
        assert_non_null(strstr(error.text, "csv:FILE,dates=dmy"));
        return 0;
    }
    struct vb_reading reading;
    uint64_t at_ms;
    assert_int_equal(vb_source_next(source, &reading, &at_ms), VB_SOURCE_READING);
    const uint64_t wall_ms = reading.wall_ms;
    vb_source_close(source);
    return wall_ms;
}

static void the_order_of_day_and_month_is_found_or_asked_for_but_never_assumed(void **state)
{
    (void)state;
    /* date -u -d "2023-08-04 2:00" +%s, and of 2023-04-08 */
    const uint64_t august_ms = 1691114400000;
    const uint64_t april_ms = 1680919200000;
    static const struct {
        const char *first;
        const char *second;
        const char *option;
        int meant; /* 8, 4, 0 = refused */
    } files[] = {
        {"04/08/2023 2:00:00", "04/08/2023 2:00:05", "", 0},
        {"04/08/2023 2:00:00", "04/08/2023 2:00:05", ",dates=dmy", 8},
        {"04/08/2023 2:00:00", "04/08/2023 2:00:05", ",dates=mdy", 4},
        {"04/08/2023 2:00:00", "14/08/2023 2:00:05", "", 8}, /* there is no month 14 */
        {"04/08/2023 2:00:00", "04/18/2023 2:00:05", "", 4},
        {"04/08/2023 2:00:00", "05/08/2023 2:00:00", "", 8}, /* a day later, or a month */
        {"04/08/2023 2:00:00", "04/09/2023 2:00:00", "", 4},
        {"13/08/2023 2:00:00", "08/13/2023 2:00:05", "", 0}, /* it changes */
        {"2023/08/04 2:00:00", "2023/08/04 2:00:05", "", 8},
        {"2023-08-04 02:00:00", "2023-08-04 02:00:05", "", 8},
        {"2023-08-04T02:00:00.000", "2023-08-04T02:00:05.000", "", 8},
        {"04.08.2023 02:00:00", "04.08.2023 02:00:05", "", 8}, /* dots: the day is first */
        {"4-8-2023 02:00:00 AM", "14-8-2023 02:00:05 AM", "", 8},
        {"04/08/2023 2:00:00\xE2\x80\xAF"
         "AM",
         "04/18/2023 2:00:05\xC2\xA0PM", "", 4},
        {"04/08/23 2:00:00", "04/08/23 2:00:05", "", 0}, /* the year may be first, too */
        {"04/08/23 2:00:00", "04/08/23 2:00:05", ",dates=dmy", 8},
        {"04/08/23 2:00:00", "04/08/23 2:00:05", ",dates=mdy", 4},
        {"23/08/04 2:00:00", "23/08/04 2:00:05", ",dates=ymd", 8},
        {"04/08/23 2:00:00", "05/08/23 2:00:00", "", 8}, /* a day later, a month or a year */
        {"04/08/23 2:00:00", "04/09/23 2:00:00", "", 4},
        {"23-08-04 2:00:00", "23-08-05 2:00:00", "", 8},
        {"04.08.23 2:00:00", "05.08.23 2:00:00", "", 8},
        {"04.08.23 2:00:00", "04.08.23 2:00:05", "", 0},
        {"4/8/2023 2:00:00", "14/08/23 2:00:05", "", 8},
        {"4 Aug 2023 2:00:00", "4 Aug 2023 2:00:05", "", 8},
        {"\"Aug 4, 2023 2:00:00\"", "\"Aug 4, 2023 2:00:05\"", "", 8},
    };
    for (size_t i = 0; i < VB_COUNT_OF(files); i++) {
        const uint64_t expected_ms = files[i].meant == 8   ? august_ms
                                     : files[i].meant == 4 ? april_ms
                                                           : 0;
        const uint64_t found_ms =
            wall_ms_of_dates(files[i].first, files[i].second, files[i].option);
        if (found_ms != expected_ms)
            fail_msg("%s then %s: %llu", files[i].first, files[i].second,
                     (unsigned long long)found_ms);
    }
    char text[SOURCE_TEXT_SIZE + 16];
    (void)snprintf(text, sizeof text, "%s,dates=ydm", source_text);
    expect_refused_text(text, "dates=ydm: expected dates=mdy, dates=dmy or dates=ymd");
}

static void rows_years_apart_are_a_gap_and_tell_no_interval(void **state)
{
    (void)state;
    struct vb_source *source = open_content("Date/Time,CP1,CP2\n"
                                            "1/1/2001 0:00:00,4077,4081\n"
                                            "1/1/2001 0:00:00,4078,4081\n"
                                            "1/1/2031 0:00:00,4077,4081\n"
                                            "1/1/2099 0:00:00,4078,4081\n");
    assert_int_equal(vb_source_describe(source).interval_ms, 1000);
    next(source, 0);
    next(source, 0);
    next(source, UINT64_C(946684800000)); /* 30 years, as it happens from 2001 on */
    assert_int_equal(next(source, UINT64_C(3092601600000)).wall_ms, 4070908800000);
    vb_source_close(source);
}

static void a_leafspy_file_without_header_reads_as_the_one_with_it(void **state)
{
    (void)state;
    struct vb_source *whole = open_text(FOLDER "leafspy_96s.csv", false);
    struct vb_source *bare = open_text(FOLDER "leafspy_96s_bare.csv", true);
    assert_non_null(strstr(vb_source_describe(bare).text, "LeafSpy layout without its header"));
    struct vb_reading expected;
    uint64_t due_ms = 0;
    unsigned rows = 0;
    while (vb_source_next(whole, &expected, &due_ms) == VB_SOURCE_READING) {
        const struct vb_reading found = next(bare, due_ms);
        assert_memory_equal(&found, &expected, sizeof found);
        rows++;
    }
    assert_int_equal(rows, 8);
    /* The first line is a row in the second pass, too. */
    assert_int_equal(next(bare, due_ms + 5000).wall_ms, 1700000000000);
    vb_source_close(whole);
    vb_source_close(bare);
}

enum { CONTENT_SIZE = 16384 };

static size_t read_fixture(const char *name, char content[CONTENT_SIZE])
{
    char path[SOURCE_TEXT_SIZE];
    (void)snprintf(path, sizeof path, VB_SOURCE_DIR "/tests/fixtures/%s", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    const size_t size = fread(content, 1, CONTENT_SIZE, file);
    (void)fclose(file);
    return size;
}

static void a_file_cut_off_anywhere_is_refused_or_loses_its_last_row_at_most(void **state)
{
    (void)state;
    static const char *const names[] = {"leafspy_96s.csv", "leafspy_96s_bare.csv",
                                        "outlander_80s.csv", "jk_8s.csv"};
    for (size_t i = 0; i < VB_COUNT_OF(names); i++) {
        char content[CONTENT_SIZE];
        const size_t size = read_fixture(names[i], content);
        const bool has_header = strstr(names[i], "bare") == NULL;
        for (size_t cut = 1; cut < size; cut += 41) {
            uint32_t ended = 0;
            for (size_t k = 0; k < cut; k++)
                ended += content[k] == '\n';
            write_bytes(content, cut);
            const struct vb_source_options options = {0};
            struct vb_source_error error = {.text = ""};
            struct vb_source *source = vb_source_open(source_text, &options, &error);
            const uint32_t whole_rows = ended - (has_header && ended > 0 ? 1 : 0);
            uint32_t rows = 0;
            struct vb_reading reading;
            uint64_t at_ms = 0;
            while (source != NULL && vb_source_next(source, &reading, &at_ms) == VB_SOURCE_READING)
                rows++;
            assert_true(rows == whole_rows || rows == whole_rows + 1);
            assert_true(source != NULL || strstr(error.text, source_path) != NULL);
            vb_source_close(source);
        }
    }
}

static void a_leafspy_file_cut_off_at_its_beginning_loses_the_line_it_was_cut_in(void **state)
{
    (void)state;
    char content[CONTENT_SIZE];
    const size_t size = read_fixture("leafspy_96s.csv", content);
    uint32_t lines = 0;
    for (size_t k = 0; k < size; k++)
        lines += content[k] == '\n';
    for (size_t cut = 0; cut < size; cut += 41) {
        uint32_t lost = 0;
        for (size_t k = 0; k < cut; k++)
            lost += content[k] == '\n';
        write_bytes(content + cut, size - cut);
        const struct vb_source_options options = {0};
        struct vb_source_error error = {.text = ""};
        struct vb_source *source = vb_source_open(source_text, &options, &error);
        const uint32_t whole_rows = lines - 1 - lost;
        uint32_t rows = 0;
        struct vb_reading reading;
        uint64_t at_ms = 0;
        while (source != NULL && vb_source_next(source, &reading, &at_ms) == VB_SOURCE_READING) {
            assert_int_equal(reading.cell_count, 96);
            rows++;
        }
        if (rows != whole_rows && rows + 1 != whole_rows)
            fail_msg("cut at %zu: %u rows of %u", cut, rows, whole_rows);
        assert_true(source != NULL || whole_rows <= 1);
        vb_source_close(source);
    }
}

/* Writes the LeafSpy fixture without its first line. */
static void write_headless(void)
{
    char content[CONTENT_SIZE];
    const size_t size = read_fixture("leafspy_96s.csv", content);
    const char *rows = memchr(content, '\n', size);
    assert_non_null(rows);
    write_bytes(rows + 1, size - (size_t)(rows + 1 - content));
}

static void a_leafspy_file_without_header_may_have_place_and_vin(void **state)
{
    (void)state;
    write_headless();
    struct vb_source *source = open_text(source_text, false);
    struct vb_source *whole = open_text(FOLDER "leafspy_96s.csv", false);
    const struct vb_reading found = next(source, 0);
    const struct vb_reading expected = next(whole, 0);
    assert_memory_equal(&found, &expected, sizeof found);
    vb_source_close(source);
    vb_source_close(whole);
}

static void a_row_without_header_whose_time_is_not_that_of_its_date_is_not_leafspys(void **state)
{
    (void)state;
    char row[1024] = "11/14/2023 16:13:20";
    for (unsigned i = 1; i < 140; i++)
        strncat(row, i == 131 ? ",1700086400" : ",40", sizeof row - strlen(row) - 1);
    expect_refused(row, "begins with \"11/14/2023 16:13:20\"; files that are read");
    char *time = strstr(row, "1700086400");
    memcpy(time, "1700000000", 10);
    write_bytes(row, strlen(row));
    vb_source_close(open_text(source_text, false));
}

/* The fixture's rows, the first field of each as this phone writes dates: f(row) of 14 November. */
static void write_dates(const char *format, bool header, const char *surplus)
{
    char content[CONTENT_SIZE];
    const size_t size = read_fixture("leafspy_96s.csv", content);
    FILE *file = fopen(source_path, "w");
    assert_non_null(file);
    content[size] = '\0';
    unsigned row = 0;
    for (char *line = content; *line != '\0'; row++) {
        const size_t length = strcspn(line, "\r\n");
        const char *rest = memchr(line, ',', length);
        assert_non_null(rest);
        if (row == 0 && header)
            (void)fprintf(file, "%.*s\n", (int)length, line);
        if (row > 0) {
            /* "11/14/2023 22:13:20" in the fixture */
            (void)fprintf(file, format, "2023", "11", "14");
            (void)fprintf(file, "%.*s%s\n", (int)(line + length - line - 10), line + 10, surplus);
        }
        line += length + strspn(line + length, "\r\n");
    }
    assert_int_equal(fclose(file), 0);
}

static void expect_like_the_fixture(const char *because)
{
    struct vb_source *whole = open_text(FOLDER "leafspy_96s.csv", false);
    struct vb_source *source = open_text(source_text, false);
    struct vb_reading expected;
    uint64_t due_ms = 0;
    while (vb_source_next(whole, &expected, &due_ms) == VB_SOURCE_READING) {
        const struct vb_reading found = next(source, due_ms);
        if (memcmp(&found, &expected, sizeof found) != 0)
            fail_msg("%s", because);
    }
    expect_end(source);
    vb_source_close(whole);
    vb_source_close(source);
}

static void leafspy_rows_are_read_whatever_date_the_phone_writes(void **state)
{
    (void)state;
    static const char *const formats[] = {"%1$s/%2$s/%3$s", "%1$s-%2$s-%3$s", "%3$s/%2$s/%1$s",
                                          "%3$s.%2$s.%1$s", "%2$s/%3$s/%1$s", "%3$s-%2$s-%1$s"};
    for (size_t i = 0; i < VB_COUNT_OF(formats); i++) {
        write_dates(formats[i], false, "");
        expect_like_the_fixture(formats[i]);
        write_dates(formats[i], true, "");
        expect_like_the_fixture(formats[i]);
    }
}

static void leafspy_rows_longer_than_their_header_are_read_and_reported_once(void **state)
{
    (void)state;
    static const char *const surplus[] = {",0", ",0.00,0,7", ",,,,,,x"};
    static const char *const said[] = {"(up to 1)", "(up to 3)", "(up to 6)"};
    for (size_t i = 0; i < VB_COUNT_OF(surplus); i++) {
        write_dates("%2$s/%3$s/%1$s", true, surplus[i]);
        expect_like_the_fixture(surplus[i]);
        struct vb_source *source = open_text(source_text, false);
        assert_non_null(strstr(vb_source_describe(source).text, said[i]));
        assert_int_equal(vb_source_skipped(source)->count, 0);
        vb_source_close(source);
    }
}

#define LEAFSPY_OLD "Date/Time,CP1,CP2,epoch time,Debug\n"
#define LEAFSPY_NEW "Date/Time,Lat,CP1,CP2,12v Bat Amps,epoch time,Debug,Torque Nm\n"

static void a_header_further_on_counts_from_there_and_a_shorter_row_is_broken(void **state)
{
    (void)state;
    struct vb_source *source =
        open_content(LEAFSPY_OLD "11/14/2023 22:13:20,4001,4002,1700000000,0\n"
                                 "11/14/2023 22:13:25,4002,4002,1700000005,0,1,2\n"
                                 "11/14/2023 22:13:30,4003,4002,1700000010\n" LEAFSPY_NEW
                                 "11/14/2023 22:13:35,,4004,4002,0,1700000015,0,0\n"
                                 "11/14/2023 22:13:40,,4005,4002,0,1700000020,0\n" LEAFSPY_OLD
                                 "11/14/2023 22:13:45,4006,4002,1700000025,0\n"
                                 "Date/Time,CP1,epoch time\n"
                                 "11/14/2023 22:13:50,4007,1700000030\n" LEAFSPY_NEW
                                 "11/14/2023 22:13:55,,4008,4002,0,1700000035,0,0\n");
    static const struct {
        uint64_t due_ms;
        uint16_t mv;
    } rows[] = {{0, 4001}, {5000, 4002}, {15000, 4004}, {25000, 4006}, {35000, 4008}};
    for (size_t i = 0; i < VB_COUNT_OF(rows); i++)
        assert_int_equal(next(source, rows[i].due_ms).cell_mv[0], rows[i].mv);
    expect_end(source);
    const struct vb_source_skipped *skipped = vb_source_skipped(source);
    assert_int_equal(skipped->count, 4); /* two short rows, a header of one cell and its row */
    assert_string_equal(skipped->first_reason.text, "line 4 has 4 fields, the header promises 5");
    assert_non_null(strstr(skipped->reason.text, "line 11 is a row of the header in line 10"));
    vb_source_close(source);
}

static void ten_of_an_outlanders_temperatures_are_left_out_and_this_is_reported(void **state)
{
    (void)state;
    struct vb_source *source = open_text(FOLDER "outlander_80s.csv", false);
    const struct vb_source_description description = vb_source_describe(source);
    assert_int_equal(description.cell_count, 80);
    assert_int_equal(description.temp_count, 40);
    assert_int_equal(description.interval_ms, 40);
    assert_non_null(strstr(description.text, "the fifth temperature of each unit is left out, a "
                                             "reading holds 40 of the 50; no current"));
    struct vb_reading reading;
    uint64_t at_ms = 0;
    assert_int_equal(vb_source_next(source, &reading, &at_ms), VB_SOURCE_READING);
    assert_int_equal(reading.flags, 0); /* not together, no current of a known scale */
    assert_int_equal(reading.wall_ms, 0);
    static const unsigned units[] = {1, 2, 3, 4, 5, 7, 8, 9, 10, 11};
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(reading.temp_dc[i], 10 * (units[i / 4] + 20 * (i % 4)));
    for (uint32_t row = 2; row <= 6; row++) {
        assert_int_equal(vb_source_next(source, &reading, &at_ms), VB_SOURCE_READING);
        assert_int_equal(reading.sequence, row);
        assert_in_range(at_ms, (row - 1) * 40 - 1, (row - 1) * 40 + 1);
    }
    expect_end(source);
    vb_source_close(source);
}

static void E1_a_jk_frame_is_a_new_sample_by_its_counter_not_by_its_cells(void **state)
{
    (void)state;
    struct vb_source *source = open_text(FOLDER "jk_8s.csv", true);
    assert_non_null(strstr(vb_source_describe(source).text, "one row a second is assumed"));
    static const uint32_t sequences[] = {1, 2, 3, 4, 5, 5, 6, 7};
    for (size_t i = 0; i < VB_COUNT_OF(sequences); i++) {
        const struct vb_reading reading = next(source, i * 1000);
        assert_int_equal(reading.sequence, sequences[i]);
        assert_int_equal(reading.cell_count, 8);
        assert_int_equal(reading.temp_count, 0);
        assert_int_equal(reading.flags, 0);
        assert_int_equal(reading.wall_ms, 0);
    }
    vb_source_close(source);
}

static void a_recording_of_one_row_shows_a_new_sample_in_each_pass(void **state)
{
    (void)state;
    static const char content[] = "line,counter,c01_mv,c02_mv\n5,252,3284,3280\n";
    write_bytes(content, sizeof content - 1);
    struct vb_source *source = open_text(source_text, true);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(next(source, i * 1000).sequence, i + 1);
    vb_source_close(source);
}

static void a_wide_row_written_twice_is_one_sample_equal_cells_later_are_another(void **state)
{
    (void)state;
    struct vb_source *source = open_content("t_s,pack_v,c01_mv,c02_mv\n"
                                            "0,7,3500,3501\n"
                                            "0,7,3500,3501\n"
                                            "2,7,3500,3501\n");
    assert_int_equal(next(source, 0).sequence, 1);
    assert_int_equal(next(source, 0).sequence, 1);
    assert_int_equal(next(source, 2000).sequence, 2);
    vb_source_close(source);
}

static void a_cell_of_65535_or_8191_is_not_available_and_costs_no_row(void **state)
{
    (void)state;
    struct vb_source *source = open_content("line,counter,c01_mv,c02_mv,c03_mv\n"
                                            "1,0,65535,3500,0\n"
                                            "2,1,65534,3500,0\n"
                                            "4,2,3500,8191,3500\n"
                                            "3,256,3500,3500,0\n");
    struct vb_reading reading = next(source, 0);
    assert_int_equal(reading.cell_mv[0], VB_CELL_NOT_AVAILABLE);
    assert_int_equal(reading.cell_mv[1], 3500);
    assert_int_equal(reading.cell_mv[2], VB_CELL_NOT_AVAILABLE);
    reading = next(source, 2000);
    assert_int_equal(reading.cell_mv[1], VB_CELL_NOT_AVAILABLE);
    expect_end(source);
    assert_int_equal(vb_source_skipped(source)->count, 2);
    assert_non_null(strstr(vb_source_skipped(source)->reason.text,
                           "line 5, field 2 is \"256\", expected a counter of 0 to 255"));
    vb_source_close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_without_header_whose_time_is_not_that_of_its_date_is_not_leafspys),
        cmocka_unit_test(a_file_cut_off_anywhere_is_refused_or_loses_its_last_row_at_most),
        cmocka_unit_test(a_leafspy_file_cut_off_at_its_beginning_loses_the_line_it_was_cut_in),
        cmocka_unit_test(a_cell_of_65535_or_8191_is_not_available_and_costs_no_row),
        cmocka_unit_test(the_order_of_day_and_month_is_found_or_asked_for_but_never_assumed),
        cmocka_unit_test(leafspy_rows_are_read_whatever_date_the_phone_writes),
        cmocka_unit_test(leafspy_rows_longer_than_their_header_are_read_and_reported_once),
        cmocka_unit_test(a_header_further_on_counts_from_there_and_a_shorter_row_is_broken),
        cmocka_unit_test(rows_years_apart_are_a_gap_and_tell_no_interval),
        cmocka_unit_test(E1_a_minus_sign_of_a_leafspy_cell_is_its_balancing_bit),
        cmocka_unit_test(a_leafspy_row_tells_current_charge_time_and_sensors_not_fitted),
        cmocka_unit_test(E1_a_sweep_that_leafspy_writes_again_keeps_its_sequence_and_its_time),
        cmocka_unit_test(a_frozen_cell_among_others_is_no_repeated_sweep),
        cmocka_unit_test(a_leafspy_file_without_epoch_has_its_local_time_taken_as_utc_and_says_so),
        cmocka_unit_test(a_leafspy_file_without_header_reads_as_the_one_with_it),
        cmocka_unit_test(a_leafspy_file_without_header_may_have_place_and_vin),
        cmocka_unit_test(ten_of_an_outlanders_temperatures_are_left_out_and_this_is_reported),
        cmocka_unit_test(E1_a_jk_frame_is_a_new_sample_by_its_counter_not_by_its_cells),
        cmocka_unit_test(a_recording_of_one_row_shows_a_new_sample_in_each_pass),
        cmocka_unit_test(a_wide_row_written_twice_is_one_sample_equal_cells_later_are_another),
    };
    return cmocka_run_group_tests(tests, make_csv, remove_file);
}
