/* The history in memory: the same as Linux' in a file makes of the same readings, as far as it goes
 * back and but for its rounding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../fixtures/scratch_dir.h"
#include "history/ram_history.h"
#include "linux/history/history.h"
#include "linux/system/time_zone.h"
#include "voltbeacon/core/random.h"

enum { DAY_S = 86400, QUARTER_S = VB_RAM_FINE_S, HOUR_S = VB_RAM_HOUR_S };

/* A Tuesday, 2026-11-24T00:00:00Z. */
static const int64_t midnight_s = 1795478400;
static const struct vb_mac macs[] = {
    {{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}}, {{2, 0, 0, 0, 0, 3}}};

static uint64_t now_ms; /* of the wall; 0: not set */
static uint64_t wall_ms(void)
{
    return now_ms;
}

static struct vb_ram_history history;
static const struct vb_history_source *const source = &history.source;
static void *memory;
static size_t memory_bytes;
static uint32_t sequence;
static const struct vb_mac *followed[2];

static bool keeps(void *ctx, const struct vb_mac *mac)
{
    (void)ctx;
    for (size_t i = 0; i < 2; i++) {
        if (followed[i] != NULL && vb_mac_equal(followed[i], mac))
            return true;
    }
    return false;
}

static void enable(bool enabled)
{
    const struct vb_history_settings settings = {.enabled = enabled, .keep_days = {7, 90, 3650}};
    history.store.set(&history, &settings);
}

static void start(uint8_t packs, uint16_t days, uint16_t fine_days)
{
    const struct vb_ram_history_sizes sizes = {packs, days, fine_days};
    free(memory);
    memory_bytes = vb_ram_history_bytes(&sizes);
    memory = malloc(memory_bytes); /* exactly as much: what is written beside it is found */
    assert_non_null(memory);
    memset(memory, 0xa5, memory_bytes);
    const struct vb_ram_history_config config = {
        .sizes = sizes, .memory = memory, .wall_ms = wall_ms, .keeps = {.keeps = keeps}};
    vb_ram_history_init(&history, &config);
    enable(true);
}

static int fresh(void **state)
{
    (void)state;
    now_ms = (uint64_t)midnight_s * 1000;
    sequence = 0;
    followed[0] = followed[1] = NULL;
    start(2, 3, 1);
    return 0;
}

static struct vb_reading reading_at(int64_t at_s, uint16_t mv)
{
    struct vb_reading reading = {.sequence = ++sequence,
                                 .sampled_ms = (uint32_t)((at_s - midnight_s) * 1000),
                                 .flags = VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT,
                                 .cell_count = 96,
                                 .temp_count = 1,
                                 .pack_mv = 96u * mv,
                                 .current_ma = 10000,
                                 .temp_dc = {-55}};
    for (unsigned i = 0; i < 96; i++)
        reading.cell_mv[i] = mv;
    return reading;
}

static void add_from(const struct vb_mac *mac, int64_t at_s, uint16_t mv)
{
    const struct vb_reading reading = reading_at(at_s, mv);
    assert_true(history.store.add(&history, mac, 1, &reading, (uint64_t)at_s * 1000));
}

static void add(int64_t at_s, uint16_t mv)
{
    add_from(&macs[0], at_s, mv);
}

static struct vb_history_span span_of(uint32_t step_s)
{
    return (struct vb_history_span){.mac = macs[0],
                                    .tier = step_s < HOUR_S ? VB_TIER_1MIN : VB_TIER_1H,
                                    .step_s = step_s,
                                    .to_s = midnight_s + INT64_C(36500) * DAY_S};
}

struct total {
    uint32_t points;
    uint32_t readings;
    int64_t first_s;
    int64_t last_s;
};

