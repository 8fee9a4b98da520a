/* The command line of a daemon: common options and its own. */
#ifndef VOLTBEACON_APPS_DAEMON_OPTIONS_H
#define VOLTBEACON_APPS_DAEMON_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include "linux/system/host.h"

/* --log takes effect immediately. */
struct vb_daemon_options {
    char data[VB_HOST_PATH_SIZE];
    const char *link; /* for vb_linux_link_open() */
    bool open_link;   /* others may hear it, although it is not sealed yet */
    struct vb_mac mac;
    bool mac_given;
    bool unsealed_secrets; /* passwords may be sent over a link that others can hear */
};

struct vb_daemon_usage {
    const char *role;             /* "receiver": the subcommand, and the name of its data folder */
    const struct option *options; /* its own, for getopt_long(); a zeroed row ends them */
    void (*print_help)(void);
    /* Takes one of its own options, with its value in optarg. VB_EXIT_OK, or the status to exit
     * with. */
    int (*take)(void *own, int got, char **argv);
};

/* Parses the command line: into *common, which gets its defaults first, and through usage->take
 * into own. False if there is nothing to run, because help was requested or there was an error,
 * which has been reported; then *status is an enum vb_exit. */
VB_MUST_USE bool vb_daemon_options_read(const struct vb_daemon_usage *usage, int argc, char **argv,
                                        struct vb_daemon_options *common, void *own, int *status);

/* Prints the part of a daemon's help with the common options. */
void vb_daemon_print_options(void);

#endif
