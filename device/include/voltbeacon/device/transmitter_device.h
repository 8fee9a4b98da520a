/* A complete transmitter: the core's sync, and the decisions around it: which reading goes where
 * and when, what acts on settings, what the runtime status says, how questions from the command
 * line are answered. Sans-IO, like the core:
 *
 *     vb_transmitter_device_input()     for each frame that came
 *     vb_transmitter_device_reading()   for each reading of a source that brings them by itself
 *     vb_transmitter_device_committed() when the store has answered
 *     vb_transmitter_device_broker()    when the broker's state may be another
 *     vb_transmitter_device_tick()      when vb_transmitter_device_wakeup_ms() says so, or earlier
 *     vb_transmitter_device_output()    after each turn of these: sends frames, applies settings
 *
 * Single-threaded; nothing here waits. */
#ifndef VOLTBEACON_DEVICE_TRANSMITTER_DEVICE_H
#define VOLTBEACON_DEVICE_TRANSMITTER_DEVICE_H

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/transmitter.h"
#include "voltbeacon/device/broker.h"
#include "voltbeacon/device/clock.h"
#include "voltbeacon/device/link.h"
#include "voltbeacon/device/reading_source.h"
#include "voltbeacon/device/settings_table.h"
#include "voltbeacon/device/sink.h"

VB_C_BEGIN

/* Section network takes effect now; the same values may come again. */
struct vb_network {
    void *ctx;
    void (*apply)(void *ctx, const struct vb_network_values *values);
};

/* Everything pointed to outlives the device, except as documented for core. */
struct vb_transmitter_device_config {
    const struct vb_transmitter_config *core; /* copied by init, including its identity */
    const struct vb_link *link;
    const struct vb_broker *broker;         /* NULL: no MQTT */
    const struct vb_reading_source *source; /* NULL: no readings */
    const struct vb_network *network;       /* NULL: nothing acts on section network */
    const struct vb_sink *sink;             /* NULL: nobody is notified of events */
};

/* A polled source: its waiting reading, and when it is due. */
struct vb_feed {
    struct vb_reading next;
    uint64_t next_at_ms; /* on the source's clock */
    uint32_t started_ms;
    uint32_t due_ms;
    bool waiting; /* false: it has ended, there is none, or */
    bool looking; /* the source has none yet and is polled at the next tick */
};

/* Allocated by the caller; private to the device. */
struct vb_transmitter_device {
    struct vb_transmitter_device_config config;
    struct vb_transmitter_config boot; /* of the core, for a boot that is still to come */
    struct vb_metadata_values identity;
    bool booted;         /* the store could be read: the core exists, others may read it */
    uint32_t boot_at_ms; /* not before this, if it could not */
    struct vb_transmitter core;
    struct vb_runtime runtime; /* as last passed to the core */
    struct vb_board_facts facts;
    struct vb_telemetry_values telemetry;
    uint32_t publish_interval_ms;
    uint32_t send_at_ms;    /* no reading over the link before this */
    uint32_t publish_at_ms; /* ... nor to the broker */
    struct vb_feed feed;
    struct vb_age sampled;              /* of the newest reading */
    uint32_t readings;                  /* taken so far */
    bool ended;                         /* the source has no more readings */
    bool available;                     /* as last passed to the broker */
    uint32_t applied[VB_MARKS_MAX + 1]; /* by section id: the version in effect; 0 = none */
};

/* Boots the core, applies the stored settings and asks the source for its first reading.
 * VB_ERR_STORE: the store cannot be read now. Ticks retry every 10 s; until then nothing is sent,
 * no frame or reading is taken, and no setting is in effect. After VB_ERR_CORRUPT and other errors
 * of the core the device must not be used. */
VB_MUST_USE enum vb_err vb_transmitter_device_init(
    struct vb_transmitter_device *device, const struct vb_transmitter_device_config *config,
    const struct vb_clock *clock);
/* Whether the device is usable after this result of init. */
bool vb_transmitter_device_goes_on(enum vb_err init);
/* This boot's number is being written: nothing is announced before it is stored. */
bool vb_transmitter_device_is_booting(const struct vb_transmitter_device *device);

/* Returns the core's verdict, see vb_transmitter_input(). */
enum vb_err vb_transmitter_device_input(struct vb_transmitter_device *device,
                                        const struct vb_clock *clock,
                                        const struct vb_link_frame *frame);

/* A reading of the source; its sampled_ms is on the clock's now_ms, not after it. Copied. */
void vb_transmitter_device_reading(struct vb_transmitter_device *device,
                                   const struct vb_clock *clock, const struct vb_reading *reading);

void vb_transmitter_device_committed(struct vb_transmitter_device *device,
                                     const struct vb_clock *clock, uint32_t token,
                                     enum vb_err result);

/* The delivery report of a frame that the link called VB_LINK_PENDING. */
void vb_transmitter_device_sent(struct vb_transmitter_device *device, const struct vb_clock *clock,
                                const struct vb_mac *dst, bool delivered);

/* Checks the broker's status. */
void vb_transmitter_device_broker(struct vb_transmitter_device *device,
                                  const struct vb_clock *clock);

/* The device's address on Ethernet; ip NULL = not known. */
void vb_transmitter_device_address(struct vb_transmitter_device *device,
                                   const struct vb_clock *clock, bool ethernet_up,
                                   const uint8_t ip[4]);

/* What the board knows of itself, for whoever has one. Receivers are told of a change at once, so
 * what moves without need, such as the channel during a search, is left out. */
void vb_transmitter_device_facts(struct vb_transmitter_device *device, const struct vb_clock *clock,
                                 const struct vb_board_facts *facts);

void vb_transmitter_device_tick(struct vb_transmitter_device *device, const struct vb_clock *clock);

/* Sends what is due, tells the sink what happened, applies changed settings. */
void vb_transmitter_device_output(struct vb_transmitter_device *device,
                                  const struct vb_clock *clock);

/* Milliseconds until a tick is needed, at most VB_FOREVER_MS. */
uint32_t vb_transmitter_device_wakeup_ms(const struct vb_transmitter_device *device,
                                         const struct vb_clock *clock);

/* Says goodbye on the link, and "offline" to the broker, with the next output. */
void vb_transmitter_device_goodbye(struct vb_transmitter_device *device);

/* Whether the battery is being read: the newest reading is younger than two of the source's usual
 * intervals plus 5 s. */
bool vb_transmitter_device_live(const struct vb_transmitter_device *device, uint32_t now_ms);

/* What acts on settings here; for tests and docs. */
extern const struct vb_settings_table vb_transmitter_settings_table;

VB_C_END

#endif
