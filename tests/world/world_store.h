/* A store in memory that fails like a disk: it answers late, it refuses, its power fails at any
 * operation.
 *
 * A batch is stored completely or not at all, as SQLite promises. But one that was answered with
 * "uncertain", or not at all because the power failed, may be either: that is the fault to test.
 *
 * Or it is a flash that writes key by key, under the core's journal: then the power fails at any
 * single write and leaves a torn value. */
#ifndef VOLTBEACON_WORLD_STORE_H
#define VOLTBEACON_WORLD_STORE_H

#include <stdbool.h>

#include "voltbeacon/core/journal.h"
#include "voltbeacon/core/random.h"
#include "voltbeacon/core/store.h"

#define VB_WORLD_NEVER_MS 0xffffffffffffffffull

enum {
    VB_WORLD_ROWS_MAX = 256,
    VB_WORLD_BATCH_OPS_MAX = 512,
    VB_WORLD_BATCH_BYTES_MAX = 1 << 18,
    VB_WORLD_UNDO_MAX = 32 /* rows */
};

struct vb_world_row {
    char key[VB_STORE_KEY_SIZE];
    uint16_t size;                   /* bytes */
    uint8_t bytes[VB_JOURNAL_BYTES]; /* of a key-by-key flash, else VB_STORE_VALUE_MAX */
};

/* What survives a power cut. */
struct vb_world_table {
    struct vb_world_row rows[VB_WORLD_ROWS_MAX];
    unsigned count;
};

struct vb_world_op {
    char key[VB_STORE_KEY_SIZE];
    bool erase;
    uint32_t offset; /* of the value within the batch's bytes */
    uint16_t size;
};

enum vb_world_outcome {
    VB_WORLD_STORED,
    VB_WORLD_FAILED,           /* answered VB_ERR_STORE, and absent */
    VB_WORLD_UNCERTAIN_ABSENT, /* answered VB_ERR_UNCERTAIN ... */
    VB_WORLD_UNCERTAIN_STORED,
    VB_WORLD_CUT_ABSENT, /* the power failed: nobody is told */
    VB_WORLD_CUT_STORED
};

/* One per device: without power none of its stores has an effect. */
struct vb_world_power {
    uint32_t cut_in; /* operations until it fails; 0 = it does not */
    bool cut;        /* it has failed */
    bool unreadable; /* there is power, but the stores cannot be read */
    bool lossy;      /* the disk acknowledges before writing: the last batches may be lost */
};

/* A row as it was before a batch that is acknowledged but not on disk yet. */
struct vb_world_undo {
    struct vb_world_row row;
    bool absent; /* it was not there */
    uint32_t batch;
};

struct vb_world_store {
    struct vb_store port; /* for the device's config */
    struct vb_world_power *power;
    struct vb_world_table durable;
    struct vb_world_op ops[VB_WORLD_BATCH_OPS_MAX];
    unsigned op_count;
    uint8_t bytes[VB_WORLD_BATCH_BYTES_MAX];
    uint32_t bytes_used;
    bool flash; /* key by key, under the journal */
    struct vb_journal journal;
    struct vb_key_store keys;
    uint8_t record[VB_JOURNAL_BYTES];
    uint32_t fails_in; /* the first write that fails, counted from 1 ... */
    uint32_t fails;    /* ... and so many; 0 = none does */
    bool stays;        /* a failed write was done all the same */
    bool tears;        /* the power fails at that one, and its value is torn ... */
    uint16_t tears_at; /* ... after so many thousandths */
    uint32_t torn;     /* so many writes, since init */
    bool committing;   /* a batch is under way: it waits for vb_world_store_end */
    uint32_t token;
    uint64_t answer_ms;                           /* world time of its answer; the world's own */
    struct vb_world_undo undo[VB_WORLD_UNDO_MAX]; /* the oldest first */
    unsigned undo_count;
    uint32_t batches; /* applied; of a flash, single writes */
    uint32_t written; /* batches reported as stored */
    uint32_t commits;
    uint32_t puts;
    uint32_t erases;
    void *watcher; /* of every row that becomes durable; watch may be NULL */
    void (*watch)(void *watcher, const struct vb_world_row *row);
};

/* An empty store. It must not move: port points into it. The caller owns the power. */
void vb_world_store_init(struct vb_world_store *store, struct vb_world_power *power);
/* The power is back: what was not durable is lost. */
void vb_world_store_restart(struct vb_world_store *store);
/* Makes it a flash with a journal, or a store of batches again; the device is off. */
void vb_world_store_flash(struct vb_world_store *store, bool flash);
/* Decides the outcome of the batch under way, and returns the answer. For a flash, that is what the
 * journal makes of a random failed write or power cut. */
enum vb_err vb_world_store_end(struct vb_world_store *store, enum vb_world_outcome outcome,
                               struct vb_random *dice);
/* Copies it from `from`: takes or restores a backup. */
void vb_world_table_copy(struct vb_world_table *to, const struct vb_world_table *from);
/* NULL if there is no such row. */
const struct vb_world_row *vb_world_store_find(const struct vb_world_store *store, const char *key);
/* Writes a row behind the device's back, as left by an earlier life or a restore. */
void vb_world_store_plant(struct vb_world_store *store, const char *key, const uint8_t *bytes,
                          size_t size);
/* Likewise, with the header that marks it as undamaged (kept.h). */
void vb_world_store_plant_kept(struct vb_world_store *store, const char *key,
                               const uint8_t *content, size_t size);
/* Flips a bit in the value of a row, behind the device's back; nothing if there is no row. */
void vb_world_store_rot(struct vb_world_store *store, unsigned row, uint32_t bit);
/* The power of a lossy disk has failed: the last `batches` in the undo log are lost, the others
 * written. Returns whether any was lost. */
bool vb_world_store_lose(struct vb_world_store *store, uint32_t batches);
/* How many of the last batches that could lose. */
uint32_t vb_world_store_unwritten(const struct vb_world_store *store);
/* Loses everything, as a replaced flash chip does. */
void vb_world_store_wipe(struct vb_world_store *store);

#endif
