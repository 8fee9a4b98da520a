/* The HTTP server on the host: real sockets of 127.0.0.1, one task. As on the board, handlers and
 * queued work run in that one task, connections are kept and the one that was used longest ago
 * gives way, a header that is too long for its buffer is cut, a request that is answered later goes
 * on as a copy, and work that is queued while much waits gets lost. */
#include "host_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <freertos/task.h>

#include "host_http_parts.h"
#include "voltbeacon/core/platform.h"

enum {
    HANDLERS_MAX = 8,
    SESSIONS_MAX = 16,
    WORK_MAX = 6,         /* CONFIG_LWIP_UDP_RECVMBOX_SIZE */
    UNSENT_BYTES = 5760,  /* CONFIG_LWIP_TCP_SND_BUF_DEFAULT; Linux doubles it */
    LWIP_SOCKETS_MAX = 16 /* as apps/sdkconfig.defaults has it */
};

struct work {
    httpd_work_fn_t run;
    void *arg;
};

struct host_http_server {
    httpd_config_t config;
    int listening;
    int bell[2]; /* a pipe: something is in work */
    struct host_http_session sessions[SESSIONS_MAX];
    uint64_t uses;
    unsigned connections;
    unsigned late_handlers;
    pthread_mutex_t lock; /* of what follows */
    struct work work[WORK_MAX];
    unsigned work_count;
    httpd_uri_t handlers[HANDLERS_MAX];
    unsigned handler_count;
};

static struct host_http_server *latest;
static bool tells_handshakes = true;
static unsigned work_to_lose;

void host_http_tell_handshakes(bool tell)
{
    __atomic_store_n(&tells_handshakes, tell, __ATOMIC_RELEASE);
}

void host_http_lose_work(unsigned count)
{
    __atomic_store_n(&work_to_lose, count, __ATOMIC_RELEASE);
}

unsigned host_http_connections(void)
{
    return __atomic_load_n(&latest->connections, __ATOMIC_ACQUIRE);
}

unsigned host_http_late_handlers(void)
{
    return latest->late_handlers;
}

/* ---- Reading ---- */

ssize_t host_http_receive(struct host_http_session *session, void *bytes, size_t size)
{
    if (session->pending_size == 0)
        return recv(session->fd, bytes, size, 0);
    const size_t taken = size < session->pending_size ? size : session->pending_size;
    memcpy(bytes, session->pending, taken);
    session->pending_size -= taken;
    memmove(session->pending, session->pending + taken, session->pending_size);
    return (ssize_t)taken;
}

bool host_http_receive_all(struct host_http_session *session, void *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        const ssize_t got = host_http_receive(session, (char *)bytes + at, size - at);
        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    return true;
}

static esp_err_t find_header(const struct host_http_request *request, const char *field,
                             const char **value, size_t *size)
{
    const size_t length = strlen(field);
    const char *line = strstr(request->head, "\r\n");
    for (; line != NULL && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, field, length) != 0 || line[2 + length] != ':')
            continue;
        *value = line + 2 + length + 1;
        *value += strspn(*value, " \t");
        *size = strcspn(*value, "\r");
        return ESP_OK;
    }
    return ESP_ERR_NOT_FOUND;
}

esp_err_t httpd_req_get_hdr_value_str(httpd_req_t *r, const char *field, char *val, size_t val_size)
{
    const char *value;
    size_t size;
    const esp_err_t err = find_header(host_http_of(r), field, &value, &size);
    if (err != ESP_OK)
        return err;
    const size_t taken = size < val_size ? size : val_size - 1;
    memcpy(val, value, taken);
    val[taken] = '\0';
    return taken == size ? ESP_OK : ESP_ERR_HTTPD_RESULT_TRUNC;
}

int httpd_req_recv(httpd_req_t *r, char *buf, size_t buf_len)
{
    struct host_http_request *request = host_http_of(r);
    const size_t size = buf_len < request->body_left ? buf_len : request->body_left;
    if (size == 0)
        return 0;
    const ssize_t got = host_http_receive(request->session, buf, size);
    if (got <= 0)
        return got == 0 ? 0 : HTTPD_SOCK_ERR_TIMEOUT;
    request->body_left -= (size_t)got;
    return (int)got;
}

