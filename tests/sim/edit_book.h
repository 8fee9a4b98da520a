/* The edits of a run and their outcomes: each is applied at most once, and only to the content it
 * was based on. */
#ifndef VOLTBEACON_EDIT_BOOK_H
#define VOLTBEACON_EDIT_BOOK_H

#include "world/world.h"

enum { EDIT_BOOK_MAX = 2048 };

/* One edit made at a receiver; no other change of the run has its value. */
struct booked_edit {
    uint64_t id;
    uint32_t store_id; /* what it was made on */
    uint32_t version;
    uint32_t value;
    uint8_t transmitter;
    uint8_t section;
    uint8_t tag;
    uint8_t applied; /* how often it was announced as new */
    bool refused;    /* its receiver was told so */
    bool conflict;   /* likewise */
    bool answered;   /* by the transmitter */
    bool forgotten;  /* its result is no longer among those that the transmitter keeps */
};

/* One of the last that a transmitter has answered. */
struct answered_edit {
    uint64_t id;
    bool applied; /* then the result survives a reboot */
};

/* The content of a section as it was last announced. */
struct announced_content {
    uint32_t store_id; /* 0 = none yet */
    uint32_t version;
    uint16_t size;
    uint8_t bytes[VB_SECTION_BYTES_MAX];
};

struct edit_book {
    struct booked_edit edits[EDIT_BOOK_MAX];
    unsigned count;
    struct answered_edit answered[VB_WORLD_NODES_MAX][VB_EDIT_LEDGER_MAX];
    unsigned answered_next[VB_WORLD_NODES_MAX];
    struct announced_content last[VB_WORLD_NODES_MAX][VB_MARKS_MAX + 1];
};

void edit_book_init(struct edit_book *book);
void edit_book_add(struct edit_book *book, const struct booked_edit *edit);
/* The transmitter announces this content. Returns what is wrong with it; NULL if nothing is. */
const char *edit_book_announced(struct edit_book *book, uint8_t transmitter, uint32_t store_id,
                                const struct vb_cache *live, const struct vb_cache_entry *entry);
/* The transmitter answers. It forgets applied edits that are not among the last eight. */
void edit_book_answered(struct edit_book *book, uint8_t transmitter, uint64_t id, bool applied);
/* The transmitter boots: it no longer knows that it could not store an edit, so a copy that the
 * link has delayed counts as a new edit. */
void edit_book_boot(struct edit_book *book, uint8_t transmitter);
/* Its store is restored: the outcome of the edits it has heard of is open again. */
void edit_book_restored(struct edit_book *book, uint8_t transmitter);
/* NULL if it is not in the book. */
struct booked_edit *edit_book_find(struct edit_book *book, uint64_t id);

#endif
