/* What a recording says of a pack: what is counted, judged and set aside, and the caller's room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "voltbeacon/device/analysis.h"

enum {
    CELLS = 12,
    SWEEPS = 400,
    OCCURRENCES = 2 * VB_ANALYSIS_OCCURRENCES_A_SWEEP,
    STEP_MS = 2000
};

static struct vb_analysis analysis;
static uint64_t steps_ms[SWEEPS];
static uint16_t spreads_mv[SWEEPS];
static struct vb_alarm occurrences[OCCURRENCES];
static struct vb_reading reading;
static uint64_t at_ms;

static const struct vb_analysis_limits limits = {.cell_min_mv = 2800, .cell_max_mv = 4250};
static const struct vb_analysis_room all_room = {steps_ms, spreads_mv, SWEEPS, occurrences,
                                                 OCCURRENCES};

/* A pack at rest, of which no reading was taken yet. */
static int fresh(void **state)
{
    (void)state;
    vb_analysis_init(&analysis, &limits);
    assert_true(vb_analysis_needs_room(&analysis));
    vb_analysis_set_room(&analysis, &all_room);
    assert_false(vb_analysis_needs_room(&analysis));
    memset(&reading, 0, sizeof reading);
    reading.cell_count = CELLS;
    reading.flags = VB_READING_HAS_CURRENT;
    reading.current_ma = -500;
    at_ms = 0;
    return 0;
}

/* The next sweep of a healthy pack: cells within 3 mV, never the same. */
static void sweep(void)
{
    reading.sequence++;
    reading.sampled_ms = (uint32_t)at_ms;
    for (unsigned i = 0; i < CELLS; i++)
        reading.cell_mv[i] = (uint16_t)(3700 + (i * 5 + reading.sequence) % 4);
}

static void take(void)
{
    vb_analysis_take(&analysis, &reading, at_ms);
    at_ms += STEP_MS;
}

static void healthy(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        sweep();
        take();
    }
}

static void E6_a_healthy_pack_gives_its_figures_and_no_alarm(void **state)
{
    (void)state;
    healthy(60);
    vb_analysis_finish(&analysis);
    assert_int_equal(analysis.sweeps, 60);
    assert_int_equal(analysis.cell_count, CELLS);
    assert_int_equal(analysis.alarms.balance.calm_sweeps, 60);
    assert_int_equal(analysis.judged, 55);
    assert_int_equal(vb_analysis_verdict(&analysis), VB_VERDICT_WELL);
    assert_int_equal(analysis.asides[VB_ASIDE_TRAINING].count, 5);
    assert_int_equal(analysis.occurrence_count, 0);
    assert_int_equal(vb_analysis_step_ms(&analysis, 0.5), STEP_MS);
    assert_int_equal(vb_analysis_spread_mv(&analysis, 1), 3);
    assert_int_equal(analysis.calm_spread_mv, 3);
    assert_int_equal(analysis.end_at_ms - analysis.begin_at_ms, 59 * STEP_MS);
    struct vb_weak_cell_result weakest[VB_WEAKEST];
    assert_int_equal(vb_analysis_weakest(&analysis, weakest), VB_WEAKEST);
    assert_int_equal(weakest[0].rank, 1);
    assert_true(vb_analysis_bits_per_cell(&analysis) > 0);
}

static void shares_are_of_all_sweeps_in_order(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 101; i++) {
        sweep();
        reading.cell_mv[0] = (uint16_t)(3600 - (i * 37) % 101);
        reading.cell_mv[1] = 3700;
        take();
        at_ms += i == 70 ? 60000 : 0;
    }
    vb_analysis_finish(&analysis);
    assert_in_range(vb_analysis_spread_mv(&analysis, 0), 100, 104);
    assert_in_range(vb_analysis_spread_mv(&analysis, 0.5), 150, 154);
    assert_in_range(vb_analysis_spread_mv(&analysis, 0.95), 195, 199);
    assert_in_range(vb_analysis_spread_mv(&analysis, 1), 200, 204);
    assert_int_equal(vb_analysis_step_ms(&analysis, 0.5), STEP_MS);
    assert_int_equal(vb_analysis_step_ms(&analysis, 1), STEP_MS + 60000);
}

