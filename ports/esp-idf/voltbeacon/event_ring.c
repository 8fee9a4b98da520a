#include "esp-idf/voltbeacon/event_ring.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "esp-idf/voltbeacon/idf_clock.h"

enum { MOVED_AHEAD = 2 /* sectors */ };

/* ---- Memory ---- */

static struct vb_occurrence *kept_with(struct vb_event_ring *ring, uint64_t id)
{
    for (unsigned i = 0; i < VB_EVENT_RING_KEPT; i++) {
        if (ring->kept[i].id == id)
            return &ring->kept[i];
    }
    return NULL;
}

static struct vb_event_mark *mark_of(struct vb_event_ring *ring, const struct vb_occurrence *kept)
{
    return &ring->marks[kept - ring->kept];
}

/* A free one; else the oldest that has ended, rather one that the flash knows to have. */
static struct vb_occurrence *place_for_another(struct vb_event_ring *ring)
{
    struct vb_occurrence *place = kept_with(ring, 0);
    for (unsigned waiting = 0; waiting < 2 && place == NULL; waiting++) {
        for (unsigned i = 0; i < VB_EVENT_RING_KEPT; i++) {
            struct vb_occurrence *kept = &ring->kept[i];
            if (!vb_occurrence_is_open(kept) && (waiting == 1 || !ring->marks[i].waits) &&
                (place == NULL || kept->id < place->id))
                place = kept;
        }
    }
    return place;
}

static uint64_t add(void *ctx, const struct vb_occurrence *occurrence)
{
    struct vb_event_ring *ring = ctx;
    const uint64_t wall_ms = vb_idf_clock().wall_ms;
    struct vb_occurrence *place = place_for_another(ring);
    if (place == NULL)
        return 0;
    /* Not used twice, even where the last ones never reached the flash. */
    ring->newest = wall_ms > ring->newest ? wall_ms : ring->newest + 1;
    *place = *occurrence;
    place->id = ring->newest;
    *mark_of(ring, place) = (struct vb_event_mark){.waits = true};
    return place->id;
}

static bool change(void *ctx, const struct vb_occurrence *occurrence)
{
    struct vb_event_ring *ring = ctx;
    struct vb_occurrence *kept = occurrence->id == 0 ? NULL : kept_with(ring, occurrence->id);
    if (kept == NULL)
        return false;
    *kept = *occurrence;
    mark_of(ring, kept)->waits = true;
    return true;
}

static const struct vb_occurrence *find(void *ctx, uint64_t id)
{
    return id == 0 ? NULL : kept_with(ctx, id);
}

static const struct vb_occurrence *before(void *ctx, uint64_t id)
{
    const struct vb_event_ring *ring = ctx;
    const struct vb_occurrence *newest = NULL;
    for (unsigned i = 0; i < VB_EVENT_RING_KEPT; i++) {
        const struct vb_occurrence *kept = &ring->kept[i];
        if (kept->id != 0 && kept->id < id && (newest == NULL || kept->id > newest->id))
            newest = kept;
    }
    return newest;
}

/* ---- Notes ---- */

static struct vb_short_note *note_under(struct vb_event_ring *ring, const char *key)
{
    for (unsigned i = 0; i < VB_EVENT_RING_NOTES; i++) {
        if (strcmp(ring->notes[i].key, key) == 0)
            return &ring->notes[i];
    }
    return NULL;
}

static struct vb_event_mark *note_mark(struct vb_event_ring *ring, const struct vb_short_note *note)
{
    return &ring->marks[VB_EVENT_RING_KEPT + (note - ring->notes)];
}

/* The key's own; else a free one; else the one that was written longest ago. */
static struct vb_short_note *place_for_note(struct vb_event_ring *ring, const char *key)
{
    struct vb_short_note *place = note_under(ring, key);
    if (place == NULL)
        place = note_under(ring, "");
    for (unsigned i = 0; i < VB_EVENT_RING_NOTES && place == NULL; i++) {
        struct vb_short_note *oldest = &ring->notes[i];
        for (unsigned j = i + 1; j < VB_EVENT_RING_NOTES; j++) {
            if (note_mark(ring, &ring->notes[j])->number < note_mark(ring, oldest)->number)
                oldest = &ring->notes[j];
        }
        place = oldest;
    }
    return place;
}

static bool note(void *ctx, const char *key, size_t offset, const char *piece, size_t size,
                 bool last)
{
    struct vb_event_ring *ring = ctx;
    if (offset != 0 || !last || size > VB_EVENT_SHORT_NOTE_SIZE || size == 0)
        return false;
    struct vb_short_note *place = place_for_note(ring, key);
    struct vb_event_mark *mark = note_mark(ring, place);
    *mark = (struct vb_event_mark){.waits = true};
    *place = (struct vb_short_note){.size = (uint8_t)size};
    snprintf(place->key, sizeof place->key, "%s", key);
    memcpy(place->text, piece, size);
    return true;
}

