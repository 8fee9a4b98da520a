/* The control socket: how a command reaches the daemon running in a data folder.
 *
 * DIR/control, a Unix stream socket accessible to its owner only. A client sends one line and reads
 * the answer until the end of the stream. The daemon may answer later, when the outcome is
 * known. */
#ifndef VOLTBEACON_LINUX_CONTROL_SOCKET_H
#define VOLTBEACON_LINUX_CONTROL_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linux/loop/loop.h"
#include "voltbeacon/core/platform.h"

enum {
    VB_CONTROL_CLIENTS_MAX = 8,       /* a ninth is told to try again */
    VB_CONTROL_LINE_SIZE = 8 * 1024,  /* bytes of a request including newline */
    VB_CONTROL_REPLY_SIZE = 64 * 1024 /* bytes of an answer including NUL */
};

struct vb_control;

/* A request: its line without the newline. Answer it once with vb_control_reply(request_id),
 * immediately or later; the line is valid only during the call. */
typedef void (*vb_control_request_fn)(void *ctx, uint64_t request_id, const char *line);

struct vb_control_options {
    const char *dir; /* locked by the caller: an existing socket is that of a dead process */
    uint32_t request_ms_max; /* a client without a complete line by then is dropped; 0 = 5000 */
    uint32_t reply_ms_max;   /* a request without an answer by then gets "error ..."; 0 = 30000 */
    vb_control_request_fn on_request;
    void *ctx;
};

/* NULL, with the reason in error. If the disk is full or not writable it keeps trying, and logs
 * that. */
struct vb_control *vb_control_open(struct vb_loop *loop, const struct vb_control_options *options,
                                   char *error, size_t error_size);
/* Open requests are answered with an error. Call it before the loop is destroyed. */
void vb_control_close(struct vb_control *control);

/* Answers and drops the client; does nothing if it has already left. text may have several
 * lines. */
void vb_control_reply(struct vb_control *control, uint64_t request_id, const char *text);

/* The client side, for a command: sends request (one line, without a newline) to the daemon running
 * in dir and waits for its answer. False, with the reason in error, if there is no daemon, or no
 * answer in time. Blocks. */
VB_MUST_USE bool vb_control_call(const char *dir, const char *request, uint32_t timeout_ms,
                                 char reply[VB_CONTROL_REPLY_SIZE], char *error, size_t error_size);

#endif
