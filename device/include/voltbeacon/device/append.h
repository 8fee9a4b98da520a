/* Appending text to a buffer of known size. */
#ifndef VOLTBEACON_DEVICE_APPEND_H
#define VOLTBEACON_DEVICE_APPEND_H

#include <stddef.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* Appends formatted text to the first length bytes, as far as it fits; capacity includes the NUL
 * and is larger than length. Returns the new length, without the NUL. */
size_t vb_append(char *text, size_t length, size_t capacity, const char *format, ...)
    VB_PRINTF(4, 5);

VB_C_END

#endif
