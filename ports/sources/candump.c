/* A log of a battery's CAN bus as a source: one reading for each new sweep of the cells.
 *
 * The log holds whatever was heard, whoever asked: LeafSpy, Battery-Emulator or Voltbeacon itself,
 * in any form of can_log_line.h. Opening surveys its beginning, so that a file in no such form is
 * refused at once, as is a short log without a sweep; later, a broken line or frame is skipped and
 * counted, with its line number. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sources/can_decoder.h"
#include "sources/can_log_line.h"
#include "sources/source_file.h"
#include "sources/source_guess.h"
#include "sources/source_kind.h"

enum {
    LINE_BYTES_MAX = 192,
    STEP_LINES_MAX = 512,                /* lines examined in one call */
    SURVEY_BYTES_MAX = 16 * 1024 * 1024, /* five minutes of a busy bus; a quarter of a second */
    LOOK_FRAMES_MAX = 4096,              /* from which the kind of the times is told */
    DELTA_SHARE = 10,                    /* one time in this many goes back: differences */
    SURVEY_SWEEPS_MAX = 64,
    INTERVAL_DEFAULT_MS = 1000, /* where there is only one sweep */
    FRAME_MS = 10, /* said in the description: from frame to frame where the log has no times */
    WALL_S_MIN = 1000000000, /* times from here on are times of day: September 2001 */
    US_PER_S = 1000000
};

#define CLOCK_US_MAX (UINT64_MAX / 2) /* time would stand still: not a recorded log */

/* What the times in a log mean. */
enum clock_kind {
    CLOCK_FORWARD, /* they go on */
    CLOCK_DELTAS,  /* candump -td: each is the time since the previous frame */
    CLOCK_BACKWARD /* SavvyCAN, negative: each is less than the previous one by the time passed */
};

struct candump {
    struct vb_source_file file;
    bool loop;
    uint32_t line;     /* last read, from 1 */
    uint64_t bytes;    /* read in this pass */
    bool in_line;      /* the rest of an overlong line comes next */
    bool after_return; /* the last byte was a CR, which with a LF is one end */
    enum clock_kind clock;
    bool timed;                          /* the lines have times */
    bool local;                          /* the times are dates without a zone */
    enum vb_can_log_form form;           /* of the first frame */
    uint32_t frame_count;                /* of this pass; saturates */
    struct vb_source_excerpt first_text; /* the first line that is not blank */
    uint32_t first_line;                 /* its number; 0 = none yet */
    uint32_t interval_ms;                /* the median of the survey */
    bool interval_known;                 /* there were at least two sweeps */
    bool sweep_in_pass;

    bool started; /* last_us is of the last frame of this pass */
    int64_t last_us;
    uint64_t clock_us; /* continues over passes of the log; never goes back */
    bool sweep_seen;
    uint64_t first_sweep_ms;
    char bus[VB_CAN_LOG_BUS_SIZE]; /* the bus on which the battery answers; "" = not known yet */

    struct vb_source_skipped skipped;
    struct vb_can_decoder decoder;
};

/* == Lines =================================================================================== */

enum line_read { LINE_READ, LINE_NONE, LINE_TOO_LONG, LINE_END, LINE_FAILED };

/* Reads up to the line's end: LF, CR LF, or CR alone as an ELM327 sends it. Drops zero bytes, which
 * that sends now and then. The rest of an overlong line is LINE_NONE, piece by piece. */
static enum line_read read_line(struct candump *log, char text[LINE_BYTES_MAX + 1])
{
    size_t length = 0;
    int byte = EOF;
    bool ended = false;
    errno = 0;
    for (size_t taken = 0; !ended && taken <= LINE_BYTES_MAX; taken++) {
        byte = vb_source_file_byte(&log->file);
        if (byte == EOF)
            break;
        log->bytes++;
        const bool second = byte == '\n' && log->after_return && length == 0;
        log->after_return = byte == '\r';
        ended = !second && (byte == '\n' || byte == '\r');
        if (!ended && !second && byte != '\0')
            text[length++] = (char)byte;
    }
    if (ferror(log->file.stream))
        return LINE_FAILED;
    if (byte == EOF && length == 0)
        return LINE_END;
    const bool was_in_line = log->in_line;
    log->in_line =
        !ended && byte != EOF; /* even if most of it was zero bytes: a hole in the file */
    if (was_in_line)
        return LINE_NONE;
    log->line++;
    text[log->in_line ? LINE_BYTES_MAX : length] = '\0';
    return log->in_line ? LINE_TOO_LONG : LINE_READ;
}

