/* A transmitter, whole: the core's sync, and what decides around it: which reading goes where and
 * when, what acts on settings, what the runtime status says, how the command line's questions are
 * answered. Sans-IO, as the core is:
 *
 *     vb_transmitter_device_input()     for each frame that came
 *     vb_transmitter_device_reading()   for each reading of a source that brings them by itself
 *     vb_transmitter_device_committed() when the store has answered
 *     vb_transmitter_device_broker()    when the broker's state may be another
 *     vb_transmitter_device_tick()      when vb_transmitter_device_wakeup_ms() says so, or earlier
 *     vb_transmitter_device_output()    after each turn of these: sends frames, applies settings
 *
 * One thread; nothing here waits. */
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

/* Section network is in force from now on; the same may come again. */
struct vb_network {
    void *ctx;
    void (*apply)(void *ctx, const struct vb_network_values *values);
};

/* What is pointed at outlives the device, but for what core says of its own. */
struct vb_transmitter_device_config {
    const struct vb_transmitter_config *core; /* copied by init, its identity too */
    const struct vb_link *link;
    const struct vb_broker *broker;         /* NULL: no MQTT */
    const struct vb_reading_source *source; /* NULL: no readings */
    const struct vb_network *network;       /* NULL: nothing acts on section network */
    const struct vb_sink *sink;             /* NULL: nobody is told of events */
};

/* A source that is asked for its readings: the one that waits, and when it is due. */
struct vb_feed {
    struct vb_reading next;
    uint64_t next_at_ms; /* on the source's clock */
    uint32_t started_ms;
    uint32_t due_ms;
    bool waiting; /* false: it has ended, there is none, or */
    bool looking; /* the source has none yet and is asked at the next tick */
};

/* The caller allocates it; what is in it is the device's own. */
struct vb_transmitter_device {
    struct vb_transmitter_device_config config;
    struct vb_transmitter_config boot; /* of the core, for the boot that is still to come */
    struct vb_metadata_values identity;
    bool booted;         /* the store could be read: the core is one, may be read by others */
    uint32_t boot_at_ms; /* not before, where it could not */
    struct vb_transmitter core;
    struct vb_runtime runtime; /* as last told to the core */
    struct vb_telemetry_values telemetry;
    uint32_t publish_interval_ms;
    uint32_t send_at_ms;    /* no reading over the link before */
    uint32_t publish_at_ms; /* nor to the broker */
    struct vb_feed feed;
    struct vb_age sampled;              /* of the newest reading */
    uint32_t readings;                  /* taken so far */
    bool ended;                         /* the source has no more */
    bool available;                     /* as last told to the broker */
    uint32_t applied[VB_MARKS_MAX + 1]; /* by section id: the version in force; 0 = none */
};

/* Boots the core, puts the stored settings in force and asks the source for its first reading.
 * VB_ERR_STORE: the store cannot be read now. It is tried again at ticks, every 10 s; until then
 * nothing is sent, no frame or reading is taken, and no setting is in force. VB_ERR_CORRUPT and
 * what else the core says: the device is not to be used. */
VB_MUST_USE enum vb_err vb_transmitter_device_init(
    struct vb_transmitter_device *device, const struct vb_transmitter_device_config *config,
    const struct vb_clock *clock);
/* Whether a device of which init said that is to be used. */
bool vb_transmitter_device_goes_on(enum vb_err init);
/* This boot's number is on its way to the disk: nothing is announced before it is there. */
bool vb_transmitter_device_is_booting(const struct vb_transmitter_device *device);

/* The core's verdict, see vb_transmitter_input(). */
enum vb_err vb_transmitter_device_input(struct vb_transmitter_device *device,
                                        const struct vb_clock *clock,
                                        const struct vb_link_frame *frame);

/* A reading of the source; its sampled_ms is on the clock's now_ms, not after it. Copied. */
void vb_transmitter_device_reading(struct vb_transmitter_device *device,
                                   const struct vb_clock *clock, const struct vb_reading *reading);

void vb_transmitter_device_committed(struct vb_transmitter_device *device,
                                     const struct vb_clock *clock, uint32_t token,
                                     enum vb_err result);

/* What became of a frame that the link called VB_LINK_PENDING. */
void vb_transmitter_device_sent(struct vb_transmitter_device *device, const struct vb_clock *clock,
                                const struct vb_mac *dst, bool delivered);

/* Looks at the broker's status. */
void vb_transmitter_device_broker(struct vb_transmitter_device *device,
                                  const struct vb_clock *clock);

/* Where the device can be reached over Ethernet; ip NULL = not known. */
void vb_transmitter_device_address(struct vb_transmitter_device *device,
                                   const struct vb_clock *clock, bool ethernet_up,
                                   const uint8_t ip[4]);

void vb_transmitter_device_tick(struct vb_transmitter_device *device, const struct vb_clock *clock);

/* Sends what is to be sent, tells the sink what happened, puts changed settings in force. */
void vb_transmitter_device_output(struct vb_transmitter_device *device,
                                  const struct vb_clock *clock);

/* Milliseconds until a tick is needed, at most VB_FOREVER_MS. */
uint32_t vb_transmitter_device_wakeup_ms(const struct vb_transmitter_device *device,
                                         const struct vb_clock *clock);

/* Says goodbye on the link, and "offline" to the broker, with the next output. */
void vb_transmitter_device_goodbye(struct vb_transmitter_device *device);

/* Whether the battery is being read: the newest reading is younger than two of the source's usual
 * intervals and 5 s. */
bool vb_transmitter_device_live(const struct vb_transmitter_device *device, uint32_t now_ms);

/* What acts on settings here; for tests and docs. */
extern const struct vb_settings_table vb_transmitter_settings_table;

VB_C_END

#endif
