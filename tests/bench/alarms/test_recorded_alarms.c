/* What the recordings should raise, as labelled by hand: nothing as they are, one alarm that names
 * the cell for a fault put into them, one of the pack for a group of cells; and what the inputs of
 * known faults should raise. They are used in place, and skipped where absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault_run.h"
#include "voltbeacon/pack/cell_series.h"

enum { FROZEN_SWEEPS = 20, STARTS = 4, CELLS_TRIED = 5 };

struct label {
    const char *file;
    uint32_t set_aside; /* sweeps with a cell that is not available */
    bool hot;           /* its pack was above 45 degC: the one alarm that is true */
    /* Its cells are in two groups 80 mV apart, which is an alarm of the pack: one that is high and
     * falls by so much is where others always were. */
    bool uneven;
};

static const struct label labels[] = {
    {"leafspy_96s/leafspy_euw15_170415_24CA1_2.csv", 0, false, false},
    {"leafspy_96s/leafspy_euw15_170903_01133.csv", 0, false, false},
    {"leafspy_96s/leafspy_euw15_171031_01133.csv", 0, false, false},
    {"leafspy_96s/leafspy_euw15_180830_24CA1.csv", 0, false, false},
    {"leafspy_96s/leafspy_euw15_180830_24CA1.as_written.csv", 0, false, false},
    {"leafspy_96s/leafspy_nicklekas_denver_to_portland_day1.csv", 0, true, false},
    {"maxus_96s/maxus_20230825.wide.derived.csv", 105, false, false},
    {"outlander_80s/outlander_80s_25hz.derived.csv", 0, false, false},
    {"jk_bms/JK-B1A20S15P-10.07-BLE-JK02.cells.derived.csv", 0, false, false},
    {"jk_bms/JK-B2A16S-3.3.0-BLE-JK04.cells.derived.csv", 0, false, false},
    {"jk_bms/JK-B2A24S20P-10.07-BLE-JK02.cells.derived.csv", 0, false, false},
    {"jk_bms/JK-B2A8S20P-11.17-BLE-JK02_32S.cells.derived.csv", 0, false, true},
    {"jk_bms/JK-BD6A17S6P-7.1.0H-BLE-JK02.cells.derived.csv", 0, false, false},
    {"leaf_can/leaf_20250804_161600_bypass.log", 0, false, false},
    {"leaf_can/leaf_ze0_10bars.log", 0, false, false},
};

static struct vb_recorded recorded;

static void load(const char *file)
{
    const char *folder = getenv("VB_SHARED_DATA");
    char source[512];
    char why[512];
    const char *kind = strstr(file, ".log") != NULL ? "candump:" : "csv:";
    (void)snprintf(source, sizeof source, "%s%s/%s", kind,
                   folder != NULL ? folder : VB_SOURCE_DIR "/../shared/data", file);
    if (access(source + strlen(kind), R_OK) != 0) {
        print_message("skipped: there is no %s\n", source + strlen(kind));
        skip();
    }
    if (!vb_recorded_load(&recorded, source, why, sizeof why))
        fail_msg("%s", why);
}

static uint8_t cell_tried(unsigned n)
{
    return (uint8_t)(n * (recorded.readings[0].cell_count - 1u) / (CELLS_TRIED - 1));
}

static void E6_a_recording_raises_what_is_true_of_it_and_nothing_else(void **state)
{
    const struct label *label = *state;
    load(label->file);
    const struct vb_fault none = {.kind = VB_FAULT_NONE};
    const struct vb_fault_outcome outcome = vb_fault_run(&recorded, &none);
    for (unsigned kind = 0; kind < VB_ALARM_KINDS; kind++) {
        const bool expected = (label->hot && kind == VB_ALARM_TEMPERATURE_HIGH) ||
                              (label->uneven && kind == VB_ALARM_CELL_SPREAD);
        if (outcome.begun[kind] != expected)
            fail_msg("%s: %u times %s", label->file, outcome.begun[kind],
                     vb_alarm_name((enum vb_alarm_kind)kind));
    }
    uint32_t incomplete = 0;
    for (uint32_t i = 0; i < recorded.count; i++) {
        incomplete +=
            vb_cell_series(&recorded.readings[i], NULL).count != recorded.readings[i].cell_count;
    }
    assert_int_equal(incomplete, label->set_aside);
}

