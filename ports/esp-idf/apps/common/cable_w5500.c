#include "cable_port.h"
#include "esp-idf/voltbeacon/ethernet_w5500.h"

struct vb_ethernet_port vb_cable_port(void)
{
    static const struct vb_w5500_pins pins = {.sclk = VB_W5500_SCLK_GPIO,
                                              .mosi = VB_W5500_MOSI_GPIO,
                                              .miso = VB_W5500_MISO_GPIO,
                                              .cs = VB_W5500_CS_GPIO,
                                              .interrupt = VB_W5500_INT_GPIO,
                                              .reset = VB_W5500_RST_GPIO,
                                              .clock_hz = VB_W5500_SPI_MHZ * 1000000};
    return vb_ethernet_w5500(&pins);
}