/* ---- Answering ---- */

int httpd_req_to_sockfd(httpd_req_t *r)
{
    return host_http_of(r)->session->fd;
}

int httpd_socket_send(httpd_handle_t hd, int sockfd, const char *buf, size_t buf_len, int flags)
{
    const int own = flags == 0 ? MSG_NOSIGNAL : MSG_NOSIGNAL | MSG_DONTWAIT;
    VB_ASSERT(hd != NULL && (flags == 0 || flags == 0x08)); /* lwIP's MSG_DONTWAIT */
    const ssize_t sent = send(sockfd, buf, buf_len, own);
    if (sent < 0)
        return errno == EAGAIN ? HTTPD_SOCK_ERR_TIMEOUT : -1;
    return (int)sent;
}

/* Its numbers are lwIP's; see lwip/sockets.h. */
int lwip_setsockopt(int s, int level, int optname, const void *opval, uint32_t optlen);
int lwip_setsockopt(int s, int level, int optname, const void *opval, uint32_t optlen)
{
    if (level == IPPROTO_TCP && optname == TCP_NODELAY)
        return setsockopt(s, level, optname, opval, optlen);
    VB_ASSERT(level == 0xfff && optname == 0x80);
    return setsockopt(s, SOL_SOCKET, SO_LINGER, opval, optlen);
}

int lwip_shutdown(int s, int how);
int lwip_shutdown(int s, int how)
{
    VB_ASSERT(how == SHUT_RDWR); /* which Linux numbers as lwIP does */
    return shutdown(s, how);
}

/* An address of IPv6 that holds one of IPv4, RFC 4291 section 2.5.5.2: as the server has it where
 * lwIP knows both. */
int lwip_getpeername(int s, void *name, uint32_t *namelen);
int lwip_getpeername(int s, void *name, uint32_t *namelen)
{
    enum { SIZE = 28, FAMILY = 10 };
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    unsigned char *to = name;
    VB_ASSERT(*namelen >= SIZE);
    *namelen = SIZE;
    memset(to, 0, SIZE);
    to[0] = SIZE;
    to[1] = FAMILY;
    if (getpeername(s, (struct sockaddr *)&peer, &size) != 0)
        return -1;
    memcpy(to + 2, &peer.sin_port, 2);
    memset(to + 18, 0xff, 2);
    memcpy(to + 20, &peer.sin_addr, 4);
    return 0;
}

esp_err_t httpd_req_async_handler_begin(httpd_req_t *r, httpd_req_t **out)
{
    struct host_http_request *copy = malloc(sizeof *copy);
    VB_ASSERT(copy != NULL);
    memcpy(copy, host_http_of(r), sizeof *copy);
    copy->session->is_detached = true;
    host_http_of(r)->body_left = 0;
    *out = &copy->request;
    return ESP_OK;
}

esp_err_t httpd_req_async_handler_complete(httpd_req_t *r)
{
    host_http_of(r)->session->is_detached = false;
    free(r);
    return ESP_OK;
}

/* ---- Connections ---- */

static struct host_http_session *session_of(struct host_http_server *server, int fd)
{
    for (unsigned i = 0; i < server->config.max_open_sockets; i++) {
        if (server->sessions[i].fd == fd)
            return &server->sessions[i];
    }
    return NULL;
}

static void close_session(struct host_http_session *session)
{
    if (session->fd < 0)
        return;
    close(session->fd);
    if (session->ctx != NULL)
        session->free_ctx(session->ctx);
    session->fd = -1;
    (void)__atomic_sub_fetch(&session->server->connections, 1, __ATOMIC_ACQ_REL);
}

static void close_later(void *arg)
{
    close_session(arg);
}

