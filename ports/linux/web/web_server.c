#include "linux/web/web_server.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "linux/loop/loop.h"
#include "linux/system/cause.h"
#include "linux/system/log.h"
#include "linux/web/web_address.h"
#include "linux/web/web_connection.h"

enum {
    CONNECTIONS_DEFAULT = 200,
    REQUEST_TIMEOUT_DEFAULT_MS = 10000,
    IDLE_TIMEOUT_DEFAULT_MS = 30000,
    ACCEPTS_PER_TURN_MAX = 32,
    BACKLOG = 128,
    UNSENT_BYTES_MAX =
        16384, /* in the kernel: else megabytes of old readings wait for a slow client */
};

/* A WebSocket whose other end has vanished is detected by missing pongs. */
static const lws_retry_bo_t liveness = {.secs_since_valid_ping = 30, .secs_since_valid_hangup = 75};

/* ---- Connections ---- */

void vb_web_count(struct vb_web_connection *connection, enum vb_web_refusal refusal)
{
    VB_ASSERT((int)refusal < VB_WEB_REFUSAL_COUNT);
    connection->web->refused[refusal]++;
}

void vb_web_deadline(struct vb_web_connection *connection, uint32_t ms)
{
    lws_set_timer_usecs(connection->wsi, (lws_usec_t)ms * 1000);
}

/* One address must leave places for others. */
static bool has_enough(const struct vb_web *web, const char *peer)
{
    uint16_t count = 0;
    for (uint16_t i = 0; i < web->options.connections_max; i++) {
        const struct vb_web_connection *connection = &web->connections[i];
        if (connection->kind != VB_WEB_FREE && strcmp(connection->peer, peer) == 0)
            count++;
    }
    return count >= web->options.peer_connections_max;
}

static struct vb_web_connection *take_connection(struct vb_web *web, const char *peer)
{
    if (has_enough(web, peer))
        return NULL;
    for (uint16_t i = 0; i < web->options.connections_max; i++) {
        struct vb_web_connection *connection = &web->connections[i];
        if (connection->kind == VB_WEB_FREE) {
            memset(connection, 0, sizeof *connection);
            connection->web = web;
            connection->kind = VB_WEB_HTTP;
            snprintf(connection->peer, sizeof connection->peer, "%s", peer);
            return connection;
        }
    }
    return NULL;
}

static void release(struct vb_web_connection *connection)
{
    if (connection->kind == VB_WEB_SOCKET)
        vb_push_leave(connection->web->push, &connection->client);
    free(connection->body);
    connection->body = NULL;
    connection->kind = VB_WEB_FREE;
}

/* The timer of a request keeps running when it becomes a WebSocket: libwebsockets 4.1.6 runs it
 * when asked to cancel it. */
