#include "esp-idf/voltbeacon/nvs_keys.h"

#include <nvs_flash.h>

_Static_assert((int)VB_STORE_KEY_SIZE == NVS_KEY_NAME_MAX_SIZE, "a key of the core is one of NVS");

static int get(void *ctx, const char *key, uint8_t *bytes, size_t capacity)
{
    const struct vb_nvs_keys *keys = ctx;
    size_t size = capacity;
    switch (nvs_get_blob(keys->handle, key, bytes, &size)) {
    case ESP_OK:
        return (int)size;
    case ESP_ERR_NVS_NOT_FOUND:
        return VB_ERR_NOT_FOUND;
    case ESP_ERR_NVS_INVALID_LENGTH:
        return VB_ERR_TOO_LONG;
    default:
        return VB_ERR_STORE;
    }
}

static enum vb_err each(void *ctx, void (*visit)(void *visit_ctx, const char *key), void *visit_ctx)
{
    const struct vb_nvs_keys *keys = ctx;
    nvs_entry_info_t info;
    nvs_iterator_t at = NULL;
    esp_err_t err = nvs_entry_find_in_handle(keys->handle, NVS_TYPE_BLOB, &at);
    for (; err == ESP_OK; err = nvs_entry_next(&at)) {
        err = nvs_entry_info(at, &info);
        if (err != ESP_OK)
            break;
        visit(visit_ctx, info.key);
    }
    nvs_release_iterator(at);
    return err == ESP_ERR_NVS_NOT_FOUND ? VB_ERR_OK : VB_ERR_STORE;
}

static enum vb_err commit(const struct vb_nvs_keys *keys, esp_err_t changed)
{
    return changed == ESP_OK && nvs_commit(keys->handle) == ESP_OK ? VB_ERR_OK : VB_ERR_STORE;
}

static enum vb_err write(void *ctx, const char *key, const uint8_t *bytes, size_t size)
{
    const struct vb_nvs_keys *keys = ctx;
    return commit(keys, nvs_set_blob(keys->handle, key, bytes, size));
}

static enum vb_err erase(void *ctx, const char *key)
{
    const struct vb_nvs_keys *keys = ctx;
    const esp_err_t erased = nvs_erase_key(keys->handle, key);
    return commit(keys, erased == ESP_ERR_NVS_NOT_FOUND ? ESP_OK : erased);
}

esp_err_t vb_nvs_start(const char *partition)
{
    return nvs_flash_init_partition(partition);
}

esp_err_t vb_nvs_keys_open(struct vb_nvs_keys *keys, const char *partition, const char *name)
{
    keys->port = (struct vb_key_store){
        .ctx = keys, .get = get, .each = each, .write = write, .erase = erase};
    return nvs_open_from_partition(partition, name, NVS_READWRITE, &keys->handle);
}

void vb_nvs_keys_close(struct vb_nvs_keys *keys)
{
    nvs_close(keys->handle);
}
