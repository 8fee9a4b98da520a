/* A section's values in JSON, out and in, by the schema's descriptors. */
#ifndef VOLTBEACON_API_JSON_VALUES_H
#define VOLTBEACON_API_JSON_VALUES_H

#include "json_parser.h"

#include "problems.h"
#include "voltbeacon/core/bytes.h"

/* One field of a decoded struct. A secret is only ever {"set": true or false}. */
void vb_value_json(struct vb_json *json, const char *key, const struct vb_field *field,
                   const void *values);
/* All fields of a decoded struct, as one object. */
void vb_values_json(struct vb_json *json, const char *key, const struct vb_section *section,
                    const void *values);

/* The fields that are named in changes (the form of vb_section_merge), with the values they have
 * there... */
void vb_changes_json(struct vb_json *json, const char *key, const struct vb_section *section,
                     const uint8_t *changes, size_t size);
/* ... and with those they have in a decoded struct. */
void vb_changed_json(struct vb_json *json, const char *key, const struct vb_section *section,
                     const uint8_t *changes, size_t size, const void *values);

/* Turns an object of changed fields into changes. What is wrong with a field is added to problems:
 * an unknown or read-only field, a wrong type, a value out of range, a secret where secrets are not
 * allowed. Rules between fields are not checked. */
void vb_changes_of_json(const struct vb_section *section, const cJSON *object, bool secrets_allowed,
                        struct vb_writer *changes, struct vb_problems *problems);

#endif
