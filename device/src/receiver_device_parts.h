/* The parts of a receiver device: its life (receiver_device.c), who is watched and what comes of
 * them (receiver_watch.c), alarms and the events made of them (receiver_alarms.c), recordings
 * (receiver_black_box.c), what is learnt of weak cells (receiver_weak_cells.c), its own settings
 * (receiver_settings.c), its starts (receiver_boot_store.c), and what the API asks
 * (receiver_sources.c). */
#ifndef VOLTBEACON_DEVICE_RECEIVER_DEVICE_PARTS_H
#define VOLTBEACON_DEVICE_RECEIVER_DEVICE_PARTS_H

#include "voltbeacon/device/capture.h"
#include "voltbeacon/device/receiver_device.h"
#include "voltbeacon/pack/alarms.h"
#include "voltbeacon/pack/weak_cells.h"

/* One transmitter. */
struct vb_watched {
    bool used;
    struct vb_mac mac;
    uint32_t adoption; /* of the core's peer: it differs for another transmitter or a fresh start */
    struct vb_alarms alarms;
    struct vb_weak_cells weak;
    struct vb_alarm_slot *slots; /* of the alarms: as many, and one for each kind of the pack */
    struct vb_alarm_tally tally;
    uint64_t read_up_ms; /* when its newest reading was sampled, on this device's clock; 0: none has
                            come since it started */
    bool silent;         /* its alarms are as last known: its readings are not live */
    bool has_old;        /* an alarm is, since the sample that told of it had waited */
    unsigned refreshed;  /* open alarms whose value was told lately, counted round and round */
    struct vb_black_box box; /* of no use where no recordings are made */
    struct vb_capture capture;
    bool recorded; /* a reading, of this sequence */
    uint32_t recorded_sequence;

    /* What has been taken from the core's peer; anything beyond is new. */
    enum vb_link_state link;
    uint32_t readings;
    uint32_t reboots;
    uint32_t battery_version;
    uint32_t battery_crc;

    bool link_told; /* to the alarms, since this device started */
    uint64_t weak_saved_up_ms;
    uint32_t interval_saved_ms; /* 0: none is */
    uint64_t interval_saved_up_ms;
    bool weak_changed;
};

/* ---- receiver_watch.c ---- */

/* Watches exactly the transmitters that the core follows. True where that has changed. */
bool vb_watch_follow(struct vb_receiver_device *device);
/* Takes what is new of the transmitter, and of all where places have changed; NULL: of all. */
void vb_watch_look(struct vb_receiver_device *device, const struct vb_mac *mac);
/* Once a second. */
void vb_watch_second(struct vb_receiver_device *device);
/* The alarms' settings may have changed. */
void vb_watch_limits(struct vb_receiver_device *device);
void vb_watch_stop(struct vb_receiver_device *device);
/* NULL where it is not watched. */
struct vb_watched *vb_watch_find(const struct vb_receiver_device *device, const struct vb_mac *mac);

/* ---- receiver_alarms.c ---- */

/* Keeps a change of state. mac NULL: it is the receiver's own. */
void vb_watch_state(struct vb_receiver_device *device, const struct vb_mac *mac,
                    enum vb_state_kind state, enum vb_alarm_level level, const char *text);
/* How many alarms are open, and not acknowledged. */
void vb_watch_count(const struct vb_receiver_device *device, struct vb_watched *watched);
/* The wall clock is known from now on, or was set by step_ms: what has happened before gets its
 * time. */
void vb_watch_date(struct vb_receiver_device *device, int64_t step_ms);
/* An occurrence with its current value, valid until the next call; NULL for NULL. */
const struct vb_occurrence *vb_watch_live(struct vb_receiver_device *device,
                                          const struct vb_occurrence *kept);
