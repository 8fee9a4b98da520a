/* The HTTP server on the host: real sockets of 127.0.0.1, one task, a request to a connection. As
 * on the board, handlers and queued work run in that one task, a header that is too long for its
 * buffer is cut, headers of an answer are pointers until it is sent, and a request that is answered
 * later goes on as a copy. */
#include "host_http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <esp_http_server.h>

#include "voltbeacon/core/platform.h"

enum { HANDLERS_MAX = 8, HEADERS_MAX = 16, HEAD_SIZE = 4096, ANSWER_HEAD_SIZE = 2048 };

/* What the real one keeps behind httpd_req_t. */
struct host_request {
    httpd_req_t request; /* first, so that one is the other */
    int fd;
    bool detached; /* it will be answered later, by a copy */
    char head[HEAD_SIZE + 1];
    size_t head_size, head_end;
    size_t body_left;
    const char *status, *type;
    const char *names[HEADERS_MAX], *values[HEADERS_MAX];
    unsigned header_count;
    bool chunked; /* the head of a chunked answer is out */
};

static struct {
    pthread_mutex_t lock; /* of the handlers */
    int listening;
    int work[2]; /* a pipe of struct work */
    httpd_config_t config;
    httpd_uri_t handlers[HANDLERS_MAX];
    unsigned handler_count;
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct work {
    httpd_work_fn_t run;
    void *arg;
};

static struct host_request *of(httpd_req_t *r)
{
    return (struct host_request *)(void *)r;
}

/* ---- Reading ---- */

static esp_err_t find_header(const struct host_request *request, const char *field,
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
    const esp_err_t err = find_header(of(r), field, &value, &size);
    if (err != ESP_OK)
        return err;
    const size_t taken = size < val_size ? size : val_size - 1;
    memcpy(val, value, taken);
    val[taken] = '\0';
    return taken == size ? ESP_OK : ESP_ERR_HTTPD_RESULT_TRUNC;
}

int httpd_req_recv(httpd_req_t *r, char *buf, size_t buf_len)
{
    struct host_request *request = of(r);
    size_t size = buf_len < request->body_left ? buf_len : request->body_left;
    const size_t had = request->head_size - request->head_end;
    if (size == 0)
        return 0;
    if (had > 0) {
        size = size < had ? size : had;
        memcpy(buf, request->head + request->head_end, size);
        request->head_end += size;
    } else {
        const ssize_t got = recv(request->fd, buf, size, 0);
        if (got <= 0)
            return got == 0 ? 0 : HTTPD_SOCK_ERR_TIMEOUT;
        size = (size_t)got;
    }
    request->body_left -= size;
    return (int)size;
}

/* ---- Answering ---- */

esp_err_t httpd_resp_set_status(httpd_req_t *r, const char *status)
{
    of(r)->status = status;
    return ESP_OK;
}

esp_err_t httpd_resp_set_type(httpd_req_t *r, const char *type)
{
    of(r)->type = type;
    return ESP_OK;
}

esp_err_t httpd_resp_set_hdr(httpd_req_t *r, const char *field, const char *value)
{
    struct host_request *request = of(r);
    VB_ASSERT(request->header_count < server.config.max_resp_headers);
    request->names[request->header_count] = field;
    request->values[request->header_count++] = value;
    return ESP_OK;
}

static bool send_all(int fd, const char *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        const ssize_t sent = send(fd, bytes + at, size - at, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += (size_t)sent;
    }
    return true;
}

static bool send_head(struct host_request *request, const char *length)
{
    char head[ANSWER_HEAD_SIZE];
    int size = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: %s\r\n%s\r\n",
                        request->status, request->type, length);
    for (unsigned i = 0; i < request->header_count; i++)
        size += snprintf(head + size, sizeof head - (size_t)size, "%s: %s\r\n", request->names[i],
                         request->values[i]);
    size += snprintf(head + size, sizeof head - (size_t)size, "Connection: close\r\n\r\n");
    VB_ASSERT(size < (int)sizeof head);
    return send_all(request->fd, head, (size_t)size);
}

esp_err_t httpd_resp_send(httpd_req_t *r, const char *buf, ssize_t buf_len)
{
    char length[48];
    VB_ASSERT(buf_len >= 0 && !of(r)->chunked);
    snprintf(length, sizeof length, "Content-Length: %zd", buf_len);
    return send_head(of(r), length) && send_all(of(r)->fd, buf, (size_t)buf_len) ? ESP_OK
                                                                                 : ESP_FAIL;
}

esp_err_t httpd_resp_send_chunk(httpd_req_t *r, const char *buf, ssize_t buf_len)
{
    struct host_request *request = of(r);
    char size[24];
    VB_ASSERT(buf_len >= 0);
    if (!request->chunked && !send_head(request, "Transfer-Encoding: chunked"))
        return ESP_FAIL;
    request->chunked = true;
    snprintf(size, sizeof size, "%zx\r\n", buf_len);
    return send_all(request->fd, size, strlen(size)) &&
                   send_all(request->fd, buf, (size_t)buf_len) && send_all(request->fd, "\r\n", 2)
               ? ESP_OK
               : ESP_FAIL;
}

