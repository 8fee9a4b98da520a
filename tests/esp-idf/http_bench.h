/* The board's web server over a receiver that is filled by hand, for tests. */
#ifndef VOLTBEACON_TESTS_HTTP_BENCH_H
#define VOLTBEACON_TESTS_HTTP_BENCH_H

#include "../fixtures/api_bench.h"
#include "../fixtures/sample_reading.h"
#include "embed/web_assets.h"
#include "esp-idf/voltbeacon/http_receiver.h"
#include "esp-idf/voltbeacon/http_server.h"
#include "http_socket_client.h"

enum { BENCH_BIG_SIZE = 300000 };

static const uint8_t bench_page[] = "<page>";
static uint8_t bench_big[BENCH_BIG_SIZE];
static const struct vb_asset bench_assets[] = {
    {.path = "/index.html",
     .content_type = "text/html; charset=utf-8",
     .gzipped = {"\"e1\"", bench_page, sizeof bench_page - 1}},
    {.path = "/assets/app-1.js",
     .content_type = "text/javascript",
     .gzipped = {"\"e2\"", bench_big, sizeof bench_big},
     .immutable = true},
};
static const char *const bench_views[] = {"/", "/settings"};

/* Each start has its own, for a server does not end. */
struct http_bench {
    struct api_fixture fixture;
    struct vb_push push;
    SemaphoreHandle_t lock;
    struct vb_http_receiver receiver;
    struct vb_http_server server;
    unsigned changes; /* told of by the API */
};

static inline void bench_changed(void *ctx)
{
    (void)__atomic_add_fetch(&((struct http_bench *)ctx)->changes, 1, __ATOMIC_ACQ_REL);
}

static inline struct http_bench *bench_start(struct vb_wifi_page *wifi_page, bool with_pages)
{
    struct http_bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    const bool is_filled = bench_big[1] != 0; /* and servers of earlier starts may read it */
    for (size_t i = 0; i < sizeof bench_big && !is_filled; i++)
        bench_big[i] = (uint8_t)(i * 7 + i / 251);
    fixture_init(&bench->fixture);
    vb_push_init(&bench->push, &bench->fixture.api);
    bench->lock = xSemaphoreCreateMutex();
    const struct vb_http_receiver_config config = {
        .api = &bench->fixture.api,
        .push = &bench->push,
        .lock = bench->lock,
        .pages = {.assets = bench_assets,
                  .asset_count = with_pages ? VB_COUNT_OF(bench_assets) : 0,
                  .views = bench_views,
                  .view_count = VB_COUNT_OF(bench_views)},
        .changed = bench_changed,
        .ctx = bench};
    vb_http_receiver_init(&bench->receiver, &config);
    assert_int_equal(vb_http_server_start(&bench->server, wifi_page, &bench->receiver, 0), ESP_OK);
    return bench;
}

/* A turn of the device, in which something may have changed. */
static inline void bench_turn(struct http_bench *bench)
{
    (void)xSemaphoreTake(bench->lock, portMAX_DELAY);
    vb_push_look(&bench->push);
    vb_http_receiver_wake(&bench->receiver);
    (void)xSemaphoreGive(bench->lock);
}

static inline void bench_reading(struct http_bench *bench, uint32_t sequence)
{
    const struct vb_reading reading = fixture_reading(sequence, FIXTURE_NOW_MS);
    (void)xSemaphoreTake(bench->lock, portMAX_DELAY);
    fixture_change(&bench->fixture, VB_EVENT_READING, 0, 0);
    vb_reading_ring_push(&bench->fixture.peers[0].ring, &reading);
    (void)xSemaphoreGive(bench->lock);
    bench_turn(bench);
}

/* Clients of push, and so WebSockets. */
static inline unsigned bench_clients(struct http_bench *bench)
{
    unsigned count = 0;
    (void)xSemaphoreTake(bench->lock, portMAX_DELAY);
    for (const struct vb_push_client *at = bench->push.clients; at != NULL; at = at->next)
        count++;
    (void)xSemaphoreGive(bench->lock);
    return count;
}

/* Whether there come to be so many; turns meanwhile. */
static inline bool bench_has_clients(struct http_bench *bench, unsigned count)
{
    for (unsigned waited = 0; waited < 6000 && bench_clients(bench) != count; waited++) {
        bench_turn(bench);
        usleep(10000);
    }
    return bench_clients(bench) == count;
}

#endif
