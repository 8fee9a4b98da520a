/* The loop's thread owns the records; the writing thread gets copies of those that changed, one
 * batch at a time:
 *
 *     IDLE --stage--> QUEUED --thread--> WRITTEN --dispatch--> IDLE */
#include "linux/events/event_log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "linux/events/event_rows.h"
#include "linux/loop/loop.h"
#include "linux/system/cause.h"
#include "linux/system/log.h"

enum {
    FORGET_AT_ONCE = 256, /* records beyond the capacity before the oldest are dropped */
    RETRY_MS = 5000,
    FLUSH_MS_MAX = 5000
};

struct record {
    struct vb_occurrence occurrence;
    uint32_t changes; /* counts changes, to recognise an outdated copy */
    bool waits;       /* to be written */
};

enum flight { FLIGHT_IDLE, FLIGHT_QUEUED, FLIGHT_WRITTEN };

struct vb_event_log {
    struct vb_event_rows rows; /* of the writing thread, once it runs */
    uint32_t commit_delay_ms;
    int event_fd;

    struct record *records; /* by id, ascending; of the loop's thread, like everything up to the
                               lock */
    uint32_t capacity;      /* records has room for FORGET_AT_ONCE more */
    uint32_t count;
    uint32_t waiting;
    uint64_t last_id;
    uint64_t forgotten_id; /* erase all ended ones up to it; 0 = none */
    bool failing;
    uint32_t retry_at_ms;
    char note_key[VB_EVENT_LOG_KEY_SIZE]; /* "" = none waiting */
    char *note;

    pthread_t thread;
    bool thread_runs;
    pthread_mutex_t lock;
    pthread_cond_t queued;
    enum flight flight;          /* under lock */
    bool closing;                /* under lock */
    bool written;                /* of FLIGHT_WRITTEN */
    struct vb_event_batch batch; /* of the writing thread while QUEUED, else the loop's */
    uint32_t batch_changes[VB_EVENT_BATCH_ROWS]; /* each record's changes when it was copied */
};

/* == Writing, on the log's thread ============================================================ */

static void wake_loop(const struct vb_event_log *log)
{
    const uint64_t one = 1;
    const ssize_t ignored = write(log->event_fd, &one, sizeof one);
    (void)ignored; /* a full counter is readable, too */
}

static void *write_batches(void *ctx)
{
    struct vb_event_log *log = ctx;
    const struct timespec delay = {.tv_sec = (time_t)(log->commit_delay_ms / 1000),
                                   .tv_nsec = (long)(log->commit_delay_ms % 1000) * 1000000};
    pthread_mutex_lock(&log->lock);
    for (;;) {
        while (log->flight != FLIGHT_QUEUED && !log->closing)
            pthread_cond_wait(&log->queued, &log->lock);
        if (log->flight != FLIGHT_QUEUED)
            break;
        pthread_mutex_unlock(&log->lock);
        if (log->commit_delay_ms > 0)
            nanosleep(&delay, NULL);
        const bool written = vb_event_rows_write(&log->rows, &log->batch);
        pthread_mutex_lock(&log->lock);
        log->written = written;
        log->flight = FLIGHT_WRITTEN;
        wake_loop(log);
    }
    pthread_mutex_unlock(&log->lock);
    return NULL;
}

/* == Staging, on the loop's thread =========================================================== */

static void take_note(struct vb_event_log *log)
{
    memcpy(log->batch.note_key, log->note_key, sizeof log->note_key);
    log->batch.note = log->note;
    log->note = NULL;
    log->note_key[0] = '\0';
}

bool vb_event_log_waits(const struct vb_event_log *log)
{
    return log->waiting > 0 || log->note != NULL || log->batch.note != NULL;
}

/* Passes pending changes to the thread, unless it is busy. */
static void stage(struct vb_event_log *log)
{
    struct vb_event_batch *batch = &log->batch;
    pthread_mutex_lock(&log->lock);
    const bool idle = log->flight == FLIGHT_IDLE;
    pthread_mutex_unlock(&log->lock);
    if (!idle || log->failing || !vb_event_log_waits(log))
        return;
    batch->row_count = 0;
    uint32_t left = log->waiting;
    for (uint32_t i = log->count; i > 0 && left > 0; i--) {
        const struct record *record = &log->records[i - 1];
        if (!record->waits)
            continue;
        left--;
        if (batch->row_count == VB_EVENT_BATCH_ROWS)
            break;
        log->batch_changes[batch->row_count] = record->changes;
        batch->rows[batch->row_count++] = record->occurrence;
    }
    batch->erase_to_id = log->forgotten_id;
    if (batch->note == NULL && log->note != NULL)
        take_note(log);
    pthread_mutex_lock(&log->lock);
    log->flight = FLIGHT_QUEUED;
    pthread_cond_signal(&log->queued);
    pthread_mutex_unlock(&log->lock);
}

