/* The transmitter daemon. Its options are in transmitter.c; here are its life
 * (transmitter_daemon.c), what acts on its settings (transmitter_settings.c), its readings
 * (transmitter_readings.c) and its control socket (transmitter_control.c). */
#ifndef VOLTBEACON_APPS_TRANSMITTER_DAEMON_H
#define VOLTBEACON_APPS_TRANSMITTER_DAEMON_H

#include "daemon.h"
#include "linux/can/can_source.h"
#include "linux/mqtt/mqtt_client.h"
#include "sources/source.h"
#include "voltbeacon/core/transmitter.h"

enum { VB_TRANSMITTER_CACHE_BYTES = 16384, VB_CONTROL_WAITING_MAX = 16 };

struct vb_transmitter_options {
    struct vb_daemon_options common;
    const char *source;
    const char *name;
    const char *network_hook; /* program run when section network changes; NULL = none */
    bool loop;
    double speed;
};

/* Readings: from the source at its pace, to the link and to MQTT. */
struct vb_readings {
    struct vb_source *source;      /* one of the two: it has a pace of its own, */
    struct vb_can_source *battery; /* or readings come when they come */
    struct vb_reading next;
    struct vb_reading last;
    uint64_t next_at_ms; /* on the source's clock */
    uint32_t started_ms;
    double speed;
    uint32_t taken;
    uint32_t send_at_ms; /* not before */
    uint32_t publish_at_ms;
    bool ended;
};

/* An edit made through the control socket, until its outcome is known. */
struct vb_control_waiting {
    uint64_t edit; /* 0 = not used */
    uint64_t request;
    uint8_t section;
};

struct vb_transmitter_daemon {
    const struct vb_transmitter_options *options;
    struct vb_daemon base;
    struct vb_mqtt *mqtt;
    struct vb_readings readings;
    struct vb_mqtt_values mqtt_values;
    struct vb_telemetry_values telemetry;
    struct vb_runtime runtime;
    struct vb_control_waiting waiting[VB_CONTROL_WAITING_MAX];
    struct vb_transmitter core;
    uint8_t cache_bytes[2][VB_TRANSMITTER_CACHE_BYTES];
};

/* ---- transmitter_daemon.c ---- */

/* Until it is told to stop. Returns an enum vb_exit. */
int vb_transmitter_run(const struct vb_transmitter_options *options);
/* Beacons say from now on whether readings reach the broker. */
void vb_transmitter_tell_mqtt(struct vb_transmitter_daemon *daemon, bool connected);

/* ---- transmitter_settings.c ---- */

/* The section of this id is in force from now on. */
void vb_transmitter_apply(struct vb_transmitter_daemon *daemon, uint8_t section);

/* ---- transmitter_readings.c ---- */

/* False, and why in error. */
bool vb_readings_start(struct vb_transmitter_daemon *daemon, char *error, size_t error_size);
void vb_readings_stop(struct vb_transmitter_daemon *daemon);
/* Acts on section can. */
void vb_readings_can(struct vb_transmitter_daemon *daemon, const struct vb_can_values *values);
/* Appends what was read, asked and refused to a text of size bytes; its new length. */
size_t vb_readings_status(const struct vb_transmitter_daemon *daemon, char *text, size_t length,
                          size_t size);
/* Whether the battery is being read. */
bool vb_readings_live(const struct vb_transmitter_daemon *daemon, uint32_t now_ms);

/* ---- transmitter_control.c ---- */

void vb_transmitter_control(void *daemon, uint64_t request, const char *line);
/* The outcome of an edit made here: enum vb_edit_outcome. */
void vb_transmitter_control_outcome(struct vb_transmitter_daemon *daemon,
                                    const struct vb_event *event);

#endif