static struct total total_of(const struct vb_mac *mac, uint32_t step_s)
{
    struct vb_history_span span = span_of(step_s);
    struct total total = {0};
    struct vb_history_view point;
    int64_t at_s = 0;
    span.mac = *mac;
    while (source->point(source->ctx, &span, at_s, &at_s, &point) == VB_ERR_OK) {
        assert_null(point.cells_mv);
        total.first_s = total.points == 0 ? at_s : total.first_s;
        total.last_s = at_s;
        total.points++;
        total.readings += point.readings;
        at_s += step_s;
    }
    return total;
}

static struct vb_history_view point_at(uint32_t step_s, int64_t at_s)
{
    const struct vb_history_span span = span_of(step_s);
    struct vb_history_view point;
    int64_t found_s;
    assert_int_equal(source->point(source->ctx, &span, at_s, &found_s, &point), VB_ERR_OK);
    assert_true(found_s == at_s);
    return point;
}

static enum vb_history_state state_of(void)
{
    struct vb_history_status status;
    source->status(source->ctx, &status);
    assert_int_equal(status.bytes, memory_bytes);
    return status.state;
}

/* == What it says ============================================================================ */

static void it_says_what_it_leaves_out(void **state)
{
    (void)state;
    assert_false(source->by_cell);
    assert_false(source->lasting);
    assert_int_equal(source->finest_s, QUARTER_S);
    assert_int_equal(source->longest_s, 3 * DAY_S);
    assert_string_equal(source->time_zone(source->ctx), "UTC");
    assert_true(history.store.set_time_zone(&history, "UTC"));
    assert_false(history.store.set_time_zone(&history, "Europe/Vienna"));
    assert_string_equal(source->time_zone(source->ctx), "UTC");
}

static void its_state_is_that_of_its_settings_and_of_the_clock(void **state)
{
    (void)state;
    assert_int_equal(state_of(), VB_HISTORY_RECORDING);
    assert_true(source->now_s(source->ctx) == midnight_s);
    now_ms = 0;
    assert_int_equal(state_of(), VB_HISTORY_WAITING);
    assert_true(source->now_s(source->ctx) == 1); /* a range up to it is not empty */
    enable(false);
    assert_int_equal(state_of(), VB_HISTORY_OFF);
}

static void switched_off_it_takes_nothing_and_shows_what_there_is(void **state)
{
    (void)state;
    add(midnight_s, 3700);
    enable(false);
    const struct vb_reading reading = reading_at(midnight_s + 10, 3700);
    assert_false(history.store.add(&history, &macs[0], 1, &reading, (uint64_t)now_ms));
    assert_int_equal(total_of(&macs[0], QUARTER_S).readings, 1);
    enable(true);
    add(midnight_s + 20, 3700);
    assert_int_equal(total_of(&macs[0], QUARTER_S).readings, 2);
}

static void of_whom_nothing_is_known_there_is_none(void **state)
{
    struct vb_history_day day;
    int64_t at_s;
    (void)state;
    add(midnight_s, 3700);
    assert_int_equal(total_of(&macs[1], QUARTER_S).points, 0);
    assert_int_equal(source->oldest(source->ctx, &macs[1], VB_TIER_1H, &at_s), VB_ERR_NOT_FOUND);
    assert_int_equal(source->day(source->ctx, &macs[1], 0, &day), VB_ERR_NOT_FOUND);
    assert_int_equal(source->day(source->ctx, &macs[0], 0, &day), VB_ERR_NOT_FOUND);
}

/* == Points ================================================================================== */

static void a_reading_is_seen_at_once(void **state)
{
    (void)state;
    add(midnight_s + 1000, 3700);
    const struct vb_history_view point = point_at(QUARTER_S, midnight_s + QUARTER_S);
    assert_int_equal(point.readings, 1);
    assert_int_equal(point.all_cells_mv.min, 3700);
    assert_int_equal(point_at(HOUR_S, midnight_s).readings, 1);
    assert_int_equal(point_at(3 * HOUR_S, midnight_s).readings, 1);
    int64_t at_s;
    assert_int_equal(source->oldest(source->ctx, &macs[0], VB_TIER_1H, &at_s), VB_ERR_OK);
    assert_true(at_s == midnight_s);
    assert_int_equal(source->oldest(source->ctx, &macs[0], VB_TIER_1MIN, &at_s), VB_ERR_OK);
    assert_true(at_s == midnight_s + QUARTER_S);
}

