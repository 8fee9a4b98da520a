#include "esp-idf/voltbeacon/wifi.h"

#include <esp_event.h>
#include <esp_netif_sntp.h>
#include <esp_random.h>
#include <esp_wifi.h>
#include <stdio.h>
#include <string.h>

#include "esp-idf/voltbeacon/netif_address.h"

enum { STATIONS_MAX = 2 /* at the access point: a phone and a laptop */ };

/* ---- Joining ---- */

static void join(void *arg)
{
    struct vb_wifi *wifi = arg;
    __atomic_store_n(&wifi->is_joining, true, __ATOMIC_RELEASE);
    if (esp_wifi_connect() != ESP_OK)
        __atomic_store_n(&wifi->is_joining, false, __ATOMIC_RELEASE);
}

static void lost(struct vb_wifi *wifi, const wifi_event_sta_disconnected_t *event)
{
    printf("warning: Wi-Fi %s is not joined (reason %u); it is tried again in %d s\n",
           wifi->network.name, event->reason, VB_WIFI_AGAIN_MS / 1000);
    (void)esp_timer_start_once(wifi->again, (uint64_t)VB_WIFI_AGAIN_MS * 1000);
}

static void on_wifi(void *arg, esp_event_base_t base, int32_t id, void *data)
{
    struct vb_wifi *wifi = arg;
    (void)base;
    if (wifi->network.name[0] == '\0')
        return;
    if (id == WIFI_EVENT_STA_START)
        join(wifi);
    if (id == WIFI_EVENT_STA_CONNECTED || id == WIFI_EVENT_STA_DISCONNECTED) {
        __atomic_store_n(&wifi->is_joining, false, __ATOMIC_RELEASE);
        __atomic_store_n(&wifi->is_joined, id == WIFI_EVENT_STA_CONNECTED, __ATOMIC_RELEASE);
    }
    if (id == WIFI_EVENT_STA_DISCONNECTED)
        lost(wifi, data);
}

bool vb_wifi_is_joining(const struct vb_wifi *wifi)
{
    return __atomic_load_n(&wifi->is_joining, __ATOMIC_ACQUIRE);
}

bool vb_wifi_is_joined(const struct vb_wifi *wifi)
{
    return __atomic_load_n(&wifi->is_joined, __ATOMIC_ACQUIRE);
}

/* Once: SNTP goes on by itself through later losses of the network. */
static void set_clock(struct vb_wifi *wifi)
{
    const esp_sntp_config_t config = {
        .start = true, .num_of_servers = 1, .servers = {"pool.ntp.org"}};
    if (!wifi->has_clock)
        wifi->has_clock = esp_netif_sntp_init(&config) == ESP_OK;
}

static void on_address(void *arg, esp_event_base_t base, int32_t id, void *data)
{
    const ip_event_got_ip_t *event = data;
    const uint8_t *ip = (const uint8_t *)&event->ip_info.ip.addr; /* as it is on the wire */
    (void)base;
    (void)id;
    printf("info: this board is at %u.%u.%u.%u\n", ip[0], ip[1], ip[2], ip[3]);
    set_clock(arg);
}

/* ---- The access point of a first start ---- */

/* Without letters and digits that are taken for each other; 32 of them, so that a random byte's
 * five bits are one. */
static void make_passphrase(char passphrase[VB_WIFI_PASSPHRASE + 1])
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
    _Static_assert(sizeof letters == 33, "five bits a letter, and the NUL");
    for (unsigned i = 0; i < VB_WIFI_PASSPHRASE; i++)
        passphrase[i] = letters[esp_random() % 32];
    passphrase[VB_WIFI_PASSPHRASE] = '\0';
}

/* Whether it was open until now. */
static bool close_access_point(struct vb_wifi *wifi)
{
    const bool was_open = __atomic_exchange_n(&wifi->is_open, false, __ATOMIC_ACQ_REL);
    if (was_open)
        (void)esp_wifi_set_mode(WIFI_MODE_STA);
    return was_open;
}

static void end_access_point(void *arg)
{
    struct vb_wifi *wifi = arg;
    if (close_access_point(wifi))
        printf("info: the access point %s is closed; restart the board to open it again\n",
               wifi->name);
}

void vb_wifi_give_way(struct vb_wifi *wifi)
{
    set_clock(wifi);
    if (close_access_point(wifi))
        printf("info: the access point %s is closed: the cable is this board's network\n",
               wifi->name);
}

bool vb_wifi_is_open(const struct vb_wifi *wifi)
{
    return __atomic_load_n(&wifi->is_open, __ATOMIC_ACQUIRE);
}

/* The radio runs meanwhile, for without it the numbers would not be random; and no access point
 * does, for it would be an open one until it is told its passphrase. */
static esp_err_t draw_passphrase(struct vb_wifi *wifi)
{
    esp_err_t err = esp_wifi_set_mode(WIFI_MODE_STA);
    if (err == ESP_OK)
        err = esp_wifi_start();
    if (err != ESP_OK)
        return err;
    make_passphrase(wifi->passphrase);
    return esp_wifi_stop();
}

