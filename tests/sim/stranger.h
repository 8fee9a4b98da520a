/* Frames of somebody who belongs to nobody here, whole and with a valid checksum. */
#ifndef VOLTBEACON_STRANGER_H
#define VOLTBEACON_STRANGER_H

#include "world/world.h"

enum {
    STRANGERS = 5,
    STRANGERS_THAT_SEND = STRANGERS + 1 /* to a receiver: one more says now this, now that */
};

enum stranger_word {
    STRANGER_HELLO,    /* to a transmitter: who are you */
    STRANGER_FRAGMENT, /* to a transmitter: a piece of an edit whose rest never comes */
    STRANGER_BEACON,   /* to a receiver: a transmitter that never answers */
    STRANGER_TRICKLE,  /* likewise, with a piece of a section whose rest never comes */
    STRANGER_WORDS
};

/* Speaks to one device, as one of a few strangers or, where as is not NULL, under that address,
 * which is a receiver's. Which stranger, and what else is in the frame, is left to the dice. */
void stranger_speak(struct vb_world *world, struct vb_random *dice, uint8_t to,
                    enum stranger_word word, const struct vb_mac *as);

#endif
