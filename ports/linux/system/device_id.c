#include "linux/system/device_id.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "linux/system/host.h"
#include "linux/system/log.h"
#include "linux/system/system_random.h"

enum { PATH_SIZE = VB_HOST_PATH_SIZE + 32 };

enum found { FOUND, ABSENT, DAMAGED, UNREADABLE };

static enum found read_id(const char *path, struct vb_mac *mac)
{
    char text[64];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? ABSENT : UNREADABLE;
    const ssize_t size = read(fd, text, sizeof text);
    close(fd);
    if (size < 0)
        return UNREADABLE;
    const size_t length = VB_MAC_TEXT_SIZE - 1;
    const bool whole = (size_t)size == length + 1 && text[length] == '\n';
    return whole && vb_mac_parse(text, length, mac) && (mac->bytes[0] & 1) == 0 ? FOUND : DAMAGED;
}

/* Complete and durable, or not at all. */
static bool write_id(const char *data_dir, const char *path, const struct vb_mac *mac)
{
    char temporary[PATH_SIZE + 16];
    char text[VB_MAC_TEXT_SIZE + 1];
    vb_mac_format(mac, text);
    text[VB_MAC_TEXT_SIZE - 1] = '\n';
    snprintf(temporary, sizeof temporary, "%s.new", path);
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    const bool written = write(fd, text, VB_MAC_TEXT_SIZE) == VB_MAC_TEXT_SIZE && fsync(fd) == 0;
    close(fd);
    if (!written || rename(temporary, path) != 0) {
        unlink(temporary);
        return false;
    }
    const int folder = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        (void)fsync(folder);
        close(folder);
    }
    return true;
}

static void make_random(struct vb_mac *mac)
{
    const uint64_t random = vb_random_seed_from_system();
    for (size_t i = 0; i < VB_MAC_BYTES; i++)
        mac->bytes[i] = (uint8_t)(random >> 8 * i);
    mac->bytes[0] = (uint8_t)((mac->bytes[0] | 0x02) & 0xfe); /* locally administered, not a
                                                                 group */
}

void vb_device_id(const char *role, const char *data_dir, bool used, struct vb_mac *mac)
{
    char path[PATH_SIZE];
    char aside[PATH_SIZE + 16];
    snprintf(path, sizeof path, "%s/" VB_DEVICE_ID_FILE, data_dir);
    const enum found found = read_id(path, mac);
    if (found == FOUND)
        return;
    if (found == UNREADABLE) {
        vb_log(VB_LOG_ERROR,
               "%s cannot be read: %s; this may appear as another device until it can", path,
               strerror(errno));
        vb_host_device_mac(role, data_dir, mac);
        return;
    }
    if (found == DAMAGED) {
        snprintf(aside, sizeof aside, "%s.damaged", path);
        (void)rename(path, aside);
        vb_log(VB_LOG_ERROR,
               "%s is damaged and was moved to %s: this is another device from now on; forget the "
               "old one at the receiver",
               path, aside);
    }
    if (used && found == ABSENT)
        vb_host_device_mac(role, data_dir, mac);
    else
        make_random(mac);
    if (write_id(data_dir, path, mac))
        return;
    vb_log(VB_LOG_WARNING, "%s cannot be written; this device is identified by its folder", path);
    vb_host_device_mac(role, data_dir, mac);
}
