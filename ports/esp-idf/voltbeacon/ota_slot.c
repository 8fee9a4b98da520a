#include "esp-idf/voltbeacon/ota_slot.h"

static enum vb_firmware_verdict verdict_of(esp_err_t err)
{
    switch (err) {
    case ESP_OK:
        return VB_FIRMWARE_OK;
    case ESP_ERR_OTA_ROLLBACK_INVALID_STATE:
        return VB_FIRMWARE_ON_TRIAL;
    case ESP_ERR_OTA_VALIDATE_FAILED:
        return VB_FIRMWARE_REFUSED;
    default:
        return VB_FIRMWARE_FLASH;
    }
}

/* Erases sector by sector: all at once takes seconds, in which nobody is served. */
static enum vb_firmware_verdict begin(void *ctx)
{
    struct vb_ota_slot *slot = ctx;
    return verdict_of(esp_ota_begin(slot->target, OTA_WITH_SEQUENTIAL_WRITES, &slot->handle));
}

static enum vb_firmware_verdict write(void *ctx, const uint8_t *bytes, size_t size)
{
    struct vb_ota_slot *slot = ctx;
    return verdict_of(esp_ota_write(slot->handle, bytes, size));
}

static enum vb_firmware_verdict verify(void *ctx)
{
    struct vb_ota_slot *slot = ctx;
    return verdict_of(esp_ota_end(slot->handle));
}

static void give_up(void *ctx)
{
    struct vb_ota_slot *slot = ctx;
    (void)esp_ota_abort(slot->handle);
}

static enum vb_firmware_verdict switch_to(void *ctx)
{
    struct vb_ota_slot *slot = ctx;
    return verdict_of(esp_ota_set_boot_partition(slot->target));
}

bool vb_ota_slot_open(struct vb_ota_slot *slot)
{
    const esp_partition_t *running = esp_ota_get_running_partition();
    uint8_t head[VB_IMAGE_HEAD_BYTES];
    *slot = (struct vb_ota_slot){.port = {.ctx = slot,
                                          .begin = begin,
                                          .write = write,
                                          .verify = verify,
                                          .give_up = give_up,
                                          .switch_to = switch_to},
                                 .target = esp_ota_get_next_update_partition(NULL)};
    return running != NULL && slot->target != NULL &&
           esp_partition_read(running, 0, head, sizeof head) == ESP_OK &&
           vb_image_board_of(head, slot->target->size, &slot->board);
}
