#include "esp-idf/voltbeacon/radio_channel.h"

#include <esp_wifi.h>
#include <stdio.h>

#include "esp-idf/voltbeacon/nvs_keys.h"

/* Of so long a time, while the access point is open, the search has the first part. In the rest a
 * phone finds the access point where it saw it, long enough to join it. */
enum { OPEN_CYCLE_MS = 16000, OPEN_SEARCH_MS = 4000 };

static const char namespace_name[] = "channel";
static const char key[] = "home";

/* ---- NVS ---- */

/* 0 where none is kept. */
static uint8_t read_home(const char *partition)
{
    nvs_handle_t handle;
    uint8_t home = 0;
    size_t size = sizeof home;
    if (nvs_open_from_partition(partition, namespace_name, NVS_READWRITE, &handle) != ESP_OK)
        return 0;
    const esp_err_t err = nvs_get_blob(handle, key, &home, &size);
    nvs_close(handle);
    return err == ESP_OK && size == sizeof home ? home : 0;
}

bool vb_radio_channel_write(const char *nvs_partition, uint8_t home)
{
    nvs_handle_t handle;
    esp_err_t err = nvs_open_from_partition(nvs_partition, namespace_name, NVS_READWRITE, &handle);
    if (err != ESP_OK)
        return false;
    err = vb_nvs_write(handle, key, &home, sizeof home);
    nvs_close(handle);
    return err == ESP_OK;
}

bool vb_radio_channel_is_new(struct vb_radio_channel *channel)
{
    const bool is_new = channel->search.home != channel->kept;
    channel->kept = channel->search.home;
    return is_new;
}

/* ---- The driver ---- */

/* The access point goes wherever the radio goes. */
static bool awaits_phones(const struct vb_radio_channel *channel, uint32_t now_ms)
{
    return channel->wifi != NULL && vb_wifi_is_open(channel->wifi) &&
           (now_ms - channel->opened_ms) % OPEN_CYCLE_MS >= OPEN_SEARCH_MS;
}

/* The channel that the driver needs; 0: none. While it looks for its network, or serves a phone,
 * esp_wifi_set_channel() must not be called. */
static uint8_t needed(const struct vb_radio_channel *channel, uint32_t now_ms)
{
    wifi_ap_record_t joined;
    wifi_sta_list_t phones;
    const struct vb_wifi *wifi = channel->wifi;
    /* The driver complains on the console if it is asked while there is none. */
    if ((wifi == NULL || vb_wifi_is_joined(wifi)) && esp_wifi_sta_get_ap_info(&joined) == ESP_OK)
        return joined.primary;
    const bool busy = (wifi != NULL && vb_wifi_is_joining(wifi)) ||
                      awaits_phones(channel, now_ms) ||
                      (esp_wifi_ap_get_sta_list(&phones) == ESP_OK && phones.num > 0);
    return busy ? channel->search.channel : 0;
}

/* Whether the radio is where the search wants it. */
static bool tune(struct vb_radio_channel *channel, uint32_t now_ms)
{
    const uint8_t wanted = channel->search.channel;
    if (channel->search.state == VB_CHANNEL_BOUND) {
        channel->tuned = 0;
        return false;
    }
    if (wanted == channel->tuned)
        return true;
    const bool done = esp_wifi_set_channel(wanted, WIFI_SECOND_CHAN_NONE) == ESP_OK;
    channel->tuned = done ? wanted : 0;
    if (!done)
        vb_channel_search_refused(&channel->search, now_ms);
    return done;
}

void vb_radio_channel_heard(struct vb_radio_channel *channel, uint32_t now_ms, uint8_t on)
{
    struct vb_channel_search *search = &channel->search;
    const uint32_t before = search->recoveries;
    vb_channel_search_heard(search, now_ms, on <= VB_CHANNEL_MAX ? on : 0);
    if (search->recoveries == before)
        return;
    printf("info: a receiver is heard on channel %u, after %u ms without one\n", search->channel,
           (unsigned)search->recovered_ms);
}

bool vb_radio_channel_turn(struct vb_radio_channel *channel, uint32_t now_ms)
{
    struct vb_channel_search *search = &channel->search;
    /* Whoever has a receiver need not ask the driver at every frame. */
    if (vb_channel_search_wakeup_ms(search, now_ms) == 0 || search->state == VB_CHANNEL_BOUND)
        vb_channel_search_bind(search, now_ms, needed(channel, now_ms));
    const enum vb_channel_state before = search->state;
    const bool asks = vb_channel_search_tick(search, now_ms);
    if (before == VB_CHANNEL_DOUBTED && search->state == VB_CHANNEL_SEARCHING)
        printf("warning: no receiver answers; it is searched for on the other channels\n");
    return tune(channel, now_ms) && asks;
}

void vb_radio_channel_facts(const struct vb_radio_channel *channel, uint32_t now_ms,
                            struct vb_board_facts *facts)
{
    const struct vb_channel_report report = vb_channel_search_report(&channel->search, now_ms);
    facts->channel = channel->search.home;
    facts->recoveries = report.recoveries;
    facts->recovered_ms = report.recoveries == 0 ? 0 : report.recovered_ms;
}

void vb_radio_channel_open(struct vb_radio_channel *channel, uint32_t now_ms,
                           const char *nvs_partition, const struct vb_wifi *wifi)
{
    *channel =
        (struct vb_radio_channel){.wifi = wifi, .partition = nvs_partition, .opened_ms = now_ms};
    channel->kept = read_home(nvs_partition);
    vb_channel_search_init(&channel->search, now_ms, channel->kept, VB_RADIO_CHANNELS);
}
