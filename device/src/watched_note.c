#include "watched_note.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "receiver_device_parts.h"

enum { TEXT_SIZE = 16 };

static void make_key(const struct vb_watched *watched, const char *name,
                     char key[VB_EVENT_NOTE_KEY_SIZE])
{
    char mac[VB_MAC_TEXT_SIZE];
    vb_mac_format(&watched->mac, mac);
    snprintf(key, VB_EVENT_NOTE_KEY_SIZE, "%s %s", name, mac);
}

uint32_t vb_watched_noted(const struct vb_receiver_device *device, const struct vb_watched *watched,
                          const char *name)
{
    const struct vb_event_store *events = device->config.ports.events;
    char key[VB_EVENT_NOTE_KEY_SIZE];
    char text[TEXT_SIZE];
    make_key(watched, name, key);
    const size_t size = events->noted(events->ctx, key, 0, text, sizeof text - 1);
    text[size] = '\0';
    char *end;
    const unsigned long long number = strtoull(text, &end, 10);
    return *end == '\n' && number <= UINT32_MAX ? (uint32_t)number : 0;
}

bool vb_watched_note(struct vb_receiver_device *device, const struct vb_watched *watched,
                     const char *name, uint32_t number)
{
    const struct vb_event_store *events = device->config.ports.events;
    char key[VB_EVENT_NOTE_KEY_SIZE];
    char text[TEXT_SIZE];
    make_key(watched, name, key);
    const int size = snprintf(text, sizeof text, "%" PRIu32 "\n", number);
    return events->note(events->ctx, key, 0, text, (size_t)size, true);
}
