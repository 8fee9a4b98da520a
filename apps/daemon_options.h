/* The command line of a daemon: options that both have, and those of its own. */
#ifndef VOLTBEACON_APPS_DAEMON_OPTIONS_H
#define VOLTBEACON_APPS_DAEMON_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include "linux/system/host.h"

/* What --log says is set at once. */
struct vb_daemon_options {
    char data[VB_HOST_PATH_SIZE];
    const char *link; /* for vb_linux_link_open() */
    bool open_link;   /* others may hear it, although it is not sealed yet */
    struct vb_mac mac;
    bool mac_given;
    bool unsealed_secrets; /* passwords may cross a link that others can hear */
};

struct vb_daemon_usage {
    const char *role;             /* "receiver": the subcommand, and its data folder's name */
    const struct option *options; /* of its own, for getopt_long(); a zeroed row ends them */
    void (*print_help)(void);
    /* Takes an option of its own, whose value is optarg. VB_EXIT_OK, or how to end. */
    int (*take)(void *own, int got, char **argv);
};

/* Reads the command line: into *common, which gets its defaults first, and through usage->take into
 * own. False where there is nothing to run, for help was asked for or it is wrong, and was told;
 * *status is then an enum vb_exit. */
VB_MUST_USE bool vb_daemon_options_read(const struct vb_daemon_usage *usage, int argc, char **argv,
                                        struct vb_daemon_options *common, void *own, int *status);

/* The part of a daemon's help that describes the options of both. */
void vb_daemon_print_options(void);

#endif
