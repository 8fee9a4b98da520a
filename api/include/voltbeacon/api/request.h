/* A request as passed on by a web server, and its caller. */
#ifndef VOLTBEACON_REQUEST_H
#define VOLTBEACON_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

struct vb_api;

/* Texts are NUL-terminated; a header that was not sent is NULL. All of it is only read during the
 * call. */
struct vb_request {
    const char *method; /* "GET" */
    const char *path;   /* "/api/v1/receiver" */
    const char *query;  /* "mac=02:00:00:00:00:01" or NULL */
    const char *host;
    const char *origin;
    const char *if_match;
    const char *content_type;
    const char *cookie;
    const char *authorization;
    const char *body; /* not NUL-terminated */
    size_t size;      /* of the body in bytes */
    const char *peer; /* the caller's address, for the log */
};

/* The proven role of a caller. */
enum vb_role { VB_ROLE_ANYONE, VB_ROLE_VIEWER, VB_ROLE_ADMIN };
/* "anyone", "viewer", "admin" */
const char *vb_role_name(enum vb_role role);

/* Who is let in, and as what: by the request's cookie, authorization and peer. */
struct vb_gate {
    void *ctx;
    enum vb_role (*role)(void *ctx, const struct vb_request *request);
};

/* Who asks: by the API's gate, for requests and WebSockets alike. */
enum vb_role vb_api_role(const struct vb_api *api, const struct vb_request *request);

/* Which sites may speak to the API. */
struct vb_site_policy {
    const char *const *hosts; /* names besides IP literals and localhost */
    uint8_t host_count;
};

/* 0 if the site may speak to this receiver; else the status to refuse it with, and the reason. Also
 * for the upgrade to a WebSocket. host and origin are NULL if the header is missing. */
uint16_t vb_site_check(const struct vb_site_policy *policy, const char *host, const char *origin,
                       char *reason, size_t capacity);

VB_C_END

#endif
