/* A bounded JSON writer with a sticky overflow flag: write everything, then check `failed` once.
 *
 * It places the commas, so an object may be written by several writers if `comma` is carried along.
 * Its output is valid UTF-8, whatever the input. */
#ifndef VOLTBEACON_JSON_WRITER_H
#define VOLTBEACON_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

struct vb_json {
    char *text; /* not NUL-terminated */
    size_t capacity;
    size_t at;
    bool failed; /* something did not fit: text[0..at) must not be used */
    bool comma;  /* a value precedes at this level */
};

/* The caller keeps ownership of the text. */
struct vb_json vb_json_of(char *text, size_t capacity);

/* Everywhere below, key is NULL for an array's item and for the outermost value. */

void vb_json_object(struct vb_json *json, const char *key);
void vb_json_object_end(struct vb_json *json);
void vb_json_array(struct vb_json *json, const char *key);
void vb_json_array_end(struct vb_json *json);

/* NULL is written as null. */
void vb_json_string(struct vb_json *json, const char *key, const char *text);
void vb_json_integer(struct vb_json *json, const char *key, int64_t value);
/* value * 10^-decimals with exactly so many decimals; decimals at most 9. */
void vb_json_fixed(struct vb_json *json, const char *key, int64_t value, unsigned decimals);
void vb_json_bool(struct vb_json *json, const char *key, bool value);
void vb_json_null(struct vb_json *json, const char *key);
/* The value if it is known, else null. */
void vb_json_integer_if(struct vb_json *json, const char *key, bool known, int64_t value);
void vb_json_fixed_if(struct vb_json *json, const char *key, bool known, int64_t value,
                      unsigned decimals);

VB_C_END

#endif
