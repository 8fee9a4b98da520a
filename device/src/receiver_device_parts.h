/* The parts of a receiver device: its life (receiver_device.c), the transmitters it watches
 * (receiver_watch.c), alarms and the events made of them (receiver_alarms.c), recordings
 * (receiver_black_box.c), what it has learnt of weak cells (receiver_weak_cells.c) and of intervals
 * (receiver_interval.c) and starts (receiver_starts.c), its own settings (receiver_settings.c) and
 * starts (receiver_boot_store.c), and its answers to the API (receiver_sources.c). */
#ifndef VOLTBEACON_DEVICE_RECEIVER_DEVICE_PARTS_H
#define VOLTBEACON_DEVICE_RECEIVER_DEVICE_PARTS_H

#include "receiver_starts.h"
#include "voltbeacon/device/capture.h"
#include "voltbeacon/device/receiver_device.h"
#include "voltbeacon/pack/alarms.h"
#include "voltbeacon/pack/weak_cells.h"

/* One transmitter. */
struct vb_watched {
    bool used;
    struct vb_mac mac;
    uint32_t adoption; /* of the core's peer; differs for another transmitter or one adopted anew */
    struct vb_alarms alarms;
    struct vb_weak_cells weak;
    struct vb_alarm_slot *slots; /* sizes.open_alarms, and one for each kind of the pack */
    struct vb_alarm_tally tally;
    uint64_t read_up_ms; /* when its newest reading was sampled, by this device's up_ms; 0: there
                            has been none since it started */
    bool silent;         /* its readings are not live, so its alarms are marked "last known" */
    bool has_old;        /* one alarm is marked so because its sample was delayed */
    unsigned refreshed;  /* the open alarm to push next; starts over after the last */
    struct vb_black_box box; /* unused where no recordings are made */
    struct vb_capture capture;
    bool recorded; /* whether a reading has been, with this sequence: */
    uint32_t recorded_sequence;

    /* What has been taken from the core's peer so far; whatever differs is new. */
    enum vb_link_state link;
    uint32_t readings, reboots;
    uint32_t battery_version, battery_crc;

    bool link_told; /* the alarms know it, since this device started */
    uint64_t weak_saved_up_ms;
    struct vb_watched_start start;
    uint32_t interval_saved_ms; /* 0: none is saved */
    uint64_t interval_saved_up_ms;
    bool weak_changed;
};

/* ---- receiver_watch.c ---- */

/* Watches exactly the transmitters that the core follows. True if that has changed. */
bool vb_watch_follow(struct vb_receiver_device *device);
/* Takes what is new of the transmitter, or of all if places have changed; NULL: of all. */
void vb_watch_look(struct vb_receiver_device *device, const struct vb_mac *mac);
/* Once a second. */
void vb_watch_second(struct vb_receiver_device *device);
/* The alarms' settings may have changed. */
void vb_watch_limits(struct vb_receiver_device *device);
void vb_watch_stop(struct vb_receiver_device *device);
/* NULL if it is not watched. */
struct vb_watched *vb_watch_find(const struct vb_receiver_device *device, const struct vb_mac *mac);

/* ---- receiver_alarms.c ---- */

/* Stores a change of state as an event. mac NULL: the receiver's own. */
void vb_watch_state(struct vb_receiver_device *device, const struct vb_mac *mac,
                    enum vb_state_kind state, enum vb_alarm_level level, const char *text);
/* Counts the alarms that are open, and those not acknowledged, into watched->tally. */
void vb_watch_count(const struct vb_receiver_device *device, struct vb_watched *watched);
/* The wall clock has become known, or was set by step_ms: dates what has happened since the
 * start. */
void vb_watch_date(struct vb_receiver_device *device, int64_t step_ms);
/* The occurrence with its current value; valid until the next call. NULL for NULL. */
const struct vb_occurrence *vb_watch_live(struct vb_receiver_device *device,
                                          const struct vb_occurrence *kept);
