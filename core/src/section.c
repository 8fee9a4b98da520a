#include "voltbeacon/core/section.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/crc.h"
#include "voltbeacon/core/form.h"

/* One {tag, length, value} of a section's form. */
struct item {
    uint8_t tag;
    const uint8_t *value;
    size_t size;
};

static bool read_item(struct vb_reader *reader, struct item *item)
{
    item->tag = vb_read_u8(reader);
    item->size = vb_read_varint(reader);
    item->value = vb_read_view(reader, item->size);
    return !reader->failed && item->tag != 0 && item->tag != 255;
}

/* False at the end, and if the form is broken. */
static bool next_item(struct vb_reader *reader, struct item *item)
{
    return vb_reader_left(reader) > 0 && read_item(reader, item);
}

static void write_item(struct vb_writer *writer, const struct item *item)
{
    vb_write_u8(writer, item->tag);
    vb_write_varint(writer, (uint32_t)item->size);
    vb_write_bytes(writer, item->value, item->size);
}

/* Integers of 1 to 4 bytes, so that a field may be widened later. */
static uint32_t little_endian(const uint8_t *bytes, size_t size)
{
    uint32_t value = 0;
    for (size_t i = size; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

static uint32_t sign_extended(uint32_t value, size_t size)
{
    const uint32_t sign = 1u << (8 * size - 1);
    return size == 4 ? value : (value ^ sign) - sign;
}

static bool in_range(const struct vb_field *field, uint32_t value)
{
    if (field->type == VB_TYPE_SIGNED)
        return (int32_t)value >= (int32_t)field->min && (int32_t)value <= (int32_t)field->max;
    return value >= field->min && value <= field->max;
}

/* ---- Values in a decoded struct ---- */

static const uint8_t *place(const struct vb_field *field, const void *values)
{
    return (const uint8_t *)values + field->offset;
}

static uint32_t load(const uint8_t *at, uint8_t width)
{
    uint16_t half;
    uint32_t whole;
    switch (width) {
    case 1:
        return *at;
    case 2:
        memcpy(&half, at, sizeof half);
        return half;
    default:
        VB_ASSERT(width == 4);
        memcpy(&whole, at, sizeof whole);
        return whole;
    }
}

static void save(uint8_t *at, uint8_t width, uint32_t value)
{
    const uint8_t byte = (uint8_t)value;
    const uint16_t half = (uint16_t)value;
    switch (width) {
    case 1:
        *at = byte;
        break;
    case 2:
        memcpy(at, &half, sizeof half);
        break;
    default:
        VB_ASSERT(width == 4);
        memcpy(at, &value, sizeof value);
        break;
    }
}

int64_t vb_field_integer(const struct vb_field *field, const void *values)
{
    const uint32_t raw = load(place(field, values), field->width);
    if (field->type == VB_TYPE_SIGNED)
        return (int32_t)sign_extended(raw, field->width);
    return raw;
}

uint16_t vb_field_count(const struct vb_field *field, const void *values)
{
    VB_ASSERT(field->type == VB_TYPE_ARRAY);
    uint16_t count;
    memcpy(&count, (const uint8_t *)values + field->count_offset, sizeof count);
    return count;
}

uint32_t vb_field_item(const struct vb_field *field, const void *values, uint16_t index)
{
    VB_ASSERT(index < vb_field_count(field, values));
    return load(place(field, values) + (size_t)index * field->width, field->width);
}

const char *vb_field_string(const struct vb_field *field, const void *values)
{
    VB_ASSERT(field->type == VB_TYPE_STRING);
    return (const char *)place(field, values);
}

const uint8_t *vb_field_ipv4(const struct vb_field *field, const void *values)
{
    VB_ASSERT(field->type == VB_TYPE_IPV4);
    return place(field, values);
}

const struct vb_secret *vb_field_secret(const struct vb_field *field, const void *values)
{
    VB_ASSERT(field->type == VB_TYPE_SECRET);
    return (const struct vb_secret *)(const void *)place(field, values);
}

/* ---- One field, from its wire form into a struct ---- */

/* Printable UTF-8: no control characters, no broken or overlong sequence. */
static bool good_text(const uint8_t *bytes, size_t size)
{
    static const uint32_t least[4] = {0, 0x80, 0x800, 0x10000};
    for (size_t at = 0; at < size;) {
        const uint8_t lead = bytes[at++];
        if (lead < 0x80) {
            if (lead < 0x20 || lead == 0x7f)
                return false;
            continue;
        }
        const unsigned more = lead >= 0xf0 && lead < 0xf8 ? 3 : lead >= 0xe0 ? 2 : 1;
        if (lead < 0xc0 || lead >= 0xf8 || size - at < more)
            return false;
        uint32_t point = lead & (0x3fu >> more);
        for (unsigned i = 0; i < more; i++, at++) {
            if ((bytes[at] & 0xc0) != 0x80)
                return false;
            point = point << 6 | (bytes[at] & 0x3fu);
        }
        if (point < least[more] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
            return false;
    }
    return true;
}

static enum vb_err check_items(const struct vb_field *field, const uint8_t *value, size_t size)
{
    if (size % field->width != 0)
        return VB_ERR_WRONG_TYPE;
    if (size / field->width > field->size_max)
        return VB_ERR_TOO_LONG;
    for (size_t at = 0; at < size; at += field->width) {
        if (!in_range(field, little_endian(value + at, field->width)))
            return VB_ERR_OUT_OF_RANGE;
    }
    return VB_ERR_OK;
}

/* Whether a wire value is valid for this field. A secret is its state here, not its text. */
static enum vb_err check_value(const struct vb_field *field, const uint8_t *value, size_t size)
{
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_BOOL:
    case VB_TYPE_ENUM:
        if (size < 1 || size > 4)
            return VB_ERR_WRONG_TYPE;
        return in_range(field, little_endian(value, size)) ? VB_ERR_OK : VB_ERR_OUT_OF_RANGE;
    case VB_TYPE_SIGNED:
        if (size < 1 || size > 4)
            return VB_ERR_WRONG_TYPE;
        return in_range(field, sign_extended(little_endian(value, size), size))
                   ? VB_ERR_OK
                   : VB_ERR_OUT_OF_RANGE;
    case VB_TYPE_STRING:
        if (size > field->size_max)
            return VB_ERR_TOO_LONG;
        return good_text(value, size) ? VB_ERR_OK : VB_ERR_MALFORMED;
    case VB_TYPE_SECRET:
        return size == 0 || size == 4 ? VB_ERR_OK : VB_ERR_WRONG_TYPE;
    case VB_TYPE_IPV4:
        return size == 4 ? VB_ERR_OK : VB_ERR_WRONG_TYPE;
    case VB_TYPE_ARRAY:
        return check_items(field, value, size);
    }
    return VB_ERR_WRONG_TYPE;
}

/* Puts a checked wire value into the struct. */
static void set_value(const struct vb_field *field, const uint8_t *value, size_t size, void *values)
{
    uint8_t *at = (uint8_t *)values + field->offset;
    struct vb_secret secret = {.set = size == 4};
    const uint16_t count = (uint16_t)(field->width == 0 ? 0 : size / field->width);
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_BOOL:
    case VB_TYPE_ENUM:
        save(at, field->width, little_endian(value, size));
        break;
    case VB_TYPE_SIGNED:
        save(at, field->width, sign_extended(little_endian(value, size), size));
        break;
    case VB_TYPE_STRING:
        memset(at, 0, (size_t)field->size_max + 1);
        memcpy(at, value, size);
        break;
    case VB_TYPE_SECRET:
        secret.stamp = little_endian(value, size);
        memcpy(at, &secret, sizeof secret);
        break;
    case VB_TYPE_IPV4:
        memcpy(at, value, size);
        break;
    case VB_TYPE_ARRAY:
        memcpy((uint8_t *)values + field->count_offset, &count, sizeof count);
        for (uint16_t i = 0; i < count; i++)
            save(at + (size_t)i * field->width, field->width,
                 little_endian(value + (size_t)i * field->width, field->width));
        break;
    }
}

static void set_default(const struct vb_field *field, void *values)
{
    uint8_t *at = (uint8_t *)values + field->offset;
    uint8_t ipv4[4] = {0};
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_BOOL:
    case VB_TYPE_ENUM:
    case VB_TYPE_SIGNED:
        save(at, field->width, field->default_value);
        break;
    case VB_TYPE_STRING:
        set_value(field, (const uint8_t *)field->default_text, strlen(field->default_text), values);
        break;
    case VB_TYPE_SECRET:
        set_value(field, ipv4, 0, values);
        break;
    case VB_TYPE_IPV4: {
        const bool parsed = vb_ipv4_parse(field->default_text, ipv4);
        VB_ASSERT(parsed);
        memcpy(at, ipv4, sizeof ipv4);
        break;
    }
    case VB_TYPE_ARRAY:
        memcpy((uint8_t *)values + field->count_offset, &field->count_default,
               sizeof field->count_default);
        for (uint16_t i = 0; i < field->count_default; i++)
            save(at + (size_t)i * field->width, field->width, field->default_value);
        break;
    }
}

