/* Parses one line of a log of CAN frames, in any of the forms that such logs come in:
 *
 *     (1795372800.004429) can0 1DB#FDA0BAAA000001A8        candump -L; also 7BB#R, ID##..
 *      (1795372800.004429)  can0  7BB   [8]  10 C6 61 ..   candump -ta, -td, -tz
 *      (2026-11-22 20:00:00.004429)  can0  7BB   [8]  ..   candump -tA, in local time
 *       can0  7BB   [8]  10 C6 61 02 0F CC 0F CC           candump; also "can0  RX - -  7BB ..", -x
 *     (63.45) RX0 7BB [8] 10 C6 61 02 0F CC 0F CC          Battery-Emulator's web page
 *     1795372800.004429 1R11 7BB 10 C6 61 02 0F CC         OVMS, CRTD: bus, direction, id, bytes
 *     0000.511378 000007BB 00 8 10 C6 61 02 0F CC          CANary; also without the flags (00)
 *     166064000,000007BB,false,Rx,0,8,10,C6,61,02,         SavvyCAN, GVRET CSV: us; also without Rx
 *     7BB10C661020F3D0F42                                  ELM327, headers on (ATH1); no time
 *
 * Sources: candump.c and lib.c of can-utils; docs.openvehicles.com, "CRTD CAN Log Format";
 * SavvyCAN, framefileio.cpp; Battery-Emulator, can_logging_html.cpp. Fields of all but the first
 * may be separated by spaces, tabs, commas or semicolons; a second may have up to 9 decimals, of
 * which 6 are kept. An id of up to three digits has 11 bits, a longer one 29; CANary and SavvyCAN
 * pad: what is below 0x800 has 11 there. */
#ifndef VOLTBEACON_SOURCES_CAN_LOG_LINE_H
#define VOLTBEACON_SOURCES_CAN_LOG_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "sources/can_battery.h"
#include "sources/source_error.h"

enum { VB_CAN_LOG_BUS_SIZE = 16 /* as IFNAMSIZ */ };

/* X(NAME, "program that writes it") */
#define VB_CAN_LOG_FORM_LIST(X)               \
    X(CANDUMP_L, "candump -L")                \
    X(CANDUMP, "candump with any -t or none") \
    X(BATTERY_EMULATOR, "Battery-Emulator")   \
    X(CRTD, "OVMS CRTD")                      \
    X(CANARY, "CANary")                       \
    X(SAVVYCAN, "SavvyCAN GVRET CSV")         \
    X(ELM327, "ELM327 with ATH1")

enum vb_can_log_form {
#define X(NAME, program) VB_CAN_LOG_##NAME,
    VB_CAN_LOG_FORM_LIST(X)
#undef X
        VB_CAN_LOG_FORM_COUNT
};

struct vb_can_log_entry {
    enum vb_can_log_form form;
    bool timed;
    bool local;                    /* the time is a date without a zone */
    int64_t time_us;               /* as written; since 1970 if the log has the time of day */
    char bus[VB_CAN_LOG_BUS_SIZE]; /* "" if the form has none */
    struct vb_can_frame frame;
};

enum vb_can_log_line {
    VB_CAN_LOG_FRAME,
    VB_CAN_LOG_BLANK, /* a comment, a prompt, a frame without data: nothing is lost */
    VB_CAN_LOG_BROKEN /* *error says what was expected; the caller knows the line's number */
};

/* text: without its newline. *entry is set only on VB_CAN_LOG_FRAME. */
VB_MUST_USE enum vb_can_log_line vb_can_log_parse(const char *text, struct vb_can_log_entry *entry,
                                                  struct vb_source_error *error);

/* "candump -L" */
const char *vb_can_log_program(enum vb_can_log_form form);

#endif
