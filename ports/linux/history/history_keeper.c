/* The state of the file, on the history's thread:
 *
 *     OFF <--refused-- STARTING --opened--> RECORDING <--written-- --failed--> PAUSED
 *                                              ^
 *                                              +--- the clock is set ---> WAITING before */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "linux/history/history_file.h"
#include "linux/history/history_parts.h"
#include "linux/loop/loop.h"
#include "linux/system/log.h"

enum {
    CLOCK_JUMP_MS_MIN = 600000, /* a clock that is wrong by less does no harm */
    TAKEN_MAX = 16,             /* samples under one lock */
    POINTS_ENOUGH = VB_GATHER_POINTS_MAX / 2,
    DAY_S = 86400
};

/* == State ===================================================================================== */

static void wake_loop(const struct vb_history *h)
{
    const uint64_t one = 1;
    const ssize_t ignored = write(h->event_fd, &one, sizeof(one));
    (void)ignored; /* a full counter is readable, too */
}

/* Reports it to the log and to observers. */
static void say_state(struct vb_history *h, enum vb_history_state state, const char *reason)
{
    if (state == VB_HISTORY_RECORDING) {
        vb_log(VB_LOG_INFO, "history: recording");
    } else if (state == VB_HISTORY_WAITING) {
        vb_log(VB_LOG_WARNING, "history: waiting for this machine's clock to be set");
    } else if (reason[0] != '\0') {
        vb_log(VB_LOG_ERROR, "history: %s", reason);
    }
    wake_loop(h);
}

static void set_state(struct vb_history *h, enum vb_history_state state, const char *reason)
{
    pthread_mutex_lock(&h->lock);
    const bool changed = h->status.state != state;
    h->status.state = state;
    snprintf(h->status.reason, sizeof(h->status.reason), "%.*s", (int)sizeof(h->status.reason) - 1,
             reason);
    pthread_mutex_unlock(&h->lock);
    if (!changed) {
        return;
    }
    say_state(h, state, reason);
}

static void set_paused(struct vb_history *h, const char *reason)
{
    char text[sizeof(h->status.reason)];
    snprintf(text, sizeof(text), "%.180s; it resumes by itself once it can", reason);
    h->failed = true;
    set_state(h, VB_HISTORY_PAUSED, text);
}

static bool clock_is_set(const struct vb_history *h)
{
    return h->options.wall_ms() >= VB_HISTORY_WALL_MS_MIN;
}

enum vb_history_state vb_history_working_state(const struct vb_history *h)
{
    if (!h->settings.enabled) {
        return VB_HISTORY_OFF;
    }
    return clock_is_set(h) ? VB_HISTORY_RECORDING : VB_HISTORY_WAITING;
}

static void set_recording(struct vb_history *h)
{
    pthread_mutex_lock(&h->lock);
    const enum vb_history_state state = vb_history_working_state(h);
    pthread_mutex_unlock(&h->lock);
    h->failed = false;
    set_state(h, state, "");
}

/* Reacts to the clock having been set, or set back. */
static void follow_clock(struct vb_history *h)
{
    pthread_mutex_lock(&h->lock);
    const enum vb_history_state state = h->status.state;
    const bool works = state == VB_HISTORY_RECORDING || state == VB_HISTORY_WAITING;
    const enum vb_history_state next = works ? vb_history_working_state(h) : state;
    h->status.state = next;
    pthread_mutex_unlock(&h->lock);
    if (next != state) {
        say_state(h, next, "");
    }
}

/* == The file ================================================================================== */

static void close_file(struct vb_history *h)
{
    pthread_mutex_lock(&h->lock);
    h->opened = 0;
    pthread_mutex_unlock(&h->lock);
    vb_history_tiers_close(&h->tiers);
    vb_database_close(&h->file);
    h->is_open = false;
}

/* A file that is not writable may still be readable. */
static void serve_reading(struct vb_history *h, bool readable)
{
    vb_database_close(&h->file);
    pthread_mutex_lock(&h->lock);
    if (readable && h->opened == 0)
        h->opened = ++h->openings;
    pthread_mutex_unlock(&h->lock);
}

