#include "linux/source/live_source.h"

#include <stdlib.h>

#include "linux/system/log.h"
#include "voltbeacon/device/append.h"

struct vb_live_source {
    struct vb_source *asked;       /* one of the two: it has its own pace, ... */
    struct vb_can_source *battery; /* ... or readings arrive when they arrive */
    uint32_t skipped_told;         /* skipped rows of asked, as logged */
    struct vb_reading_source port;
};

/* ---- As the device sees it ---- */

/* Logs the last row that was skipped, once per reading. */
static void tell_skipped(struct vb_live_source *source)
{
    const struct vb_source_skipped *skipped = vb_source_skipped(source->asked);
    if (skipped->count != source->skipped_told)
        vb_log(VB_LOG_WARNING, "%s; skipping that row", skipped->reason.text);
    source->skipped_told = skipped->count;
}

static enum vb_source_result next(void *ctx, struct vb_reading *reading, uint64_t *at_ms)
{
    struct vb_live_source *source = ctx;
    const enum vb_source_result result = vb_source_step(source->asked, reading, at_ms);
    if (result != VB_SOURCE_LATER)
        tell_skipped(source);
    switch (result) {
    case VB_SOURCE_READING:
    case VB_SOURCE_LATER:
        break;
    case VB_SOURCE_END:
        vb_log(VB_LOG_INFO, "the recording has ended; --loop repeats it");
        break;
    case VB_SOURCE_FAILED:
        vb_log(VB_LOG_ERROR, "no more readings: %s", vb_source_error(source->asked));
        break;
    }
    return result;
}

static void configure(void *ctx, const struct vb_can_values *values)
{
    const struct vb_live_source *source = ctx;
    vb_can_source_configure(source->battery, values);
}

const struct vb_reading_source *vb_live_source_port(const struct vb_live_source *source)
{
    return &source->port;
}

/* ---- Life ---- */

static bool open_battery(struct vb_live_source *source,
                         const struct vb_live_source_options *options,
                         struct vb_source_error *error)
{
    const struct vb_can_source_options can = {
        .loop = options->loop, .on_reading = options->on_reading, .ctx = options->ctx};
    source->battery = vb_can_source_open(options->text, &can, error);
    if (source->battery == NULL)
        return false;
    const struct vb_source_description about = vb_can_source_describe(source->battery);
    vb_log(VB_LOG_INFO, "source: %s", about.text);
    source->port.interval_ms = about.interval_ms;
    source->port.configure = configure;
    return true;
}

static bool open_asked(struct vb_live_source *source, const struct vb_live_source_options *options,
                       struct vb_source_error *error)
{
    enum { PERMILLE = 1000 };
    const struct vb_source_options how = {.loop = options->repeat,
                                          .other_form = vb_can_source_form};
    source->asked = vb_source_open(options->text, &how, error);
    if (source->asked == NULL)
        return false;
    const struct vb_source_description about = vb_source_describe(source->asked);
    vb_log(VB_LOG_INFO, "source: %s", about.text);
    const double permille = options->speed * PERMILLE;
    source->port.interval_ms = about.interval_ms;
    source->port.next = next;
    source->port.speed_permille = permille < 1 ? 1 : (uint32_t)permille;
    return true;
}

struct vb_live_source *vb_live_source_open(const struct vb_live_source_options *options,
                                           struct vb_source_error *error)
{
    VB_ASSERT(options->speed > 0);
    struct vb_live_source *source = calloc(1, sizeof *source);
    if (source == NULL) {
        vb_source_error_set(error, "out of memory opening the source");
        error->fault = VB_SOURCE_FAULT_MEMORY;
        return NULL;
    }
    source->port.ctx = source;
    const bool opened = vb_can_source_named(options->text) ? open_battery(source, options, error)
                                                           : open_asked(source, options, error);
    if (opened)
        return source;
    free(source);
    return NULL;
}

void vb_live_source_close(struct vb_live_source *source)
{
    if (source == NULL)
        return;
    vb_source_close(source->asked);
    vb_can_source_close(source->battery);
    free(source);
}

/* ---- What is told of it ---- */

static size_t battery_status(const struct vb_can_poll *poll, char *text, size_t length, size_t size)
{
    const struct vb_can_decoder *decoder = &poll->decoder;
    length = vb_append(text, length, size,
                       "can_battery=%s, %s\ncan_requests=%u\ncan_silences=%u\ncan_declined=%u\n"
                       "can_sweeps=%u\ncan_sweeps_repeated=%u\n",
                       decoder->battery->title, decoder->battery->variant_names[decoder->variant],
                       poll->requests, poll->silences, poll->declined, decoder->sweeps,
                       decoder->repeated);
    for (unsigned i = 0; i < VB_CAN_REFUSAL_COUNT; i++) {
        if (decoder->refusals[i] > 0)
            length = vb_append(text, length, size, "can_refused_%u=%u %s\n", i,
                               decoder->refusals[i], vb_can_refusal_text((enum vb_can_refusal)i));
    }
    for (unsigned i = 0; i < VB_ISOTP_FAULT_COUNT; i++) {
        if (decoder->answer.faults[i] > 0)
            length =
                vb_append(text, length, size, "isotp_refused_%u=%u %s\n", i,
                          decoder->answer.faults[i], vb_isotp_fault_text((enum vb_isotp_fault)i));
    }
    return length;
}

size_t vb_live_source_status(const struct vb_live_source *source, char *text, size_t length,
                             size_t capacity)
{
    if (source->battery != NULL)
        return battery_status(vb_can_source_poll(source->battery), text, length, capacity);
    const struct vb_source_skipped *skipped = vb_source_skipped(source->asked);
    if (skipped->count == 0)
        return length;
    return vb_append(text, length, capacity, "source_skipped=%u, last: %s\n", skipped->count,
                     skipped->reason.text);
}

const char *vb_live_source_usage(unsigned index)
{
    unsigned asked = 0;
    while (vb_source_usage(asked) != NULL)
        asked++;
    if (index < asked)
        return vb_source_usage(index);
    return index == asked ? vb_can_source_usage : NULL;
}
