/* One recording in progress: the preceding minute from a black box, then whatever follows, passed
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
    VB_CAPTURE_PUMP_MS = 20     /* between pieces, while there are more */
};

/* Passed to every call: where the recording goes, its source, and the time. */
struct vb_capture_context {
    const struct vb_recording_store *store;
    const struct vb_black_box *box;
    char *scratch;   /* VB_RECORDING_CHUNK_BYTES_MAX bytes, used only during the call */
    uint64_t now_ms; /* on the box's clock */
    /* Added to that clock to get ms since 1970 UTC; 0 = not known. Only its value at the beginning
     * of the capture counts, so that setting the clock does not tear the recording. */
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
    bool published; /* the preceding minute is safe */
};

/* Begins with the preceding minute from the box, and continues for after_ms, at most
 * VB_CAPTURE_MS_MAX. capture->entry has the name, transmitter and reason, and gets the rest; its
 * begin is 0 if the wall clock is not known. False if it cannot be started. Not while it is
 * active. */
VB_MUST_USE bool vb_capture_begin(struct vb_capture *capture,
                                  const struct vb_capture_context *context, uint32_t after_ms);

/* Continues for at least after_ms from now, as far as VB_CAPTURE_MS_MAX allows. */
void vb_capture_prolong(struct vb_capture *capture, uint64_t now_ms, uint32_t after_ms);

/* Writes the next piece; ends the recording when its time is up. True if it should be called again
 * in VB_CAPTURE_PUMP_MS; else once a second is enough. */
bool vb_capture_pump(struct vb_capture *capture, const struct vb_capture_context *context);

/* Ends it now, complete up to here: the device stops. */
void vb_capture_end(struct vb_capture *capture, const struct vb_capture_context *context);

VB_C_END

#endif