static void open_file(struct vb_history *h)
{
    char error[PATH_MAX + 512];
    const enum vb_database_result result =
        vb_history_file_open(&h->file, h->options.dir, error, sizeof(error));
    h->refused = result == VB_DATABASE_NEWER || result == VB_DATABASE_MISNAMED;
    if (h->refused) {
        set_state(h, VB_HISTORY_OFF, error);
        return;
    }
    if (result != VB_DATABASE_OPEN) {
        serve_reading(h, result == VB_DATABASE_READ_ONLY);
        set_paused(h, error);
        return;
    }
    if (vb_history_tiers_open(&h->tiers, h->file.connection) != SQLITE_OK) {
        set_paused(h, sqlite3_errmsg(h->file.connection));
        close_file(h);
        return;
    }
    h->is_open = true;
    pthread_mutex_lock(&h->lock);
    h->opened = ++h->openings;
    if (h->file.recovered[0] != '\0') {
        snprintf(h->status.recovered, sizeof h->status.recovered, "%.*s",
                 (int)sizeof h->status.recovered - 1, h->file.recovered);
    }
    pthread_mutex_unlock(&h->lock);
    set_recording(h);
}

static int run_sql(const struct vb_history *h, const char *sql)
{
    return sqlite3_exec(h->file.connection, sql, NULL, NULL, NULL);
}

static int write_points(struct vb_history *h)
{
    int code = SQLITE_OK;
    int64_t pack;
    for (size_t index = 0; index < h->gather.point_count && code == SQLITE_OK; index++) {
        const struct vb_history_point *point = &h->gather.points[index];
        code = vb_history_tiers_pack(&h->tiers, &point->mac, &pack);
        if (code == SQLITE_OK) {
            code = vb_history_tiers_add(&h->tiers, pack, point->at_s, &point->rollup);
        }
    }
    for (size_t index = 0; index < h->gather.day_count && code == SQLITE_OK; index++) {
        const struct vb_history_flow *flow = &h->gather.days[index];
        code = vb_history_tiers_pack(&h->tiers, &flow->mac, &pack);
        if (code == SQLITE_OK) {
            code = vb_history_tiers_add_energy(&h->tiers, pack, flow->day, flow->in_j, flow->out_j);
        }
    }
    return code;
}

/* By the clock that was looked at: one that has jumped since may be wrong. */
static int prune(struct vb_history *h, const struct vb_history_settings *settings)
{
    struct vb_history_keep keep;
    for (unsigned tier = 0; tier < VB_TIERS; tier++) {
        keep.seconds[tier] = (int64_t)settings->keep_days[tier] * DAY_S;
    }
    return vb_history_tiers_prune(&h->tiers, &keep, (int64_t)(h->looked_wall_ms / 1000),
                                  VB_HISTORY_PRUNE_ROWS_MAX);
}

/* One transaction. */
static int write_all(struct vb_history *h, const struct vb_history_settings *settings)
{
    int code = run_sql(h, "BEGIN IMMEDIATE");
    if (code == SQLITE_OK) {
        code = write_points(h);
    }
    if (code == SQLITE_OK && !h->resting) {
        code = prune(h, settings);
    }
    return code == SQLITE_OK ? run_sql(h, "COMMIT") : code;
}

static void count_written(struct vb_history *h)
{
    struct stat file;
    const bool known = stat(h->file.path, &file) == 0;
    pthread_mutex_lock(&h->lock);
    h->status.written += h->gather.point_count;
    h->status.bytes = known ? (uint64_t)file.st_size : 0;
    pthread_mutex_unlock(&h->lock);
    vb_gather_written(&h->gather);
}

