#include "esp-idf/voltbeacon/model_feed.h"

#include <stdio.h>

#include "sources/source_kind.h"

static enum vb_source_result next(void *ctx, struct vb_reading *reading, uint64_t *at_ms)
{
    struct vb_model_feed *feed = ctx;
    struct vb_source_error error;
    *reading = (struct vb_reading){0};
    const enum vb_source_result result = vb_source_sim.next(feed->pack, reading, at_ms, &error);
    reading->sequence = ++feed->sequence;
    reading->sampled_ms = (uint32_t)*at_ms;
    return result;
}

bool vb_model_feed_open(struct vb_model_feed *feed, const char *options)
{
    const struct vb_source_options how = {0};
    struct vb_source_error error = {0};
    struct vb_source_description pack = {0};
    *feed = (struct vb_model_feed){.pack = vb_source_sim.open(options, &how, &error)};
    if (feed->pack == NULL) {
        printf("error: %s\n", error.text);
        return false;
    }
    vb_source_sim.describe(feed->pack, &pack);
    feed->port =
        (struct vb_reading_source){.ctx = feed, .interval_ms = pack.interval_ms, .next = next};
    return true;
}
