/* An alarm: its kinds and levels, what is known of one occurrence, and how it is told to people. */
#ifndef VOLTBEACON_ALARM_H
#define VOLTBEACON_ALARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

/* The closed list. X(NAME, "name", "unit of value and threshold", who has one at a time). */
#define VB_ALARM_LIST(X)                                        \
    X(CELL_OVER_VOLTAGE, "cell_over_voltage", "mV", CELL)       \
    X(CELL_UNDER_VOLTAGE, "cell_under_voltage", "mV", CELL)     \
    X(IMBALANCE, "imbalance", "mV", CELL)                       \
    X(FROZEN_VALUE, "frozen_value", "mV", CELL)                 \
    X(CELL_NOT_AVAILABLE, "cell_not_available", "sweeps", CELL) \
    X(PACK_OVER_VOLTAGE, "pack_over_voltage", "V", PACK)        \
    X(PACK_UNDER_VOLTAGE, "pack_under_voltage", "V", PACK)      \
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

#define VB_ALARM_KINDS 13
#define VB_ALARM_CELL_KINDS 5 /* the first ones */

/* From least to worst. */
enum vb_alarm_level { VB_ALARM_INFO, VB_ALARM_WARNING, VB_ALARM_ALERT };

/* "imbalance", "mV", "alert". Static storage. */
const char *vb_alarm_name(enum vb_alarm_kind kind);
const char *vb_alarm_unit(enum vb_alarm_kind kind);
const char *vb_alarm_level_name(enum vb_alarm_level level);
/* False where there is none of that name. */
VB_MUST_USE bool vb_alarm_kind_by_name(const char *name, enum vb_alarm_kind *kind);
VB_MUST_USE bool vb_alarm_level_by_name(const char *name, enum vb_alarm_level *level);

enum {
    VB_ALARM_NOWHERE = 255,  /* in place of a cell or a sensor: it is about the whole pack */
    VB_ALARM_TEXT_SIZE = 128 /* bytes, the NUL included */
};

/* One occurrence, from its begin to its end. */
struct vb_alarm {
    uint8_t kind;           /* enum vb_alarm_kind */
    uint8_t level;          /* enum vb_alarm_level, the highest it had */
    uint8_t cell;           /* from 0; VB_ALARM_NOWHERE */
    uint8_t sensor;         /* of temperatures, from 0; VB_ALARM_NOWHERE */
    double value;           /* in the kind's unit, to 0.1: the worst so far; NAN: none */
    double threshold;       /* likewise: what value went beyond then */
    uint64_t begin_wall_ms; /* ms since 1970 UTC */
    uint64_t end_wall_ms;   /* 0 while it is open */
};

/* What an occurrence has just done. */
enum vb_alarm_step {
    VB_ALARM_BEGAN,
    VB_ALARM_ROSE, /* the same occurrence has a higher level now */
    VB_ALARM_ENDED
};

struct vb_alarm_change {
    uint8_t step; /* enum vb_alarm_step */
    struct vb_alarm alarm;
};

/* "Cell 17 is 38 mV below the mean (alert at 30 mV)." Cells and sensors count from 1. */
void vb_alarm_text(const struct vb_alarm *alarm, char text[VB_ALARM_TEXT_SIZE]);

#endif
