#include "sources/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/source_guess.h"
#include "sources/source_kind.h"

/* A new kind of source is a file and a row here. */
static const struct vb_source_kind *const kinds[] = {&vb_source_sim, &vb_source_csv,
                                                     &vb_source_candump, &vb_source_recording};

static const struct vb_source_skipped nothing_skipped;

struct vb_source {
    const struct vb_source_kind *kind;
    void *state;
    uint64_t at_ms;      /* of the last reading */
    uint32_t sequence;   /* of its sample; 0 = none yet */
    uint32_t sampled_ms; /* likewise */
    uint64_t wall_ms;
    bool failed;
    struct vb_source_error error;
};

static const struct vb_source_kind *find_kind(const char *name, size_t length)
{
    for (size_t i = 0; i < VB_COUNT_OF(kinds); i++) {
        if (strlen(kinds[i]->name) == length && memcmp(kinds[i]->name, name, length) == 0)
            return kinds[i];
    }
    return NULL;
}

/* The form of the source that reads the file at a path; NULL if there is no such source or file. */
static const char *form_for(const char *path)
{
    struct vb_source_file file;
    struct vb_source_error ignored;
    if (!vb_source_file_open(&file, path, "a file", &ignored))
        return NULL;
    const char *form = vb_source_guess(&file);
    vb_source_file_close(&file);
    return form;
}

static void set_unknown_kind(struct vb_source_error *error, const char *text,
                             const char *other_form)
{
    const char *form = form_for(text);
    char known[128] = "";
    for (size_t i = 0; i < VB_COUNT_OF(kinds); i++) {
        strncat(known, i == 0 ? "" : ", ", sizeof known - strlen(known) - 1);
        strncat(known, kinds[i]->form, sizeof known - strlen(known) - 1);
    }
    if (form != NULL)
        vb_source_error_set(error, "a file is named with what it is, this one as %.*s:%.200s",
                            (int)strcspn(form, ":"), form, text);
    else
        vb_source_error_set(error, "there is no source \"%s\"; expected one of: %s%s%s",
                            vb_source_excerpt_of(text).text, known, other_form == NULL ? "" : ", ",
                            other_form == NULL ? "" : other_form);
    error->fault = VB_SOURCE_FAULT_OPTION;
}

struct vb_source *vb_source_open(const char *text, const struct vb_source_options *options,
                                 struct vb_source_error *error)
{
    const size_t name_length = strcspn(text, ":");
    const struct vb_source_kind *kind = find_kind(text, name_length);
    if (kind == NULL) {
        set_unknown_kind(error, text, options->other_form);
        return NULL;
    }
    const char *arguments = text + name_length + (text[name_length] == ':' ? 1 : 0);
    if (kind->needs_file && arguments[0] == '\0') {
        vb_source_error_set(error, "source %s needs a file: expected %s", kind->name, kind->form);
        error->fault = VB_SOURCE_FAULT_OPTION;
        return NULL;
    }
    struct vb_source *source = calloc(1, sizeof *source);
    if (source == NULL) {
        vb_source_error_set(error, "there is no memory to open source \"%s\"", kind->name);
        error->fault = VB_SOURCE_FAULT_MEMORY;
        return NULL;
    }
    source->kind = kind;
    source->state = kind->open(arguments, options, error);
    if (source->state == NULL) {
        free(source);
        return NULL;
    }
    return source;
}

void vb_source_close(struct vb_source *source)
{
    if (source == NULL)
        return;
    source->kind->close(source->state);
    free(source);
}

/* Numbers the reading's sample. A repeated one keeps its number and its times. */
static void number_sample(struct vb_source *source, struct vb_reading *reading)
{
    const bool repeats = source->sequence > 0 && reading->sequence == source->sequence;
    if (!repeats) {
        source->sequence = reading->sequence > 0 ? reading->sequence : source->sequence + 1;
        source->sampled_ms = (uint32_t)source->at_ms;
        source->wall_ms = reading->wall_ms;
    }
    reading->sequence = source->sequence;
    reading->sampled_ms = source->sampled_ms;
    reading->wall_ms = source->wall_ms;
}

enum vb_source_result vb_source_next(struct vb_source *source, struct vb_reading *reading,
                                     uint64_t *at_ms)
{
    enum vb_source_result result;
    do {
        result = vb_source_step(source, reading, at_ms);
    } while (result == VB_SOURCE_LATER);
    return result;
}

enum vb_source_result vb_source_step(struct vb_source *source, struct vb_reading *reading,
                                     uint64_t *at_ms)
{
    if (source->failed)
        return VB_SOURCE_FAILED;
    struct vb_reading sample = {0};
    uint64_t sample_at_ms = 0;
    const enum vb_source_result result =
        source->kind->next(source->state, &sample, &sample_at_ms, &source->error);
    source->failed = result == VB_SOURCE_FAILED;
    if (result != VB_SOURCE_READING)
        return result;

    VB_ASSERT(sample.cell_count >= 1 && sample.cell_count <= VB_CELLS_MAX);
    VB_ASSERT(sample_at_ms >= source->at_ms);
    source->at_ms = sample_at_ms;
    number_sample(source, &sample);
    *reading = sample;
    *at_ms = sample_at_ms;
    return VB_SOURCE_READING;
}

const char *vb_source_error(const struct vb_source *source)
{
    return source->error.text;
}

struct vb_source_description vb_source_describe(const struct vb_source *source)
{
    struct vb_source_description description = {0};
    source->kind->describe(source->state, &description);
    VB_ASSERT(description.cell_count >= 1 && description.interval_ms >= 1);
    return description;
}

/* "40 ms", "2.249 s", "5 min 2 s" */
static void format_interval(uint32_t ms, char *text, size_t size)
{
    const uint32_t s = (uint32_t)(((uint64_t)ms + 500) / 1000);
    if (ms < 1000)
        (void)snprintf(text, size, "%" PRIu32 " ms", ms);
    else if (s < 60)
        (void)snprintf(text, size, "%.4g s", (double)ms / 1000);
    else
        (void)snprintf(text, size, "%" PRIu32 " min %" PRIu32 " s", s / 60, s % 60);
}

struct vb_source_contents vb_source_contents_of(unsigned cells, unsigned temps, const char *row,
                                                uint32_t interval_ms, bool loop)
{
    struct vb_source_contents contents;
    char temperatures[12] = "no";
    char interval[24] = "";
    if (temps > 0)
        (void)snprintf(temperatures, sizeof temperatures, "%u", temps);
    if (interval_ms > 0)
        format_interval(interval_ms, interval, sizeof interval);
    (void)snprintf(contents.text, sizeof contents.text, "%u cell%s, %s temperature%s%s%s%s%s%s",
                   cells, cells == 1 ? "" : "s", temperatures, temps == 1 ? "" : "s",
                   interval_ms > 0 ? ", " : "", interval_ms > 0 ? row : "",
                   interval_ms > 0 ? " every " : "", interval, loop ? ", in a loop" : "");
    return contents;
}

void vb_source_skip(struct vb_source_skipped *skipped, uint32_t line,
                    const struct vb_source_error *reason)
{
    if (skipped->count++ == 0) {
        skipped->first_line = line;
        skipped->first_reason = *reason;
    }
    skipped->line = line;
    skipped->reason = *reason;
}

const struct vb_source_skipped *vb_source_skipped(const struct vb_source *source)
{
    if (source->kind->skipped == NULL)
        return &nothing_skipped;
    return source->kind->skipped(source->state);
}

const char *vb_source_usage(unsigned index)
{
    return index < VB_COUNT_OF(kinds) ? kinds[index]->usage : NULL;
}
