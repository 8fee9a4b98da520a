/* The receiver daemon. Its options are in receiver.c; here are its life (receiver_daemon.c) and its
 * control socket (receiver_control.c). What it remembers has modules of its own: receiver_watch.h,
 * receiver_history.h. */
#ifndef VOLTBEACON_APPS_RECEIVER_DAEMON_H
#define VOLTBEACON_APPS_RECEIVER_DAEMON_H

#include "daemon.h"
#include "linux/web/web_server.h"
#include "receiver_history.h"
#include "receiver_watch.h"
#include "voltbeacon/api/api.h"
#include "voltbeacon/api/push.h"
#include "voltbeacon/core/receiver.h"
#include "voltbeacon/core/settings.h"

enum {
    VB_RECEIVER_HOSTS_MAX = 8,
    VB_RECEIVER_PEERS_MAX = 16, /* transmitters followed */
    VB_RECEIVER_PEER_CACHE_BYTES = 16384,
    VB_RECEIVER_RING_READINGS = 100, /* E3 */
    VB_RECEIVER_EDITS_MAX = 16
};

struct vb_receiver_options {
    struct vb_daemon_options common;
    const char *http; /* NULL: the settings say */
    const char *hosts[VB_RECEIVER_HOSTS_MAX];
    uint8_t host_count;
    bool insecure; /* an address that others can reach may be served, without a login */
};

struct vb_receiver_daemon {
    const struct vb_receiver_options *options;
    struct vb_daemon base;
    struct vb_web *web;
    uint16_t epoch;
    enum vb_err boot_result;
    bool boot_answered;
    bool watching;
    bool history_paused;
    bool started;
    struct vb_settings settings;
    struct vb_receiver core;
    struct vb_api api;
    struct vb_push push;
    struct vb_watch watch;
    struct vb_host_facts facts;
    struct vb_receiver_history history;
    struct vb_peer peers[VB_RECEIVER_PEERS_MAX];
    struct vb_edit edits[VB_RECEIVER_EDITS_MAX];
    struct vb_reading readings[VB_RECEIVER_PEERS_MAX * VB_RECEIVER_RING_READINGS];
    uint8_t cache_bytes[VB_RECEIVER_PEERS_MAX * VB_RECEIVER_PEER_CACHE_BYTES];
    uint8_t assembly[VB_SECTION_BYTES_MAX];
};

/* ---- receiver_daemon.c ---- */

/* Until it is told to stop. Returns an enum vb_exit. */
int vb_receiver_run(const struct vb_receiver_options *options);

/* ---- receiver_control.c ---- */

void vb_receiver_control(void *daemon, uint64_t request, const char *line);

#endif
