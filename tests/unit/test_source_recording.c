/* Recordings of our own: what is refused and where, what a cut leaves, and that every reading comes
 * back as it was written. */
#include "../fixtures/source_bench.h"
#include "recordings/recording_lines.h"
#include "voltbeacon/core/random.h"

#define HEAD                                                                              \
    "{\"voltbeacon_recording\":1,\"mac\":\"02:1a:2b:3c:4d:5e\",\"begin\":1795377600.000," \
    "\"reason\":\"imbalance, cell 17\",\"cells\":2}\n"
#define READING(at, cells)                                                          \
    "{\"at\":" at ",\"reading\":{\"sequence\":7,\"age_ms\":10,\"together\":true,"   \
    "\"summary\":false,\"pack_v\":7.600,\"current_a\":-1.500,\"soc_percent\":50.5," \
    "\"cells_mv\":" cells ",\"temperatures_c\":[14.6,null],\"balancing\":[1]}}\n"
#define FIRST READING("1795377600.100", "[3800,null]")
#define SECOND READING("1795377600.200", "[3801,3799]")

enum { ROUND_TRIPS = 300 };

static int setup(void **state)
{
    (void)state;
    return make_file("recording");
}

static void expect_result(struct vb_source *source, enum vb_source_result result)
{
    struct vb_reading reading;
    uint64_t at_ms = 0;
    assert_int_equal(vb_source_next(source, &reading, &at_ms), result);
}

