/* The Ethernet MAC inside an ESP32, with a PHY beside it. */
#ifndef VOLTBEACON_ESP_IDF_ETHERNET_EMAC_H
#define VOLTBEACON_ESP_IDF_ETHERNET_EMAC_H

#include "esp-idf/voltbeacon/ethernet.h"

VB_C_BEGIN

/* GPIOs; those of RMII itself are the chip's. */
struct vb_emac_pins {
    int mdc, mdio;
    int power;       /* is high for the PHY, or its clock, to run; -1: it always does */
    int clock;       /* 0: RMII's clock comes in; 16, 17: the chip gives it */
    int phy_address; /* 0 to 31; -1: it is looked for */
    /* The PHY's driver: esp_eth_phy_new_lan87xx, or esp_eth_phy_new_generic. */
    esp_eth_phy_t *(*phy)(const eth_phy_config_t *config);
};

struct vb_ethernet_port vb_ethernet_emac(const struct vb_emac_pins *pins);

VB_C_END

#endif
