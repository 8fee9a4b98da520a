#include "esp-idf/voltbeacon/new_firmware.h"

#include <esp_ota_ops.h>
#include <stdio.h>

/* One that is new when it runs was started by a boot loader of before this could be tried: what
 * crashes stays then, but what ails still goes. */
bool vb_new_firmware_is_on_trial(void)
{
    const esp_partition_t *running = esp_ota_get_running_partition();
    esp_ota_img_states_t state;
    return running != NULL && esp_ota_get_state_partition(running, &state) == ESP_OK &&
           (state == ESP_OTA_IMG_PENDING_VERIFY || state == ESP_OTA_IMG_NEW);
}

static void say_what_was_given_up(void)
{
    const esp_partition_t *given_up = esp_ota_get_last_invalid_partition();
    esp_app_desc_t description;
    if (given_up == NULL || given_up == esp_ota_get_running_partition() ||
        esp_ota_get_partition_description(given_up, &description) != ESP_OK)
        return;
    printf("warning: firmware %.32s was tried and given up; the one before runs\n",
           description.version);
}

void vb_new_firmware_begin(struct vb_new_firmware *firmware, uint32_t now_ms)
{
    const bool on_trial = vb_new_firmware_is_on_trial();
    *firmware = (struct vb_new_firmware){.looked_at_ms = now_ms};
    vb_trial_begin(&firmware->trial, on_trial, now_ms);
    if (on_trial)
        printf("info: this firmware is on trial, until it has been healthy for %d s\n",
               VB_TRIAL_HEALTHY_MS / 1000);
    else
        say_what_was_given_up();
}

static bool wants_network(const struct vb_wifi_network *network)
{
    return network->name[0] != '\0' || network->is_by_cable;
}

static struct vb_trial_signs signs_of(const struct vb_new_firmware_board *board)
{
    const struct vb_pulse none = {0};
    const struct vb_pulse pulse = board->pulse == NULL ? none : vb_pulse_read(board->pulse);
    return (struct vb_trial_signs){
        .turns = pulse.turns,
        .stored = pulse.stored,
        .refused = pulse.refused,
        .wants_network = wants_network(&board->wifi->network),
        .is_online = vb_interfaces_look(&board->interfaces).has_address,
        .wants_answers = !board->is_receiver,
        .answers = pulse.answers,
        .serves = board->is_receiver,
        .rounds = board->web == NULL ? 0 : vb_http_receiver_rounds(board->web)};
}

/* What the flash refused is tried again with the next look. */
static bool has_worked(struct vb_new_firmware *firmware, esp_err_t err)
{
    if (err != ESP_OK && !firmware->has_failed)
        printf("error: what became of the new firmware cannot be noted: %s\n",
               esp_err_to_name(err));
    firmware->has_failed = err != ESP_OK;
    return err == ESP_OK;
}

static void keep(struct vb_new_firmware *firmware, const char *why)
{
    if (!has_worked(firmware, esp_ota_mark_app_valid_cancel_rollback()))
        return;
    vb_trial_ended(&firmware->trial, VB_TRIAL_KEPT);
    printf("info: the new firmware is kept%s\n", why);
}

static bool go_back(struct vb_new_firmware *firmware)
{
    const char *ailment = vb_trial_ailment_text(firmware->trial.ailment);
    const esp_err_t err = esp_ota_mark_app_invalid_rollback();
    if (err == ESP_ERR_OTA_ROLLBACK_FAILED) {
        /* Else no other would be taken, either. */
        printf("warning: the new firmware is not healthy: %s\n", ailment);
        keep(firmware, ", for there is no other");
        return false;
    }
    if (!has_worked(firmware, err))
        return false;
    vb_trial_ended(&firmware->trial, VB_TRIAL_BACK);
    printf("error: the new firmware is given up: %s; the one before is started\n", ailment);
    return true;
}

bool vb_new_firmware_look(struct vb_new_firmware *firmware,
                          const struct vb_new_firmware_board *board, uint32_t now_ms)
{
    if (firmware->trial.state != VB_TRIAL_ON ||
        now_ms - firmware->looked_at_ms < VB_NEW_FIRMWARE_LOOK_MS)
        return false;
    firmware->looked_at_ms = now_ms;
    const struct vb_trial_signs signs = signs_of(board);
    switch (vb_trial_look(&firmware->trial, &signs, now_ms)) {
    case VB_TRIAL_GO_ON:
        break;
    case VB_TRIAL_KEEP:
        keep(firmware, "");
        break;
    case VB_TRIAL_GO_BACK:
        return go_back(firmware);
    }
    return false;
}
