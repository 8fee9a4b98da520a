/* What waits for the flash has a task of its own: batches of the journals, and events. The device's
 * task says what is to be written and goes on; the answer comes into its inbox. */
#ifndef VOLTBEACON_ESP_IDF_STORING_H
#define VOLTBEACON_ESP_IDF_STORING_H

#include <freertos/FreeRTOS.h>
#include <freertos/queue.h>

#include "esp-idf/voltbeacon/event_ring.h"
#include "esp-idf/voltbeacon/nvs_keys.h"

enum {
    VB_STORING_STORES_MAX = 3,
    VB_STORING_EVENTS = VB_STORING_STORES_MAX, /* in place of a store's number */
    VB_STORING_NOTE,
    VB_STORING_JOBS,
    VB_STORING_STACK_BYTES = 4096
};

/* A namespace of NVS under a journal. What comes first is set by the caller, and outlives it. */
struct vb_nvs_store {
    const char *name;
    uint8_t *record; /* see vb_journal_init() */
    size_t record_bytes;
    struct vb_nvs_keys keys;
    struct vb_journal journal;
    bool open;
};

/* One byte that is written outside the stores; of several that wait, the newest. */
struct vb_storing_note {
    bool (*write)(const char *partition, uint8_t value); /* on the task; NULL: none waits */
    const char *partition;                               /* outlives the task */
    uint8_t value;
};

/* Must stay where it is. */
struct vb_storing {
    struct vb_nvs_store *stores; /* the caller's */
    unsigned store_count;
    struct vb_event_ring *events; /* NULL: there are none */
    QueueHandle_t jobs;
    QueueHandle_t inbox;
    struct vb_storing_note waiting; /* the device's task's */
    struct vb_storing_note note;    /* the task's while VB_STORING_NOTE is busy */
    bool busy[VB_STORING_JOBS];     /* the device's task's: handed over, and not answered yet */
    uint32_t writes;                /* likewise: batches answered, and of these failed */
    uint32_t failed;
};

/* Opens so many namespaces. Of one that cannot be
 * opened or read the store is NULL: memory alone. events has been opened, or is NULL; inbox takes
 * struct vb_inbox_item. */
void vb_storing_open(struct vb_storing *storing, const char *partition, struct vb_nvs_store *stores,
                     unsigned count, struct vb_event_ring *events, QueueHandle_t inbox);
/* NULL: there is none. */
const struct vb_store *vb_storing_store(const struct vb_storing *storing, unsigned store);
/* After that nothing but the functions below is called from outside the task. */
VB_MUST_USE bool vb_storing_start(struct vb_storing *storing);

/* The device's task: hands over every batch that waits, and the events where they are due. */
void vb_storing_hand_over(struct vb_storing *storing, bool events_too);
/* Likewise: the note is handed over with the next call of the one above. */
void vb_storing_note(struct vb_storing *storing, const struct vb_storing_note *note);
/* Likewise, when VB_INBOX_STORED has come: the token of the store's batch. */
uint32_t vb_storing_answered(struct vb_storing *storing, unsigned job, enum vb_err result);

#endif
