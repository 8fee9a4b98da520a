/* Complete frames with a valid checksum, from somebody who does not belong here. */
#ifndef VOLTBEACON_STRANGER_H
#define VOLTBEACON_STRANGER_H

#include "world/world.h"

enum {
    STRANGERS = 5,
    STRANGERS_THAT_SEND =
        STRANGERS + 1 /* to a receiver: one more, whose frames contradict each other */
};

enum stranger_word {
    STRANGER_HELLO,    /* to a transmitter: who are you */
    STRANGER_FRAGMENT, /* to a transmitter: a fragment of an edit whose rest never comes */
    STRANGER_BEACON,   /* to a receiver: a transmitter that never answers */
    STRANGER_TRICKLE,  /* likewise, with a fragment of a section whose rest never comes */
    STRANGER_WORDS
};

/* Sends to one device, as one of a few strangers or, if `as` is not NULL, under that address of a
 * receiver. Which stranger, and the rest of the frame, are random. */
void stranger_speak(struct vb_world *world, struct vb_random *dice, uint8_t to,
                    enum stranger_word word, const struct vb_mac *as);

#endif
