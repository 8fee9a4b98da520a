/* What the core takes of RAM on rv32, for size.py: one "name=bytes" a line. */
#include <stdio.h>

#include "voltbeacon/receiver.h"
#include "voltbeacon/settings.h"
#include "voltbeacon/transmitter.h"

/* The least a receiver's cache can have: all of a transmitter's sections at their largest. */
static size_t peer_cache_size(void)
{
    size_t size = 0;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        if (vb_sections[i].owner == VB_OWNER_TRANSMITTER)
            size += vb_sections[i].bytes_max;
    }
    return size;
}

static void say(const char *name, size_t size)
{
    printf("%s=%zu\n", name, size);
}

int main(void)
{
    say("RAM: transmitter",
        sizeof(struct vb_transmitter) + 2 * (size_t)vb_transmitter_cache_size());
    say("RAM: receiver", sizeof(struct vb_receiver));
    say("RAM: receiver, each peer", sizeof(struct vb_peer) + peer_cache_size());
    say("RAM: receiver, reassembly", VB_SECTION_BYTES_MAX);
    say("RAM: receiver, each edit", sizeof(struct vb_edit));
    say("RAM: receiver, each reading kept", sizeof(struct vb_reading));
    say("RAM: receiver, own settings", sizeof(struct vb_settings));
    return 0;
}