static void a_sample_that_comes_twice_counts_once(void **state)
{
    const struct vb_reading reading = reading_at(midnight_s, 3700);
    (void)state;
    assert_true(history.store.add(&history, &macs[0], 1, &reading, now_ms));
    assert_true(history.store.add(&history, &macs[0], 1, &reading, now_ms + 1000));
    assert_int_equal(total_of(&macs[0], QUARTER_S).readings, 1);
    assert_true(history.store.add(&history, &macs[0], 2, &reading, now_ms + 2000));
    assert_int_equal(total_of(&macs[0], QUARTER_S).readings, 2);
}

static void three_days_go_back_the_first_by_the_hour(void **state)
{
    int64_t at_s;
    (void)state;
    for (int64_t at = 0; at < 10 * DAY_S; at += 300)
        add(midnight_s + at, 3700);
    const int64_t end_s = midnight_s + 10 * DAY_S;
    const struct total fine = total_of(&macs[0], QUARTER_S);
    assert_int_equal(fine.points, 98); /* the open one, and 97 */
    assert_int_equal(fine.readings, 98 * 3);
    assert_true(fine.first_s <= end_s - DAY_S && fine.last_s == end_s - QUARTER_S);
    const struct total hours = total_of(&macs[0], HOUR_S);
    assert_in_range(hours.points, 71, 73);
    assert_in_range(hours.readings, 71 * 12, 73 * 12);
    assert_int_equal(point_at(HOUR_S, end_s - DAY_S).readings, 12); /* of both kinds */
    assert_int_equal(source->oldest(source->ctx, &macs[0], VB_TIER_1MIN, &at_s), VB_ERR_OK);
    assert_true(at_s == fine.first_s);
    assert_int_equal(source->oldest(source->ctx, &macs[0], VB_TIER_1H, &at_s), VB_ERR_OK);
    assert_true(at_s == hours.first_s);
    assert_true(at_s <= end_s - 3 * DAY_S + HOUR_S);
    struct vb_history_status status;
    source->status(source->ctx, &status);
    assert_int_equal(status.written, 10 * 96 - 1);
}

static void without_hours_only_fine_points_are_kept(void **state)
{
    (void)state;
    start(1, 2, 2);
    for (int64_t at = 0; at < 5 * DAY_S; at += 300)
        add(midnight_s + at, 3700);
    assert_int_equal(total_of(&macs[0], QUARTER_S).points, 2 * 96 + 2);
    assert_int_equal(total_of(&macs[0], HOUR_S).readings, (2 * 96 + 2) * 3);
}

static void a_range_ends_where_it_is_said_to(void **state)
{
    struct vb_history_span span = span_of(QUARTER_S);
    struct vb_history_view point;
    int64_t at_s;
    (void)state;
    for (int64_t at = 0; at < 2 * HOUR_S; at += 300)
        add(midnight_s + at, 3700);
    span.to_s = midnight_s + QUARTER_S;
    assert_int_equal(source->point(source->ctx, &span, midnight_s, &at_s, &point), VB_ERR_OK);
    assert_int_equal(source->point(source->ctx, &span, midnight_s + QUARTER_S, &at_s, &point),
                     VB_ERR_NOT_FOUND);
    span = span_of(3 * HOUR_S); /* a tier's points are whole, whatever a range cuts */
    span.to_s = midnight_s + 10;
    assert_int_equal(source->point(source->ctx, &span, midnight_s, &at_s, &point), VB_ERR_OK);
    assert_int_equal(point.readings, 12);
    span.to_s = midnight_s + HOUR_S + 1;
    assert_int_equal(source->point(source->ctx, &span, midnight_s, &at_s, &point), VB_ERR_OK);
    assert_int_equal(point.readings, 24);
}

