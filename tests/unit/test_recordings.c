/* Recordings of real batteries, read in place and whole; skipped where they are absent. The figures
 * were counted from the files by another program, with Python's csv module. */
#include "../fixtures/source_bench.h"

enum { LEAFSPY_FLAGS = VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT | VB_READING_HAS_SOC };

/* What the file's last row shows. 0 where the layout has no such value. */
struct last_row {
    uint64_t wall_ms;
    uint16_t first_cell_mv;
    uint16_t last_cell_mv;
    uint32_t pack_mv;
    int32_t current_ma;
    uint16_t soc_permille;
    int16_t last_temp_dc;
};

struct recording {
    const char *file;
    const char *layout;
    uint8_t cells;
    uint8_t temps;
    uint8_t flags; /* of the last row */
    uint32_t rows;
    uint32_t repeated;    /* of these: a sweep shown again */
    uint32_t missing;     /* cells not available, over all rows */
    uint32_t balancing;   /* cells being balanced, likewise */
    uint64_t sum_mv;      /* of all available cells, likewise */
    uint32_t interval_ms; /* the median */
    uint64_t span_ms;
    struct last_row last;
};

static const struct recording recordings[] = {
    {
        .file = "leafspy_96s/leafspy_euw15_170415_24CA1_2.csv",
        .layout = "LeafSpy layout without its header",
        .cells = 96,
        .temps = 4,
        .flags = LEAFSPY_FLAGS,
        .rows = 11,
        .balancing = 1012,
        .sum_mv = 4355704,
        .interval_ms = 6000,
        .span_ms = 57000,
        .last = {.wall_ms = 1492272683000,
                 .first_cell_mv = 4123,
                 .last_cell_mv = 4122,
                 .pack_mv = 396000,
                 .current_ma = 169,
                 .soc_permille = 970,
                 .last_temp_dc = 220},
    },
    {
        .file = "leafspy_96s/leafspy_euw15_170903_01133.csv",
        .layout = "LeafSpy layout",
        .cells = 96,
        .temps = 4,
        .flags = LEAFSPY_FLAGS,
        .rows = 2136,
        .balancing = 76362,
        .sum_mv = 811056852,
        .interval_ms = 5000,
        .span_ms = 22298000,
        .last = {.wall_ms = 1504472201000,
                 .first_cell_mv = 3758,
                 .last_cell_mv = 3749,
                 .pack_mv = 360960,
                 .current_ma = 369,
                 .soc_permille = 267,
                 .last_temp_dc = 299},
    },
    {
        .file = "leafspy_96s/leafspy_euw15_171031_01133.csv",
        .layout = "LeafSpy layout",
        .cells = 96,
        .temps = 4,
        .flags = LEAFSPY_FLAGS,
        .rows = 176,
        .balancing = 12029,
        .sum_mv = 65555731,
        .interval_ms = 5000,
        .span_ms = 35862000,
        .last = {.wall_ms = 1509495579000,
                 .first_cell_mv = 3772,
                 .last_cell_mv = 3772,
                 .pack_mv = 362210,
                 .current_ma = 172,
                 .soc_permille = 298,
                 .last_temp_dc = 248},
    },
    {
        .file = "leafspy_96s/leafspy_euw15_180830_24CA1.csv",
        .layout = "LeafSpy layout",
        .cells = 96,
        .temps = 4,
        .flags = LEAFSPY_FLAGS,
        .rows = 247,
        .repeated = 1,
        .balancing = 240,
        .sum_mv = 92304202,
        .interval_ms = 6000,
        .span_ms = 10788000,
        .last = {.wall_ms = 1535676278000,
                 .first_cell_mv = 3990,
                 .last_cell_mv = 3990,
                 .pack_mv = 383040,
                 .current_ma = -807,
                 .soc_permille = 662,
                 .last_temp_dc = 261},
    },
    {
        .file = "leafspy_96s/leafspy_nicklekas_denver_to_portland_day1.csv",
        .layout = "LeafSpy layout",
        .cells = 96,
        .temps = 4,
        .flags = LEAFSPY_FLAGS,
        .rows = 112,
        .balancing = 3528,
        .sum_mv = 39812548,
        .interval_ms = 301954,
        .span_ms = 37887740,
        .last = {.wall_ms = 1663029601217,
                 .first_cell_mv = 3539,
                 .last_cell_mv = 3546,
                 .pack_mv = 340140,
                 .soc_permille = 226,
                 .last_temp_dc = 499},
    },
    {
        .file = "maxus_96s/maxus_20230825.wide.derived.csv",
        .layout = "wide layout",
        .cells = 96,
        .temps = 16,
        .flags = LEAFSPY_FLAGS | VB_READING_TOGETHER,
        .rows = 1863,
        .missing = 5098,
        .sum_mv = 669175313,
        .interval_ms = 2249,
        .span_ms = 4260649,
        .last = {.first_cell_mv = 3802,
                 .last_cell_mv = 3808,
                 .pack_mv = 365400,
                 .current_ma = 100,
                 .soc_permille = 630,
                 .last_temp_dc = 146},
    },
    {
        .file = "outlander_80s/outlander_80s_25hz.derived.csv",
        .layout = "Outlander layout",
        .cells = 80,
        .temps = 40,
        .rows = 370,
        .sum_mv = 117544114,
        .interval_ms = 40,
        .span_ms = 14746,
        .last = {.first_cell_mv = 3969, .last_cell_mv = 3973, .last_temp_dc = 160},
    },
    {
        .file = "jk_bms/JK-B1A20S15P-10.07-BLE-JK02.cells.derived.csv",
        .layout = "JK layout",
        .cells = 13,
        .rows = 44,
        .sum_mv = 1882758,
        .interval_ms = 1000,
        .span_ms = 43000,
        .last = {.first_cell_mv = 3292, .last_cell_mv = 3292},
    },
    {
        .file = "jk_bms/JK-B2A16S-3.3.0-BLE-JK04.cells.derived.csv",
        .layout = "JK layout",
        .cells = 16,
        .rows = 63,
        .sum_mv = 3357508,
        .interval_ms = 1000,
        .span_ms = 62000,
        .last = {.first_cell_mv = 3353, .last_cell_mv = 3356},
    },
    {
        .file = "jk_bms/JK-B2A24S20P-10.07-BLE-JK02.cells.derived.csv",
        .layout = "JK layout",
        .cells = 24,
        .rows = 1,
        .sum_mv = 78736,
        .interval_ms = 1000,
        .last = {.first_cell_mv = 3284, .last_cell_mv = 3281},
    },
    {
        .file = "jk_bms/JK-B2A8S20P-11.17-BLE-JK02_32S.cells.derived.csv",
        .layout = "JK layout",
        .cells = 8,
        .rows = 70,
        .sum_mv = 1824108,
        .interval_ms = 1000,
        .span_ms = 69000,
        .last = {.first_cell_mv = 3216, .last_cell_mv = 3297},
    },
    {
        .file = "jk_bms/JK-BD6A17S6P-7.1.0H-BLE-JK02.cells.derived.csv",
        .layout = "JK layout",
        .cells = 16,
        .rows = 100,
        .sum_mv = 5197526,
        .interval_ms = 1000,
        .span_ms = 99000,
        .last = {.first_cell_mv = 3273, .last_cell_mv = 3274},
    },
};

