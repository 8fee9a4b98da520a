/* Values as text: what people and the command line read and write. */
#include "voltbeacon/core/section.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"

/* ---- Out ---- */

static void put_text(struct vb_writer *writer, const char *text)
{
    const size_t length = strlen(text);
    const size_t left = vb_writer_left(writer);
    vb_write_bytes(writer, (const uint8_t *)text, length < left ? length : left);
}

static void put_integer(struct vb_writer *writer, int64_t value)
{
    char digits[20];
    unsigned at = sizeof digits;
    uint32_t left = value < 0 ? (uint32_t)-value : (uint32_t)value;
    digits[--at] = '\0';
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        digits[--at] = '-';
    put_text(writer, digits + at);
}

void vb_field_format(const struct vb_field *field, const void *values, char *text, size_t capacity)
{
    VB_ASSERT(capacity > 0);
    struct vb_writer writer = vb_writer_of((uint8_t *)text, capacity - 1);
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_SIGNED:
        put_integer(&writer, vb_field_integer(field, values));
        break;
    case VB_TYPE_BOOL:
        put_text(&writer, vb_field_integer(field, values) != 0 ? "true" : "false");
        break;
    case VB_TYPE_ENUM: {
        const uint32_t value = (uint32_t)vb_field_integer(field, values);
        VB_ASSERT(value <= field->max);
        put_text(&writer, field->values[value]);
        break;
    }
    case VB_TYPE_STRING:
        put_text(&writer, vb_field_string(field, values));
        break;
    case VB_TYPE_SECRET:
        put_text(&writer, vb_field_secret(field, values)->set ? "set" : "not set");
        break;
    case VB_TYPE_IPV4:
        for (unsigned i = 0; i < 4; i++) {
            put_integer(&writer, vb_field_ipv4(field, values)[i]);
            if (i < 3)
                put_text(&writer, ".");
        }
        break;
    case VB_TYPE_ARRAY:
        for (uint16_t i = 0; i < vb_field_count(field, values); i++) {
            if (i > 0)
                put_text(&writer, ",");
            put_integer(&writer, vb_field_item(field, values, i));
        }
        break;
    }
    text[writer.at] = '\0';
}

/* ---- In ---- */

/* Reads an integer of at most 32 bits at *text and moves past it. */
static bool take_integer(const char **text, int64_t *value)
{
    const bool negative = **text == '-';
    const char *at = *text + (negative ? 1 : 0);
    int64_t read = 0;
    unsigned digits = 0;
    while (*at >= '0' && *at <= '9' && digits < 11) {
        read = read * 10 + (*at++ - '0');
        digits++;
    }
    if (digits == 0 || digits > 10 || read > UINT32_MAX)
        return false;
    *value = negative ? -read : read;
    *text = at;
    return true;
}

static bool integer_in_range(const struct vb_field *field, int64_t value)
{
    if (field->type == VB_TYPE_SIGNED)
        return value >= (int32_t)field->min && value <= (int32_t)field->max;
    return value >= field->min && value <= field->max;
}

static bool same_text(const char *a, const char *b)
{
    return strlen(a) == strlen(b) && memcmp(a, b, strlen(a)) == 0;
}

bool vb_ipv4_parse(const char *text, uint8_t ipv4[4])
{
    for (unsigned i = 0; i < 4; i++) {
        int64_t value;
        if (*text == '-' || !take_integer(&text, &value) || value > 255)
            return false;
        if (*text != (i < 3 ? '.' : '\0'))
            return false;
        ipv4[i] = (uint8_t)value;
        text += i < 3 ? 1 : 0;
    }
    return true;
}

static enum vb_err parse_integer(const struct vb_field *field, const char *text,
                                 struct vb_writer *writer)
{
    int64_t value;
    if (!take_integer(&text, &value) || *text != '\0')
        return VB_ERR_WRONG_TYPE;
    if (!integer_in_range(field, value))
        return VB_ERR_OUT_OF_RANGE;
    vb_change_integer(writer, field, value);
    return VB_ERR_OK;
}

static enum vb_err parse_bool(const struct vb_field *field, const char *text,
                              struct vb_writer *writer)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (unsigned i = 0; i < VB_COUNT_OF(words); i++) {
        if (same_text(text, words[i])) {
            vb_change_integer(writer, field, i % 2);
            return VB_ERR_OK;
        }
    }
    return VB_ERR_WRONG_TYPE;
}

static enum vb_err parse_enum(const struct vb_field *field, const char *text,
                              struct vb_writer *writer)
{
    for (uint32_t value = 0; value <= field->max; value++) {
        if (same_text(text, field->values[value])) {
            vb_change_integer(writer, field, value);
            return VB_ERR_OK;
        }
    }
    return VB_ERR_OUT_OF_RANGE;
}

static enum vb_err parse_array(const struct vb_field *field, const char *text,
                               struct vb_writer *writer)
{
    uint32_t items[128];
    VB_ASSERT(field->size_max <= VB_COUNT_OF(items));
    uint16_t count = 0;
    while (*text != '\0') {
        int64_t value;
        if (count == field->size_max)
            return VB_ERR_TOO_LONG;
        if (!take_integer(&text, &value) || (*text != ',' && *text != '\0'))
            return VB_ERR_WRONG_TYPE;
        if (!integer_in_range(field, value))
            return VB_ERR_OUT_OF_RANGE;
        items[count++] = (uint32_t)value;
        if (*text == ',' && *++text == '\0')
            return VB_ERR_WRONG_TYPE;
    }
    vb_change_items(writer, field, items, count);
    return VB_ERR_OK;
}

int vb_field_parse(const struct vb_field *field, const char *text, uint8_t *bytes, size_t capacity)
{
    if ((field->flags & VB_FIELD_FIXED) != 0)
        return VB_ERR_READ_ONLY;
    struct vb_writer writer = vb_writer_of(bytes, capacity);
    enum vb_err err = VB_ERR_OK;
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_SIGNED:
        err = parse_integer(field, text, &writer);
        break;
    case VB_TYPE_BOOL:
        err = parse_bool(field, text, &writer);
        break;
    case VB_TYPE_ENUM:
        err = parse_enum(field, text, &writer);
        break;
    case VB_TYPE_STRING:
    case VB_TYPE_SECRET:
        if (strlen(text) > field->size_max)
            return VB_ERR_TOO_LONG;
        vb_change_bytes(&writer, field, (const uint8_t *)text, strlen(text));
        break;
    case VB_TYPE_IPV4: {
        uint8_t ipv4[4];
        if (!vb_ipv4_parse(text, ipv4))
            return VB_ERR_WRONG_TYPE;
        vb_change_bytes(&writer, field, ipv4, sizeof ipv4);
        break;
    }
    case VB_TYPE_ARRAY:
        err = parse_array(field, text, &writer);
        break;
    }
    if (err != VB_ERR_OK)
        return err;
    return writer.failed ? VB_ERR_TOO_LONG : (int)writer.at;
}
