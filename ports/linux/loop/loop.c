/* libwebsockets polls one additional descriptor: an epoll set that holds everything that is not its
 * own, with one timerfd for the nearest deadline.
 *
 * Why not lws_adopt_descriptor_vhost() for each, and lws_sul_schedule()? lws closes what it
 * adopted, which would take the caller's descriptor from it. And it truncates the wait for a sul
 * timer to whole milliseconds, then spins until the rest has passed: with 4.1.6 a thousand turns
 * and 0.4 ms of CPU, measured, for each timer that runs; a timerfd takes one turn and 0.02 ms. */
#include "linux/loop/loop.h"

#include <errno.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "linux/system/log.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/time.h"

enum {
    WATCHES_MAX = 64,
    TIMERS_MAX = 32,
    EVENTS_PER_TURN_MAX = 16,
    TIMERS_PER_TURN_MAX = 2 * TIMERS_MAX, /* one that re-arms itself with 0 must not block us */
    FDS_MAX = 4096,                       /* lws allocates tables for this many */
    FDS_SPARE = 64                        /* for databases, brokers and our own sockets */
};

struct watch {
    int fd; /* -1 = unused */
    uint32_t generation;
    vb_loop_fd_fn on_readable;
    void *ctx;
};

struct timer {
    vb_loop_timer_fn on_time; /* NULL = unused */
    void *ctx;
    uint64_t deadline_us;
};

struct vb_loop {
    struct lws_context *context;
    int epoll_fd; /* owned by lws once adopted */
    int timer_fd;
    uint64_t armed_us; /* when timer_fd expires; 0 = never */
    volatile sig_atomic_t stopped;
    vb_loop_timer_fn after_turn;
    void *after_turn_ctx;
    struct watch watches[WATCHES_MAX];
    struct timer timers[TIMERS_MAX];
};

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint32_t vb_now_ms(void)
{
    return (uint32_t)(now_us() / 1000);
}

uint64_t vb_wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* == Timers ================================================================================== */

static struct timer *nearest_timer(struct vb_loop *loop)
{
    struct timer *nearest = NULL;
    for (size_t index = 0; index < TIMERS_MAX; index++) {
        struct timer *timer = &loop->timers[index];
        if (timer->on_time != NULL &&
            (nearest == NULL || timer->deadline_us < nearest->deadline_us)) {
            nearest = timer;
        }
    }
    return nearest;
}

static void arm_timer_fd(struct vb_loop *loop)
{
    const struct timer *nearest = nearest_timer(loop);
    const uint64_t at_us = nearest != NULL ? nearest->deadline_us : 0;
    if (at_us == loop->armed_us) {
        return;
    }
    const struct timespec at = {.tv_sec = (time_t)(at_us / 1000000),
                                .tv_nsec = (long)(at_us % 1000000) * 1000};
    const struct itimerspec once = {.it_value = at};
    const int result = timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &once, NULL);
    VB_ASSERT(result == 0);
    loop->armed_us = at_us;
}

static void run_timers(void *ctx)
{
    struct vb_loop *loop = ctx;
    uint64_t expirations;
    const ssize_t ignored = read(loop->timer_fd, &expirations, sizeof(expirations));
    (void)ignored;

    const uint64_t now = now_us();
    for (size_t count = 0; count < TIMERS_PER_TURN_MAX; count++) {
        struct timer *timer = nearest_timer(loop);
        if (timer == NULL || timer->deadline_us > now) {
            break;
        }
        const struct timer due = *timer;
        timer->on_time = NULL;
        due.on_time(due.ctx);
    }
    loop->armed_us = 0;
    arm_timer_fd(loop);
}

static struct timer *find_timer(struct vb_loop *loop, vb_loop_timer_fn on_time, const void *ctx)
{
    for (size_t index = 0; index < TIMERS_MAX; index++) {
        struct timer *timer = &loop->timers[index];
        if (timer->on_time == on_time && (on_time == NULL || timer->ctx == ctx)) {
            return timer;
        }
    }
    return NULL;
}