/* The head and one good reading, then what is given: it fails there, and says so. */
static void expect_failure(const char *rest, const char *reason)
{
    char content[2 * VB_RECORDING_LINE_BYTES_MAX + 4096];
    (void)snprintf(content, sizeof content, "%s%s", HEAD FIRST, rest);
    struct vb_source *source = open_content(content);
    (void)next(source, 0);
    expect_result(source, VB_SOURCE_FAILED);
    if (strstr(vb_source_error(source), reason) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", vb_source_error(source), reason);
    expect_result(source, VB_SOURCE_FAILED);
    vb_source_close(source);
}

/* ---- What is refused ---- */

static void what_is_no_recording_is_refused_with_the_reason(void **state)
{
    (void)state;
    const struct vb_source_options options = {0};
    struct vb_source_error error;
    assert_null(vb_source_open("recording:", &options, &error));
    assert_non_null(strstr(error.text, "expected recording:FILE"));
    assert_null(vb_source_open("recording:/nowhere", &options, &error));
    assert_non_null(strstr(error.text, "cannot open recording /nowhere: No such file"));
    assert_null(vb_source_open("recording:/dev/null", &options, &error));
    assert_non_null(strstr(error.text, "is a device or a pipe"));

    expect_refused("", "is empty, expected a recording of voltbeacon's");
    expect_refused("t_s,pack_v\n1,2\n", "does not begin as one: it is not one JSON object");
    expect_refused("{}\n", "\"voltbeacon_recording\" is missing");
    expect_refused("{\"voltbeacon_recording\":2,\"begin\":0,\"cells\":1}\n",
                   "written by a newer voltbeacon (form 2, known is 1)");
    expect_refused("{\"voltbeacon_recording\":1,\"mac\":\"nobody\",\"begin\":0,\"cells\":1}\n",
                   "\"mac\" is \"nobody\"");
    expect_refused("{\"voltbeacon_recording\":1,\"begin\":-1,\"cells\":1}\n", "\"begin\" is -1");
    expect_refused(HEAD, "has no reading");
    expect_refused(HEAD "{\"end\":{\"lines\":1}}\n", "has no reading");
    expect_refused(HEAD READING("1", "[]"), "line 2: \"cells_mv\" has 0 items, expected 1 to 192");
}

static void a_corrupt_line_ends_the_source_with_its_number_and_the_reason(void **state)
{
    (void)state;
    expect_failure("\n" SECOND, "line 3: it is not one JSON object");
    expect_failure("{\"at\":1}x\n" SECOND, "line 3: it is not one JSON object");
    expect_failure("[[[[[[\n", "line 3: it is not one JSON object");
    expect_failure("{\"event\":{}}\n", "line 3: \"at\" is missing");
    expect_failure(READING("1e300", "[1]"), "\"at\" is 1.0000000000000001e+300");
    expect_failure(READING("1", "[8191]"), "\"cells_mv\" is 8191, expected 0 to 8190");
    expect_failure(READING("1", "[-1]"), "\"cells_mv\" is -1");
    expect_failure(READING("1", "[3800.5]"), "\"cells_mv\" is 3800.5");
    expect_failure(READING("1", "[\"3800\"]"), "\"cells_mv\" is something else");
    expect_failure(READING("1", "[3800]"), "\"balancing\" is 1, expected 0 to 0");
    expect_failure(READING("1", "3800"), "\"cells_mv\" is no array");
}

static void a_line_too_long_or_behind_the_end_or_not_counted_ends_the_source(void **state)
{
    (void)state;
    static char line[VB_RECORDING_LINE_BYTES_MAX + 3];
    memset(line, ' ', sizeof line - 2);
    line[sizeof line - 2] = '\n';
    expect_failure(line, "line 3: it is longer than 8192 bytes");
    expect_failure("{\"end\":{\"lines\":7}}\n",
                   "line 3: the end counts 7 lines before it, there are 2");
    expect_failure("{\"end\":{}}\n", "\"lines\" is missing");
    expect_failure("{\"end\":{\"lines\":2}}\n" SECOND, "line 4: it stands behind");
}

/* ---- Cuts ---- */

static void a_recording_cut_off_anywhere_is_read_up_to_the_cut_and_says_so(void **state)
{
    (void)state;
    static const char whole[] = HEAD FIRST SECOND "{\"end\":{\"lines\":3}}\n";
    const size_t first_end = sizeof HEAD FIRST - 1;
    const size_t second_end = sizeof HEAD FIRST SECOND - 1;
    for (size_t size = first_end - 1; size < sizeof whole - 1; size++) {
        char content[sizeof whole];
        (void)snprintf(content, sizeof content, "%.*s", (int)size, whole);
        struct vb_source *source = open_content(content);
        const bool text_is_whole = size == sizeof whole - 2; /* the last newline alone is missing */
        (void)next(source, 0);
        if (size >= second_end - 1)
            (void)next(source, 100);
        expect_result(source, VB_SOURCE_END);
        const struct vb_source_description description = vb_source_describe(source);
        if (!text_is_whole && size < second_end + 10)
            assert_non_null(strstr(description.text, "it was cut off, it has no end"));
        const bool inside_a_line =
            (size > first_end && size < second_end - 1) || (size > second_end && !text_is_whole);
        assert_int_equal(vb_source_skipped(source)->count, inside_a_line ? 1 : 0);
        if (inside_a_line)
            assert_non_null(strstr(vb_source_skipped(source)->reason.text, "is cut off"));
        vb_source_close(source);
    }
}

static void a_whole_recording_does_not_say_that_it_was_cut(void **state)
{
    (void)state;
    struct vb_source *source =
        open_content(HEAD FIRST "{\"at\":1795377600.1,\"event\":{\"id\":1}}\n" SECOND
                                "{\"at\":1795377600.2,\"from the future\":[]}\n"
                                "{\"end\":{\"lines\":5}}\n");
    const struct vb_source_description description = vb_source_describe(source);
    assert_null(strstr(description.text, "cut off"));
    assert_non_null(strstr(description.text, "of 02:1a:2b:3c:4d:5e, 2 cells, 2 temperatures"));
    assert_int_equal(description.interval_ms, 100);
    const struct vb_reading reading = next(source, 0);
    assert_int_equal(reading.cell_mv[1], VB_CELL_NOT_AVAILABLE);
    assert_int_equal(reading.temp_dc[0], 146);
    assert_int_equal(reading.temp_dc[1], VB_TEMP_NOT_AVAILABLE);
    assert_int_equal(reading.pack_mv, 7600);
    assert_int_equal(reading.current_ma, -1500);
    assert_int_equal(reading.soc_permille, 505);
    assert_true(vb_reading_balancing(&reading, 1));
    (void)next(source, 100);
    expect_result(source, VB_SOURCE_END);
    assert_int_equal(vb_source_skipped(source)->count, 0);
    vb_source_close(source);
}

/* ---- Pace ---- */

static void readings_come_when_they_were_sampled_and_time_never_goes_back(void **state)
{
    (void)state;
    static const char content[] = HEAD READING("1000.010", "[1,2]") /* sampled 1000.000 */
        READING("1060.010", "[1,3]")                                /* after a gap */
        READING("900.010", "[1,4]")                                 /* the clock was set back */
        READING("900.110", "[1,5]");
    write_bytes(content, strlen(content));
    struct vb_source *source = open_text(source_text, true);
    const uint32_t interval_ms = vb_source_describe(source).interval_ms;
    (void)next(source, 0);
    (void)next(source, 60000);
    (void)next(source, 60000 + interval_ms);
    (void)next(source, 60100 + interval_ms);
    assert_int_equal(next(source, 60100 + 2 * interval_ms).cell_mv[1], 2); /* once more */
    vb_source_close(source);
}

/* ---- Round trip ---- */

static uint32_t below(struct vb_random *random, uint32_t limit)
{
    return vb_random_between(random, 0, limit - 1);
}

/* Any reading there can be, the limits more often than chance would have them. */
static struct vb_reading any_reading(struct vb_random *random)
{
    static const uint8_t counts[] = {1, 2, 7, 8, 9, 96, 191, VB_CELLS_MAX};
    struct vb_reading reading = {.flags = (uint8_t)below(random, 1u << 5)};
    reading.cell_count = counts[below(random, VB_COUNT_OF(counts))];
    if ((reading.flags & VB_READING_SUMMARY) != 0)
        reading.cell_count = 3;
    reading.temp_count = (uint8_t)below(random, VB_TEMPS_MAX + 1);
    reading.sequence = (uint32_t)vb_random_u64(random);
    if ((reading.flags & VB_READING_HAS_VOLTAGE) != 0)
        reading.pack_mv = below(random, 2) == 0 ? (uint32_t)vb_random_u64(random) : UINT32_MAX;
    if ((reading.flags & VB_READING_HAS_CURRENT) != 0)
        reading.current_ma =
            below(random, 2) == 0 ? (int32_t)below(random, 1000000) - 500000 : INT32_MIN;
    if ((reading.flags & VB_READING_HAS_SOC) != 0)
        reading.soc_permille = (uint16_t)below(random, 1001);
    for (unsigned i = 0; i < reading.cell_count; i++) {
        reading.cell_mv[i] = (uint16_t)(below(random, 5) == 0 ? VB_CELL_NOT_AVAILABLE
                                                              : below(random, VB_CELL_MV_MAX + 1));
        reading.balancing[i / 8] |= (uint8_t)(below(random, 2) << (i % 8));
    }
    for (unsigned i = 0; i < reading.temp_count; i++)
        reading.temp_dc[i] = (int16_t)((int32_t)below(random, 65536) - 32768);
    return reading;
}

static void every_reading_comes_back_exactly_as_it_was_written(void **state)
{
    (void)state;
    struct vb_random random;
    static struct vb_reading written[ROUND_TRIPS];
    static char text[VB_RECORDING_LINE_BYTES_MAX];
    vb_random_seed(&random, 20261122);
    FILE *file = fopen(source_path, "w");
    assert_non_null(file);
    const struct vb_recording_head head = {.begin_ms = 1, .reason = "\"quoted\"\n"};
    (void)fwrite(text, 1, vb_recording_head_line(&head, text), file);
    uint64_t at_ms = 1795377600000;
    for (unsigned i = 0; i < ROUND_TRIPS; i++) {
        written[i] = any_reading(&random);
        const struct vb_recorded_reading recorded = {at_ms + i * 37, i % 3, written[i]};
        (void)fwrite(text, 1, vb_recording_reading_line(&recorded, 0, text), file);
    }
    (void)fwrite(text, 1, vb_recording_end_line(ROUND_TRIPS + 1, text), file);
    assert_int_equal(fclose(file), 0);

    const struct vb_source_options options = {0};
    struct vb_source_error error;
    struct vb_source *source = vb_source_open(source_text, &options, &error);
    assert_non_null(source);
    for (unsigned i = 0; i < ROUND_TRIPS; i++) {
        struct vb_reading reading = next(source, i * 37 - i % 3);
        assert_int_equal(reading.wall_ms, at_ms + i * 37 - i % 3);
        reading.wall_ms = 0;
        reading.sampled_ms = 0;
        reading.sequence = written[i].sequence; /* a source may count for itself */
        assert_memory_equal(&reading, &written[i], sizeof reading);
    }
    expect_result(source, VB_SOURCE_END);
    vb_source_close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_recording_is_refused_with_the_reason, setup,
                                        remove_file),
        cmocka_unit_test_setup_teardown(
            a_corrupt_line_ends_the_source_with_its_number_and_the_reason, setup, remove_file),
        cmocka_unit_test_setup_teardown(
            a_line_too_long_or_behind_the_end_or_not_counted_ends_the_source, setup, remove_file),
        cmocka_unit_test_setup_teardown(
            a_recording_cut_off_anywhere_is_read_up_to_the_cut_and_says_so, setup, remove_file),
        cmocka_unit_test_setup_teardown(a_whole_recording_does_not_say_that_it_was_cut, setup,
                                        remove_file),
        cmocka_unit_test_setup_teardown(
            readings_come_when_they_were_sampled_and_time_never_goes_back, setup, remove_file),
        cmocka_unit_test_setup_teardown(every_reading_comes_back_exactly_as_it_was_written, setup,
                                        remove_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