static void locate(const char *file, char text[SOURCE_TEXT_SIZE])
{
    const char *folder = getenv("VB_SHARED_DATA");
    (void)snprintf(text, SOURCE_TEXT_SIZE, "csv:%s/%s",
                   folder != NULL ? folder : VB_SOURCE_DIR "/../shared/data", file);
    if (access(text + sizeof "csv:" - 1, R_OK) == 0)
        return;
    print_message("skipped: there is no %s\n", text);
    skip();
}

static void expect_last(const struct vb_reading *found, const struct recording *expected)
{
    const struct last_row *last = &expected->last;
    assert_int_equal(found->flags, expected->flags);
    assert_int_equal(found->wall_ms, last->wall_ms);
    assert_int_equal(found->cell_mv[0], last->first_cell_mv);
    assert_int_equal(found->cell_mv[expected->cells - 1], last->last_cell_mv);
    assert_int_equal(found->pack_mv, last->pack_mv);
    assert_int_equal(found->current_ma, last->current_ma);
    assert_int_equal(found->soc_permille, last->soc_permille);
    if (expected->temps > 0)
        assert_int_equal(found->temp_dc[expected->temps - 1], last->last_temp_dc);
}

static void E1_a_recording_is_read_whole_and_as_it_stands(void **state)
{
    const struct recording *expected = *state;
    char text[SOURCE_TEXT_SIZE];
    locate(expected->file, text);
    struct vb_source *source = open_text(text, false);
    const struct vb_source_description description = vb_source_describe(source);
    assert_non_null(strstr(description.text, expected->layout));
    assert_int_equal(description.cell_count, expected->cells);
    assert_int_equal(description.temp_count, expected->temps);
    assert_int_equal(description.interval_ms, expected->interval_ms);

    struct vb_reading reading = {0};
    uint64_t at_ms = 0;
    uint32_t rows = 0;
    uint32_t missing = 0;
    uint32_t balancing = 0;
    uint64_t sum_mv = 0;
    while (vb_source_next(source, &reading, &at_ms) == VB_SOURCE_READING) {
        rows++;
        assert_int_equal(reading.cell_count, expected->cells);
        for (unsigned cell = 0; cell < reading.cell_count; cell++) {
            const bool available = reading.cell_mv[cell] != VB_CELL_NOT_AVAILABLE;
            missing += !available;
            sum_mv += available ? reading.cell_mv[cell] : 0;
            balancing += vb_reading_balancing(&reading, cell);
        }
    }
    assert_int_equal(vb_source_skipped(source)->count, 0);
    assert_int_equal(rows, expected->rows);
    assert_int_equal(reading.sequence, expected->rows - expected->repeated);
    assert_int_equal(missing, expected->missing);
    assert_int_equal(balancing, expected->balancing);
    assert_int_equal(sum_mv, expected->sum_mv);
    assert_int_equal(at_ms, expected->span_ms);
    expect_last(&reading, expected);
    vb_source_close(source);
}

