/* What a daemon reports about the machine it runs on. */
#ifndef VOLTBEACON_LINUX_HOST_H
#define VOLTBEACON_LINUX_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"

enum {
    VB_HOST_BOARD_SIZE = 16, /* bytes including NUL; the schema's metadata.board */
    VB_HOST_PATH_SIZE = 4096 /* PATH_MAX of linux/limits.h */
};

/* The IPv4 address of the interface with the default route; without one, the first address of an
 * interface that is up and not the loopback. False, and 0.0.0.0, if there is none: the machine is
 * not on a network. */
VB_MUST_USE bool vb_host_ipv4(uint8_t ip[4]);

/* True while an Ethernet interface is running: has a carrier, as the system sees it. */
bool vb_host_ethernet_up(void);

/* Whether the interface is Ethernet, according to folder/interface (folder: /sys/class/net): not
 * Wi-Fi, a tunnel, a bridge or a container's port on one. */
bool vb_host_is_ethernet(const char *folder, const char *interface);

/* The device's address on the link: locally administered, the same at every start for the same
 * machine, role ("transmitter", "receiver") and data folder. It is not kept in the store, or a
 * wiped store would look like a new device. */
void vb_host_device_mac(const char *role, const char *data_dir, struct vb_mac *mac);

/* Seconds since the machine started; saturates. */
uint32_t vb_host_uptime_s(void);

/* "linux x86_64" */
void vb_host_board(char board[VB_HOST_BOARD_SIZE]);

/* The default data folder of a role: $XDG_DATA_HOME/voltbeacon/<role>, else
 * ~/.local/share/voltbeacon/<role>, else, without a home, /var/lib/voltbeacon/<role>. False if the
 * path does not fit. Does not create it. */
VB_MUST_USE bool vb_host_data_dir(const char *role, char path[VB_HOST_PATH_SIZE]);

#endif