/* From begin on, for twice the sweeps that it may take to be found. */
static uint32_t end_of_lowered(uint32_t begin)
{
    uint32_t end = begin;
    for (uint32_t seen = 0; end < recorded.count && seen < 2 * VB_SWEEPS_TO_RAISE; end++)
        seen += recorded.judgeable[end];
    return end;
}

static void expect_lowered(const struct label *label, uint8_t cell, uint32_t begin)
{
    const struct vb_fault fault = {
        .kind = VB_FAULT_LOWERED, .cell = cell, .begin = begin, .end = end_of_lowered(begin)};
    if (vb_recorded_judgeable(&recorded, begin, fault.end) < 2 * VB_SWEEPS_TO_RAISE ||
        vb_recorded_judgeable(&recorded, fault.end, recorded.count) < VB_SWEEPS_TO_RAISE)
        return;
    const struct vb_fault_outcome outcome = vb_fault_run(&recorded, &fault);
    if (outcome.named != 1 || outcome.begun[VB_ALARM_IMBALANCE] != 1 || outcome.open_at_end ||
        outcome.sweeps > VB_SWEEPS_TO_RAISE)
        fail_msg("%s: cell %u lowered from sweep %u on: named %u times of %u, after %u sweeps%s",
                 label->file, cell + 1u, begin, outcome.named, outcome.begun[VB_ALARM_IMBALANCE],
                 outcome.sweeps, outcome.open_at_end ? ", never ended" : "");
}

static void E6_a_cell_lowered_by_80_mV_is_named_once_within_10_sweeps_and_ends(void **state)
{
    const struct label *label = *state;
    load(label->file);
    for (unsigned n = 0; n < CELLS_TRIED; n++) {
        const uint16_t mv = recorded.readings[recorded.count / 2].cell_mv[cell_tried(n)];
        const struct vb_cell_series series =
            vb_cell_series(&recorded.readings[recorded.count / 2], NULL);
        if (label->uneven && mv * 1000 > series.mean_uv)
            continue;
        for (uint32_t start = 0; start < STARTS; start++)
            expect_lowered(label, cell_tried(n), recorded.count * start / STARTS);
    }
}

static void expect_frozen(const struct label *label, uint8_t cell, uint32_t begin)
{
    uint32_t end = begin + 1;
    for (uint32_t samples = 1; end < recorded.count && samples < FROZEN_SWEEPS; end++)
        samples += recorded.readings[end].sequence != recorded.readings[end - 1].sequence;
    const double needed_mv = vb_recorded_limits(&recorded).frozen_moved_mv;
    if (end >= recorded.count || !vb_cell_is_possible(recorded.readings[begin].cell_mv[cell]) ||
        vb_recorded_moves_mv(&recorded, begin, end) < needed_mv)
        return;
    const struct vb_fault fault = {
        .kind = VB_FAULT_FROZEN, .cell = cell, .begin = begin, .end = end};
    const struct vb_fault_outcome outcome = vb_fault_run(&recorded, &fault);
    if (outcome.named != 1 || outcome.begun[VB_ALARM_FROZEN_VALUE] != 1)
        fail_msg("%s: cell %u frozen from sweep %u on: named %u times of %u", label->file,
                 cell + 1u, begin, outcome.named, outcome.begun[VB_ALARM_FROZEN_VALUE]);
}

static void E6_a_cell_frozen_for_20_sweeps_of_changing_voltage_is_named(void **state)
{
    const struct label *label = *state;
    load(label->file);
    for (unsigned n = 0; n < CELLS_TRIED; n++) {
        for (uint32_t start = 0; start < STARTS; start++)
            expect_frozen(label, cell_tried(n), recorded.count * start / STARTS);
    }
}

static void expect_group(const struct label *label, const struct vb_fault *fault)
{
    if (vb_recorded_judgeable(&recorded, fault->begin, fault->end) < VB_SWEEPS_TO_RAISE)
        return;
    const struct vb_fault_outcome outcome = vb_fault_run(&recorded, fault);
    if (outcome.named == 0 || outcome.sweeps > VB_SWEEPS_TO_RAISE)
        fail_msg(
            "%s: %u cells from %u on, each %u behind the other, lowered by %u mV from sweep %u "
            "on: not named within %u sweeps",
            label->file, fault->group, fault->cell + 1u, fault->stride, fault->mv, fault->begin,
            outcome.sweeps);
}

