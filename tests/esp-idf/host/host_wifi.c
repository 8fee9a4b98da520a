#include "host_wifi.h"

#include <stdio.h>
#include <string.h>

#include <esp_netif_sntp.h>
#include <nvs.h>

#include "host_event.h"
#include "voltbeacon/core/platform.h"

esp_event_base_t const WIFI_EVENT = "WIFI_EVENT";
esp_event_base_t const IP_EVENT = "IP_EVENT";

static struct host_wifi wifi;
static struct esp_netif_obj station, access_point;
static const char *failing;

struct host_wifi *host_wifi(void)
{
    return &wifi;
}

void host_wifi_reset(void)
{
    wifi = (struct host_wifi){.power_save = (wifi_ps_type_t)1, .channels = 11};
    station = (struct esp_netif_obj){.has_dhcp = true};
    access_point = (struct esp_netif_obj){0};
    host_event_reset();
    failing = NULL;
}

void host_wifi_fail(const char *call)
{
    failing = call;
}

static bool fails(const char *call)
{
    return failing != NULL && strcmp(failing, call) == 0;
}

/* ---- Events ---- */

void host_wifi_lose(void)
{
    wifi_event_sta_disconnected_t event = {.reason = 201};
    wifi.joined = 0;
    wifi.is_busy = false;
    host_event_tell(WIFI_EVENT, WIFI_EVENT_STA_DISCONNECTED, &event, sizeof event);
}

void host_wifi_join(uint8_t channel)
{
    wifi.is_busy = false;
    wifi.joined = channel;
    wifi.channel = channel;
    host_event_tell(WIFI_EVENT, WIFI_EVENT_STA_CONNECTED, NULL, 0);
}

void host_wifi_get_address(const uint8_t ip[4])
{
    ip_event_got_ip_t event = {0};
    memcpy(&event.ip_info.ip.addr, ip, 4);
    station.address = event.ip_info;
    host_event_tell(IP_EVENT, IP_EVENT_STA_GOT_IP, &event, sizeof event);
}

/* ---- The driver ---- */

esp_err_t esp_wifi_init(const wifi_init_config_t *config)
{
    nvs_handle_t own;
    VB_ASSERT(config->magic == 0x1F2F3F4F && host_event_has_loop());
    if (config->nvs_enable != 0) {
        const esp_err_t err = nvs_open_from_partition("nvs", "nvs.net80211", NVS_READWRITE, &own);
        if (err != ESP_OK)
            return err;
        nvs_close(own);
    }
    wifi.has_driver = !fails("init");
    return wifi.has_driver ? ESP_OK : ESP_ERR_NO_MEM;
}

esp_err_t esp_wifi_set_storage(wifi_storage_t storage)
{
    VB_ASSERT(wifi.has_driver);
    wifi.storage = storage;
    return ESP_OK;
}

esp_err_t esp_wifi_set_country_code(const char *country, bool ieee80211d_enabled)
{
    VB_ASSERT(wifi.has_driver);
    if (strlen(country) != 2 || fails("country"))
        return ESP_ERR_INVALID_ARG;
    memcpy(wifi.country, country, 3);
    wifi.asks_access_point = ieee80211d_enabled;
    wifi.channels = strcmp(country, "AT") == 0 || strcmp(country, "DE") == 0 ? 13 : 11;
    return ESP_OK;
}

esp_err_t esp_wifi_set_mode(wifi_mode_t mode)
{
    VB_ASSERT(wifi.has_driver);
    VB_ASSERT(!wifi.runs || mode == WIFI_MODE_STA); /* else open, until it has its passphrase */
    wifi.mode = mode;
    return ESP_OK;
}

esp_err_t esp_wifi_set_config(wifi_interface_t interface, wifi_config_t *conf)
{
    const wifi_mode_t needed = interface == WIFI_IF_STA ? WIFI_MODE_STA : WIFI_MODE_AP;
    VB_ASSERT(wifi.has_driver);
    if (wifi.mode != needed && wifi.mode != WIFI_MODE_APSTA)
        return ESP_ERR_INVALID_STATE;
    *(interface == WIFI_IF_STA ? &wifi.station : &wifi.access_point) = *conf;
    return ESP_OK;
}

esp_err_t esp_wifi_start(void)
{
    VB_ASSERT(wifi.has_driver && wifi.mode != WIFI_MODE_NULL);
    if (fails("start"))
        return ESP_FAIL;
    wifi.runs = true;
    host_event_tell(WIFI_EVENT, WIFI_EVENT_STA_START, NULL, 0);
    return ESP_OK;
}