esp_err_t httpd_sess_trigger_close(httpd_handle_t handle, int sockfd)
{
    struct host_http_session *session = session_of(handle, sockfd);
    return session == NULL ? ESP_ERR_NOT_FOUND : httpd_queue_work(handle, close_later, session);
}

httpd_ws_client_info_t httpd_ws_get_fd_info(httpd_handle_t hd, int fd)
{
    const struct host_http_session *session = session_of(hd, fd);
    if (session == NULL)
        return HTTPD_WS_CLIENT_INVALID;
    return session->is_websocket && !session->is_closing ? HTTPD_WS_CLIENT_WEBSOCKET
                                                         : HTTPD_WS_CLIENT_HTTP;
}

void *httpd_get_global_user_ctx(httpd_handle_t handle)
{
    return ((struct host_http_server *)handle)->config.global_user_ctx;
}

/* NULL: all that are there wait for an answer. */
static struct host_http_session *used_longest_ago(struct host_http_server *server)
{
    struct host_http_session *found = NULL;
    for (unsigned i = 0; i < server->config.max_open_sockets; i++) {
        struct host_http_session *session = &server->sessions[i];
        if (!session->is_detached && (found == NULL || session->used_last < found->used_last))
            found = session;
    }
    return found;
}

/* Where there is no place, one is made, and who waits is let in at the next turn. */
static void let_in(struct host_http_server *server)
{
    const int unsent = UNSENT_BYTES;
    const struct timeval patience = {.tv_sec = server->config.recv_wait_timeout};
    struct host_http_session *session = session_of(server, -1);
    if (session == NULL) {
        session = used_longest_ago(server);
        if (session != NULL)
            (void)httpd_queue_work(server, close_later, session);
        return;
    }
    const int fd = accept(server->listening, NULL, NULL);
    VB_ASSERT(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &unsent, sizeof unsent);
    *session = (struct host_http_session){.server = server, .fd = fd, .used_last = server->uses};
    (void)__atomic_add_fetch(&server->connections, 1, __ATOMIC_ACQ_REL);
    if (server->config.open_fn != NULL && server->config.open_fn(server, fd) != ESP_OK)
        close_session(session);
}

/* ---- Requests ---- */

/* What has come beyond the head stays pending. */
static bool read_head(struct host_http_request *request)
{
    size_t size = 0;
    while (size < HOST_HTTP_HEAD_SIZE) {
        struct host_http_session *session = request->session;
        const ssize_t got =
            host_http_receive(session, request->head + size, HOST_HTTP_HEAD_SIZE - size);
        if (got <= 0)
            return false;
        size += (size_t)got;
        request->head[size] = '\0';
        char *end = strstr(request->head, "\r\n\r\n");
        if (end == NULL)
            continue;
        end += 4;
        const size_t more = size - (size_t)(end - request->head);
        VB_ASSERT(session->pending_size + more <= sizeof session->pending);
        memmove(session->pending + more, session->pending, session->pending_size);
        memcpy(session->pending, end, more);
        session->pending_size += more;
        *end = '\0';
        return (size_t)(end - request->head) <= session->server->config.max_req_hdr_len;
    }
    return false;
}

static int method_of(const char *name, size_t length)
{
    static const struct {
        const char *name;
        int method;
    } methods[] = {{"DELETE", HTTP_DELETE}, {"GET", HTTP_GET}, {"HEAD", HTTP_HEAD},
                   {"POST", HTTP_POST},     {"PUT", HTTP_PUT}, {"OPTIONS", HTTP_OPTIONS},
                   {"PATCH", HTTP_PATCH}};
    for (size_t i = 0; i < VB_COUNT_OF(methods); i++) {
        if (strlen(methods[i].name) == length && memcmp(methods[i].name, name, length) == 0)
            return methods[i].method;
    }
    return -1;
}

/* The first line, the body's length, and whether it is an upgrade: to a WebSocket, or the request
 * is malformed. */
