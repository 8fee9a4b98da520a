/* The TWAI controller of the chip. */
#ifndef VOLTBEACON_ESP_IDF_ESP_TWAI_ONCHIP_H
#define VOLTBEACON_ESP_IDF_ESP_TWAI_ONCHIP_H

#include <esp_err.h>
#include <esp_twai_types.h>

typedef struct {
    struct {
        int tx;
        int rx;
        int quanta_clk_out;    /* -1: none */
        int bus_off_indicator; /* -1: none */
    } io_cfg;
    twai_timing_basic_config_t bit_timing;
    int8_t fail_retry_cnt; /* -1: until it is acknowledged */
    uint32_t tx_queue_depth;
    struct {
        uint32_t enable_self_test : 1;
        uint32_t enable_loopback : 1;
        uint32_t enable_listen_only : 1; /* nor does it acknowledge */
    } flags;
} twai_onchip_node_config_t;

/* It is not enabled yet. ESP_ERR_INVALID_ARG: pins or bit rate that this chip does not have;
 * ESP_ERR_NOT_FOUND: the controller is in use. */
esp_err_t twai_new_node_onchip(const twai_onchip_node_config_t *node_config,
                               twai_node_handle_t *node_ret);

#endif
