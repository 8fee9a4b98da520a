#include "host_twai.h"

#include <esp_twai.h>
#include <string.h>

#include "voltbeacon/core/platform.h"

struct twai_node_base {
    bool exists, enabled;
    twai_error_state_t state;
    twai_onchip_node_config_t config;
    twai_event_callbacks_t callbacks;
    void *ctx;
    const twai_frame_t *sending;
};

static struct {
    struct twai_node_base node;
    esp_err_t refusal, enable_refusal;
    const twai_frame_header_t *header; /* while on_rx_done runs */
    const uint8_t *bytes;
    unsigned made, sends, recoveries;
    bool recovers;
} twai;

void host_twai_reset(void)
{
    memset(&twai, 0, sizeof twai);
}

void host_twai_refuse(esp_err_t why)
{
    twai.refusal = why;
}

void host_twai_refuse_to_enable(esp_err_t why)
{
    twai.enable_refusal = why;
}

enum host_twai_mode host_twai_mode(void)
{
    if (!twai.node.enabled)
        return HOST_TWAI_NONE;
    return twai.node.config.flags.enable_listen_only ? HOST_TWAI_LISTENS : HOST_TWAI_SPEAKS;
}

const twai_onchip_node_config_t *host_twai_config(void)
{
    return &twai.node.config;
}

unsigned host_twai_made(void)
{
    return twai.made;
}

unsigned host_twai_sends(void)
{
    return twai.sends;
}

unsigned host_twai_recoveries(void)
{
    return twai.recoveries;
}

/* ---- The bus ---- */

static bool is_on_bus(void)
{
    return twai.node.enabled && twai.node.state != TWAI_ERROR_BUS_OFF;
}

void host_twai_hear_header(const twai_frame_header_t *header, const uint8_t bytes[8])
{
    if (!is_on_bus())
        return;
    twai.header = header;
    twai.bytes = bytes;
    (void)twai.node.callbacks.on_rx_done(&twai.node, NULL, twai.node.ctx);
    twai.header = NULL;
}

void host_twai_hear(const struct vb_can_frame *frame)
{
    const twai_frame_header_t header = {.id = frame->id & ~(uint32_t)VB_CAN_EXTENDED,
                                        .dlc = frame->size,
                                        .ide = (frame->id & VB_CAN_EXTENDED) != 0};
    host_twai_hear_header(&header, frame->data);
}

bool host_twai_sending(struct vb_can_frame *frame)
{
    const twai_frame_t *sending = twai.node.sending;
    if (sending == NULL)
        return false;
    *frame = (struct vb_can_frame){.id = sending->header.id, .size = (uint8_t)sending->buffer_len};
    memcpy(frame->data, sending->buffer, sending->buffer_len);
    return true;
}

void host_twai_confirm(bool success)
{
    const twai_tx_done_event_data_t event = {.is_tx_success = success,
                                             .done_tx_frame = twai.node.sending};
    VB_ASSERT(is_on_bus() && twai.node.sending != NULL);
    twai.node.sending = NULL;
    (void)twai.node.callbacks.on_tx_done(&twai.node, &event, twai.node.ctx);
}

static void change_state(twai_error_state_t state)
{
    const twai_state_change_event_data_t event = {.old_sta = twai.node.state, .new_sta = state};
    twai.node.state = state;
    (void)twai.node.callbacks.on_state_change(&twai.node, &event, twai.node.ctx);
}

void host_twai_leave_bus(void)
{
    VB_ASSERT(is_on_bus());
    twai.node.sending = NULL;
    twai.recovers = false;
    change_state(TWAI_ERROR_BUS_OFF);
}

void host_twai_come_back(void)
{
    if (twai.recovers)
        change_state(TWAI_ERROR_ACTIVE);
    twai.recovers = false;
}

/* ---- The calls ---- */

esp_err_t twai_new_node_onchip(const twai_onchip_node_config_t *node_config,
                               twai_node_handle_t *node_ret)
{
    if (twai.refusal != ESP_OK)
        return twai.refusal;
    if (twai.node.exists)
        return ESP_ERR_NOT_FOUND;
    if (node_config->io_cfg.tx < 0 || node_config->io_cfg.rx < 0 ||
        node_config->bit_timing.bitrate == 0 || node_config->tx_queue_depth == 0)
        return ESP_ERR_INVALID_ARG;
    twai.node = (struct twai_node_base){
        .exists = true, .state = TWAI_ERROR_BUS_OFF, .config = *node_config};
    twai.made++;
    *node_ret = &twai.node;
    return ESP_OK;
}

esp_err_t twai_node_register_event_callbacks(twai_node_handle_t node,
                                             const twai_event_callbacks_t *cbs, void *user_data)
{
    if (node->enabled)
        return ESP_ERR_INVALID_STATE;
    node->callbacks = *cbs;
    node->ctx = user_data;
    return ESP_OK;
}

esp_err_t twai_node_enable(twai_node_handle_t node)
{
    if (twai.enable_refusal != ESP_OK)
        return twai.enable_refusal;
    if (node->state != TWAI_ERROR_BUS_OFF)
        return ESP_ERR_INVALID_STATE;
    node->enabled = true;
    node->state = TWAI_ERROR_ACTIVE;
    return ESP_OK;
}

esp_err_t twai_node_disable(twai_node_handle_t node)
{
    if (node->state == TWAI_ERROR_BUS_OFF)
        return ESP_ERR_INVALID_STATE;
    node->enabled = false;
    node->state = TWAI_ERROR_BUS_OFF;
    return ESP_OK;
}

esp_err_t twai_node_delete(twai_node_handle_t node)
{
    if (node->state != TWAI_ERROR_BUS_OFF)
        return ESP_ERR_INVALID_STATE;
    node->exists = false;
    node->enabled = false;
    node->sending = NULL;
    return ESP_OK;
}

esp_err_t twai_node_recover(twai_node_handle_t node)
{
    if (node->state != TWAI_ERROR_BUS_OFF)
        return ESP_ERR_INVALID_STATE;
    twai.recovers = true;
    twai.recoveries++;
    return ESP_OK;
}

esp_err_t twai_node_transmit(twai_node_handle_t node, const twai_frame_t *frame, int timeout_ms)
{
    VB_ASSERT(timeout_ms == 0); /* the device's task waits for nobody */
    if (node->config.flags.enable_listen_only)
        return ESP_ERR_NOT_SUPPORTED;
    if (node->state == TWAI_ERROR_BUS_OFF)
        return ESP_ERR_INVALID_STATE;
    if (frame->header.dlc != frame->buffer_len || frame->buffer_len > VB_CAN_DATA_BYTES_MAX)
        return ESP_ERR_INVALID_ARG;
    VB_ASSERT(node->sending == NULL); /* the queue for more of them is not modelled */
    node->sending = frame;
    twai.sends++;
    return ESP_OK;
}

esp_err_t twai_node_receive_from_isr(twai_node_handle_t node, twai_frame_t *rx_frame)
{
    (void)node;
    if (twai.header == NULL)
        return ESP_ERR_INVALID_STATE;
    VB_ASSERT(rx_frame->buffer_len >= VB_CAN_DATA_BYTES_MAX);
    rx_frame->header = *twai.header;
    memcpy(rx_frame->buffer, twai.bytes, VB_CAN_DATA_BYTES_MAX);
    return ESP_OK;
}
