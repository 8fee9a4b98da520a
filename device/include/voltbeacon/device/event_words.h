/* Events in the core of either device, as text for its log. */
#ifndef VOLTBEACON_DEVICE_EVENT_WORDS_H
#define VOLTBEACON_DEVICE_EVENT_WORDS_H

#include <stddef.h>

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/event.h"
#include "voltbeacon/device/log_sink.h"

VB_C_BEGIN

/* One line for events of interest to a person; nothing for the rest. */
void vb_event_say(const struct vb_log_sink *sink, const struct vb_event *event);

/* Appends "refused_3=1 ...\n" for each error that frames were refused for to the first length bytes
 * of text. Returns the new length, without the NUL. */
size_t vb_refused_list(const uint32_t refused[VB_ERR_COUNT], char *text, size_t length,
                       size_t capacity);

VB_C_END

#endif