void vb_section_defaults(const struct vb_section *section, void *values)
{
    memset(values, 0, section->values_size);
    for (uint8_t i = 0; i < section->field_count; i++)
        set_default(&section->fields[i], values);
}

/* ---- The form ---- */

void vb_change_integer(struct vb_writer *writer, const struct vb_field *field, int64_t value)
{
    vb_write_u8(writer, field->tag);
    vb_write_varint(writer, field->width);
    const uint32_t raw = (uint32_t)value;
    for (unsigned i = 0; i < field->width; i++)
        vb_write_u8(writer, (uint8_t)(raw >> (8 * i)));
}

void vb_change_bytes(struct vb_writer *writer, const struct vb_field *field, const uint8_t *value,
                     size_t size)
{
    write_item(writer, &(struct item){.tag = field->tag, .value = value, .size = size});
}

void vb_change_items_begin(struct vb_writer *writer, const struct vb_field *field, uint16_t count)
{
    vb_write_u8(writer, field->tag);
    vb_write_varint(writer, (uint32_t)count * field->width);
}

void vb_change_item(struct vb_writer *writer, const struct vb_field *field, uint32_t value)
{
    for (unsigned byte = 0; byte < field->width; byte++)
        vb_write_u8(writer, (uint8_t)(value >> (8 * byte)));
}

