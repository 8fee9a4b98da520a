/* Where the pages are served: what --http may say, what is chosen where it says nothing, and how a
 * browser writes it.
 *
 * An address is "1.2.3.4:80", "[::1]:80" or "localhost:80"; port 0 takes a free one. */
#ifndef VOLTBEACON_LINUX_WEB_ADDRESS_H
#define VOLTBEACON_LINUX_WEB_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

enum {
    VB_WEB_ADDRESS_SIZE = 80, /* of the longest address that is one, with its NUL */
    VB_WEB_URL_SIZE = VB_WEB_ADDRESS_SIZE + 8
};

struct addrinfo;

/* Whether it can be reached from this machine alone. Any other needs the user's word for it while
 * there is no login. */
bool vb_web_is_loopback(const char *address);

/* Whether it is one to listen on, whether or not it can be had now; open: others may reach it, too,
 * by the user's word. False, and a sentence in error. */
VB_MUST_USE bool vb_web_address_check(const char *address, bool open, char *error,
                                      size_t error_size);

/* As the system takes it, for freeaddrinfo(). NULL, and a sentence in error, where it is none. */
struct addrinfo *vb_web_address_take(const char *address, char *error, size_t error_size);

/* asked, or where that is NULL the port of the settings on this machine alone, written into own. */
const char *vb_web_address_choose(const char *asked, uint16_t port, char own[VB_WEB_ADDRESS_SIZE]);

/* What a browser on this machine opens: the address that is listened on, with the port that it was
 * given. */
void vb_web_address_url(const char *address, uint16_t port, char url[VB_WEB_URL_SIZE]);

#endif
