/* What a slot of the events' partition holds: one occurrence or one short text, with a number that
 * grows from slot to slot and a checksum, so that what was torn is known for it.
 *
 *   0  form u8 (0x5e), kind u8, size u16 of the content, number u32
 *   8  content
 *      CRC-32C u32 of all before
 *
 * Kinds of occurrences are kept by name: a list may grow in its middle. */
#ifndef VOLTBEACON_ESP_IDF_EVENT_SLOT_H
#define VOLTBEACON_ESP_IDF_EVENT_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/device/event_store.h"

enum {
    VB_EVENT_SLOT_BYTES = 512,
    VB_EVENT_SHORT_NOTE_SIZE = 64 /* bytes of a text; a longer one is not kept */
};

struct vb_short_note {
    char key[VB_EVENT_NOTE_KEY_SIZE]; /* "" = not used */
    uint8_t size;
    char text[VB_EVENT_SHORT_NOTE_SIZE];
};

enum vb_event_slot_kind { VB_EVENT_SLOT_OCCURRENCE = 1, VB_EVENT_SLOT_NOTE };

struct vb_event_slot {
    enum vb_event_slot_kind kind;
    uint32_t number;
    struct vb_occurrence occurrence; /* of that kind; its moments since the start are not kept */
    struct vb_short_note note;       /* likewise */
};

/* Returns how many of the bytes are to be written. */
size_t vb_event_slot_encode(const struct vb_event_slot *slot, uint8_t bytes[VB_EVENT_SLOT_BYTES]);
/* False where it is not what was encoded. */
VB_MUST_USE bool vb_event_slot_decode(const uint8_t bytes[VB_EVENT_SLOT_BYTES],
                                      struct vb_event_slot *slot);

#endif