static void one_sweep_is_judged_for_nothing_and_has_no_interval(void **state)
{
    (void)state;
    healthy(1);
    vb_analysis_finish(&analysis);
    assert_int_equal(analysis.judged, 0);
    assert_int_equal(analysis.alarms.balance.calm_sweeps, 1);
    assert_int_equal(vb_analysis_verdict(&analysis), VB_VERDICT_NOT_JUDGED);
    assert_int_equal(vb_alarms_calm_needed(&analysis.alarms), 8);
    assert_int_equal(vb_analysis_step_ms(&analysis, 1), 0);
}

static void a_fault_is_found_after_as_many_calm_sweeps_as_announced(void **state)
{
    (void)state;
    const uint32_t needed = vb_alarms_calm_needed(&analysis.alarms) + 8;
    for (unsigned i = 0; i < needed && analysis.occurrence_count == 0; i++) {
        sweep();
        reading.cell_mv[8] = (uint16_t)(reading.cell_mv[8] - 80);
        take();
    }
    assert_int_equal(analysis.occurrence_count, 1);
    assert_int_equal(analysis.room.occurrences[0].cell, 8);
}

static void nothing_is_learnt_where_every_sweep_is_charged_under_load(void **state)
{
    (void)state;
    struct vb_weak_cell_result weakest[VB_WEAKEST];
    for (unsigned i = 0; i < 30; i++) {
        sweep();
        reading.current_ma = 40000;
        take();
    }
    vb_analysis_finish(&analysis);
    assert_int_equal(vb_analysis_weakest(&analysis, weakest), 0);
    assert_int_equal(analysis.asides[VB_ASIDE_LOAD].count, 30);
    assert_int_equal(analysis.judged, 0);
    assert_int_equal(analysis.alarms.balance.calm_sweeps, 0);
}

static void E1_what_is_set_aside_is_counted_with_its_first(void **state)
{
    (void)state;
    healthy(10);
    sweep();
    reading.cell_mv[3] = VB_CELL_NOT_AVAILABLE;
    take();
    healthy(4);
    sweep();
    reading.cell_mv[5] = VB_CELL_NOT_AVAILABLE;
    take();
    sweep();
    reading.current_ma = -60000;
    take();
    take(); /* the same sample once more */
    const struct vb_set_aside *missing = &analysis.asides[VB_ASIDE_CELL_MISSING];
    assert_int_equal(missing->count, 2);
    assert_int_equal(missing->first, 10);
    assert_int_equal(missing->first_wall_ms, 10 * STEP_MS);
    assert_string_equal(missing->text, "cell 4 has no value");
    assert_int_equal(analysis.asides[VB_ASIDE_LOAD_CHANGED].count, 1);
    assert_int_equal(analysis.asides[VB_ASIDE_REPEATED].count, 1);
    assert_int_equal(analysis.sweeps, 17);
    vb_analysis_broken_rows(&analysis, 3, 7, "line 7 has 2 fields");
    assert_int_equal(analysis.asides[VB_ASIDE_ROW_BROKEN].count, 3);
    assert_int_equal(analysis.asides[VB_ASIDE_ROW_BROKEN].first, 7);
    vb_analysis_finish(&analysis);
    assert_in_range(vb_analysis_spread_mv(&analysis, 1), 1, 3);
}

static void a_single_value_that_the_others_contradict_is_in_no_figure_but_counted(void **state)
{
    (void)state;
    healthy(20);
    sweep();
    reading.cell_mv[2] = 4900;
    take();
    healthy(20);
    vb_analysis_finish(&analysis);
    assert_int_equal(analysis.occurrence_count, 0);
    assert_int_equal(analysis.asides[VB_ASIDE_CONTRADICTED].count, 1);
    assert_string_equal(analysis.asides[VB_ASIDE_CONTRADICTED].text, "cell 3 had read 4900 mV");
    assert_int_equal(vb_analysis_spread_mv(&analysis, 1), 3);
    assert_int_equal(analysis.calm_spread_mv, 3);
}

