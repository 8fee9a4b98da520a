/* A receiver's events on an ESP32: the newest in memory, and what changes of them in a small ring
 * on a raw partition, which is as little as a device without a file system needs.
 *
 * The partition is slots of 512 bytes, written one after the other, round and round; the newest
 * slot of an occurrence or note counts. A sector is erased when the ring comes to it, and what is
 * still needed of it has been written anew before. So whenever the power goes, each of them is as
 * it was before a change or after it.
 *
 * Memory answers at once; vb_event_ring_write() writes what waits, and belongs on the storing task:
 * an erase takes 45 ms, or 400. All other functions are called by whoever holds the lock. */
#ifndef VOLTBEACON_ESP_IDF_EVENT_RING_H
#define VOLTBEACON_ESP_IDF_EVENT_RING_H

#include <esp_partition.h>
#include <freertos/FreeRTOS.h>
#include <freertos/semphr.h>

#include "esp-idf/voltbeacon/event_slot.h"

enum {
    VB_EVENT_RING_KEPT = 24, /* occurrences in memory; the oldest that have ended give way */
    VB_EVENT_RING_NOTES = 8, /* the one written longest ago gives way */
    VB_EVENT_RING_ENTRIES = VB_EVENT_RING_KEPT + VB_EVENT_RING_NOTES,
    VB_EVENT_RING_SECTORS_MIN = 8 /* two thirds of it are then free to be written */
};

/* Where an occurrence or a note is on the flash. */
struct vb_event_mark {
    uint32_t number; /* its newest slot's; 0 = none */
    uint16_t slot;
    bool waits; /* memory knows better */
};

struct vb_event_ring {
    struct vb_event_store port;
    SemaphoreHandle_t lock;
    const esp_partition_t *partition;              /* NULL: memory alone */
    struct vb_occurrence kept[VB_EVENT_RING_KEPT]; /* id 0 = not used; in no order */
    struct vb_short_note notes[VB_EVENT_RING_NOTES];
    struct vb_event_mark marks[VB_EVENT_RING_ENTRIES]; /* of both */
    uint64_t newest;                                   /* id ever given */
    uint32_t number;                                   /* of the last slot written */
    uint16_t next;                                     /* slot to be written */
    struct vb_event_slot slot; /* vb_event_ring_write()'s own, as are the bytes */
    uint8_t bytes[VB_EVENT_SLOT_BYTES];
};

/* Reads what the partition of that label holds. Without one, or with one that is too small,
 * events live in memory alone: false. The ring must stay where it is; the lock is the caller's. */
bool vb_event_ring_open(struct vb_event_ring *ring, const char *label, SemaphoreHandle_t lock);

/* Writes what waits; takes the lock for each thing a moment. False where the flash refused: it
 * still waits. */
VB_MUST_USE bool vb_event_ring_write(struct vb_event_ring *ring);

#endif