static void glitches_of_a_recorded_drive_cost_the_cells_they_hit_alone(void **state)
{
    (void)state;
    char text[SOURCE_TEXT_SIZE];
    locate("maxus_96s/maxus_20230825.wide.derived.csv", text);
    struct vb_source *source = open_text(text, false);
    struct vb_reading reading;
    uint64_t at_ms = 0;
    uint64_t before_ms = 0;
    unsigned row = 0;
    unsigned incomplete = 0; /* beside the two rows of 0 mV cells */
    unsigned without_voltage = 0;
    double charge_mah = 0;
    for (; vb_source_next(source, &reading, &at_ms) == VB_SOURCE_READING; row++) {
        const uint8_t available = vb_reading_stats(&reading).available_count;
        if (row == 833)
            assert_int_equal(available, 12); /* the others read 0 mV */
        else if (row == 1232)
            assert_int_equal(available, 0);
        else
            incomplete += available < 96;
        without_voltage += (reading.flags & VB_READING_HAS_VOLTAGE) == 0;
        charge_mah += reading.current_ma * (double)(at_ms - before_ms) / 3600000;
        before_ms = at_ms;
    }
    assert_int_equal(incomplete, 103);
    assert_int_equal(without_voltage, 2);
    assert_true(charge_mah < 0); /* it was driven from 72 to 63 % */
    vb_source_close(source);
}

static void E1_a_sweep_the_car_did_not_answer_is_not_taken_for_a_new_one(void **state)
{
    (void)state;
    char text[SOURCE_TEXT_SIZE];
    locate("leafspy_96s/leafspy_euw15_180830_24CA1.csv", text);
    struct vb_source *source = open_text(text, false);
    struct vb_reading before = {0};
    struct vb_reading reading = {0};
    uint64_t at_ms = 0;
    for (unsigned row = 0; row <= 48; row++) {
        before = reading;
        assert_int_equal(vb_source_next(source, &reading, &at_ms), VB_SOURCE_READING);
    }
    /* After 41 s the discharge has ended and the pack's voltage is 2.1 V higher; the cells are
     * those of the row before, written again. */
    assert_int_equal(before.wall_ms, 1535669633000);
    assert_int_equal(reading.wall_ms, before.wall_ms);
    assert_int_equal((uint32_t)at_ms - reading.sampled_ms, 41000);
    assert_int_equal(reading.sequence, before.sequence);
    assert_int_equal(before.current_ma, -16327);
    assert_int_equal(reading.current_ma, 500);
    assert_int_equal(reading.pack_mv - before.pack_mv, 2110);
    vb_source_close(source);
}

int main(void)
{
    enum { COUNT = VB_COUNT_OF(recordings) };
    struct CMUnitTest tests[COUNT + 2] = {
        cmocka_unit_test(glitches_of_a_recorded_drive_cost_the_cells_they_hit_alone),
        cmocka_unit_test(E1_a_sweep_the_car_did_not_answer_is_not_taken_for_a_new_one),
    };
    for (size_t i = 0; i < COUNT; i++) {
        tests[2 + i] =
            (struct CMUnitTest){.name = recordings[i].file,
                                .test_func = E1_a_recording_is_read_whole_and_as_it_stands,
                                .initial_state = (void *)(uintptr_t)&recordings[i]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
