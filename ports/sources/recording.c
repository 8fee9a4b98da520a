/* One of our own recordings as a source: a receiver's black box, or from `voltbeacon record`.
 *
 * Readings come as they were sampled, at the same pace; events and link figures are skipped. An
 * invalid line ends the source, with its number and the reason: a file of our own has no such
 * lines. A recording that was cut off is read up to the cut. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recordings/recording_lines.h"
#include "sources/source_file.h"
#include "sources/source_guess.h"
#include "sources/source_kind.h"

enum {
    SURVEY_READINGS_MAX = 256,
    SURVEY_LINES_MAX = 8192,    /* of which most are events, where there are so many */
    STEP_LINES_MAX = 64,        /* lines examined in one call */
    INTERVAL_DEFAULT_MS = 1000, /* if the file's readings do not show one */
    END_LINE_BYTES_MAX = 64
};

struct recording {
    struct vb_source_file file;
    bool loop;
    bool cut; /* it has no end line */
    struct vb_recording_head head;
    uint8_t cell_count; /* of the first reading */
    uint8_t temp_count;
    uint32_t interval_ms; /* the mean of the survey */
    bool interval_known;  /* there were at least two readings */

    uint32_t number; /* of the line last read, from 1 */
    bool ended;      /* its end line was read */
    bool reading_in_pass;

    bool started;        /* sampled_ms and at_ms are of the last reading */
    bool restarted;      /* that reading was from the previous pass */
    uint64_t sampled_ms; /* on the recording's clock */
    uint64_t at_ms;      /* since the source's start */

    struct vb_source_skipped skipped;
    struct vb_recording_line line;
    char text[VB_RECORDING_LINE_BYTES_MAX];
};

/* ---- Lines ---- */

enum raw { RAW_LINE, RAW_UNENDED /* by the end of the file */, RAW_END, RAW_TOO_LONG, RAW_FAILED };

/* Reads the next line into text, without its newline; an empty one counts, too. */
static enum raw next_raw(struct recording *recording, size_t *size)
{
    int byte = vb_source_file_byte(&recording->file);
    *size = 0;
    if (byte != EOF)
        recording->number++;
    else if (!ferror(recording->file.stream))
        return RAW_END;
    for (; byte != EOF && byte != '\n'; byte = vb_source_file_byte(&recording->file)) {
        if (*size == sizeof recording->text)
            return RAW_TOO_LONG;
        recording->text[(*size)++] = (char)byte;
    }
    if (byte == '\n')
        return RAW_LINE;
    return ferror(recording->file.stream) ? RAW_FAILED : RAW_UNENDED;
}

static enum vb_source_result fail(const struct recording *recording, struct vb_source_error *error,
                                  const char *reason)
{
    vb_source_error_set(error, "recording %s, line %" PRIu32 ": %s", recording->file.name,
                        recording->number, reason);
    return VB_SOURCE_FAILED;
}

static enum vb_source_result fail_raw(const struct recording *recording, enum raw raw,
                                      struct vb_source_error *error)
{
    char reason[96];
    if (raw == RAW_TOO_LONG)
        snprintf(reason, sizeof reason, "it is longer than %d bytes", VB_RECORDING_LINE_BYTES_MAX);
    else
        snprintf(reason, sizeof reason, "cannot be read: %s", strerror(errno));
    return fail(recording, error, reason);
}

/* A last line without a newline is none: writing stopped there. */
static void note_cut_line(struct recording *recording)
{
    recording->cut = true;
    if (recording->skipped.count > 0)
        return; /* reported in an earlier pass */
    struct vb_source_error reason;
    vb_source_error_set(&reason, "line %" PRIu32 " is cut off: the recording was not finished",
                        recording->number);
    vb_source_skip(&recording->skipped, recording->number, &reason);
}

static enum vb_source_result check_end(struct recording *recording, struct vb_source_error *error)
{
    char reason[96];
    recording->ended = true;
    if (recording->line.line_count == recording->number - 1)
        return VB_SOURCE_END;
    snprintf(reason, sizeof reason,
             "the end counts %" PRIu32 " lines before it, there are %" PRIu32,
             recording->line.line_count, recording->number - 1);
    return fail(recording, error, reason);
}

