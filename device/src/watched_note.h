/* A number that is kept of a transmitter across restarts, in the event store's notes. */
#ifndef VOLTBEACON_DEVICE_WATCHED_NOTE_H
#define VOLTBEACON_DEVICE_WATCHED_NOTE_H

#include <stdbool.h>
#include <stdint.h>

struct vb_receiver_device;
struct vb_watched;

/* 0 where none is kept under that name, or what is kept is no such number. */
uint32_t vb_watched_noted(const struct vb_receiver_device *device, const struct vb_watched *watched,
                          const char *name);
/* False if the event store cannot take it now. */
bool vb_watched_note(struct vb_receiver_device *device, const struct vb_watched *watched,
                     const char *name, uint32_t number);

#endif
