/* Takes over the settings of the older designs, once: what their receiver kept goes to a
 * transmitter of this design, as edits of a receiver of this design.
 *
 *     begin -> { turn } after each turn of the receiver, for as long as the caller likes
 *
 *     waits --sent--> sent --confirmed--> done
 *       |               |-- conflict, lost --> waits
 *       |-- refused, nothing, set since --> left <-- refused
 *
 * Nothing is overwritten: a section that the transmitter's owner has set since is left as it is.
 * The old keys stay as they are; each section that is finished is marked, and the mark survives a
 * restart. */
#ifndef VOLTBEACON_OLD_IMPORT_H
#define VOLTBEACON_OLD_IMPORT_H

#include "migration/old_settings.h"
#include "voltbeacon/core/journal.h"
#include "voltbeacon/core/receiver.h"

VB_C_BEGIN

enum vb_old_step {
    VB_OLD_WAITS, /* until the transmitter is verified */
    VB_OLD_SENT,  /* the edit is under way */
    VB_OLD_DONE,  /* the transmitter has it */
    VB_OLD_LEFT   /* nothing will be sent: see `why` */
};

enum vb_old_why {
    VB_OLD_WHY_NONE,
    VB_OLD_WHY_NOTHING,     /* nothing is stored, or what is stored was refused */
    VB_OLD_WHY_MARKED,      /* it was finished before a restart */
    VB_OLD_WHY_SET_SINCE,   /* the transmitter holds more than its first version */
    VB_OLD_WHY_TRANSMITTER, /* the transmitter has refused it */
    VB_OLD_WHY_MARKS        /* the marks cannot be read, so nobody knows whether it was done */
};

struct vb_old_row {
    enum vb_old_step step;
    enum vb_old_why why;
    uint64_t edit;
    struct vb_old_section old;
};

/* Owned by the caller; what it was begun with must outlive it. */
struct vb_old_import {
    const struct vb_key_store *marks;
    struct vb_old_row rows[VB_OLD_SECTIONS];
};

/* Reads the old keys. marks: a namespace that holds nothing else. with_secrets: whether the
 * receiver's config lets it send secrets. */
void vb_old_import_begin(struct vb_old_import *import, const struct vb_old_keys *keys,
                         const struct vb_key_store *marks, bool with_secrets);

/* Sends what can be sent to that transmitter, and checks what became of it. The old store does not
 * say whose settings it holds, so the caller names the transmitter. Bit n of the result: row n has
 * another state, and vb_old_row_text() has a line for the log. */
unsigned vb_old_import_turn(struct vb_old_import *import, struct vb_receiver *receiver,
                            const struct vb_mac *transmitter, uint32_t now_ms);

/* Such as "old settings, mqtt: the transmitter has them now". */
void vb_old_row_text(const struct vb_old_row *row, char *text, size_t capacity);

VB_C_END

#endif
