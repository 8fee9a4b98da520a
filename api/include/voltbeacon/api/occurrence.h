/* The record of the past: alarms and changes of state, each an occurrence with a beginning and an
 * end. /api/v1/events lists them, the event log stores them. The core's struct vb_event is
 * something else: what has just happened there, reported once; some of those become occurrences.
 *
 * The API reads them through callbacks, so that it knows no database. */
#ifndef VOLTBEACON_OCCURRENCE_H
#define VOLTBEACON_OCCURRENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/api/json_writer.h"
#include "voltbeacon/api/recording_source.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/reading.h"
#include "voltbeacon/pack/alarm.h"

VB_C_BEGIN

enum vb_occurrence_type { VB_OCCURRENCE_ALARM, VB_OCCURRENCE_STATE };

/* Changes of state: they begin and end at the same moment. X(NAME, "name"). */
#define VB_STATE_LIST(X)                              \
    X(LINK_CONNECTED, "link_connected")               \
    X(LINK_DEGRADED, "link_degraded")                 \
    X(LINK_OFFLINE, "link_offline")                   \
    X(TRANSMITTER_REBOOTED, "transmitter_rebooted")   \
    X(TRANSMITTER_FORGOTTEN, "transmitter_forgotten") \
    X(TRANSMITTER_GIVEN_UP, "transmitter_given_up")   \
    X(TRANSMITTER_UNPLACED, "transmitter_unplaced")   \
    X(HISTORY_PAUSED, "history_paused")               \
    X(HISTORY_RESUMED, "history_resumed")             \
    X(RECEIVER_STARTED, "receiver_started")

enum vb_state_kind {
#define X(NAME, name) VB_STATE_##NAME,
    VB_STATE_LIST(X)
#undef X
        VB_STATE_KINDS
};

/* Times are in ms since 1970 UTC; 0 = unknown: the clock was not set. */
struct vb_occurrence {
    uint64_t id;    /* 0 = none yet; always grows, even over restarts */
    uint8_t type;   /* enum vb_occurrence_type */
    uint8_t state;  /* VB_OCCURRENCE_STATE: enum vb_state_kind. Else alarm tells the kind */
    bool mac_known; /* false: it is about the receiver itself */
    bool ended;
    bool acknowledged;
    /* Its transmitter is not heard, so nobody knows whether it lasts. */
    bool last_known;
    struct vb_mac mac;
    /* Of both types: begin_wall_ms, end_wall_ms and level; of an alarm all. */
    struct vb_alarm alarm;
    uint64_t acknowledged_ms;
    uint64_t last_known_ms; /* when it was last known */
    /* The same moments on the clock of the device that keeps it, in ms since its start; 0 = none,
     * or before this start. A time that is not known yet is made of them. */
    uint64_t begin_up_ms;
    uint64_t worst_up_ms;
    uint64_t end_up_ms;
    uint64_t acknowledged_up_ms;
    uint64_t last_known_up_ms;
    char text[VB_ALARM_TEXT_SIZE];
    char recording[VB_RECORDING_NAME_SIZE]; /* "" = none */
};

/* "imbalance", "link_offline". Static storage. */
const char *vb_occurrence_kind_name(const struct vb_occurrence *occurrence);
/* Sets type, and the alarm's kind or state. False if there is no kind of that name. */
VB_MUST_USE bool vb_occurrence_kind_by_name(const char *name, struct vb_occurrence *occurrence);
/* "alarm", "state" */
const char *vb_occurrence_type_name(enum vb_occurrence_type type);

static inline bool vb_occurrence_is_open(const struct vb_occurrence *occurrence)
{
    return occurrence->type == VB_OCCURRENCE_ALARM && !occurrence->ended;
}

/* As docs/api.md has it. now_wall_ms tells how long an open one has lasted that is watched; 0 = not
 * known. */
void vb_occurrence_json(struct vb_json *json, const char *key,
                        const struct vb_occurrence *occurrence, uint64_t now_wall_ms);

enum { VB_BALANCE_TEXT_SIZE = 80 };

/* The alarms of one transmitter. */
struct vb_alarm_tally {
    uint16_t open;
    uint16_t unacknowledged;      /* of these */
    uint8_t worst;                /* enum vb_alarm_level, when any is open */
    uint8_t worst_unacknowledged; /* likewise of those */
    uint32_t contradicted;        /* values set aside since the start */
    uint16_t without_place;       /* findings of the last sweep that could not be kept */
    uint8_t absent_sensors[(VB_TEMPS_MAX + 7) / 8]; /* bit n & 7 of byte n / 8: sensor n is likely
                                                       not there, and not said to be */
    uint32_t calm; /* sweeps since the start, or the transmitter's, that balance can rest on */
    uint32_t calm_needed;               /* so many before it is judged; 0 = nobody watches */
    char balance[VB_BALANCE_TEXT_SIZE]; /* what vb_imbalance_verdict_text() says of the last sweep;
                                           "" = nobody watches */
};

/* Which events are requested, and the position in the answer. */
struct vb_event_ask {
    bool has_mac;
    bool has_type;
    bool has_open;
    bool open;
    uint8_t type;
    struct vb_mac mac;
    const char *kind; /* NULL = any */
    uint64_t from_ms; /* since 1970 UTC */
    uint64_t to_ms;
    uint64_t before; /* ids below this are still to come */
    uint16_t left;   /* events that may still be sent */
};

/* All answer at once. */
struct vb_occurrence_source {
    void *ctx;
    /* The newest with an id below before; NULL if there is none. Valid until the next call. */
    const struct vb_occurrence *(*before)(void *ctx, uint64_t before);
    /* NULL if it is not kept, or no longer. */
    const struct vb_occurrence *(*find)(void *ctx, uint64_t id);
    /* Marks it as seen; a second time changes nothing. NULL as above. */
    const struct vb_occurrence *(*acknowledge)(void *ctx, uint64_t id);
    void (*tally)(void *ctx, const struct vb_mac *mac, struct vb_alarm_tally *tally);
    /* Milliseconds since 1970 UTC; 0 = not known. */
    uint64_t (*now_wall_ms)(void *ctx);
    /* Whether a power cut now would lose some of it. NULL: nothing ever waits. */
    bool (*waits)(void *ctx);
};

VB_C_END

#endif
