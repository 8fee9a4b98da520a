#include "linux/system/host.h"

#include <dirent.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define INTERFACES_DIR "/sys/class/net"

/* The source address of a packet to the rest of the world: that of the interface with the default
 * route. Nothing is sent: it only connects a datagram socket. */
static bool default_route_ipv4(uint8_t ip[4])
{
    /* TEST-NET-1, RFC 5737: unassigned, so only the default route leads there. */
    const struct sockaddr_in far = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0xc0000201u)};
    struct sockaddr_in own = {0};
    socklen_t size = sizeof(own);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool known = fd >= 0 && connect(fd, (const void *)&far, sizeof(far)) == 0 &&
                       getsockname(fd, (void *)&own, &size) == 0 && own.sin_family == AF_INET &&
                       own.sin_addr.s_addr != htonl(INADDR_ANY) &&
                       ntohl(own.sin_addr.s_addr) >> 24 != (uint32_t)IN_LOOPBACKNET;
    if (known) {
        memcpy(ip, &own.sin_addr, 4);
    }
    if (fd >= 0) {
        close(fd);
    }
    return known;
}

bool vb_host_ipv4(uint8_t ip[4])
{
    struct ifaddrs *all;
    bool found = false;
    memset(ip, 0, 4);
    if (default_route_ipv4(ip)) {
        return true;
    }
    if (getifaddrs(&all) != 0) {
        return false;
    }
    for (const struct ifaddrs *one = all; one != NULL && !found; one = one->ifa_next) {
        const bool usable = (one->ifa_flags & IFF_UP) != 0 && (one->ifa_flags & IFF_LOOPBACK) == 0;
        if (!usable || one->ifa_addr == NULL || one->ifa_addr->sa_family != AF_INET) {
            continue;
        }
        struct sockaddr_in address;
        memcpy(&address, one->ifa_addr, sizeof(address));
        memcpy(ip, &address.sin_addr, 4);
        found = true;
    }
    freeifaddrs(all);
    return found;
}

static bool read_line(const char *path, char *line, size_t line_size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    const bool ok = fgets(line, (int)line_size, file) != NULL;
    fclose(file);
    if (ok) {
        line[strcspn(line, "\n")] = '\0';
    }
    return ok && line[0] != '\0';
}

static bool has_entry(const char *folder, const char *interface, const char *entry)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s/%s", folder, interface, entry);
    return access(path, F_OK) == 0;
}

bool vb_host_is_ethernet(const char *folder, const char *interface)
{
    char path[512];
    char type[16];
    snprintf(path, sizeof(path), "%s/%s/type", folder, interface);
    if (!read_line(path, type, sizeof(type)) || strcmp(type, "1") != 0) {
        return false; /* ARPHRD_ETHER of <linux/if_arp.h>; a tunnel has another type */
    }
    if (has_entry(folder, interface, "device")) {
        return !has_entry(folder, interface, "wireless") &&
               !has_entry(folder, interface, "phy80211");
    }
    /* The host side of a container or a virtual machine, and the bridge between them; inside a
     * container its own veth is the network. */
    return !has_entry(folder, interface, "bridge") && !has_entry(folder, interface, "brport") &&
           !has_entry(folder, interface, "tun_flags");
}

bool vb_host_ethernet_up(void)
{
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0) {
        return false;
    }
    bool up = false;
    for (const struct ifaddrs *one = all; one != NULL && !up; one = one->ifa_next) {
        up = (one->ifa_flags & IFF_LOOPBACK) == 0 && (one->ifa_flags & IFF_RUNNING) != 0 &&
             vb_host_is_ethernet(INTERFACES_DIR, one->ifa_name);
    }
    freeifaddrs(all);
    return up;
}

/* A built-in network chip: it has a device behind it and a permanent address
 * (Documentation/ABI/testing/sysfs-class-net: addr_assign_type 0). The address of a bridge, a
 * container or a tunnel changes with every start. */
