/* A TWAI node, whichever controller it is on. */
#ifndef VOLTBEACON_ESP_IDF_ESP_TWAI_H
#define VOLTBEACON_ESP_IDF_ESP_TWAI_H

#include <esp_err.h>
#include <esp_twai_types.h>

/* ESP_ERR_INVALID_STATE: it is enabled already, or has left the bus. */
esp_err_t twai_node_enable(twai_node_handle_t node);
/* ESP_ERR_INVALID_STATE: it is not enabled, or has left the bus. */
esp_err_t twai_node_disable(twai_node_handle_t node);
/* Begins to come back to the bus; on_state_change says when it is there. */
esp_err_t twai_node_recover(twai_node_handle_t node);
/* ESP_ERR_INVALID_STATE: it is enabled. One that has left the bus can be deleted. */
esp_err_t twai_node_delete(twai_node_handle_t node);
/* Not while it is enabled; cbs is copied. */
esp_err_t twai_node_register_event_callbacks(twai_node_handle_t node,
                                             const twai_event_callbacks_t *cbs, void *user_data);
/* frame and its bytes are not copied: they stay until on_tx_done. ESP_ERR_NOT_SUPPORTED: it only
 * listens. ESP_ERR_INVALID_STATE: it is not on the bus. ESP_ERR_TIMEOUT: its queue is full. */
esp_err_t twai_node_transmit(twai_node_handle_t node, const twai_frame_t *frame, int timeout_ms);
/* In on_rx_done alone. */
esp_err_t twai_node_receive_from_isr(twai_node_handle_t node, twai_frame_t *rx_frame);

#endif
