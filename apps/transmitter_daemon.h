/* The transmitter daemon: connects the device to Linux. Its options are in transmitter_command.c,
 * its lifecycle in transmitter_daemon.c, status for the command line in transmitter_control.c. All
 * decisions are made in device/. */
#ifndef VOLTBEACON_APPS_TRANSMITTER_DAEMON_H
#define VOLTBEACON_APPS_TRANSMITTER_DAEMON_H

#include "daemon.h"
#include "linux/mqtt/linux_mqtt.h"
#include "linux/source/live_source.h"
#include "voltbeacon/device/transmitter_console.h"
#include "voltbeacon/device/transmitter_device.h"

enum { VB_TRANSMITTER_CACHE_BYTES = 16384 };

struct vb_transmitter_options {
    struct vb_daemon_options common;
    const char *source;
    char name[sizeof((struct vb_metadata_values *)NULL)->device_name]; /* "": none given */
    const char *network_hook; /* program to run when section network takes effect; NULL = none */
    bool loop;
    double speed;
};

struct vb_transmitter_daemon {
    const struct vb_transmitter_options *options;
    struct vb_daemon base;
    struct vb_mqtt *mqtt;
    struct vb_live_source *source;
    struct vb_broker broker;
    struct vb_network network;
    struct vb_sink sink;
    struct vb_transmitter_console console;
    char console_text[VB_CONTROL_REPLY_SIZE];
    bool opened; /* the device is initialised, even if its store cannot be read yet */
    struct vb_transmitter_device device;
    uint8_t cache_bytes[2][VB_TRANSMITTER_CACHE_BYTES];
    uint8_t scratch[VB_SCRATCH_BYTES];
};

/* ---- transmitter_daemon.c ---- */

/* Runs until stopped. Returns an enum vb_exit. */
int vb_transmitter_run(const struct vb_transmitter_options *options);

/* ---- transmitter_control.c ---- */

void vb_transmitter_control(void *daemon, uint64_t request, const char *line);
void vb_transmitter_control_answer(void *daemon, uint64_t request, const char *text);

#endif
