/* A log of a battery's CAN bus as a source: one reading for each new sweep of the cells.
 *
 * The log is whatever was heard, whoever asked: LeafSpy, Battery-Emulator or Voltbeacon itself.
 * Opening surveys the log, so that one without a sweep is refused at once; later a broken line or
 * frame is passed over and counted, with its line. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sources/can_decoder.h"
#include "sources/can_log_line.h"
#include "sources/source_file.h"
#include "sources/source_kind.h"

enum {
    LINE_BYTES_MAX = 128,
    SURVEY_LINES_MAX = 4000000, /* half an hour of a busy bus; a second or two to read */
    SURVEY_SWEEPS_MAX = 64,
    INTERVAL_DEFAULT_MS = 1000, /* where there is only one sweep */
    FRAME_MS = 10,              /* from frame to frame where the log has no times */
    WALL_S_MIN = 1000000000     /* a time from here on is of day: since September 2001 */
};

#define CLOCK_US_MAX (UINT64_MAX / 2) /* then time stands still: no log that was recorded */

struct candump {
    struct vb_source_file file;
    bool loop;
    uint32_t line;        /* last read, from 1 */
    uint32_t interval_ms; /* the median of the survey */
    bool sweep_in_pass;

    bool started; /* last_us is of the last frame of this pass */
    uint64_t last_us;
    uint64_t clock_us; /* passes of the log one after the other; never goes back */
    bool sweep_seen;
    uint64_t first_sweep_ms;
    char bus[VB_CAN_LOG_BUS_SIZE]; /* the one on which the battery answers; "" = not known yet */

    struct vb_source_skipped skipped;
    struct vb_can_decoder decoder;
};

/* == Lines =================================================================================== */

enum line_read { LINE_READ, LINE_TOO_LONG, LINE_END, LINE_FAILED };

/* Up to the newline; what does not fit is read and lost. A zero byte ends the text. */
static enum line_read read_line(struct candump *log, char text[LINE_BYTES_MAX + 1])
{
    size_t length = 0;
    int byte;
    errno = 0;
    while ((byte = getc_unlocked(log->file.stream)) != EOF && byte != '\n') {
        if (length < LINE_BYTES_MAX)
            text[length] = (char)byte;
        length++;
    }
    if (ferror(log->file.stream))
        return LINE_FAILED;
    if (byte == EOF && length == 0)
        return LINE_END;
    log->line++;
    if (length > LINE_BYTES_MAX)
        return LINE_TOO_LONG;
    text[length] = '\0';
    return LINE_READ;
}

static void skip_line(struct candump *log, const char *reason)
{
    if (log->line <= log->skipped.line)
        return; /* known from an earlier pass */
    log->skipped.count++;
    log->skipped.line = log->line;
    vb_source_error_set(&log->skipped.reason, "line %" PRIu32 ": %s", log->line, reason);
}

static void skip_frame(struct candump *log, const struct vb_can_frame *frame)
{
    char reason[128];
    (void)snprintf(reason, sizeof reason, "frame %03" PRIX32 ": %s",
                   frame->id & ~(uint32_t)VB_CAN_EXTENDED, vb_can_last_refusal_text(&log->decoder));
    skip_line(log, reason);
}

/* == Time ==================================================================================== */

static void pass_time(struct candump *log, uint64_t us)
{
    if (us <= CLOCK_US_MAX - log->clock_us)
        log->clock_us += us;
}

/* Where the log's clock is set back, time stands still for a frame. */
static void advance(struct candump *log, const struct vb_can_log_entry *entry)
{
    if (!entry->timed)
        pass_time(log, FRAME_MS * 1000);
    else if (log->started && entry->time_us > log->last_us)
        pass_time(log, entry->time_us - log->last_us);
    log->last_us = entry->time_us;
    log->started = true;
}

