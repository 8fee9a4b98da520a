/* Sockets of lwIP: what is used of them beside esp_http_server. The numbers are lwIP's own, other
 * than Linux's. */
#ifndef VOLTBEACON_LWIP_SOCKETS_H
#define VOLTBEACON_LWIP_SOCKETS_H

#include <stdint.h>

#define SOL_SOCKET 0xfff
#define SO_LINGER 0x0080
#define IPPROTO_TCP 6
#define TCP_NODELAY 0x01
#define MSG_DONTWAIT 0x08
#define SHUT_RDWR 2
/* Connections that nobody has accepted yet; those beyond are reset. Of
 * CONFIG_LWIP_TCP_ACCEPTMBOX_SIZE. */
#define DEFAULT_ACCEPTMBOX_SIZE 16

typedef uint32_t socklen_t;

struct sockaddr {
    uint8_t sa_len;
    uint8_t sa_family;
    char sa_data[14];
};

struct in_addr {
    uint32_t s_addr; /* in the order of the wire */
};

struct sockaddr_in {
    uint8_t sin_len;
    uint8_t sin_family;
    uint16_t sin_port; /* where an IPv6 address has it, too */
    struct in_addr sin_addr;
    char sin_zero[8];
};

struct sockaddr_storage {
    uint8_t s2_len;
    uint8_t ss_family;
    char s2_data1[2];
    uint32_t s2_data2[6];
};

/* l_linger 0: what is not sent when it is closed is dropped, with a reset. Needs
 * CONFIG_LWIP_SO_LINGER. */
struct linger {
    int l_onoff;
    int l_linger;
};

/* 0: the other end's address. */
int lwip_getpeername(int s, struct sockaddr *name, socklen_t *namelen);
int lwip_setsockopt(int s, int level, int optname, const void *opval, uint32_t optlen);
/* Whoever waits for it finds that it has ended. */
int lwip_shutdown(int s, int how);

#endif
