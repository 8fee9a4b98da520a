/* A reading as JSON, the same on /ws/cells and on MQTT's `<prefix>/cells`. See docs/api.md. */
#ifndef VOLTBEACON_READING_JSON_H
#define VOLTBEACON_READING_JSON_H

#include "voltbeacon/api/json_writer.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/reading.h"

VB_C_BEGIN

enum { VB_READING_JSON_MAX = 4096 /* bytes; the largest reading takes less */ };

/* No interval is known yet: there was only one sample. */
#define VB_INTERVAL_UNKNOWN UINT32_MAX

/* What belongs to a reading but is not part of it. */
struct vb_reading_about {
    struct vb_mac mac;    /* of the transmitter */
    uint16_t epoch;       /* its boot counter */
    uint32_t now_ms;      /* on the clock of reading->sampled_ms */
    uint32_t interval_ms; /* between the last two samples, or VB_INTERVAL_UNKNOWN */
};

/* Writes one object. A reading of no cells (cell_count 0) stands for "none yet". */
void vb_reading_json(struct vb_json *json, const struct vb_reading *reading,
                     const struct vb_reading_about *about);

VB_C_END

#endif
