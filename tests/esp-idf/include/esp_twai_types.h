/* TWAI, Espressif's name for CAN: what is used of its types, from ESP-IDF 5.5's "Two-Wire
 * Automotive Interface". */
#ifndef VOLTBEACON_ESP_IDF_ESP_TWAI_TYPES_H
#define VOLTBEACON_ESP_IDF_ESP_TWAI_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct twai_node_base *twai_node_handle_t;

typedef enum {
    TWAI_ERROR_ACTIVE,
    TWAI_ERROR_WARNING,
    TWAI_ERROR_PASSIVE,
    TWAI_ERROR_BUS_OFF /* also that of a node that is not enabled */
} twai_error_state_t;

typedef struct {
    uint32_t id;
    uint16_t dlc; /* of a classic frame 9 to 15 mean 8 bytes, too */
    struct {
        uint32_t ide : 1; /* the id has 29 bits */
        uint32_t rtr : 1;
        uint32_t fdf : 1;
        uint32_t brs : 1;
        uint32_t esi : 1;
    };
} twai_frame_header_t;

typedef struct {
    twai_frame_header_t header;
    uint8_t *buffer;
    size_t buffer_len;
} twai_frame_t;

typedef struct {
    uint32_t bitrate;
    uint16_t sp_permill; /* 0: the driver chooses */
} twai_timing_basic_config_t;

typedef struct {
    bool is_tx_success;
    const twai_frame_t *done_tx_frame;
} twai_tx_done_event_data_t;

/* Nothing is in it: the frame is fetched with twai_node_receive_from_isr(). */
typedef struct twai_rx_done_event twai_rx_done_event_data_t;

typedef struct {
    twai_error_state_t old_sta;
    twai_error_state_t new_sta;
} twai_state_change_event_data_t;

/* Called on the interrupt: they must not wait. True: a task of a higher priority has woken. */
typedef struct {
    bool (*on_tx_done)(twai_node_handle_t handle, const twai_tx_done_event_data_t *edata,
                       void *user_ctx);
    bool (*on_rx_done)(twai_node_handle_t handle, const twai_rx_done_event_data_t *edata,
                       void *user_ctx);
    bool (*on_state_change)(twai_node_handle_t handle, const twai_state_change_event_data_t *edata,
                            void *user_ctx);
} twai_event_callbacks_t;

#endif
