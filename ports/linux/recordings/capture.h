/* One recording in the making: what a black box holds of the minute before, then what comes, to a
 * file of the recordings' folder, piece by piece. */
#ifndef VOLTBEACON_LINUX_CAPTURE_H
#define VOLTBEACON_LINUX_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "linux/recordings/recording_folder.h"
#include "recordings/black_box.h"

enum {
    VB_CAPTURE_AFTER_MS = 30000,
    VB_CAPTURE_MS_MAX = 900000, /* however often it is prolonged */
    VB_CAPTURE_PUMP_MS = 20     /* between two pieces, while there are more */
};

struct vb_capture {
    bool active;
    int recording; /* of the folder */
    struct vb_recording_entry entry;
    struct vb_black_box_cursor cursor;
    uint32_t line_count;
    uint64_t written_ms; /* time of the last line */
    uint32_t begun_ms;   /* on the monotonic clock, as the two below */
    uint32_t until_ms;
    uint32_t synced_ms;
    bool headed;
    bool published; /* the minute before is safe */
};

/* Begins with what the box holds of the minute before now_wall_ms, and goes on for after_ms.
 * capture->entry has the name, transmitter and reason, and gets the rest. False where it cannot be
 * had. Not while it is active. */
VB_MUST_USE bool vb_capture_begin(struct vb_capture *capture, struct vb_recording_folder *folder,
                                  const struct vb_black_box *box, uint32_t now_ms,
                                  uint64_t now_wall_ms, uint32_t after_ms);

/* Goes on for at least after_ms from now, as far as VB_CAPTURE_MS_MAX allows. */
void vb_capture_prolong(struct vb_capture *capture, uint32_t now_ms, uint32_t after_ms);

/* Writes the next piece; ends the recording when its time is over. True where there is more to be
 * done in VB_CAPTURE_PUMP_MS; else once a second is enough. */
bool vb_capture_pump(struct vb_capture *capture, struct vb_recording_folder *folder,
                     const struct vb_black_box *box, uint32_t now_ms);

/* Ends it now, complete as far as it goes: the program ends. */
void vb_capture_end(struct vb_capture *capture, struct vb_recording_folder *folder,
                    const struct vb_black_box *box, uint32_t now_ms);

#endif
