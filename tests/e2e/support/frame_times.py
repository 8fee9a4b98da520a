#!/usr/bin/env python3
"""Says when each datagram for a port of the loopback link was sent, by the kernel's clock.

frame_times.py PORT     a line each: seconds, bytes in hex; the first line says "listening"

A test that is kept from running sees frames together that were sent apart.
"""
import socket
import struct
import sys

SO_TIMESTAMPNS = 35  # Linux: asm-generic/socket.h
DATAGRAM_BYTES_MAX = 2048


def stamp(ancillary):
    (_, _, bytes_), = ancillary
    seconds, nanoseconds = struct.unpack("qq", bytes_)
    return seconds + nanoseconds / 1e9


def main(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ears:
        ears.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ears.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        ears.bind(("127.255.255.255", int(port)))
        print("listening", flush=True)
        while True:
            frame, ancillary, _, _ = ears.recvmsg(DATAGRAM_BYTES_MAX, 64)
            print(f"{stamp(ancillary):.6f} {frame.hex()}", flush=True)


main(*sys.argv[1:])