static void gaps_stay_gaps(void **state)
{
    (void)state;
    add(midnight_s, 3700);
    add(midnight_s + 5 * HOUR_S, 3800);
    assert_int_equal(total_of(&macs[0], QUARTER_S).points, 2);
    assert_int_equal(total_of(&macs[0], HOUR_S).points, 2);
    assert_int_equal(point_at(6 * HOUR_S, midnight_s).all_cells_mv.max, 3800);
}

static void behind_a_gap_fine_points_are_of_their_hours_alone(void **state)
{
    int64_t at_s;
    (void)state;
    for (int64_t at = 0; at < DAY_S; at += 300)
        add(midnight_s + at, 3700);
    for (int64_t at = 36 * HOUR_S; at < 42 * HOUR_S; at += 300)
        add(midnight_s + at, 3800);
    const int64_t now_s = midnight_s + 42 * HOUR_S;
    assert_int_equal(source->oldest(source->ctx, &macs[0], VB_TIER_1MIN, &at_s), VB_ERR_OK);
    assert_true(at_s == now_s - QUARTER_S - 97 * QUARTER_S);
    assert_int_equal(total_of(&macs[0], QUARTER_S).readings, 12 * 6 + 3 * 26);
    assert_int_equal(total_of(&macs[0], HOUR_S).readings, 12 * (24 + 6));
}

static void what_a_gap_had_left_replaces_no_later_hour(void **state)
{
    (void)state;
    add(midnight_s, 3600);
    for (int64_t at = HOUR_S; at < 4 * DAY_S; at += 300) {
        if (at / QUARTER_S % 97 != 0 || at / QUARTER_S == 3 * 97) /* when hour 48 is one already */
            add(midnight_s + at, 3700);
    }
    assert_int_equal(point_at(HOUR_S, midnight_s + 48 * HOUR_S).readings, 9);
    assert_int_equal(point_at(HOUR_S, midnight_s + 48 * HOUR_S).all_cells_mv.min, 3700);
}

/* == The clock =============================================================================== */

static void a_clock_that_goes_back_overwrites_nothing(void **state)
{
    (void)state;
    for (int64_t at = 0; at < 4 * HOUR_S; at += 300)
        add(midnight_s + at, 3700);
    for (int64_t at = HOUR_S; at < 2 * HOUR_S; at += 300)
        add(midnight_s + at, 3800);
    const struct vb_history_view point = point_at(QUARTER_S, midnight_s + HOUR_S);
    assert_int_equal(point.readings, 6);
    assert_int_equal(point.all_cells_mv.min, 3700);
    assert_int_equal(point.all_cells_mv.max, 3800);
    assert_int_equal(vb_rollup_mean_tenths(&point.all_cells_mv), 37500);
    assert_int_equal(total_of(&macs[0], HOUR_S).readings, 60);
}

static void a_clock_far_back_adds_to_an_hour_whose_fine_points_are_gone(void **state)
{
    (void)state;
    for (int64_t at = 0; at < 2 * DAY_S; at += 300)
        add(midnight_s + at, 3700);
    add(midnight_s + 1000, 3800);
    assert_int_equal(total_of(&macs[0], QUARTER_S).readings, 97 * 3 + 1); /* no hours among them */
    const struct vb_history_view hour = point_at(HOUR_S, midnight_s);
    assert_int_equal(hour.readings, 13);
    assert_int_equal(hour.all_cells_mv.max, 3800);
    assert_int_equal(total_of(&macs[0], HOUR_S).readings, 2 * 288 + 1);
    add(midnight_s + 2 * DAY_S, 3700); /* the fine one that it had replaced is in its hour */
    assert_int_equal(total_of(&macs[0], HOUR_S).readings, 2 * 288 + 2);
}

