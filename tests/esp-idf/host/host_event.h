/* The default event loop on the host: what happens is told at once, on the caller's thread. */
#ifndef VOLTBEACON_TESTS_HOST_EVENT_H
#define VOLTBEACON_TESTS_HOST_EVENT_H

#include <esp_event.h>
#include <stdbool.h>
#include <stddef.h>

/* As after a reboot. */
void host_event_reset(void);

bool host_event_has_loop(void);
/* Calls of that kind fail: "handler", "loop"; NULL: none do. */
void host_event_fail(const char *call);
/* data, of so many bytes, or NULL, is the caller's again when this returns. */
void host_event_tell(esp_event_base_t base, int32_t id, void *data, size_t size);

#endif
