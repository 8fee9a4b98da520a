/* What a Battery-Emulator sends over ESP-NOW, version 2: a little-endian header of 12 bytes,
 * followed by records.
 *
 *     0  2  'B' 'E'
 *     2  1  version 02
 *     3  1  kind: 1 SYSTEM, 2 BATTERY, 3 CELLS, 4 EVENT
 *     4  2  id: the first two bytes of its MAC, which many boards share
 *     6  1  battery: 0 the emulator itself, 1 to 3
 *     7  1  flags; 01 more frames of this batch follow
 *     8  4  uptime in seconds
 *    12     records: key, type << 5 | length, value; length 30: it follows in one byte, 31: in two
 *
 * Source: what commit 62532e944e06 of Battery-Emulator was recorded to send. */
#ifndef VOLTBEACON_BATTERY_EMULATOR_H
#define VOLTBEACON_BATTERY_EMULATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum { VB_EMULATOR_HEAD_BYTES = 12, VB_EMULATOR_VERSION = 2, VB_EMULATOR_MORE_FOLLOW = 1 };

enum vb_emulator_kind {
    VB_EMULATOR_SYSTEM = 1,
    VB_EMULATOR_BATTERY = 2,
    VB_EMULATOR_CELLS = 3,
    VB_EMULATOR_EVENT = 4
};

enum vb_emulator_type {
    VB_EMULATOR_UNSIGNED,
    VB_EMULATOR_SIGNED,
    VB_EMULATOR_FLOAT, /* IEEE 754, 32 bits */
    VB_EMULATOR_BOOL,
    VB_EMULATOR_TEXT, /* without a NUL */
    VB_EMULATOR_BYTES,
    VB_EMULATOR_U16S,
    VB_EMULATOR_BITS /* the lowest first */
};

struct vb_emulator_head {
    uint8_t version;
    uint8_t kind; /* enum vb_emulator_kind, or a later one's */
    uint16_t id;
    uint8_t battery;
    uint8_t flags;
    uint32_t uptime_s;
};

struct vb_emulator_record {
    uint8_t key;
    uint8_t type;         /* enum vb_emulator_type */
    const uint8_t *bytes; /* in the frame */
    uint16_t size;
};

/* Whether a body is a Battery-Emulator's, of any version. */
bool vb_emulator_is(const uint8_t *bytes, size_t size);

/* Reads the head; *reader is then at the first record. False if it is not of version
 * VB_EMULATOR_VERSION; *head has what could be read all the same. */
VB_MUST_USE bool vb_emulator_head_read(const uint8_t *bytes, size_t size,
                                       struct vb_emulator_head *head, struct vb_reader *reader);

/* The next record. False at the end, or with reader->failed if the frame ends within one. */
VB_MUST_USE bool vb_emulator_record_read(struct vb_reader *reader,
                                         struct vb_emulator_record *record);

/* A record's number: unsigned, bool or signed of 1 to 8 bytes. False if it has another type or
 * size, or exceeds int64_t. */
VB_MUST_USE bool vb_emulator_integer(const struct vb_emulator_record *record, int64_t *value);

/* False if it is not a float. */
VB_MUST_USE bool vb_emulator_float(const struct vb_emulator_record *record, float *value);

VB_C_END

#endif
