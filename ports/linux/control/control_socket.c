/* A client's lifecycle: FREE -> READING (its line) -> WAITING (for the daemon's answer) -> FREE.
 *
 * An answer fits the socket's buffer, so it is sent in one call and nobody waits for a client to
 * read. */
#include "linux/control/control_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "linux/system/cause.h"
#include "linux/system/log.h"
#include "voltbeacon/core/time.h"

enum {
    REQUEST_MS_MAX = 5000,
    REPLY_MS_MAX = 30000,
    RETRY_MS = 5000,                               /* while the disk refuses the socket */
    SEND_BUFFER_BYTES = 4 * VB_CONTROL_REPLY_SIZE, /* the kernel includes its own overhead */
    ACCEPTS_PER_TURN_MAX = 16
};

enum client_state { CLIENT_FREE, CLIENT_READING, CLIENT_WAITING };

struct client {
    struct vb_control *control;
    enum client_state state;
    int fd;
    uint32_t generation; /* of the slot: an answer must not reach the next client */
    uint32_t deadline_ms;
    size_t used;
    char line[VB_CONTROL_LINE_SIZE];
};

struct vb_control {
    struct vb_loop *loop;
    int fd;
    struct sockaddr_un address;
    uint32_t request_ms_max;
    uint32_t reply_ms_max;
    vb_control_request_fn on_request;
    void *ctx;
    struct client clients[VB_CONTROL_CLIENTS_MAX];
};

static bool make_address(const char *dir, struct sockaddr_un *address, char *error,
                         size_t error_size)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    const int size = snprintf(address->sun_path, sizeof(address->sun_path), "%s/control", dir);
    if (size < 0 || (size_t)size >= sizeof(address->sun_path)) {
        snprintf(error, error_size,
                 "the name of the data folder is too long for a control socket (%zu characters at "
                 "most): %s",
                 sizeof(address->sun_path) - sizeof("/control"), dir);
        vb_cause_set(VB_CAUSE_USAGE);
        return false;
    }
    return true;
}

/* == Clients ================================================================================= */

static void drop_client(struct client *client)
{
    VB_ASSERT(client->state != CLIENT_FREE);
    vb_loop_unwatch(client->control->loop, client->fd);
    close(client->fd);
    explicit_bzero(client->line, client->used); /* a request may contain a password */
    client->state = CLIENT_FREE;
    client->fd = -1;
    client->used = 0;
    client->generation++;
}

static void send_text(int fd, const char *text)
{
    char reply[VB_CONTROL_REPLY_SIZE];
    const size_t room = sizeof(reply) - 2; /* for the newline that marks the answer as complete */
    size_t size = strnlen(text, room + 1);
    if (size > room) {
        vb_log(VB_LOG_ERROR, "an answer on the control socket is longer than %zu bytes", room);
        size = (size_t)snprintf(reply, room, "error: the answer is too long");
    } else {
        memcpy(reply, text, size);
    }
    if (size == 0 || reply[size - 1] != '\n') {
        reply[size++] = '\n';
    }
    const ssize_t sent = send(fd, reply, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) {
        vb_log(VB_LOG_DEBUG, "a client of the control socket left before its answer");
    } else if (sent != (ssize_t)size) {
        vb_log(VB_LOG_WARNING, "cannot send an answer on the control socket: %s",
               sent < 0 ? strerror(errno) : "it is too long for the socket");
    }
}

static void answer_client(struct client *client, const char *text)
{
    send_text(client->fd, text);
    drop_client(client);
}

static uint64_t request_id_of(const struct client *client)
{
    const uint64_t index = (uint64_t)(client - client->control->clients);
    return (uint64_t)client->generation << 8 | index;
}

static void take_request(struct client *client)
{
    struct vb_control *control = client->control;
    /* Sending the answer shows whether the client is still there. */
    vb_loop_unwatch(control->loop, client->fd);
    client->state = CLIENT_WAITING;
    client->deadline_ms = vb_now_ms() + control->reply_ms_max;
    control->on_request(control->ctx, request_id_of(client), client->line);
}

