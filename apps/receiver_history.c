#include "receiver_history.h"

#include "linux/system/log.h"
#include "linux/system/time_zone.h"
#include "text.h"

static struct vb_history_settings settings_of(const struct vb_settings *own)
{
    struct vb_history_values values;
    vb_settings_values(own, VB_SECTION_HISTORY, &values);
    return (struct vb_history_settings){.enabled = values.enabled,
                                        .keep_days = {[VB_TIER_10S] = values.keep_10s_days,
                                                      [VB_TIER_1MIN] = values.keep_1min_days,
                                                      [VB_TIER_1H] = values.keep_1h_days},
                                        .write_interval_ms =
                                            values.write_interval_s * UINT32_C(1000)};
}

static void set_time_zone(const struct vb_settings *own)
{
    struct vb_display_values display;
    vb_settings_values(own, VB_SECTION_DISPLAY, &display);
    if (!vb_time_zone_set(display.timezone))
        vb_log(VB_LOG_WARNING,
               "display.timezone: this machine knows no zone \"%s\"; days are those of UTC",
               display.timezone);
}

static void on_readable(void *ctx)
{
    const struct vb_receiver_history *self = ctx;
    vb_history_dispatch(self->history);
}

void vb_receiver_history_prepare(void)
{
    (void)vb_time_zone_set("UTC");
}

void vb_receiver_history_start(struct vb_receiver_history *self, struct vb_api *api,
                               struct vb_loop *loop, const char *dir, vb_history_state_fn on_state,
                               void *ctx)
{
    char error[VB_ERROR_SIZE];
    const struct vb_history_options options = {.dir = dir,
                                               .settings = settings_of(api->settings),
                                               .on_state = on_state,
                                               .ctx = ctx,
                                               .prune_rest_ms = VB_HISTORY_PRUNE_REST_MS};
    VB_ASSERT(api->receiver->config.peer_count <= VB_PUSH_PEERS_MAX);
    *self = (struct vb_receiver_history){.api = api};
    set_time_zone(api->settings);
    self->history = vb_history_start(&options, error, sizeof error);
    if (self->history == NULL) {
        vb_log(VB_LOG_ERROR, "%s; there is no history", error);
        return;
    }
    api->history = vb_history_source(self->history);
    if (!vb_loop_watch(loop, vb_history_fd(self->history), on_readable, self))
        vb_log(VB_LOG_WARNING, "history: nobody will be told when it pauses");
}

void vb_receiver_history_settings(struct vb_receiver_history *self)
{
    const struct vb_history_settings settings = settings_of(self->api->settings);
    if (self->history == NULL)
        return;
    set_time_zone(self->api->settings);
    vb_history_set(self->history, &settings);
}

/* By this machine's clock: the transmitter's may not be set. */
static void add(struct vb_receiver_history *self, const struct vb_peer *peer,
                const struct vb_reading *reading)
{
    const uint32_t age_ms = vb_now_ms() - reading->sampled_ms;
    (void)vb_history_add(self->history, &peer->mac, peer->epoch, reading, vb_wall_ms() - age_ms);
}

void vb_receiver_history_event(struct vb_receiver_history *self, const struct vb_event *event)
{
    if (event->type != VB_EVENT_READING || self->history == NULL)
        return;
    const struct vb_receiver *receiver = self->api->receiver;
    const struct vb_peer *peer = vb_receiver_peer(receiver, &event->mac);
    if (peer == NULL)
        return;
    /* Several may have come in one turn of the loop; the first event takes them all. */
    uint32_t *handed_over = &self->readings[peer - receiver->config.peers];
    const uint32_t fresh = peer->quality.readings - *handed_over;
    *handed_over = peer->quality.readings;
    for (uint32_t back = fresh < peer->ring.count ? fresh : peer->ring.count; back > 0; back--)
        add(self, peer, vb_reading_ring_at(&peer->ring, (uint16_t)(back - 1)));
}

void vb_receiver_history_stop(struct vb_receiver_history *self)
{
    vb_history_stop(self->history);
}
