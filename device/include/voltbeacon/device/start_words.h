/* Why a board started, in the event that reports its start. */
#ifndef VOLTBEACON_DEVICE_START_WORDS_H
#define VOLTBEACON_DEVICE_START_WORDS_H

#include <stddef.h>

#include "voltbeacon/core/board_facts.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/pack/alarm.h"

VB_C_BEGIN

/* Ends the sentence "... started", of which text holds length bytes: ": the watchdog, 2 crashes in
 * a row. A core dump lies in its flash.", or only "." where nothing is told.
 * Returns the new length, without the NUL; truncated to fit. */
size_t vb_start_say(const struct vb_board_facts *facts, char *text, size_t length, size_t capacity);
/* A warning after a crash, the watchdog or too low a voltage. */
enum vb_alarm_level vb_start_level(const struct vb_board_facts *facts);

VB_C_END

#endif
