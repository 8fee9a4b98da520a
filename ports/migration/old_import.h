/* Takes the settings of the older designs over, once: from what their receiver kept into a
 * transmitter of today, as edits of a receiver of today.
 *
 *     begin -> { turn } after each turn of the receiver, for as long as it likes
 *
 *     waits --sent--> sent --confirmed--> done
 *       |               |-- conflict, lost --> waits
 *       |-- refused, nothing, set since --> left <-- refused
 *
 * Nothing is overwritten: a section that the transmitter's owner has set since is left as it is.
 * The old keys stay as they are; a mark of each section that is done with outlives a restart. */
#ifndef VOLTBEACON_OLD_IMPORT_H
#define VOLTBEACON_OLD_IMPORT_H

#include "migration/old_settings.h"
#include "voltbeacon/core/journal.h"
#include "voltbeacon/core/receiver.h"

VB_C_BEGIN

enum vb_old_step {
    VB_OLD_WAITS, /* for the transmitter to be verified */
    VB_OLD_SENT,  /* the edit is under way */
    VB_OLD_DONE,  /* the transmitter has it */
    VB_OLD_LEFT   /* nothing will be sent; `why` tells */
};

enum vb_old_why {
    VB_OLD_WHY_NONE,
    VB_OLD_WHY_NOTHING,     /* there is nothing to take over, or what there is was refused */
    VB_OLD_WHY_MARKED,      /* it was done with in an earlier life */
    VB_OLD_WHY_SET_SINCE,   /* the transmitter holds more than its first version */
    VB_OLD_WHY_TRANSMITTER, /* the transmitter has refused it */
    VB_OLD_WHY_MARKS        /* the marks cannot be read: whether it was done is not known */
};

struct vb_old_row {
    enum vb_old_step step;
    enum vb_old_why why;
    uint64_t edit;
    struct vb_old_section old;
};

/* The caller's; what it was begun with outlives it. */
struct vb_old_import {
    const struct vb_key_store *marks;
    struct vb_old_row rows[VB_OLD_SECTIONS];
};

/* Reads the old keys. marks: a namespace of its own, in which nothing else stands. with_secrets:
 * whether the receiver may send them, as its config says. */
void vb_old_import_begin(struct vb_old_import *import, const struct vb_old_keys *keys,
                         const struct vb_key_store *marks, bool with_secrets);

/* Sends what can be sent to that transmitter, and looks what became of it. Of the old store nobody
 * knows whose it was, so the caller names the transmitter. Bit n of the answer: row n has gone on,
 * and vb_old_row_text() has a line for the log. */
unsigned vb_old_import_turn(struct vb_old_import *import, struct vb_receiver *receiver,
                            const struct vb_mac *transmitter, uint32_t now_ms);

/* As "old settings, mqtt: the transmitter has them now". */
void vb_old_row_text(const struct vb_old_row *row, char *text, size_t capacity);

VB_C_END

#endif
