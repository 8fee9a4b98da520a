/* What a receiver device tells of its transmitters' starts. */
#ifndef VOLTBEACON_DEVICE_RECEIVER_STARTS_H
#define VOLTBEACON_DEVICE_RECEIVER_STARTS_H

#include <stdbool.h>
#include <stdint.h>

struct vb_peer;
struct vb_receiver_device;
struct vb_watched;

/* Of one transmitter. */
struct vb_watched_start {
    uint32_t boot; /* of a board: the newest that told why it started; 0: none has */
    bool kept;     /* in the notes */
    bool due;      /* a reboot is not an event yet */
};

/* Loads which of its boots was told last. */
void vb_watch_start_load(const struct vb_receiver_device *device, struct vb_watched *watched);
/* Saves it if it is another; false if the event store cannot take it now. */
bool vb_watch_start_save(struct vb_receiver_device *device, struct vb_watched *watched);
/* Tells of its start: of one that was just noticed, or that nobody heard. */
void vb_watch_start(struct vb_receiver_device *device, struct vb_watched *watched,
                    const struct vb_peer *peer, bool rebooted);

#endif
