/* The history: points that it counts as written are there, none is there that was not sampled, and
 * the tiers agree. */
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "linux/history/history.h"
#include "linux/system/time_zone.h"
#include "story.h"

#define BEGIN_S INT64_C(1795377600) /* an hour's beginning */

enum { POINT_S = 10, READINGS = 2, POINTS_MAX = 2000 };

static const struct vb_mac mac = {{2, 0, 0, 0, 0, 1}};
static atomic_uint_least64_t wall_ms;
static uint32_t point_count; /* begun: point n covers the n-th ten seconds */
static uint32_t known_count; /* of these were there at the start */
static uint32_t sequence;
static enum vb_history_state told;
static struct vb_history *history;

static uint64_t now_wall_ms(void)
{
    return wall_ms;
}

static void on_state(void *ctx, const struct vb_history_status *status)
{
    (void)ctx;
    told = status->state;
}

static void begin(void)
{
    (void)vb_time_zone_set("UTC");
    point_count = 0;
    known_count = 0;
}

static void start(const char *folder)
{
    char error[512] = "";
    struct vb_history_status status;
    const struct vb_history_options options = {
        .dir = folder,
        .settings = {.enabled = true, .keep_days = {7, 90, 3650}, .write_interval_ms = 1},
        .on_state = on_state,
        .wall_ms = now_wall_ms,
        .prune_rest_ms = 3600000,
        .look_ms = 1,
        .retry_ms = 200};
    told = VB_HISTORY_STARTING;
    wall_ms = (uint64_t)(BEGIN_S + (int64_t)point_count * POINT_S) * 1000;
    history = vb_history_start(&options, error, sizeof error);
    STORY_REQUIRE(history != NULL, "the history does not start: %s", error);
    while (told == VB_HISTORY_STARTING) {
        struct pollfd waiting = {.fd = vb_history_fd(history), .events = POLLIN};
        STORY_REQUIRE(poll(&waiting, 1, 60000) == 1, "the history does not open");
        vb_history_dispatch(history);
    }
    vb_history_status(history, &status);
    STORY_REQUIRE(told == VB_HISTORY_RECORDING, "the history does not record: %s", status.reason);
    STORY_REQUIRE(status.recovered[0] == '\0', "the history was damaged: %s", status.recovered);
}

static void sample(uint64_t at_ms)
{
    struct vb_reading reading = {.sequence = ++sequence,
                                 .flags = VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT,
                                 .sampled_ms = (uint32_t)(at_ms - BEGIN_S * 1000),
                                 .pack_mv = 370000,
                                 .current_ma = 5000,
                                 .cell_count = 4,
                                 .cell_mv = {3700, 3701, 3702, 3703}};
    wall_ms = at_ms;
    STORY_REQUIRE(vb_history_add(history, &mac, 1, &reading, at_ms), "a reading is dropped");
}

/* Samples so many points; the next one's first reading ends the last of them. */
static void sample_points(uint32_t points, uint32_t before)
{
    struct vb_history_status status;
    for (uint32_t i = 0; i < points; i++) {
        const uint64_t at_ms = (uint64_t)(BEGIN_S + (int64_t)point_count * POINT_S) * 1000;
        point_count++;
        watched_disk_mark(MARK_BEGUN, point_count);
        for (unsigned reading = 0; reading < READINGS; reading++)
            sample(at_ms + (uint64_t)reading * POINT_S * 1000 / READINGS);
    }
    /* All but the newest can be written. */
    for (unsigned i = 0; i < 100000; i++) {
        const struct timespec pause = {.tv_nsec = 100000};
        vb_history_status(history, &status);
        if (before + status.written + 1 >= point_count)
            break;
        nanosleep(&pause, NULL);
    }
    STORY_REQUIRE(before + status.written + 1 >= point_count, "points are not written");
    watched_disk_mark(MARK_SAFE, (uint32_t)(before + status.written));
}

static void live(const char *folder, struct vb_random *random)
{
    for (unsigned session = 0; session < 2; session++) {
        const uint32_t before = point_count;
        start(folder);
        for (unsigned i = 0; i < 6; i++)
            sample_points(vb_random_between(random, 1, 4), before);
        vb_history_stop(history);
        watched_disk_mark(MARK_SAFE, point_count);
    }
}

/* The readings of a tier; points: how many points there are. Each must be where one was sampled. */
static uint32_t readings_of(enum vb_tier tier, uint32_t *points)
{
    const struct vb_history_source *source = vb_history_source(history);
    const struct vb_history_span span = {.mac = mac,
                                         .tier = tier,
                                         .step_s = vb_tier_seconds(tier),
                                         .to_s = BEGIN_S + (int64_t)POINTS_MAX * POINT_S};
    uint32_t readings = 0;
    int64_t from_s = BEGIN_S;
    int64_t at_s;
    struct vb_history_view point;
    enum vb_err err;
    *points = 0;
    while ((err = source->point(source->ctx, &span, from_s, &at_s, &point)) == VB_ERR_OK) {
        readings += point.readings;
        ++*points;
        from_s = at_s + span.step_s;
    }
    STORY_REQUIRE(err == VB_ERR_NOT_FOUND, "the history cannot be read: %d", (int)err);
    return readings;
}

static void examine(const char *folder, const uint32_t marks[WATCHED_DISK_MARKS], int goes_on)
{
    const uint32_t begun = marks[MARK_BEGUN] > known_count ? marks[MARK_BEGUN] : known_count;
    const uint32_t safe = marks[MARK_SAFE] > known_count ? marks[MARK_SAFE] : known_count;
    uint32_t points;
    uint32_t others;
    start(folder);
    const uint32_t readings = readings_of(VB_TIER_10S, &points);
    STORY_REQUIRE(points >= safe && points <= begun,
                  "there are %u points, of which %u were written and %u begun", points, safe,
                  begun);
    STORY_REQUIRE(points == 0 || readings >= (points - 1) * READINGS, "points lack readings");
    STORY_REQUIRE(readings <= points * READINGS, "readings count twice");
    STORY_REQUIRE(readings_of(VB_TIER_1MIN, &others) == readings &&
                      readings_of(VB_TIER_1H, &others) == readings,
                  "the tiers do not agree");
    if (goes_on)
        point_count = known_count = points;
    vb_history_stop(history);
}

const struct story history_story = {"history", begin, live, examine};