static void read_client(void *ctx)
{
    struct client *client = ctx;
    VB_ASSERT(client->state == CLIENT_READING);
    const ssize_t size = recv(client->fd, client->line + client->used,
                              sizeof(client->line) - client->used, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (size <= 0) {
        drop_client(client);
        return;
    }
    client->used += (size_t)size;
    VB_ASSERT(client->used <= sizeof(client->line));
    char *newline = memchr(client->line, '\n', client->used);
    if (newline != NULL) {
        *newline = '\0';
        take_request(client);
    } else if (client->used == sizeof(client->line)) {
        answer_client(client, "error: the request is too long: 8191 characters at most");
    }
}

static void check_deadlines(void *ctx)
{
    struct vb_control *control = ctx;
    const uint32_t now_ms = vb_now_ms();
    uint32_t next_ms = VB_FOREVER_MS;
    for (size_t index = 0; index < VB_CONTROL_CLIENTS_MAX; index++) {
        struct client *client = &control->clients[index];
        if (client->state == CLIENT_FREE) {
            continue;
        }
        if (!vb_time_reached(now_ms, client->deadline_ms)) {
            const uint32_t left_ms = vb_time_until(now_ms, client->deadline_ms);
            next_ms = left_ms < next_ms ? left_ms : next_ms;
        } else if (client->state == CLIENT_WAITING) {
            answer_client(client,
                          "error: no outcome in time; it may still take effect, check later");
        } else {
            drop_client(client);
        }
    }
    if (next_ms != VB_FOREVER_MS) {
        /* Without a timer a client merely keeps its slot until it leaves. */
        (void)vb_loop_timer(control->loop, next_ms, check_deadlines, control);
    }
}

static void take_client(struct vb_control *control, int fd)
{
    struct client *client = NULL;
    for (size_t index = 0; index < VB_CONTROL_CLIENTS_MAX && client == NULL; index++) {
        if (control->clients[index].state == CLIENT_FREE) {
            client = &control->clients[index];
        }
    }
    const int send_buffer_bytes = SEND_BUFFER_BYTES;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof(send_buffer_bytes));
    if (client == NULL) {
        send_text(fd, "error: too many commands at once; try again");
        close(fd);
        return;
    }
    if (!vb_loop_watch(control->loop, fd, read_client, client)) {
        close(fd);
        return;
    }
    client->fd = fd;
    client->state = CLIENT_READING;
    client->deadline_ms = vb_now_ms() + control->request_ms_max;
    check_deadlines(control);
}

