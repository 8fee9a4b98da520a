/* The compact form for storing the cells (or temperatures) of a roll-up; its byte layout is in
 * docs/history.md.
 *
 * Means are stored relative to their common mean, minimum and maximum relative to their own mean:
 * about three bytes per cell. */
#ifndef VOLTBEACON_ROLLUP_BYTES_H
#define VOLTBEACON_ROLLUP_BYTES_H

#include <stddef.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/pack/rollup.h"

VB_C_BEGIN

enum {
    VB_ROLLUP_FORM_WHOLE = 1,         /* every value present was in all readings of the span */
    VB_ROLLUP_FORM_COUNTS = 2,        /* counts follow the values */
    VB_ROLLUP_NUMBER_MAX = 100000000, /* no minimum, maximum or mean is further from 0 */
    VB_ROLLUP_BYTES_MAX = 11 + 20 * VB_CELLS_MAX
};

/* count is at most VB_CELLS_MAX; no value was in more readings than there are, and all are within
 * VB_ROLLUP_NUMBER_MAX (asserted). Returns the size. */
size_t vb_rollup_encode(const struct vb_rollup_value *values, uint8_t count, uint32_t readings,
                        uint8_t bytes[VB_ROLLUP_BYTES_MAX]);

/* Decodes at most capacity values of a span of that many readings. VB_ERR_TRUNCATED,
 * VB_ERR_MALFORMED, VB_ERR_TOO_LONG if there are more values, VB_ERR_UNSUPPORTED for another
 * form, VB_ERR_OUT_OF_RANGE for an impossible value. On error do not use values; *count is
 * 0. */
VB_MUST_USE enum vb_err vb_rollup_decode(const uint8_t *bytes, size_t size, uint32_t readings,
                                         struct vb_rollup_value *values, uint8_t capacity,
                                         uint8_t *count);

VB_C_END

#endif