static void start_pass(struct candump *log)
{
    rewind(log->file.stream);
    log->line = 0;
    log->started = false;
    log->sweep_in_pass = false;
    log->bus[0] = '\0';
    vb_can_decoder_init(&log->decoder, &vb_can_leaf);
}

/* == Frames ================================================================================== */

/* A log may hold several buses: what counts is the one on which the battery answers. */
static bool concerns(struct candump *log, const struct vb_can_log_entry *entry)
{
    if (log->bus[0] == '\0' && entry->frame.id == log->decoder.battery->answer_id)
        memcpy(log->bus, entry->bus, sizeof log->bus);
    return log->bus[0] == '\0' || strcmp(log->bus, entry->bus) == 0;
}

enum found { FOUND_SWEEP, FOUND_NOTHING, FOUND_END, FOUND_FAILED };

/* One line. *entry is set where it holds a frame. */
static enum found read_one(struct candump *log, struct vb_can_log_entry *entry)
{
    char text[LINE_BYTES_MAX + 1];
    struct vb_source_error reason;
    switch (read_line(log, text)) {
    case LINE_READ:
        break;
    case LINE_TOO_LONG:
        skip_line(log, "longer than any frame is");
        return FOUND_NOTHING;
    case LINE_END:
        return FOUND_END;
    case LINE_FAILED:
        return FOUND_FAILED;
    }
    switch (vb_can_log_parse(text, entry, &reason)) {
    case VB_CAN_LOG_FRAME:
        break;
    case VB_CAN_LOG_BLANK:
        return FOUND_NOTHING;
    case VB_CAN_LOG_BROKEN:
        skip_line(log, reason.text);
        return FOUND_NOTHING;
    }
    advance(log, entry);
    if (!concerns(log, entry))
        return FOUND_NOTHING;
    const enum vb_can_news news =
        vb_can_decoder_input(&log->decoder, log->clock_us / 1000, &entry->frame);
    if (news == VB_CAN_REFUSED)
        skip_frame(log, &entry->frame);
    return news == VB_CAN_SWEEP ? FOUND_SWEEP : FOUND_NOTHING;
}