static void a_clock_set_back_for_a_day_leaves_later_hours(void **state)
{
    (void)state;
    for (int64_t at = 0; at < 2 * DAY_S; at += 300)
        add(midnight_s + at, 3700);
    for (int64_t at = 0; at < DAY_S + HOUR_S; at += 300)
        add(midnight_s + at, 3800);
    assert_int_equal(total_of(&macs[0], HOUR_S).readings, 3 * 288 + 12);
    assert_int_equal(point_at(HOUR_S, midnight_s + 2 * DAY_S - HOUR_S).readings, 12);
}

static void hours_of_a_clock_that_was_ahead_make_room(void **state)
{
    (void)state;
    for (int64_t at = 0; at < 4 * DAY_S; at += 300)
        add(midnight_s + INT64_C(400) * DAY_S + at, 3700);
    for (int64_t at = 0; at < 4 * DAY_S; at += 300)
        add(midnight_s + at, 3700);
    for (int64_t at = DAY_S + HOUR_S; at < 4 * DAY_S; at += HOUR_S)
        assert_int_equal(point_at(HOUR_S, midnight_s + at).readings, 12);
}

static void a_clock_that_was_wrong_for_a_while_costs_little(void **state)
{
    (void)state;
    for (int64_t at = 0; at < 2 * DAY_S; at += 300)
        add(midnight_s + at, 3700);
    for (int64_t at = 0; at < HOUR_S; at += 300)
        add(midnight_s + 400 * INT64_C(86400) + at, 3700);
    for (int64_t at = 2 * DAY_S; at < 3 * DAY_S; at += 300)
        add(midnight_s + at, 3700);
    struct vb_history_span span = span_of(HOUR_S);
    struct vb_history_view point;
    int64_t at_s = 0;
    uint32_t readings = 0;
    span.to_s = midnight_s + 3 * DAY_S;
    while (source->point(source->ctx, &span, at_s, &at_s, &point) == VB_ERR_OK) {
        readings += point.readings;
        at_s += HOUR_S;
    }
    assert_true(readings >= 3 * 288 - 24);
}

static void a_jump_of_decades_and_back_starts_afresh_and_goes_on(void **state)
{
    (void)state;
    add(midnight_s, 3700);
    add(midnight_s + INT64_C(30) * 365 * DAY_S, 3700);
    add(midnight_s + HOUR_S, 3700);
    add(midnight_s + 2 * HOUR_S, 3700);
    assert_int_equal(point_at(QUARTER_S, midnight_s + HOUR_S).readings, 1);
    assert_int_equal(point_at(QUARTER_S, midnight_s + 2 * HOUR_S).readings, 1);
    assert_int_equal(total_of(&macs[0], QUARTER_S).points, 2);
}

/* == Transmitters ============================================================================ */

static void each_has_a_history_of_its_own(void **state)
{
    (void)state;
    for (int64_t at = 0; at < 2 * DAY_S; at += 300) {
        add_from(&macs[0], midnight_s + at, 3700);
        if (at % HOUR_S == 0)
            add_from(&macs[1], midnight_s + at, 3900);
    }
    assert_int_equal(total_of(&macs[0], HOUR_S).readings, 2 * 288);
    assert_int_equal(total_of(&macs[1], HOUR_S).readings, 48);
    assert_int_equal(point_at(HOUR_S, midnight_s).all_cells_mv.max, 3700);
}

static void one_that_is_not_followed_any_more_gives_its_place(void **state)
{
    struct vb_history_day day;
    (void)state;
    followed[0] = &macs[0];
    followed[1] = &macs[2];
    add_from(&macs[0], midnight_s, 3700);
    add_from(&macs[1], midnight_s + 100, 3700);
    add_from(&macs[1], midnight_s + 200, 3700);
    assert_int_equal(source->day(source->ctx, &macs[1], 0, &day), VB_ERR_OK);
    add_from(&macs[2], midnight_s + 300, 3700); /* though it was heard later */
    assert_int_equal(total_of(&macs[0], QUARTER_S).readings, 1);
    assert_int_equal(total_of(&macs[1], QUARTER_S).readings, 0);
    assert_int_equal(total_of(&macs[2], QUARTER_S).readings, 1);
    assert_int_equal(source->day(source->ctx, &macs[2], 0, &day), VB_ERR_NOT_FOUND);
}

