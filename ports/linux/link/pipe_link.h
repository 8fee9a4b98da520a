/* A link between two processes of one machine, without a network: "pipe:FD" or "pipe:PATH".
 *
 * FD is a descriptor that this process inherited: one end of a socketpair() of datagrams or of
 * whole packets (SOCK_DGRAM, SOCK_SEQPACKET), the other device has the other end.
 *
 * PATH is a name in the file system: the transmitter listens at PATH.transmitter, the receiver at
 * PATH.receiver, and each finds the other whenever it is there. What a daemon that ended left
 * behind is replaced.
 *
 * It loses nothing, and unlike UDP it knows at once whether a frame arrived: where the other end is
 * gone it is VB_LINK_LOST, where its queue is full it is VB_LINK_REFUSED. */
#ifndef VOLTBEACON_LINUX_PIPE_LINK_H
#define VOLTBEACON_LINUX_PIPE_LINK_H

#include "linux/link/linux_link.h"

extern const struct vb_link_kind vb_pipe_link_kind;

#endif
