/* What the API asks of a receiver device: all from memory, except a recording's bytes. Its time is
 * that of the last call that passed one, at most a second old. */
#include "receiver_device_parts.h"

/* ---- Occurrences ---- */

static const struct vb_occurrence *before(void *ctx, uint64_t id)
{
    const struct vb_event_store *events =
        ((const struct vb_receiver_device *)ctx)->config.ports.events;
    return vb_watch_live(ctx, events->before(events->ctx, id));
}

static const struct vb_occurrence *find(void *ctx, uint64_t id)
{
    const struct vb_event_store *events =
        ((const struct vb_receiver_device *)ctx)->config.ports.events;
    return vb_watch_live(ctx, events->find(events->ctx, id));
}

static const struct vb_occurrence *acknowledge(void *ctx, uint64_t id)
{
    struct vb_receiver_device *device = ctx;
    const struct vb_event_store *events = device->config.ports.events;
    const struct vb_occurrence *kept = events->find(events->ctx, id);
    if (kept == NULL || kept->acknowledged)
        return vb_watch_live(device, kept);
    struct vb_occurrence occurrence = *kept;
    struct vb_watched *watched = kept->mac_known ? vb_watch_find(device, &kept->mac) : NULL;
    occurrence.acknowledged = true;
    occurrence.acknowledged_ms = device->clock.wall_ms;
    occurrence.acknowledged_up_ms = device->up_ms;
    (void)events->change(events->ctx, &occurrence);
    if (watched != NULL)
        vb_watch_count(device, watched);
    vb_watch_tell(device, &occurrence);
    return find(device, id);
}

static void tally(void *ctx, const struct vb_mac *mac, struct vb_alarm_tally *result)
{
    const struct vb_watched *watched = vb_watch_find(ctx, mac);
    *result = watched == NULL ? (struct vb_alarm_tally){.open = 0} : watched->tally;
    if (watched == NULL)
        return;
    const struct vb_alarms *alarms = &watched->alarms;
    vb_imbalance_verdict_text(&alarms->balance, result->balance, sizeof result->balance);
    result->calm = alarms->balance.calm_sweeps;
    result->calm_needed = vb_alarms_calm_needed(alarms);
    result->contradicted = alarms->contradicted.count;
    result->without_place = alarms->without_place;
    for (unsigned i = 0; i < VB_TEMPS_MAX; i++) {
        const bool known = (alarms->limits.absent_sensors[i / 8] >> i % 8 & 1) != 0;
        if (!known && vb_alarms_sensor_is_absent(alarms, i))
            result->absent_sensors[i / 8] |= (uint8_t)(1u << i % 8);
    }
}

static uint64_t now_wall_ms(void *ctx)
{
    return ((const struct vb_receiver_device *)ctx)->clock.wall_ms;
}

/* ---- Recordings ---- */

static bool recording_at(void *ctx, unsigned index, struct vb_recording_entry *entry)
{
    const struct vb_recording_store *store =
        ((const struct vb_receiver_device *)ctx)->config.ports.recordings;
    return store->at(store->ctx, index, entry);
}

static bool find_recording(void *ctx, const char *name, struct vb_recording_entry *entry)
{
    const struct vb_recording_store *store =
        ((const struct vb_receiver_device *)ctx)->config.ports.recordings;
    return store->find(store->ctx, name, entry);
}

static size_t read_recording(void *ctx, const char *name, uint64_t offset, char *bytes,
                             size_t capacity)
{
    const struct vb_recording_store *store =
        ((const struct vb_receiver_device *)ctx)->config.ports.recordings;
    return store->read(store->ctx, name, offset, bytes, capacity);
}

/* ---- Weak cells ---- */

static const struct vb_weak_cells *weak_cells_of(void *ctx, const struct vb_mac *mac)
{
    const struct vb_watched *watched = vb_watch_find(ctx, mac);
    return watched == NULL || watched->weak.cell_count == 0 ? NULL : &watched->weak;
}

static bool occurrences_wait(void *ctx)
{
    const struct vb_event_store *store =
        ((const struct vb_receiver_device *)ctx)->config.ports.events;
    return store->waits != NULL && store->waits(store->ctx);
}

void vb_receiver_sources_init(struct vb_receiver_device *device)
{
    device->occurrences = (struct vb_occurrence_source){.ctx = device,
                                                        .before = before,
                                                        .find = find,
                                                        .acknowledge = acknowledge,
                                                        .tally = tally,
                                                        .now_wall_ms = now_wall_ms,
                                                        .waits = occurrences_wait};
    device->recordings = (struct vb_recording_source){.ctx = device,
                                                      .at = recording_at,
                                                      .find = find_recording,
                                                      .read = read_recording,
                                                      .begin = vb_watch_record_on_demand};
    device->weak_cells = (struct vb_weak_cells_source){.ctx = device, .of = weak_cells_of};
    device->api.occurrences = &device->occurrences;
    device->api.recordings = device->config.ports.recordings == NULL ? NULL : &device->recordings;
    device->api.weak_cells = &device->weak_cells;
    device->api.history =
        device->config.ports.history == NULL ? NULL : device->config.ports.history->source;
}
