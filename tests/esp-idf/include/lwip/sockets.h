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
/* Connections that nobody has accepted yet; those beyond are reset. Of
 * CONFIG_LWIP_TCP_ACCEPTMBOX_SIZE. */
#define DEFAULT_ACCEPTMBOX_SIZE 16

/* l_linger 0: what is not sent when it is closed is dropped, with a reset. Needs
 * CONFIG_LWIP_SO_LINGER. */
struct linger {
    int l_onoff;
    int l_linger;
};

int lwip_setsockopt(int s, int level, int optname, const void *opval, uint32_t optlen);

#endif
