/* The battery of a Nissan Leaf or e-NV200, 24 to 62 kWh, as its controller ("LBC") describes it.
 *
 * Sources: Battery-Emulator, Software/src/battery/NISSAN-LEAF-BATTERY.cpp (broadcasts, their CRC
 * and values that mean "not available", which frame tells which generation, balancing of a ZE1);
 * OVMS, vehicle_nissanleaf.cpp (lengths and layout of groups 01, 02, 04 and 06 by generation);
 * CanZE issue 91 (order of the balancing bits); and recordings of a ZE0 and an AZE0, on which
 * tests/unit/test_source_candump.c checks the values against each other.
 *
 * In group 06 of an AZE0 a bit is 0 while its cell is bled: OVMS says so, and in a recording the
 * five cells with a 0 are 6 mV above the others. For a ZE0 the recordings show nothing; the few are
 * taken to be the bled cells: 15 bits of 96 are set. */
#include "sources/can_battery.h"
#include "sources/isotp.h"
#include "voltbeacon/core/platform.h"

enum variant { ZE0 = 1, AZE0, ZE1 };

enum {
    CELLS = 96,
    SENSORS = 4,        /* of which packs from 2013 on lack the third */
    CELL_MV_MAX = 4999, /* OVMS takes 5000 and more for "not measured" */
    WH_PER_GID = 77,    /* Battery-Emulator, WH_PER_GID */
    PACK_MV_MAX = 500000,
    CURRENT_MA_MAX = 511000, /* 511.5 A is what 0x1DB says on waking up */
    /* Answers: which length belongs to which generation (OVMS). A ZE1 answers with 44 bytes just
     * after waking up, which are ignored. */
    GROUP_01_ZE0 = 41,
    GROUP_01_AZE0 = 43,
    GROUP_01_WAKING = 44,
    GROUP_01_ZE1 = 53,
    /* In the others the values are at the same place in all packs, while what follows them grows:
     * group 04 has 16, 31 or, in an e-NV200 of 40 kWh, 37 bytes. */
    GROUP_02_BYTES_MIN = 2 + 2 * CELLS,
    GROUP_04_BYTES_MIN = 16,
    GROUP_06_BYTES_MIN = 2 + CELLS / 4
};

static const char *const variant_names[] = {"generation not known yet", "ZE0, 2011-2012",
                                            "AZE0, 2013-2017", "ZE1, 2018 on"};

/* ---- Broadcasts ---- */

static const struct vb_can_field frame_1db[] = {
    {.quantity = VB_CAN_CURRENT,
     .bit = 0,
     .bits = 11,
     .is_signed = true,
     .scale = 500,
     .divisor = 1,
     .low = -CURRENT_MA_MAX,
     .high = CURRENT_MA_MAX,
     .has_sentinel = true,
     .sentinel = 0x3ff},
    {.quantity = VB_CAN_PACK_VOLTAGE,
     .bit = 16,
     .bits = 10,
     .scale = 500,
     .divisor = 1,
     .high = PACK_MV_MAX,
     .has_sentinel = true,
     .sentinel = 0x3ff},
};

static const struct vb_can_field frame_55b[] = {
    {.quantity = VB_CAN_SOC,
     .bit = 0,
     .bits = 10,
     .scale = 1,
     .divisor = 1,
     .high = 1000,
     .has_sentinel = true,
     .sentinel = 0x3ff},
};

static const struct vb_can_field frame_5bc_health[] = {
    {.quantity = VB_CAN_HEALTH,
     .bit = 32,
     .bits = 7,
     .scale = 1,
     .divisor = 1,
     .high = 127,
     .has_sentinel = true,
     .sentinel = 0},
};

static const struct vb_can_field frame_5bc_energy[] = {
    {.quantity = VB_CAN_ENERGY,
     .bit = 0,
     .bits = 10,
     .scale = WH_PER_GID,
     .divisor = 1,
     .high = 1022 * WH_PER_GID,
     .has_sentinel = true,
     .sentinel = 0x3ff},
};

