#include "host_timer.h"

#include <pthread.h>
#include <stdlib.h>

#include <esp_system.h>
#include <esp_timer.h>

#include "voltbeacon/core/platform.h"

enum { TIMERS_MAX = 8, SHUTDOWNS_MAX = 5 };

struct esp_timer {
    esp_timer_create_args_t made;
    bool runs;
    uint64_t left_us;
};

static struct esp_timer timers[TIMERS_MAX];
static unsigned count;
static bool may_restart, has_restarted, is_refusing;
static shutdown_handler_t shutdowns[SHUTDOWNS_MAX];
static unsigned shutdown_count;

void host_timer_reset(void)
{
    count = 0;
    shutdown_count = 0;
}

esp_err_t esp_timer_create(const esp_timer_create_args_t *create_args,
                           esp_timer_handle_t *out_handle)
{
    VB_ASSERT(count < TIMERS_MAX);
    if (is_refusing)
        return ESP_ERR_NO_MEM;
    timers[count] = (struct esp_timer){.made = *create_args};
    *out_handle = &timers[count++];
    return ESP_OK;
}

esp_err_t esp_timer_start_once(esp_timer_handle_t timer, uint64_t timeout_us)
{
    if (timer->runs)
        return ESP_ERR_INVALID_STATE;
    timer->runs = true;
    timer->left_us = timeout_us;
    return ESP_OK;
}

esp_err_t esp_timer_stop(esp_timer_handle_t timer)
{
    const bool ran = timer->runs;
    timer->runs = false;
    return ran ? ESP_OK : ESP_ERR_INVALID_STATE;
}

void host_timer_refuse(bool refuse)
{
    is_refusing = refuse;
}

static struct esp_timer *next_due(uint64_t within_us)
{
    struct esp_timer *next = NULL;
    for (unsigned i = 0; i < count; i++) {
        if (timers[i].runs && timers[i].left_us <= (next == NULL ? within_us : next->left_us))
            next = &timers[i];
    }
    return next;
}

static void pass(uint64_t us)
{
    for (unsigned i = 0; i < count; i++)
        timers[i].left_us -= timers[i].runs ? us : 0;
}

void host_timer_pass_ms(uint32_t ms)
{
    uint64_t left_us = (uint64_t)ms * 1000;
    for (struct esp_timer *next = next_due(left_us); next != NULL; next = next_due(left_us)) {
        const uint64_t went_us = next->left_us;
        pass(went_us);
        left_us -= went_us;
        next->runs = false;
        next->made.callback(next->made.arg);
    }
    pass(left_us);
}

static void *pass_in_thread(void *ms)
{
    host_timer_pass_ms(*(const uint32_t *)ms);
    return NULL;
}

/* In a thread of its own, which a restart ends. */
bool host_timer_restarts_within_ms(uint32_t ms)
{
    pthread_t thread;
    may_restart = true;
    has_restarted = false;
    VB_ASSERT(pthread_create(&thread, NULL, pass_in_thread, &ms) == 0);
    VB_ASSERT(pthread_join(thread, NULL) == 0);
    may_restart = false;
    return has_restarted;
}

esp_err_t esp_register_shutdown_handler(shutdown_handler_t handle)
{
    if (shutdown_count == SHUTDOWNS_MAX)
        return ESP_ERR_NO_MEM;
    shutdowns[shutdown_count++] = handle;
    return ESP_OK;
}

void esp_restart(void)
{
    VB_ASSERT(may_restart);
    for (unsigned i = shutdown_count; i > 0; i--)
        shutdowns[i - 1]();
    has_restarted = true;
    pthread_exit(NULL);
}
