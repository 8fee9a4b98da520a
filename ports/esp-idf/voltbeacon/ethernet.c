#include "esp-idf/voltbeacon/ethernet.h"

#include <esp_event.h>
#include <esp_mac.h>
#include <stdio.h>

#include "esp-idf/voltbeacon/netif_address.h"

/* ---- What becomes of the cable ---- */

static bool has_link(const struct vb_ethernet *ethernet)
{
    return __atomic_load_n(&ethernet->has_link, __ATOMIC_ACQUIRE);
}

bool vb_ethernet_is_online(const struct vb_ethernet *ethernet)
{
    return __atomic_load_n(&ethernet->is_online, __ATOMIC_ACQUIRE);
}

static void wait_for(struct vb_ethernet *ethernet, uint32_t seconds)
{
    (void)esp_timer_stop(ethernet->patience);
    (void)esp_timer_start_once(ethernet->patience, (uint64_t)seconds * 1000 * 1000);
}

static void say_what_is_missing(void *arg)
{
    const struct vb_ethernet *ethernet = arg;
    if (!has_link(ethernet))
        printf(
            "warning: no cable is plugged in, or what is at its other end is off; it may come at "
            "any time\n");
    else if (!vb_ethernet_is_online(ethernet))
        printf("warning: the cable gives this board no address: is there a router that does, by "
               "DHCP? Else set one: section network\n");
}

static void link_came(struct vb_ethernet *ethernet)
{
    __atomic_store_n(&ethernet->has_link, true, __ATOMIC_RELEASE);
    printf("info: the cable is plugged in\n");
    wait_for(ethernet, VB_ETHERNET_ADDRESS_S);
}

static void link_went(struct vb_ethernet *ethernet)
{
    const bool had = __atomic_exchange_n(&ethernet->has_link, false, __ATOMIC_ACQ_REL);
    __atomic_store_n(&ethernet->is_online, false, __ATOMIC_RELEASE);
    if (had)
        printf("warning: the cable is unplugged, or what is at its other end is off\n");
}

static void on_cable(void *arg, esp_event_base_t base, int32_t id, void *data)
{
    (void)base;
    (void)data;
    if (id == ETHERNET_EVENT_CONNECTED)
        link_came(arg);
    if (id == ETHERNET_EVENT_DISCONNECTED)
        link_went(arg);
}

static void on_address(void *arg, esp_event_base_t base, int32_t id, void *data)
{
    struct vb_ethernet *ethernet = arg;
    const ip_event_got_ip_t *event = data;
    const uint8_t *ip = (const uint8_t *)&event->ip_info.ip.addr; /* as it is on the wire */
    (void)base;
    (void)id;
    __atomic_store_n(&ethernet->is_online, true, __ATOMIC_RELEASE);
    printf("info: this board is at %u.%u.%u.%u, by cable\n", ip[0], ip[1], ip[2], ip[3]);
    vb_wifi_give_way(ethernet->wifi);
}

static void on_address_lost(void *arg, esp_event_base_t base, int32_t id, void *data)
{
    struct vb_ethernet *ethernet = arg;
    (void)base;
    (void)id;
    (void)data;
    const bool was = __atomic_exchange_n(&ethernet->is_online, false, __ATOMIC_ACQ_REL);
    if (was)
        printf("warning: this board has lost its address at the cable\n");
}

/* ---- The start ---- */

static void drop(const struct vb_ethernet_port *port, const struct vb_ethernet_chip *chip)
{
    (void)chip->phy->del(chip->phy);
    (void)chip->mac->del(chip->mac);
    if (port->unmake != NULL)
        port->unmake();
}