/* == Energy ================================================================================== */

static void energy_is_kept_by_the_day_of_UTC(void **state)
{
    struct vb_history_day day;
    const int32_t today = (int32_t)(midnight_s / DAY_S);
    (void)state;
    assert_int_equal(source->day_of(source->ctx, midnight_s), today);
    assert_int_equal(source->day_of(source->ctx, midnight_s - 1), today - 1);
    for (int64_t at = -6 * HOUR_S; at <= 6 * HOUR_S; at += 60)
        add(midnight_s + at, 3700); /* 355.2 V, 10 A: 3.552 kW */
    assert_int_equal(source->day(source->ctx, &macs[0], 0, &day), VB_ERR_OK);
    assert_int_equal(day.day, today - 1);
    assert_in_range((int)(day.in_kwh * 1000), 21252, 21312);
    assert_true(day.out_kwh == 0);
    assert_int_equal(source->day(source->ctx, &macs[0], today, &day), VB_ERR_OK);
    assert_int_equal(day.day, today);
    assert_in_range((int)(day.in_kwh * 1000 + 0.5), 21312, 21371);
    assert_int_equal(source->day(source->ctx, &macs[0], today + 1, &day), VB_ERR_NOT_FOUND);
}

static void add_current(int64_t at_s, int32_t current_ma)
{
    struct vb_reading reading = reading_at(at_s, 3700);
    reading.current_ma = current_ma;
    assert_true(history.store.add(&history, &macs[0], 1, &reading, (uint64_t)at_s * 1000));
}

static void what_flows_out_counts_and_a_day_of_rest_replaces_none(void **state)
{
    struct vb_history_day day;
    const int32_t today = (int32_t)(midnight_s / DAY_S);
    (void)state;
    for (int64_t at = 0; at <= HOUR_S; at += 60)
        add_current(midnight_s + at, -10000);
    for (int64_t at = 8 * DAY_S; at <= 8 * DAY_S + HOUR_S; at += 60)
        add_current(midnight_s + at, 0); /* its place among the days is the same */
    assert_int_equal(source->day(source->ctx, &macs[0], 0, &day), VB_ERR_OK);
    assert_int_equal(day.day, today);
    assert_true(day.in_kwh == 0);
    assert_in_range((int)(day.out_kwh * 1000 + 0.5), 3551, 3553);
    assert_int_equal(source->day(source->ctx, &macs[0], today + 1, &day), VB_ERR_NOT_FOUND);
}

static void days_go_back_five_more_than_points(void **state)
{
    struct vb_history_day day;
    const int32_t today = (int32_t)(midnight_s / DAY_S);
    (void)state;
    for (int64_t at = 0; at < 20 * DAY_S; at += 120)
        add(midnight_s + at, 3700);
    for (int32_t i = 12; i < 20; i++) {
        assert_int_equal(source->day(source->ctx, &macs[0], i == 12 ? 0 : today + i, &day),
                         VB_ERR_OK);
        assert_int_equal(day.day, today + i);
        assert_in_range((int)(day.in_kwh * 1000), 85247, 85249);
    }
}

/* == Beside the history in a file ============================================================ */

static uint64_t linux_wall_ms(void)
{
    return (uint64_t)(midnight_s + 4 * DAY_S) * 1000;
}

static void on_both(struct vb_history *file, const struct vb_mac *mac, uint16_t epoch,
                    const struct vb_reading *reading, int64_t at_s)
{
    assert_true(history.store.add(&history, mac, epoch, reading, (uint64_t)at_s * 1000));
    while (!vb_history_add(file, mac, epoch, reading, (uint64_t)at_s * 1000))
        usleep(1000);
}

