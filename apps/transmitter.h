/* The transmitter daemon, in three files: its life, its readings, its control socket. */
#ifndef VOLTBEACON_APPS_TRANSMITTER_H
#define VOLTBEACON_APPS_TRANSMITTER_H

#include "linux/can_source.h"
#include "linux/control_socket.h"
#include "linux/host.h"
#include "linux/loop.h"
#include "linux/mqtt_client.h"
#include "linux/sqlite_store.h"
#include "linux/udp_link.h"
#include "sources/source.h"
#include "voltbeacon/transmitter.h"

enum { VB_TRANSMITTER_CACHE_BYTES = 16384, VB_CONTROL_WAITING_MAX = 16 };

struct vb_transmitter_options {
    char data[VB_HOST_PATH_SIZE];
    const char *link;
    const char *source;
    const char *name;
    const char *network_hook; /* program run when section network changes; NULL = none */
    struct vb_mac mac;
    bool mac_given;
    bool loop;
    bool unsealed_secrets;
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
    struct vb_loop *loop;
    struct vb_sqlite *db;
    struct vb_udp_link *link;
    struct vb_mqtt *mqtt;
    struct vb_control *control;
    struct vb_mac mac;
    struct vb_readings readings;
    struct vb_mqtt_values mqtt_values;
    struct vb_telemetry_values telemetry;
    struct vb_runtime runtime;
    struct vb_control_waiting waiting[VB_CONTROL_WAITING_MAX];
    struct vb_transmitter core;
    uint8_t cache_bytes[2][VB_TRANSMITTER_CACHE_BYTES];
};

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