static int on_timer(struct vb_web_connection *connection)
{
    if (connection->kind == VB_WEB_SOCKET)
        return 0;
    vb_web_count(connection, VB_WEB_REFUSED_TIMEOUT);
    return -1;
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *bytes,
                  size_t size)
{
    struct vb_web_connection *connection = lws_get_opaque_user_data(wsi);
    (void)user;
    if (connection == NULL || connection->kind == VB_WEB_FREE)
        return 0; /* the vhost itself */
    connection->wsi = wsi;
    switch ((int)reason) { /* out of some ninety reasons */
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return vb_web_socket_upgrade(connection);
    case LWS_CALLBACK_HTTP:
        return vb_web_http_request(connection);
    case LWS_CALLBACK_HTTP_BODY:
        return vb_web_http_body(connection, bytes, size);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return vb_web_http_complete(connection);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return vb_web_http_writable(connection);
    case LWS_CALLBACK_ESTABLISHED:
        lws_callback_on_writable(wsi);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return vb_web_socket_writable(connection);
    case LWS_CALLBACK_RECEIVE_PONG:
        vb_web_socket_pong(connection);
        return 0;
    case LWS_CALLBACK_TIMER:
        return on_timer(connection);
    case LWS_CALLBACK_WSI_DESTROY:
        release(connection);
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {{.name = "voltbeacon-web", .callback = on_lws},
                                                 {.name = NULL}};

/* ---- Listening. Our own, not libwebsockets': at the descriptor limit its own spins, and it tells
 * nobody why it cannot listen. ---- */

static void adopt(struct vb_web *web, int fd, const struct sockaddr_storage *from,
                  socklen_t from_size)
{
    const int on = 1;
    const int unsent_max = UNSENT_BYTES_MAX;
    char peer[sizeof web->connections->peer] = "";
    getnameinfo((const struct sockaddr *)from, from_size, peer, sizeof peer, NULL, 0,
                NI_NUMERICHOST);
    struct vb_web_connection *connection = take_connection(web, peer);
    if (connection == NULL) {
        web->refused[VB_WEB_REFUSED_CONNECTIONS]++;
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_max, sizeof unsent_max);
    lws_adopt_desc_t description = {
        .vh = web->vhost,
        .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP,
        .fd.sockfd = fd,
        .opaque = connection,
    };
    struct lws *wsi = lws_adopt_descriptor_vhost_via_info(&description);
    if (wsi == NULL) { /* it has closed fd */
        release(connection);
        return;
    }
    connection->wsi = wsi;
    vb_web_deadline(connection, web->options.request_timeout_ms);
}

/* Without a free descriptor a connection would wait in the backlog, and the loop would spin on
 * it. */
static void refuse_one(struct vb_web *web)
{
    close(web->spare_fd);
    const int fd = accept4(web->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    web->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    web->refused[VB_WEB_REFUSED_CONNECTIONS]++;
}

static void on_connection(void *ctx)
{
    struct vb_web *web = ctx;
    for (unsigned i = 0; i < ACCEPTS_PER_TURN_MAX; i++) {
        struct sockaddr_storage from;
        socklen_t from_size = sizeof from;
        const int fd = accept4(web->listen_fd, (struct sockaddr *)&from, &from_size,
                               SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            adopt(web, fd, &from, from_size);
        else if (errno == EMFILE || errno == ENFILE)
            refuse_one(web);
        else
            return;
    }
}

/* 0: the system does not tell, with errno set. */
static uint16_t bound_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound = {.v6 = {.sin6_port = 0}};
    socklen_t size = sizeof bound;
    if (getsockname(fd, &bound.any, &size) != 0)
        return 0;
    return ntohs(bound.any.sa_family == AF_INET ? bound.v4.sin_port : bound.v6.sin6_port);
}

/* The socket, or -1 and the reason. */
static int listen_on(const char *address, char *error, size_t error_size)
{
    const int on = 1;
    struct addrinfo *found = vb_web_address_take(address, error, error_size);
    if (found == NULL)
        return -1;
    const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const bool listening =
        fd >= 0 && bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0;
    const int reason = errno;
    freeaddrinfo(found);
    if (listening)
        return fd;
    vb_cause_set_errno(reason, VB_CAUSE_UNAVAILABLE);
    if (reason == EADDRINUSE)
        snprintf(error, error_size,
                 "%s is in use by another program; stop it or choose another port.", address);
    else
        snprintf(error, error_size, "Cannot listen on %s: %s.", address, strerror(reason));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* ---- Life ---- */

static bool join_loop(struct vb_web *web)
{
    const struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .vhost_name = "web",
        .protocols = protocols,
        .keepalive_timeout = (int)(web->options.idle_timeout_ms / 1000 + 1),
        .timeout_secs_ah_idle = (web->options.request_timeout_ms / 1000 + 1),
        .retry_and_idle_policy = &liveness,
    };
    web->vhost = lws_create_vhost(vb_loop_lws(web->loop), &info);
    return web->vhost != NULL && vb_loop_watch(web->loop, web->listen_fd, on_connection, web);
}

static struct vb_web *create(const struct vb_web_options *options)
{
    struct vb_web *web = calloc(1, sizeof *web);
    if (web == NULL)
        return NULL;
    web->listen_fd = -1;
    web->options = *options;
    if (web->options.connections_max == 0)
        web->options.connections_max = CONNECTIONS_DEFAULT;
    if (web->options.peer_connections_max == 0)
        web->options.peer_connections_max = (uint16_t)(web->options.connections_max / 4 * 3);
    if (web->options.request_timeout_ms == 0)
        web->options.request_timeout_ms = REQUEST_TIMEOUT_DEFAULT_MS;
    if (web->options.idle_timeout_ms == 0)
        web->options.idle_timeout_ms = IDLE_TIMEOUT_DEFAULT_MS;
    web->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    web->connections = calloc(web->options.connections_max, sizeof *web->connections);
    if (web->connections == NULL || web->spare_fd < 0) {
        vb_web_destroy(web);
        return NULL;
    }
    return web;
}

struct vb_web *vb_web_start(struct vb_loop *loop, struct vb_api *api, struct vb_push *push,
                            const char *address, const struct vb_web_options *options, char *error,
                            size_t error_size)
{
    struct vb_web *web = create(options);
    if (web == NULL) {
        snprintf(error, error_size, "The web server cannot start: out of memory or descriptors.");
        vb_cause_set(VB_CAUSE_SYSTEM);
        return NULL;
    }
    web->loop = loop;
    web->api = api;
    web->push = push;
    web->listen_fd = listen_on(address, error, error_size);
    if (web->listen_fd < 0) {
        vb_web_destroy(web);
        return NULL;
    }
    web->port = bound_port(web->listen_fd);
    if (web->port == 0) {
        vb_cause_set_errno(errno, VB_CAUSE_SYSTEM);
        snprintf(error, error_size, "Cannot determine the port of %s: %s.", address,
                 strerror(errno));
        vb_web_destroy(web);
        return NULL;
    }
    if (!join_loop(web)) {
        snprintf(error, error_size, "The web server cannot start: the event loop is full.");
        vb_cause_set(VB_CAUSE_SYSTEM);
        vb_web_destroy(web);
        return NULL;
    }
    return web;
}

void vb_web_stop(struct vb_web *web)
{
    if (web->listen_fd < 0)
        return;
    vb_loop_unwatch(web->loop, web->listen_fd);
    close(web->listen_fd);
    web->listen_fd = -1;
}

void vb_web_destroy(struct vb_web *web)
{
    if (web == NULL)
        return;
    if (web->listen_fd >= 0)
        close(web->listen_fd);
    if (web->spare_fd >= 0)
        close(web->spare_fd);
    free(web->connections);
    free(web);
}

uint16_t vb_web_port(const struct vb_web *web)
{
    return web->port;
}

void vb_web_wake(struct vb_web *web)
{
    for (uint16_t i = 0; i < web->options.connections_max; i++) {
        const struct vb_web_connection *connection = &web->connections[i];
        if (connection->kind == VB_WEB_SOCKET && vb_web_socket_wants(connection))
            lws_callback_on_writable(connection->wsi);
    }
}

void vb_web_settings_committed(struct vb_web *web, uint32_t token, enum vb_err result)
{
    for (uint16_t i = 0; i < web->options.connections_max; i++) {
        struct vb_web_connection *connection = &web->connections[i];
        if (connection->kind != VB_WEB_HTTP || connection->answer != VB_WEB_ANSWER_LATER ||
            connection->response.token != token)
            continue;
        vb_api_resume(web->api, result, vb_now_ms(), &connection->response);
        connection->answer = VB_WEB_ANSWER_READY;
        lws_callback_on_writable(connection->wsi);
    }
}

uint32_t vb_web_refused(const struct vb_web *web, enum vb_web_refusal refusal)
{
    VB_ASSERT((int)refusal < VB_WEB_REFUSAL_COUNT);
    return web->refused[refusal];
}

const char *vb_web_refusal_name(enum vb_web_refusal refusal)
{
    static const char *const names[] = {
#define X(NAME, name) name,
        VB_WEB_REFUSAL_LIST(X)
#undef X
    };
    VB_ASSERT((int)refusal < VB_WEB_REFUSAL_COUNT);
    return names[refusal];
}
