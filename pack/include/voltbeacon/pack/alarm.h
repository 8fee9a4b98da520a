/* An alarm: its kinds and levels, the data of one occurrence, and its text for people. */
#ifndef VOLTBEACON_ALARM_H
#define VOLTBEACON_ALARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* The closed list. X(NAME, "name", "unit of its values", what it belongs to). */
#define VB_ALARM_LIST(X)                                        \
    X(CELL_OVER_VOLTAGE, "cell_over_voltage", "mV", CELL)       \
    X(CELL_UNDER_VOLTAGE, "cell_under_voltage", "mV", CELL)     \
    X(IMBALANCE, "imbalance", "mV", CELL)                       \
    X(FROZEN_VALUE, "frozen_value", "mV", CELL)                 \
    X(CELL_NOT_AVAILABLE, "cell_not_available", "sweeps", CELL) \
    X(PACK_OVER_VOLTAGE, "pack_over_voltage", "V", PACK)        \
    X(PACK_UNDER_VOLTAGE, "pack_under_voltage", "V", PACK)      \
    X(CELL_SPREAD, "cell_spread", "mV", PACK)                   \
    X(TEMPERATURE_HIGH, "temperature_high", "degC", PACK)       \
    X(TEMPERATURE_LOW, "temperature_low", "degC", PACK)         \
    X(TEMPERATURE_SPREAD, "temperature_spread", "degC", PACK)   \
    X(SUM_MISMATCH, "sum_mismatch", "V", PACK)                  \
    X(READINGS_STOPPED, "readings_stopped", "s", PACK)          \
    X(LINK_LOST, "link_lost", "s", PACK)

enum vb_alarm_kind {
#define X(NAME, name, unit, owner) VB_ALARM_##NAME,
    VB_ALARM_LIST(X)
#undef X
};

enum {
    VB_ALARM_KINDS = 14,
    VB_ALARM_CELL_KINDS = 5, /* the first ones */
    VB_ALARM_PACK_KINDS = VB_ALARM_KINDS - VB_ALARM_CELL_KINDS
};

/* From least to worst. */
enum vb_alarm_level { VB_ALARM_INFO, VB_ALARM_WARNING, VB_ALARM_ALERT };

/* "imbalance", "mV", "alert". Static storage. */
const char *vb_alarm_name(enum vb_alarm_kind kind);
const char *vb_alarm_unit(enum vb_alarm_kind kind);
const char *vb_alarm_level_name(enum vb_alarm_level level);
/* Whether a lower value is worse. */
bool vb_alarm_falls(enum vb_alarm_kind kind);
/* False if there is none with that name. */
VB_MUST_USE bool vb_alarm_kind_by_name(const char *name, enum vb_alarm_kind *kind);
VB_MUST_USE bool vb_alarm_level_by_name(const char *name, enum vb_alarm_level *level);

enum {
    VB_ALARM_NOWHERE = 255,  /* instead of a cell or a sensor: it concerns the whole pack */
    VB_ALARM_TEXT_SIZE = 160 /* bytes, including the NUL */
};

/* One occurrence, from begin to end. Values are in the kind's unit, to 0.1; for an imbalance, the
 * distance from the mean, negative below it. */
struct vb_alarm {
    uint8_t kind;           /* enum vb_alarm_kind */
    uint8_t level;          /* enum vb_alarm_level, the highest it had */
    uint8_t cell;           /* from 0; VB_ALARM_NOWHERE */
    uint8_t sensor;         /* of temperatures, from 0; VB_ALARM_NOWHERE */
    float now_value;        /* last known; NAN: not known */
    float worst_value;      /* since it began; NAN: none */
    float threshold;        /* the limit that worst_value exceeded */
    uint32_t begin_ms;      /* on the monotonic clock, which wraps */
    uint32_t worst_ms;      /* likewise, of worst_value; 0: before this start */
    uint64_t id;            /* assigned by the owner, only stored here; 0 = none */
    uint64_t begin_wall_ms; /* ms since 1970 UTC; 0: the clock is not set yet */
    uint64_t worst_wall_ms; /* likewise */
    uint64_t end_wall_ms;   /* 0: still open, or ended before the clock was set */
};

/* What has just happened to an occurrence. */
enum vb_alarm_step {
    VB_ALARM_BEGAN,
    VB_ALARM_ROSE,  /* the same occurrence now has a higher level */
    VB_ALARM_DATED, /* the clock has been set, so its begin is known; nothing else is new */
    VB_ALARM_ENDED
};

struct vb_alarm_change {
    uint8_t step; /* enum vb_alarm_step */
    struct vb_alarm alarm;
};

/* How to phrase it: open and watched; open, but nothing heard since;
 * over. */
enum vb_alarm_tense { VB_ALARM_NOW, VB_ALARM_LAST_KNOWN, VB_ALARM_OVER };

/* "Cell 17 is 34 mV below the mean, was up to 180 mV at 22:43 (alert at 30 mV)." Cells and sensors
 * count from 1. worst_at is when it was worst, in the reader's local time, at most 31 bytes; NULL
 * omits it. */
void vb_alarm_text(const struct vb_alarm *alarm, enum vb_alarm_tense tense, const char *worst_at,
                   char text[VB_ALARM_TEXT_SIZE]);

VB_C_END

#endif
