/* A store whose batches happen or do not, over one that writes key by key, as an ESP32's NVS does.
 *
 * The batch is written as one record under a key of its own, then key by key, then the record is
 * erased. A record that is found at the start was not carried out to the end, or may not have been:
 * it is carried out again. So before the record is there nothing has changed, and from then on all
 * of it will have:
 *
 *   what fails                    answer               after a restart
 *   the record                    VB_ERR_STORE         nothing of the batch
 *   the record, and erasing it    VB_ERR_UNCERTAIN     nothing, or all
 *   a key                         VB_ERR_UNCERTAIN     all
 *   erasing the record            VB_ERR_OK            all, written once more
 *
 * A value may be torn at any byte when the power goes: the record has a checksum, and what it holds
 * is written over. vb_journal_write() waits for the flash, so it may run on a thread of its own;
 * nothing else of the journal is called meanwhile. */
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
    VB_JOURNAL_BYTES = 5120 /* of a record: on NVS's usual 24 kB one of 8 kB could not be written a
                               second time */
};

/* A store that writes one key at a time. */
struct vb_key_store {
    void *ctx;

    /* As in struct vb_store. */
    int (*get)(void *ctx, const char *key, uint8_t *bytes, size_t capacity);
    enum vb_err (*each)(void *ctx, void (*visit)(void *visit_ctx, const char *key),
                        void *visit_ctx);

    /* VB_ERR_OK: it survives a power cut. VB_ERR_STORE: it has happened, or not, or in part. */
    enum vb_err (*write)(void *ctx, const char *key, const uint8_t *bytes, size_t size);
    enum vb_err (*erase)(void *ctx, const char *key); /* of what is not there: VB_ERR_OK */
};

enum vb_journal_state {
    VB_JOURNAL_SHUT,      /* not opened yet: what the store holds may be half of a batch */
    VB_JOURNAL_STAGING,   /* takes a batch */
    VB_JOURNAL_UNFINISHED /* a batch's record is there and its keys are not: they come first */
};

/* The caller allocates it; what is in it is the journal's own, but for port. */
struct vb_journal {
    struct vb_store port; /* for the core's config */
    const struct vb_key_store *under;
    enum vb_journal_state state;
    bool committed;  /* a batch waits for vb_journal_write() */
    enum vb_err why; /* the batch being staged cannot be written: VB_ERR_TOO_LONG, VB_ERR_STORE */
    uint32_t token;  /* of the batch that waits */
    uint8_t *bytes;  /* the record, being staged or to be finished */
    size_t used;
};

/* under and VB_JOURNAL_BYTES bytes are the caller's, for as long as the journal is used; it must
 * stay where it is. */
void vb_journal_init(struct vb_journal *journal, const struct vb_key_store *under, uint8_t *bytes);
/* Carries out what an earlier life has left. Until that is done nothing can be read. VB_ERR_STORE:
 * not yet; it may be called again. */
VB_MUST_USE enum vb_err vb_journal_open(struct vb_journal *journal);

/* Writes the batch that waits, and returns its result for vb_..._committed() with journal->token.
 * A batch of more than VB_JOURNAL_BYTES is refused whole: VB_ERR_STORE, and *why is
 * VB_ERR_TOO_LONG; otherwise *why is the result. */
VB_MUST_USE enum vb_err vb_journal_write(struct vb_journal *journal, enum vb_err *why);

VB_C_END

#endif
