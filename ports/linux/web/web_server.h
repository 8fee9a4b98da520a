/* The web server: pages, API and WebSockets in the daemon's loop.
 *
 * It handles HTTP; answers are made by api/. It holds at most `connections_max` connections, each
 * of which must complete a request within a time limit, and parses requests more strictly than
 * libwebsockets does. */
#ifndef VOLTBEACON_LINUX_WEB_SERVER_H
#define VOLTBEACON_LINUX_WEB_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pages/page_lookup.h"
#include "voltbeacon/api/api.h"
#include "voltbeacon/api/push.h"

struct vb_loop;
struct vb_web;

/* X(NAME, "name"): why a request or a connection was refused. */
#define VB_WEB_REFUSAL_LIST(X)                             \
    X(CONNECTIONS, "too many connections")                 \
    X(SITE, "foreign or missing host or origin")           \
    X(HEADER, "malformed, doubled or oversized header")    \
    X(LENGTH_MISSING, "no content length")                 \
    X(LENGTH, "malformed content length")                  \
    X(BODY, "body where none belongs")                     \
    X(TOO_LARGE, "oversized body")                         \
    X(UPGRADE, "upgrade to something that is not offered") \
    X(PIPELINED, "request before the last was answered")   \
    X(TIMEOUT, "too slow")

enum vb_web_refusal {
#define X(NAME, name) VB_WEB_REFUSED_##NAME,
    VB_WEB_REFUSAL_LIST(X)
#undef X
};
enum { VB_WEB_REFUSAL_COUNT = VB_WEB_REFUSED_TIMEOUT + 1 };

struct vb_web_options {
    struct vb_pages pages;         /* what it points at must outlive the server */
    uint16_t connections_max;      /* 0 = 200 */
    uint16_t peer_connections_max; /* per address; 0 = three quarters of these */
    uint32_t request_timeout_ms;   /* for a complete request, and for its answer; 0 = 10 s */
    uint32_t idle_timeout_ms;      /* between requests; 0 = 30 s */
};

/* Listens on address, web_address.h. NULL, and a sentence in error, if it cannot. loop, api and
 * push must outlive the server. */
struct vb_web *vb_web_start(struct vb_loop *loop, struct vb_api *api, struct vb_push *push,
                            const char *address, const struct vb_web_options *options, char *error,
                            size_t error_size);
/* Accepts no new connections; open ones end with the loop. */
void vb_web_stop(struct vb_web *web);
/* After vb_loop_destroy. NULL is allowed. */
void vb_web_destroy(struct vb_web *web);

uint16_t vb_web_port(const struct vb_web *web);

/* Call after events were given to push: writes to every client that has something pending. */
void vb_web_wake(struct vb_web *web);
/* Call after vb_settings_committed: answers the request waiting for the commit. */
void vb_web_settings_committed(struct vb_web *web, uint32_t token, enum vb_err result);

/* How often something was refused for this reason. */
uint32_t vb_web_refused(const struct vb_web *web, enum vb_web_refusal refusal);
const char *vb_web_refusal_name(enum vb_web_refusal refusal);

#endif