static size_t noted(void *ctx, const char *key, size_t offset, char *bytes, size_t capacity)
{
    const struct vb_short_note *place = note_under(ctx, key);
    const size_t left = place == NULL || offset >= place->size ? 0 : place->size - offset;
    const size_t size = left < capacity ? left : capacity;
    if (size > 0)
        memcpy(bytes, place->text + offset, size);
    return size;
}

static bool waits(void *ctx)
{
    const struct vb_event_ring *ring = ctx;
    for (unsigned i = 0; i < VB_EVENT_RING_ENTRIES; i++) {
        if (ring->marks[i].waits)
            return ring->partition != NULL;
    }
    return false;
}

/* ---- Flash ---- */

static uint16_t slots_a_sector(const struct vb_event_ring *ring)
{
    return (uint16_t)(ring->partition->erase_size / VB_EVENT_SLOT_BYTES);
}

static uint16_t slot_count(const struct vb_event_ring *ring)
{
    return (uint16_t)(ring->partition->size / ring->partition->erase_size * slots_a_sector(ring));
}

static unsigned sector_of(const struct vb_event_ring *ring, uint16_t slot)
{
    return slot / slots_a_sector(ring);
}

/* How many sectors from the last slot written on, 1 being the next to be erased. */
static unsigned sectors_ahead(const struct vb_event_ring *ring, uint16_t slot)
{
    const unsigned sectors = slot_count(ring) / slots_a_sector(ring);
    const uint16_t last = (uint16_t)((ring->next + slot_count(ring) - 1) % slot_count(ring));
    return (sector_of(ring, slot) + sectors - sector_of(ring, last)) % sectors;
}

/* What is to be written next: first what would be erased with the next two sectors. Two, for the
 * first slot of a sector is another's, and a sector full of what is needed takes all eight. */
static int pick(const struct vb_event_ring *ring)
{
    int first = -1;
    unsigned first_rank = UINT_MAX;
    for (int i = 0; i < VB_EVENT_RING_ENTRIES; i++) {
        const struct vb_event_mark *mark = &ring->marks[i];
        const unsigned ahead = mark->number == 0 ? 0 : sectors_ahead(ring, mark->slot);
        const unsigned rank = ahead >= 1 && ahead <= MOVED_AHEAD ? ahead
                              : mark->waits                      ? MOVED_AHEAD + 1
                                                                 : UINT_MAX;
        if (rank < first_rank) {
            first = i;
            first_rank = rank;
        }
    }
    return first;
}

/* Where writes failed on the way here, something may not have been moved in time. */
static void give_up_sector(struct vb_event_ring *ring)
{
    for (int i = 0; i < VB_EVENT_RING_ENTRIES; i++) {
        struct vb_event_mark *mark = &ring->marks[i];
        if (mark->number != 0 && sector_of(ring, mark->slot) == sector_of(ring, ring->next))
            *mark = (struct vb_event_mark){.waits = true};
    }
}

static void fill_slot(struct vb_event_ring *ring, int entry)
{
    struct vb_event_slot *slot = &ring->slot;
    slot->number = ring->number + 1;
    slot->kind = entry < VB_EVENT_RING_KEPT ? VB_EVENT_SLOT_OCCURRENCE : VB_EVENT_SLOT_NOTE;
    if (slot->kind == VB_EVENT_SLOT_OCCURRENCE)
        slot->occurrence = ring->kept[entry];
    else
        slot->note = ring->notes[entry - VB_EVENT_RING_KEPT];
}

/* Whether what is at this place is still what the slot was filled with. */
static bool is_still(const struct vb_event_ring *ring, int entry)
{
    const struct vb_event_slot *slot = &ring->slot;
    return slot->kind == VB_EVENT_SLOT_OCCURRENCE
               ? ring->kept[entry].id == slot->occurrence.id
               : strcmp(ring->notes[entry - VB_EVENT_RING_KEPT].key, slot->note.key) == 0;
}

/* Writes ring->slot to ring->next. */
static bool write_slot(struct vb_event_ring *ring)
{
    const size_t size = vb_event_slot_encode(&ring->slot, ring->bytes);
    const size_t at = (size_t)ring->next * VB_EVENT_SLOT_BYTES;
    if (ring->next % slots_a_sector(ring) == 0 &&
        esp_partition_erase_range(ring->partition, at, ring->partition->erase_size) != ESP_OK)
        return false;
    return esp_partition_write(ring->partition, at, ring->bytes, size) == ESP_OK;
}

