/* The history's file: what it survives, what it keeps, and what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../fixtures/scratch_dir.h"
#include "linux/history/history.h"
#include "linux/loop/loop.h"
#include "linux/system/time_zone.h"

/* A Tuesday, 2026-11-24T00:00:00Z. */
static const int64_t midnight_s = 1795478400;
static const struct vb_mac mac = {{2, 0, 0, 0, 0, 1}};
static const struct vb_mac other_mac = {{2, 0, 0, 0, 0, 2}};

/* The clock that ages are judged by; read by the history's thread. */
static atomic_uint_least64_t wall_ms;
static atomic_int reads_until_jump; /* of the clock; 0: it does not jump by itself */

static uint64_t now_wall_ms(void)
{
    if (reads_until_jump > 0 && --reads_until_jump == 0) {
        wall_ms += UINT64_C(86400000) * 8;
    }
    return wall_ms;
}

struct bench {
    char dir[64];
    struct vb_history_options options;
    struct vb_history *history;
    const struct vb_history_source *source;
    uint32_t sequence;
    enum vb_history_state told; /* by on_state */
};

static void on_state(void *ctx, const struct vb_history_status *status)
{
    struct bench *bench = ctx;
    bench->told = status->state;
}

static struct vb_history_status status_of(const struct bench *bench)
{
    struct vb_history_status status;
    vb_history_status(bench->history, &status);
    return status;
}

/* Waits until the history is in this state, and has reported it. */
static void await_state(struct bench *bench, enum vb_history_state state)
{
    while (bench->told != state) {
        struct pollfd waiting = {.fd = vb_history_fd(bench->history), .events = POLLIN};
        assert_int_equal(poll(&waiting, 1, 20000), 1);
        vb_history_dispatch(bench->history);
    }
    assert_int_equal(status_of(bench).state, state);
}

static void start_in(struct bench *bench, enum vb_history_state state)
{
    char error[256];
    bench->told = VB_HISTORY_STARTING;
    bench->history = vb_history_start(&bench->options, error, sizeof(error));
    assert_non_null(bench->history);
    bench->source = vb_history_source(bench->history);
    await_state(bench, state);
}

static void start(struct bench *bench)
{
    start_in(bench, VB_HISTORY_RECORDING);
}

static void stop(struct bench *bench)
{
    vb_history_stop(bench->history);
    bench->history = NULL;
}

/* Everything handed over is on the disk, and is read from there. */
static void restart(struct bench *bench)
{
    stop(bench);
    start(bench);
}

static int make_bench(void **state)
{
    static struct bench bench;
    bench = (struct bench){.dir = "/tmp/voltbeacon-history-XXXXXX"};
    assert_non_null(mkdtemp(bench.dir));
    wall_ms = (uint64_t)(midnight_s + 3600) * 1000;
    (void)vb_time_zone_set("UTC");
    bench.options = (struct vb_history_options){
        .dir = bench.dir,
        .settings = {.enabled = true, .keep_days = {7, 90, 3650}, .write_interval_ms = 3600000},
        .on_state = on_state,
        .ctx = &bench,
        .wall_ms = now_wall_ms,
        .prune_rest_ms = 3600000,
        .look_ms = 20,
        .retry_ms = 200};
    *state = &bench;
    start(&bench);
    return 0;
}

static int drop_bench(void **state)
{
    struct bench *bench = *state;
    stop(bench);
    return scratch_dir_remove(bench->dir);
}

static const char *path_of(const struct bench *bench, const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", bench->dir, name);
    return path;
}

/* A reading sampled this long after midnight; all cells read mv. */
static struct vb_reading reading_at(struct bench *bench, int64_t at_ms, uint16_t mv)
{
    struct vb_reading reading = {.sequence = ++bench->sequence,
                                 .sampled_ms = (uint32_t)at_ms,
                                 .flags = VB_READING_TOGETHER | VB_READING_HAS_VOLTAGE |
                                          VB_READING_HAS_CURRENT,
                                 .cell_count = 96,
                                 .temp_count = 1,
                                 .pack_mv = 96u * mv,
                                 .current_ma = 10000,
                                 .temp_dc = {-55}};
    for (unsigned i = 0; i < 96; i++) {
        reading.cell_mv[i] = mv;
    }
    return reading;
}