/* Tells the pages of one open alarm, if its value has moved; each call takes the next alarm. */
void vb_watch_refresh(struct vb_receiver_device *device, struct vb_watched *watched);
/* Takes the changes of alarms; to be called after anything is handed to them. */
void vb_watch_alarms(struct vb_receiver_device *device, struct vb_watched *watched);
/* Whether its newest reading is recent enough. */
bool vb_watch_is_live(const struct vb_receiver_device *device, const struct vb_watched *watched);
/* Sets whether its readings are live. While they are not, open alarms are marked "last known", as
 * of the last reading, not of when the silence was noticed. */
void vb_watch_live_is(struct vb_receiver_device *device, struct vb_watched *watched, bool live);
/* Alarms that were open before the restart continue as the same occurrences. */
void vb_watch_restore(struct vb_receiver_device *device, struct vb_watched *watched);
/* It is no longer followed: ends its open alarms. */
void vb_watch_forget(struct vb_receiver_device *device, struct vb_watched *watched);
/* Tells the pages and the black box of an occurrence that was added or has changed. */
void vb_watch_tell(struct vb_receiver_device *device, const struct vb_occurrence *occurrence);

/* ---- receiver_black_box.c ---- */

/* A reading has arrived, age_ms old. */
void vb_watch_record_reading(struct vb_receiver_device *device, struct vb_watched *watched,
                             const struct vb_reading *reading, uint32_t age_ms);
void vb_watch_record_occurrence(struct vb_receiver_device *device, struct vb_watched *watched,
                                const struct vb_occurrence *occurrence);
void vb_watch_record_link(struct vb_receiver_device *device, struct vb_watched *watched,
                          const struct vb_peer *peer);
/* Begins a recording of an alert, or prolongs the one in progress. Returns its name; NULL if there
 * is none. */
const char *vb_watch_record_alert(struct vb_receiver_device *device, struct vb_watched *watched,
                                  const struct vb_occurrence *occurrence);
/* As described at struct vb_recording_source. */
enum vb_err vb_watch_record_on_demand(void *device, const struct vb_mac *mac, uint32_t seconds,
                                      struct vb_recording_entry *entry);
/* Continues all recordings in progress. */
void vb_watch_pump(struct vb_receiver_device *device);
void vb_watch_end_recording(struct vb_receiver_device *device, struct vb_watched *watched);

/* ---- receiver_weak_cells.c ---- */

void vb_watch_weak_load(struct vb_receiver_device *device, struct vb_watched *watched);
/* False if the event store cannot take it now. */
bool vb_watch_weak_save(struct vb_receiver_device *device, struct vb_watched *watched);

/* ---- receiver_interval.c ---- */

/* Loads and saves the usual interval between its readings. Saves it only if it has changed, and
 * rarely unless `last`; false as above. */
void vb_watch_interval_load(struct vb_receiver_device *device, struct vb_watched *watched);
bool vb_watch_interval_save(struct vb_receiver_device *device, struct vb_watched *watched,
                            bool last);

/* ---- receiver_boot_store.c ---- */

/* Counts this boot; the answer comes by vb_boot_store_committed(). A store that cannot be read or
 * written costs the count, not the start; a count that cannot be read is never overwritten. */
void vb_boot_store_begin(struct vb_receiver_device *device);
/* Tells the API which transmitter the older paths are about, unless the store is unreadable now. */
void vb_boot_store_load(struct vb_receiver_device *device);
/* After 10 s without an answer, the boot continues uncounted. */
void vb_boot_store_tick(struct vb_receiver_device *device);
/* Once a second: chooses that transmitter, and stores the choice. */
void vb_boot_store_second(struct vb_receiver_device *device);
void vb_boot_store_committed(struct vb_receiver_device *device, uint32_t token, enum vb_err result);

/* ---- receiver_settings.c ---- */

/* At the start: reports which of its own settings could not be read as stored, and rewrites what
 * is stored without a checksum. */
void vb_receiver_settings_begin(struct vb_receiver_device *device);
/* Once a second: retries what could not be read. */
void vb_receiver_settings_second(struct vb_receiver_device *device);

/* ---- receiver_sources.c ---- */

/* Connects the API's questions to this device. */
void vb_receiver_sources_init(struct vb_receiver_device *device);

#endif