/* Tells the pages of one open alarm whose value has moved; the next call takes the next alarm. */
void vb_watch_refresh(struct vb_receiver_device *device, struct vb_watched *watched);
/* After everything that was handed to the alarms. */
void vb_watch_alarms(struct vb_receiver_device *device, struct vb_watched *watched);
/* Whether its newest reading is no older than usual. */
bool vb_watch_is_live(const struct vb_receiver_device *device, const struct vb_watched *watched);
/* Whether its readings are live. While they are not, open alarms are as last known: since the last
 * reading, not since that was noticed. */
void vb_watch_live_is(struct vb_receiver_device *device, struct vb_watched *watched, bool live);
/* Those that were open before the restart go on as the same occurrences. */
void vb_watch_restore(struct vb_receiver_device *device, struct vb_watched *watched);
/* It is no longer followed: its open alarms end. */
void vb_watch_forget(struct vb_receiver_device *device, struct vb_watched *watched);
/* Tells pages and the black box of an occurrence that was kept or has changed. */
void vb_watch_tell(struct vb_receiver_device *device, const struct vb_occurrence *occurrence);

/* ---- receiver_black_box.c ---- */

/* A reading has come, age_ms old. */
void vb_watch_record_reading(struct vb_receiver_device *device, struct vb_watched *watched,
                             const struct vb_reading *reading, uint32_t age_ms);
void vb_watch_record_occurrence(struct vb_receiver_device *device, struct vb_watched *watched,
                                const struct vb_occurrence *occurrence);
void vb_watch_record_link(struct vb_receiver_device *device, struct vb_watched *watched,
                          const struct vb_peer *peer);
/* Begins a recording of an alert, or prolongs the one under way. Returns its name, NULL where there
 * is none. */
const char *vb_watch_record_alert(struct vb_receiver_device *device, struct vb_watched *watched,
                                  const struct vb_occurrence *occurrence);
/* As struct vb_recording_source has it. */
enum vb_err vb_watch_record_on_demand(void *device, const struct vb_mac *mac, uint32_t seconds,
                                      struct vb_recording_entry *entry);
/* Continues all recordings that are under way. */
void vb_watch_pump(struct vb_receiver_device *device);
void vb_watch_end_recording(struct vb_receiver_device *device, struct vb_watched *watched);

/* ---- receiver_weak_cells.c ---- */

void vb_watch_weak_load(struct vb_receiver_device *device, struct vb_watched *watched);
/* False where the event store cannot take it now. */
bool vb_watch_weak_save(struct vb_receiver_device *device, struct vb_watched *watched);

/* ---- receiver_interval.c ---- */

/* The usual interval between its readings. Saved where it has changed, and seldom unless it is the
 * last time; false as above. */
void vb_watch_interval_load(struct vb_receiver_device *device, struct vb_watched *watched);
bool vb_watch_interval_save(struct vb_receiver_device *device, struct vb_watched *watched,
                            bool last);

/* ---- receiver_boot_store.c ---- */

/* Counts this boot; the answer comes by vb_boot_store_committed(). A store that cannot be read or
 * written costs the count, not the start; over a count that cannot be read nothing is written. */
void vb_boot_store_begin(struct vb_receiver_device *device);
/* Tells the API which transmitter the older paths speak of, unless the store cannot be read now. */
void vb_boot_store_load(struct vb_receiver_device *device);
/* Without an answer for 10 s, the boot goes on uncounted. */
void vb_boot_store_tick(struct vb_receiver_device *device);
/* Once a second: makes that choice, and stores it. */
void vb_boot_store_second(struct vb_receiver_device *device);
void vb_boot_store_committed(struct vb_receiver_device *device, uint32_t token, enum vb_err result);

/* ---- receiver_settings.c ---- */

/* At the start: says what of the own settings is not what was stored, and writes anew what is
 * stored without a checksum. */
void vb_receiver_settings_begin(struct vb_receiver_device *device);
/* Once a second: looks again for what could not be read. */
void vb_receiver_settings_second(struct vb_receiver_device *device);

/* ---- receiver_sources.c ---- */

/* Lets the API ask. */
void vb_receiver_sources_init(struct vb_receiver_device *device);

#endif
