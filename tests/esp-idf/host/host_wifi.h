/* The Wi-Fi driver and the interfaces on the host: what they were told is kept, and what happens is
 * told to their handlers. Like the driver, they refuse what comes too early. */
#ifndef VOLTBEACON_TESTS_HOST_WIFI_H
#define VOLTBEACON_TESTS_HOST_WIFI_H

#include <esp_netif.h>
#include <esp_wifi.h>

struct host_wifi {
    bool has_driver, runs;
    wifi_mode_t mode;
    wifi_storage_t storage;
    wifi_ps_type_t power_save;
    wifi_config_t station, access_point;
    unsigned connects;   /* tries */
    uint8_t channel;     /* of the radio; 0 = it was never told one */
    uint8_t channels;    /* 1 to this are allowed: 11, or 13 in AT and DE; 0: none is */
    uint8_t joined;      /* the channel of the network that the station has joined; 0 = none */
    int phones;          /* that have joined the access point */
    bool is_busy;        /* with looking for a network */
    unsigned complaints; /* on the console, that there is no network of which to tell */
    char country[4];
    bool asks_access_point; /* for its country */
    unsigned clocks;        /* that SNTP was started */
    char clock_server[64];
};

/* An interface. */
struct esp_netif_obj {
    bool is_up; /* the station's is, while it has joined its network */
    bool has_dhcp;
    esp_netif_ip_info_t address;
    uint32_t dns[2]; /* in the order of the wire */
    char hostname[32];
};

struct host_wifi *host_wifi(void);
void host_wifi_reset(void);
/* The next call of that kind fails: "connect", "country", "init", "netif", "start"; NULL: none
 * does. */
void host_wifi_fail(const char *call);

void host_wifi_lose(void);
/* The station joins its network, on this channel. */
void host_wifi_join(uint8_t channel);
void host_wifi_get_address(const uint8_t ip[4]);

#endif
