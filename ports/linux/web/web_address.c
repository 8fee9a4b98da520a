#include "linux/web/web_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "linux/system/cause.h"

enum { PORT_SIZE = 6 };

/* Takes "1.2.3.4:80", "[::1]:80" or "localhost:80" apart into an address to bind. NULL where it is
 * neither. */
static struct addrinfo *parse_address(const char *address)
{
    char host[64];
    char port[PORT_SIZE];
    const char *colon = strrchr(address, ':');
    const bool bracket = address[0] == '[';
    if (colon == NULL || strlen(colon + 1) >= sizeof port || colon[1] == '\0' ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1) || strtol(colon + 1, NULL, 10) > 65535)
        return NULL;
    size_t size = (size_t)(colon - address);
    if (bracket && (size < 3 || address[size - 1] != ']'))
        return NULL;
    size -= bracket ? 2 : 0;
    if (size == 0 || size >= sizeof host)
        return NULL;
    memcpy(host, address + (bracket ? 1 : 0), size);
    host[size] = '\0';
    if (!bracket && strcmp(host, "localhost") == 0)
        snprintf(host, sizeof host, "127.0.0.1");
    snprintf(port, sizeof port, "%s", colon + 1);

    const struct addrinfo hints = {.ai_family = bracket ? AF_INET6 : AF_INET,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    return getaddrinfo(host, port, &hints, &found) == 0 ? found : NULL;
}

bool vb_web_is_loopback(const char *address)
{
    struct addrinfo *found = parse_address(address);
    bool loopback = false;
    if (found != NULL && found->ai_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)found->ai_addr;
        loopback = ntohl(v4->sin_addr.s_addr) >> 24 == (uint32_t)IN_LOOPBACKNET;
    } else if (found != NULL) {
        const struct sockaddr_in6 *v6 = (const void *)found->ai_addr;
        loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    }
    if (found != NULL)
        freeaddrinfo(found);
    return loopback;
}

struct addrinfo *vb_web_address_take(const char *address, char *error, size_t error_size)
{
    struct addrinfo *found = parse_address(address);
    if (found != NULL)
        return found;
    snprintf(error, error_size,
             "--http: %s is not an address to listen on; write 127.0.0.1:8080, localhost:8080 or "
             "[::1]:8080",
             address);
    vb_cause_set(VB_CAUSE_USAGE);
    return NULL;
}

bool vb_web_address_check(const char *address, bool open, char *error, size_t error_size)
{
    struct addrinfo *found = vb_web_address_take(address, error, error_size);
    if (found == NULL)
        return false;
    freeaddrinfo(found);
    if (open || vb_web_is_loopback(address))
        return true;
    snprintf(error, error_size,
             "--http %s: anybody who reaches that address could change settings, since there is no "
             "login yet; use 127.0.0.1, or --insecure-no-login",
             address);
    vb_cause_set(VB_CAUSE_USAGE);
    return false;
}

const char *vb_web_address_choose(const char *asked, uint16_t port, char own[VB_WEB_ADDRESS_SIZE])
{
    if (asked != NULL)
        return asked;
    snprintf(own, VB_WEB_ADDRESS_SIZE, "127.0.0.1:%u", port);
    return own;
}

void vb_web_address_url(const char *address, uint16_t port, char url[VB_WEB_URL_SIZE])
{
    const char *colon = strrchr(address, ':');
    VB_ASSERT(colon != NULL); /* it has been listened on */
    snprintf(url, VB_WEB_URL_SIZE, "http://%.*s:%u/", (int)(colon - address), address, port);
}