static bool parse(struct host_http_request *request)
{
    const char *path = strchr(request->head, ' ');
    const size_t size = path == NULL ? 0 : strcspn(path + 1, " \r");
    const char *value;
    size_t value_size;
    char upgrade[sizeof "websocket"];
    if (path == NULL || size == 0 || size >= sizeof request->request.uri)
        return false;
    memcpy((char *)(uintptr_t)request->request.uri, path + 1, size);
    request->request.method = method_of(request->head, (size_t)(path - request->head));
    if (find_header(request, "Content-Length", &value, &value_size) == ESP_OK)
        request->request.content_len = strtoul(value, NULL, 10);
    request->body_left = request->request.content_len;
    request->is_upgrade = find_header(request, "Upgrade", &value, &value_size) == ESP_OK;
    return !request->is_upgrade ||
           (httpd_req_get_hdr_value_str(&request->request, "Upgrade", upgrade, sizeof upgrade) ==
                ESP_OK &&
            strcasecmp(upgrade, "websocket") == 0);
}

static bool handler_for(struct host_http_server *server, const httpd_req_t *request,
                        httpd_uri_t *found)
{
    bool any = false;
    pthread_mutex_lock(&server->lock);
    for (unsigned i = 0; i < server->handler_count && !any; i++) {
        const httpd_uri_t *uri = &server->handlers[i];
        any = ((int)uri->method == HTTP_ANY || (int)uri->method == request->method) &&
              server->config.uri_match_fn(uri->uri, request->uri, strcspn(request->uri, "?"));
        if (any)
            *found = *uri;
    }
    pthread_mutex_unlock(&server->lock);
    return any;
}

static esp_err_t handle(struct host_http_request *request)
{
    httpd_uri_t uri;
    if (!read_head(request) || !parse(request) ||
        !handler_for(request->session->server, &request->request, &uri))
        return ESP_FAIL;
    request->request.user_ctx = uri.user_ctx;
    if (uri.is_websocket && request->is_upgrade) {
        if (host_websocket_upgrade(request, &uri) != ESP_OK)
            return ESP_FAIL;
        if (!__atomic_load_n(&tells_handshakes, __ATOMIC_ACQUIRE))
            return ESP_OK;
    }
    char rest[256];
    const esp_err_t err = uri.handler(&request->request);
    while (err == ESP_OK && request->body_left > 0)
        if (httpd_req_recv(&request->request, rest, sizeof rest) <= 0)
            return ESP_FAIL;
    return err;
}

/* Something has come over that connection. */
static void serve(struct host_http_session *session)
{
    struct host_http_request *request = calloc(1, sizeof *request);
    VB_ASSERT(request != NULL);
    request->session = session;
    request->request.handle = session->server;
    request->request.sess_ctx = session->ctx;
    request->request.free_ctx = session->free_ctx;
    const esp_err_t err = session->is_websocket ? host_websocket_came(request) : handle(request);
    session->ctx = request->request.sess_ctx;
    session->free_ctx = request->request.free_ctx;
    free(request);
    /* Whatever the handler has said, and also where it is closed at once. */
    if (session->is_closing)
        (void)httpd_sess_trigger_close(session->server, session->fd);
    if (err != ESP_OK)
        close_session(session);
    session->used_last = ++session->server->uses;
}

/* ---- The task ---- */

esp_err_t httpd_queue_work(httpd_handle_t handle, httpd_work_fn_t work, void *arg)
{
    struct host_http_server *server = handle;
    pthread_mutex_lock(&server->lock);
    const unsigned to_lose = __atomic_load_n(&work_to_lose, __ATOMIC_ACQUIRE);
    if (to_lose > 0)
        __atomic_store_n(&work_to_lose, to_lose - 1, __ATOMIC_RELEASE);
    else if (server->work_count < WORK_MAX)
        server->work[server->work_count++] = (struct work){.run = work, .arg = arg};
    pthread_mutex_unlock(&server->lock);
    return write(server->bell[1], "", 1) == 1 ? ESP_OK : ESP_FAIL;
}