/* The next reading of this pass, into recording->line. */
static enum vb_source_result read_reading(struct recording *recording,
                                          struct vb_source_error *error)
{
    for (unsigned i = 0; i < STEP_LINES_MAX; i++) {
        struct vb_source_error reason;
        size_t size;
        const enum raw raw = next_raw(recording, &size);
        if (raw == RAW_TOO_LONG || raw == RAW_FAILED)
            return fail_raw(recording, raw, error);
        if (raw == RAW_END)
            return VB_SOURCE_END;
        if (recording->ended)
            return fail(recording, error, "it stands behind the recording's end");
        switch (vb_recording_line_parse(recording->text, size, &recording->line, &reason)) {
        case VB_RECORDING_READING:
            return VB_SOURCE_READING;
        case VB_RECORDING_OTHER:
            break;
        case VB_RECORDING_END:
            if (check_end(recording, error) == VB_SOURCE_FAILED)
                return VB_SOURCE_FAILED;
            break;
        case VB_RECORDING_BROKEN:
            if (raw != RAW_UNENDED)
                return fail(recording, error, reason.text);
            note_cut_line(recording);
            return VB_SOURCE_END;
        }
    }
    return VB_SOURCE_LATER;
}

/* Back to what follows the head. */
static bool start_pass(struct recording *recording, struct vb_source_error *error)
{
    struct vb_source_error reason;
    size_t size;
    vb_source_file_rewind(&recording->file);
    recording->number = 0;
    recording->ended = false;
    recording->reading_in_pass = false;
    recording->restarted = recording->started;
    const enum raw raw = next_raw(recording, &size);
    if (raw == RAW_TOO_LONG || raw == RAW_FAILED) {
        (void)fail_raw(recording, raw, error);
        return false;
    }
    if (!vb_recording_head_parse(recording->text, size, &recording->head, &reason)) {
        const char *guess = vb_source_guess(&recording->file);
        vb_source_error_set(error,
                            "recording %s does not begin as one: %s; expected "
                            "{\"voltbeacon_recording\":1,...}%s%s",
                            recording->file.name, reason.text,
                            guess == NULL ? "" : "; this is read with --source ",
                            guess == NULL ? "" : guess);
        return false;
    }
    return true;
}

/* ---- Opening ---- */

/* Whether the file's last line is an end line, to know of a cut before it is reached. */
static bool has_end(FILE *file)
{
    char tail[END_LINE_BYTES_MAX + 1];
    if (fseek(file, -END_LINE_BYTES_MAX, SEEK_END) != 0)
        rewind(file);
    const size_t size = fread(tail, 1, END_LINE_BYTES_MAX, file);
    tail[size] = '\0';
    return strstr(tail, "\n{\"end\":") != NULL;
}

static uint64_t sampled_ms(const struct vb_recorded_reading *recorded)
{
    return recorded->at_ms > recorded->age_ms ? recorded->at_ms - recorded->age_ms : 0;
}

/* What the first readings tell about all; leaves the recording at its first line. */
static bool survey(struct recording *recording, struct vb_source_error *error)
{
    uint64_t first_ms = 0;
    uint64_t last_ms = 0;
    uint32_t count = 0;
    if (!start_pass(recording, error))
        return false;
    enum vb_source_result result = VB_SOURCE_READING;
    while (count < SURVEY_READINGS_MAX && recording->number < SURVEY_LINES_MAX) {
        result = read_reading(recording, error);
        if (result == VB_SOURCE_LATER)
            continue;
        if (result != VB_SOURCE_READING)
            break;
        last_ms = sampled_ms(&recording->line.recorded);
        if (count++ > 0)
            continue;
        first_ms = last_ms;
        recording->cell_count = recording->line.recorded.reading.cell_count;
        recording->temp_count = recording->line.recorded.reading.temp_count;
    }
    if (count == 0) {
        if (error->text[0] == '\0')
            vb_source_error_set(error, "recording %s has no reading%s", recording->file.name,
                                result == VB_SOURCE_LATER ? " in its first lines" : "");
        return false;
    }
    const uint64_t mean_ms =
        count > 1 && last_ms > first_ms ? (last_ms - first_ms) / (count - 1) : 0;
    recording->interval_ms =
        mean_ms >= 1 && mean_ms <= UINT32_MAX ? (uint32_t)mean_ms : INTERVAL_DEFAULT_MS;
    recording->interval_known = count > 1;
    error->text[0] = '\0';
    return start_pass(recording, error);
}

