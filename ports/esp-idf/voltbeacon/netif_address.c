#include "esp-idf/voltbeacon/netif_address.h"

#include <esp_event.h>
#include <stdio.h>
#include <string.h>

esp_err_t vb_netif_begin(void)
{
    esp_err_t err = esp_netif_init();
    if (err != ESP_OK)
        return err;
    err = esp_event_loop_create_default();
    return err == ESP_ERR_INVALID_STATE ? ESP_OK : err; /* there is one */
}

/* Both are in the order of the wire. */
static esp_ip4_addr_t ip4(const uint8_t bytes[4])
{
    esp_ip4_addr_t address;
    memcpy(&address.addr, bytes, sizeof address.addr);
    return address;
}

static void say(const char *what, esp_err_t err)
{
    if (err != ESP_OK)
        printf("warning: the network's %s could not be set: %s\n", what, esp_err_to_name(err));
}

static void set_server(esp_netif_t *interface, esp_netif_dns_type_t which, const uint8_t bytes[4])
{
    esp_netif_dns_info_t server = {.ip = {.type = ESP_IPADDR_TYPE_V4}};
    server.ip.u_addr.ip4 = ip4(bytes);
    if (server.ip.u_addr.ip4.addr != 0)
        say("name server", esp_netif_set_dns_info(interface, which, &server));
}

static void set_static(esp_netif_t *interface, const struct vb_network_values *values)
{
    const esp_netif_ip_info_t address = {
        .ip = ip4(values->address), .netmask = ip4(values->netmask), .gw = ip4(values->gateway)};
    const esp_err_t stopped = esp_netif_dhcpc_stop(interface);
    if (stopped != ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED)
        say("addressing", stopped);
    say("address", esp_netif_set_ip_info(interface, &address));
    set_server(interface, ESP_NETIF_DNS_MAIN, values->dns1);
    set_server(interface, ESP_NETIF_DNS_BACKUP, values->dns2);
}

static void apply(void *ctx, const struct vb_network_values *values)
{
    esp_netif_t *interface = ctx;
    if (values->hostname[0] != '\0')
        say("host name", esp_netif_set_hostname(interface, values->hostname));
    if (values->mode == VB_ADDRESSING_STATIC) {
        set_static(interface, values);
        return;
    }
    const esp_err_t started = esp_netif_dhcpc_start(interface);
    if (started != ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED)
        say("addressing", started);
}

struct vb_network vb_netif_network(esp_netif_t *interface)
{
    return (struct vb_network){.ctx = interface, .apply = apply};
}

/* ---- The address ---- */

bool vb_netif_ipv4(esp_netif_t *interface, uint8_t ip[4])
{
    esp_netif_ip_info_t info;
    if (interface == NULL || !esp_netif_is_netif_up(interface) ||
        esp_netif_get_ip_info(interface, &info) != ESP_OK || info.ip.addr == 0)
        return false;
    memcpy(ip, &info.ip.addr, sizeof info.ip.addr); /* in the order of the wire */
    return true;
}

struct vb_netif_view vb_interfaces_look(const struct vb_interfaces *interfaces)
{
    struct vb_netif_view view = {0};
    view.cable_is_up = interfaces->cable != NULL && esp_netif_is_netif_up(interfaces->cable);
    view.has_address =
        vb_netif_ipv4(interfaces->cable, view.ip) || vb_netif_ipv4(interfaces->station, view.ip);
    return view;
}