void vb_change_items(struct vb_writer *writer, const struct vb_field *field, const uint32_t *items,
                     uint16_t count)
{
    vb_change_items_begin(writer, field, count);
    for (uint16_t i = 0; i < count; i++)
        vb_change_item(writer, field, items[i]);
}

static void encode_array(struct vb_writer *writer, const struct vb_field *field, const void *values)
{
    const uint16_t count = vb_field_count(field, values);
    VB_ASSERT(count <= field->size_max);
    vb_write_u8(writer, field->tag);
    vb_write_varint(writer, (uint32_t)count * field->width);
    for (uint16_t i = 0; i < count; i++) {
        const uint32_t value = vb_field_item(field, values, i);
        for (unsigned byte = 0; byte < field->width; byte++)
            vb_write_u8(writer, (uint8_t)(value >> (8 * byte)));
    }
}

void vb_field_encode(struct vb_writer *writer, const struct vb_field *field, const void *values)
{
    uint8_t stamp[4];
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_SIGNED:
    case VB_TYPE_BOOL:
    case VB_TYPE_ENUM:
        vb_change_integer(writer, field, vb_field_integer(field, values));
        break;
    case VB_TYPE_STRING: {
        const char *text = vb_field_string(field, values);
        vb_change_bytes(writer, field, (const uint8_t *)text, strlen(text));
        break;
    }
    case VB_TYPE_SECRET: {
        const struct vb_secret *secret = vb_field_secret(field, values);
        struct vb_writer inner = vb_writer_of(stamp, sizeof stamp);
        vb_write_u32(&inner, secret->stamp);
        vb_change_bytes(writer, field, stamp, secret->set ? sizeof stamp : 0);
        break;
    }
    case VB_TYPE_IPV4:
        vb_change_bytes(writer, field, vb_field_ipv4(field, values), 4);
        break;
    case VB_TYPE_ARRAY:
        encode_array(writer, field, values);
        break;
    }
}

int vb_section_encode(const struct vb_section *section, const void *values, uint8_t *bytes,
                      size_t capacity)
{
    struct vb_writer writer = vb_writer_of(bytes, capacity);
    for (uint8_t i = 0; i < section->field_count; i++)
        vb_field_encode(&writer, &section->fields[i], values);
    return writer.failed ? VB_ERR_TOO_LONG : (int)writer.at;
}

bool vb_section_well_formed(const uint8_t *bytes, size_t size)
{
    if (size > VB_SECTION_BYTES_MAX)
        return false;
    uint32_t seen[8] = {0};
    struct vb_reader reader = vb_reader_of(bytes, size);
    while (vb_reader_left(&reader) > 0) {
        struct item item;
        if (!read_item(&reader, &item))
            return false;
        const uint32_t bit = 1u << (item.tag & 31);
        if ((seen[item.tag >> 5] & bit) != 0)
            return false;
        seen[item.tag >> 5] |= bit;
    }
    return !reader.failed;
}

