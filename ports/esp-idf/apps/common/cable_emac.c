#include "cable_port.h"
#include "esp-idf/voltbeacon/ethernet_emac.h"

struct vb_ethernet_port vb_cable_port(void)
{
    static const struct vb_emac_pins pins = {.mdc = VB_EMAC_MDC_GPIO,
                                             .mdio = VB_EMAC_MDIO_GPIO,
                                             .power = VB_EMAC_POWER_GPIO,
                                             .clock = VB_EMAC_CLOCK_GPIO,
                                             .phy_address = VB_EMAC_PHY_ADDRESS,
                                             .phy = VB_EMAC_PHY};
    return vb_ethernet_emac(&pins);
}
