#!/usr/bin/env python3
"""A pair of sockets whose ends processes inherit, for links of pipe:FD.

pipe_ends.py hold PATH TYPE                  makes a pair of SOCK_TYPE, gives its ends away at PATH
pipe_ends.py take PATH END FD PROGRAM [ARG]  becomes PROGRAM, with end 0 or 1 as descriptor FD
"""
import array
import os
import socket
import sys


def hold(path, kind):
    ends = socket.socketpair(socket.AF_UNIX, getattr(socket, f"SOCK_{kind}"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(path)
        door.listen()
        print("holding", flush=True)
        while True:
            client, _ = door.accept()
            with client:
                end = ends[int(client.recv(1))]
                rights = array.array("i", [end.fileno()])
                client.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])


def take(path, end, fd, program, *args):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.connect(path)
        door.sendall(end.encode())
        _, fds, _, _ = socket.recv_fds(door, 1, 1)
    os.dup2(fds[0], int(fd), inheritable=True)
    os.execv(program, [program, *args])


{"hold": hold, "take": take}[sys.argv[1]](*sys.argv[2:])