/* The number of records with a smaller id. */
static uint32_t count_before(const struct vb_event_log *log, uint64_t id)
{
    uint32_t low = 0;
    uint32_t high = log->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (log->records[middle].occurrence.id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct record *find_record(const struct vb_event_log *log, uint64_t id)
{
    const uint32_t index = count_before(log, id);
    return index < log->count && log->records[index].occurrence.id == id ? &log->records[index]
                                                                         : NULL;
}

static void settle_batch(struct vb_event_log *log)
{
    struct vb_event_batch *batch = &log->batch;
    for (uint32_t i = 0; i < batch->row_count; i++) {
        struct record *record = find_record(log, batch->rows[i].id);
        if (record != NULL && record->waits && record->changes == log->batch_changes[i]) {
            record->waits = false;
            log->waiting--;
        }
    }
    if (log->forgotten_id == batch->erase_to_id)
        log->forgotten_id = 0;
    free(batch->note);
    batch->note = NULL;
}

/* Handles a batch's answer, if there is one. */
static bool settle(struct vb_event_log *log)
{
    pthread_mutex_lock(&log->lock);
    const bool answered = log->flight == FLIGHT_WRITTEN;
    log->flight = answered ? FLIGHT_IDLE : log->flight;
    pthread_mutex_unlock(&log->lock);
    if (!answered)
        return false;
    if (log->written) {
        settle_batch(log);
        if (log->retry_at_ms != 0)
            vb_log(VB_LOG_INFO, "the event log can be written again");
        log->retry_at_ms = 0;
        return true;
    }
    if (log->retry_at_ms == 0)
        vb_log(VB_LOG_ERROR,
               "events are kept in memory until the event log can be written. Is the disk full?");
    log->failing = true;
    log->retry_at_ms = (vb_now_ms() + RETRY_MS) | 1; /* 0 means that all is well */
    return true;
}

void vb_event_log_dispatch(struct vb_event_log *log)
{
    uint64_t count;
    const ssize_t ignored = read(log->event_fd, &count, sizeof count);
    (void)ignored; /* nothing to read: there is no answer, as will be seen */
    if (settle(log))
        stage(log);
}

void vb_event_log_tick(struct vb_event_log *log, uint32_t now_ms)
{
    if (log->failing && (int32_t)(now_ms - log->retry_at_ms) >= 0)
        log->failing = false;
    stage(log);
}

int vb_event_log_fd(const struct vb_event_log *log)
{
    return log->event_fd;
}

uint32_t vb_event_log_waiting(const struct vb_event_log *log)
{
    return log->waiting;
}

/* == Records ================================================================================= */

static void mark(struct vb_event_log *log, struct record *record)
{
    record->changes++;
    log->waiting += record->waits ? 0 : 1;
    record->waits = true;
    stage(log);
}

/* Makes room by dropping the oldest ended ones. Open ones stay, however old. */
static void forget(struct vb_event_log *log)
{
    uint32_t kept = 0;
    uint32_t to_forget = log->count - (log->capacity - 1);
    for (uint32_t i = 0; i < log->count; i++) {
        const struct record *record = &log->records[i];
        if (to_forget > 0 && !vb_occurrence_is_open(&record->occurrence)) {
            to_forget--;
            log->forgotten_id = record->occurrence.id;
            log->waiting -= record->waits ? 1 : 0;
        } else {
            log->records[kept++] = *record;
        }
    }
    log->count = kept;
}

uint64_t vb_event_log_add(struct vb_event_log *log, const struct vb_occurrence *occurrence)
{
    const uint64_t now_ms = vb_wall_ms();
    if (log->count == log->capacity + FORGET_AT_ONCE)
        forget(log);
    if (log->count == log->capacity + FORGET_AT_ONCE)
        return 0; /* all are open: nothing can be dropped */
    struct record *record = &log->records[log->count++];
    *record = (struct record){.occurrence = *occurrence};
    log->last_id = now_ms > log->last_id ? now_ms : log->last_id + 1;
    record->occurrence.id = log->last_id;
    mark(log, record);
    return log->last_id;
}

bool vb_event_log_change(struct vb_event_log *log, const struct vb_occurrence *occurrence)
{
    struct record *record = find_record(log, occurrence->id);
    if (record == NULL)
        return false;
    record->occurrence = *occurrence;
    mark(log, record);
    return true;
}

const struct vb_occurrence *vb_event_log_find(const struct vb_event_log *log, uint64_t id)
{
    const struct record *record = find_record(log, id);
    return record == NULL ? NULL : &record->occurrence;
}

const struct vb_occurrence *vb_event_log_before(const struct vb_event_log *log, uint64_t before)
{
    const uint32_t count = count_before(log, before);
    return count == 0 ? NULL : &log->records[count - 1].occurrence;
}

bool vb_event_log_note(struct vb_event_log *log, const char *key, const char *text)
{
    VB_ASSERT(key[0] != '\0' && strlen(key) < VB_EVENT_LOG_KEY_SIZE);
    if (strlen(text) > VB_EVENT_LOG_NOTE_BYTES_MAX ||
        (log->note != NULL && strcmp(log->note_key, key) != 0))
        return false;
    free(log->note);
    log->note = strdup(text);
    if (log->note == NULL)
        return false;
    snprintf(log->note_key, sizeof log->note_key, "%s", key);
    stage(log);
    return true;
}

char *vb_event_log_noted(const struct vb_event_log *log, const char *key)
{
    return vb_event_rows_note(&log->rows, key);
}

/* == Life ==================================================================================== */

static void take_row(void *ctx, const struct vb_occurrence *occurrence)
{
    struct vb_event_log *log = ctx;
    if (log->count == log->capacity + FORGET_AT_ONCE)
        forget(log);
    if (log->count == log->capacity + FORGET_AT_ONCE)
        return;
    log->records[log->count++] = (struct record){.occurrence = *occurrence};
    log->last_id = occurrence->id;
}

static bool start_thread(struct vb_event_log *log)
{
    log->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    log->thread_runs =
        log->event_fd >= 0 && pthread_create(&log->thread, NULL, write_batches, log) == 0;
    return log->thread_runs;
}

struct vb_event_log *vb_event_log_open(const struct vb_event_log_options *options, char *error,
                                       size_t error_size)
{
    struct vb_event_log *log = calloc(1, sizeof *log);
    const uint32_t capacity = options->capacity == 0 ? VB_EVENT_LOG_CAPACITY : options->capacity;
    snprintf(error, error_size, "cannot open the event log: out of memory");
    vb_cause_set(VB_CAUSE_SYSTEM);
    if (log == NULL)
        return NULL;
    log->event_fd = -1;
    log->capacity = capacity;
    log->commit_delay_ms = options->commit_delay_ms;
    log->records = calloc(capacity + FORGET_AT_ONCE, sizeof *log->records);
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->queued, NULL);
    if (log->records == NULL) {
        vb_event_log_close(log);
        return NULL;
    }
    if (!vb_event_rows_open(&log->rows, options->dir, take_row, log, error, error_size))
        vb_log(VB_LOG_ERROR, "%s; events are kept in memory until it can be written", error);
    if (!start_thread(log)) {
        snprintf(error, error_size, "cannot start the event log's thread: %s", strerror(errno));
        vb_cause_set(VB_CAUSE_SYSTEM);
        vb_event_log_close(log);
        return NULL;
    }
    return log;
}

void vb_event_log_flush(struct vb_event_log *log)
{
    const uint32_t begun_ms = vb_now_ms();
    log->failing = false;
    stage(log);
    for (;;) {
        pthread_mutex_lock(&log->lock);
        const bool idle = log->flight == FLIGHT_IDLE;
        pthread_mutex_unlock(&log->lock);
        if (idle || vb_now_ms() - begun_ms > FLUSH_MS_MAX)
            return;
        struct pollfd fd = {.fd = log->event_fd, .events = POLLIN};
        poll(&fd, 1, 100);
        vb_event_log_dispatch(log);
    }
}

void vb_event_log_close(struct vb_event_log *log)
{
    if (log == NULL)
        return;
    if (log->thread_runs) {
        vb_event_log_flush(log);
        pthread_mutex_lock(&log->lock);
        log->closing = true;
        pthread_cond_signal(&log->queued);
        pthread_mutex_unlock(&log->lock);
        pthread_join(log->thread, NULL);
    }
    vb_event_rows_close(&log->rows);
    if (log->event_fd >= 0)
        close(log->event_fd);
    pthread_cond_destroy(&log->queued);
    pthread_mutex_destroy(&log->lock);
    free(log->batch.note);
    free(log->note);
    free(log->records);
    free(log);
}