static void expect_close(const struct vb_rollup_value *ours, const struct vb_rollup_value *theirs,
                         int32_t unit)
{
    assert_int_equal(ours->count > 0, theirs->count > 0);
    if (theirs->count == 0)
        return;
    const int32_t band = theirs->max - theirs->min;
    const int32_t off = vb_rollup_mean_tenths(ours) - vb_rollup_mean_tenths(theirs);
    assert_true(ours->min <= theirs->min && ours->max >= theirs->max);
    assert_true(ours->min >= theirs->min - 2 * unit - band / 6);
    assert_true(ours->max <= theirs->max + 2 * unit + band / 6);
    assert_true(abs(off) <= 10 * unit + band / 2);
}

/* The same points, with the same of them, from where the one in memory begins. */
static void expect_same_points(const struct vb_history_source *file, uint32_t step_s)
{
    struct vb_history_span span = span_of(step_s);
    struct vb_history_view ours;
    struct vb_history_view theirs;
    int64_t at_s;
    int64_t file_at_s;
    unsigned points = 0;
    assert_int_equal(source->oldest(source->ctx, &macs[0], span.tier, &at_s), VB_ERR_OK);
    at_s += step_s - at_s % step_s; /* the first may be of a part */
    for (;; at_s += step_s, points++) {
        const int64_t from_s = at_s;
        const enum vb_err err = source->point(source->ctx, &span, from_s, &at_s, &ours);
        assert_int_equal(file->point(file->ctx, &span, from_s, &file_at_s, &theirs), err);
        if (err != VB_ERR_OK)
            break;
        assert_true(at_s == file_at_s);
        assert_int_equal(ours.readings, theirs.readings);
        expect_close(&ours.pack_mv, &theirs.pack_mv, 25);
        expect_close(&ours.current_ma, &theirs.current_ma, 64);
        expect_close(&ours.soc_permille, &theirs.soc_permille, 1);
        expect_close(&ours.all_cells_mv, &theirs.all_cells_mv, 1);
        expect_close(&ours.all_temps_dc, &theirs.all_temps_dc, 1);
    }
    assert_true(points >= 2 * DAY_S / 86400);
}

static void expect_same_days(const struct vb_history_source *file)
{
    int32_t from = 0;
    unsigned days = 0;
    for (;; days++) {
        struct vb_history_day ours;
        struct vb_history_day theirs;
        const enum vb_err err = source->day(source->ctx, &macs[0], from, &ours);
        assert_int_equal(file->day(file->ctx, &macs[0], from, &theirs), err);
        if (err != VB_ERR_OK)
            break;
        assert_int_equal(ours.day, theirs.day);
        assert_true(abs((int)((ours.in_kwh - theirs.in_kwh) * 1e6)) <= 6);
        assert_true(abs((int)((ours.out_kwh - theirs.out_kwh) * 1e6)) <= 6);
        from = ours.day + 1;
    }
    assert_true(days >= 4);
}

static struct vb_random dice;

static int32_t below(uint32_t count)
{
    return (int32_t)vb_random_between(&dice, 0, count - 1);
}

/* Anything that happens to a pack: not available, summaries, gaps, repetitions, new starts. */
static struct vb_reading any_reading(int64_t at_s)
{
    struct vb_reading reading = reading_at(at_s, (uint16_t)(3400 + below(500)));
    reading.current_ma = below(200000) - 100000;
    reading.flags = (uint8_t)(reading.flags | VB_READING_HAS_SOC);
    reading.soc_permille = (uint16_t)(below(1001));
    reading.temp_dc[0] = (int16_t)(below(600) - 100);
    for (unsigned i = 0; i < 96; i++)
        reading.cell_mv[i] = (uint16_t)(reading.cell_mv[i] + below(60));
    if (below(50) == 0)
        reading.cell_mv[below(96)] = VB_CELL_NOT_AVAILABLE;
    if (below(50) == 0)
        reading.flags = 0;
    if (below(50) == 0)
        reading.flags |= VB_READING_SUMMARY;
    if (below(50) == 0)
        reading.temp_dc[0] = VB_TEMP_NOT_AVAILABLE;
    return reading;
}

