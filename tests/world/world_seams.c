#include "world/world_seams.h"

#include <string.h>

enum { SOURCE_INTERVAL_MS = 1000 };

/* ---- Link and sink ---- */

static enum vb_link_sent send(void *ctx, const struct vb_mac *dst, const uint8_t *bytes,
                              size_t size)
{
    struct vb_world_seams *seams = ctx;
    VB_ASSERT(size > 0 && size <= VB_FRAME_BYTES_MAX);
    VB_ASSERT(seams->frame_count < VB_WORLD_BURST_MAX);
    struct vb_world_frame *frame = &seams->frames[seams->frame_count++];
    frame->dst = *dst;
    frame->size = size;
    memcpy(frame->bytes, bytes, size);
    return VB_LINK_SENT;
}

static void happened(void *ctx, const struct vb_event *event)
{
    struct vb_world_seams *seams = ctx;
    VB_ASSERT(seams->event_count < VB_WORLD_EVENTS_MAX);
    seams->happened[seams->event_count++] = *event;
}

size_t vb_world_seams_frame(struct vb_world_seams *seams, struct vb_mac *dst,
                            uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    if (seams->frame_first == seams->frame_count) {
        seams->frame_first = 0;
        seams->frame_count = 0;
        return 0;
    }
    const struct vb_world_frame *frame = &seams->frames[seams->frame_first++];
    *dst = frame->dst;
    memcpy(bytes, frame->bytes, frame->size);
    return frame->size;
}

bool vb_world_seams_event(struct vb_world_seams *seams, struct vb_event *event)
{
    if (seams->event_first == seams->event_count) {
        seams->event_first = 0;
        seams->event_count = 0;
        return false;
    }
    *event = seams->happened[seams->event_first++];
    return true;
}

/* ---- Broker ---- */

static void configure_broker(void *ctx, const struct vb_broker_settings *settings)
{
    struct vb_world_seams *seams = ctx;
    seams->broker_settings = *settings;
    seams->configured++;
}

static void publish(void *ctx, const char *suffix, const void *bytes, size_t size, bool retain)
{
    struct vb_world_seams *seams = ctx;
    VB_ASSERT(suffix[0] != '\0' && bytes != NULL && size > 0 && !retain);
    seams->published++;
}

static void available(void *ctx, bool online)
{
    ((struct vb_world_seams *)ctx)->available = online;
}

static void broker_status(void *ctx, struct vb_broker_status *status)
{
    *status = ((const struct vb_world_seams *)ctx)->broker_status;
}

/* ---- Source and network ---- */

static void configure_source(void *ctx, const struct vb_can_values *values)
{
    ((struct vb_world_seams *)ctx)->can = *values;
}

static void apply_network(void *ctx, const struct vb_network_values *values)
{
    ((struct vb_world_seams *)ctx)->network_values = *values;
}

/* ---- Life ---- */

void vb_world_seams_restart(struct vb_world_seams *seams)
{
    seams->frame_first = 0;
    seams->frame_count = 0;
    seams->event_first = 0;
    seams->event_count = 0;
    seams->configured = 0;
    seams->available = false;
    memset(&seams->broker_settings, 0, sizeof seams->broker_settings);
    memset(&seams->can, 0, sizeof seams->can);
    memset(&seams->network_values, 0, sizeof seams->network_values);
    for (unsigned i = 0; i < seams->recordings.count; i++) { /* complete as far as it was written */
        if (seams->recordings.entries[i].state == VB_RECORDING_UNDER_WAY)
            seams->recordings.entries[i].state = VB_RECORDING_COMPLETE;
    }
}

void vb_world_seams_init(struct vb_world_seams *seams)
{
    seams->link = (struct vb_link){.ctx = seams,
                                   .name = "radio",
                                   .frame_bytes_max = VB_FRAME_BYTES_MAX,
                                   .broadcast = vb_mac_broadcast,
                                   .send = send};
    seams->sink = (struct vb_sink){.ctx = seams, .event = happened};
    seams->broker = (struct vb_broker){.ctx = seams,
                                       .configure = configure_broker,
                                       .publish = publish,
                                       .available = available,
                                       .status = broker_status};
    seams->broker_status = (struct vb_broker_status){.connected = false};
    seams->published = 0;
    seams->source = (struct vb_reading_source){
        .ctx = seams, .interval_ms = SOURCE_INTERVAL_MS, .configure = configure_source};
    seams->network = (struct vb_network){.ctx = seams, .apply = apply_network};
    memory_events_init(&seams->events);
    memory_history_init(&seams->history);
    memory_recordings_init(&seams->recordings);
    vb_world_seams_restart(seams);
}