/* The slot was tried: there is no second try, for some of its bits may be written. */
static void move_on(struct vb_event_ring *ring)
{
    ring->next = (uint16_t)((ring->next + 1) % slot_count(ring));
}

/* One thing that waits. *any: there was one. */
static bool write_one(struct vb_event_ring *ring, bool *any)
{
    (void)xSemaphoreTake(ring->lock, portMAX_DELAY);
    const int entry = pick(ring);
    *any = entry >= 0;
    if (*any) {
        if (ring->next % slots_a_sector(ring) == 0)
            give_up_sector(ring);
        fill_slot(ring, entry);
        ring->marks[entry].waits = false;
    }
    (void)xSemaphoreGive(ring->lock);
    if (!*any)
        return true;
    const bool written = write_slot(ring);

    (void)xSemaphoreTake(ring->lock, portMAX_DELAY);
    struct vb_event_mark *mark = &ring->marks[entry];
    if (written) {
        ring->number++;
        if (is_still(ring, entry)) {
            mark->number = ring->number;
            mark->slot = ring->next;
        }
    } else {
        mark->waits = true;
    }
    if (written || ring->next % slots_a_sector(ring) != 0)
        move_on(ring); /* else the sector is erased once more */
    (void)xSemaphoreGive(ring->lock);
    return written;
}

bool vb_event_ring_write(struct vb_event_ring *ring)
{
    bool any = ring->partition != NULL;
    for (unsigned i = 0; any && i < 2 * VB_EVENT_RING_ENTRIES; i++) {
        if (!write_one(ring, &any))
            return false;
    }
    return true;
}

/* ---- The start ---- */

static bool read_slot(struct vb_event_ring *ring, uint16_t at)
{
    return esp_partition_read(ring->partition, (size_t)at * VB_EVENT_SLOT_BYTES, ring->bytes,
                              sizeof ring->bytes) == ESP_OK &&
           vb_event_slot_decode(ring->bytes, &ring->slot);
}

static bool is_blank(struct vb_event_ring *ring, uint16_t at)
{
    bool blank = esp_partition_read(ring->partition, (size_t)at * VB_EVENT_SLOT_BYTES, ring->bytes,
                                    sizeof ring->bytes) == ESP_OK;
    for (unsigned i = 0; i < sizeof ring->bytes; i++)
        blank = blank && ring->bytes[i] == 0xff;
    return blank;
}

/* After the newest slot, and after what was torn there. */
static void find_next(struct vb_event_ring *ring)
{
    for (uint16_t at = 0; at < slot_count(ring); at++) {
        if (read_slot(ring, at) && ring->slot.number > ring->number) {
            ring->number = ring->slot.number;
            ring->next = (uint16_t)((at + 1) % slot_count(ring));
        }
    }
    while (ring->next % slots_a_sector(ring) != 0 && !is_blank(ring, ring->next))
        move_on(ring);
}

static void take_slot(struct vb_event_ring *ring, uint16_t at)
{
    const struct vb_event_slot *slot = &ring->slot;
    const struct vb_event_mark mark = {.number = slot->number, .slot = at};
    if (slot->kind == VB_EVENT_SLOT_NOTE) {
        struct vb_short_note *place = place_for_note(ring, slot->note.key);
        *place = slot->note;
        *note_mark(ring, place) = mark;
        return;
    }
    struct vb_occurrence *place = kept_with(ring, slot->occurrence.id);
    if (place == NULL)
        place = place_for_another(ring);
    if (slot->occurrence.id > ring->newest)
        ring->newest = slot->occurrence.id;
    if (place == NULL)
        return;
    *place = slot->occurrence;
    *mark_of(ring, place) = mark;
}

bool vb_event_ring_open(struct vb_event_ring *ring, const char *label, SemaphoreHandle_t lock)
{
    memset(ring, 0, sizeof *ring);
    ring->port = (struct vb_event_store){.ctx = ring,
                                         .add = add,
                                         .change = change,
                                         .find = find,
                                         .before = before,
                                         .note = note,
                                         .noted = noted,
                                         .waits = waits};
    ring->lock = lock;
    ring->partition =
        esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, label);
    if (ring->partition == NULL ||
        ring->partition->size / ring->partition->erase_size < VB_EVENT_RING_SECTORS_MIN) {
        ring->partition = NULL;
        return false;
    }
    find_next(ring);
    /* From the oldest on, so that the newest of each is what stays. */
    for (uint16_t i = 0; i < slot_count(ring); i++) {
        const uint16_t at = (uint16_t)((ring->next + i) % slot_count(ring));
        if (read_slot(ring, at))
            take_slot(ring, at);
    }
    return true;
}
