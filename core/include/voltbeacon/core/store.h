/* The store interface of the core: small blobs by key, changed in atomic
 * batches.
 *
 * Puts and erases are staged; commit submits the batch and returns immediately. The port answers
 * later, from its event loop, with vb_transmitter_committed() or vb_receiver_committed():
 *
 *   VB_ERR_OK          the batch survives a power cut
 *   VB_ERR_STORE       certainly nothing of it is stored, now or after any restart
 *   VB_ERR_UNCERTAIN   the batch is stored whole or not at all, and which it is a restart may
 *                      show: an fsync failed. It stays so until a later batch, answered VB_ERR_OK,
 *                      has put or erased the same keys
 *
 * At most one batch is under way at a time. */
#ifndef VOLTBEACON_STORE_H
#define VOLTBEACON_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/err.h"

enum {
    VB_STORE_KEY_SIZE = 16,     /* 15 characters and a NUL: the limit of the ESP32's NVS (nvs.h,
                                   NVS_KEY_NAME_MAX_SIZE) */
    VB_STORE_VALUE_MAX = 4200,  /* bytes; a section of 4096 and its head */
    VB_STORE_OP_BYTES = 18,     /* counted for each put and erase, besides the value */
    VB_STORE_BATCH_BYTES = 5000 /* what every store takes in one batch, see journal.h */
};

struct vb_store {
    void *ctx;

    /* Reads the committed value of key into bytes. Called during init and, for values that
     * could not be read then, later between two batches. Returns its size in bytes;
     * VB_ERR_NOT_FOUND; VB_ERR_TOO_LONG if it does not fit; VB_ERR_STORE if it cannot be
     * read. */
    int (*get)(void *ctx, const char *key, uint8_t *bytes, size_t capacity);

    /* Calls visit for every committed key, in any order; called when get may be, and visit may call
     * get. The key is valid only during the call. VB_ERR_STORE: not all could be listed. */
    enum vb_err (*each)(void *ctx, void (*visit)(void *visit_ctx, const char *key),
                        void *visit_ctx);

    /* Stages a change into the open batch. The bytes are copied. */
    void (*put)(void *ctx, const char *key, const uint8_t *bytes, size_t size);
    void (*erase)(void *ctx, const char *key);

    /* Closes the batch and starts writing it. The answer carries the token. */
    void (*commit)(void *ctx, uint32_t token);
};

#endif