static void do_work(struct host_http_server *server)
{
    char rung;
    struct work work = {0};
    VB_ASSERT(read(server->bell[0], &rung, 1) == 1);
    pthread_mutex_lock(&server->lock);
    if (server->work_count > 0) {
        work = server->work[0];
        memmove(server->work, server->work + 1, --server->work_count * sizeof work);
    }
    pthread_mutex_unlock(&server->lock);
    if (work.run != NULL)
        work.run(work.arg);
}

static void *run(void *ctx)
{
    struct host_http_server *server = ctx;
    for (;;) {
        const bool has_place = server->config.lru_purge_enable || session_of(server, -1) != NULL;
        struct pollfd ready[SESSIONS_MAX + 2] = {
            {.fd = has_place ? server->listening : -1, .events = POLLIN},
            {.fd = server->bell[0], .events = POLLIN}};
        bool pending = false;
        for (unsigned i = 0; i < SESSIONS_MAX; i++) {
            const struct host_http_session *session = &server->sessions[i];
            ready[i + 2] =
                (struct pollfd){.fd = session->is_detached ? -1 : session->fd, .events = POLLIN};
            pending |= ready[i + 2].fd >= 0 && session->pending_size > 0;
        }
        if (poll(ready, SESSIONS_MAX + 2, pending ? 0 : -1) < 0)
            continue;
        if (ready[1].revents != 0)
            do_work(server);
        for (unsigned i = 0; i < SESSIONS_MAX; i++) {
            struct host_http_session *session = &server->sessions[i];
            if (session->fd >= 0 && session->fd == ready[i + 2].fd &&
                (ready[i + 2].revents != 0 || session->pending_size > 0))
                serve(session);
        }
        if (ready[0].revents != 0)
            let_in(server);
    }
    return NULL;
}

esp_err_t httpd_register_uri_handler(httpd_handle_t handle, const httpd_uri_t *uri_handler)
{
    struct host_http_server *server = handle;
    VB_ASSERT(server->handler_count < server->config.max_uri_handlers);
    server->late_handlers += uxTaskPriorityGet(NULL) <= server->config.task_priority;
    pthread_mutex_lock(&server->lock);
    server->handlers[server->handler_count++] = *uri_handler;
    pthread_mutex_unlock(&server->lock);
    return ESP_OK;
}

/* "/x*" alone is modelled: all that begins so. */
bool httpd_uri_match_wildcard(const char *uri_template, const char *uri_to_match, size_t match_upto)
{
    const size_t fixed = strlen(uri_template) - 1;
    VB_ASSERT(uri_template[fixed] == '*');
    return match_upto >= fixed && memcmp(uri_template, uri_to_match, fixed) == 0;
}

uint16_t host_http_port(void)
{
    struct sockaddr_in here;
    socklen_t size = sizeof here;
    VB_ASSERT(getsockname(latest->listening, (struct sockaddr *)&here, &size) == 0);
    return ntohs(here.sin_port);
}

/* Port 0 takes a free one. A server that was started before goes on. */
esp_err_t httpd_start(httpd_handle_t *handle, const httpd_config_t *config)
{
    const int on = 1;
    pthread_t thread;
    struct sockaddr_in here = {.sin_family = AF_INET,
                               .sin_port = htons(config->server_port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (config->max_open_sockets + 3 > LWIP_SOCKETS_MAX)
        return ESP_ERR_INVALID_ARG;
    struct host_http_server *server = calloc(1, sizeof *server);
    VB_ASSERT(server != NULL);
    server->config = *config;
    pthread_mutex_init(&server->lock, NULL);
    for (unsigned i = 0; i < SESSIONS_MAX; i++)
        server->sessions[i].fd = -1;
    server->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(server->listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (server->listening < 0 ||
        bind(server->listening, (const struct sockaddr *)&here, sizeof here) != 0 ||
        listen(server->listening, config->backlog_conn) != 0 || pipe(server->bell) != 0)
        return ESP_FAIL;
    latest = server;
    *handle = server;
    return pthread_create(&thread, NULL, run, server) == 0 ? ESP_OK : ESP_FAIL;
}
