/* What is said to a receiver on its own machine, in words, about who is followed:
 *
 *     forget|MAC          it leaves its place
 *     unforget|MAC        it gets one
 *     rename|MAC|NAME     sends the transmitter its new name
 *
 * The words are separated by VB_CONSOLE_SEPARATOR, so that a name may hold spaces. How the lines
 * come and the answers go is the platform's. */
#ifndef VOLTBEACON_DEVICE_RECEIVER_CONSOLE_H
#define VOLTBEACON_DEVICE_RECEIVER_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/receiver.h"

VB_C_BEGIN

enum { VB_RECEIVER_CONSOLE_TEXT_SIZE = 256 /* bytes of an answer with its NUL */ };

/* Does what the line says, and answers in text: "done", or why not, which begins with "error ".
 * False where it begins with none of these verbs: nothing is answered then. */
VB_MUST_USE bool vb_receiver_console_line(struct vb_receiver *core, uint32_t now_ms,
                                          const char *line,
                                          char text[VB_RECEIVER_CONSOLE_TEXT_SIZE]);

/* Appends who has a place and who has none, a line each, to the length bytes that are in text.
 * Returns the new length, without the NUL. */
size_t vb_receiver_console_places(const struct vb_receiver *core, char *text, size_t length,
                                  size_t capacity);

VB_C_END

#endif
