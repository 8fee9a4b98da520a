#include "esp-idf/voltbeacon/starts.h"

#include <stdint.h>
#include <stdio.h>

#include "esp-idf/voltbeacon/nvs_keys.h"

static const char namespace_name[] = "starts";
static const char key[] = "crashes";

enum vb_start_reason vb_starts_reason(esp_reset_reason_t reason)
{
    switch (reason) {
    case ESP_RST_POWERON:
        return VB_START_POWER_ON;
    case ESP_RST_EXT:
        return VB_START_RESET_PIN;
    case ESP_RST_SW:
        return VB_START_RESTART;
    case ESP_RST_PANIC:
    case ESP_RST_CPU_LOCKUP: /* a crash within a crash */
        return VB_START_CRASH;
    case ESP_RST_INT_WDT:
    case ESP_RST_TASK_WDT:
    case ESP_RST_WDT:
        return VB_START_WATCHDOG;
    case ESP_RST_DEEPSLEEP:
        return VB_START_DEEP_SLEEP;
    case ESP_RST_BROWNOUT:
        return VB_START_BROWNOUT;
    case ESP_RST_UNKNOWN:
    case ESP_RST_SDIO:
    case ESP_RST_USB:
    case ESP_RST_JTAG:
    case ESP_RST_EFUSE:
    case ESP_RST_PWR_GLITCH:
        break;
    }
    return VB_START_OTHER;
}

bool vb_starts_is_crash(esp_reset_reason_t reason)
{
    const enum vb_start_reason start = vb_starts_reason(reason);
    return start == VB_START_CRASH || start == VB_START_WATCHDOG;
}

/* 0 where none is kept. */
static uint8_t read_crashes(nvs_handle_t handle)
{
    uint8_t crashes = 0;
    size_t size = sizeof crashes;
    return nvs_get_blob(handle, key, &crashes, &size) == ESP_OK && size == sizeof crashes ? crashes
                                                                                          : 0;
}

static void keep(nvs_handle_t handle, uint8_t crashes)
{
    const esp_err_t err = vb_nvs_write(handle, key, &crashes, sizeof crashes);
    if (err != ESP_OK)
        printf("warning: crashes cannot be counted: %s\n", esp_err_to_name(err));
}

/* Writes where the count changes alone: an ordinary start spares the flash. */
static unsigned change(const char *partition, bool crashed)
{
    nvs_handle_t handle;
    const esp_err_t err =
        nvs_open_from_partition(partition, namespace_name, NVS_READWRITE, &handle);
    if (err != ESP_OK) {
        printf("warning: crashes cannot be counted: %s\n", esp_err_to_name(err));
        return crashed ? 1 : 0;
    }
    const uint8_t before = read_crashes(handle);
    const uint8_t after = !crashed ? 0 : before == UINT8_MAX ? UINT8_MAX : (uint8_t)(before + 1);
    if (after != before)
        keep(handle, after);
    nvs_close(handle);
    return after;
}

unsigned vb_starts_count(const char *partition, esp_reset_reason_t reason)
{
    return change(partition, vb_starts_is_crash(reason));
}

void vb_starts_healthy(const char *partition)
{
    (void)change(partition, false);
}

struct vb_board_facts vb_starts_facts(esp_reset_reason_t reason, unsigned crashes,
                                      bool has_core_dump)
{
    const bool is_safe = crashes >= VB_STARTS_SAFE;
    return (struct vb_board_facts){.start = vb_starts_reason(reason),
                                   .crashes = crashes,
                                   .flags = (is_safe ? VB_BOARD_SAFE_MODE : 0u) |
                                            (has_core_dump ? VB_BOARD_CORE_DUMP : 0u)};
}