static void skip_line(struct candump *log, const char *reason)
{
    struct vb_source_error error;
    if (log->line <= log->skipped.line)
        return; /* reported in an earlier pass */
    vb_source_error_set(&error, "line %" PRIu32 ": %s", log->line, reason);
    vb_source_skip(&log->skipped, log->line, &error);
}

static void skip_frame(struct candump *log, const struct vb_can_frame *frame)
{
    char reason[128];
    (void)snprintf(reason, sizeof reason, "frame %03" PRIX32 ": %s",
                   frame->id & ~(uint32_t)VB_CAN_EXTENDED, vb_can_last_refusal_text(&log->decoder));
    skip_line(log, reason);
}

/* == Time ==================================================================================== */

static void pass_time(struct candump *log, int64_t us)
{
    if (us > 0 && (uint64_t)us <= CLOCK_US_MAX - log->clock_us)
        log->clock_us += (uint64_t)us;
}

/* If the log's clock is set back, time stands still for one frame. */
static void advance(struct candump *log, const struct vb_can_log_entry *entry)
{
    if (!entry->timed)
        pass_time(log, FRAME_MS * 1000);
    else if (log->clock == CLOCK_DELTAS)
        pass_time(log, entry->time_us);
    else if (log->started)
        pass_time(log, log->clock == CLOCK_BACKWARD ? log->last_us - entry->time_us
                                                    : entry->time_us - log->last_us);
    log->last_us = entry->time_us;
    log->started = true;
}

static void start_pass(struct candump *log)
{
    vb_source_file_rewind(&log->file);
    log->line = 0;
    log->bytes = 0;
    log->in_line = false;
    log->after_return = false;
    log->frame_count = 0;
    log->started = false;
    log->sweep_in_pass = false;
    log->bus[0] = '\0';
    vb_can_decoder_init(&log->decoder, &vb_can_leaf);
}

/* == Frames ================================================================================== */

/* A log may hold several buses: the one on which the battery answers counts. */
static bool concerns(struct candump *log, const struct vb_can_log_entry *entry)
{
    if (log->bus[0] == '\0' && entry->frame.id == log->decoder.battery->answer_id)
        memcpy(log->bus, entry->bus, sizeof log->bus);
    return log->bus[0] == '\0' || strcmp(log->bus, entry->bus) == 0;
}

static void remember_first(struct candump *log, const char *text)
{
    if (log->first_line != 0 || text[strspn(text, " \t")] == '\0')
        return;
    log->first_line = log->line;
    log->first_text = vb_source_excerpt_of(text);
}

enum found { FOUND_SWEEP, FOUND_FRAME, FOUND_NOTHING, FOUND_END, FOUND_FAILED };

/* Reads one line. *entry is set if it holds a frame. */
static enum found read_entry(struct candump *log, struct vb_can_log_entry *entry)
{
    char text[LINE_BYTES_MAX + 1];
    struct vb_source_error reason;
    switch (read_line(log, text)) {
    case LINE_READ:
        break;
    case LINE_NONE:
        return FOUND_NOTHING;
    case LINE_TOO_LONG:
        remember_first(log, text);
        skip_line(log, "longer than any frame is");
        return FOUND_NOTHING;
    case LINE_END:
        return FOUND_END;
    case LINE_FAILED:
        return FOUND_FAILED;
    }
    remember_first(log, text);
    switch (vb_can_log_parse(text, entry, &reason)) {
    case VB_CAN_LOG_FRAME:
        break;
    case VB_CAN_LOG_BLANK:
        return FOUND_NOTHING;
    case VB_CAN_LOG_BROKEN:
        skip_line(log, reason.text);
        return FOUND_NOTHING;
    }
    if (log->frame_count < UINT32_MAX)
        log->frame_count++;
    return FOUND_FRAME;
}

