/* What a receiver watches of each transmitter: alarms, weak cells, and the last minute for the
 * black box; and the log of all that was. In four files: what happens (receiver_watch.c), the
 * black box (receiver_black_box.c), what the API asks (receiver_watch_api.c), what was learnt of
 * weak cells (receiver_weak_cells.c). */
#ifndef VOLTBEACON_APPS_RECEIVER_WATCH_H
#define VOLTBEACON_APPS_RECEIVER_WATCH_H

#include "linux/events/event_log.h"
#include "linux/loop/loop.h"
#include "linux/recordings/capture.h"
#include "linux/recordings/recording_folder.h"
#include "recordings/black_box.h"
#include "voltbeacon/api/push.h"
#include "voltbeacon/pack/alarms.h"
#include "voltbeacon/pack/weak_cells.h"

enum { VB_WATCHED_MAX = VB_PUSH_PEERS_MAX };

/* One transmitter. */
struct vb_watched {
    struct vb_mac mac;
    struct vb_alarms alarms;
    struct vb_weak_cells weak;
    struct vb_black_box box;
    struct vb_capture capture;
    uint64_t open_ids[VB_ALARM_SLOTS]; /* of the event log, by open_slot(); 0 = none is open */
    struct vb_alarm_tally tally;
    uint32_t readings_seen; /* of the peer's quality.readings */
    bool recorded;          /* a reading, of this sequence */
    uint32_t recorded_sequence;
    bool link_told; /* to the alarms, since this receiver started */
    uint32_t weak_saved_ms;
    bool weak_changed;
};

struct vb_watch {
    struct vb_loop *loop;
    struct vb_push *push;
    struct vb_receiver *core;
    struct vb_settings *settings;
    struct vb_event_log *log;
    struct vb_recording_folder *folder; /* NULL: it cannot be had */
    uint32_t started_ms;
    uint32_t ticks;
    struct vb_watched *watched[VB_WATCHED_MAX]; /* NULL = not used */
    struct vb_occurrence_source occurrences;
    struct vb_recording_source recordings;
    struct vb_weak_cells_source weak_cells;
};

struct vb_watch_options {
    const char *data_dir;
    uint32_t commit_delay_ms;
    struct vb_loop *loop;
    struct vb_push *push;
    struct vb_receiver *core; /* its cache is loaded */
    struct vb_settings *settings;
};

/* ---- receiver_watch.c ---- */

/* Goes on with what was open before the restart. False, and why in error. */
VB_MUST_USE bool vb_watch_start(struct vb_watch *watch, const struct vb_watch_options *options,
                                char *error, size_t error_size);
/* Keeps what was learnt; recordings under way end here. The loop does not run any more. */
void vb_watch_stop(struct vb_watch *watch);

/* Every event of the receiver's queue. */
void vb_watch_event(struct vb_watch *watch, const struct vb_event *event);
/* The receiver's own settings have changed. */
void vb_watch_settings(struct vb_watch *watch);
/* Keeps a change of state. mac NULL: it is the receiver's own. */
void vb_watch_state(struct vb_watch *watch, const struct vb_mac *mac, enum vb_state_kind state,
                    enum vb_alarm_level level, const char *text);
/* NULL where it is not watched. */
struct vb_watched *vb_watch_find(struct vb_watch *watch, const struct vb_mac *mac);
/* Tells pages and the black box of an occurrence that was kept or has changed. */
void vb_watch_tell(struct vb_watch *watch, const struct vb_occurrence *occurrence);

/* ---- receiver_black_box.c ---- */

/* A reading has come, age_ms old. */
void vb_watch_record_reading(struct vb_watched *watched, const struct vb_reading *reading,
                             uint64_t now_wall_ms, uint32_t age_ms);
void vb_watch_record_occurrence(struct vb_watched *watched, const struct vb_occurrence *occurrence);
void vb_watch_record_link(struct vb_watched *watched, const struct vb_peer *peer);
/* Begins a recording of an alert, or lets the one under way go on. Returns its name, NULL where
 * there is none. */
const char *vb_watch_record_alert(struct vb_watch *watch, struct vb_watched *watched,
                                  const struct vb_occurrence *occurrence);
/* As struct vb_recording_source has it. */
enum vb_err vb_watch_record_on_demand(void *watch, const struct vb_mac *mac, uint32_t seconds,
                                      struct vb_recording_entry *entry);
/* Writes on at all recordings that are under way; calls itself while there is more. */
void vb_watch_pump(void *watch);

/* ---- receiver_watch_api.c ---- */

/* Lets the API ask. It must outlive the API. */
void vb_watch_serve(struct vb_watch *watch, struct vb_api *api);

/* ---- receiver_weak_cells.c ---- */

void vb_watch_weak_load(struct vb_watch *watch, struct vb_watched *watched);
/* False where the event log cannot take it yet. */
bool vb_watch_weak_save(struct vb_watch *watch, struct vb_watched *watched);

#endif