esp_err_t esp_wifi_stop(void)
{
    VB_ASSERT(wifi.runs);
    wifi.runs = false;
    return ESP_OK;
}

esp_err_t esp_wifi_connect(void)
{
    VB_ASSERT(wifi.runs);
    if (fails("connect"))
        return ESP_FAIL;
    wifi.connects++;
    wifi.is_busy = true;
    return ESP_OK;
}

esp_err_t esp_wifi_set_ps(wifi_ps_type_t type)
{
    wifi.power_save = type;
    return wifi.runs ? ESP_OK : ESP_ERR_INVALID_STATE;
}

esp_err_t esp_wifi_set_channel(uint8_t primary, wifi_second_chan_t second)
{
    VB_ASSERT(second == WIFI_SECOND_CHAN_NONE);
    VB_ASSERT(!wifi.is_busy && wifi.joined == 0 && wifi.phones == 0); /* it must not be called */
    if (!wifi.runs || primary < 1 || primary > wifi.channels)
        return ESP_ERR_INVALID_ARG;
    wifi.channel = primary;
    return ESP_OK;
}

esp_err_t esp_wifi_sta_get_ap_info(wifi_ap_record_t *ap_info)
{
    wifi.complaints += wifi.joined == 0;
    ap_info->primary = wifi.joined;
    return wifi.joined != 0 ? ESP_OK : ESP_FAIL;
}

esp_err_t esp_wifi_ap_get_sta_list(wifi_sta_list_t *sta)
{
    sta->num = wifi.phones;
    return wifi.mode == WIFI_MODE_APSTA ? ESP_OK : ESP_FAIL;
}

/* ---- Interfaces ---- */

esp_err_t esp_netif_init(void)
{
    return ESP_OK;
}

esp_netif_t *esp_netif_create_default_wifi_sta(void)
{
    VB_ASSERT(host_event_has_loop());
    return fails("netif") ? NULL : &station;
}

esp_netif_t *esp_netif_create_default_wifi_ap(void)
{
    VB_ASSERT(host_event_has_loop());
    return fails("netif") ? NULL : &access_point;
}

esp_netif_t *esp_netif_get_handle_from_ifkey(const char *if_key)
{
    return strcmp(if_key, "WIFI_STA_DEF") == 0 ? &station : NULL;
}

esp_err_t esp_netif_dhcpc_start(esp_netif_t *esp_netif)
{
    const bool had = esp_netif->has_dhcp;
    esp_netif->has_dhcp = true;
    return had ? ESP_ERR_ESP_NETIF_DHCP_ALREADY_STARTED : ESP_OK;
}

esp_err_t esp_netif_dhcpc_stop(esp_netif_t *esp_netif)
{
    const bool had = esp_netif->has_dhcp;
    esp_netif->has_dhcp = false;
    return had ? ESP_OK : ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED;
}

bool esp_netif_is_netif_up(esp_netif_t *esp_netif)
{
    return esp_netif == &station ? wifi.joined != 0 : esp_netif->is_up;
}

esp_err_t esp_netif_get_ip_info(esp_netif_t *esp_netif, esp_netif_ip_info_t *ip_info)
{
    *ip_info = esp_netif->address;
    return ESP_OK;
}

esp_err_t esp_netif_set_ip_info(esp_netif_t *esp_netif, const esp_netif_ip_info_t *ip_info)
{
    if (esp_netif->has_dhcp)
        return ESP_ERR_INVALID_STATE;
    esp_netif->address = *ip_info;
    return ESP_OK;
}

esp_err_t esp_netif_set_dns_info(esp_netif_t *esp_netif, esp_netif_dns_type_t type,
                                 esp_netif_dns_info_t *dns)
{
    VB_ASSERT(dns->ip.type == ESP_IPADDR_TYPE_V4);
    esp_netif->dns[type] = dns->ip.u_addr.ip4.addr;
    return ESP_OK;
}

esp_err_t esp_netif_set_hostname(esp_netif_t *esp_netif, const char *hostname)
{
    if (strlen(hostname) >= sizeof esp_netif->hostname)
        return ESP_ERR_ESP_NETIF_INVALID_PARAMS;
    memcpy(esp_netif->hostname, hostname, strlen(hostname) + 1);
    return ESP_OK;
}

esp_err_t esp_netif_sntp_init(const esp_sntp_config_t *config)
{
    VB_ASSERT(config->start && config->num_of_servers == 1);
    wifi.clocks++;
    snprintf(wifi.clock_server, sizeof wifi.clock_server, "%s", config->servers[0]);
    return ESP_OK;
}
