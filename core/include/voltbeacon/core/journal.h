/* Atomic batches on top of a store that writes key by key, such as an ESP32's NVS.
 *
 * The batch is written as one record under a key of its own, then key by key, then the record
 * is erased. A record found at startup was not completed, or may not have been: it is
 * replayed. So until the record is written nothing has changed, and from then on all of it
 * will have:
 *
 *   what fails                    answer               after a restart
 *   the record                    VB_ERR_STORE         nothing of the batch
 *   the record, and erasing it    VB_ERR_UNCERTAIN     nothing, or all
 *   a key                         VB_ERR_UNCERTAIN     all
 *   erasing the record            VB_ERR_OK            all, written once more
 *
 * A value may be torn at any byte when the power fails: the record has a checksum, and its keys are
 * overwritten. vb_journal_write() waits for the flash, so it may run on its own thread; nothing
 * else of the journal may be called meanwhile. */
#ifndef VOLTBEACON_JOURNAL_H
#define VOLTBEACON_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/kept.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/store.h"

VB_C_BEGIN

enum {
    VB_JOURNAL_BYTES = 5120 /* of a record: on NVS's usual 24 kB, one of 8 kB could not be written a
                               second time */
};

/* A store that writes one key at a time. */
struct vb_key_store {
    void *ctx;

    /* As in struct vb_store. */
    int (*get)(void *ctx, const char *key, uint8_t *bytes, size_t capacity);
    enum vb_err (*each)(void *ctx, void (*visit)(void *visit_ctx, const char *key),
                        void *visit_ctx);

    /* VB_ERR_OK: it survives a power cut. VB_ERR_STORE: done, not done, or partly done. */
    enum vb_err (*write)(void *ctx, const char *key, const uint8_t *bytes, size_t size);
    enum vb_err (*erase)(void *ctx, const char *key); /* of an absent key: VB_ERR_OK */
};

enum vb_journal_state {
    VB_JOURNAL_SHUT,      /* not opened yet: the store may hold half a batch */
    VB_JOURNAL_STAGING,   /* accepts a batch */
    VB_JOURNAL_UNFINISHED /* a batch's record is written but its keys are not: they go first */
};

/* Allocated by the caller; private to the journal, except for port. */
struct vb_journal {
    struct vb_store port; /* for the core's config */
    const struct vb_key_store *under;
    enum vb_journal_state state;
    bool committed;  /* a batch is waiting for vb_journal_write() */
    enum vb_err why; /* why the staged batch cannot be written: VB_ERR_TOO_LONG, VB_ERR_STORE */
    uint32_t token;  /* of the waiting batch */
    uint8_t *bytes;  /* the record being staged or finished */
    size_t capacity; /* of them */
    size_t used;
};

/* under and the bytes are the caller's and must outlive the journal, which must not be moved. Of
 * bytes there are VB_JOURNAL_BYTES, or fewer where every batch is known to fit: its values, each
 * with VB_STORE_OP_BYTES, and VB_KEPT_HEAD_BYTES. For a store that exists it must not become less:
 * a longer record could not be read back. */
void vb_journal_init(struct vb_journal *journal, const struct vb_key_store *under, uint8_t *bytes,
                     size_t capacity);
/* Replays what the previous run left unfinished. Nothing can be read until then. VB_ERR_STORE: not
 * yet; may be called again. */
VB_MUST_USE enum vb_err vb_journal_open(struct vb_journal *journal);

/* Writes the waiting batch and returns its result for vb_..._committed() with journal->token. A
 * batch that does not fit is refused as a whole: VB_ERR_STORE, with *why set to
 * VB_ERR_TOO_LONG; otherwise *why is the result. */
VB_MUST_USE enum vb_err vb_journal_write(struct vb_journal *journal, enum vb_err *why);

VB_C_END

#endif