static bool try_add(struct bench *bench, const struct vb_mac *from, int64_t at_ms, uint16_t mv)
{
    const struct vb_reading reading = reading_at(bench, at_ms, mv);
    return vb_history_add(bench->history, from, 1, &reading, (uint64_t)(midnight_s * 1000 + at_ms));
}

/* Waits while the queue is full: a test is faster than any pack. */
static void add(struct bench *bench, int64_t at_ms, uint16_t mv)
{
    while (!try_add(bench, &mac, at_ms, mv)) {
        usleep(1000);
    }
}

static struct vb_history_span span_of(enum vb_tier tier)
{
    return (struct vb_history_span){.mac = mac,
                                    .tier = tier,
                                    .step_s = vb_tier_seconds(tier),
                                    .to_s = midnight_s + INT64_C(86400) * 36500};
}

/* The only point of a tier at that many seconds after midnight. */
static struct vb_rollup point_at(const struct bench *bench, enum vb_tier tier, int64_t offset_s)
{
    const struct vb_history_span span = span_of(tier);
    struct vb_history_view view;
    int64_t at_s;
    assert_int_equal(
        bench->source->point(bench->source->ctx, &span, midnight_s + offset_s, &at_s, &view),
        VB_ERR_OK);
    assert_int_equal(at_s, midnight_s + offset_s);
    struct vb_rollup point = {.readings = view.readings,
                              .cell_count = view.cell_count,
                              .temp_count = view.temp_count,
                              .pack_mv = view.pack_mv,
                              .current_ma = view.current_ma,
                              .soc_permille = view.soc_permille};
    memcpy(point.cells_mv, view.cells_mv, sizeof(point.cells_mv));
    memcpy(point.temps_dc, view.temps_dc, sizeof(point.temps_dc));
    return point;
}

struct total {
    uint64_t points;
    uint64_t readings;
};

static struct total total_of(const struct bench *bench, enum vb_tier tier)
{
    const struct vb_history_span span = span_of(tier);
    struct total total = {0};
    struct vb_history_view point;
    int64_t at_s = 0;
    while (bench->source->point(bench->source->ctx, &span, at_s, &at_s, &point) == VB_ERR_OK) {
        total.points++;
        total.readings += point.readings;
        at_s += span.step_s;
    }
    return total;
}

static void expect_cell(const struct vb_rollup_value *cells_mv, uint32_t count, int32_t min,
                        int32_t mean_tenths, int32_t max)
{
    assert_int_equal(cells_mv[95].count, count);
    assert_int_equal(cells_mv[95].min, min);
    assert_int_equal(vb_rollup_mean_tenths(&cells_mv[95]), mean_tenths);
    assert_int_equal(cells_mv[95].max, max);
}

/* == Power cuts ============================================================================== */

/* A child that writes as fast as it can, and reports how many points it has written. */
static void write_until_killed(struct bench *bench, int fd)
{
    bench->options.settings.write_interval_ms = 1;
    start(bench);
    for (int64_t at_ms = 0;; at_ms += 2000) {
        add(bench, at_ms, 3700);
        const uint64_t written = status_of(bench).written;
        if (at_ms % 10000 == 0 && write(fd, &written, sizeof(written)) != sizeof(written)) {
            _exit(1);
        }
    }
}

/* Runs it and kills it after that many points; returns how many were reported as written. */
static uint64_t write_and_kill(struct bench *bench, uint64_t points)
{
    int ends[2];
    uint64_t written = 0;
    uint64_t told;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        write_until_killed(bench, ends[1]);
    }
    close(ends[1]);
    while (written < points && read(ends[0], &told, sizeof(told)) == sizeof(told)) {
        written = told;
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    while (read(ends[0], &told, sizeof(told)) == sizeof(told)) {
        written = told;
    }
    close(ends[0]);
    assert_true(written >= points);
    return written;
}

