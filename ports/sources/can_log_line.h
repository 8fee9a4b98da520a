/* One line of a log of CAN frames, in any of the forms that such logs come in:
 *
 *     (1795372800.004429) can0 1DB#FDA0BAAA000001A8    candump -L of can-utils; also 7BB#R, ID##..
 *     0000.511378 000007BB 00 8 10 C6 61 02 0F CC      CANary: time, id, flags, length, bytes
 *     7BB10C661020F3D0F42                              ELM327 with headers on: id, bytes; no time
 *
 * Source of the first: candump.c and parse_canframe() of can-utils (linux-can/can-utils, lib.h).
 * An id of three digits has 11 bits, one of eight 29 (CANary pads: what is below 0x800 has 11). */
#ifndef VOLTBEACON_SOURCES_CAN_LOG_LINE_H
#define VOLTBEACON_SOURCES_CAN_LOG_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "sources/can_battery.h"
#include "sources/source_error.h"

enum { VB_CAN_LOG_BUS_SIZE = 16 /* as IFNAMSIZ */ };

struct vb_can_log_entry {
    bool timed;
    uint64_t time_us;              /* as written; since 1970 where the log has the time of day */
    char bus[VB_CAN_LOG_BUS_SIZE]; /* "" where the form has none */
    struct vb_can_frame frame;
};

enum vb_can_log_line {
    VB_CAN_LOG_FRAME,
    VB_CAN_LOG_BLANK, /* a comment, a prompt, a frame without data: nothing is lost */
    VB_CAN_LOG_BROKEN /* *error says what was expected; the caller knows the line's number */
};

/* text: without its newline. *entry is set on VB_CAN_LOG_FRAME alone. */
VB_MUST_USE enum vb_can_log_line vb_can_log_parse(const char *text, struct vb_can_log_entry *entry,
                                                  struct vb_source_error *error);

#endif
