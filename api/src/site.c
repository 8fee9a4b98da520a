/* Which sites may speak to the receiver: this keeps a web page elsewhere from reaching it through
 * the browser of somebody in the house, by its own requests (Origin) or by a name that it points
 * here (Host). */
#include "voltbeacon/api/api.h"

#include <stdio.h>
#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_name(const char *a, size_t size, const char *b)
{
    if (strlen(b) != size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

/* The name's size within "name", "name:port", "[v6]" or "[v6]:port"; 0 where it is none of them. */
static size_t name_size(const char *host)
{
    const bool bracket = host[0] == '[';
    size_t size = strcspn(host, bracket ? "]" : ":");
    if (bracket && host[size++] != ']')
        return 0;
    if (host[size] == '\0')
        return size;
    const char *port = host + size + 1;
    const size_t digits = strspn(port, "0123456789");
    return host[size] == ':' && digits >= 1 && digits <= 5 && port[digits] == '\0' ? size : 0;
}

static bool is_ip_literal(const char *name, size_t size)
{
    char text[16];
    uint8_t ipv4[4];
    if (name[0] == '[')
        return strspn(name + 1, "0123456789abcdefABCDEF:.") == size - 2 && size > 3;
    if (size >= sizeof text)
        return false;
    memcpy(text, name, size);
    text[size] = '\0';
    return vb_ipv4_parse(text, ipv4);
}

static bool is_allowed(const struct vb_site_policy *policy, const char *name, size_t size)
{
    if (is_ip_literal(name, size) || same_name(name, size, "localhost"))
        return true;
    for (uint8_t i = 0; i < policy->host_count; i++)
        if (same_name(name, size, policy->hosts[i]))
            return true;
    return false;
}

static bool is_own_origin(const char *origin, const char *host)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < VB_COUNT_OF(schemes); i++) {
        const size_t size = strlen(schemes[i]);
        if (strncmp(origin, schemes[i], size) == 0)
            return same_name(host, strlen(host), origin + size);
    }
    return false;
}

uint16_t vb_site_check(const struct vb_site_policy *policy, const char *host, const char *origin,
                       char *reason, size_t capacity)
{
    if (host == NULL || host[0] == '\0') {
        snprintf(reason, capacity, "The request names no host; send a Host header.");
        return 400;
    }
    const size_t size = name_size(host);
    if (size == 0) {
        snprintf(reason, capacity,
                 "The Host header \"%.60s\" is malformed; send a name or an address.", host);
        return 400;
    }
    if (!is_allowed(policy, host, size)) {
        snprintf(
            reason, capacity,
            "This receiver does not answer to the name %.60s; use its address, or start it with "
            "--host for that name.",
            host);
        return 403;
    }
    if (origin != NULL && !is_own_origin(origin, host)) {
        snprintf(reason, capacity,
                 "The request comes from another site (%.60s); open this receiver's own pages.",
                 origin);
        return 403;
    }
    return 0;
}
