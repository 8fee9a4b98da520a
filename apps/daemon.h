/* What both daemons share: the loop and its end, the link in the loop, events in the log. */
#ifndef VOLTBEACON_APPS_DAEMON_H
#define VOLTBEACON_APPS_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "linux/loop.h"
#include "linux/udp_link.h"
#include "voltbeacon/event.h"

/* In the environment of a daemon that a demo has started. */
#define VB_DAEMON_OF_DEMO "VOLTBEACON_DEMO"

enum { VB_ERROR_SIZE = 512 /* bytes of a message to the user */ };

/* SIGINT and SIGTERM stop this loop from now on. One loop a process. */
void vb_daemon_stop_on_signal(struct vb_loop *loop);

/* Takes every frame that has come, but no more than a turn's worth. */
typedef enum vb_err (*vb_frame_input_fn)(void *ctx, const struct vb_mac *src,
                                         const struct vb_mac *dst, const uint8_t *bytes,
                                         size_t size);
void vb_daemon_receive(struct vb_udp_link *link, vb_frame_input_fn input, void *ctx);

/* Whether the link stays on this machine, where nobody else can listen. */
bool vb_daemon_link_is_loopback(const struct vb_udp_options *options);

/* One line in the log, for what a person would want to know. */
void vb_daemon_log_event(const struct vb_event *event);

/* How slow the store is made on purpose: $VOLTBEACON_COMMIT_DELAY_MS, for tests and measurements;
 * else 0. */
uint32_t vb_daemon_commit_delay_ms(void);

/* Appends "link_sent_beacon_bytes=123\n" and so on, for `status`. Returns the new length. */
size_t vb_daemon_link_status(const struct vb_udp_link *link, char *text, size_t length,
                             size_t capacity);

/* Appends formatted text as far as it fits. Returns the new length. */
size_t vb_append(char *text, size_t length, size_t capacity, const char *format, ...)
    VB_PRINTF(4, 5);

/* Reads a positive number of at most `max`. False if it is none. */
VB_MUST_USE bool vb_parse_number(const char *text, double max, double *value);

#endif