/* Likewise, and passes the frame to the decoder. */
static enum found read_one(struct candump *log, struct vb_can_log_entry *entry)
{
    const enum found found = read_entry(log, entry);
    if (found != FOUND_FRAME)
        return found;
    advance(log, entry);
    if (!concerns(log, entry))
        return FOUND_NOTHING;
    const enum vb_can_news news =
        vb_can_decoder_input(&log->decoder, log->clock_us / 1000, &entry->frame);
    if (news == VB_CAN_REFUSED)
        skip_frame(log, &entry->frame);
    return news == VB_CAN_SWEEP ? FOUND_SWEEP : FOUND_NOTHING;
}

/* == Opening ================================================================================= */

/* Tells what the times mean by how often they go back: differences do so all the time, a clock that
 * is set, or two interfaces, only now and then. */
static void look_at_times(struct candump *log)
{
    struct vb_can_log_entry entry;
    int64_t last_us = 0;
    uint32_t timed = 0;
    uint32_t back = 0;
    bool negative = false;
    start_pass(log);
    log->first_line = 0;
    while (log->frame_count < LOOK_FRAMES_MAX && log->bytes < SURVEY_BYTES_MAX) {
        const enum found found = read_entry(log, &entry);
        if (found == FOUND_END || found == FOUND_FAILED)
            break;
        if (found != FOUND_FRAME)
            continue;
        if (log->frame_count == 1)
            log->form = entry.form;
        if (!entry.timed)
            continue;
        log->timed = true;
        log->local = log->local || entry.local;
        negative = negative || entry.time_us < 0;
        back += timed > 0 && entry.time_us < last_us;
        timed++;
        last_us = entry.time_us;
    }
    if (negative && back > timed / 2)
        log->clock = CLOCK_BACKWARD;
    else if (log->form == VB_CAN_LOG_CANDUMP && !log->local && back > timed / DELTA_SHARE &&
             last_us / US_PER_S < WALL_S_MIN)
        log->clock = CLOCK_DELTAS;
}

static int compare_steps(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a;
    const uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void list_programs(char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < VB_CAN_LOG_FORM_COUNT && length < size; i++) {
        length += (size_t)snprintf(text + length, size - length, "%s%s", i == 0 ? "" : ", ",
                                   vb_can_log_program((enum vb_can_log_form)i));
    }
}

static void set_no_form(struct candump *log, struct vb_source_error *error)
{
    char programs[192];
    const char *guess = vb_source_guess(&log->file);
    if (guess != NULL && strncmp(guess, "candump", strlen("candump")) != 0) {
        vb_source_error_set(error,
                            "recording %s is no log of a CAN bus: line %" PRIu32 " is \"%s\"; "
                            "this is read with --source %s",
                            log->file.name, log->first_line, log->first_text.text, guess);
        return;
    }
    if (log->first_line == 0) {
        vb_source_error_set(error,
                            "recording %s holds blank lines alone, expected a log of a CAN bus",
                            log->file.name);
        return;
    }
    list_programs(programs, sizeof programs);
    vb_source_error_set(error,
                        "recording %s: of its %s%" PRIu32 " line%s none is in a form that is read: "
                        "%s; line %" PRIu32 " is \"%s\"",
                        log->file.name, log->bytes < SURVEY_BYTES_MAX ? "" : "first ", log->line,
                        log->line == 1 ? "" : "s", programs, log->first_line, log->first_text.text);
}

static void set_without_sweep(struct candump *log, struct vb_source_error *error)
{
    const struct vb_can_battery *battery = log->decoder.battery;
    if (log->frame_count == 0) {
        set_no_form(log, error);
        return;
    }
    char passed_over[160] = "";
    if (log->skipped.count > 0)
        (void)snprintf(passed_over, sizeof passed_over,
                       "; passed over: %" PRIu32 ", the first: %.80s", log->skipped.count,
                       log->skipped.first_reason.text);
    vb_source_error_set(error,
                        "recording %s (%s, frames: %" PRIu32 ") holds no whole answer of a %s "
                        "with its cells (group %02X, id %03" PRIX32 "): record while LeafSpy or "
                        "Voltbeacon asks for them%s",
                        log->file.name, vb_can_log_program(log->form), log->frame_count,
                        battery->title, battery->sweep_group, battery->answer_id, passed_over);
}

