/* Why a change was refused, field by field, in words: written as they are
 * found, straight into the answer's buffer, so that a dozen of them need no room on the stack. */
#ifndef VOLTBEACON_API_PROBLEMS_H
#define VOLTBEACON_API_PROBLEMS_H

#include <stdint.h>

#include "voltbeacon/api/json_writer.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/section.h"

enum { VB_PROBLEMS_MAX = 12, VB_PROBLEM_TEXT_SIZE = 176 };

struct vb_problems {
    uint8_t count;       /* further ones than VB_PROBLEMS_MAX are dropped */
    struct vb_json json; /* the members of an object; those that did not fit are left out */
};

/* None yet; they will be written to text, which stays the caller's. */
struct vb_problems vb_problems_in(char *text, size_t capacity);

/* Too long a name or text is cut. */
void vb_problem_add(struct vb_problems *problems, const char *field, const char *format, ...)
    VB_PRINTF(3, 4);

/* The core's reasons, or a transmitter's. */
void vb_problems_of(struct vb_problems *problems, const struct vb_section *section,
                    const struct vb_reasons *reasons);

/* Likewise, as {"field": "text"}. */
void vb_reasons_json(struct vb_json *json, const char *key, const struct vb_section *section,
                     const struct vb_reasons *reasons);

/* Why a secret may not be set through this receiver. */
extern const char vb_secrets_blocked[];

#endif
