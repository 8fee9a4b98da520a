/* Ctrl-C and SIGTERM for subcommands without a loop: they end cleanly, not in the middle of a
 * write. */
#ifndef VOLTBEACON_APPS_STOP_SIGNAL_H
#define VOLTBEACON_APPS_STOP_SIGNAL_H

#include <stdbool.h>

/* From now on both signals are noted; they interrupt calls that sleep or wait. */
void vb_stop_on_signal(void);

/* Whether one has arrived since. */
bool vb_stop_signalled(void);

#endif