static void recording_close(void *state)
{
    struct recording *recording = state;
    vb_source_file_close(&recording->file);
    free(recording);
}

static void *recording_open(const char *arguments, const struct vb_source_options *options,
                            struct vb_source_error *error)
{
    error->text[0] = '\0';
    struct recording *recording = calloc(1, sizeof *recording);
    if (recording == NULL) {
        vb_source_error_set(error, "there is no memory to open a recording");
        error->fault = VB_SOURCE_FAULT_MEMORY;
        return NULL;
    }
    recording->loop = options->loop;
    if (vb_source_file_open(&recording->file, arguments, "a recording of voltbeacon's", error)) {
        recording->cut = !has_end(recording->file.stream);
        if (survey(recording, error))
            return recording;
    }
    recording_close(recording);
    return NULL;
}

/* ---- Playing ---- */

/* When the reading is due. Gaps are kept as recorded; where the clock does not advance (on a new
 * pass, or when it was set back), the usual interval is used. */
static uint64_t advance(struct recording *recording, uint64_t now_ms)
{
    if (recording->started) {
        const bool goes_on = !recording->restarted && now_ms >= recording->sampled_ms;
        recording->at_ms += goes_on ? now_ms - recording->sampled_ms : recording->interval_ms;
    }
    recording->started = true;
    recording->restarted = false;
    recording->sampled_ms = now_ms;
    return recording->at_ms;
}

static enum vb_source_result recording_next(void *state, struct vb_reading *reading,
                                            uint64_t *at_ms, struct vb_source_error *error)
{
    struct recording *recording = state;
    for (;;) {
        const enum vb_source_result result = read_reading(recording, error);
        if (result == VB_SOURCE_READING) {
            recording->reading_in_pass = true;
            const uint64_t wall_ms = sampled_ms(&recording->line.recorded);
            *reading = recording->line.recorded.reading;
            reading->wall_ms = wall_ms;
            *at_ms = advance(recording, wall_ms);
        }
        if (result != VB_SOURCE_END || !recording->loop)
            return result;
        if (!recording->reading_in_pass)
            return fail(recording, error, "it was changed while it was played");
        if (!start_pass(recording, error))
            return VB_SOURCE_FAILED;
    }
}

static void recording_describe(const void *state, struct vb_source_description *description)
{
    const struct recording *recording = state;
    char mac[VB_MAC_TEXT_SIZE] = "no transmitter";
    if (recording->head.mac_known)
        vb_mac_format(&recording->head.mac, mac);
    description->cell_count = recording->cell_count;
    description->temp_count = recording->temp_count;
    description->interval_ms = recording->interval_ms;
    (void)snprintf(description->text, sizeof description->text, "recording %s of %s, %s%s",
                   recording->file.name, mac,
                   vb_source_contents_of(recording->cell_count, recording->temp_count, "a reading",
                                         recording->interval_known ? recording->interval_ms : 0,
                                         recording->loop)
                       .text,
                   recording->cut ? "; it was cut off, it has no end" : "");
}

static const struct vb_source_skipped *recording_skipped(const void *state)
{
    return &((const struct recording *)state)->skipped;
}

const struct vb_source_kind vb_source_recording = {
    .name = "recording",
    .form = "recording:FILE",
    .usage = "recording:FILE   what a black box or voltbeacon record wrote, at its pace",
    .needs_file = true,
    .open = recording_open,
    .close = recording_close,
    .next = recording_next,
    .describe = recording_describe,
    .skipped = recording_skipped,
};
