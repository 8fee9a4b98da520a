/* Numbers on the command line, and the size of error messages. */
#ifndef VOLTBEACON_APPS_TEXT_H
#define VOLTBEACON_APPS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/append.h"

enum { VB_ERROR_SIZE = 512 /* bytes of a message to the user */ };

/* Parses a positive number of at most `max`. False if it is not one. */
VB_MUST_USE bool vb_parse_number(const char *text, double max, double *value);

/* Prints a text of several lines, each indented by that many spaces. */
void vb_print_indented(unsigned spaces, const char *text);

#endif
