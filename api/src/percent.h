/* %xx in the paths and queries of requests. */
#ifndef VOLTBEACON_API_PERCENT_H
#define VOLTBEACON_API_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

#include "voltbeacon/core/platform.h"

/* Resolves every %xx of the first length bytes of text into decoded, which has room for capacity
 * bytes, its NUL included. False where one is malformed, a control character comes of it, or it is
 * too long: decoded then holds what came before it, without a NUL. */
VB_MUST_USE bool vb_percent_decode(const char *text, size_t length, char *decoded, size_t capacity);

#endif
