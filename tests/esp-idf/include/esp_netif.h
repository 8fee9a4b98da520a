/* Network interfaces: what is used of them, from ESP-IDF 5.5's "ESP-NETIF". Addresses are in the
 * order of the wire. */
#ifndef VOLTBEACON_ESP_IDF_ESP_NETIF_H
#define VOLTBEACON_ESP_IDF_ESP_NETIF_H

#include <stdbool.h>
#include <stdint.h>

#include <esp_event.h>

#define ESP_ERR_ESP_NETIF_BASE 0x5000
#define ESP_ERR_ESP_NETIF_INVALID_PARAMS (ESP_ERR_ESP_NETIF_BASE + 0x01)
#define ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED (ESP_ERR_ESP_NETIF_BASE + 0x04)
#define ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED (ESP_ERR_ESP_NETIF_BASE + 0x05)
#define ESP_IPADDR_TYPE_V4 0U

typedef struct esp_netif_obj esp_netif_t;

typedef struct esp_ip4_addr {
    uint32_t addr;
} esp_ip4_addr_t;

typedef struct _ip_addr {
    union {
        esp_ip4_addr_t ip4;
    } u_addr;
    uint8_t type;
} esp_ip_addr_t;

typedef struct {
    esp_ip4_addr_t ip;
    esp_ip4_addr_t netmask;
    esp_ip4_addr_t gw;
} esp_netif_ip_info_t;

typedef struct {
    esp_ip_addr_t ip;
} esp_netif_dns_info_t;

typedef enum { ESP_NETIF_DNS_MAIN = 0, ESP_NETIF_DNS_BACKUP } esp_netif_dns_type_t;

typedef struct {
    esp_netif_ip_info_t ip_info;
} ip_event_got_ip_t;

typedef enum { IP_EVENT_STA_GOT_IP, IP_EVENT_ETH_GOT_IP = 4, IP_EVENT_ETH_LOST_IP } ip_event_t;
extern esp_event_base_t const IP_EVENT;

esp_err_t esp_netif_init(void); /* once, or again */
/* NULL where there is no memory. */
esp_netif_t *esp_netif_create_default_wifi_sta(void);
esp_netif_t *esp_netif_create_default_wifi_ap(void);
typedef struct esp_netif_config esp_netif_config_t;
struct esp_netif_config {
    const void *base;
};
typedef void *esp_netif_iodriver_handle;

#define ESP_NETIF_DEFAULT_ETH() \
    {                           \
        .base = "ETH_DEF",      \
    }

/* NULL where there is no memory. */
esp_netif_t *esp_netif_new(const esp_netif_config_t *esp_netif_config);
esp_err_t esp_netif_attach(esp_netif_t *esp_netif, esp_netif_iodriver_handle driver_handle);
/* Of those that are up, the highest has the default route; the station has 100. */
int esp_netif_set_route_prio(esp_netif_t *esp_netif, int route_prio);

/* Of those that were created: the station's is "WIFI_STA_DEF". NULL: there is none. */
esp_netif_t *esp_netif_get_handle_from_ifkey(const char *if_key);

esp_err_t esp_netif_dhcpc_start(esp_netif_t *esp_netif);
esp_err_t esp_netif_dhcpc_stop(esp_netif_t *esp_netif);
/* Of an interface that is down it is the one from before, or zeroes. */
bool esp_netif_is_netif_up(esp_netif_t *esp_netif);
esp_err_t esp_netif_get_ip_info(esp_netif_t *esp_netif, esp_netif_ip_info_t *ip_info);
/* The interface's DHCP client has been stopped. */
esp_err_t esp_netif_set_ip_info(esp_netif_t *esp_netif, const esp_netif_ip_info_t *ip_info);
esp_err_t esp_netif_set_dns_info(esp_netif_t *esp_netif, esp_netif_dns_type_t type,
                                 esp_netif_dns_info_t *dns);
esp_err_t esp_netif_set_hostname(esp_netif_t *esp_netif, const char *hostname);

#endif
