/* A W5500 on SPI, which any ESP32 can have. */
#ifndef VOLTBEACON_ESP_IDF_ETHERNET_W5500_H
#define VOLTBEACON_ESP_IDF_ETHERNET_W5500_H

#include "esp-idf/voltbeacon/ethernet.h"

VB_C_BEGIN

/* GPIOs. */
struct vb_w5500_pins {
    int sclk, mosi, miso, cs;
    int interrupt; /* -1: it is not wired; the chip is asked every 10 ms */
    int reset;     /* -1: likewise */
    int clock_hz;  /* of SPI, at most 80000000 */
};

struct vb_ethernet_port vb_ethernet_w5500(const struct vb_w5500_pins *pins);

VB_C_END

#endif
