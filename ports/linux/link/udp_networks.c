#include "linux/link/udp_networks.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

#include "linux/link/linux_link.h"
#include "voltbeacon/device/append.h"

enum {
    USABLE = IFF_UP | IFF_RUNNING | IFF_BROADCAST,
    PREFIX_BITS_MAX = 30, /* /31 and /32 have no broadcast address, RFC 3021 */
    ENTRY_SIZE = 48
};

static unsigned prefix_bits(struct in_addr mask)
{
    unsigned bits = 0;
    for (uint32_t left = ntohl(mask.s_addr); (left & 0x80000000u) != 0; left <<= 1)
        bits++;
    return bits;
}

static struct in_addr ipv4_of(const struct sockaddr *address)
{
    struct sockaddr_in ipv4;
    memcpy(&ipv4, address, sizeof ipv4);
    return ipv4.sin_addr;
}

static bool is_same_network(const struct vb_udp_network *a, const struct vb_udp_network *b)
{
    return strcmp(a->interface, b->interface) == 0 && a->address.s_addr == b->address.s_addr &&
           a->mask.s_addr == b->mask.s_addr;
}

/* False if this is not a usable network. */
static bool read_one(const struct ifaddrs *one, struct in_addr only, struct vb_udp_network *network)
{
    if (one->ifa_addr == NULL || one->ifa_addr->sa_family != AF_INET || one->ifa_netmask == NULL ||
        (one->ifa_flags & USABLE) != USABLE || (one->ifa_flags & IFF_LOOPBACK) != 0)
        return false;
    *network = (struct vb_udp_network){.address = ipv4_of(one->ifa_addr),
                                       .mask = ipv4_of(one->ifa_netmask)};
    if (prefix_bits(network->mask) > PREFIX_BITS_MAX ||
        (only.s_addr != htonl(INADDR_ANY) && only.s_addr != network->address.s_addr))
        return false;
    /* As the system routes it, even if the address was set without a broadcast address. */
    network->broadcast.s_addr = network->address.s_addr | ~network->mask.s_addr;
    snprintf(network->interface, sizeof network->interface, "%s", one->ifa_name);
    return true;
}

bool vb_udp_networks_read(struct vb_udp_networks *networks, struct in_addr only)
{
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0)
        return false;
    networks->count = 0;
    for (const struct ifaddrs *one = all; one != NULL; one = one->ifa_next) {
        if (networks->count < VB_UDP_NETWORKS_MAX &&
            read_one(one, only, &networks->all[networks->count]))
            networks->count++;
    }
    freeifaddrs(all);
    return true;
}

bool vb_udp_networks_equal(const struct vb_udp_networks *a, const struct vb_udp_networks *b)
{
    if (a->count != b->count)
        return false;
    for (unsigned i = 0; i < a->count; i++) {
        if (!is_same_network(&a->all[i], &b->all[i]))
            return false;
    }
    return true;
}

bool vb_udp_networks_hold(const struct vb_udp_networks *networks, struct in_addr address)
{
    for (unsigned i = 0; i < networks->count; i++) {
        const struct vb_udp_network *network = &networks->all[i];
        if (((address.s_addr ^ network->address.s_addr) & network->mask.s_addr) == 0)
            return true;
    }
    return false;
}

bool vb_udp_networks_own(const struct vb_udp_networks *networks, struct in_addr address)
{
    for (unsigned i = 0; i < networks->count; i++) {
        if (networks->all[i].address.s_addr == address.s_addr)
            return true;
    }
    return false;
}

void vb_udp_networks_text(const struct vb_udp_networks *networks, char *text, size_t capacity)
{
    if (networks->count == 0) {
        vb_append(text, 0, capacity, VB_LINK_SCOPE_HERE ", until a network comes up");
        return;
    }
    size_t length = vb_append(text, 0, capacity, "on ");
    for (unsigned i = 0; i < networks->count; i++) {
        const struct vb_udp_network *network = &networks->all[i];
        const struct in_addr base = {network->address.s_addr & network->mask.s_addr};
        char name[INET_ADDRSTRLEN];
        const char *separator = i == 0 ? "" : ", ";
        if (length + ENTRY_SIZE > capacity) {
            vb_append(text, length, capacity, "%smore", separator);
            return;
        }
        length =
            vb_append(text, length, capacity, "%s%s %s/%u", separator, network->interface,
                      inet_ntop(AF_INET, &base, name, sizeof name), prefix_bits(network->mask));
    }
}
