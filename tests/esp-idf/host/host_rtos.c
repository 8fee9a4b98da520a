/* FreeRTOS on the host: queues, mutexes and tasks over those of POSIX; the time since the start,
 * random numbers, and a log that is not kept. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <esp_err.h>
#include <esp_log.h>
#include <esp_random.h>
#include <esp_timer.h>
#include <freertos/FreeRTOS.h>
#include <freertos/queue.h>
#include <freertos/semphr.h>
#include <freertos/task.h>

#include "host_clock.h"
#include "host_random.h"
#include "voltbeacon/core/platform.h"

static void (*on_ask)(void);

struct QueueDefinition {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t length, item_size, first, count;
    unsigned char items[];
};

static struct timespec deadline_in(TickType_t ticks)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    const long long ns = at.tv_nsec + (long long)ticks * (1000000000 / configTICK_RATE_HZ);
    at.tv_sec += (time_t)(ns / 1000000000);
    at.tv_nsec = (long)(ns % 1000000000);
    return at;
}

/* Waits until the queue's count is not this, at most until then. */
static bool await_other(struct QueueDefinition *queue, size_t count, TickType_t ticks)
{
    const struct timespec at = deadline_in(ticks == portMAX_DELAY ? 0 : ticks);
    while (queue->count == count) {
        const int err = ticks == portMAX_DELAY
                            ? pthread_cond_wait(&queue->changed, &queue->lock)
                            : pthread_cond_timedwait(&queue->changed, &queue->lock, &at);
        if (err == ETIMEDOUT)
            return queue->count != count;
    }
    return true;
}

QueueHandle_t xQueueCreate(UBaseType_t length, UBaseType_t item_size)
{
    pthread_condattr_t monotonic;
    struct QueueDefinition *queue = calloc(1, sizeof *queue + (size_t)length * item_size);
    VB_ASSERT(queue != NULL && length > 0);
    queue->length = length;
    queue->item_size = item_size;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return queue;
}

BaseType_t xQueueSend(QueueHandle_t queue, const void *item, TickType_t ticks)
{
    pthread_mutex_lock(&queue->lock);
    const bool room = await_other(queue, queue->length, ticks);
    if (room) {
        const size_t at = (queue->first + queue->count++) % queue->length;
        if (queue->item_size > 0)
            memcpy(queue->items + at * queue->item_size, item, queue->item_size);
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return room ? pdTRUE : pdFALSE;
}

BaseType_t xQueueSendFromISR(QueueHandle_t queue, const void *item, BaseType_t *woken)
{
    const BaseType_t sent = xQueueSend(queue, item, 0);
    if (sent == pdTRUE)
        *woken = pdTRUE;
    return sent;
}

BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t ticks)
{
    pthread_mutex_lock(&queue->lock);
    const bool some = await_other(queue, 0, ticks);
    if (some) {
        if (queue->item_size > 0)
            memcpy(item, queue->items + queue->first * queue->item_size, queue->item_size);
        queue->first = (queue->first + 1) % queue->length;
        queue->count--;
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return some ? pdTRUE : pdFALSE;
}

/* As in FreeRTOS itself: a queue of one thing without content. */
SemaphoreHandle_t xSemaphoreCreateMutex(void)
{
    const QueueHandle_t mutex = xQueueCreate(1, 0);
    (void)xSemaphoreGive(mutex);
    return mutex;
}

BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks)
{
    return xQueueReceive(semaphore, NULL, ticks);
}

BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore)
{
    return xQueueSend(semaphore, NULL, 0);
}

/* ---- Tasks ---- */

struct start {
    TaskFunction_t code;
    void *ctx;
    UBaseType_t priority;
};

/* Kept and told, and nothing else: all tasks run at once. The main task has 1. */
static _Thread_local UBaseType_t priority_here = 1;

static void *run(void *ctx)
{
    const struct start start = *(struct start *)ctx;
    free(ctx);
    priority_here = start.priority;
    start.code(start.ctx);
    VB_ASSERT(!"a task must not return");
    return NULL;
}

BaseType_t xTaskCreate(TaskFunction_t code, const char *name, uint32_t stack_bytes, void *ctx,
                       UBaseType_t priority, TaskHandle_t *made)
{
    pthread_t thread;
    struct start *start = malloc(sizeof *start);
    VB_ASSERT(start != NULL && strlen(name) < 16 && stack_bytes >= 1024 && priority < 25);
    *start = (struct start){.code = code, .ctx = ctx, .priority = priority};
    VB_ASSERT(pthread_create(&thread, NULL, run, start) == 0 && pthread_detach(thread) == 0);
    if (made != NULL)
        *made = NULL; /* nobody asks anything of it */
    return pdPASS;
}

UBaseType_t uxTaskPriorityGet(TaskHandle_t task)
{
    VB_ASSERT(task == NULL);
    return priority_here;
}

void vTaskPrioritySet(TaskHandle_t task, UBaseType_t priority)
{
    VB_ASSERT(task == NULL && priority < 25);
    priority_here = priority;
}

void vTaskDelay(TickType_t ticks)
{
    const struct timespec at = deadline_in(ticks);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        continue;
}

void vTaskDelete(TaskHandle_t task)
{
    VB_ASSERT(task == NULL);
    pthread_exit(NULL);
}

static int64_t skipped_us;

void host_clock_skip_ms(uint32_t ms)
{
    (void)__atomic_add_fetch(&skipped_us, (int64_t)ms * 1000, __ATOMIC_ACQ_REL);
}

int64_t esp_timer_get_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return __atomic_load_n(&skipped_us, __ATOMIC_ACQUIRE) + (int64_t)now.tv_sec * 1000000 +
           now.tv_nsec / 1000;
}

void host_random_on_ask(void (*asked)(void))
{
    on_ask = asked;
}

uint32_t esp_random(void)
{
    uint32_t value;
    if (on_ask != NULL)
        on_ask();
    VB_ASSERT(getrandom(&value, sizeof value, 0) == (ssize_t)sizeof value);
    return value;
}

void esp_log_level_set(const char *tag, esp_log_level_t level)
{
    VB_ASSERT(tag != NULL && level <= ESP_LOG_WARN);
}

const char *esp_err_to_name(esp_err_t code)
{
    return code == ESP_OK ? "ESP_OK" : "ERROR";
}
