/* A request's query, parameter by parameter. */
#ifndef VOLTBEACON_API_QUERY_H
#define VOLTBEACON_API_QUERY_H

#include <stddef.h>

#include "call.h"

/* Values may be a list of cells; the names of all parameters make one sentence. */
enum { VB_QUERY_VALUE_SIZE = 200, VB_QUERY_KNOWN_SIZE = 200 };

/* What vb_moment_parse() takes. */
#define VB_QUERY_MOMENT "a time like 2026-11-22T20:00:00Z, or seconds since 1970"

/* Passes every query parameter to its taker. False, and a 400 answer begun that names the
 * parameter, if one is unknown, malformed or refused. */
VB_MUST_USE bool vb_query_read(struct vb_call *call, const struct vb_query_param *params,
                               size_t count, void *ctx);

/* A positive decimal number of at most max. */
VB_MUST_USE bool vb_query_number(const char *value, uint64_t max, uint64_t *number);

#endif
