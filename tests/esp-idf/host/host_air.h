/* The air as a pair of sockets: what the radio sends reaches a device at the other end of the pipe
 * link, "pipe:PATH", and the other way round, but for what is lost. */
#ifndef VOLTBEACON_TESTS_HOST_AIR_H
#define VOLTBEACON_TESTS_HOST_AIR_H

#include "voltbeacon/core/mac.h"

/* role: "receiver" or "transmitter", this end's. Before the radio is opened; once. */
void host_air_open(const char *path, const char *role, const struct vb_mac *mac,
                   unsigned loss_percent);

#endif
