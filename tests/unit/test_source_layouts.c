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
                                                           "1/2/2023 3:04:05,0,,,,,3900,3901,0\n"
                                                           "1/2/2023 3:04:10,0,,,,,3900,3902,0\n"
                                                           "1/2/2023 3:04:15,0,,,,,3900,-3902,0\n"
                                                           "1/2/2023 3:04:20,0,,,,,3900,-3902,0\n"
                                                           "1/2/2023 3:04:25,0,,,,,na,na,0\n"
                                                           "1/2/2023 3:04:30,0,,,,,na,0,0\n");
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
                       "09/03/2017 8:45:03,1,874528,391.3,-13.051,25.7,4077,-4081,A\r\n"
                       "09/03/2017 8:45:08,1,na,na,na,na,4077,4081,A\r\n"
                       "13/03/2017 8:45:13,1,na,na,na,na,4077,4082,A\r\n"
                       "09/03/2017 8:45,1,na,na,na,na,4077,4083,A\r\n");
    struct vb_reading reading = next(source, 0);
    assert_int_equal(reading.wall_ms, 1504428303000); /* date -u -d "2017-09-03 8:45:03" +%s */
    assert_int_equal(reading.current_ma, 13051);
    assert_int_equal(reading.soc_permille, 875);
    assert_int_equal(reading.temp_count, 1);
    assert_non_null(
        strstr(vb_source_describe(source).text, "its times name no zone and are taken as UTC"));
    reading = next(source, 5000);
    assert_int_equal(reading.flags, 0);
    assert_int_equal(reading.temp_dc[0], VB_TEMP_NOT_AVAILABLE);
    expect_end(source);
    assert_int_equal(vb_source_skipped(source)->count, 2);
    assert_non_null(strstr(vb_source_skipped(source)->reason.text,
                           "line 5, field 1 is \"09/03/2017 8:45\", expected a date and time"));
    vb_source_close(source);
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
            struct vb_source_error error = {""};
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
    expect_refused(row, "begins with \"11/14/2023 16:13:20\", expected");
    char *time = strstr(row, "1700086400");
    memcpy(time, "1700000000", 10);
    write_bytes(row, strlen(row));
    vb_source_close(open_text(source_text, false));
}

static void ten_of_an_outlanders_temperatures_are_left_out_which_is_said(void **state)
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

static int make_csv(void **state)
{
    (void)state;
    return make_file("csv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_without_header_whose_time_is_not_that_of_its_date_is_not_leafspys),
        cmocka_unit_test(a_file_cut_off_anywhere_is_refused_or_loses_its_last_row_at_most),
        cmocka_unit_test(a_cell_of_65535_or_8191_is_not_available_and_costs_no_row),
        cmocka_unit_test(rows_years_apart_are_a_gap_and_tell_no_interval),
        cmocka_unit_test(E1_a_minus_sign_of_a_leafspy_cell_is_its_balancing_bit),
        cmocka_unit_test(a_leafspy_row_tells_current_charge_time_and_sensors_not_fitted),
        cmocka_unit_test(E1_a_sweep_that_leafspy_writes_again_keeps_its_sequence_and_its_time),
        cmocka_unit_test(a_frozen_cell_among_others_is_no_repeated_sweep),
        cmocka_unit_test(a_leafspy_file_without_epoch_has_its_local_time_taken_as_utc_and_says_so),
        cmocka_unit_test(a_leafspy_file_without_header_reads_as_the_one_with_it),
        cmocka_unit_test(a_leafspy_file_without_header_may_have_place_and_vin),
        cmocka_unit_test(ten_of_an_outlanders_temperatures_are_left_out_which_is_said),
        cmocka_unit_test(E1_a_jk_frame_is_a_new_sample_by_its_counter_not_by_its_cells),
        cmocka_unit_test(a_recording_of_one_row_shows_a_new_sample_in_each_pass),
        cmocka_unit_test(a_wide_row_written_twice_is_one_sample_equal_cells_later_are_another),
    };
    return cmocka_run_group_tests(tests, make_csv, remove_file);
}