/* The pack's voltage and a sensor as a cell: for one sweep, and the next says otherwise. */
static void a_single_value_of_the_pack_or_a_sensor_is_counted_as_well(void **state)
{
    (void)state;
    for (unsigned sensor = 0; sensor < 2; sensor++) {
        (void)fresh(state);
        for (unsigned i = 0; i < 20; i++) {
            sweep();
            reading.flags |= VB_READING_HAS_VOLTAGE;
            reading.pack_mv = i == 10 && sensor == 0 ? 12000 : 44418;
            reading.temp_count = 1;
            reading.temp_dc[0] = i == 10 && sensor != 0 ? 987 : 215;
            take();
        }
        vb_analysis_finish(&analysis);
        assert_int_equal(analysis.occurrence_count, 0);
        assert_int_equal(analysis.asides[VB_ASIDE_CONTRADICTED].count, 1);
        assert_string_equal(analysis.asides[VB_ASIDE_CONTRADICTED].text,
                            sensor == 0 ? "the pack had read 12.0 V" : "sensor 1 had read 98.7 °C");
    }
}

static void of_several_in_one_sweep_each_is_counted_and_the_first_named(void **state)
{
    (void)state;
    for (unsigned missing = 0; missing < 2; missing++) {
        (void)fresh(state);
        reading.cell_count = 3 * CELLS;
        for (unsigned i = 0; i < 40; i++) {
            sweep();
            for (unsigned cell = CELLS; cell < 3 * CELLS; cell++)
                reading.cell_mv[cell] = (uint16_t)(3700 + (cell + i) % 4);
            reading.flags |= VB_READING_HAS_VOLTAGE;
            reading.pack_mv = i == 20 ? 655350 : 133250;
            reading.cell_mv[3] = i == 20 ? 4900 : 3700;
            reading.cell_mv[30] = i == 20 ? 1200 : reading.cell_mv[30];
            if (i == 21 && missing != 0)
                reading.cell_mv[3] = VB_CELL_NOT_AVAILABLE; /* which bears out nothing either */
            take();
        }
        vb_analysis_finish(&analysis);
        assert_int_equal(analysis.occurrence_count, 0);
        assert_int_equal(analysis.asides[VB_ASIDE_CONTRADICTED].count, 3);
        assert_int_equal(analysis.asides[VB_ASIDE_CONTRADICTED].first, 21);
        assert_string_equal(analysis.asides[VB_ASIDE_CONTRADICTED].text, "cell 4 had read 4900 mV");
        assert_int_equal(analysis.asides[VB_ASIDE_UNCONFIRMED].count, 0);
    }
}

/* A log that ends with the first reading of a fault does not read as a healthy one. */
static void what_waits_at_the_end_is_named(void **state)
{
    static const struct {
        uint16_t cell_2_mv;
        uint16_t cell_7_mv;
        uint32_t pack_mv;
        int16_t dc;
        unsigned count;
        const char *text;
    } cases[] = {
        {3701, 3700, 44418, 215, 0, ""},
        {4900, 3700, 44418, 215, 1, "cell 3 read 4900 mV"},
        {3901, 3700, 44418, 215, 1, "cell 3 read 3901 mV"},
        {3701, 3700, 655350, 215, 1, "the pack read 655.4 V, its cells add up to 44.4 V"},
        {3701, VB_CELL_NOT_AVAILABLE, 655350, 215, 1, "the pack read 655.4 V"},
        {3701, 3700, 44418, 1270, 1, "sensor 1 read 127.0 °C"},
        {4900, 1200, 655350, 1270, 4, "cell 3 read 4900 mV"},
        {3401, 3400, 44418, 215, 0, ""}, /* two of twelve within their limits: a load that came */
    };
    for (unsigned i = 0; i < VB_COUNT_OF(cases); i++) {
        const struct vb_set_aside *aside = &analysis.asides[VB_ASIDE_UNCONFIRMED];
        (void)fresh(state);
        reading.flags |= VB_READING_HAS_VOLTAGE;
        reading.pack_mv = 44418;
        reading.temp_count = 1;
        reading.temp_dc[0] = 215;
        healthy(20);
        sweep();
        reading.cell_mv[2] = cases[i].cell_2_mv;
        reading.cell_mv[7] = cases[i].cell_7_mv;
        reading.pack_mv = cases[i].pack_mv;
        reading.temp_dc[0] = cases[i].dc;
        take();
        vb_analysis_finish(&analysis);
        assert_int_equal(aside->count, cases[i].count);
        assert_string_equal(aside->text, cases[i].text);
        if (cases[i].count > 0)
            assert_int_equal(aside->first, 20);
        assert_int_equal(analysis.asides[VB_ASIDE_CONTRADICTED].count, 0);
        assert_string_equal(analysis.asides[VB_ASIDE_CONTRADICTED].text, "");
        assert_int_equal(analysis.occurrence_count, 0);
    }
}

