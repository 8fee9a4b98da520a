/* A store in memory that fails like a disk: it answers late, it refuses, its power goes at any
 * operation.
 *
 * A batch is whole or absent, as SQLite promises. But one whose answer was "uncertain", or that had
 * none because the power went, may be either: that is the fault worth testing.
 *
 * Or it is a flash that writes key by key, under the core's journal: then the power goes at any
 * single write, and leaves its value torn. */
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
    VB_WORLD_CUT_ABSENT, /* the power went: nobody is told */
    VB_WORLD_CUT_STORED
};

/* One device has one: without it no store of its has an effect. */
struct vb_world_power {
    uint32_t cut_in; /* operations until it goes; 0 = it stays */
    bool cut;        /* it went */
    bool unreadable; /* it is there, but nothing can be read of the stores */
    bool lossy;      /* the disk answers what it has not written: the last batches may be lost */
};

/* A row as it was before a batch that has been answered and is not on the disk yet. */
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
    bool stays;        /* a write that fails has been done all the same */
    bool tears;        /* the power goes at that one, and what it wrote is torn ... */
    uint16_t tears_at; /* ... behind so many thousandths */
    uint32_t torn;     /* so many writes, since init */
    bool committing;   /* a batch is under way: it waits for vb_world_store_end */
    uint32_t token;
    uint64_t answer_ms;                           /* world time of its answer; the world's own */
    struct vb_world_undo undo[VB_WORLD_UNDO_MAX]; /* the oldest first */
    unsigned undo_count;
    uint32_t batches; /* applied; of a flash, single writes */
    uint32_t written; /* batches of which it was said that they are stored */
    uint32_t commits;
    uint32_t puts;
    uint32_t erases;
    void *watcher; /* of every row that becomes durable; watch may be NULL */
    void (*watch)(void *watcher, const struct vb_world_row *row);
};

/* Empty. The store must stay where it is: port points into it. The power is the caller's. */
void vb_world_store_init(struct vb_world_store *store, struct vb_world_power *power);
/* The power is back: what was not durable is gone. */
void vb_world_store_restart(struct vb_world_store *store);
/* Makes it a flash with a journal, or a store of batches again; the device is off. */
void vb_world_store_flash(struct vb_world_store *store, bool flash);
/* Decides what becomes of the batch under way, and returns the answer: of a flash what the journal
 * makes of a write that fails, or of the power that goes at one, by dice. */
enum vb_err vb_world_store_end(struct vb_world_store *store, enum vb_world_outcome outcome,
                               struct vb_random *dice);
/* As it is in `from`: a backup taken, or put back. */
void vb_world_table_copy(struct vb_world_table *to, const struct vb_world_table *from);
/* NULL if it is not there. */
const struct vb_world_row *vb_world_store_find(const struct vb_world_store *store, const char *key);
/* Writes a row behind the device's back: what an earlier life, or a restore, has left. */
void vb_world_store_plant(struct vb_world_store *store, const char *key, const uint8_t *bytes,
                          size_t size);
/* Likewise, with the head that tells that it is whole (kept.h). */
void vb_world_store_plant_kept(struct vb_world_store *store, const char *key,
                               const uint8_t *content, size_t size);
/* Flips a bit of the value of a row, behind the device's back; nothing where there is no row. */
void vb_world_store_rot(struct vb_world_store *store, unsigned row, uint32_t bit);
/* The power has gone at a lossy disk: the last `batches` of those that the undo log still knows are
 * lost, the others written. Whether any was. */
bool vb_world_store_lose(struct vb_world_store *store, uint32_t batches);
/* How many of the last batches that could hit. */
uint32_t vb_world_store_unwritten(const struct vb_world_store *store);
/* Loses everything, as a replaced flash chip does. */
void vb_world_store_wipe(struct vb_world_store *store);

#endif
