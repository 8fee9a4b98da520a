/* Ethernet on the host: a W5500 at its wires or an ESP32's EMAC with its PHY, SPI and pins below,
 * and a cable that comes and goes. Like the driver, it refuses what comes too early. The interfaces
 * and the event loop are host_wifi's, which is reset before. */
#ifndef VOLTBEACON_TESTS_HOST_ETH_H
#define VOLTBEACON_TESTS_HOST_ETH_H

#include <driver/gpio.h>
#include <esp_eth.h>

#include "host_wifi.h"

struct host_eth {
    /* What is there; set by the test. */
    bool has_w5500; /* at SCLK 18, MOSI 23, MISO 19, CS 21 */
    bool has_phy; /* at address 1, MDC 23, MDIO 18, its clock into GPIO 0, where GPIO 16 is high */
    /* What has become of it. */
    unsigned macs, phys, buses; /* that exist */
    bool has_isr;
    uint32_t levels; /* of the pins, a bit each */
    eth_w5500_config_t w5500;
    eth_phy_config_t phy;
    int phy_kind;       /* 'g'eneric, 'l'an87xx, 'w'5500 */
    uint8_t address[6]; /* MAC */
    bool is_installed, is_attached, runs;
    int route;
};

struct host_eth *host_eth(void);
void host_eth_reset(void);
/* The n-th call from now of those that can fail does, 1 being the next. 0: none does. */
void host_eth_fail_at(unsigned n);
/* Of those it was to fail; false: there was no such call. */
bool host_eth_has_failed(void);

esp_netif_t *host_eth_interface(void);
void host_eth_plug(void);
void host_eth_unplug(void);
void host_eth_get_address(const uint8_t ip[4]);
void host_eth_lose_address(void);

#endif