const uint8_t *vb_section_find(const uint8_t *bytes, size_t size, uint8_t tag, size_t *value_size)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    struct item item;
    while (next_item(&reader, &item)) {
        if (item.tag == tag) {
            *value_size = item.size;
            return item.value;
        }
    }
    *value_size = 0;
    return NULL;
}

enum vb_err vb_section_decode(const struct vb_section *section, const uint8_t *bytes, size_t size,
                              void *values, struct vb_decode_notes *notes)
{
    struct vb_decode_notes own = {0};
    if (!vb_section_well_formed(bytes, size))
        return VB_ERR_MALFORMED;
    vb_section_defaults(section, values);
    own.absent = (uint32_t)((1ull << section->field_count) - 1);
    struct vb_reader reader = vb_reader_of(bytes, size);
    struct item item;
    while (next_item(&reader, &item)) {
        const struct vb_field *field = vb_field_by_tag(section, item.tag);
        if (field == NULL) {
            own.unknown_count++;
            continue;
        }
        const uint32_t bit = 1u << (unsigned)(field - section->fields);
        own.absent &= ~bit;
        if (check_value(field, item.value, item.size) == VB_ERR_OK)
            set_value(field, item.value, item.size, values);
        else
            own.repaired |= bit;
    }
    if (notes != NULL)
        *notes = own;
    return VB_ERR_OK;
}

uint32_t vb_section_hash(const uint8_t *bytes, size_t size)
{
    return vb_crc32c(0, bytes, size);
}

/* ---- Checks between fields ---- */

void vb_reasons_add(struct vb_reasons *reasons, uint8_t tag, enum vb_err err, uint8_t rule)
{
    if (reasons->count < VB_REASONS_MAX)
        reasons->items[reasons->count++] =
            (struct vb_reason){.tag = tag, .err = (int8_t)err, .rule = rule};
}

const char *vb_reason_text(const struct vb_section *section, const struct vb_reason *reason)
{
    const struct vb_field *field = vb_field_by_tag(section, reason->tag);
    if (reason->err == VB_ERR_RULE && reason->rule < section->rule_count)
        return section->rules[reason->rule].doc;
    if (reason->err == VB_ERR_WRONG_TYPE && field != NULL && field->type == VB_TYPE_STRING)
        return vb_form_text(field->form);
    return vb_err_text((enum vb_err)reason->err);
}

static bool is_empty(const struct vb_field *field, const void *values)
{
    static const uint8_t no_address[4];
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_STRING:
        return vb_field_string(field, values)[0] == '\0';
    case VB_TYPE_SECRET:
        return !vb_field_secret(field, values)->set;
    case VB_TYPE_IPV4:
        return memcmp(vb_field_ipv4(field, values), no_address, sizeof no_address) == 0;
    case VB_TYPE_ARRAY:
        return vb_field_count(field, values) == 0;
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_SIGNED:
    case VB_TYPE_BOOL:
    case VB_TYPE_ENUM:
        return vb_field_integer(field, values) == 0;
    }
    return false;
}

static bool rule_holds(const struct vb_section *section, const struct vb_rule *rule,
                       const void *values)
{
    const struct vb_field *field = vb_field_by_tag(section, rule->field);
    const struct vb_field *other = vb_field_by_tag(section, rule->other);
    VB_ASSERT(field != NULL && other != NULL);
    switch ((enum vb_rule_kind)rule->kind) {
    case VB_RULE_LESS:
        return vb_field_integer(field, values) < vb_field_integer(other, values);
    case VB_RULE_REQUIRES:
        return vb_field_integer(field, values) != rule->value || !is_empty(other, values);
    case VB_RULE_BOUND:
        return true; /* of changes, not of contents */
    }
    return false;
}

static bool value_in_range(const struct vb_field *field, const void *values)
{
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_SIGNED:
    case VB_TYPE_BOOL:
    case VB_TYPE_ENUM:
        return in_range(field, (uint32_t)vb_field_integer(field, values));
    case VB_TYPE_STRING: {
        const char *text = vb_field_string(field, values);
        return good_text((const uint8_t *)text, strlen(text));
    }
    case VB_TYPE_ARRAY:
        if (vb_field_count(field, values) > field->size_max)
            return false;
        for (uint16_t i = 0; i < vb_field_count(field, values); i++) {
            if (!in_range(field, vb_field_item(field, values, i)))
                return false;
        }
        return true;
    case VB_TYPE_SECRET:
    case VB_TYPE_IPV4:
        return true;
    }
    return false;
}