bool vb_loop_timer(struct vb_loop *loop, uint32_t delay_ms, vb_loop_timer_fn on_time, void *ctx)
{
    VB_ASSERT(on_time != NULL);
    VB_ASSERT(delay_ms <= VB_FOREVER_MS);
    struct timer *slot = find_timer(loop, on_time, ctx);
    if (slot == NULL) {
        slot = find_timer(loop, NULL, NULL);
    }
    if (slot == NULL) {
        vb_log(VB_LOG_ERROR, "no room for a timer: all %d of the loop are in use", (int)TIMERS_MAX);
        return false;
    }
    slot->on_time = on_time;
    slot->ctx = ctx;
    /* Whole milliseconds of vb_now_ms(): what is asked for again each turn, with the same end,
     * leaves timer_fd alone. */
    slot->deadline_us = (now_us() / 1000 + delay_ms) * 1000;
    arm_timer_fd(loop);
    return true;
}

void vb_loop_cancel_timer(struct vb_loop *loop, vb_loop_timer_fn on_time, void *ctx)
{
    VB_ASSERT(on_time != NULL);
    struct timer *timer = find_timer(loop, on_time, ctx);
    if (timer != NULL) {
        timer->on_time = NULL;
        arm_timer_fd(loop);
    }
}

/* == Descriptors ============================================================================= */

static struct watch *find_watch(struct vb_loop *loop, int fd)
{
    for (size_t index = 0; index < WATCHES_MAX; index++) {
        if (loop->watches[index].fd == fd) {
            return &loop->watches[index];
        }
    }
    return NULL;
}

bool vb_loop_watch(struct vb_loop *loop, int fd, vb_loop_fd_fn on_readable, void *ctx)
{
    VB_ASSERT(fd >= 0 && on_readable != NULL);
    VB_ASSERT(find_watch(loop, fd) == NULL);
    struct watch *watch = find_watch(loop, -1);
    if (watch == NULL) {
        vb_log(VB_LOG_ERROR, "cannot watch one more descriptor: all %d places are taken",
               (int)WATCHES_MAX);
        return false;
    }
    const uint32_t index = (uint32_t)(watch - loop->watches);
    struct epoll_event event = {.events = EPOLLIN,
                                .data.u64 = (uint64_t)watch->generation << 32 | index};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        vb_log(VB_LOG_ERROR, "cannot watch descriptor %d: %s", fd, strerror(errno));
        return false;
    }
    watch->fd = fd;
    watch->on_readable = on_readable;
    watch->ctx = ctx;
    return true;
}

void vb_loop_unwatch(struct vb_loop *loop, int fd)
{
    struct watch *watch = fd >= 0 ? find_watch(loop, fd) : NULL;
    if (watch == NULL) {
        return;
    }
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    watch->fd = -1;
    watch->generation++; /* an event of this turn may still refer to the slot */
}

static void run_watches(struct vb_loop *loop)
{
    struct epoll_event events[EVENTS_PER_TURN_MAX];
    const int count = epoll_wait(loop->epoll_fd, events, EVENTS_PER_TURN_MAX, 0);
    for (int index = 0; index < count; index++) {
        const uint32_t slot = (uint32_t)events[index].data.u64;
        VB_ASSERT(slot < WATCHES_MAX);
        const struct watch *watch = &loop->watches[slot];
        if (watch->fd >= 0 && watch->generation == events[index].data.u64 >> 32) {
            watch->on_readable(watch->ctx);
        }
    }
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *bytes,
                  size_t size)
{
    (void)user;
    (void)bytes;
    (void)size;
    if (reason == LWS_CALLBACK_RAW_RX_FILE) {
        run_watches(lws_context_user(lws_get_context(wsi)));
    }
    return 0;
}

