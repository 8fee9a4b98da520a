/* Text that commands write and numbers that they are given. */
#ifndef VOLTBEACON_APPS_TEXT_H
#define VOLTBEACON_APPS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "voltbeacon/core/platform.h"

enum { VB_ERROR_SIZE = 512 /* bytes of a message to the user */ };

/* Appends formatted text as far as it fits. Returns the new length. */
size_t vb_append(char *text, size_t length, size_t capacity, const char *format, ...)
    VB_PRINTF(4, 5);

/* Reads a positive number of at most `max`. False if it is none. */
VB_MUST_USE bool vb_parse_number(const char *text, double max, double *value);

#endif
