#include "esp-idf/voltbeacon/http_receiver.h"

#include <freertos/task.h>
#include <string.h>

#include "esp-idf/voltbeacon/http_parts.h"
#include "esp-idf/voltbeacon/idf_clock.h"

/* The server's queue holds six and loses more without a word: a round that has not come after so
 * long is queued once more. One is due as often anyway. */
enum { ROUND_MS_MAX = 1000 };

void vb_http_lock(struct vb_http_receiver *receiver)
{
    (void)xSemaphoreTake(receiver->config.lock, portMAX_DELAY);
}

void vb_http_unlock(struct vb_http_receiver *receiver)
{
    (void)xSemaphoreGive(receiver->config.lock);
}

/* ---- Rounds ---- */

void vb_http_meanwhile(struct vb_http_receiver *receiver)
{
    if (!receiver->is_busy)
        (void)vb_http_sockets_send(receiver);
}

uint32_t vb_http_receiver_rounds(const struct vb_http_receiver *receiver)
{
    return __atomic_load_n(&receiver->rounds, __ATOMIC_RELAXED);
}

void vb_http_round(struct vb_http_receiver *receiver)
{
    (void)__atomic_add_fetch(&receiver->rounds, 1, __ATOMIC_RELAXED);
    vb_http_api_resume(receiver);
    vb_http_close_idle(receiver->server);
    const enum vb_http_sockets_left left = vb_http_sockets_send(receiver);
    receiver->is_stalled = left == VB_HTTP_SOCKETS_STALLED;
    if (left == VB_HTTP_SOCKETS_DONE)
        return;
    vb_http_lock(receiver);
    vb_http_round_queue(receiver);
    vb_http_unlock(receiver);
}

static void on_round(void *arg)
{
    struct vb_http_receiver *receiver = arg;
    if (receiver->is_stalled)
        vTaskDelay(pdMS_TO_TICKS(VB_HTTP_RETRY_MS));
    vb_http_lock(receiver);
    receiver->is_round_queued = false;
    vb_http_unlock(receiver);
    vb_http_round(receiver);
}

void vb_http_round_queue(struct vb_http_receiver *receiver)
{
    const uint32_t now_ms = vb_idf_now_ms();
    if (receiver->is_round_queued && now_ms - receiver->round_ms < ROUND_MS_MAX)
        return;
    receiver->is_round_queued =
        httpd_queue_work(receiver->server->handle, on_round, receiver) == ESP_OK;
    receiver->round_ms = now_ms;
}

/* ---- What the device's task tells ---- */

void vb_http_receiver_committed(struct vb_http_receiver *receiver, uint32_t token,
                                enum vb_err result)
{
    for (unsigned i = 0; i < VB_HTTP_WAITING; i++) {
        struct vb_http_waiting *waiting = &receiver->waiting[i];
        if (waiting->request == NULL || waiting->token != token)
            continue;
        waiting->answered = true;
        waiting->result = result;
        vb_http_round_queue(receiver);
    }
}

void vb_http_receiver_wake(struct vb_http_receiver *receiver)
{
    if (!receiver->is_serving)
        return;
    bool wanted = vb_idf_now_ms() - receiver->round_ms >= ROUND_MS_MAX;
    for (unsigned i = 0; i < VB_HTTP_SOCKETS && !wanted; i++) {
        const struct vb_http_socket *socket = &receiver->sockets[i];
        wanted = socket->receiver != NULL && vb_pace_allows(&socket->pace) &&
                 vb_push_pending(receiver->config.push, &socket->client);
    }
    if (wanted)
        vb_http_round_queue(receiver);
}

/* ---- The start ---- */

void vb_http_receiver_init(struct vb_http_receiver *receiver,
                           const struct vb_http_receiver_config *config)
{
    (void)xSemaphoreTake(config->lock, portMAX_DELAY); /* the device runs */
    memset(receiver, 0, sizeof *receiver);
    receiver->config = *config;
    config->api->body_bytes_max = VB_HTTP_BODY_BYTES;
    config->api->body_nodes_max = VB_HTTP_BODY_NODES;
    (void)xSemaphoreGive(config->lock);
}

esp_err_t vb_http_receiver_attach(struct vb_http_receiver *receiver, struct vb_http_server *server)
{
    const httpd_uri_t sockets = {.uri = "/ws/*",
                                 .method = HTTP_GET,
                                 .handler = vb_http_socket_came,
                                 .user_ctx = receiver,
                                 .is_websocket = true,
                                 .handle_ws_control_frames = true,
                                 .ws_pre_handshake_cb = vb_http_socket_upgrade};
    vb_http_lock(receiver);
    receiver->server = server;
    receiver->is_serving = true;
    vb_http_unlock(receiver);
    return httpd_register_uri_handler(server->handle, &sockets);
}