static void accept_clients(void *ctx)
{
    struct vb_control *control = ctx;
    for (size_t count = 0; count < ACCEPTS_PER_TURN_MAX; count++) {
        const int fd = accept4(control->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        take_client(control, fd);
    }
}

void vb_control_reply(struct vb_control *control, uint64_t request_id, const char *text)
{
    const size_t index = (size_t)(request_id & 0xff);
    VB_ASSERT(index < VB_CONTROL_CLIENTS_MAX);
    struct client *client = &control->clients[index];
    if (client->state == CLIENT_WAITING && request_id_of(client) == request_id) {
        answer_client(client, text);
    }
}

/* == Life ==================================================================================== */

static void end_listening(struct vb_control *control)
{
    if (control->fd >= 0)
        close(control->fd);
    control->fd = -1;
}

static bool listen_at(struct vb_control *control, char *error, size_t error_size)
{
    const char *path = control->address.sun_path;
    control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* Linux gives the file the mode of the socket's inode, so it is never open to others. */
    const bool made = control->fd >= 0 && fchmod(control->fd, 0600) == 0 &&
                      (unlink(path) == 0 || errno == ENOENT) &&
                      bind(control->fd, (const struct sockaddr *)&control->address,
                           sizeof(control->address)) == 0;
    if (!made || listen(control->fd, VB_CONTROL_CLIENTS_MAX) != 0) {
        const int reason = errno;
        vb_cause_set_errno(reason, VB_CAUSE_CANT_CREATE);
        snprintf(error, error_size, "cannot create the control socket %s: %s", path,
                 strerror(reason));
        end_listening(control);
        errno = reason;
        return false;
    }
    if (!vb_loop_watch(control->loop, control->fd, accept_clients, control)) {
        snprintf(error, error_size, "cannot watch the control socket %s", path);
        vb_cause_set(VB_CAUSE_SYSTEM);
        end_listening(control);
        errno = 0;
        return false;
    }
    return true;
}

static void try_again(void *ctx)
{
    struct vb_control *control = ctx;
    char error[sizeof control->address.sun_path + 128];
    if (listen_at(control, error, sizeof error))
        vb_log(VB_LOG_INFO, "the control socket is available now");
    else
        (void)vb_loop_timer(control->loop, RETRY_MS, try_again, control);
}

/* Whether the disk (errno) caused the failure: then the daemon runs without the socket for now. */
static bool can_wait(struct vb_control *control, const char *error)
{
    if (errno != EROFS && errno != ENOSPC && errno != EDQUOT)
        return false;
    vb_log(VB_LOG_ERROR, "%s; this voltbeacon takes no commands until it can be created", error);
    return vb_loop_timer(control->loop, RETRY_MS, try_again, control);
}

struct vb_control *vb_control_open(struct vb_loop *loop, const struct vb_control_options *options,
                                   char *error, size_t error_size)
{
    struct vb_control *control = calloc(1, sizeof(*control));
    if (control == NULL) {
        snprintf(error, error_size, "cannot create the control socket: out of memory");
        vb_cause_set(VB_CAUSE_SYSTEM);
        return NULL;
    }
    control->loop = loop;
    control->fd = -1;
    control->request_ms_max =
        options->request_ms_max != 0 ? options->request_ms_max : REQUEST_MS_MAX;
    control->reply_ms_max = options->reply_ms_max != 0 ? options->reply_ms_max : REPLY_MS_MAX;
    control->on_request = options->on_request;
    control->ctx = options->ctx;
    for (size_t index = 0; index < VB_CONTROL_CLIENTS_MAX; index++) {
        control->clients[index].control = control;
        control->clients[index].fd = -1;
    }
    if (!make_address(options->dir, &control->address, error, error_size) ||
        (!listen_at(control, error, error_size) && !can_wait(control, error))) {
        free(control);
        return NULL;
    }
    return control;
}

void vb_control_close(struct vb_control *control)
{
    if (control == NULL) {
        return;
    }
    for (size_t index = 0; index < VB_CONTROL_CLIENTS_MAX; index++) {
        struct client *client = &control->clients[index];
        if (client->state == CLIENT_WAITING) {
            answer_client(client, "error: voltbeacon is stopping; try again once it runs");
        } else if (client->state == CLIENT_READING) {
            drop_client(client);
        }
    }
    vb_loop_cancel_timer(control->loop, check_deadlines, control);
    vb_loop_cancel_timer(control->loop, try_again, control);
    if (control->fd >= 0) {
        vb_loop_unwatch(control->loop, control->fd);
        end_listening(control);
        unlink(control->address.sun_path);
    }
    free(control);
}

/* == The other side ========================================================================== */

static bool send_request(int fd, const char *request)
{
    char line[VB_CONTROL_LINE_SIZE];
    const size_t length = strlen(request);
    VB_ASSERT(length < sizeof(line) && strchr(request, '\n') == NULL);
    memcpy(line, request, length);
    line[length] = '\n';
    const bool sent = send(fd, line, length + 1, MSG_NOSIGNAL) == (ssize_t)(length + 1);
    explicit_bzero(line, sizeof(line));
    return sent;
}

/* The size of the answer; -1 with errno, e.g. ETIMEDOUT. */
static ssize_t read_reply(int fd, uint32_t timeout_ms, char reply[VB_CONTROL_REPLY_SIZE])
{
    const uint32_t deadline_ms = vb_now_ms() + timeout_ms;
    size_t used = 0;
    while (used < VB_CONTROL_REPLY_SIZE - 1) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        const uint32_t left_ms = vb_time_until(vb_now_ms(), deadline_ms);
        const int ready = poll(&readable, 1, (int)left_ms);
        if (ready == 0) {
            errno = ETIMEDOUT;
            return -1;
        }
        const ssize_t size =
            ready > 0 ? recv(fd, reply + used, VB_CONTROL_REPLY_SIZE - 1 - used, 0) : -1;
        if (size < 0 && errno != EINTR) {
            return -1;
        }
        if (size == 0) {
            break;
        }
        used += size > 0 ? (size_t)size : 0;
    }
    reply[used] = '\0';
    return (ssize_t)used;
}

static bool call_failed(int fd, const char *dir, const char *what, char *error, size_t error_size)
{
    snprintf(error, error_size, "%s: %s", dir, what);
    if (fd >= 0) {
        close(fd);
    }
    return false;
}

bool vb_control_call(const char *dir, const char *request, uint32_t timeout_ms,
                     char reply[VB_CONTROL_REPLY_SIZE], char *error, size_t error_size)
{
    VB_ASSERT(timeout_ms <= VB_FOREVER_MS);
    struct sockaddr_un address;
    if (!make_address(dir, &address, error, error_size)) {
        return false;
    }
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        vb_cause_set_errno(errno, VB_CAUSE_UNAVAILABLE);
        const char *what =
            errno == EACCES || errno == EPERM
                ? "this data folder belongs to another user; run the command as that user"
                : "no voltbeacon runs with this data folder; start it, or name its folder with "
                  "--data";
        return call_failed(fd, dir, what, error, error_size);
    }
    vb_cause_set(VB_CAUSE_UNAVAILABLE);
    if (!send_request(fd, request)) {
        return call_failed(fd, dir, "voltbeacon did not accept the request; try again", error,
                           error_size);
    }
    const ssize_t size = read_reply(fd, timeout_ms, reply);
    if (size < 0) {
        return call_failed(fd, dir, "voltbeacon did not answer in time; see its log", error,
                           error_size);
    }
    if (size == 0 || reply[size - 1] != '\n') {
        return call_failed(fd, dir,
                           "the answer from voltbeacon is incomplete; the request may have taken "
                           "effect: check, and see its log",
                           error, error_size);
    }
    reply[size - 1] = '\0';
    close(fd);
    return true;
}
