/* The watchdog of tasks on the host: how often it was told that all is well. */
#ifndef VOLTBEACON_TESTS_HOST_WATCHDOG_H
#define VOLTBEACON_TESTS_HOST_WATCHDOG_H

unsigned host_watchdog_resets(void);

#endif