enum vb_err vb_section_check(const struct vb_section *section, const void *values,
                             struct vb_reasons *reasons)
{
    const uint8_t before = reasons->count;
    for (uint8_t i = 0; i < section->field_count; i++) {
        if (!value_in_range(&section->fields[i], values))
            vb_reasons_add(reasons, section->fields[i].tag, VB_ERR_OUT_OF_RANGE, 0);
    }
    for (uint8_t i = 0; i < section->rule_count; i++) {
        const struct vb_rule *rule = &section->rules[i];
        if (!rule_holds(section, rule, values))
            vb_reasons_add(reasons, rule->kind == VB_RULE_LESS ? rule->field : rule->other,
                           VB_ERR_RULE, i);
    }
    return reasons->count == before ? VB_ERR_OK : VB_ERR_OUT_OF_RANGE;
}

/* ---- Changes ---- */

/* Strips blanks at both ends of a string. */
static void trim(const struct vb_field *field, struct item *change)
{
    if (field->type == VB_TYPE_STRING)
        vb_form_trim(&change->value, &change->size);
}

/* The result's bytes for a changed field: its value, or a secret's stamp. */
static struct item resulting(const struct vb_section *section, const struct item *change,
                             const uint8_t stamp[4])
{
    struct item item = *change;
    if (section == NULL)
        return item;
    const struct vb_field *field = vb_field_by_tag(section, change->tag);
    VB_ASSERT(field != NULL);
    trim(field, &item);
    if (field->type == VB_TYPE_SECRET) {
        item.value = stamp;
        item.size = change->size == 0 ? 0 : 4;
    }
    return item;
}

static enum vb_err check_change(const struct vb_field *field, struct item *change)
{
    if ((field->flags & VB_FIELD_FIXED) != 0)
        return VB_ERR_READ_ONLY;
    trim(field, change);
    if (field->type != VB_TYPE_SECRET) {
        const enum vb_err err = check_value(field, change->value, change->size);
        const bool formed = err != VB_ERR_OK || field->type != VB_TYPE_STRING ||
                            vb_form_holds(field->form, change->value, change->size);
        return formed ? err : VB_ERR_WRONG_TYPE;
    }
    if (change->size > field->size_max)
        return VB_ERR_TOO_LONG;
    return good_text(change->value, change->size) ? VB_ERR_OK : VB_ERR_MALFORMED;
}

static enum vb_err check_changes(const struct vb_section *section, const uint8_t *changes,
                                 size_t size, struct vb_reasons *reasons)
{
    const uint8_t before = reasons->count;
    struct vb_reader reader = vb_reader_of(changes, size);
    struct item change;
    while (next_item(&reader, &change)) {
        const struct vb_field *field = vb_field_by_tag(section, change.tag);
        const enum vb_err err = field == NULL ? VB_ERR_NOT_FOUND : check_change(field, &change);
        if (err != VB_ERR_OK)
            vb_reasons_add(reasons, change.tag, err, 0);
    }
    return reasons->count == before ? VB_ERR_OK : VB_ERR_OUT_OF_RANGE;
}

/* With a section, secrets come as text and are stored as stamps; without one, everything is taken
 * as it is. */
static int lay_over(const struct vb_section *section, const uint8_t *base, size_t base_size,
                    const uint8_t *changes, size_t changes_size, uint32_t stamp, uint8_t *result,
                    size_t capacity)
{
    const uint8_t stamp_bytes[4] = {(uint8_t)stamp, (uint8_t)(stamp >> 8), (uint8_t)(stamp >> 16),
                                    (uint8_t)(stamp >> 24)};
    struct vb_writer writer = vb_writer_of(result, capacity);
    struct vb_reader reader = vb_reader_of(base, base_size);
    struct item item;
    while (next_item(&reader, &item)) {
        struct item change = {.tag = item.tag};
        change.value = vb_section_find(changes, changes_size, item.tag, &change.size);
        if (change.value != NULL)
            item = resulting(section, &change, stamp_bytes);
        write_item(&writer, &item);
    }
    reader = vb_reader_of(changes, changes_size);
    while (next_item(&reader, &item)) {
        size_t size;
        if (vb_section_find(base, base_size, item.tag, &size) == NULL) {
            item = resulting(section, &item, stamp_bytes);
            write_item(&writer, &item);
        }
    }
    return writer.failed ? VB_ERR_TOO_LONG : (int)writer.at;
}

