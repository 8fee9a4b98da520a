/* The subcommands of voltbeacon: one file each, one row each in main.c. */
#ifndef VOLTBEACON_APPS_COMMAND_H
#define VOLTBEACON_APPS_COMMAND_H

#include "linux/system/cause.h"
#include "sources/source_error.h"
#include "voltbeacon/core/platform.h"

/* Besides these, a failed start exits with an enum vb_cause, as in sysexits.h. */
enum vb_exit {
    VB_EXIT_OK = 0,
    VB_EXIT_FAILED = 1,
    VB_EXIT_ANALYSE_USAGE = 2, /* of analyse only, for its scripts */
    VB_EXIT_ALARM = 3,
    VB_EXIT_NOT_JUDGED = 4, /* no alarm, but not enough to tell whether all is well */
    VB_EXIT_USAGE = VB_CAUSE_USAGE
};

/* argv[0] is the subcommand's own name. They return an enum vb_exit or an enum vb_cause. */
int vb_command_transmitter(int argc, char **argv);
int vb_command_receiver(int argc, char **argv);
int vb_command_demo(int argc, char **argv);
int vb_command_record(int argc, char **argv);
int vb_command_analyse(int argc, char **argv);
int vb_command_schema(int argc, char **argv);
int vb_command_sniff(int argc, char **argv);
int vb_command_bridge(int argc, char **argv);

/* One line on stderr, prefixed with "voltbeacon: ". Returns VB_EXIT_USAGE. */
int vb_usage_error(const char *format, ...) VB_PRINTF(1, 2);
/* Likewise. Returns VB_EXIT_FAILED. */
int vb_failure(const char *format, ...) VB_PRINTF(1, 2);

/* Likewise. Returns cause. */
int vb_start_failure(enum vb_cause cause, const char *format, ...) VB_PRINTF(2, 3);

/* The cause for a source that cannot be opened. */
enum vb_cause vb_cause_of_source(const struct vb_source_error *error);

/* What each exit code means, for --help. */
void vb_print_exit_codes(void);

/* For '?' and ':' from getopt_long: reports which option of which command is wrong. Returns
 * VB_EXIT_USAGE. */
int vb_option_error(const char *command, int got, char **argv);

#endif