static int compare_steps(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a;
    const uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void set_without_sweep(struct candump *log, struct vb_source_error *error)
{
    const struct vb_can_battery *battery = log->decoder.battery;
    const char *first = log->skipped.count > 0 ? log->skipped.reason.text : "no line is broken";
    vb_source_error_set(error,
                        "recording %s holds no whole answer of a %s with its cell voltages "
                        "(group %02X, id %03" PRIX32 "): record while LeafSpy or Voltbeacon asks "
                        "for them, with candump -L. Last line passed over: %s",
                        log->file.name, battery->title, battery->sweep_group, battery->answer_id,
                        first);
}

/* Reads ahead for the interval of the sweeps. False and *error when there is none. */
static bool survey(struct candump *log, struct vb_source_error *error)
{
    uint32_t steps_ms[SURVEY_SWEEPS_MAX];
    size_t sweeps = 0;
    uint64_t last_ms = 0;
    struct vb_can_log_entry entry;
    enum found found = FOUND_NOTHING;
    for (uint32_t i = 0; i < SURVEY_LINES_MAX && sweeps <= SURVEY_SWEEPS_MAX; i++) {
        found = read_one(log, &entry);
        if (found == FOUND_END || found == FOUND_FAILED)
            break;
        if (found != FOUND_SWEEP)
            continue;
        const uint64_t now_ms = log->clock_us / 1000;
        const uint64_t step_ms = now_ms - last_ms;
        if (sweeps > 0)
            steps_ms[sweeps - 1] = step_ms < UINT32_MAX ? (uint32_t)step_ms : UINT32_MAX;
        last_ms = now_ms;
        sweeps++;
    }
    if (sweeps == 0) {
        set_without_sweep(log, error);
        return false;
    }
    log->interval_ms = INTERVAL_DEFAULT_MS;
    if (sweeps > 1) {
        qsort(steps_ms, sweeps - 1, sizeof *steps_ms, compare_steps);
        log->interval_ms = steps_ms[(sweeps - 1) / 2];
    }
    if (log->interval_ms == 0)
        log->interval_ms = 1;
    memset(&log->skipped, 0, sizeof log->skipped);
    log->clock_us = 0;
    start_pass(log);
    return true;
}

/* == The kind ================================================================================ */

static void candump_close(void *state)
{
    struct candump *log = state;
    vb_source_file_close(&log->file);
    free(log);
}

static void *candump_open(const char *arguments, const struct vb_source_options *options,
                          struct vb_source_error *error)
{
    struct candump *log = calloc(1, sizeof *log);
    if (log == NULL) {
        vb_source_error_set(error, "there is no memory to open a recording");
        return NULL;
    }
    log->loop = options->loop;
    vb_can_decoder_init(&log->decoder, &vb_can_leaf);
    if (!vb_source_file_open(&log->file, arguments, "a log made by candump -L", error) ||
        !survey(log, error)) {
        candump_close(log);
        return NULL;
    }
    return log;
}

static void make_reading(struct candump *log, const struct vb_can_log_entry *entry,
                         struct vb_reading *reading, uint64_t *at_ms)
{
    const uint64_t now_ms = log->clock_us / 1000;
    if (!log->sweep_seen)
        log->first_sweep_ms = now_ms;
    log->sweep_seen = true;
    log->sweep_in_pass = true;
    vb_can_decoder_reading(&log->decoder, now_ms, reading);
    if (entry->timed && entry->time_us / 1000000 >= WALL_S_MIN)
        reading->wall_ms = entry->time_us / 1000;
    *at_ms = now_ms - log->first_sweep_ms;
}

static enum vb_source_result candump_next(void *state, struct vb_reading *reading, uint64_t *at_ms,
                                          struct vb_source_error *error)
{
    struct candump *log = state;
    for (;;) {
        struct vb_can_log_entry entry;
        switch (read_one(log, &entry)) {
        case FOUND_SWEEP:
            make_reading(log, &entry, reading, at_ms);
            return VB_SOURCE_READING;
        case FOUND_NOTHING:
            break;
        case FOUND_END:
            if (!log->loop)
                return VB_SOURCE_END;
            if (!log->sweep_in_pass) {
                vb_source_error_set(error,
                                    "recording %s has no whole answer left: it was changed while "
                                    "it was played",
                                    log->file.name);
                return VB_SOURCE_FAILED;
            }
            start_pass(log);
            pass_time(log, log->interval_ms * UINT64_C(1000));
            break;
        case FOUND_FAILED:
            vb_source_error_set(error, "recording %s cannot be read after line %" PRIu32 ": %s",
                                log->file.name, log->line, strerror(errno));
            return VB_SOURCE_FAILED;
        }
    }
}

static void candump_describe(const void *state, struct vb_source_description *description)
{
    const struct candump *log = state;
    const struct vb_can_battery *battery = log->decoder.battery;
    description->cell_count = battery->cell_count;
    description->temp_count = battery->temp_count;
    description->interval_ms = log->interval_ms;
    (void)snprintf(description->text, sizeof description->text,
                   "recording %s (CAN bus of a %s), %u cells, %u temperatures, a sweep every "
                   "%" PRIu32 " ms%s",
                   log->file.name, battery->title, battery->cell_count, battery->temp_count,
                   log->interval_ms, log->loop ? ", in a loop" : "");
}

static const struct vb_source_skipped *candump_skipped(const void *state)
{
    const struct candump *log = state;
    return &log->skipped;
}

const struct vb_source_kind vb_source_candump = {
    .name = "candump",
    .form = "candump:FILE",
    .usage = "candump:FILE     a recorded CAN bus of a Nissan Leaf, at its recorded pace",
    .needs_file = true,
    .open = candump_open,
    .close = candump_close,
    .next = candump_next,
    .describe = candump_describe,
    .skipped = candump_skipped,
};
