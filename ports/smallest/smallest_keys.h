/* A flash that forgets: values by key, in memory. It is the first thing to replace on a real board.
 *
 * struct vb_journal makes a store of it, as it does of an ESP32's NVS (voltbeacon/core/journal.h).
 */
#ifndef VOLTBEACON_SMALLEST_KEYS_H
#define VOLTBEACON_SMALLEST_KEYS_H

#include "voltbeacon/core/journal.h"

enum {
    /* A section each, a row for each secret, head, ledger, a change on trial, what was put aside as
     * damaged, and the journal's record: a transmitter never holds more. */
    VB_SMALLEST_KEYS_MAX = 32
};

struct vb_smallest_key {
    char key[VB_STORE_KEY_SIZE]; /* "" = not used */
    size_t size;
    uint8_t bytes[VB_JOURNAL_BYTES]; /* the journal's record is the longest */
};

/* The caller's; must stay where it is. */
struct vb_smallest_keys {
    struct vb_key_store port;
    struct vb_smallest_key rows[VB_SMALLEST_KEYS_MAX];
};

void vb_smallest_keys_init(struct vb_smallest_keys *keys);

#endif