static void write_file(struct vb_history *h, const struct vb_history_settings *settings)
{
    h->written_ms = vb_now_ms();
    if (!h->is_open && !h->refused) {
        open_file(h);
    }
    if (!h->is_open) {
        return;
    }
    if (!vb_database_is_in_place(&h->file)) {
        set_paused(h, "history.db was removed or replaced while in use");
        return;
    }
    const int code = write_all(h, settings);
    if (code == SQLITE_OK) {
        count_written(h);
        set_recording(h);
        return;
    }
    char reason[PATH_MAX + 256];
    snprintf(reason, sizeof(reason), "cannot write %s: %s", h->file.path,
             sqlite3_errmsg(h->file.connection));
    vb_database_roll_back(h->file.connection);
    set_paused(h, reason);
    if (vb_database_is_damage(code)) {
        close_file(h); /* it is checked, and moved aside, when it is opened again */
    }
}

/* == Gathering ================================================================================= */

/* Takes up to TAKEN_MAX samples from the queue. False if there were none. */
static bool take_samples(struct vb_history *h)
{
    struct vb_history_sample taken[TAKEN_MAX];
    uint16_t count = 0;
    pthread_mutex_lock(&h->lock);
    while (count < TAKEN_MAX && h->queue_count > 0) {
        taken[count++] = h->queue[h->queue_first];
        h->queue_first = (uint16_t)((h->queue_first + 1) % VB_HISTORY_QUEUE_MAX);
        h->queue_count--;
    }
    h->status.points_missed = h->gather.missed;
    pthread_mutex_unlock(&h->lock);
    for (uint16_t index = 0; index < count; index++) {
        vb_gather_add(&h->gather, &taken[index], vb_now_ms());
    }
    return count > 0;
}

/* After the wall clock jumped against the monotonic one, ages are not trusted for a while. */
static void watch_clock(struct vb_history *h)
{
    const uint64_t wall_ms = h->options.wall_ms();
    const uint32_t now_ms = vb_now_ms(); /* the later one: a rest is never shorter than it says */
    const int64_t apart_ms =
        (int64_t)(wall_ms - h->looked_wall_ms) - (int64_t)(uint32_t)(now_ms - h->looked_ms);
    if (apart_ms > CLOCK_JUMP_MS_MIN || apart_ms < -CLOCK_JUMP_MS_MIN) {
        vb_log(VB_LOG_WARNING, "history: the clock has jumped by %lld s",
               (long long)(apart_ms / 1000));
        h->resting = true;
        h->rest_begun_ms = now_ms;
    }
    if (h->resting && now_ms - h->rest_begun_ms >= h->options.prune_rest_ms) {
        h->resting = false;
    }
    h->looked_ms = now_ms;
    h->looked_wall_ms = wall_ms;
}

static bool is_write_due(const struct vb_history *h, const struct vb_history_settings *settings)
{
    const uint32_t since_ms = vb_now_ms() - h->written_ms;
    if (h->failed) {
        return since_ms >= h->options.retry_ms;
    }
    return since_ms >= settings->write_interval_ms || h->gather.point_count >= POINTS_ENOUGH;
}

/* Waits until there is something to do; true if the thread is to end. */
static bool wait_for_work(struct vb_history *h, struct vb_history_settings *settings)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += h->options.look_ms / 1000;
    until.tv_nsec += (long)(h->options.look_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&h->lock);
    int waited = 0;
    while (!h->closing && h->queue_count < VB_HISTORY_QUEUE_MAX / 2 && waited == 0) {
        waited = pthread_cond_timedwait(&h->work, &h->lock, &until);
    }
    const bool closing = h->closing;
    *settings = h->settings;
    pthread_mutex_unlock(&h->lock);
    return closing;
}

void *vb_history_keep(void *ctx)
{
    struct vb_history *h = ctx;
    struct vb_history_settings settings;
    open_file(h);
    h->written_ms = vb_now_ms();
    for (bool closing = false; !closing;) {
        closing = wait_for_work(h, &settings);
        watch_clock(h);
        follow_clock(h);
        while (take_samples(h)) {
            if (is_write_due(h, &settings)) {
                write_file(h, &settings);
            }
        }
        vb_gather_close(&h->gather, vb_now_ms(), closing ? 0 : h->options.silent_ms);
        if (closing || is_write_due(h, &settings)) {
            write_file(h, &settings);
        }
    }
    close_file(h);
    return NULL;
}
