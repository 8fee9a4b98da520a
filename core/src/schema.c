#include "voltbeacon/core/schema.h"

#include <string.h>

#include "schema_bytes.h"
#include "voltbeacon/core/crc.h"
#include "voltbeacon/core/form.h"

/* An invalid row does not compile. */
#define CHECK_NAME(name, size_max, what) \
    _Static_assert(sizeof(#name) - 1 <= (size_max), what " name " #name " is too long");
#define CHECK_INTEGER(name, bits, min, max, default_value, limit_low, limit_high)          \
    _Static_assert((min) <= (max) && (default_value) >= (min) && (default_value) <= (max), \
                   "the default of " #name " is outside its range");                       \
    _Static_assert((min) >= (limit_low) && (max) <= (limit_high),                          \
                   "the range of " #name " does not fit");
#define VB_SECTION(ID, name, id, title, owner, flags, doc)                                 \
    CHECK_NAME(name, VB_SECTION_NAME_MAX, "section")                                       \
    _Static_assert((id) >= 1 && (id) <= VB_SECTION_ID_MAX, "section id");                  \
    _Static_assert(((id) >= VB_SECTION_ID_OWN) == (VB_OWNER_##owner == VB_OWNER_RECEIVER), \
                   "ids from 16 on are the receiver's own");
#define VB_BOOL(section, tag, since, name, ...) CHECK_NAME(name, VB_FIELD_NAME_MAX, "field")
#define VB_ENUM(section, tag, since, name, ...) CHECK_NAME(name, VB_FIELD_NAME_MAX, "field")
#define VB_STRING(section, tag, since, name, size_max, FORM, default_text, ...) \
    CHECK_NAME(name, VB_FIELD_NAME_MAX, "field")                                \
    _Static_assert(sizeof(default_text) - 1 <= (size_max), "the default of " #name " is too long");
#define VB_SECRET(section, tag, since, name, size_max, ...) \
    CHECK_NAME(name, VB_FIELD_NAME_MAX, "field")            \
    _Static_assert((size_max) <= VB_SECRET_BYTES_MAX, "secret " #name " is too long");
#define VB_IPV4(section, tag, since, name, ...) CHECK_NAME(name, VB_FIELD_NAME_MAX, "field")
#define VB_UNSIGNED(section, tag, since, name, bits, min, max, default_value, ...) \
    CHECK_NAME(name, VB_FIELD_NAME_MAX, "field")                                   \
    CHECK_INTEGER(name, bits, min, max, default_value, 0, UINT##bits##_MAX)
#define VB_SIGNED(section, tag, since, name, bits, min, max, default_value, ...) \
    CHECK_NAME(name, VB_FIELD_NAME_MAX, "field")                                 \
    CHECK_INTEGER(name, bits, min, max, default_value, INT##bits##_MIN, INT##bits##_MAX)
#define VB_ARRAY(section, tag, since, name, bits, count_max, count_default, min, max,              \
                 default_value, ...)                                                               \
    CHECK_NAME(name, VB_FIELD_NAME_MAX, "field")                                                   \
    _Static_assert((count_default) <= (count_max), "the default count of " #name " is too large"); \
    CHECK_INTEGER(name, bits, min, max, default_value, 0, UINT##bits##_MAX)
#include "voltbeacon/core/schema_expand.h"

/* A duplicate tag is a duplicate case label. */
#define VB_SECTION(ID, name, id, ...)                        \
    static inline void name##_tags_are_unique(unsigned tag_) \
    {                                                        \
        switch (tag_) {
#define CHECK_TAG(tag)                                                   \
    case (tag): {                                                        \
        _Static_assert((tag) >= 1 && (tag) <= 254, "a tag is 1 to 254"); \
        break;                                                           \
    }
#define VB_BOOL(section, tag, ...) CHECK_TAG(tag)
#define VB_UNSIGNED(section, tag, ...) CHECK_TAG(tag)
#define VB_SIGNED(section, tag, ...) CHECK_TAG(tag)
#define VB_ENUM(section, tag, ...) CHECK_TAG(tag)
#define VB_STRING(section, tag, ...) CHECK_TAG(tag)
#define VB_SECRET(section, tag, ...) CHECK_TAG(tag)
#define VB_IPV4(section, tag, ...) CHECK_TAG(tag)
#define VB_ARRAY(section, tag, ...) CHECK_TAG(tag)
#define VB_SECTION_END(name) \
    default:                 \
        break;               \
        }                    \
        }
#include "voltbeacon/core/schema_expand.h"

/* The values of enums, by list. */
#define VALUE_TEXT(LIST, NAME, text) text,
#define LIST_TEXTS(LIST) \
    static const char *const values_##LIST[] = {VB_LIST_##LIST(VALUE_TEXT, LIST)};
VB_LISTS(LIST_TEXTS)

#define PLACE(section, name) .offset = (uint16_t)offsetof(struct vb_##section##_values, name)
#define COMMON(tag_, since_, name_, flags_, title_, acts_, doc_)                            \
    .tag = (tag_), .since = (since_), .name = #name_, .flags = (flags_), .title = (title_), \
    .acts = (acts_), .doc = (doc_)

#define VB_SECTION(ID, name, ...) static const struct vb_field fields_##name[] = {
#define VB_BOOL(section, tag, since, name, default_value_, flags, title, acts, doc) \
    {COMMON(tag, since, name, flags, title, acts, doc),                             \
     PLACE(section, name),                                                          \
     .type = VB_TYPE_BOOL,                                                          \
     .width = 1,                                                                    \
     .max = 1,                                                                      \
     .unit = "",                                                                    \
     .default_value = (default_value_)},
#define VB_UNSIGNED(section, tag, since, name, bits, min_, max_, default_, unit_, decimals_, \
                    flags, title, acts, doc)                                                 \
    {COMMON(tag, since, name, flags, title, acts, doc),                                      \
     PLACE(section, name),                                                                   \
     .type = VB_TYPE_UNSIGNED,                                                               \
     .width = (bits) / 8,                                                                    \
     .min = (min_),                                                                          \
     .max = (max_),                                                                          \
     .default_value = (default_),                                                            \
     .unit = (unit_),                                                                        \
     .decimals = (decimals_)},
#define VB_SIGNED(section, tag, since, name, bits, min_, max_, default_, unit_, decimals_, flags, \
                  title, acts, doc)                                                               \
    {COMMON(tag, since, name, flags, title, acts, doc),                                           \
     PLACE(section, name),                                                                        \
     .type = VB_TYPE_SIGNED,                                                                      \
     .width = (bits) / 8,                                                                         \
     .min = (uint32_t)(min_),                                                                     \
     .max = (uint32_t)(max_),                                                                     \
     .default_value = (uint32_t)(default_),                                                       \
     .unit = (unit_),                                                                             \
     .decimals = (decimals_)},
#define VB_ENUM(section, tag, since, name, LIST, DEFAULT, flags, title, acts, doc) \
    {COMMON(tag, since, name, flags, title, acts, doc),                            \
     PLACE(section, name),                                                         \
     .type = VB_TYPE_ENUM,                                                         \
     .width = 1,                                                                   \
     .max = sizeof values_##LIST / sizeof values_##LIST[0] - 1,                    \
     .values = values_##LIST,                                                      \
     .default_value = VB_##LIST##_##DEFAULT,                                       \
     .unit = ""},
#define VB_STRING(section, tag, since, name, size_max_, FORM, default_text_, flags, title, acts, \
                  doc)                                                                           \
    {COMMON(tag, since, name, flags, title, acts, doc),                                          \
     PLACE(section, name),                                                                       \
     .type = VB_TYPE_STRING,                                                                     \
     .form = VB_FORM_##FORM,                                                                     \
     .size_max = (size_max_),                                                                    \
     .default_text = (default_text_),                                                            \
     .unit = ""},
#define VB_SECRET(section, tag, since, name, size_max_, flags, title, acts, doc) \
    {COMMON(tag, since, name, flags, title, acts, doc), PLACE(section, name),    \
     .type = VB_TYPE_SECRET, .size_max = (size_max_), .unit = ""},
#define VB_IPV4(section, tag, since, name, default_text_, flags, title, acts, doc) \
    {COMMON(tag, since, name, flags, title, acts, doc), PLACE(section, name),      \
     .type = VB_TYPE_IPV4, .default_text = (default_text_), .unit = ""},
#define VB_ARRAY(section, tag, since, name, bits, count_max, count_default_, min_, max_, default_, \
                 unit_, decimals_, flags, title, acts, doc)                                        \
    {COMMON(tag, since, name, flags, title, acts, doc),                                            \
     PLACE(section, name),                                                                         \
     .type = VB_TYPE_ARRAY,                                                                        \
     .count_offset = (uint16_t)offsetof(struct vb_##section##_values, name##_count),               \
     .width = (bits) / 8,                                                                          \
     .size_max = (count_max),                                                                      \
     .count_default = (count_default_),                                                            \
     .min = (min_),                                                                                \
     .max = (max_),                                                                                \
     .default_value = (default_),                                                                  \
     .unit = (unit_),                                                                              \
     .decimals = (decimals_)},
#define VB_SECTION_END(name)                                            \
    }                                                                   \
    ;                                                                   \
    _Static_assert(VB_COUNT_OF(fields_##name) <= VB_SECTION_FIELDS_MAX, \
                   "too many fields in " #name);
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/schema_expand.h"

/* Rules name fields by their C name; this looks up their tags. A row ends in an empty rule, so that
 * a section without rules has a table too. */
#define VB_SECTION(ID, name, ...) \
    enum name##_tag               \
    {
#define TAG_OF(section, tag, name) section##_tag_##name = (tag),
#define VB_BOOL(section, tag, since, name, ...) TAG_OF(section, tag, name)
#define VB_UNSIGNED(section, tag, since, name, ...) TAG_OF(section, tag, name)
#define VB_SIGNED(section, tag, since, name, ...) TAG_OF(section, tag, name)
#define VB_ENUM(section, tag, since, name, ...) TAG_OF(section, tag, name)
#define VB_STRING(section, tag, since, name, ...) TAG_OF(section, tag, name)
#define VB_SECRET(section, tag, since, name, ...) TAG_OF(section, tag, name)
#define VB_IPV4(section, tag, since, name, ...) TAG_OF(section, tag, name)
#define VB_ARRAY(section, tag, since, name, ...) TAG_OF(section, tag, name)
#define VB_SECTION_END(name) \
    }                        \
    ;
#include "voltbeacon/core/schema_expand.h"

#define VB_SECTION(ID, name, ...) static const struct vb_rule rules_##name[] = {
#define VB_LESS(section, field_, other_, doc_) \
    {.kind = VB_RULE_LESS,                     \
     .field = section##_tag_##field_,          \
     .other = section##_tag_##other_,          \
     .doc = (doc_)},
#define VB_REQUIRES(section, field_, value_, other_, doc_) \
    {.kind = VB_RULE_REQUIRES,                             \
     .field = section##_tag_##field_,                      \
     .value = (value_),                                    \
     .other = section##_tag_##other_,                      \
     .doc = (doc_)},
#define VB_BOUND(section, secret_, other_, doc_) \
    {.kind = VB_RULE_BOUND,                      \
     .field = section##_tag_##secret_,           \
     .other = section##_tag_##other_,            \
     .doc = (doc_)},
#define VB_SECTION_END(name) \
    {                        \
        .doc = NULL          \
    }                        \
    }                        \
    ;
#include "voltbeacon/core/schema_expand.h"

const struct vb_section vb_sections[] = {
#define VB_SECTION(ID, name_, id_, title_, owner_, flags_, doc_) \
    {.name = #name_,                                             \
     .id = (id_),                                                \
     .title = (title_),                                          \
     .owner = VB_OWNER_##owner_,                                 \
     .flags = (flags_),                                          \
     .doc = (doc_),                                              \
     .fields = fields_##name_,                                   \
     .field_count = VB_COUNT_OF(fields_##name_),                 \
     .rules = rules_##name_,                                     \
     .rule_count = VB_COUNT_OF(rules_##name_) - 1,               \
     .values_size = sizeof(struct vb_##name_##_values),          \
     .bytes_max = bytes_max_##name_},
#include "voltbeacon/core/schema_expand.h"
};

const uint8_t vb_section_count = VB_COUNT_OF(vb_sections);

enum {
#define VB_SECTION(ID, name, ...) index_##name,
#include "voltbeacon/core/schema_expand.h"
};

/* A switch, so that a duplicate id is a duplicate case label. */
const struct vb_section *vb_section_by_id(uint8_t id)
{
    switch (id) {
#define VB_SECTION(ID, name, id, ...) \
    case (id):                        \
        return &vb_sections[index_##name];
#include "voltbeacon/core/schema_expand.h"
    default:
        return NULL;
    }
}

static bool same_text(const char *a, const char *b)
{
    const size_t length = strlen(a);
    return length == strlen(b) && memcmp(a, b, length) == 0;
}

const struct vb_section *vb_section_by_name(const char *name)
{
    for (uint8_t i = 0; i < vb_section_count; i++) {
        if (same_text(vb_sections[i].name, name))
            return &vb_sections[i];
    }
    return NULL;
}

const struct vb_field *vb_field_by_tag(const struct vb_section *section, uint8_t tag)
{
    for (uint8_t i = 0; i < section->field_count; i++) {
        if (section->fields[i].tag == tag)
            return &section->fields[i];
    }
    return NULL;
}

const struct vb_field *vb_field_by_name(const struct vb_section *section, const char *name)
{
    for (uint8_t i = 0; i < section->field_count; i++) {
        if (same_text(section->fields[i].name, name))
            return &section->fields[i];
    }
    return NULL;
}

const char *vb_field_type_name(const struct vb_field *field)
{
    static const char *const names[] = {
        [VB_TYPE_UNSIGNED] = "unsigned", [VB_TYPE_SIGNED] = "signed", [VB_TYPE_BOOL] = "boolean",
        [VB_TYPE_ENUM] = "enum",         [VB_TYPE_STRING] = "string", [VB_TYPE_SECRET] = "secret",
        [VB_TYPE_IPV4] = "ipv4",         [VB_TYPE_ARRAY] = "array",
    };
    VB_ASSERT(field->type < VB_COUNT_OF(names));
    return names[field->type];
}

uint32_t vb_schema_revision(void)
{
    uint32_t crc = 0;
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        crc = vb_crc32c(crc, &section->id, 1);
        for (uint8_t j = 0; j < section->field_count; j++) {
            const struct vb_field *field = &section->fields[j];
            const uint8_t kind[3] = {field->tag, field->type, field->width};
            crc = vb_crc32c(crc, kind, sizeof kind);
            crc = vb_crc32c(crc, (const uint8_t *)field->name, strlen(field->name));
        }
    }
    return crc;
}