static void set_interval(struct candump *log, uint32_t *steps_ms, size_t count)
{
    log->interval_ms = INTERVAL_DEFAULT_MS;
    if (count > 0) {
        qsort(steps_ms, count, sizeof *steps_ms, compare_steps);
        log->interval_ms = steps_ms[count / 2];
    }
    if (log->interval_ms == 0)
        log->interval_ms = 1;
}

/* Reads ahead for the interval between sweeps. False and *error if there is no sweep, unless the
 * log is too long to know. */
static bool survey(struct candump *log, struct vb_source_error *error)
{
    uint32_t steps_ms[SURVEY_SWEEPS_MAX];
    size_t sweeps = 0;
    uint64_t last_ms = 0;
    struct vb_can_log_entry entry;
    enum found found = FOUND_NOTHING;
    look_at_times(log);
    memset(&log->skipped, 0, sizeof log->skipped);
    start_pass(log);
    while (log->bytes < SURVEY_BYTES_MAX && sweeps <= SURVEY_SWEEPS_MAX) {
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
    const bool whole = found == FOUND_END || found == FOUND_FAILED;
    if (sweeps == 0 && (whole || log->frame_count == 0)) {
        set_without_sweep(log, error);
        return false;
    }
    set_interval(log, steps_ms, sweeps > 1 ? sweeps - 1 : 0);
    log->interval_known = sweeps > 1;
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
        error->fault = VB_SOURCE_FAULT_MEMORY;
        return NULL;
    }
    log->loop = options->loop;
    vb_can_decoder_init(&log->decoder, &vb_can_leaf);
    if (!vb_source_file_open(&log->file, arguments, "a log of a CAN bus", error) ||
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
    const int64_t time_us = log->clock == CLOCK_BACKWARD ? -entry->time_us : entry->time_us;
    if (entry->timed && time_us / US_PER_S >= WALL_S_MIN)
        reading->wall_ms = (uint64_t)time_us / 1000;
    *at_ms = now_ms - log->first_sweep_ms;
}

static enum vb_source_result candump_next(void *state, struct vb_reading *reading, uint64_t *at_ms,
                                          struct vb_source_error *error)
{
    struct candump *log = state;
    for (unsigned i = 0; i < STEP_LINES_MAX; i++) {
        struct vb_can_log_entry entry;
        switch (read_one(log, &entry)) {
        case FOUND_SWEEP:
            make_reading(log, &entry, reading, at_ms);
            return VB_SOURCE_READING;
        case FOUND_FRAME:
        case FOUND_NOTHING:
            break;
        case FOUND_END:
            if (!log->sweep_seen) { /* the survey did not reach the end */
                set_without_sweep(log, error);
                return VB_SOURCE_FAILED;
            }
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
            pass_time(log, log->interval_ms * INT64_C(1000));
            break;
        case FOUND_FAILED:
            vb_source_error_set(error, "recording %s cannot be read after line %" PRIu32 ": %s",
                                log->file.name, log->line, strerror(errno));
            error->fault = VB_SOURCE_FAULT_READING;
            return VB_SOURCE_FAILED;
        }
    }
    return VB_SOURCE_LATER;
}

static void candump_describe(const void *state, struct vb_source_description *description)
{
    const struct candump *log = state;
    const struct vb_can_battery *battery = log->decoder.battery;
    description->cell_count = battery->cell_count;
    description->temp_count = battery->temp_count;
    description->interval_ms = log->interval_ms;
    (void)snprintf(description->text, sizeof description->text,
                   "recording %s (CAN bus of a %s, %s), %s%s", log->file.name, battery->title,
                   vb_can_log_program(log->form),
                   vb_source_contents_of(battery->cell_count, battery->temp_count, "a sweep",
                                         log->interval_known ? log->interval_ms : 0, log->loop)
                       .text,
                   log->local    ? "; its times name no zone and are taken as UTC"
                   : !log->timed ? "; it has no times: 10 ms a frame are assumed"
                                 : "");
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
