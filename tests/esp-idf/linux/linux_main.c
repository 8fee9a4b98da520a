/* The program's start, with its arguments, in FreeRTOS's main task. */
#include <esp_event.h>
#include <unistd.h>

#include "linux_alone.h"
#include "voltbeacon/core/platform.h"

int firmware_main(int argc, char **argv);
void app_main(void);

static int count;
static char **arguments;

/* glibc gives them to constructors; ESP-IDF's own main() does not pass them on. */
__attribute__((constructor)) static void keep_arguments(int argc, char **argv)
{
    count = argc;
    arguments = argv;
}

/* At once, as the power goes: no other task has a turn. */
void app_main(void)
{
    VB_ASSERT(esp_event_loop_create_default() == ESP_OK);
    const int status = firmware_main(count, arguments);
    (void)linux_alone_begin();
    _exit(status);
}
