/* What a start finds where a batch's record stands, of any content, whole or not: what is a record
 * is carried out, what is none changes nothing, and the next batch is written as if neither had
 * been. The first byte's lowest bit: the rest is given a head that fits. */
#include <string.h>

#include "../fixtures/key_store.h"
#include "fuzz_require.h"
#include "voltbeacon/core/kept.h"

static const char record_key[] = "~batch"; /* of core/src/journal.c */

static struct key_store flash;
static struct vb_journal journal;
static uint8_t record[VB_JOURNAL_BYTES];

static void start(void)
{
    vb_journal_init(&journal, &flash.port, record, sizeof record);
    require(vb_journal_open(&journal) == VB_ERR_OK);
    require(key_store_find(&flash, record_key) == NULL);
    for (unsigned i = 0; i < KEY_ROWS_MAX; i++)
        require(strlen(flash.rows[i].key) < VB_STORE_KEY_SIZE);
}

static void plant(bool sealed, const uint8_t *data, size_t size)
{
    uint8_t value[VB_JOURNAL_BYTES] = {0};
    const size_t head = sealed ? VB_KEPT_HEAD_BYTES : 0;
    size = size < sizeof value - head ? size : sizeof value - head;
    memcpy(value + head, data, size);
    if (sealed)
        vb_kept_seal(record_key, value, head + size);
    key_store_plant(&flash, record_key, value, head + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t next[] = {1, 2, 3};
    uint8_t read[sizeof next];
    enum vb_err why;
    if (size == 0 || size > 256) /* no more keys than there are rows */
        return 0;
    key_store_init(&flash);
    plant((data[0] & 1) != 0, data + 1, size - 1);
    start();
    journal.port.put(journal.port.ctx, "+next", next, sizeof next);
    journal.port.commit(journal.port.ctx, 1);
    require(vb_journal_write(&journal, &why) == VB_ERR_OK && why == VB_ERR_OK);
    start();
    require(journal.port.get(journal.port.ctx, "+next", read, sizeof read) == (int)sizeof next);
    require(memcmp(read, next, sizeof next) == 0);
    return 0;
}
