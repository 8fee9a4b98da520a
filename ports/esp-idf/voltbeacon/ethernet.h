/* The cable: Ethernet by ESP-IDF's esp_eth, whatever chip drives it. It is the network of a board
 * that has one, before Wi-Fi; what becomes of it is said on the console. A chip that is not there,
 * or a cable that is not, stops nothing else.
 *
 *     vb_ethernet_open()  before Wi-Fi is started, which does without a cable otherwise
 *     vb_ethernet_run()   after it: the cable may come and go from then on
 *     vb_ethernet_look()  now and then, on a task that may wait for the flash
 */
#ifndef VOLTBEACON_ESP_IDF_ETHERNET_H
#define VOLTBEACON_ESP_IDF_ETHERNET_H

#include <esp_eth.h>

#include "esp-idf/voltbeacon/wifi.h"

VB_C_BEGIN

enum {
    VB_ETHERNET_LINK_S = 8,     /* to agree on a speed with what is at the other end */
    VB_ETHERNET_ADDRESS_S = 30, /* for DHCP, and a switch that is slow to let anything through */
    VB_ETHERNET_ROUTE = 110     /* before Wi-Fi's station, of 100 */
};

/* What drives the cable. */
struct vb_ethernet_chip {
    esp_eth_mac_t *mac;
    esp_eth_phy_t *phy;
    bool needs_address; /* it has no MAC address of its own */
};

/* How a chip is made ready: ethernet_emac.h, ethernet_w5500.h. */
struct vb_ethernet_port {
    const char *title; /* "the W5500" */
    const char *check; /* what to look at where it does not answer: "its power, and ..." */
    const void *pins;  /* outlive it */
    /* An error of ESP-IDF's: nothing is to be given back. */
    esp_err_t (*make)(const void *pins, struct vb_ethernet_chip *chip);
    void (*unmake)(void); /* once its mac and phy are deleted; NULL: there is nothing else */
};

/* There is one in a program; it must stay where it is. */
struct vb_ethernet {
    struct vb_ethernet_port port;
    esp_eth_handle_t driver;
    esp_netif_t *interface;
    esp_timer_handle_t patience; /* with what has not come yet: a link, an address */
    struct vb_wifi *wifi;
    bool is_noted;  /* what is to be kept of it is in NVS */
    bool has_link;  /* read on other tasks */
    bool is_online; /* likewise: and there is an address */
};

/* ESP_OK: the chip answers. An error of ESP-IDF's, which the console says, too: it does not, and
 * the board goes on without it. */
VB_MUST_USE esp_err_t vb_ethernet_open(struct vb_ethernet *ethernet,
                                       const struct vb_ethernet_port *port);
/* It was opened; wifi was started, and outlives it. The clock is set over the cable, too, and an
 * access point in which a network was to be chosen closes once the cable has an address. */
void vb_ethernet_run(struct vb_ethernet *ethernet, struct vb_wifi *wifi);
/* Keeps in NVS that the cable has been the board's network, where no other was chosen: its next
 * start opens no access point. */
void vb_ethernet_look(struct vb_ethernet *ethernet, const char *partition);

/* On any task: whether the cable is in, and the board has an address there. */
bool vb_ethernet_is_online(const struct vb_ethernet *ethernet);

VB_C_END

#endif
