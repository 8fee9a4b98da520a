/* One event loop per daemon: libwebsockets' own poll loop, with other descriptors and timers
 * added. */
#ifndef VOLTBEACON_LINUX_LOOP_H
#define VOLTBEACON_LINUX_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct lws_context;
struct vb_loop;

typedef void (*vb_loop_fd_fn)(void *ctx);
typedef void (*vb_loop_timer_fn)(void *ctx);

/* NULL, with the reason logged, if it cannot be created. The caller destroys it. */
struct vb_loop *vb_loop_create(void);
void vb_loop_destroy(struct vb_loop *loop);

/* Calls on_readable whenever fd can be read. The caller owns fd, which must stay open until the
 * loop is destroyed or vb_loop_unwatch is called. False if it cannot be watched. */
bool vb_loop_watch(struct vb_loop *loop, int fd, vb_loop_fd_fn on_readable, void *ctx);
void vb_loop_unwatch(struct vb_loop *loop, int fd);

/* One timer per (on_time, ctx) pair of the loop: calling again replaces its deadline. delay_ms up
 * to 0x3fffffff. Runs once, when vb_now_ms() has gone on by delay_ms or more. */
bool vb_loop_timer(struct vb_loop *loop, uint32_t delay_ms, vb_loop_timer_fn on_time, void *ctx);
/* Does nothing if it is not running. */
void vb_loop_cancel_timer(struct vb_loop *loop, vb_loop_timer_fn on_time, void *ctx);

/* Called after every turn of the loop in which anything ran: where a daemon fetches frames and
 * events from the core. */
void vb_loop_after_turn(struct vb_loop *loop, vb_loop_timer_fn after, void *ctx);

/* Runs until vb_loop_stop. False, with the reason logged, if it ends by itself. */
bool vb_loop_run(struct vb_loop *loop);
/* Async-signal-safe. */
void vb_loop_stop(struct vb_loop *loop);

/* For the web server, which adds its own vhost. */
struct lws_context *vb_loop_lws(struct vb_loop *loop);

/* Milliseconds of CLOCK_BOOTTIME, wrapping: includes the time that the machine was asleep. */
uint32_t vb_now_ms(void);
/* Milliseconds since 1970 UTC. */
uint64_t vb_wall_ms(void);

#endif