int vb_section_lay_over(const uint8_t *base, size_t base_size, const uint8_t *changes,
                        size_t changes_size, uint8_t *result, size_t capacity)
{
    return lay_over(NULL, base, base_size, changes, changes_size, 0, result, capacity);
}

/* Whether changes could turn base into target: target has every field that base has. */
static bool only_adds(const uint8_t *base, size_t base_size, const uint8_t *target,
                      size_t target_size)
{
    struct vb_reader reader = vb_reader_of(base, base_size);
    struct item item;
    while (next_item(&reader, &item)) {
        size_t size;
        if (vb_section_find(target, target_size, item.tag, &size) == NULL)
            return false;
    }
    return true;
}

int vb_section_difference(const uint8_t *base, size_t base_size, const uint8_t *target,
                          size_t target_size, uint8_t *changes, size_t capacity)
{
    if (!only_adds(base, base_size, target, target_size))
        return VB_ERR_NOT_FOUND;
    struct vb_writer writer = vb_writer_of(changes, capacity);
    struct vb_reader reader = vb_reader_of(target, target_size);
    struct item item;
    while (next_item(&reader, &item)) {
        size_t size;
        const uint8_t *old = vb_section_find(base, base_size, item.tag, &size);
        if (old == NULL || size != item.size || memcmp(old, item.value, size) != 0)
            write_item(&writer, &item);
    }
    return writer.failed ? VB_ERR_TOO_LONG : (int)writer.at;
}

/* Whether an edit changes the field that a secret is bound to without bringing the secret along. */
static bool leaves_behind(const struct vb_rule *rule, const uint8_t *base, size_t base_size,
                          const uint8_t *merged, size_t merged_size, const uint8_t *changes,
                          size_t changes_size)
{
    size_t old_size;
    size_t new_size;
    size_t size;
    if (rule->kind != VB_RULE_BOUND ||
        vb_section_find(changes, changes_size, rule->field, &size) != NULL)
        return false;
    const uint8_t *old = vb_section_find(base, base_size, rule->other, &old_size);
    const uint8_t *now = vb_section_find(merged, merged_size, rule->other, &new_size);
    return old != NULL && now != NULL && (old_size != new_size || memcmp(old, now, new_size) != 0);
}

/* Empties the secrets that an edit leaves behind. Returns the new size. */
static size_t unset_bound(const struct vb_section *section, const uint8_t *base, size_t base_size,
                          const uint8_t *changes, size_t changes_size, uint8_t *merged,
                          size_t merged_size)
{
    for (uint8_t i = 0; i < section->rule_count; i++) {
        const struct vb_rule *rule = &section->rules[i];
        size_t size;
        if (!leaves_behind(rule, base, base_size, merged, merged_size, changes, changes_size))
            continue;
        const uint8_t *state = vb_section_find(merged, merged_size, rule->field, &size);
        if (state == NULL || size == 0)
            continue;
        uint8_t *at = merged + (state - merged);
        VB_ASSERT(at[-1] == size);
        at[-1] = 0; /* its length, one byte: a secret's state has 4 */
        const size_t behind = merged_size - (size_t)(state - merged) - size;
        memmove(at, at + size, behind);
        merged_size -= size;
    }
    return merged_size;
}

int vb_section_merge(const struct vb_section *section, const uint8_t *base, size_t base_size,
                     const uint8_t *changes, size_t changes_size, uint32_t stamp, uint8_t *result,
                     size_t capacity, struct vb_reasons *reasons)
{
    if (!vb_section_well_formed(base, base_size) || !vb_section_well_formed(changes, changes_size))
        return VB_ERR_MALFORMED;
    const enum vb_err err = check_changes(section, changes, changes_size, reasons);
    if (err != VB_ERR_OK)
        return err;
    const size_t room = capacity < VB_SECTION_BYTES_MAX ? capacity : VB_SECTION_BYTES_MAX;
    int size = lay_over(section, base, base_size, changes, changes_size, stamp, result, room);
    if (size < 0)
        return size;
    size = (int)unset_bound(section, base, base_size, changes, changes_size, result, (size_t)size);
    union vb_values values;
    const enum vb_err decoded = vb_section_decode(section, result, (size_t)size, &values, NULL);
    if (decoded != VB_ERR_OK)
        return (int)decoded;
    const enum vb_err checked = vb_section_check(section, &values, reasons);
    return checked == VB_ERR_OK ? size : (int)checked;
}
