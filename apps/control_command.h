/* The commands for a running daemon: get, set, status. */
#ifndef VOLTBEACON_APPS_CONTROL_COMMAND_H
#define VOLTBEACON_APPS_CONTROL_COMMAND_H

#include "voltbeacon/device/console.h"

/* Between the words of a control request, so that values may contain spaces. */
#define VB_CONTROL_SEPARATOR VB_CONSOLE_SEPARATOR

/* argv[0] is "get", "set" or "status". role: "transmitter" or "receiver", for the default data
 * folder. Prints the daemon's answer. Returns an enum vb_exit. */
int vb_control_command(const char *role, int argc, char **argv);

#endif
