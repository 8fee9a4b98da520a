/* Images in flash, and which of them starts: what is used of it, from ESP-IDF 5.5's "Over The Air
 * Updates", with CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE and
 * CONFIG_SECURE_SIGNED_APPS_NO_SECURE_BOOT. */
#ifndef VOLTBEACON_ESP_IDF_ESP_OTA_OPS_H
#define VOLTBEACON_ESP_IDF_ESP_OTA_OPS_H

#include <stddef.h>
#include <stdint.h>

#include <esp_app_desc.h>
#include <esp_err.h>
#include <esp_flash_partitions.h>
#include <esp_partition.h>

/* A size: each sector is erased when it is reached. */
#define OTA_WITH_SEQUENTIAL_WRITES 0xfffffffe
#define ESP_ERR_OTA_BASE 0x1500
#define ESP_ERR_OTA_VALIDATE_FAILED (ESP_ERR_OTA_BASE + 0x03)
#define ESP_ERR_OTA_ROLLBACK_FAILED (ESP_ERR_OTA_BASE + 0x05) /* there is nothing to go back to */
#define ESP_ERR_OTA_ROLLBACK_INVALID_STATE (ESP_ERR_OTA_BASE + 0x06) /* what runs is on trial */

typedef uint32_t esp_ota_handle_t;

/* The place of what runs; NULL where that is none of the table's. */
const esp_partition_t *esp_ota_get_running_partition(void);
/* Another than that; NULL: there is none. start_from NULL: after what runs. */
const esp_partition_t *esp_ota_get_next_update_partition(const esp_partition_t *start_from);

/* What was to be gone back to is forgotten: its place is written. */
esp_err_t esp_ota_begin(const esp_partition_t *partition, size_t image_size,
                        esp_ota_handle_t *out_handle);
esp_err_t esp_ota_write(esp_ota_handle_t handle, const void *data, size_t size);
/* ESP_ERR_OTA_VALIDATE_FAILED: it is not whole, not for this chip, or not signed by the key of what
 * runs. The handle has ended in any case. */
esp_err_t esp_ota_end(esp_ota_handle_t handle);
esp_err_t esp_ota_abort(esp_ota_handle_t handle);
/* Checks it once more; it is started next, on trial. */
esp_err_t esp_ota_set_boot_partition(const esp_partition_t *partition);

/* ESP_ERR_NOT_FOUND: the boot loader has noted nothing about it. */
esp_err_t esp_ota_get_state_partition(const esp_partition_t *partition,
                                      esp_ota_img_states_t *ota_state);
esp_err_t esp_ota_mark_app_valid_cancel_rollback(void);
/* The one before is started next. */
esp_err_t esp_ota_mark_app_invalid_rollback(void);
/* The one that was given up last, and is still whole; NULL: there is none. */
const esp_partition_t *esp_ota_get_last_invalid_partition(void);
esp_err_t esp_ota_get_partition_description(const esp_partition_t *partition,
                                            esp_app_desc_t *app_desc);

#endif
