#include "esp-idf/voltbeacon/wifi_network.h"

#include <stdint.h>
#include <string.h>

#include "esp-idf/voltbeacon/nvs_keys.h"

static const char namespace_name[] = "wifi";
/* Written in turn: a power cut costs the one that is being written. */
static const char *const keys[] = {"network0", "network1"};

struct kept {
    uint32_t number; /* of the write; the later one counts. 0 = there is none */
    char name[sizeof((struct vb_wifi_network *)0)->name];
    char passphrase[sizeof((struct vb_wifi_network *)0)->passphrase];
    uint8_t unneeded; /* UNNEEDED, BY_CABLE; anything else, where the name is "": not chosen yet */
    char country[VB_WIFI_COUNTRY_SIZE - 1]; /* none that there is: not chosen */
};

_Static_assert(sizeof(struct kept) == 104, "as earlier revisions have kept it");

enum {
    PASSPHRASE_MIN = 8, /* IEEE 802.11-2020, J.4.1 */
    UNNEEDED = 0x6e,    /* where earlier revisions left padding, as in country */
    BY_CABLE = 0x63
};

const char *vb_wifi_network_problem(const struct vb_wifi_network *network)
{
    const size_t size = strlen(network->passphrase);
    if (network->is_unneeded || network->is_by_cable)
        return NULL;
    if (network->name[0] == '\0')
        return "The network's name is missing.";
    if (size > 0 && size < PASSPHRASE_MIN)
        return "A passphrase has at least 8 characters; leave it empty where the network is open.";
    return NULL;
}

static bool is_text(const char *bytes, size_t capacity)
{
    return memchr(bytes, '\0', capacity) != NULL;
}

static struct vb_wifi_network network_of(const struct kept *kept)
{
    struct vb_wifi_network network;
    const char country[VB_WIFI_COUNTRY_SIZE] = {kept->country[0], kept->country[1]};
    if (!vb_wifi_country_read(country, network.country))
        network.country[0] = '\0';
    memcpy(network.name, kept->name, sizeof network.name);
    memcpy(network.passphrase, kept->passphrase, sizeof network.passphrase);
    network.is_unneeded = kept->name[0] == '\0' && kept->unneeded == UNNEEDED;
    network.is_by_cable = kept->name[0] == '\0' && kept->unneeded == BY_CABLE;
    return network;
}

static bool is_sound(const struct kept *kept, size_t size)
{
    if (size != sizeof *kept || !is_text(kept->name, sizeof kept->name) ||
        !is_text(kept->passphrase, sizeof kept->passphrase))
        return false;
    const struct vb_wifi_network network = network_of(kept);
    return network.name[0] == '\0' || vb_wifi_network_problem(&network) == NULL;
}

/* The later of the two; number 0 where there is none that is sound. */
static esp_err_t read_latest(nvs_handle_t handle, struct kept *latest)
{
    memset(latest, 0, sizeof *latest);
    for (unsigned i = 0; i < VB_COUNT_OF(keys); i++) {
        struct kept kept;
        size_t size = sizeof kept;
        const esp_err_t err = nvs_get_blob(handle, keys[i], &kept, &size);
        if (err == ESP_OK && is_sound(&kept, size) && kept.number > latest->number)
            *latest = kept;
        else if (err != ESP_OK && err != ESP_ERR_NVS_NOT_FOUND && err != ESP_ERR_NVS_INVALID_LENGTH)
            return err;
    }
    return ESP_OK;
}

esp_err_t vb_wifi_network_load(const char *partition, struct vb_wifi_network *network)
{
    nvs_handle_t handle;
    struct kept latest;
    memset(network, 0, sizeof *network);
    esp_err_t err = nvs_open_from_partition(partition, namespace_name, NVS_READWRITE, &handle);
    if (err != ESP_OK)
        return err;
    err = read_latest(handle, &latest);
    nvs_close(handle);
    if (err == ESP_OK)
        *network = network_of(&latest);
    return err;
}

/* One without a name: none is chosen, or needed. */
static esp_err_t keep(const char *partition, const struct vb_wifi_network *network)
{
    nvs_handle_t handle;
    struct kept latest;
    esp_err_t err = nvs_open_from_partition(partition, namespace_name, NVS_READWRITE, &handle);
    if (err != ESP_OK)
        return err;
    err = read_latest(handle, &latest);
    if (err == ESP_OK) {
        struct kept kept;
        memset(&kept, 0, sizeof kept);
        kept.number = latest.number + 1;
        kept.unneeded = network->is_unneeded ? UNNEEDED : network->is_by_cable ? BY_CABLE : 0;
        memcpy(kept.country, network->country[0] != '\0' ? network->country : latest.country,
               sizeof kept.country);
        memcpy(kept.name, network->name, sizeof kept.name);
        memcpy(kept.passphrase, network->passphrase, sizeof kept.passphrase);
        err = vb_nvs_write(handle, keys[kept.number % VB_COUNT_OF(keys)], &kept, sizeof kept);
    }
    nvs_close(handle);
    return err;
}

esp_err_t vb_wifi_network_store(const char *partition, const struct vb_wifi_network *network)
{
    VB_ASSERT(vb_wifi_network_problem(network) == NULL);
    return keep(partition, network);
}

esp_err_t vb_wifi_network_forget(const char *partition)
{
    static const struct vb_wifi_network none = {.name = ""};
    return keep(partition, &none);
}

esp_err_t vb_wifi_network_move(const char *partition, const char *country)
{
    struct vb_wifi_network network;
    const esp_err_t err = vb_wifi_network_load(partition, &network);
    if (err != ESP_OK)
        return err;
    memcpy(network.country, country, sizeof network.country);
    return keep(partition, &network);
}
