/* The receiver daemon: a receiver device (voltbeacon/device/receiver_device.h) on this machine. Its
 * options are in receiver_command.c; here are its wiring (receiver_daemon.c) and its control socket
 * (receiver_control.c). */
#ifndef VOLTBEACON_APPS_RECEIVER_DAEMON_H
#define VOLTBEACON_APPS_RECEIVER_DAEMON_H

#include "daemon.h"
#include "linux/events/event_port.h"
#include "linux/history/history.h"
#include "linux/recordings/recording_folder.h"
#include "linux/web/web_address.h"
#include "linux/web/web_server.h"
#include "voltbeacon/device/receiver_device.h"

enum { VB_RECEIVER_HOSTS_MAX = 8 };

struct vb_receiver_options {
    struct vb_daemon_options common;
    const char *http; /* NULL: use the settings */
    const char *hosts[VB_RECEIVER_HOSTS_MAX];
    uint8_t host_count;
    bool insecure; /* serve an address that others can reach, without a login */
};

struct vb_receiver_daemon {
    const struct vb_receiver_options *options;
    struct vb_daemon base;
    struct vb_event_log *events;
    struct vb_event_port event_port;
    struct vb_recording_folder *folder; /* NULL: not available */
    struct vb_recording_store recordings;
    struct vb_history *history; /* NULL: could not be started */
    struct vb_history_store history_store;
    struct vb_host_facts facts;
    void *memory; /* the device's */
    struct vb_receiver_device device;
    bool running;        /* the device */
    const char *address; /* where the pages are served: of the options, or own_address */
    char own_address[VB_WEB_ADDRESS_SIZE];
    struct vb_web *web;
};

/* ---- receiver_daemon.c ---- */

/* Runs until stopped. Returns an enum vb_exit. */
int vb_receiver_run(const struct vb_receiver_options *options);

/* ---- receiver_control.c ---- */

void vb_receiver_control(void *daemon, uint64_t request, const char *line);

#endif