#define FIELDS(list) .field_count = VB_COUNT_OF(list), .fields = (list)

static const struct vb_can_message broadcasts[] = {
    {.id = 0x1db, .size_min = 8, .size_max = 8, .check = VB_CAN_CHECK_CRC8, FIELDS(frame_1db)},
    {.id = 0x55b, .size_min = 8, .size_max = 8, .check = VB_CAN_CHECK_CRC8, FIELDS(frame_55b)},
    {.id = 0x5bc, .size_min = 8, .size_max = 8, FIELDS(frame_5bc_health)},
    /* From 30 kWh on every other frame has the most it ever held in this place. */
    {.id = 0x5bc,
     .size_min = 8,
     .size_max = 8,
     .select_byte = 5,
     .select_mask = 0x10,
     FIELDS(frame_5bc_energy)},
    {.id = 0x59e, .size_max = 8, .proves = AZE0},
    {.id = 0x1ed, .size_max = 8, .proves = ZE1},
    {.id = 0x1c2, .size_max = 8, .proves = ZE1},
};

/* ---- Answers ---- */

#define GROUP_01_VOLTAGE                                                                       \
    {                                                                                          \
        .quantity = VB_CAN_PACK_VOLTAGE, .bit = 20 * 8, .bits = 16, .scale = 10, .divisor = 1, \
        .low = 1, .high = PACK_MV_MAX                                                          \
    }
#define GROUP_01_SOC(byte)                                                                \
    {                                                                                     \
        .quantity = VB_CAN_SOC, .bit = (byte)*8, .bits = 32, .scale = 1, .divisor = 1000, \
        .high = 1000                                                                      \
    }
#define GROUP_01_CAPACITY(byte)                                                              \
    {                                                                                        \
        .quantity = VB_CAN_CAPACITY, .bit = (byte)*8, .bits = 32, .scale = 1, .divisor = 10, \
        .low = 1, .high = 1000000                                                            \
    }

/* The second of two currents: the first is instantaneous. */
static const struct vb_can_field group_01[] = {
    {.quantity = VB_CAN_CURRENT,
     .bit = 8 * 8,
     .bits = 32,
     .is_signed = true,
     .scale = 1000,
     .divisor = 1024,
     .low = -CURRENT_MA_MAX,
     .high = CURRENT_MA_MAX},
    GROUP_01_VOLTAGE,
    {.quantity = VB_CAN_CONDUCTANCE,
     .bit = 28 * 8,
     .bits = 16,
     .scale = 1,
     .divisor = 1,
     .low = 1,
     .high = 65534},
    GROUP_01_SOC(30),
    GROUP_01_CAPACITY(34),
};

/* Two more bytes before Hx, which has another scale. Owners of 62 kWh packs found its currents
 * unusable (Battery-Emulator). */
static const struct vb_can_field group_01_ze1[] = {
    GROUP_01_VOLTAGE,
    {.quantity = VB_CAN_CONDUCTANCE,
     .bit = 30 * 8,
     .bits = 16,
     .scale = 1000,
     .divisor = 1024,
     .low = 1,
     .high = 65534},
    GROUP_01_SOC(32),
    GROUP_01_CAPACITY(36),
};

static const struct vb_can_field group_02[] = {
    {.quantity = VB_CAN_CELL,
     .bit = 2 * 8,
     .bits = 16,
     .scale = 1,
     .divisor = 1,
     .low = 1,
     .high = CELL_MV_MAX,
     .count = CELLS,
     .run = 1,
     .stride = 16},
};

/* An absent sensor has an ADC value of FFFF; its degrees alone would be a valid -1. */
static const struct vb_can_field group_04[] = {
    {.quantity = VB_CAN_TEMPERATURE,
     .bit = 4 * 8,
     .bits = 8,
     .is_signed = true,
     .scale = 10,
     .divisor = 1,
     .low = -500,
     .high = 1270,
     .has_sentinel = true,
     .lead_bits = 16,
     .sentinel = 0xffffff,
     .count = SENSORS,
     .run = 1,
     .stride = 24},
};