static void of_the_same_readings_it_keeps_what_a_file_does(void **state)
{
    char dir[] = "/tmp/voltbeacon-ram-history-XXXXXX";
    char error[256];
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)vb_time_zone_set("UTC");
    struct vb_history_options options = {
        .dir = dir,
        .settings = {.enabled = true, .keep_days = {7, 90, 3650}, .write_interval_ms = 3600000},
        .wall_ms = linux_wall_ms,
        .prune_rest_ms = 3600000,
        .look_ms = 20};
    struct vb_history *file = vb_history_start(&options, error, sizeof error);
    assert_non_null(file);
    vb_random_seed(&dice, 11);
    uint16_t epoch = 1;
    for (int64_t at = 0; at < 4 * DAY_S; at += 60 + below(60)) {
        if (below(300) == 0)
            at += below(4 * HOUR_S);
        if (below(500) == 0)
            epoch++;
        const struct vb_reading reading = any_reading(midnight_s + at);
        const int64_t set_back_s =
            at > 3 * DAY_S + HOUR_S && at < 3 * DAY_S + 5 * HOUR_S ? 7200 : 0;
        on_both(file, &macs[0], epoch, &reading, midnight_s + at - set_back_s);
        if (below(20) == 0)
            on_both(file, &macs[0], epoch, &reading, midnight_s + at + 1);
    }
    vb_history_stop(file);
    file = vb_history_start(&options, error, sizeof error);
    assert_non_null(file);
    struct vb_history_status status = {.state = VB_HISTORY_STARTING};
    while (status.state == VB_HISTORY_STARTING) {
        usleep(1000);
        vb_history_status(file, &status);
    }
    static const uint32_t steps[] = {900, 3600, 10800, 21600, 86400};
    for (size_t i = 0; i < VB_COUNT_OF(steps); i++)
        expect_same_points(vb_history_source(file), steps[i]);
    expect_same_days(vb_history_source(file));
    vb_history_stop(file);
    assert_int_equal(scratch_dir_remove(dir), 0);
}

#define FRESH(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(it_says_what_it_leaves_out),
        FRESH(its_state_is_that_of_its_settings_and_of_the_clock),
        FRESH(switched_off_it_takes_nothing_and_shows_what_there_is),
        FRESH(of_whom_nothing_is_known_there_is_none),
        FRESH(a_reading_is_seen_at_once),
        FRESH(a_sample_that_comes_twice_counts_once),
        FRESH(three_days_go_back_the_first_by_the_hour),
        FRESH(without_hours_only_fine_points_are_kept),
        FRESH(a_range_ends_where_it_is_said_to),
        FRESH(gaps_stay_gaps),
        FRESH(what_a_gap_had_left_replaces_no_later_hour),
        FRESH(behind_a_gap_fine_points_are_of_their_hours_alone),
        FRESH(a_clock_that_goes_back_overwrites_nothing),
        FRESH(a_clock_far_back_adds_to_an_hour_whose_fine_points_are_gone),
        FRESH(a_clock_set_back_for_a_day_leaves_later_hours),
        FRESH(hours_of_a_clock_that_was_ahead_make_room),
        FRESH(a_clock_that_was_wrong_for_a_while_costs_little),
        FRESH(a_jump_of_decades_and_back_starts_afresh_and_goes_on),
        FRESH(each_has_a_history_of_its_own),
        FRESH(one_that_is_not_followed_any_more_gives_its_place),
        FRESH(energy_is_kept_by_the_day_of_UTC),
        FRESH(what_flows_out_counts_and_a_day_of_rest_replaces_none),
        FRESH(days_go_back_five_more_than_points),
        FRESH(of_the_same_readings_it_keeps_what_a_file_does),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(memory);
    return failed;
}
