#include "stop_signal.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

void vb_stop_on_signal(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool vb_stop_signalled(void)
{
    return stopping != 0;
}
