/* One recording in the making: what a black box holds of the minute before, then what comes, handed
 * to a recording store piece by piece. */
#ifndef VOLTBEACON_DEVICE_CAPTURE_H
#define VOLTBEACON_DEVICE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/black_box.h"
#include "voltbeacon/device/recording_store.h"

VB_C_BEGIN

enum {
    VB_CAPTURE_AFTER_MS = 30000,
    VB_CAPTURE_MS_MAX = 900000, /* however often it is prolonged */
    VB_CAPTURE_PUMP_MS = 20     /* between two pieces, while there are more */
};

/* What every call gets: where the recording goes, what it is made of, and the time. */
struct vb_capture_context {
    const struct vb_recording_store *store;
    const struct vb_black_box *box;
    char *scratch;   /* VB_RECORDING_CHUNK_BYTES_MAX bytes, used during the call only */
    uint64_t now_ms; /* on the box's clock */
    /* What makes ms since 1970 UTC of that clock; 0 = not known. Only its value when the capture
     * begins counts, so that a clock that is set meanwhile does not tear the recording. */
    uint64_t offset_ms;
};

struct vb_capture {
    bool active;
    int recording; /* of the store */
    struct vb_recording_entry entry;
    struct vb_black_box_cursor cursor;
    uint32_t line_count;
    uint64_t offset_ms;  /* of the lines' times */
    uint64_t written_ms; /* time of the last line, on the box's clock, as all below */
    uint64_t begun_ms;
    uint64_t until_ms;
    uint64_t synced_ms;
    bool headed;
    bool published; /* the minute before is safe */
};

/* Begins with what the box holds of the minute before, and goes on for after_ms, at most
 * VB_CAPTURE_MS_MAX. capture->entry has the name, transmitter and reason, and gets the rest; its
 * begin is 0 where the wall clock is not known. False where it cannot be had. Not while it is
 * active. */
VB_MUST_USE bool vb_capture_begin(struct vb_capture *capture,
                                  const struct vb_capture_context *context, uint32_t after_ms);

/* Goes on for at least after_ms from now, as far as VB_CAPTURE_MS_MAX allows. */
void vb_capture_prolong(struct vb_capture *capture, uint64_t now_ms, uint32_t after_ms);

/* Writes the next piece; ends the recording when its time is over. True where there is more to be
 * done in VB_CAPTURE_PUMP_MS; else once a second is enough. */
bool vb_capture_pump(struct vb_capture *capture, const struct vb_capture_context *context);

/* Ends it now, complete as far as it goes: the device stops. */
void vb_capture_end(struct vb_capture *capture, const struct vb_capture_context *context);

VB_C_END

#endif
