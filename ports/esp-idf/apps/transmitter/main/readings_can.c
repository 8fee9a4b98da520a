#include <stdio.h>

#include "esp-idf/voltbeacon/console_log.h"
#include "readings.h"

void vb_readings_open(struct vb_transmitter_node_config *config)
{
    static struct vb_twai_feed battery;
    const struct vb_twai_feed_config how = {.tx_gpio = VB_CAN_TX_GPIO,
                                            .rx_gpio = VB_CAN_RX_GPIO,
                                            .bitrate = VB_CAN_BITRATE,
                                            .log = vb_console_sink()};
    if (!vb_twai_feed_open(&battery, &how)) {
        printf("error: there is no memory for CAN; no readings\n");
        return;
    }
    printf("info: a %s on CAN, output on GPIO %d, input on GPIO %d, %d bit/s\n",
           battery.battery->title, VB_CAN_TX_GPIO, VB_CAN_RX_GPIO, VB_CAN_BITRATE);
    config->battery = &battery;
}