static const struct lws_protocols loop_protocols[] = {
    {.name = "voltbeacon-loop", .callback = on_lws}, {.name = NULL}};

/* == Life ==================================================================================== */

static void on_lws_log(int level, const char *line)
{
    vb_log((level & LLL_ERR) != 0 ? VB_LOG_ERROR : VB_LOG_WARNING, "web: %.*s",
           (int)strcspn(line, "\n"), line);
}

/* At the descriptor limit lws spins on accept: it has to stop before that. */
static unsigned int fd_limit(void)
{
    struct rlimit limit = {.rlim_cur = 1024};
    getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t soft = limit.rlim_cur < FDS_MAX ? limit.rlim_cur : FDS_MAX;
    return soft > 2 * FDS_SPARE ? (unsigned int)soft - FDS_SPARE : FDS_SPARE;
}

static bool join_lws(struct vb_loop *loop)
{
    /* Debian's default logs notices, including session ids. */
    lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
    const struct lws_context_creation_info info = {.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
                                                   .fd_limit_per_thread = fd_limit(),
                                                   .user = loop};
    loop->context = lws_create_context(&info);
    if (loop->context == NULL) {
        return false;
    }
    const struct lws_context_creation_info vhost_info = {
        .port = CONTEXT_PORT_NO_LISTEN, .vhost_name = "loop", .protocols = loop_protocols};
    struct lws_vhost *vhost = lws_create_vhost(loop->context, &vhost_info);
    const lws_sock_file_fd_type fd = {.filefd = loop->epoll_fd};
    /* On failure lws has closed the descriptor anyway. */
    return vhost != NULL && lws_adopt_descriptor_vhost(vhost, LWS_ADOPT_RAW_FILE_DESC, fd,
                                                       loop_protocols[0].name, NULL) != NULL;
}

struct vb_loop *vb_loop_create(void)
{
    struct vb_loop *loop = calloc(1, sizeof(*loop));
    if (loop == NULL) {
        vb_log(VB_LOG_ERROR, "cannot create the event loop: out of memory");
        return NULL;
    }
    for (size_t index = 0; index < WATCHES_MAX; index++) {
        loop->watches[index].fd = -1;
    }
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (loop->epoll_fd < 0 || loop->timer_fd < 0) {
        vb_log(VB_LOG_ERROR, "cannot create the event loop: %s", strerror(errno));
        if (loop->epoll_fd >= 0) {
            close(loop->epoll_fd);
        }
        vb_loop_destroy(loop);
        return NULL;
    }
    if (!join_lws(loop) || !vb_loop_watch(loop, loop->timer_fd, run_timers, loop)) {
        vb_log(VB_LOG_ERROR, "cannot create the event loop: libwebsockets refused");
        vb_loop_destroy(loop);
        return NULL;
    }
    return loop;
}

void vb_loop_destroy(struct vb_loop *loop)
{
    if (loop == NULL) {
        return;
    }
    if (loop->context != NULL) {
        lws_context_destroy(loop->context);
    }
    if (loop->timer_fd >= 0) {
        close(loop->timer_fd);
    }
    free(loop);
}

void vb_loop_after_turn(struct vb_loop *loop, vb_loop_timer_fn after, void *ctx)
{
    loop->after_turn = after;
    loop->after_turn_ctx = ctx;
}

bool vb_loop_run(struct vb_loop *loop)
{
    while (!loop->stopped) {
        if (lws_service(loop->context, 0) < 0) {
            vb_log(VB_LOG_ERROR, "the event loop has ended: libwebsockets gave up");
            return false;
        }
        if (loop->after_turn != NULL) {
            loop->after_turn(loop->after_turn_ctx);
        }
    }
    return true;
}

void vb_loop_stop(struct vb_loop *loop)
{
    loop->stopped = 1;
    lws_cancel_service(loop->context);
}

struct lws_context *vb_loop_lws(struct vb_loop *loop)
{
    return loop->context;
}