static bool read_permanent_mac(const char *interface, char *text, size_t text_size)
{
    char path[512];
    snprintf(path, sizeof(path), INTERFACES_DIR "/%s/device/uevent", interface);
    char line[64];
    if (!read_line(path, line, sizeof(line))) {
        return false;
    }
    snprintf(path, sizeof(path), INTERFACES_DIR "/%s/addr_assign_type", interface);
    if (!read_line(path, line, sizeof(line)) || strcmp(line, "0") != 0) {
        return false;
    }
    snprintf(path, sizeof(path), INTERFACES_DIR "/%s/address", interface);
    return read_line(path, text, text_size);
}

/* Identifies this machine permanently: the address of the first network chip, by name; without one,
 * the id created when the system was installed. */
static void read_host_identity(char *text, size_t text_size)
{
    snprintf(text, text_size, "%s", "voltbeacon");
    if (read_line("/etc/machine-id", text, text_size)) {
        text[text_size - 1] = '\0';
    }
    DIR *dir = opendir(INTERFACES_DIR);
    if (dir == NULL) {
        return;
    }
    char first[IF_NAMESIZE] = "";
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        const bool before = first[0] == '\0' || strcmp(entry->d_name, first) < 0;
        char mac[64];
        if (before && strlen(entry->d_name) < sizeof(first) &&
            read_permanent_mac(entry->d_name, mac, sizeof(mac))) {
            snprintf(first, sizeof(first), "%.*s", (int)sizeof(first) - 1, entry->d_name);
            snprintf(text, text_size, "%s", mac);
        }
    }
    closedir(dir);
}

/* FNV-1a, 64 bits (Fowler, Noll, Vo; RFC 9923): spreads names over addresses, no security. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    do {
        hash = (hash ^ (uint8_t)*text) * 0x100000001b3u;
    } while (*text++ != '\0');
    return hash;
}

void vb_host_device_mac(const char *role, const char *data_dir, struct vb_mac *mac)
{
    char identity[64];
    read_host_identity(identity, sizeof(identity));
    char *instance = realpath(data_dir, NULL);

    uint64_t hash = hash_text(0xcbf29ce484222325u, identity);
    hash = hash_text(hash, role);
    hash = hash_text(hash, instance != NULL ? instance : data_dir);
    free(instance);

    hash ^= hash >> 48;
    for (size_t index = 0; index < VB_MAC_BYTES; index++) {
        mac->bytes[index] = (uint8_t)(hash >> (8 * index));
    }
    /* IEEE 802: bit 1 of the first byte is "locally administered", bit 0 "group". */
    mac->bytes[0] = (uint8_t)((mac->bytes[0] | 0x02) & 0xfe);
}

uint32_t vb_host_uptime_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec < UINT32_MAX ? (uint32_t)now.tv_sec : UINT32_MAX;
}

void vb_host_board(char board[VB_HOST_BOARD_SIZE])
{
    struct utsname names;
    if (uname(&names) != 0) {
        snprintf(board, VB_HOST_BOARD_SIZE, "linux");
        return;
    }
    snprintf(board, VB_HOST_BOARD_SIZE, "linux %.9s", names.machine);
}

bool vb_host_data_dir(const char *role, char path[VB_HOST_PATH_SIZE])
{
    const char *xdg = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    int size;
    /* The XDG base directory specification: relative paths are ignored. */
    if (xdg != NULL && xdg[0] == '/') {
        size = snprintf(path, VB_HOST_PATH_SIZE, "%s/voltbeacon/%s", xdg, role);
    } else if (home != NULL && home[0] == '/' && home[1] != '\0') {
        size = snprintf(path, VB_HOST_PATH_SIZE, "%s/.local/share/voltbeacon/%s", home, role);
    } else {
        size = snprintf(path, VB_HOST_PATH_SIZE, "/var/lib/voltbeacon/%s", role);
    }
    return size > 0 && size < VB_HOST_PATH_SIZE;
}