/* Four cells per byte: 8 = the first, 4, 2, 1 = the fourth. */
#define GROUP_06_NIBBLES                                                                \
    .quantity = VB_CAN_BALANCING, .bit = 2 * 8 + 4, .bits = 1, .divisor = 1, .high = 1, \
    .count = CELLS, .run = 4, .step = 1, .stride = 8

static const struct vb_can_field group_06_ze0[] = {{GROUP_06_NIBBLES, .scale = 1}};
static const struct vb_can_field group_06_aze0[] = {{GROUP_06_NIBBLES, .scale = -1, .offset = 1}};

/* Eight cells per byte, 1 = the first. */
static const struct vb_can_field group_06_ze1[] = {
    {.quantity = VB_CAN_BALANCING,
     .bit = 2 * 8 + 7,
     .bits = 1,
     .scale = 1,
     .divisor = 1,
     .high = 1,
     .count = CELLS,
     .run = 8,
     .step = -1,
     .stride = 8},
};

/* Of a group 01 of any other length only the pack voltage is read: all generations have it at this
 * place. */
static const struct vb_can_field group_01_other[] = {GROUP_01_VOLTAGE};

#define OF_SIZE(size) .size_min = (size), .size_max = (size)
#define FROM_SIZE(size) .size_min = (size), .size_max = VB_ISOTP_BYTES_MAX

static const struct vb_can_message answers[] = {
    {.id = 0x01, OF_SIZE(GROUP_01_ZE0), .proves = ZE0, FIELDS(group_01)},
    {.id = 0x01, OF_SIZE(GROUP_01_AZE0), .proves = AZE0, FIELDS(group_01)},
    {.id = 0x01, OF_SIZE(GROUP_01_ZE1), .proves = ZE1, FIELDS(group_01_ze1)},
    {.id = 0x01, OF_SIZE(GROUP_01_ZE0 + 1), FIELDS(group_01_other)},
    {.id = 0x01,
     .size_min = GROUP_01_WAKING + 1,
     .size_max = GROUP_01_ZE1 - 1,
     FIELDS(group_01_other)},
    {.id = 0x01, FROM_SIZE(GROUP_01_ZE1 + 1), FIELDS(group_01_other)},
    {.id = 0x02, FROM_SIZE(GROUP_02_BYTES_MIN), FIELDS(group_02)},
    {.id = 0x04, FROM_SIZE(GROUP_04_BYTES_MIN), FIELDS(group_04)},
    {.id = 0x06,
     FROM_SIZE(GROUP_06_BYTES_MIN),
     .variant = ZE0,
     .check = VB_CAN_CHECK_NIBBLES,
     FIELDS(group_06_ze0)},
    {.id = 0x06,
     FROM_SIZE(GROUP_06_BYTES_MIN),
     .variant = AZE0,
     .check = VB_CAN_CHECK_NIBBLES,
     FIELDS(group_06_aze0)},
    {.id = 0x06, FROM_SIZE(GROUP_06_BYTES_MIN), .variant = ZE1, FIELDS(group_06_ze1)},
};

static const uint8_t asked_groups[] = {0x01, 0x04, 0x06, 0x02};

const struct vb_can_battery vb_can_leaf = {
    .name = "leaf",
    .title = "Nissan Leaf",
    .variant_names = variant_names,
    .cell_count = CELLS,
    .temp_count = SENSORS,
    .request_id = 0x79b,
    .answer_id = 0x7bb,
    .service = 0x21,
    .sweep_group = 0x02,
    .groups = asked_groups,
    .group_count = VB_COUNT_OF(asked_groups),
    .broadcasts = broadcasts,
    .broadcast_count = VB_COUNT_OF(broadcasts),
    .answers = answers,
    .answer_count = VB_COUNT_OF(answers),
};