/* Of a pack that measures no current: its voltage tells that a load has come. */
static void without_a_current_a_voltage_that_moves_sets_a_sweep_aside(void **state)
{
    (void)state;
    reading.flags = 0;
    for (unsigned i = 0; i < 20; i++) {
        sweep();
        reading.sampled_ms = 200 * i;
        for (unsigned cell = 0; cell < CELLS; cell++)
            reading.cell_mv[cell] = (uint16_t)(reading.cell_mv[cell] - (i < 15 ? 0 : 60));
        take();
    }
    vb_analysis_finish(&analysis);
    assert_int_equal(analysis.asides[VB_ASIDE_VOLTAGE_MOVED].count, 1);
    assert_int_equal(analysis.asides[VB_ASIDE_VOLTAGE_MOVED].first, 15);
    assert_int_equal(analysis.judged, 14);
}

/* From one that measures coarsely, or of a single cell. */
static void cells_that_read_all_the_same_have_no_spread(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        sweep();
        for (unsigned cell = 0; cell < CELLS; cell++)
            reading.cell_mv[cell] = (uint16_t)(3700 + i % 2);
        take();
    }
    vb_analysis_finish(&analysis);
    assert_int_equal(vb_analysis_spread_mv(&analysis, 1), 0);
}

static void E6_an_alarm_is_one_occurrence_from_its_begin_to_its_end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 120; i++) {
        sweep();
        if ((i >= 30 && i < 60) || i >= 90)
            reading.cell_mv[8] = (uint16_t)(reading.cell_mv[8] - 80);
        take();
    }
    vb_analysis_finish(&analysis);
    assert_int_equal(analysis.occurrence_count, 2);
    const struct vb_alarm *first = &analysis.room.occurrences[0];
    const struct vb_alarm *second = &analysis.room.occurrences[1];
    assert_int_equal(first->kind, VB_ALARM_IMBALANCE);
    assert_int_equal(first->cell, 8);
    assert_in_range(first->begin_wall_ms, 30 * STEP_MS, 40 * STEP_MS);
    assert_in_range(first->end_wall_ms, 60 * STEP_MS, 70 * STEP_MS);
    assert_int_equal(second->cell, 8);
    assert_int_equal(second->end_wall_ms, 0); /* still open */
}

/* Room that grows while the recording is read gives the same report as room for all of it. */
static void a_report_does_not_depend_on_when_room_was_made(void **state)
{
    (void)state;
    uint64_t *steps = malloc(sizeof *steps);
    uint16_t *spreads = malloc(sizeof *spreads);
    struct vb_alarm *alarms = malloc(OCCURRENCES * sizeof *alarms);
    uint32_t room = 1;
    assert_true(steps != NULL && spreads != NULL && alarms != NULL);
    vb_analysis_init(&analysis, &limits);
    vb_analysis_set_room(&analysis,
                         &(struct vb_analysis_room){steps, spreads, room, alarms, OCCURRENCES});
    for (unsigned i = 0; i < 100; i++) {
        if (vb_analysis_needs_room(&analysis)) {
            room += 7;
            steps = realloc(steps, room * sizeof *steps);
            spreads = realloc(spreads, room * sizeof *spreads);
            assert_true(steps != NULL && spreads != NULL);
            vb_analysis_set_room(
                &analysis, &(struct vb_analysis_room){steps, spreads, room, alarms, OCCURRENCES});
        }
        healthy(1);
    }
    vb_analysis_finish(&analysis);
    assert_int_equal(analysis.sweeps, 100);
    assert_int_equal(vb_analysis_step_ms(&analysis, 0), STEP_MS);
    assert_int_equal(vb_analysis_step_ms(&analysis, 1), STEP_MS);
    assert_int_equal(vb_analysis_spread_mv(&analysis, 0), 3);
    free(steps);
    free(spreads);
    free(alarms);
}

