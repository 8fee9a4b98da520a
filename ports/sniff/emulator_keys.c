#include "sniff/emulator_keys.h"

#include <stddef.h>

#include "voltbeacon/core/platform.h"

#define WORDS(list) .words = (list), .word_count = VB_COUNT_OF(list)

static const char *const system_states[] = {"standby", "inactive", "2",
                                            "active",  "fault",    "updating"};
static const char *const pauses[] = {"normal", "pausing", "paused", "resuming"};
static const char *const levels[] = {"info", "debug", "warning", "update", "error"};
static const char *const emulator_states[] = {"ok", "warning", "error", "updating"};
static const char *const contactors[] = {"starting", "engaged", "opened"};
static const char *const chemistries[] = {"auto", "NCA", "NMC", "LFP", "ZEBRA"};
static const char *const balancings[] = {"unknown", "error", "ready", "active", "blocked"};
static const char *const charges[] = {"idle", "charging", "discharging"};
static const char *const limits[] = {"none", "inverter", "user", "battery"};
static const char *const bms_states[] = {"disconnected", "standby", "active", "fault"};
static const char *const event_states[] = {"pending", "inactive", "active", "latched"};

/* Source: what commit 62532e944e06 of Battery-Emulator was recorded to send. */
static const struct vb_emulator_key keys[] = {
    {.key = 0x01, .name = "firmware", .unit = "", .brief = true},
    {.key = 0x02, .name = "host", .unit = "", .brief = true},
    {.key = 0x03, .name = "mac", .unit = "", .brief = true},
    {.key = 0x04, .name = "system", .unit = "", .brief = true, WORDS(system_states)},
    {.key = 0x05, .name = "pause", .unit = "", WORDS(pauses)},
    {.key = 0x06, .name = "event level", .unit = "", WORDS(levels)},
    {.key = 0x07, .name = "status", .unit = "", .brief = true, WORDS(emulator_states)},
    {.key = 0x08, .name = "cpu", .unit = "degC"},
    {.key = 0x09, .name = "free heap", .unit = "B"},
    {.key = 0x0a, .name = "batteries", .unit = ""},
    {.key = 0x0b, .name = "wifi signal", .unit = "dBm"},
    {.key = 0x0c, .name = "inverter countdown", .unit = ""},
    {.key = 0x0d, .name = "contactors", .unit = "", .brief = true, WORDS(contactors)},
    {.key = 0x0e, .name = "bus live", .unit = ""},
    {.key = 0x0f, .name = "equipment stop", .unit = ""},
    {.key = 0x10, .name = "ip", .unit = "", .decimal_octets = true},
    {.key = 0x11, .name = "ssid", .unit = ""},
    {.key = 0x12, .name = "access point", .unit = ""},
    {.key = 0x30, .name = "cells", .unit = "", .brief = true},
    {.key = 0x31, .name = "chemistry", .unit = "", WORDS(chemistries)},
    {.key = 0x32, .name = "capacity", .unit = "Wh"},
    {.key = 0x33, .name = "capacity told", .unit = "Wh"},
    {.key = 0x34, .name = "design max", .unit = "V", .decimals = 1},
    {.key = 0x35, .name = "design min", .unit = "V", .decimals = 1},
    {.key = 0x36, .name = "cell design max", .unit = "mV"},
    {.key = 0x37, .name = "cell design min", .unit = "mV"},
    {.key = 0x38, .name = "spread allowed", .unit = "mV"},
    {.key = 0x50, .name = "soc told", .unit = "%", .decimals = 2},
    {.key = 0x51, .name = "soc", .unit = "%", .decimals = 2, .brief = true},
    {.key = 0x52, .name = "soh", .unit = "%", .decimals = 2},
    {.key = 0x53, .name = "voltage", .unit = "V", .decimals = 1, .brief = true},
    {.key = 0x54, .name = "current", .unit = "A", .decimals = 1, .brief = true},
    {.key = 0x55, .name = "current of all", .unit = "A", .decimals = 1},
    {.key = 0x56, .name = "power", .unit = "W"},
    {.key = 0x57, .name = "remaining", .unit = "Wh"},
    {.key = 0x58, .name = "remaining told", .unit = "Wh"},
    {.key = 0x59, .name = "charge limit", .unit = "W"},
    {.key = 0x5a, .name = "discharge limit", .unit = "W"},
    {.key = 0x5b, .name = "charge limit", .unit = "A", .decimals = 1},
    {.key = 0x5c, .name = "discharge limit", .unit = "A", .decimals = 1},
    {.key = 0x5d, .name = "charge limit of the user", .unit = "W"},
    {.key = 0x5e, .name = "discharge limit of the user", .unit = "W"},
    {.key = 0x5f, .name = "highest cell", .unit = "mV", .brief = true},
    {.key = 0x60, .name = "lowest cell", .unit = "mV", .brief = true},
    {.key = 0x61, .name = "warmest", .unit = "degC", .decimals = 1},
    {.key = 0x62, .name = "coldest", .unit = "degC", .decimals = 1},
    {.key = 0x63, .name = "charged", .unit = "Wh"},
    {.key = 0x64, .name = "discharged", .unit = "Wh"},
    {.key = 0x65, .name = "insulation", .unit = "kOhm"},
    {.key = 0x66, .name = "balancing", .unit = "", WORDS(balancings)},
    {.key = 0x67, .name = "cells balancing", .unit = ""},
    {.key = 0x68, .name = "charging", .unit = "", WORDS(charges)},
    {.key = 0x69, .name = "limited by", .unit = "", WORDS(limits)},
    {.key = 0x6a, .name = "bms", .unit = "", .brief = true, WORDS(bms_states)},
    {.key = 0x6b, .name = "can countdown", .unit = "", .brief = true},
    {.key = 0x6c, .name = "crc errors", .unit = ""},
    {.key = 0x6d, .name = "led", .unit = ""},
    {.key = 0x6e, .name = "ever detected", .unit = ""},
    {.key = 0x6f, .name = "dc-dc", .unit = "A", .decimals = 1},
    {.key = 0x70, .name = "dc-dc", .unit = "mV"},
    {.key = 0x71, .name = "calibration tapers", .unit = ""},
    {.key = 0x72, .name = "calibration dwell", .unit = "s"},
    {.key = 0x73, .name = "calibration ready", .unit = ""},
    {.key = 0x74, .name = "calibration drift", .unit = "%"},
    {.key = 0x90, .name = "cells", .unit = ""},
    {.key = 0x93, .name = "balancing", .unit = ""},
    {.key = 0xa0, .name = "number", .unit = "", .brief = true},
    {.key = 0xa1, .name = "name", .unit = "", .brief = true},
    {.key = 0xa2, .name = "level", .unit = "", .brief = true, WORDS(levels)},
    {.key = 0xa3, .name = "state", .unit = "", .brief = true, WORDS(event_states)},
    {.key = 0xa4, .name = "occurrences", .unit = ""},
    {.key = 0xa6, .name = "last at", .unit = "s", .decimals = 3},
    {.key = 0xa7, .name = "text", .unit = "", .brief = true},
    {.key = 0xa8, .name = "place", .unit = ""},
    {.key = 0xa9, .name = "of", .unit = ""},
    {.key = 0xaa, .name = "payload", .unit = ""},
};

const struct vb_emulator_key *vb_emulator_key_of(uint8_t key)
{
    for (size_t i = 0; i < VB_COUNT_OF(keys); i++) {
        if (keys[i].key == key)
            return &keys[i];
    }
    return NULL;
}
