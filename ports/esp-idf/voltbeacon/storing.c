#include "esp-idf/voltbeacon/storing.h"

#include <freertos/task.h>

#include "esp-idf/voltbeacon/inbox.h"

enum { PRIORITY = 4 /* below the device's task */ };

static bool open_store(struct vb_nvs_store *store, const char *partition)
{
    if (vb_nvs_keys_open(&store->keys, partition, store->name) != ESP_OK)
        return false;
    vb_journal_init(&store->journal, &store->keys.port, store->record, store->record_bytes);
    return vb_journal_open(&store->journal) == VB_ERR_OK;
}

void vb_storing_open(struct vb_storing *storing, const char *partition, struct vb_nvs_store *stores,
                     unsigned count, struct vb_event_ring *events, QueueHandle_t inbox)
{
    VB_ASSERT(count <= VB_STORING_STORES_MAX);
    *storing = (struct vb_storing){
        .stores = stores, .store_count = count, .events = events, .inbox = inbox};
    for (unsigned i = 0; i < count; i++)
        stores[i].open = open_store(&stores[i], partition);
}

const struct vb_store *vb_storing_store(const struct vb_storing *storing, unsigned store)
{
    return storing->stores[store].open ? &storing->stores[store].journal.port : NULL;
}

/* ---- The task ---- */

static enum vb_err carry_out(struct vb_storing *storing, uint8_t job)
{
    enum vb_err why;
    const struct vb_storing_note *note = &storing->note;
    if (job == VB_STORING_NOTE)
        return note->write(note->partition, note->value) ? VB_ERR_OK : VB_ERR_STORE;
    if (job == VB_STORING_EVENTS)
        return vb_event_ring_write(storing->events) ? VB_ERR_OK : VB_ERR_STORE;
    return vb_journal_write(&storing->stores[job].journal, &why);
}

static void run(void *ctx)
{
    struct vb_storing *storing = ctx;
    struct vb_inbox_item item = {.kind = VB_INBOX_STORED};
    for (;;) {
        uint8_t job;
        if (xQueueReceive(storing->jobs, &job, portMAX_DELAY) != pdTRUE)
            continue;
        item.as.stored.store = job;
        item.as.stored.result = carry_out(storing, job);
        (void)xQueueSend(storing->inbox, &item, portMAX_DELAY);
    }
}

bool vb_storing_start(struct vb_storing *storing)
{
    storing->jobs = xQueueCreate(VB_STORING_JOBS, sizeof(uint8_t));
    return storing->jobs != NULL && xTaskCreate(run, "vb_storing", VB_STORING_STACK_BYTES, storing,
                                                PRIORITY, NULL) == pdPASS;
}

/* ---- The device's task ---- */

/* There is always room: of each job there is one at most. */
static void hand_over(struct vb_storing *storing, uint8_t job)
{
    storing->busy[job] = true;
    (void)xQueueSend(storing->jobs, &job, portMAX_DELAY);
}

void vb_storing_hand_over(struct vb_storing *storing, bool events_too)
{
    for (uint8_t i = 0; i < storing->store_count; i++) {
        if (storing->stores[i].open && !storing->busy[i] && storing->stores[i].journal.committed)
            hand_over(storing, i);
    }
    if (events_too && storing->events != NULL && !storing->busy[VB_STORING_EVENTS] &&
        storing->events->port.waits(storing->events->port.ctx))
        hand_over(storing, VB_STORING_EVENTS);
    if (storing->waiting.write != NULL && !storing->busy[VB_STORING_NOTE]) {
        storing->note = storing->waiting;
        storing->waiting.write = NULL;
        hand_over(storing, VB_STORING_NOTE);
    }
}

void vb_storing_note(struct vb_storing *storing, const struct vb_storing_note *note)
{
    storing->waiting = *note;
}

uint32_t vb_storing_answered(struct vb_storing *storing, unsigned job, enum vb_err result)
{
    storing->busy[job] = false;
    storing->writes++;
    storing->failed += result != VB_ERR_OK;
    return job >= VB_STORING_STORES_MAX ? 0 : storing->stores[job].journal.token;
}
