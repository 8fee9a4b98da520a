#include "voltbeacon/core/transmitter_facts.h"

#include "transmitter_parts.h"

void vb_transmitter_facts(struct vb_transmitter *t, uint32_t now_ms,
                          const struct vb_board_facts *facts)
{
    if (vb_board_facts_equal(facts, &t->facts))
        return;
    t->facts = *facts;
    vb_transmitter_announce(t, now_ms, 0); /* before the boot is announced, with that */
}
