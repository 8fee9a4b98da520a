/* The slot of flash that does not run, as a place for new firmware: ESP-IDF writes there, says
 * whether what is there is sound and signed by the key of what runs, and has it started next. */
#ifndef VOLTBEACON_ESP_IDF_OTA_SLOT_H
#define VOLTBEACON_ESP_IDF_OTA_SLOT_H

#include <esp_ota_ops.h>

#include "firmware/firmware_update.h"

VB_C_BEGIN

/* Must stay where it is. */
struct vb_ota_slot {
    struct vb_firmware_slot port;
    struct vb_image_board board; /* as what runs says of it */
    const esp_partition_t *target;
    esp_ota_handle_t handle;
};

/* False: the board has no second slot, or what runs says nothing of itself. */
VB_MUST_USE bool vb_ota_slot_open(struct vb_ota_slot *slot);

VB_C_END

#endif
