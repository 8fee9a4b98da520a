/* What the API asks of the watch: all from memory, but for a recording's own bytes. */
#include "receiver_watch.h"

static const struct vb_occurrence *before(void *ctx, uint64_t id)
{
    return vb_event_log_before(((struct vb_watch *)ctx)->log, id);
}

static const struct vb_occurrence *find(void *ctx, uint64_t id)
{
    return vb_event_log_find(((struct vb_watch *)ctx)->log, id);
}

static const struct vb_occurrence *acknowledge(void *ctx, uint64_t id)
{
    struct vb_watch *watch = ctx;
    const struct vb_occurrence *kept = vb_event_log_find(watch->log, id);
    if (kept == NULL || kept->acknowledged_ms != 0)
        return kept;
    struct vb_occurrence occurrence = *kept;
    occurrence.acknowledged_ms = vb_wall_ms();
    (void)vb_event_log_change(watch->log, &occurrence);
    vb_watch_tell(watch, &occurrence);
    return vb_event_log_find(watch->log, id);
}

static void tally(void *ctx, const struct vb_mac *mac, struct vb_alarm_tally *result)
{
    const struct vb_watched *watched = vb_watch_find(ctx, mac);
    *result = watched == NULL ? (struct vb_alarm_tally){.open = 0} : watched->tally;
    if (watched != NULL)
        vb_imbalance_verdict_text(&watched->alarms.balance, result->balance,
                                  sizeof result->balance);
}

static uint64_t now_wall_ms(void *ctx)
{
    (void)ctx;
    return vb_wall_ms();
}

static bool recording_at(void *ctx, unsigned index, struct vb_recording_entry *entry)
{
    return vb_recording_folder_at(((struct vb_watch *)ctx)->folder, index, entry);
}

static bool find_recording(void *ctx, const char *name, struct vb_recording_entry *entry)
{
    return vb_recording_folder_find(((struct vb_watch *)ctx)->folder, name, entry);
}

static size_t read_recording(void *ctx, const char *name, uint64_t offset, char *bytes,
                             size_t capacity)
{
    return vb_recording_folder_read(((struct vb_watch *)ctx)->folder, name, offset, bytes,
                                    capacity);
}

static const struct vb_weak_cells *weak_cells_of(void *ctx, const struct vb_mac *mac)
{
    const struct vb_watched *watched = vb_watch_find(ctx, mac);
    return watched == NULL || watched->weak.cell_count == 0 ? NULL : &watched->weak;
}

void vb_watch_serve(struct vb_watch *watch, struct vb_api *api)
{
    watch->occurrences = (struct vb_occurrence_source){.ctx = watch,
                                                       .before = before,
                                                       .find = find,
                                                       .acknowledge = acknowledge,
                                                       .tally = tally,
                                                       .now_wall_ms = now_wall_ms};
    watch->recordings = (struct vb_recording_source){.ctx = watch,
                                                     .at = recording_at,
                                                     .find = find_recording,
                                                     .read = read_recording,
                                                     .begin = vb_watch_record_on_demand};
    watch->weak_cells = (struct vb_weak_cells_source){.ctx = watch, .of = weak_cells_of};
    api->occurrences = &watch->occurrences;
    api->recordings = watch->folder == NULL ? NULL : &watch->recordings;
    api->weak_cells = &watch->weak_cells;
}
