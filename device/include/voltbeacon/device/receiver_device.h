/* A complete receiver device: it follows transmitters, applies its own settings, turns readings
 * into alarms and alarms into events, keeps recordings, learns weak cells, feeds the history, and
 * answers the API.
 *
 * Sans-IO, like the core: frames and time come in as arguments, and everything it needs from
 * outside are the structs in vb_receiver_ports. It never allocates: everything that depends on
 * sizes is in one block of memory provided by the caller. Single-threaded.
 *
 *     init -> { input | tick | committed | ... } -> output -> wait for wakeup_ms -> ... -> stop
 */
#ifndef VOLTBEACON_DEVICE_RECEIVER_DEVICE_H
#define VOLTBEACON_DEVICE_RECEIVER_DEVICE_H

#include "voltbeacon/api/api.h"
#include "voltbeacon/api/push.h"
#include "voltbeacon/core/receiver.h"
#include "voltbeacon/core/settings.h"
#include "voltbeacon/device/clock.h"
#include "voltbeacon/device/event_store.h"
#include "voltbeacon/device/history_store.h"
#include "voltbeacon/device/link.h"
#include "voltbeacon/device/log_sink.h"
#include "voltbeacon/device/recording_store.h"
#include "voltbeacon/device/settings_table.h"
#include "voltbeacon/device/sink.h"

VB_C_BEGIN

/* How the memory is divided. */
struct vb_receiver_sizes {
    uint8_t peers;          /* transmitters followed: 1 to VB_PUSH_PEERS_MAX */
    uint8_t edits;          /* pending or answered: 1 to VB_PUSH_EDITS_MAX */
    uint16_t cache_bytes;   /* of settings, per transmitter */
    uint16_t ring_readings; /* the newest, per transmitter: 1 or more */
    uint16_t open_alarms;   /* at a time, per transmitter: 1 to VB_ALARM_SLOTS */
    uint16_t box_readings;  /* in each transmitter's black box; 0: no recordings are made */
    uint16_t box_notes;     /* likewise; at least 1 if there are box_readings */
};

/* Each outlives the device. */
struct vb_receiver_ports {
    /* Written by nobody else; NULL: memory only. Answers: vb_receiver_device_committed(). */
    const struct vb_store *boot_store;     /* the boot counter, and who older paths refer to */
    const struct vb_store *settings_store; /* the receiver's own sections */
    const struct vb_store *cache_store;    /* the transmitters' sections */
    const struct vb_event_store *events;
    const struct vb_history_store *history;      /* NULL: no history */
    const struct vb_recording_store *recordings; /* NULL: no recordings */
    const struct vb_link *link;
    struct vb_sink sink; /* what happens in the core, for the log; may be all NULL */
    struct vb_log_sink log;
};

struct vb_receiver_device_config {
    struct vb_mac mac;
    uint64_t seed; /* different at every boot */
    struct vb_timing timing;
    const struct vb_seal *seal; /* see seal.h; NULL: CRC-32 */
    bool remote_secrets;        /* a secret may be sent in the clear over the link */
    struct vb_receiver_sizes sizes;
    void *memory; /* vb_receiver_device_bytes(), aligned for any type; the caller's, for as long */
    struct vb_receiver_ports ports;
    struct vb_host_facts facts;
    struct vb_site_policy policy;
};

struct vb_watched; /* what is watched per transmitter */

