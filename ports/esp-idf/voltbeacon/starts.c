#include "esp-idf/voltbeacon/starts.h"

#include <nvs.h>
#include <stdint.h>
#include <stdio.h>

static const char namespace_name[] = "starts";
static const char key[] = "crashes";

const char *vb_starts_reason(esp_reset_reason_t reason)
{
    switch (reason) {
    case ESP_RST_POWERON:
        return "power on";
    case ESP_RST_EXT:
        return "the reset pin";
    case ESP_RST_SW:
        return "a restart that was asked for";
    case ESP_RST_PANIC:
        return "a crash";
    case ESP_RST_INT_WDT:
    case ESP_RST_TASK_WDT:
    case ESP_RST_WDT:
        return "the watchdog";
    case ESP_RST_DEEPSLEEP:
        return "deep sleep";
    case ESP_RST_BROWNOUT:
        return "too low a supply voltage";
    case ESP_RST_CPU_LOCKUP:
        return "a crash within a crash";
    case ESP_RST_UNKNOWN:
    case ESP_RST_SDIO:
    case ESP_RST_USB:
    case ESP_RST_JTAG:
    case ESP_RST_EFUSE:
    case ESP_RST_PWR_GLITCH:
        break;
    }
    return "something else";
}

bool vb_starts_is_crash(esp_reset_reason_t reason)
{
    return reason == ESP_RST_PANIC || reason == ESP_RST_INT_WDT || reason == ESP_RST_TASK_WDT ||
           reason == ESP_RST_WDT || reason == ESP_RST_CPU_LOCKUP;
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
    esp_err_t err = nvs_set_blob(handle, key, &crashes, sizeof crashes);
    if (err == ESP_OK)
        err = nvs_commit(handle);
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
