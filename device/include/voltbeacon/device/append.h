/* Text that grows at its end, in a buffer of a known size. */
#ifndef VOLTBEACON_DEVICE_APPEND_H
#define VOLTBEACON_DEVICE_APPEND_H

#include <stddef.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* Appends formatted text to the length bytes that are there, as far as it fits; capacity counts the
 * NUL and is more than length. Returns the new length, without the NUL. */
size_t vb_append(char *text, size_t length, size_t capacity, const char *format, ...)
    VB_PRINTF(4, 5);

VB_C_END

#endif