/* The caller's. Core, settings, api and push may be read; a web server may use api and push. */
struct vb_receiver_device {
    struct vb_receiver_device_config config;
    struct vb_receiver core;
    struct vb_settings settings;
    struct vb_api api;
    struct vb_push push;
    struct vb_host_facts facts;
    struct vb_clock clock;      /* as of the last call */
    uint64_t up_ms;             /* since init, starts at 1; never wraps */
    uint64_t judges_from_up_ms; /* before that, silence means nothing: this device was asleep */
    uint64_t second_at_up_ms;
    uint64_t pump_at_up_ms;
    uint32_t seconds;     /* ticks of a second, in total */
    uint16_t epoch;       /* this boot's number */
    bool boot_counted;    /* or no longer waited for */
    bool count_refused;   /* by the store, at least once */
    bool boot_store_busy; /* a batch is pending */
    bool pumping, history_paused;
    bool first_known;             /* who the older paths refer to, as stored */
    bool first_kept;              /* the store has the current one, or is about to */
    bool count_kept;              /* likewise for this boot's number */
    uint32_t keep_at_s;           /* by seconds; neither is retried before that */
    uint32_t outside_seen;        /* entries of core.outside up to this number were reported */
    unsigned unplaced, strangers; /* reported in the hour that ends at ... */
    uint64_t unplaced_until_up_ms;
    struct vb_watched *watched; /* by index, like the core's peers */
    char *scratch;              /* VB_RECORDING_CHUNK_BYTES_MAX; NULL: no recordings are made */
    struct vb_occurrence live;  /* the last one requested */
    struct vb_occurrence_source occurrences;
    struct vb_recording_source recordings;
    struct vb_weak_cells_source weak_cells;
};

/* The memory that a device of these sizes needs, in addition to the struct itself. */
size_t vb_receiver_device_bytes(const struct vb_receiver_sizes *sizes);

/* Loads settings, cache, open alarms and weak cells, applies the settings, and counts this boot.
 * The API works from then on; nothing is sent before the boot's number is durable, or storing it
 * has failed for 10 s. */
void vb_receiver_device_init(struct vb_receiver_device *device,
                             const struct vb_receiver_device_config *config,
                             const struct vb_clock *clock);

/* A frame has arrived: see vb_receiver_input(). */
enum vb_err vb_receiver_device_input(struct vb_receiver_device *device,
                                     const struct vb_clock *clock,
                                     const struct vb_link_frame *frame);
/* Time passes. Call after vb_receiver_device_wakeup_ms() at the latest; more often is fine. */
void vb_receiver_device_tick(struct vb_receiver_device *device, const struct vb_clock *clock);
/* Milliseconds until the next tick is due. */
uint32_t vb_receiver_device_wakeup_ms(const struct vb_receiver_device *device,
                                      const struct vb_clock *clock);
/* Sends everything that is due; call after any input. */
void vb_receiver_device_output(struct vb_receiver_device *device, const struct vb_clock *clock);

/* The port to serve the pages on; read at startup. */
uint16_t vb_receiver_device_web_port(const struct vb_receiver_device *device);

/* ---- Answers ---- */

enum vb_receiver_store {
    VB_RECEIVER_STORE_BOOT,     /* batches of VB_RECEIVER_BOOT_BATCH_BYTES at most */
    VB_RECEIVER_STORE_SETTINGS, /* VB_SETTINGS_BATCH_BYTES */
    VB_RECEIVER_STORE_CACHE     /* VB_STORE_BATCH_BYTES */
};
enum { VB_RECEIVER_BOOT_BATCH_BYTES = VB_MAC_BYTES + VB_STORE_OP_BYTES };

void vb_receiver_device_committed(struct vb_receiver_device *device, const struct vb_clock *clock,
                                  enum vb_receiver_store store, uint32_t token, enum vb_err result);
void vb_receiver_device_history(struct vb_receiver_device *device, const struct vb_clock *clock,
                                enum vb_history_state state);
/* What the host knows may have changed. */
void vb_receiver_device_facts(struct vb_receiver_device *device, const struct vb_host_facts *facts);

/* What acts on which section; its ctx is the device. */
extern const struct vb_settings_table vb_receiver_settings_table;

/* Keeps what was learnt, ends recordings, and starts writing unsaved cache content. The owner keeps
 * passing in the cache's answers while vb_receiver_device_is_writing(). */
void vb_receiver_device_stop(struct vb_receiver_device *device, const struct vb_clock *clock);
bool vb_receiver_device_is_writing(const struct vb_receiver_device *device);

VB_C_END

#endif