static esp_err_t open_access_point(struct vb_wifi *wifi, const struct vb_mac *mac)
{
    const esp_timer_create_args_t closing = {
        .callback = end_access_point, .arg = wifi, .name = "vb_wifi_close"};
    wifi_config_t config = {.ap = {.channel = VB_WIFI_CHANNEL,
                                   .authmode = WIFI_AUTH_WPA2_PSK,
                                   .max_connection = STATIONS_MAX}};
    esp_err_t err = draw_passphrase(wifi);
    if (err != ESP_OK)
        return err;
    snprintf(wifi->name, sizeof wifi->name, "voltbeacon-%02x%02x", mac->bytes[4], mac->bytes[5]);
    memcpy(config.ap.ssid, wifi->name, strlen(wifi->name));
    config.ap.ssid_len = (uint8_t)strlen(wifi->name);
    memcpy(config.ap.password, wifi->passphrase, strlen(wifi->passphrase));
    if (esp_netif_create_default_wifi_ap() == NULL)
        return ESP_ERR_NO_MEM;
    err = esp_timer_create(&closing, &wifi->closing);
    if (err == ESP_OK)
        err = esp_wifi_set_mode(WIFI_MODE_APSTA);
    if (err == ESP_OK)
        err = esp_wifi_set_config(WIFI_IF_AP, &config);
    return err;
}

static esp_err_t announce(struct vb_wifi *wifi)
{
    const esp_err_t err =
        esp_timer_start_once(wifi->closing, (uint64_t)VB_WIFI_OPEN_S * 1000 * 1000);
    if (err != ESP_OK)
        return err;
    __atomic_store_n(&wifi->is_open, true, __ATOMIC_RELEASE);
    printf("info: join Wi-Fi %s with the passphrase %s, and open http://192.168.4.1/wifi; it "
           "closes in %d minutes\n",
           wifi->name, wifi->passphrase, VB_WIFI_OPEN_S / 60);
    return ESP_OK;
}

/* ---- The start ---- */

static esp_err_t start_driver(struct vb_wifi *wifi)
{
    wifi_init_config_t driver = WIFI_INIT_CONFIG_DEFAULT();
    const esp_timer_create_args_t again = {.callback = join, .arg = wifi, .name = "vb_wifi_join"};
    esp_err_t err = vb_netif_begin();
    if (err != ESP_OK)
        return err;
    driver.nvs_enable = 0; /* else it does not start where NVS cannot be read */
    wifi->station = esp_netif_create_default_wifi_sta();
    if (wifi->station == NULL)
        return ESP_ERR_NO_MEM;
    err = esp_timer_create(&again, &wifi->again);
    if (err == ESP_OK)
        err = esp_wifi_init(&driver);
    if (err == ESP_OK)
        err = esp_wifi_set_storage(WIFI_STORAGE_RAM); /* it is in our own namespace */
    if (err == ESP_OK)
        err = esp_event_handler_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_wifi, wifi);
    if (err == ESP_OK)
        err = esp_event_handler_register(IP_EVENT, IP_EVENT_STA_GOT_IP, on_address, wifi);
    return err;
}

/* While a network is joined the driver keeps to the country that its access point announces. */
static void set_country(const char *country)
{
    if (country[0] == '\0' || strcmp(country, VB_WIFI_COUNTRY_ANY) == 0)
        return; /* the driver begins with that */
    const esp_err_t err = esp_wifi_set_country_code(country, true);
    if (err == ESP_OK)
        printf("info: Wi-Fi by the rules of %s\n", country);
    else
        printf("warning: Wi-Fi by the rules of %s, not %s: %s\n", VB_WIFI_COUNTRY_ANY, country,
               esp_err_to_name(err));
}

static esp_err_t set_station(const struct vb_wifi_network *network)
{
    wifi_config_t config = {0};
    memcpy(config.sta.ssid, network->name, strlen(network->name));
    memcpy(config.sta.password, network->passphrase, strlen(network->passphrase));
    const esp_err_t err = esp_wifi_set_mode(WIFI_MODE_STA);
    return err == ESP_OK ? esp_wifi_set_config(WIFI_IF_STA, &config) : err;
}

static esp_err_t set_mode(struct vb_wifi *wifi, const struct vb_mac *mac)
{
    if (wifi->network.name[0] != '\0')
        return set_station(&wifi->network);
    if (wifi->network.is_unneeded || wifi->network.is_by_cable)
        return esp_wifi_set_mode(WIFI_MODE_STA);
    return open_access_point(wifi, mac);
}

esp_err_t vb_wifi_start(struct vb_wifi *wifi, const struct vb_wifi_network *network,
                        const struct vb_mac *mac)
{
    *wifi = (struct vb_wifi){.network = *network};
    esp_err_t err = start_driver(wifi);
    if (err == ESP_OK)
        set_country(network->country);
    if (err == ESP_OK)
        err = set_mode(wifi, mac);
    if (err == ESP_OK)
        err = esp_wifi_start();
    if (err == ESP_OK)
        err = esp_wifi_set_ps(WIFI_PS_NONE); /* asleep, it would miss what ESP-NOW sends */
    if (err == ESP_OK && (network->is_unneeded || network->is_by_cable))
        err = esp_wifi_set_channel(VB_WIFI_CHANNEL, WIFI_SECOND_CHAN_NONE);
    return err == ESP_OK && wifi->name[0] != '\0' ? announce(wifi) : err;
}
