/* The history as seen by the loop's thread: readings passed to the keeper, its state, and queries
 * of the API. */
#include "linux/history/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "linux/history/history_parts.h"
#include "linux/loop/loop.h"
#include "linux/system/time_zone.h"

enum {
    LOOK_DEFAULT_MS = 1000,
    SILENT_DEFAULT_MS = 12000, /* longer than a point of 10 s lasts */
    RETRY_DEFAULT_MS = 5000
};

/* == Readings and state ======================================================================== */

bool vb_history_add(struct vb_history *h, const struct vb_mac *mac, uint16_t epoch,
                    const struct vb_reading *reading, uint64_t wall_ms)
{
    pthread_mutex_lock(&h->lock);
    const bool wanted = h->settings.enabled && wall_ms >= VB_HISTORY_WALL_MS_MIN;
    const bool taken = wanted && h->queue_count < VB_HISTORY_QUEUE_MAX;
    if (taken) {
        struct vb_history_sample *sample =
            &h->queue[(h->queue_first + h->queue_count) % VB_HISTORY_QUEUE_MAX];
        sample->mac = *mac;
        sample->epoch = epoch;
        sample->wall_ms = wall_ms;
        sample->reading = *reading;
        h->queue_count++;
    } else if (wanted) {
        h->status.readings_missed++;
    }
    if (h->queue_count == VB_HISTORY_QUEUE_MAX / 2) {
        pthread_cond_signal(&h->work);
    }
    pthread_mutex_unlock(&h->lock);
    return taken;
}

void vb_history_set(struct vb_history *h, const struct vb_history_settings *settings)
{
    pthread_mutex_lock(&h->lock);
    h->settings = *settings;
    const enum vb_history_state state = h->status.state;
    if (state == VB_HISTORY_RECORDING || state == VB_HISTORY_WAITING ||
        (state == VB_HISTORY_OFF && h->opened > 0)) {
        h->status.state = vb_history_working_state(h);
    }
    pthread_mutex_unlock(&h->lock);
}

void vb_history_status(struct vb_history *h, struct vb_history_status *status)
{
    pthread_mutex_lock(&h->lock);
    *status = h->status;
    pthread_mutex_unlock(&h->lock);
}

int vb_history_fd(const struct vb_history *h)
{
    return h->event_fd;
}

void vb_history_dispatch(struct vb_history *h)
{
    uint64_t count;
    struct vb_history_status status;
    if (read(h->event_fd, &count, sizeof(count)) != (ssize_t)sizeof(count)) {
        return;
    }
    vb_history_status(h, &status);
    if (h->options.on_state != NULL) {
        h->options.on_state(h->options.ctx, &status);
    }
}

/* == What the API asks ========================================================================= */

/* Connects to the current file; false if there is none. */
static bool follow_file(struct vb_history *h)
{
    pthread_mutex_lock(&h->lock);
    const uint32_t opened = h->opened;
    pthread_mutex_unlock(&h->lock);
    if (opened != h->query_opened) {
        vb_history_query_close(&h->query);
        const bool readable = opened != 0 && vb_history_query_open(&h->query, h->options.dir);
        h->query_opened = readable ? opened : 0;
    }
    return h->query_opened != 0;
}

static void source_status(void *ctx, struct vb_history_status *status)
{
    vb_history_status(ctx, status);
}

static enum vb_err source_point(void *ctx, const struct vb_history_span *span, int64_t from_s,
                                int64_t *at_s, struct vb_history_view *view)
{
    struct vb_history *h = ctx;
    if (!follow_file(h)) {
        return VB_ERR_STORE;
    }
    const enum vb_err err = vb_history_query_point(&h->query, span, from_s, at_s, &h->point);
    if (err == VB_ERR_OK) {
        vb_history_view_of(&h->point, view);
    }
    return err;
}

static enum vb_err source_oldest(void *ctx, const struct vb_mac *mac, enum vb_tier tier,
                                 int64_t *at_s)
{
    struct vb_history *h = ctx;
    return follow_file(h) ? vb_history_query_oldest(&h->query, mac, tier, at_s) : VB_ERR_STORE;
}

static enum vb_err source_day(void *ctx, const struct vb_mac *mac, int32_t from_day,
                              struct vb_history_day *day)
{
    struct vb_history *h = ctx;
    return follow_file(h) ? vb_history_query_day(&h->query, mac, from_day, day) : VB_ERR_STORE;
}

static const char *source_time_zone(void *ctx)
{
    (void)ctx;
    return vb_time_zone_name();
}

static int32_t source_day_of(void *ctx, int64_t at_s)
{
    (void)ctx;
    return vb_time_zone_day(at_s);
}

static int64_t source_now_s(void *ctx)
{
    const struct vb_history *h = ctx;
    return (int64_t)(h->options.wall_ms() / 1000);
}

const struct vb_history_source *vb_history_source(const struct vb_history *h)
{
    return &h->source;
}

/* == Life ==================================================================================== */

static bool start_thread(struct vb_history *h)
{
    pthread_condattr_t monotonic;
    pthread_mutex_init(&h->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&h->work, &monotonic);
    pthread_condattr_destroy(&monotonic);
    h->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    h->thread_runs = h->event_fd >= 0 && pthread_create(&h->thread, NULL, vb_history_keep, h) == 0;
    return h->thread_runs;
}

struct vb_history *vb_history_start(const struct vb_history_options *options, char *error,
                                    size_t error_size)
{
    struct vb_history *h = calloc(1, sizeof(*h));
    if (h == NULL) {
        snprintf(error, error_size, "cannot start the history: out of memory");
        return NULL;
    }
    h->options = *options;
    if (h->options.wall_ms == NULL) {
        h->options.wall_ms = vb_wall_ms;
    }
    h->options.look_ms = options->look_ms != 0 ? options->look_ms : LOOK_DEFAULT_MS;
    h->options.silent_ms = options->silent_ms != 0 ? options->silent_ms : SILENT_DEFAULT_MS;
    h->options.retry_ms = options->retry_ms != 0 ? options->retry_ms : RETRY_DEFAULT_MS;
    h->settings = options->settings;
    h->status.state = VB_HISTORY_STARTING;
    h->source = (struct vb_history_source){.ctx = h,
                                           .by_cell = true,
                                           .lasting = true,
                                           .finest_s = vb_tier_seconds(VB_TIER_10S),
                                           .status = source_status,
                                           .point = source_point,
                                           .oldest = source_oldest,
                                           .day = source_day,
                                           .time_zone = source_time_zone,
                                           .day_of = source_day_of,
                                           .now_s = source_now_s};
    vb_gather_init(&h->gather);
    h->looked_ms = vb_now_ms();
    h->looked_wall_ms = h->options.wall_ms();
    h->rest_begun_ms = h->looked_ms;
    h->resting = true;
    if (!start_thread(h)) {
        snprintf(error, error_size, "cannot start the history's thread: %s", strerror(errno));
        vb_history_stop(h);
        return NULL;
    }
    return h;
}

void vb_history_stop(struct vb_history *h)
{
    if (h == NULL) {
        return;
    }
    if (h->thread_runs) {
        pthread_mutex_lock(&h->lock);
        h->closing = true;
        pthread_cond_signal(&h->work);
        pthread_mutex_unlock(&h->lock);
        pthread_join(h->thread, NULL);
    }
    vb_history_query_close(&h->query);
    if (h->event_fd >= 0) {
        close(h->event_fd);
    }
    pthread_cond_destroy(&h->work);
    pthread_mutex_destroy(&h->lock);
    free(h);
}
