/* What a board tells of itself: why it started, and how its radio found a receiver again. It
 * travels beside the runtime status, as the last record of a beacon, and like that is never stored.
 * A device that knows nothing of the kind, such as a daemon on Linux, sends no byte of it. Why it
 * is a record of its own: docs/adr/0032-board-facts.md. */
#ifndef VOLTBEACON_BOARD_FACTS_H
#define VOLTBEACON_BOARD_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* X(NAME, "name", "in words"). Only append rows: the number is used on the wire. */
#define VB_START_LIST(X)                                  \
    X(UNTOLD, "untold", "not told")                       \
    X(OTHER, "other", "another reason")                   \
    X(POWER_ON, "power_on", "power on")                   \
    X(RESET_PIN, "reset_pin", "the reset pin")            \
    X(RESTART, "restart", "a restart that was asked for") \
    X(UPDATE, "update", "new firmware")                   \
    X(CRASH, "crash", "a crash")                          \
    X(WATCHDOG, "watchdog", "the watchdog")               \
    X(BROWNOUT, "brownout", "too low a supply voltage")   \
    X(DEEP_SLEEP, "deep_sleep", "the end of a deep sleep")

enum vb_start_reason {
#define X(NAME, name, words) VB_START_##NAME,
    VB_START_LIST(X)
#undef X
        VB_START_REASONS
};

enum vb_board_flag {
    VB_BOARD_SAFE_MODE = 1 << 0, /* after crashes in a row only radio and settings run */
    VB_BOARD_CORE_DUMP = 1 << 1  /* one lies in its flash, of this crash or an earlier one */
};

/* All zeroes: nothing is told. In this order they are on the wire; later ones only follow. */
struct vb_board_facts {
    uint32_t start;        /* enum vb_start_reason, or a later version's */
    uint32_t crashes;      /* in a row, up to this start */
    uint32_t flags;        /* enum vb_board_flag */
    uint32_t channel;      /* of its radio, where a receiver was last heard; 0: not told */
    uint32_t recoveries;   /* since its start: receivers found again, on this channel or another */
    uint32_t recovered_ms; /* how long it was without one before the last of these;
                              VB_AGE_UNKNOWN: too long to count */
};

enum { VB_BOARD_FACTS_BYTES_MAX = 6 * 5 /* without what every record begins with */ };

/* Whether anything is told. */
bool vb_board_facts_told(const struct vb_board_facts *facts);
bool vb_board_facts_equal(const struct vb_board_facts *a, const struct vb_board_facts *b);

/* Appends them as a record; nothing if nothing is told, or if it does not fit. */
void vb_board_facts_write(struct vb_writer *writer, const struct vb_board_facts *facts);
/* What follows the version in such a record, to the end of the bytes. Further numbers are skipped.
 * False, and nothing is told, if these are not numbers. */
VB_MUST_USE bool vb_board_facts_read(struct vb_reader *reader, struct vb_board_facts *facts);

/* "watchdog", and "the watchdog"; a reason of a later version is "other". Static storage. */
const char *vb_start_name(uint32_t reason);
const char *vb_start_text(uint32_t reason);
/* Whether somebody should look into it: a crash, the watchdog, too low a voltage. */
bool vb_start_is_trouble(uint32_t reason);

VB_C_END

#endif
