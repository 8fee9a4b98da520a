/* The control socket: how a command reaches the daemon that runs in a data folder.
 *
 * DIR/control, a Unix stream socket for its owner alone. A client sends one line and reads until
 * the end; what it reads is the answer. The daemon may answer later, when the outcome is known. */
#ifndef VOLTBEACON_LINUX_CONTROL_SOCKET_H
#define VOLTBEACON_LINUX_CONTROL_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linux/loop/loop.h"
#include "voltbeacon/core/platform.h"

enum {
    VB_CONTROL_CLIENTS_MAX = 8,       /* a ninth is told to come back */
    VB_CONTROL_LINE_SIZE = 8 * 1024,  /* bytes of a request with its newline */
    VB_CONTROL_REPLY_SIZE = 64 * 1024 /* bytes of an answer with its final NUL */
};

struct vb_control;

/* A request: its line without the newline. To be answered once with vb_control_reply(request_id),
 * at once or later; the line is valid during the call only. */
typedef void (*vb_control_request_fn)(void *ctx, uint64_t request_id, const char *line);

struct vb_control_options {
    const char *dir; /* whose lock the caller holds: a socket that is there is a dead process's */
    uint32_t request_ms_max; /* a client whose line is not here by then is dropped; 0 = 5000 */
    uint32_t reply_ms_max;   /* a request not answered by then is answered "error ..."; 0 = 30000 */
    vb_control_request_fn on_request;
    void *ctx;
};

/* NULL, and why in error. On a disk that is full or cannot be written it is tried again, and the
 * log says so. */
struct vb_control *vb_control_open(struct vb_loop *loop, const struct vb_control_options *options,
                                   char *error, size_t error_size);
/* Open requests are answered with an error. To be called before the loop is destroyed. */
void vb_control_close(struct vb_control *control);

/* Answers and drops the client; does nothing if it has left by itself. text may have several lines.
 */
void vb_control_reply(struct vb_control *control, uint64_t request_id, const char *text);

/* The other side, for a command: sends request (one line, without a newline) to the daemon that
 * runs in dir, waits for its answer. False, and why in error: no daemon there, or no answer in
 * time. Blocks. */
VB_MUST_USE bool vb_control_call(const char *dir, const char *request, uint32_t timeout_ms,
                                 char reply[VB_CONTROL_REPLY_SIZE], char *error, size_t error_size);

#endif