static void expect_tiers_to_agree(const struct bench *bench)
{
    const uint64_t readings = total_of(bench, VB_TIER_10S).readings;
    assert_int_equal(total_of(bench, VB_TIER_1MIN).readings, readings);
    assert_int_equal(total_of(bench, VB_TIER_1H).readings, readings);
}

static void E7_after_kill_9_all_that_was_written_is_there_and_the_tiers_agree(void **state)
{
    struct bench *bench = *state;
    for (int turn = 0; turn < 3; turn++) {
        stop(bench);
        remove(path_of(bench, "history.db"));
        const uint64_t written = write_and_kill(bench, 300);
        start(bench);
        assert_true(total_of(bench, VB_TIER_10S).points >= written);
        expect_tiers_to_agree(bench);
        assert_string_equal(status_of(bench).recovered, "");
    }
}

static void E7_a_truncated_wal_costs_its_last_writes_and_nothing_else(void **state)
{
    struct bench *bench = *state;
    struct stat wal;
    stop(bench);
    write_and_kill(bench, 300);
    uint64_t before = UINT64_MAX;
    for (int eighths = 7; eighths >= 0; eighths -= 3) {
        if (stat(path_of(bench, "history.db-wal"), &wal) != 0) {
            break;
        }
        assert_int_equal(truncate(path_of(bench, "history.db-wal"), wal.st_size * eighths / 8 + 13),
                         0);
        start(bench);
        const uint64_t points = total_of(bench, VB_TIER_10S).points;
        assert_true(points <= before);
        before = points;
        expect_tiers_to_agree(bench);
        assert_string_equal(status_of(bench).recovered, "");
        stop(bench);
    }
    start(bench);
}

/* == Files that are not as they should be ==================================================== */

static void overwrite(const char *path, off_t offset, size_t size)
{
    const int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    for (size_t written = 0; written < size; written += 8) {
        assert_int_equal(pwrite(fd, "garbage!", 8, offset + (off_t)written), 8);
    }
    close(fd);
}

static void E7_a_corrupt_file_is_set_aside_and_a_new_one_begun(void **state)
{
    struct bench *bench = *state;
    add(bench, 0, 3700);
    stop(bench);
    overwrite(path_of(bench, "history.db"), 0, 4096);
    start(bench);
    const struct vb_history_status status = status_of(bench);
    assert_non_null(strstr(status.recovered, "was damaged and was moved to"));
    assert_non_null(strstr(status.recovered, "history.db.corrupt-"));
    assert_int_equal(total_of(bench, VB_TIER_10S).points, 0);
    add(bench, 0, 3700);
    restart(bench);
    assert_int_equal(total_of(bench, VB_TIER_10S).points, 1);
    assert_string_equal(status_of(bench).recovered, "");
}

