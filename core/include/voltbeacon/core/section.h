/* A section's content: its wire and stored form, and the struct decoded from it.
 *
 * The form is {tag u8, length varint, value little-endian}*. It is kept verbatim wherever a section
 * is sent or stored; the struct is only a view. A tag this firmware does not know is skipped, and
 * kept on rewrite; an absent one takes its default. A secret is represented as set/unset and a
 * stamp, never as text. */
#ifndef VOLTBEACON_SECTION_H
#define VOLTBEACON_SECTION_H

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/err.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/schema.h"

VB_C_BEGIN

enum { VB_REASONS_MAX = 8 };

/* Why one field was refused. */
struct vb_reason {
    uint8_t tag;
    int8_t err;   /* enum vb_err: OUT_OF_RANGE, READ_ONLY, WRONG_TYPE, TOO_LONG, RULE, NOT_FOUND,
                     NOT_ALLOWED, MALFORMED */
    uint8_t rule; /* index into the section's rules, with VB_ERR_RULE */
};

struct vb_reasons {
    uint8_t count; /* further ones are dropped */
    struct vb_reason items[VB_REASONS_MAX];
};

void vb_reasons_add(struct vb_reasons *reasons, uint8_t tag, enum vb_err err, uint8_t rule);

/* One section's changes, in the form of vb_section_merge. */
struct vb_section_change {
    uint8_t section; /* id */
    const uint8_t *bytes;
    size_t size;
};

/* Completes a sentence, "<the field> <text>", or is one if a rule is broken. A string without its
 * form is "of another type". Static storage. */
const char *vb_reason_text(const struct vb_section *section, const struct vb_reason *reason);

/* Sets *values (the section's own struct, or a union vb_values) to the defaults. */
void vb_section_defaults(const struct vb_section *section, void *values);

/* Writes every field. Returns the size, or VB_ERR_TOO_LONG. */
VB_MUST_USE int vb_section_encode(const struct vb_section *section, const void *values,
                                  uint8_t *bytes, size_t capacity);

/* What decoding found besides good values. */
struct vb_decode_notes {
    uint32_t
        repaired;    /* bit n: field n was out of range or of a wrong length and took its default */
    uint32_t absent; /* bit n: field n was not there */
    uint16_t unknown_count; /* tags this firmware does not know */
};

/* Decodes bytes into *values. A field that is out of range takes its default, as notes report.
 * Returns VB_ERR_MALFORMED (*values is then undefined) if the form itself is broken or a tag
 * appears twice. notes may be NULL. */
VB_MUST_USE enum vb_err vb_section_decode(const struct vb_section *section, const uint8_t *bytes,
                                          size_t size, void *values, struct vb_decode_notes *notes);

/* Checks the range of every field and every rule between fields. VB_ERR_OK, or VB_ERR_OUT_OF_RANGE
 * and the reasons. */
VB_MUST_USE enum vb_err vb_section_check(const struct vb_section *section, const void *values,
                                         struct vb_reasons *reasons);

/* Whether bytes have the form of a section, known or not: tags and lengths add up, no tag twice. */
VB_MUST_USE bool vb_section_well_formed(const uint8_t *bytes, size_t size);

/* Finds one field's value in the form. NULL if it is absent. */
const uint8_t *vb_section_find(const uint8_t *bytes, size_t size, uint8_t tag, size_t *value_size);

/* Applies changes (the same form, only the changed fields) to base. Unknown tags of base are kept;
 * those of changes are refused. Checks types, ranges, forms, read-only flags and rules; strings are
 * trimmed; a secret in changes is its text (empty = cleared), in base and result its state, for
 * which `stamp` is used. A secret bound to a field whose value changes, and not in changes itself,
 * is unset. Returns the result's size; VB_ERR_OUT_OF_RANGE with reasons; VB_ERR_TOO_LONG;
 * VB_ERR_MALFORMED. result must not overlap. */
VB_MUST_USE int vb_section_merge(const struct vb_section *section, const uint8_t *base,
                                 size_t base_size, const uint8_t *changes, size_t changes_size,
                                 uint32_t stamp, uint8_t *result, size_t capacity,
                                 struct vb_reasons *reasons);

/* Applies changes to base as they are: no check of ranges, read-only flags or rules, for changes
 * known to be valid; a secret is its state. Returns the result's size or VB_ERR_TOO_LONG. */
VB_MUST_USE int vb_section_lay_over(const uint8_t *base, size_t base_size, const uint8_t *changes,
                                    size_t changes_size, uint8_t *result, size_t capacity);

/* The changes that turn base into target, if there are any: their size; VB_ERR_NOT_FOUND if target
 * lacks a field that base has; VB_ERR_TOO_LONG. The order of fields in the result is base's, so the
 * caller compares. */
VB_MUST_USE int vb_section_difference(const uint8_t *base, size_t base_size, const uint8_t *target,
                                      size_t target_size, uint8_t *changes, size_t capacity);

/* Writes one field of a struct as {tag, length, value}. */
void vb_field_encode(struct vb_writer *writer, const struct vb_field *field, const void *values);

/* "192.168.1.2", with nothing before or after. */
VB_MUST_USE bool vb_ipv4_parse(const char *text, uint8_t ipv4[4]);

/* Writes one field's value as text, as shown to people and on the command line: "1883", "static",
 * "192.168.1.2", "1,2,3"; a secret is "set" or "not set". Always NUL-terminated; truncated to
 * fit. */
void vb_field_format(const struct vb_field *field, const void *values, char *text, size_t capacity);

/* Parses such a text into one {tag, length, value}. Returns its size; VB_ERR_WRONG_TYPE,
 * VB_ERR_OUT_OF_RANGE, VB_ERR_TOO_LONG (for the field), VB_ERR_READ_ONLY. The text of a secret is
 * the secret itself; empty clears it. */
VB_MUST_USE int vb_field_parse(const struct vb_field *field, const char *text, uint8_t *bytes,
                               size_t capacity);

/* The integer in a decoded struct: unsigned, signed (sign-extended), bool, enum. */
int64_t vb_field_integer(const struct vb_field *field, const void *values);
/* Item `index` of an array; index < vb_field_count. */
uint32_t vb_field_item(const struct vb_field *field, const void *values, uint16_t index);
uint16_t vb_field_count(const struct vb_field *field, const void *values);
/* Where a string or IPv4 address is in a decoded struct. */
const char *vb_field_string(const struct vb_field *field, const void *values);
const uint8_t *vb_field_ipv4(const struct vb_field *field, const void *values);
const struct vb_secret *vb_field_secret(const struct vb_field *field, const void *values);

/* Writers of a change, for code that parses values from elsewhere. Each writes {tag, length,
 * value}; the range is not checked. */
void vb_change_integer(struct vb_writer *writer, const struct vb_field *field, int64_t value);
void vb_change_bytes(struct vb_writer *writer, const struct vb_field *field, const uint8_t *value,
                     size_t size);
void vb_change_items(struct vb_writer *writer, const struct vb_field *field, const uint32_t *items,
                     uint16_t count);
/* The same in pieces: the number of values in an array, then each of them. */
void vb_change_items_begin(struct vb_writer *writer, const struct vb_field *field, uint16_t count);
void vb_change_item(struct vb_writer *writer, const struct vb_field *field, uint32_t value);

/* Identifies a content in an edit's condition: CRC-32C of the bytes. */
uint32_t vb_section_hash(const uint8_t *bytes, size_t size);

VB_C_END

#endif
