/* What a battery says on its CAN bus, as a table: which frame or answer holds which value, and
 * where. A new battery is a new table; can_decoder.h decodes by it, can_poll.h asks by it.
 *
 * There are two kinds of messages: broadcast frames, identified by their CAN id, and answers over
 * ISO-TP (isotp.h), identified by service and group: request {service, group}, answer {service +
 * 0x40, group, ...}. Offsets count from the first byte of the frame, or of the whole answer. */
#ifndef VOLTBEACON_SOURCES_CAN_BATTERY_H
#define VOLTBEACON_SOURCES_CAN_BATTERY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    VB_CAN_DATA_BYTES_MAX = 8,
    VB_CAN_EXTENDED = 0x40000000, /* in an id: it has 29 bits; without, 11 */
    VB_CAN_ANY_VARIANT = 0
};

struct vb_can_frame {
    uint32_t id;
    uint8_t size; /* 0 to VB_CAN_DATA_BYTES_MAX */
    uint8_t data[VB_CAN_DATA_BYTES_MAX];
};

/* Single values first, then those of which a pack has many. */
enum vb_can_quantity {
    VB_CAN_PACK_VOLTAGE, /* mV */
    VB_CAN_CURRENT,      /* mA, positive = charging */
    VB_CAN_SOC,          /* 1/1000 */
    VB_CAN_HEALTH,       /* state of health, % */
    VB_CAN_CONDUCTANCE,  /* "Hx" of Leaf owners: 1/100 % */
    VB_CAN_CAPACITY,     /* mAh */
    VB_CAN_ENERGY,       /* left in the pack, Wh */
    VB_CAN_SINGLE_COUNT,
    VB_CAN_CELL = VB_CAN_SINGLE_COUNT, /* mV */
    VB_CAN_TEMPERATURE,                /* 0.1 degC */
    VB_CAN_BALANCING                   /* 1 = the cell is being balanced */
};

/* Where a value is found. Bit 0 is the most significant bit of byte 0; values are big-endian.
 * value = raw * scale / divisor + offset, rounded to nearest. */
struct vb_can_field {
    enum vb_can_quantity quantity;
    uint16_t bit;
    uint8_t bits; /* 1 to 32 */
    bool is_signed;
    int32_t scale;
    int32_t divisor; /* at least 1 */
    int32_t offset;
    int32_t low; /* a value outside low..high is not available */
    int32_t high;

    /* The value, with the lead_bits before it, that means "not available". */
    bool has_sentinel;
    uint8_t lead_bits;
    uint32_t sentinel;

    /* Of cells, temperatures and balancing: how many, and where the next one is. The values come
     * in runs: within a run each is step bits after the one before, a run begins stride bits
     * after the run before. */
    uint16_t count;
    uint8_t run; /* at least 1 */
    int8_t step;
    uint16_t stride;
};

enum vb_can_check {
    VB_CAN_CHECK_NONE,
    VB_CAN_CHECK_CRC8,   /* the last byte is a CRC-8 over those before, polynomial 0x85, start 0 */
    VB_CAN_CHECK_NIBBLES /* after the two bytes of the head none is above 0x0F; else it is another
                            message of this id */
};

struct vb_can_message {
    uint32_t id; /* CAN id of a broadcast, or group of an answer */
    uint16_t size_min;
    uint16_t size_max;
    enum vb_can_check check;
    uint8_t variant; /* is like this in packs of this variant alone; VB_CAN_ANY_VARIANT = in all */
    uint8_t proves;  /* the pack is of this variant, or a later one; VB_CAN_ANY_VARIANT = nothing */
    uint8_t select_byte; /* is meant where byte[select_byte] & select_mask == select_value */
    uint8_t select_mask; /* 0 = always */
    uint8_t select_value;
    uint8_t field_count;
    const struct vb_can_field *fields;
};

struct vb_can_battery {
    const char *name;                 /* in --source: "leaf" */
    const char *title;                /* in messages: "Nissan Leaf" */
    const char *const *variant_names; /* [0] = not known yet; the later the higher */
    uint8_t cell_count;
    uint8_t temp_count;
    uint32_t request_id;
    uint32_t answer_id;
    uint8_t service;
    uint8_t sweep_group;   /* whose answer holds the cells */
    const uint8_t *groups; /* in the order in which they are asked for, the sweep last */
    uint8_t group_count;
    const struct vb_can_message *broadcasts;
    uint8_t broadcast_count;
    const struct vb_can_message *answers;
    uint8_t answer_count;
};

extern const struct vb_can_battery vb_can_leaf;

#endif
