/* FreeRTOS on Linux stops a task wherever it is, by a signal, even where it holds a lock of the C
 * library; whoever then waits for that lock waits for ever, as no other task has a turn meanwhile.
 * What runs between these two is not stopped. */
#ifndef VOLTBEACON_TESTS_LINUX_ALONE_H
#define VOLTBEACON_TESTS_LINUX_ALONE_H

#include <signal.h>

sigset_t linux_alone_begin(void);
/* before: what that returned. */
void linux_alone_end(sigset_t before);

#endif