esp_err_t httpd_req_async_handler_begin(httpd_req_t *r, httpd_req_t **out)
{
    struct host_request *copy = malloc(sizeof *copy);
    VB_ASSERT(copy != NULL);
    memcpy(copy, of(r), sizeof *copy);
    of(r)->detached = true;
    *out = &copy->request;
    return ESP_OK;
}

esp_err_t httpd_req_async_handler_complete(httpd_req_t *r)
{
    close(of(r)->fd);
    free(of(r));
    return ESP_OK;
}

esp_err_t httpd_queue_work(httpd_handle_t handle, httpd_work_fn_t work, void *arg)
{
    const struct work item = {.run = work, .arg = arg};
    VB_ASSERT(handle == &server);
    return write(server.work[1], &item, sizeof item) == (ssize_t)sizeof item ? ESP_OK : ESP_FAIL;
}

/* ---- The task ---- */

static bool read_head(struct host_request *request)
{
    while (request->head_size < HEAD_SIZE) {
        const ssize_t got = recv(request->fd, request->head + request->head_size,
                                 HEAD_SIZE - request->head_size, 0);
        if (got <= 0)
            return false;
        request->head_size += (size_t)got;
        request->head[request->head_size] = '\0';
        const char *end = strstr(request->head, "\r\n\r\n");
        if (end == NULL)
            continue;
        request->head_end = (size_t)(end - request->head) + 4;
        return request->head_end <= server.config.max_req_hdr_len;
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

/* The first line, and the body's length. */
static bool parse(struct host_request *request)
{
    const char *path = strchr(request->head, ' ');
    const size_t size = path == NULL ? 0 : strcspn(path + 1, " \r");
    const char *length;
    size_t length_size;
    if (path == NULL || size == 0 || size >= sizeof request->request.uri)
        return false;
    memcpy((char *)(uintptr_t)request->request.uri, path + 1, size);
    request->request.method = method_of(request->head, (size_t)(path - request->head));
    if (find_header(request, "Content-Length", &length, &length_size) == ESP_OK)
        request->request.content_len = strtoul(length, NULL, 10);
    request->body_left = request->request.content_len;
    return true;
}

static const httpd_uri_t *handler_for(const char *uri)
{
    const httpd_uri_t *found = NULL;
    pthread_mutex_lock(&server.lock);
    for (unsigned i = 0; i < server.handler_count && found == NULL; i++) {
        if (server.config.uri_match_fn(server.handlers[i].uri, uri, strcspn(uri, "?")))
            found = &server.handlers[i];
    }
    pthread_mutex_unlock(&server.lock);
    return found;
}

static void serve_one(int fd)
{
    static struct host_request request;
    const struct timeval patience = {.tv_sec = 5};
    memset(&request, 0, sizeof request);
    request.fd = fd;
    request.status = "200 OK";
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (read_head(&request) && parse(&request)) {
        const httpd_uri_t *handler = handler_for(request.request.uri);
        if (handler != NULL) {
            request.request.handle = &server;
            request.request.user_ctx = handler->user_ctx;
            char rest[256];
            const esp_err_t err = handler->handler(&request.request);
            while (err == ESP_OK && !request.detached &&
                   httpd_req_recv(&request.request, rest, sizeof rest) > 0)
                continue;
        }
    }
    if (!request.detached)
        close(fd);
}

static void *run(void *ctx)
{
    (void)ctx;
    for (;;) {
        struct pollfd ready[] = {{.fd = server.listening, .events = POLLIN},
                                 {.fd = server.work[0], .events = POLLIN}};
        if (poll(ready, 2, -1) <= 0)
            continue;
        if ((ready[1].revents & POLLIN) != 0) {
            struct work work;
            VB_ASSERT(read(server.work[0], &work, sizeof work) == (ssize_t)sizeof work);
            work.run(work.arg);
        }
        if ((ready[0].revents & POLLIN) != 0)
            serve_one(accept(server.listening, NULL, NULL));
    }
    return NULL;
}

esp_err_t httpd_register_uri_handler(httpd_handle_t handle, const httpd_uri_t *uri_handler)
{
    VB_ASSERT(handle == &server && server.handler_count < server.config.max_uri_handlers);
    pthread_mutex_lock(&server.lock);
    server.handlers[server.handler_count++] = *uri_handler;
    pthread_mutex_unlock(&server.lock);
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
    VB_ASSERT(getsockname(server.listening, (struct sockaddr *)&here, &size) == 0);
    return ntohs(here.sin_port);
}

/* Port 0 takes a free one. */
esp_err_t httpd_start(httpd_handle_t *handle, const httpd_config_t *config)
{
    pthread_t thread;
    struct sockaddr_in here = {.sin_family = AF_INET,
                               .sin_port = htons(config->server_port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    server.config = *config;
    server.handler_count = 0;
    server.listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server.listening < 0 ||
        bind(server.listening, (const struct sockaddr *)&here, sizeof here) != 0 ||
        listen(server.listening, 5) != 0 || pipe(server.work) != 0)
        return ESP_FAIL;
    *handle = &server;
    return pthread_create(&thread, NULL, run, NULL) == 0 ? ESP_OK : ESP_FAIL;
}