static void run_sql(const struct bench *bench, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path_of(bench, "history.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void E7_a_file_of_a_newer_version_is_refused_with_the_reason_and_left_alone(void **state)
{
    struct bench *bench = *state;
    struct vb_history_view point;
    int64_t at_s;
    const struct vb_history_span span = span_of(VB_TIER_10S);
    add(bench, 0, 3700);
    stop(bench);
    run_sql(bench, "PRAGMA user_version = 2");
    start_in(bench, VB_HISTORY_OFF);
    assert_non_null(strstr(status_of(bench).reason, "written by a newer voltbeacon (layout 2"));
    add(bench, 10000, 3700); /* live goes on */
    assert_int_equal(bench->source->point(bench->source->ctx, &span, 0, &at_s, &point),
                     VB_ERR_STORE);
    stop(bench);
    run_sql(bench, "PRAGMA user_version = 1");
    start(bench);
    assert_int_equal(total_of(bench, VB_TIER_10S).points, 1);
}

static void E7_a_damaged_row_is_not_known_and_the_others_are(void **state)
{
    struct bench *bench = *state;
    add(bench, 0, 3700);
    add(bench, 10000, 3710);
    stop(bench);
    run_sql(bench, "UPDATE points_10s SET cells = x'07', pack_mv_mean = 9e18"
                   " WHERE id = (SELECT min(id) FROM points_10s)");
    start(bench);
    const struct vb_rollup damaged = point_at(bench, VB_TIER_10S, 0);
    assert_int_equal(damaged.readings, 1);
    assert_int_equal(damaged.cell_count, 0);
    assert_int_equal(damaged.pack_mv.count, 0);
    assert_int_equal(damaged.current_ma.count, 1);
    const struct vb_rollup next = point_at(bench, VB_TIER_10S, 10);
    expect_cell(next.cells_mv, 1, 3710, 37100, 3710);
}

/* == A disk that is full ===================================================================== */

static void limit_files_to(rlim_t size)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = size == RLIM_INFINITY ? limit.rlim_max : size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void E7_on_a_full_disk_it_pauses_says_so_and_goes_on_by_itself(void **state)
{
    struct bench *bench = *state;
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files stands for a full disk */
    bench->options.settings.write_interval_ms = 1;
    restart(bench);
    limit_files_to(16 * 1024);
    for (int64_t at_s = 0; at_s < 120; at_s++) {
        add(bench, at_s * 1000, 3700);
    }
    await_state(bench, VB_HISTORY_PAUSED);
    assert_non_null(strstr(status_of(bench).reason, "cannot write"));
    assert_non_null(strstr(status_of(bench).reason, "it resumes by itself"));
    for (int64_t at_s = 120; at_s < 240; at_s++) {
        add(bench, at_s * 1000, 3700); /* live goes on */
    }
    limit_files_to(RLIM_INFINITY);
    await_state(bench, VB_HISTORY_RECORDING);
    restart(bench);
    const struct total total = total_of(bench, VB_TIER_10S);
    assert_int_equal(total.points, 24); /* so short a pause cost nothing */
    assert_int_equal(total.readings, 240);
    expect_tiers_to_agree(bench);
}

static void E7_a_long_pause_costs_points_which_are_counted(void **state)
{
    struct bench *bench = *state;
    signal(SIGXFSZ, SIG_IGN);
    bench->options.settings.write_interval_ms = 1;
    restart(bench);
    limit_files_to(16 * 1024);
    for (int64_t at_s = 0; at_s < 4000; at_s += 10) {
        add(bench, at_s * 1000, 3700);
    }
    await_state(bench, VB_HISTORY_PAUSED);
    while (status_of(bench).points_missed == 0) {
        usleep(10000);
    }
    limit_files_to(RLIM_INFINITY);
    await_state(bench, VB_HISTORY_RECORDING);
    restart(bench);
    const struct total total = total_of(bench, VB_TIER_10S);
    assert_in_range(total.points, 128, 399);
    expect_tiers_to_agree(bench);
}

static void E7_a_full_queue_drops_readings_and_counts_them(void **state)
{
    struct bench *bench = *state;
    unsigned taken = 0;
    for (unsigned i = 0; i < 100000; i++) {
        taken += try_add(bench, &mac, i * 10, 3700) ? 1 : 0;
    }
    assert_true(taken >= VB_HISTORY_QUEUE_MAX);
    assert_int_equal(status_of(bench).readings_missed, 100000 - taken);
    restart(bench);
    assert_int_equal(total_of(bench, VB_TIER_1H).readings, taken);
}

/* == Clocks ================================================================================== */

static void E7_a_clock_that_goes_back_overwrites_nothing(void **state)
{
    struct bench *bench = *state;
    for (int64_t at_s = 0; at_s < 60; at_s++) {
        add(bench, at_s * 1000, 3700);
    }
    for (int64_t at_s = 20; at_s < 30; at_s++) {
        add(bench, at_s * 1000, 3800); /* sampled once more, says the clock */
    }
    add(bench, 3600000, 3700); /* and forward again */
    restart(bench);
    const struct vb_rollup met_twice = point_at(bench, VB_TIER_10S, 20);
    expect_cell(met_twice.cells_mv, 20, 3700, 37500, 3800);
    const struct vb_rollup minute = point_at(bench, VB_TIER_1MIN, 0);
    expect_cell(minute.cells_mv, 70, 3700, 37143, 3800);
    assert_int_equal(total_of(bench, VB_TIER_10S).points, 7);
    expect_tiers_to_agree(bench);
}

/* A clock that was plausible but wrong is set: by an hour, and back by a day. */
static void E7_whatever_a_clock_is_set_by_each_reading_is_filed_once_where_the_clock_was(
    void **state)
{
    struct bench *bench = *state;
    static const int64_t begins_s[] = {86400, 86400 + 3600 + 60, 120};
    for (unsigned i = 0; i < VB_COUNT_OF(begins_s); i++) {
        for (int64_t at_s = 0; at_s < 60; at_s++)
            add(bench, (begins_s[i] + at_s) * 1000, (uint16_t)(3700 + i));
    }
    restart(bench);
    for (unsigned i = 0; i < VB_COUNT_OF(begins_s); i++) {
        const struct vb_rollup minute = point_at(bench, VB_TIER_1MIN, begins_s[i]);
        const uint16_t cell_mv = (uint16_t)(3700 + i);
        expect_cell(minute.cells_mv, 60, cell_mv, (uint32_t)cell_mv * 10, cell_mv);
    }
    assert_int_equal(total_of(bench, VB_TIER_10S).readings, 180);
    assert_int_equal(total_of(bench, VB_TIER_1MIN).points, 3);
    expect_tiers_to_agree(bench);
}

static void E7_a_clock_far_back_adds_to_a_coarse_point_whose_finer_ones_are_gone(void **state)
{
    struct bench *bench = *state;
    for (int64_t at_s = 0; at_s < 60; at_s++) {
        add(bench, at_s * 1000, 3700);
    }
    stop(bench);
    run_sql(bench, "DELETE FROM points_10s; DELETE FROM points_1min");
    start(bench);
    add(bench, 30000, 3762);
    add(bench, 40000, 3762);
    restart(bench);
    assert_int_equal(total_of(bench, VB_TIER_10S).readings, 2);
    const struct vb_rollup hour = point_at(bench, VB_TIER_1H, 0);
    expect_cell(hour.cells_mv, 62, 3700, 37020, 3762);
}

static void E7_a_clock_that_is_not_set_yet_files_nothing(void **state)
{
    struct bench *bench = *state;
    assert_false(try_add(bench, &mac, -midnight_s * 1000 + 5000, 3700)); /* 1970 */
    assert_int_equal(status_of(bench).readings_missed, 0); /* none found the queue full */
    assert_true(try_add(bench, &mac, 0, 3700));
}

static void E7_while_the_clock_is_not_set_it_says_that_it_waits_for_it(void **state)
{
    struct bench *bench = *state;
    const uint64_t set_ms = wall_ms;
    stop(bench);
    wall_ms = 5000; /* 1970 */
    start_in(bench, VB_HISTORY_WAITING);
    struct vb_history_settings settings = bench->options.settings;
    settings.enabled = false;
    vb_history_set(bench->history, &settings);
    assert_int_equal(status_of(bench).state, VB_HISTORY_OFF);
    settings.enabled = true;
    vb_history_set(bench->history, &settings);
    assert_int_equal(status_of(bench).state, VB_HISTORY_WAITING);
    wall_ms = set_ms;
    await_state(bench, VB_HISTORY_RECORDING);
    assert_true(try_add(bench, &mac, 0, 3700));
    wall_ms = 5000; /* set back to the beginning */
    await_state(bench, VB_HISTORY_WAITING);
}

/* The clock jumps at each of the thread's reads of it in turn: wherever it is at that moment. */
static void E7_after_a_jump_of_the_clock_nothing_is_pruned_for_a_while(void **state)
{
    struct bench *bench = *state;
    bench->options.settings.write_interval_ms = 1;
    bench->options.prune_rest_ms = 200;
    restart(bench);
    for (int reads = 1; reads <= 5; reads++) {
        const int64_t at_ms = (int64_t)wall_ms - midnight_s * 1000;
        add(bench, at_ms, 3700);
        add(bench, at_ms + 10000, 3700);
        while (total_of(bench, VB_TIER_10S).points < 1) {
            usleep(10000);
        }
        usleep(600000); /* rested from the start, or from the jump before */
        assert_int_equal(total_of(bench, VB_TIER_10S).points, 1);
        const uint32_t jumped_ms = vb_now_ms();
        reads_until_jump = reads;
        while (total_of(bench, VB_TIER_10S).points > 0) {
            usleep(10000);
        }
        assert_true(vb_now_ms() - jumped_ms >= bench->options.prune_rest_ms);
        assert_int_equal(total_of(bench, VB_TIER_1MIN).points, reads);
    }
}

/* == What is kept ============================================================================ */

static void E7_points_of_all_tiers_say_what_their_readings_say(void **state)
{
    struct bench *bench = *state;
    for (int64_t at_s = 0; at_s < 7200; at_s++) {
        add(bench, at_s * 1000, (uint16_t)(3600 + at_s / 60));
    }
    restart(bench);
    assert_int_equal(total_of(bench, VB_TIER_10S).points, 720);
    assert_int_equal(total_of(bench, VB_TIER_1MIN).points, 120);
    assert_int_equal(total_of(bench, VB_TIER_1H).points, 2);
    const struct vb_rollup ten = point_at(bench, VB_TIER_10S, 110);
    expect_cell(ten.cells_mv, 10, 3601, 36010, 3601);
    const struct vb_rollup minute = point_at(bench, VB_TIER_1MIN, 660);
    expect_cell(minute.cells_mv, 60, 3611, 36110, 3611);
    const struct vb_rollup hour = point_at(bench, VB_TIER_1H, 3600);
    expect_cell(hour.cells_mv, 3600, 3660, 36895, 3719);
    assert_int_equal(vb_rollup_mean_tenths(&hour.temps_dc[0]), -550);
    assert_int_equal(vb_rollup_mean_tenths(&hour.current_ma), 100000);
    assert_int_equal(vb_rollup_mean_tenths(&hour.pack_mv), 36895 * 96);
}

static void E7_a_sample_that_comes_twice_counts_once(void **state)
{
    struct bench *bench = *state;
    struct vb_reading reading = reading_at(bench, 0, 3700);
    const uint64_t at_ms = (uint64_t)midnight_s * 1000;
    assert_true(vb_history_add(bench->history, &mac, 1, &reading, at_ms));
    assert_true(vb_history_add(bench->history, &mac, 1, &reading, at_ms + 1000));
    assert_true(vb_history_add(bench->history, &other_mac, 1, &reading, at_ms + 1000));
    assert_true(vb_history_add(bench->history, &mac, 2, &reading, at_ms + 2000)); /* after a boot */
    restart(bench);
    const struct vb_rollup point = point_at(bench, VB_TIER_10S, 0);
    expect_cell(point.cells_mv, 2, 3700, 37000, 3700);
}

static void E7_a_point_goes_on_over_a_restart(void **state)
{
    struct bench *bench = *state;
    add(bench, 1000, 3700);
    restart(bench);
    add(bench, 2000, 3720);
    restart(bench);
    const struct vb_rollup point = point_at(bench, VB_TIER_10S, 0);
    expect_cell(point.cells_mv, 2, 3700, 37100, 3720);
    expect_tiers_to_agree(bench);
}

static void E7_a_pack_that_falls_silent_has_its_point_written_all_the_same(void **state)
{
    struct bench *bench = *state;
    bench->options.settings.write_interval_ms = 1;
    bench->options.silent_ms = 300;
    restart(bench);
    add(bench, 0, 3700);
    while (status_of(bench).written == 0) {
        usleep(10000);
    }
    assert_int_equal(total_of(bench, VB_TIER_10S).points, 1);
}

static void E7_what_is_too_old_goes_little_by_little_the_tiers_apart(void **state)
{
    struct bench *bench = *state;
    for (int64_t at_s = 0; at_s < 6000; at_s += 10) {
        add(bench, at_s * 1000, 3700);
    }
    stop(bench);
    bench->options.settings.write_interval_ms = 3600000;
    bench->options.prune_rest_ms = 0;
    wall_ms = (uint64_t)(midnight_s + 7 * 86400 + 5900) * 1000;
    start(bench);
    usleep(500000); /* it has looked: a start is no jump */
    restart(bench);
    assert_int_equal(total_of(bench, VB_TIER_10S).points, 100); /* 500 at a time */
    restart(bench);
    assert_int_equal(total_of(bench, VB_TIER_10S).points, 10);
    assert_int_equal(total_of(bench, VB_TIER_1MIN).points, 100);
    assert_int_equal(total_of(bench, VB_TIER_1H).readings, 600);
}

static void E7_switched_off_it_takes_nothing_and_shows_what_there_is(void **state)
{
    struct bench *bench = *state;
    struct vb_history_settings settings = bench->options.settings;
    add(bench, 0, 3700);
    restart(bench);
    settings.enabled = false;
    vb_history_set(bench->history, &settings);
    assert_int_equal(status_of(bench).state, VB_HISTORY_OFF);
    assert_false(try_add(bench, &mac, 10000, 3700));
    assert_int_equal(status_of(bench).readings_missed, 0);
    assert_int_equal(total_of(bench, VB_TIER_10S).points, 1);
    settings.enabled = true;
    vb_history_set(bench->history, &settings);
    assert_int_equal(status_of(bench).state, VB_HISTORY_RECORDING);
    assert_true(try_add(bench, &mac, 10000, 3700));
}

/* == Energy, and wider steps ================================================================= */

static void E7_energy_is_kept_by_the_local_day(void **state)
{
    struct bench *bench = *state;
    struct vb_history_day day;
    assert_true(vb_time_zone_set("Europe/Vienna")); /* an hour ahead of UTC in November */
    for (int64_t at_s = -7200; at_s <= 0; at_s += 10) {
        add(bench, at_s * 1000, 3750); /* 3.6 kW */
    }
    restart(bench);
    const int32_t first = bench->source->day_of(bench->source->ctx, midnight_s - 7200);
    assert_int_equal(first, midnight_s / 86400 - 1);
    assert_string_equal(bench->source->time_zone(bench->source->ctx), "Europe/Vienna");
    assert_int_equal(bench->source->day(bench->source->ctx, &mac, first, &day), VB_ERR_OK);
    assert_int_equal(day.day, first);
    assert_float_equal(day.in_kwh, 3.59, 0.001);
    assert_float_equal(day.out_kwh, 0, 0.001);
    assert_int_equal(bench->source->day(bench->source->ctx, &mac, first + 1, &day), VB_ERR_OK);
    assert_int_equal(day.day, first + 1);
    assert_float_equal(day.in_kwh, 3.61, 0.001);
    assert_int_equal(bench->source->day(bench->source->ctx, &mac, first + 2, &day),
                     VB_ERR_NOT_FOUND);
}

/* Starts it that many days later, twice: once to notice, and once more to have pruned. */
static void look_days_later(struct bench *bench, int64_t days)
{
    stop(bench);
    wall_ms = (uint64_t)(midnight_s + days * 86400) * 1000;
    start(bench);
    usleep(500000); /* it has looked: a start is no jump */
    restart(bench);
}

static void E7_energy_by_day_is_kept_as_long_as_points_of_an_hour(void **state)
{
    struct bench *bench = *state;
    struct vb_history_day day;
    bench->options.prune_rest_ms = 0;
    for (int64_t at_s = 0; at_s <= 3600; at_s += 10)
        add(bench, at_s * 1000, 3750);
    look_days_later(bench, 91); /* points of a minute are gone */
    assert_int_equal(total_of(bench, VB_TIER_1MIN).points, 0);
    assert_int_equal(bench->source->day(bench->source->ctx, &mac, 0, &day), VB_ERR_OK);
    look_days_later(bench, 3649);
    assert_int_equal(bench->source->day(bench->source->ctx, &mac, 0, &day), VB_ERR_OK);
    look_days_later(bench, 3652);
    assert_int_equal(bench->source->day(bench->source->ctx, &mac, 0, &day), VB_ERR_NOT_FOUND);
}

static void E7_a_wider_step_is_made_of_its_points_and_gaps_stay_gaps(void **state)
{
    struct bench *bench = *state;
    for (int64_t at_s = 0; at_s < 300; at_s += 10) {
        add(bench, at_s * 1000, 3700);
    }
    add(bench, 1800000, 3800);
    add(bench, 1860000, 3820);
    restart(bench);
    struct vb_history_span span = span_of(VB_TIER_1MIN);
    struct vb_history_view point;
    int64_t at_s;
    span.step_s = 300;
    void *ctx = bench->source->ctx;
    assert_int_equal(bench->source->point(ctx, &span, midnight_s, &at_s, &point), VB_ERR_OK);
    assert_int_equal(at_s, midnight_s);
    expect_cell(point.cells_mv, 30, 3700, 37000, 3700);
    assert_int_equal(bench->source->point(ctx, &span, midnight_s + 300, &at_s, &point), VB_ERR_OK);
    assert_int_equal(at_s, midnight_s + 1800);
    expect_cell(point.cells_mv, 2, 3800, 38100, 3820);
    span.to_s = midnight_s + 1800;
    assert_int_equal(bench->source->point(ctx, &span, midnight_s + 300, &at_s, &point),
                     VB_ERR_NOT_FOUND);
    assert_int_equal(bench->source->oldest(ctx, &mac, VB_TIER_10S, &at_s), VB_ERR_OK);
    assert_int_equal(at_s, midnight_s);
    assert_int_equal(bench->source->oldest(ctx, &other_mac, VB_TIER_10S, &at_s), VB_ERR_NOT_FOUND);
}

#define BENCHED(name) cmocka_unit_test_setup_teardown(name, make_bench, drop_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCHED(E7_after_kill_9_all_that_was_written_is_there_and_the_tiers_agree),
        BENCHED(E7_a_truncated_wal_costs_its_last_writes_and_nothing_else),
        BENCHED(E7_a_corrupt_file_is_set_aside_and_a_new_one_begun),
        BENCHED(E7_a_file_of_a_newer_version_is_refused_with_the_reason_and_left_alone),
        BENCHED(E7_a_damaged_row_is_not_known_and_the_others_are),
        BENCHED(E7_on_a_full_disk_it_pauses_says_so_and_goes_on_by_itself),
        BENCHED(E7_a_long_pause_costs_points_which_are_counted),
        BENCHED(E7_a_full_queue_drops_readings_and_counts_them),
        BENCHED(E7_a_clock_that_goes_back_overwrites_nothing),
        BENCHED(E7_whatever_a_clock_is_set_by_each_reading_is_filed_once_where_the_clock_was),
        BENCHED(E7_a_clock_far_back_adds_to_a_coarse_point_whose_finer_ones_are_gone),
        BENCHED(E7_while_the_clock_is_not_set_it_says_that_it_waits_for_it),
        BENCHED(E7_a_clock_that_is_not_set_yet_files_nothing),
        BENCHED(E7_after_a_jump_of_the_clock_nothing_is_pruned_for_a_while),
        BENCHED(E7_points_of_all_tiers_say_what_their_readings_say),
        BENCHED(E7_a_sample_that_comes_twice_counts_once),
        BENCHED(E7_a_point_goes_on_over_a_restart),
        BENCHED(E7_a_pack_that_falls_silent_has_its_point_written_all_the_same),
        BENCHED(E7_what_is_too_old_goes_little_by_little_the_tiers_apart),
        BENCHED(E7_switched_off_it_takes_nothing_and_shows_what_there_is),
        BENCHED(E7_energy_is_kept_by_the_local_day),
        BENCHED(E7_energy_by_day_is_kept_as_long_as_points_of_an_hour),
        BENCHED(E7_a_wider_step_is_made_of_its_points_and_gaps_stay_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
