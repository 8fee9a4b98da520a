/* What the fuzzers of stores share: a store that a device has written, damaged as the input says. A
 * damage is {row, what, where, how many bytes, bytes}. */
#ifndef VOLTBEACON_TESTS_FUZZ_STORE_H
#define VOLTBEACON_TESTS_FUZZ_STORE_H

#include "../fixtures/memory_store.h"
#include "fuzz_require.h"
#include "voltbeacon/core/bytes.h"

enum { DAMAGE_KINDS = 5 };

/* The index-th row that is used, counted round and round; NULL where none is. */
static inline struct memory_row *store_row(struct memory_store *store, uint8_t index)
{
    unsigned used = 0;
    for (unsigned i = 0; i < MEMORY_ROWS_MAX; i++)
        used += store->rows[i].key[0] != '\0';
    unsigned skip = used == 0 ? 0 : index % used;
    for (unsigned i = 0; i < MEMORY_ROWS_MAX; i++) {
        if (store->rows[i].key[0] != '\0' && skip-- == 0)
            return &store->rows[i];
    }
    return NULL;
}

static inline void damage_row(struct memory_row *row, uint8_t what, uint16_t where,
                              const uint8_t *bytes, size_t size)
{
    switch (what % DAMAGE_KINDS) {
    case 0: /* other bytes within it */
        for (size_t i = 0; i < size && row->size > 0; i++)
            row->bytes[(where + i) % row->size] ^= bytes[i];
        break;
    case 1: /* cut */
        row->size = where % (row->size + 1);
        break;
    case 2: /* something else altogether */
        memcpy(row->bytes, bytes, size);
        row->size = size;
        break;
    case 3: /* something behind it */
        size = row->size + size <= sizeof row->bytes ? size : sizeof row->bytes - row->size;
        memcpy(row->bytes + row->size, bytes, size);
        row->size += size;
        break;
    default: /* gone */
        row->key[0] = '\0';
    }
}

static inline void damage_store(struct memory_store *store, const uint8_t *data, size_t size)
{
    struct vb_reader reader = vb_reader_of(data, size);
    while (vb_reader_left(&reader) > 0) {
        struct memory_row *row = store_row(store, vb_read_u8(&reader));
        const uint8_t what = vb_read_u8(&reader);
        const uint16_t where = vb_read_u16(&reader);
        size_t count = vb_read_u8(&reader);
        count = count < vb_reader_left(&reader) ? count : vb_reader_left(&reader);
        const uint8_t *bytes = vb_read_view(&reader, count);
        if (row == NULL || bytes == NULL)
            return;
        damage_row(row, what, where, bytes, count);
    }
}

#endif