static void a_recording_with_dates_has_their_times(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        sweep();
        reading.wall_ms = UINT64_C(1700000000000) + at_ms;
        take();
    }
    vb_analysis_finish(&analysis);
    assert_true(analysis.has_wall);
    assert_int_equal(analysis.begin_wall_ms, 1700000000000);
    assert_int_equal(analysis.end_wall_ms, 1700000000000 + 9 * STEP_MS);
}

static void E6_each_occurrence_ends_by_its_own_cell_and_kind(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 150; i++) {
        sweep();
        if (i >= 30 && i < 60)
            reading.cell_mv[8] = (uint16_t)(reading.cell_mv[8] - 80);
        if (i >= 30 && i < 90)
            reading.cell_mv[3] = (uint16_t)(reading.cell_mv[3] - 80);
        if (i >= 100 && i < 120)
            reading.cell_mv[5] = 4400; /* an imbalance too, which ends three sweeps later */
        take();
    }
    vb_analysis_finish(&analysis);
    assert_int_equal(analysis.occurrence_count, 4);
    for (uint32_t i = 0; i < analysis.occurrence_count; i++) {
        const struct vb_alarm *alarm = &analysis.room.occurrences[i];
        const uint64_t cause_ended = alarm->cell == 8 ? 60 : alarm->cell == 3 ? 90 : 120;
        const bool at_once = alarm->kind == VB_ALARM_CELL_OVER_VOLTAGE;
        assert_in_range(alarm->end_wall_ms / STEP_MS, cause_ended + (at_once ? 0 : 2),
                        cause_ended + (at_once ? 1 : 5));
    }
}

/* The clock of what recorded it was lost on the way. */
static void an_alarm_that_ended_at_an_unknown_time_is_not_open(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        sweep();
        reading.wall_ms = i < 15 ? UINT64_C(1700000000000) + at_ms : 0;
        if (i >= 10 && i < 15)
            reading.cell_mv[8] = 4300;
        take();
    }
    vb_analysis_finish(&analysis);
    assert_int_equal(analysis.occurrence_count, 1);
    assert_int_equal(occurrences[0].kind, VB_ALARM_CELL_OVER_VOLTAGE);
    assert_true(occurrences[0].worst_value == 4300 && occurrences[0].now_value < 3710);
}

static void E6_an_alarm_open_at_the_end_gives_its_worst_value(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        sweep();
        if (i >= 30)
            reading.cell_mv[8] = (uint16_t)(reading.cell_mv[8] - (i < 50 ? 60 : 90));
        take();
    }
    assert_true(analysis.room.occurrences[0].worst_value > -70);
    vb_analysis_finish(&analysis);
    assert_true(analysis.room.occurrences[0].worst_value < -80);
}

static void the_first_sweep_counts_whatever_its_number(void **state)
{
    (void)state;
    sweep();
    reading.sequence = 0;
    take();
    assert_int_equal(analysis.sweeps, 1);
    assert_int_equal(analysis.asides[VB_ASIDE_REPEATED].count, 0);
}

static void the_calm_spread_is_the_widest_of_those_that_were_judged(void **state)
{
    (void)state;
    healthy(20);
    sweep();
    reading.cell_mv[8] = (uint16_t)(reading.cell_mv[8] - 9);
    take();
    assert_int_equal(analysis.alarms.balance.verdict, VB_IMBALANCE_JUDGED);
    const uint16_t widest = analysis.calm_spread_mv;
    assert_in_range(widest, 7, 12);
    healthy(5); /* narrower ones leave it */
    sweep();
    reading.current_ma = -60000;
    reading.cell_mv[8] = (uint16_t)(reading.cell_mv[8] - 40);
    take(); /* and one that is not judged */
    assert_int_equal(analysis.calm_spread_mv, widest);
}

static void a_value_that_no_cell_can_have_is_given_as_it_is(void **state)
{
    (void)state;
    healthy(10);
    sweep();
    reading.cell_mv[3] = 5500;
    take();
    assert_string_equal(analysis.asides[VB_ASIDE_CELL_MISSING].text,
                        "cell 4 reads 5500 mV, which no cell can have");
}

/* The receiver acknowledges, so most sweeps are encoded as a difference. */
static void sweeps_are_encoded_as_differences(void **state)
{
    (void)state;
    healthy(1);
    const double whole = vb_analysis_bits_per_cell(&analysis);
    healthy(100);
    assert_true(vb_analysis_bits_per_cell(&analysis) < whole * 0.7);
}