/* Whether the chip answers is known from here on. */
static esp_err_t install(struct vb_ethernet *ethernet)
{
    struct vb_ethernet_chip chip = {0};
    uint8_t address[6];
    esp_err_t err = ethernet->port.make(ethernet->port.pins, &chip);
    if (err != ESP_OK)
        return err;
    const esp_eth_config_t config = ETH_DEFAULT_CONFIG(chip.mac, chip.phy);
    err = esp_eth_driver_install(&config, &ethernet->driver);
    if (err != ESP_OK) {
        drop(&ethernet->port, &chip);
        return err;
    }
    if (!chip.needs_address)
        return ESP_OK;
    err = esp_read_mac(address, ESP_MAC_ETH);
    return err == ESP_OK ? esp_eth_ioctl(ethernet->driver, ETH_CMD_S_MAC_ADDR, address) : err;
}

static esp_err_t attach(struct vb_ethernet *ethernet)
{
    const esp_netif_config_t config = ESP_NETIF_DEFAULT_ETH();
    ethernet->interface = esp_netif_new(&config);
    if (ethernet->interface == NULL)
        return ESP_ERR_NO_MEM;
    (void)esp_netif_set_route_prio(ethernet->interface, VB_ETHERNET_ROUTE);
    const esp_eth_netif_glue_handle_t glue = esp_eth_new_netif_glue(ethernet->driver);
    return glue == NULL ? ESP_ERR_NO_MEM : esp_netif_attach(ethernet->interface, glue);
}

static esp_err_t listen(struct vb_ethernet *ethernet)
{
    const esp_timer_create_args_t patience = {
        .callback = say_what_is_missing, .arg = ethernet, .name = "vb_ethernet"};
    esp_err_t err = esp_timer_create(&patience, &ethernet->patience);
    if (err == ESP_OK)
        err = esp_event_handler_register(ETH_EVENT, ESP_EVENT_ANY_ID, on_cable, ethernet);
    if (err == ESP_OK)
        err = esp_event_handler_register(IP_EVENT, IP_EVENT_ETH_GOT_IP, on_address, ethernet);
    if (err == ESP_OK)
        err = esp_event_handler_register(IP_EVENT, IP_EVENT_ETH_LOST_IP, on_address_lost, ethernet);
    return err;
}

esp_err_t vb_ethernet_open(struct vb_ethernet *ethernet, const struct vb_ethernet_port *port)
{
    *ethernet = (struct vb_ethernet){.port = *port};
    esp_err_t err = vb_netif_begin();
    if (err == ESP_OK)
        err = install(ethernet);
    if (err == ESP_OK)
        err = attach(ethernet);
    if (err == ESP_OK)
        err = listen(ethernet);
    if (err != ESP_OK)
        printf("error: %s does not answer (%s): look at %s; the board goes on without it\n",
               port->title, esp_err_to_name(err), port->check);
    return err;
}

static bool is_chosen(const struct vb_wifi_network *network)
{
    return network->name[0] != '\0' || network->is_unneeded || network->is_by_cable;
}

void vb_ethernet_run(struct vb_ethernet *ethernet, struct vb_wifi *wifi)
{
    ethernet->wifi = wifi;
    ethernet->is_noted = is_chosen(&wifi->network);
    const esp_err_t err = esp_eth_start(ethernet->driver);
    if (err == ESP_OK)
        wait_for(ethernet, VB_ETHERNET_LINK_S);
    else
        printf("error: %s does not start (%s); the board goes on without it\n",
               ethernet->port.title, esp_err_to_name(err));
}

void vb_ethernet_look(struct vb_ethernet *ethernet, const char *partition)
{
    static const struct vb_wifi_network by_cable = {.is_by_cable = true};
    struct vb_wifi_network network;
    if (ethernet->is_noted || !vb_ethernet_is_online(ethernet))
        return;
    ethernet->is_noted = true; /* what the flash refuses is tried again at the next start */
    esp_err_t err = vb_wifi_network_load(partition, &network);
    if (err == ESP_OK && is_chosen(&network))
        return; /* just now, and the board is about to start anew with it */
    if (err == ESP_OK)
        err = vb_wifi_network_store(partition, &by_cable);
    if (err != ESP_OK)
        printf("warning: that the cable is this board's network could not be kept\n");
}
