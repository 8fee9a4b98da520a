/* The schema as the program sees it: a struct and an id per section, and constant descriptors of
 * every section, field and rule. All of it expands from core/schema/sections.def. */
#ifndef VOLTBEACON_SCHEMA_H
#define VOLTBEACON_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum {
    VB_SECTION_NAME_MAX = 15,    /* characters: a section is one blob in the ESP32's store */
    VB_FIELD_NAME_MAX = 31,      /* characters */
    VB_SECTION_BYTES_MAX = 4096, /* encoded */
    VB_SECTION_FIELDS_MAX = 32,
    VB_SECRET_BYTES_MAX = 64
};

enum vb_owner { VB_OWNER_TRANSMITTER, VB_OWNER_RECEIVER };

enum vb_section_flag {
    VB_SECTION_ON_TRIAL = 1 << 0 /* a remote edit reverts unless a receiver is heard afterwards */
};

enum vb_field_flag { VB_FIELD_READ_ONLY = 1, VB_FIELD_NOT_YET = 2, VB_FIELD_FIXED = 1 | 2 };
enum vb_field_type {
    VB_TYPE_UNSIGNED, /* uint8_t, uint16_t or uint32_t by width */
    VB_TYPE_SIGNED,   /* int8_t, int16_t or int32_t by width */
    VB_TYPE_BOOL,     /* bool */
    VB_TYPE_ENUM,     /* uint8_t, an index into values */
    VB_TYPE_STRING,   /* char[size_max + 1], UTF-8 without control characters, NUL-terminated */
    VB_TYPE_SECRET,   /* struct vb_secret */
    VB_TYPE_IPV4,     /* uint8_t[4], in written order */
    VB_TYPE_ARRAY     /* unsigned of width, size_max items, with a uint16_t count beside it */
};

/* All that is known about a secret outside the transmitter's own store. */
struct vb_secret {
    bool set;
    uint32_t stamp; /* random, new at each change; 0 when not set */
};

struct vb_field {
    const char *name;
    const char *title;
    const char *unit;          /* "" = none */
    const char *doc;           /* one line of help */
    const char *acts;          /* what uses it; NULL: stored and shown, not enforced */
    const char *since;         /* the release that introduced it */
    const char *default_text;  /* of strings and IPv4 addresses; NULL otherwise */
    const char *const *values; /* of enums: max + 1 names; NULL otherwise */
    uint32_t min;              /* two's complement if signed */
    uint32_t max;
    uint32_t default_value;
    uint16_t offset;        /* of the value in the section's struct */
    uint16_t count_offset;  /* of an array's count */
    uint16_t size_max;      /* string, secret: bytes; array: items */
    uint16_t count_default; /* array */
    uint8_t tag;
    uint8_t type;     /* enum vb_field_type */
    uint8_t width;    /* bytes of an integer, or of an array's item */
    uint8_t decimals; /* shown value = integer * 10^-decimals */
    uint8_t flags;    /* enum vb_field_flag */
    uint8_t form;     /* enum vb_form, of a string */
};

enum vb_rule_kind {
    VB_RULE_LESS,     /* field < other */
    VB_RULE_REQUIRES, /* field == value: other must not be empty */
    VB_RULE_BOUND     /* an edit that changes other without bringing field, a secret, unsets it */
};

struct vb_rule {
    uint8_t kind;  /* enum vb_rule_kind */
    uint8_t field; /* tags */
    uint8_t other;
    uint8_t value; /* VB_RULE_REQUIRES */
    const char *doc;
};

struct vb_section {
    const char *name;
    const char *title;
    const char *doc;
    const struct vb_field *fields;
    const struct vb_rule *rules;
    uint16_t values_size; /* of its struct */
    uint16_t bytes_max;   /* encoded by this firmware, without unknown fields */
    uint8_t field_count;
    uint8_t rule_count;
    uint8_t id;    /* 1 to 15: the transmitter's, 16 to 30: the receiver's own */
    uint8_t owner; /* enum vb_owner */
    uint8_t flags; /* enum vb_section_flag */
};

/* VB_SECTION_MQTT = 1, ... */
enum vb_section_id {
#define VB_SECTION(ID, name, id, title, owner, flags, doc) VB_SECTION_##ID = (id),
#include "voltbeacon/core/schema_expand.h"
};

enum {
    VB_SECTION_ID_OWN = 16, /* from here on the receiver's own */
    VB_SECTION_ID_MAX = 30
};

/* enum vb_list_theme { VB_THEME_AUTO, ... }, for each list of values. */
#define VB_LIST_VALUE(LIST, NAME, text) VB_##LIST##_##NAME,
#define VB_LIST_ENUM(LIST) enum vb_list_##LIST{VB_LIST_##LIST(VB_LIST_VALUE, LIST)};
VB_LISTS(VB_LIST_ENUM)
#undef VB_LIST_ENUM
#undef VB_LIST_VALUE
/* struct vb_mqtt_values { bool enabled; char server[64]; ... }, for each section. */
#define VB_SECTION(ID, name, id, title, owner, flags, doc) struct vb_##name##_values {
#define VB_BOOL(section, tag, since, name, ...) bool name;
#define VB_UNSIGNED(section, tag, since, name, bits, ...) uint##bits##_t name;
#define VB_SIGNED(section, tag, since, name, bits, ...) int##bits##_t name;
#define VB_ENUM(section, tag, since, name, ...) uint8_t name;
#define VB_STRING(section, tag, since, name, size_max, FORM, ...) char name[(size_max) + 1];
#define VB_SECRET(section, tag, since, name, ...) struct vb_secret name;
#define VB_IPV4(section, tag, since, name, ...) uint8_t name[4];
#define VB_ARRAY(section, tag, since, name, bits, count_max, ...) \
    uint16_t name##_count;                                        \
    uint##bits##_t name[count_max];
#define VB_SECTION_END(name) \
    }                        \
    ;
#include "voltbeacon/core/schema_expand.h"

/* Room for any section's struct. */
union vb_values {
#define VB_SECTION(ID, name, id, title, owner, flags, doc) struct vb_##name##_values name;
#include "voltbeacon/core/schema_expand.h"
};

/* All sections, by ascending id. */
extern const struct vb_section vb_sections[];
extern const uint8_t vb_section_count;
/* CRC-32C over the names, tags and types of all fields: equal if two devices know the same. */
uint32_t vb_schema_revision(void);
/* NULL if this firmware does not know it. */
const struct vb_section *vb_section_by_id(uint8_t id);
const struct vb_section *vb_section_by_name(const char *name);
const struct vb_field *vb_field_by_tag(const struct vb_section *section, uint8_t tag);
const struct vb_field *vb_field_by_name(const struct vb_section *section, const char *name);
/* "unsigned", "boolean", ...: a field's type as the API and the docs name it. */
const char *vb_field_type_name(const struct vb_field *field);

VB_C_END

#endif
