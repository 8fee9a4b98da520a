/* Why a change was refused, field by field, in words. */
#ifndef VOLTBEACON_API_PROBLEMS_H
#define VOLTBEACON_API_PROBLEMS_H

#include <stdint.h>

#include "voltbeacon/api/json_writer.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/section.h"

enum { VB_PROBLEMS_MAX = 12, VB_PROBLEM_TEXT_SIZE = 176 };

struct vb_problem {
    char field[VB_FIELD_NAME_MAX + 1];
    char text[VB_PROBLEM_TEXT_SIZE];
};

struct vb_problems {
    uint8_t count; /* further ones are dropped */
    struct vb_problem items[VB_PROBLEMS_MAX];
};

/* Too long a name or text is cut. */
void vb_problem_add(struct vb_problems *problems, const char *field, const char *format, ...)
    VB_PRINTF(3, 4);

/* The core's reasons, or a transmitter's. */
void vb_problems_of(struct vb_problems *problems, const struct vb_section *section,
                    const struct vb_reasons *reasons);

/* Writes the first `count` as {"field": "text"}. */
void vb_problems_json(struct vb_json *json, const char *key, const struct vb_problems *problems,
                      uint8_t count);

/* Why a secret may not be set through this receiver. */
extern const char vb_secrets_blocked[];

#endif
