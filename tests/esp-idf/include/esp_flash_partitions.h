/* What the boot loader holds of an image: from ESP-IDF 5.5's "Over The Air Updates", "App
 * rollback". */
#ifndef VOLTBEACON_ESP_IDF_ESP_FLASH_PARTITIONS_H
#define VOLTBEACON_ESP_IDF_ESP_FLASH_PARTITIONS_H

typedef enum {
    ESP_OTA_IMG_NEW = 0x0U, /* chosen, and not started yet */
    ESP_OTA_IMG_PENDING_VERIFY =
        0x1U, /* started once; at the next start the boot loader goes back */
    ESP_OTA_IMG_VALID = 0x2U,
    ESP_OTA_IMG_INVALID = 0x3U, /* given up by itself */
    ESP_OTA_IMG_ABORTED = 0x4U  /* or by the boot loader */
} esp_ota_img_states_t;

#endif
