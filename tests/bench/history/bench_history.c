/* The history under measure.
 *
 *     voltbeacon-bench-history cost DIR SECONDS       ten readings a second, in real time
 *     voltbeacon-bench-history fill DIR MAC FRACTION  so much of a full history
 *
 * Prints one JSON object. The pack is simulated: 96 cells, 4 sensors, a charge and a discharge a
 * day. */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "linux/history/history.h"
#include "linux/loop/loop.h"
#include "linux/system/log.h"
#include "linux/system/time_zone.h"
#include "sources/model_pack.h"

#define PI 3.14159265358979

enum { DAY_S = 86400, RATE_HZ = 10, PREPARED = 600, ADD_TRIES_MAX = 60000 };

static struct vb_model_pack pack;
static uint32_t sequence;
static atomic_uint_least64_t wall_ms; /* how far the history has been filled */

static uint64_t filled_wall_ms(void)
{
    return wall_ms;
}

static double seconds_of(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void pause_ms(unsigned ms)
{
    usleep(ms * 1000);
}

/* The pack step_s later, at this time of the day. */
static struct vb_reading next_reading(int64_t at_s, double step_s)
{
    struct vb_reading reading = {0};
    const double asked_a = 30 * sin(2 * PI * (double)(at_s % DAY_S) / DAY_S);
    vb_model_pack_step(&pack, asked_a, 15, step_s);
    vb_model_pack_sample(&pack, &reading);
    reading.sequence = ++sequence;
    return reading;
}

static struct vb_history *start(const char *dir, uint32_t write_interval_ms,
                                uint64_t (*clock)(void))
{
    char error[256];
    struct vb_history_status status;
    const struct vb_history_options options = {.dir = dir,
                                               .settings = {.enabled = true,
                                                            .keep_days = {7, 90, 3650},
                                                            .write_interval_ms = write_interval_ms},
                                               .wall_ms = clock,
                                               .prune_rest_ms = 0};
    const struct vb_model_pack_config config = {
        .seed = 1, .cell_count = 96, .temp_count = 4, .soc_percent = 60, .ambient_c = 15};
    vb_model_pack_init(&pack, &config);
    (void)vb_time_zone_set("UTC");
    struct vb_history *history = vb_history_start(&options, error, sizeof error);
    if (history == NULL) {
        fprintf(stderr, "%s\n", error);
        exit(1);
    }
    do {
        pause_ms(10);
        vb_history_status(history, &status);
    } while (status.state == VB_HISTORY_STARTING);
    return history;
}

/* == Cost ==================================================================================== */

static int measure_cost(const char *dir, int seconds)
{
    static struct vb_reading readings[PREPARED];
    const struct vb_mac mac = {{2, 0, 0, 0, 0, 1}};
    struct vb_history *history = start(dir, 10000, NULL);
    double handed_over_s = 0;
    double handed_over_s_max = 0;
    for (int i = 0; i < PREPARED; i++)
        readings[i] = next_reading(i / RATE_HZ, 1.0 / RATE_HZ);

    const double cpu_s = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    const double begun_s = seconds_of(CLOCK_MONOTONIC);
    for (int i = 0; i < seconds * RATE_HZ; i++) {
        struct vb_reading *reading = &readings[i % PREPARED];
        reading->sequence = ++sequence;
        reading->sampled_ms = vb_now_ms();
        const double before_s = seconds_of(CLOCK_MONOTONIC);
        (void)vb_history_add(history, &mac, 1, reading, vb_wall_ms());
        const double took_s = seconds_of(CLOCK_MONOTONIC) - before_s;
        handed_over_s += took_s;
        handed_over_s_max = fmax(handed_over_s_max, took_s);
        pause_ms(1000 / RATE_HZ);
    }
    const double lasted_s = seconds_of(CLOCK_MONOTONIC) - begun_s;
    vb_history_stop(history);
    const double used_s = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_s;
    const double count = (double)seconds * RATE_HZ;
    printf("{\"readings\": %.0f, \"seconds\": %.2f, \"cpu_percent\": %.4f, "
           "\"cpu_us_per_reading\": %.2f, \"live_us_mean\": %.2f, \"live_us_max\": %.1f}\n",
           count, lasted_s, 100 * used_s / lasted_s, 1e6 * used_s / count,
           1e6 * handed_over_s / count, 1e6 * handed_over_s_max);
    return 0;
}

/* == Fill ==================================================================================== */

/* Readings every step_s from from_s until before to_s. Returns how many. */
static uint64_t fill_range(struct vb_history *history, const struct vb_mac *mac, double from_s,
                           double to_s, double step_s)
{
    uint64_t count = 0;
    for (double at_s = from_s; at_s < to_s; at_s += step_s, count++) {
        struct vb_reading reading = next_reading((int64_t)at_s, step_s);
        reading.sampled_ms = (uint32_t)(uint64_t)(at_s * 1000);
        for (int tries = 0; !vb_history_add(history, mac, 1, &reading, (uint64_t)(at_s * 1000));) {
            if (++tries >= ADD_TRIES_MAX) {
                fprintf(stderr, "the history takes no reading of %.0f\n", at_s);
                exit(1);
            }
            pause_ms(1);
        }
        wall_ms = (uint64_t)(at_s * 1000);
    }
    return count;
}

/* The oldest years by six readings an hour, the last 90 days by three a minute, the last 7 by one a
 * second: points of all tiers with lowest and highest apart as they are in use. It begins when a
 * clock can be set at the earliest, and so may end in the future. */
static int fill(const char *dir, const struct vb_mac *mac, double fraction)
{
    const double first_s = (double)(VB_HISTORY_WALL_MS_MIN / 1000);
    const double whole_s = 3650 * DAY_S * fraction;
    const double now_s = (double)(vb_wall_ms() / 1000);
    const double until_s = fmax(now_s, first_s + whole_s);
    const double hours_s = until_s - whole_s;
    const double minutes_s = until_s - 90 * DAY_S * fraction;
    const double tens_s = until_s - 7 * DAY_S * fraction;
    struct vb_history_status status;
    wall_ms = (uint64_t)hours_s * 1000;
    struct vb_history *history = start(dir, 3600000, filled_wall_ms);
    const double begun_s = seconds_of(CLOCK_MONOTONIC);
    uint64_t readings = fill_range(history, mac, hours_s, minutes_s, 600);
    readings += fill_range(history, mac, minutes_s, tens_s, 20);
    readings += fill_range(history, mac, tens_s, until_s, 1);
    vb_history_status(history, &status);
    vb_history_stop(history);
    printf("{\"readings\": %llu, \"points\": %llu, \"missed\": %llu, \"seconds\": %.1f, "
           "\"until_s\": %.0f}\n",
           (unsigned long long)readings, (unsigned long long)status.written,
           (unsigned long long)status.points_missed, seconds_of(CLOCK_MONOTONIC) - begun_s,
           until_s);
    return 0;
}

int main(int argc, char **argv)
{
    struct vb_mac mac;
    vb_log_set_level(VB_LOG_ERROR); /* of the clock's jumps there are many */
    if (argc == 4 && strcmp(argv[1], "cost") == 0)
        return measure_cost(argv[2], (int)strtol(argv[3], NULL, 10));
    if (argc == 5 && strcmp(argv[1], "fill") == 0 && vb_mac_parse(argv[3], strlen(argv[3]), &mac))
        return fill(argv[2], &mac, strtod(argv[4], NULL));
    fprintf(stderr, "usage: voltbeacon-bench-history cost DIR SECONDS | fill DIR MAC FRACTION\n");
    return 2;
}
