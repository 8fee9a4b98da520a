/* Ctrl-C and SIGTERM for subcommands without a loop: they end as they should, not in mid-write. */
#ifndef VOLTBEACON_APPS_STOP_SIGNAL_H
#define VOLTBEACON_APPS_STOP_SIGNAL_H

#include <stdbool.h>

/* From now on both signals are noted; a call that sleeps or waits is cut short by them. */
void vb_stop_on_signal(void);

/* Whether one has come since. */
bool vb_stop_signalled(void);

#endif
