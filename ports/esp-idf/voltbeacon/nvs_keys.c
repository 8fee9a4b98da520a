#include "esp-idf/voltbeacon/nvs_keys.h"

#include <nvs_flash.h>
#include <stdbool.h>
#include <stdio.h>

_Static_assert((int)VB_STORE_KEY_SIZE == NVS_KEY_NAME_MAX_SIZE, "a key of the core is one of NVS");

/* Of the chip's one flash, since NVS was read from it; written by several tasks. */
static bool has_failed;

esp_err_t vb_nvs_start(const char *partition)
{
    __atomic_store_n(&has_failed, false, __ATOMIC_RELAXED);
    return nvs_flash_init_partition(partition);
}

static esp_err_t commit(nvs_handle_t handle, esp_err_t changed)
{
    const esp_err_t err = changed == ESP_OK ? nvs_commit(handle) : changed;
    if (err != ESP_OK && err != ESP_ERR_NVS_NOT_ENOUGH_SPACE) {
        __atomic_store_n(&has_failed, true, __ATOMIC_RELAXED);
        printf("error: the flash failed (0x%x); no settings are stored until the next start\n",
               (unsigned)err);
    }
    return err;
}

esp_err_t vb_nvs_write(nvs_handle_t handle, const char *key, const void *bytes, size_t size)
{
    return commit(handle, nvs_set_blob(handle, key, bytes, size));
}

/* ---- A namespace ---- */

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

static enum vb_err write(void *ctx, const char *key, const uint8_t *bytes, size_t size)
{
    const struct vb_nvs_keys *keys = ctx;
    if (__atomic_load_n(&has_failed, __ATOMIC_RELAXED))
        return VB_ERR_STORE;
    return vb_nvs_write(keys->handle, key, bytes, size) == ESP_OK ? VB_ERR_OK : VB_ERR_STORE;
}

static enum vb_err erase(void *ctx, const char *key)
{
    const struct vb_nvs_keys *keys = ctx;
    if (__atomic_load_n(&has_failed, __ATOMIC_RELAXED))
        return VB_ERR_STORE;
    esp_err_t err = nvs_erase_key(keys->handle, key);
    err = commit(keys->handle, err == ESP_ERR_NVS_NOT_FOUND ? ESP_OK : err);
    return err == ESP_OK ? VB_ERR_OK : VB_ERR_STORE;
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
