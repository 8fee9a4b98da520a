#include "voltbeacon/core/transmitter_ask.h"

/* As for a crowd of hellos: the beacon asks whoever hears it, account or not. */
void vb_transmitter_ask(struct vb_transmitter *t)
{
    t->greetings.crowded = t->announced;
    t->beacon_due = t->announced;
}
