/* What a receiver takes of RAM that is built for packs of 96 cells, for size.py. */
#include "receiver_ram.h"

_Static_assert(VB_CELLS_MAX == 96, "built with -DVB_CELLS_MAX=96");

int main(void)
{
    say("RAM: 96 cells, receiver device, 1 transmitter", device_bytes(1));
    say("RAM: 96 cells, receiver device, 2 transmitters", device_bytes(2));
    return 0;
}
