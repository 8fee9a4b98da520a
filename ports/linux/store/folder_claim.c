#include "linux/store/folder_claim.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* FNV-1a, 64 bits: spreads names, no security. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return hash;
}

/* The same path is another folder in another mount namespace, as in a container. */
static uint64_t hash_of(const char *path)
{
    struct stat mounts;
    uint64_t hash = hash_bytes(0xcbf29ce484222325u, path, strlen(path));
    if (stat("/proc/self/ns/mnt", &mounts) == 0)
        hash = hash_bytes(hash, &mounts.st_ino, sizeof mounts.st_ino);
    return hash;
}

/* Whether the listener is this user or root: a stranger squatting on a name blocks nobody. */
static bool is_held_by_us(const struct sockaddr_un *address, socklen_t size)
{
    struct ucred who = {0};
    socklen_t who_size = sizeof who;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const bool known = fd >= 0 && connect(fd, (const struct sockaddr *)address, size) == 0 &&
                       getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &who_size) == 0;
    /* EAGAIN: a full backlog, or it has just bound: it exists. */
    const bool held = known ? who.uid == geteuid() || who.uid == 0 : errno == EAGAIN;
    if (fd >= 0)
        close(fd);
    return held;
}

bool vb_folder_claim(const char *dir, int *fd)
{
    char *path = realpath(dir, NULL);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1,
                                "voltbeacon-%016" PRIx64, hash_of(path != NULL ? path : dir));
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    free(path);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return true;
    if (bind(*fd, (const struct sockaddr *)&address, size) == 0 && listen(*fd, 1) == 0)
        return true;
    const bool taken = errno == EADDRINUSE;
    close(*fd);
    *fd = -1;
    return !taken || !is_held_by_us(&address, size);
}