static void room_is_needed_before_a_sweep_could_begin_more_alarms_than_there_is_room_for(
    void **state)
{
    (void)state;
    analysis.occurrence_count = OCCURRENCES - VB_ANALYSIS_OCCURRENCES_A_SWEEP;
    assert_false(vb_analysis_needs_room(&analysis));
    analysis.occurrence_count++;
    assert_true(vb_analysis_needs_room(&analysis));
}

/* Of a recording that has an end everything is taken. */
static void of_what_has_no_end_there_is_enough_at_some_time(void **state)
{
    (void)state;
    for (unsigned full = 0; full < 2; full++) {
        analysis.sweeps = VB_ANALYSIS_ENDLESS_SWEEPS - 1 + full;
        assert_false(vb_analysis_has_enough(&analysis, false));
        assert_int_equal(vb_analysis_has_enough(&analysis, true), full);
    }
}

static void one_alarm_is_the_verdict_however_much_was_judged(void **state)
{
    (void)state;
    static const struct {
        uint32_t occurrences;
        uint32_t judged;
        enum vb_verdict verdict;
    } cases[] = {{0, 0, VB_VERDICT_NOT_JUDGED},
                 {0, 5, VB_VERDICT_WELL},
                 {1, 0, VB_VERDICT_ALARM},
                 {1, 5, VB_VERDICT_ALARM}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        analysis.occurrence_count = cases[i].occurrences;
        analysis.judged = cases[i].judged;
        assert_int_equal(vb_analysis_verdict(&analysis), cases[i].verdict);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(E6_a_healthy_pack_gives_its_figures_and_no_alarm, fresh),
        cmocka_unit_test_setup(shares_are_of_all_sweeps_in_order, fresh),
        cmocka_unit_test_setup(
            room_is_needed_before_a_sweep_could_begin_more_alarms_than_there_is_room_for, fresh),
        cmocka_unit_test_setup(of_what_has_no_end_there_is_enough_at_some_time, fresh),
        cmocka_unit_test_setup(one_alarm_is_the_verdict_however_much_was_judged, fresh),
        cmocka_unit_test_setup(one_sweep_is_judged_for_nothing_and_has_no_interval, fresh),
        cmocka_unit_test_setup(a_fault_is_found_after_as_many_calm_sweeps_as_announced, fresh),
        cmocka_unit_test_setup(nothing_is_learnt_where_every_sweep_is_charged_under_load, fresh),
        cmocka_unit_test_setup(E1_what_is_set_aside_is_counted_with_its_first, fresh),
        cmocka_unit_test_setup(
            a_single_value_that_the_others_contradict_is_in_no_figure_but_counted, fresh),
        cmocka_unit_test(a_single_value_of_the_pack_or_a_sensor_is_counted_as_well),
        cmocka_unit_test_setup(of_several_in_one_sweep_each_is_counted_and_the_first_named, fresh),
        cmocka_unit_test_setup(what_waits_at_the_end_is_named, fresh),
        cmocka_unit_test_setup(without_a_current_a_voltage_that_moves_sets_a_sweep_aside, fresh),
        cmocka_unit_test_setup(cells_that_read_all_the_same_have_no_spread, fresh),
        cmocka_unit_test_setup(E6_an_alarm_is_one_occurrence_from_its_begin_to_its_end, fresh),
        cmocka_unit_test_setup(a_report_does_not_depend_on_when_room_was_made, fresh),
        cmocka_unit_test_setup(a_recording_with_dates_has_their_times, fresh),
        cmocka_unit_test_setup(E6_each_occurrence_ends_by_its_own_cell_and_kind, fresh),
        cmocka_unit_test_setup(an_alarm_that_ended_at_an_unknown_time_is_not_open, fresh),
        cmocka_unit_test_setup(E6_an_alarm_open_at_the_end_gives_its_worst_value, fresh),
        cmocka_unit_test_setup(the_first_sweep_counts_whatever_its_number, fresh),
        cmocka_unit_test_setup(the_calm_spread_is_the_widest_of_those_that_were_judged, fresh),
        cmocka_unit_test_setup(a_value_that_no_cell_can_have_is_given_as_it_is, fresh),
        cmocka_unit_test_setup(sweeps_are_encoded_as_differences, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