static void E6_a_group_lowered_by_100_mV_or_more_is_named_within_10_sweeps(void **state)
{
    static const uint16_t distances_mv[] = {100, 400};
    const struct label *label = *state;
    load(label->file);
    const uint8_t cells = recorded.readings[0].cell_count;
    const struct vb_fault groups[] = {{.cell = cells / 3, .group = 2, .stride = 3},
                                      {.cell = cells / 2, .group = cells / 8, .stride = 1},
                                      {.cell = 0, .group = cells / 2, .stride = 1},
                                      {.cell = 0, .group = cells / 2, .stride = 2}};
    for (unsigned i = 0; i < VB_COUNT_OF(groups) * VB_COUNT_OF(distances_mv); i++) {
        struct vb_fault fault = groups[i / VB_COUNT_OF(distances_mv)];
        fault.kind = VB_FAULT_GROUP;
        fault.mv = distances_mv[i % VB_COUNT_OF(distances_mv)];
        fault.begin = recorded.count / 3;
        fault.end = end_of_lowered(fault.begin);
        expect_group(label, &fault);
    }
}

/* --- inputs of known faults ------------------------------------------------------------------- */

struct known_fault {
    const char *file;
    int kind; /* the one kind that it raises; -1: none */
    uint32_t contradicted;
};

static const struct known_fault known_faults[] = {
    {"../cases/3-frozen-on-torn-sweep/torn.csv", -1, 0},
    {"../cases/5-two-groups-of-cells/bi_1V.csv", VB_ALARM_CELL_SPREAD, 0},
    {"../cases/5-two-groups-of-cells/vw12.csv", VB_ALARM_CELL_SPREAD, 0},
    {"../cases/6-single-bad-reading/glitch_hi.csv", -1, 1},
    {"../cases/6-single-bad-reading/leafspy_garbage_row.csv", -1, 1},
};

static void E6_an_input_of_a_known_fault_raises_what_is_right(void **state)
{
    const struct known_fault *known = *state;
    load(known->file);
    const struct vb_fault none = {.kind = VB_FAULT_NONE};
    const struct vb_fault_outcome outcome = vb_fault_run(&recorded, &none);
    for (int kind = 0; kind < VB_ALARM_KINDS; kind++) {
        if (outcome.begun[kind] != (kind == known->kind))
            fail_msg("%s: %u times %s", known->file, outcome.begun[kind],
                     vb_alarm_name((enum vb_alarm_kind)kind));
    }
    assert_int_equal(outcome.contradicted, known->contradicted);
}

#define FILES VB_COUNT_OF(labels)

int main(void)
{
    static const CMUnitTestFunction functions[] = {
        E6_a_recording_raises_what_is_true_of_it_and_nothing_else,
        E6_a_cell_lowered_by_80_mV_is_named_once_within_10_sweeps_and_ends,
        E6_a_cell_frozen_for_20_sweeps_of_changing_voltage_is_named,
        E6_a_group_lowered_by_100_mV_or_more_is_named_within_10_sweeps,
    };
    static const char *const names[] = {
        "E6_a_recording_raises_what_is_true_of_it_and_nothing_else",
        "E6_a_cell_lowered_by_80_mV_is_named_once_within_10_sweeps_and_ends",
        "E6_a_cell_frozen_for_20_sweeps_of_changing_voltage_is_named",
        "E6_a_group_lowered_by_100_mV_or_more_is_named_within_10_sweeps",
    };
    struct CMUnitTest tests[FILES * VB_COUNT_OF(functions) + VB_COUNT_OF(known_faults)];
    const size_t recordings = FILES * VB_COUNT_OF(functions);
    for (size_t i = 0; i < VB_COUNT_OF(known_faults); i++) {
        tests[recordings + i] =
            (struct CMUnitTest){.name = "E6_an_input_of_a_known_fault_raises_what_is_right",
                                .test_func = E6_an_input_of_a_known_fault_raises_what_is_right,
                                .initial_state = (void *)&known_faults[i]};
    }
    for (size_t i = 0; i < recordings; i++) {
        tests[i] = (struct CMUnitTest){.name = names[i / FILES],
                                       .test_func = functions[i / FILES],
                                       .initial_state = (void *)&labels[i % FILES]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
