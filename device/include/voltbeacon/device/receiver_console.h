/* Commands to a receiver on its own machine, as text, about who is followed:
 *
 *     forget|MAC          it leaves its place
 *     unforget|MAC        it gets one
 *     rename|MAC|NAME     sends the transmitter its new name
 *
 * The words are separated by VB_CONSOLE_SEPARATOR, so that a name may contain spaces. Transporting
 * lines and answers is up to the platform. */
#ifndef VOLTBEACON_DEVICE_RECEIVER_CONSOLE_H
#define VOLTBEACON_DEVICE_RECEIVER_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/receiver.h"

VB_C_BEGIN

enum { VB_RECEIVER_CONSOLE_TEXT_SIZE = 256 /* bytes of an answer including NUL */ };

/* Executes the line and answers in text: "done", or the reason for a failure, prefixed with "error
 * ". False if it starts with none of these verbs: then there is no answer. */
VB_MUST_USE bool vb_receiver_console_line(struct vb_receiver *core, uint32_t now_ms,
                                          const char *line,
                                          char text[VB_RECEIVER_CONSOLE_TEXT_SIZE]);

/* Appends a line for each device with a place and without one to the first length bytes of text.
 * Returns the new length, without the NUL. */
size_t vb_receiver_console_places(const struct vb_receiver *core, char *text, size_t length,
                                  size_t capacity);

VB_C_END

#endif
