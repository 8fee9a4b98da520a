#include "json_values.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_TEXT_MAX = 40 };

/* The integers a JSON number carries exactly: 2^53, RFC 8259 section 6. */
static const double exact_max = 9007199254740992.0;

/* ---- Out ---- */

static void secret_json(struct vb_json *json, const char *key, bool set)
{
    vb_json_object(json, key);
    vb_json_bool(json, "set", set);
    vb_json_object_end(json);
}

void vb_value_json(struct vb_json *json, const char *key, const struct vb_field *field,
                   const void *values)
{
    char ipv4[16];
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_SIGNED:
        vb_json_integer(json, key, vb_field_integer(field, values));
        break;
    case VB_TYPE_BOOL:
        vb_json_bool(json, key,
                     vb_field_integer(field, values) != 0 &&
                         (field->flags & VB_FIELD_NOT_YET) == 0);
        break;
    case VB_TYPE_ENUM:
        vb_json_string(json, key, field->values[vb_field_integer(field, values)]);
        break;
    case VB_TYPE_STRING:
        vb_json_string(json, key, vb_field_string(field, values));
        break;
    case VB_TYPE_SECRET:
        secret_json(json, key, vb_field_secret(field, values)->set);
        break;
    case VB_TYPE_IPV4:
        vb_field_format(field, values, ipv4, sizeof ipv4);
        vb_json_string(json, key, ipv4);
        break;
    case VB_TYPE_ARRAY:
        vb_json_array(json, key);
        for (uint16_t i = 0; i < vb_field_count(field, values); i++)
            vb_json_integer(json, NULL, vb_field_item(field, values, i));
        vb_json_array_end(json);
        break;
    }
}

void vb_values_json(struct vb_json *json, const char *key, const struct vb_section *section,
                    const void *values)
{
    vb_json_object(json, key);
    for (uint8_t i = 0; i < section->field_count; i++)
        vb_value_json(json, section->fields[i].name, &section->fields[i], values);
    vb_json_object_end(json);
}

void vb_changes_json(struct vb_json *json, const char *key, const struct vb_section *section,
                     const uint8_t *changes, size_t size)
{
    union vb_values values;
    const enum vb_err err = vb_section_decode(section, changes, size, &values, NULL);
    VB_ASSERT(err == VB_ERR_OK);
    vb_json_object(json, key);
    for (uint8_t i = 0; i < section->field_count; i++) {
        const struct vb_field *field = &section->fields[i];
        size_t value_size;
        if (vb_section_find(changes, size, field->tag, &value_size) == NULL)
            continue;
        if (field->type == VB_TYPE_SECRET) /* its text, not its state */
            secret_json(json, field->name, value_size > 0);
        else
            vb_value_json(json, field->name, field, &values);
    }
    vb_json_object_end(json);
}

void vb_changed_json(struct vb_json *json, const char *key, const struct vb_section *section,
                     const uint8_t *changes, size_t size, const void *values)
{
    vb_json_object(json, key);
    for (uint8_t i = 0; i < section->field_count; i++) {
        const struct vb_field *field = &section->fields[i];
        size_t value_size;
        if (vb_section_find(changes, size, field->tag, &value_size) != NULL)
            vb_value_json(json, field->name, field, values);
    }
    vb_json_object_end(json);
}

/* ---- In: each takes one field's value, or says what is wrong with it ---- */

struct intake {
    const struct vb_field *field;
    const cJSON *item;
    struct vb_writer *changes;
    struct vb_problems *problems;
};

/* False, and the problem named after `what`, if the number is not an integer in the field's range.
 */
static bool take_number(const struct intake *in, const cJSON *item, const char *what,
                        int64_t *value)
{
    const struct vb_field *field = in->field;
    const bool is_signed = field->type == VB_TYPE_SIGNED;
    const int64_t min = is_signed ? (int32_t)field->min : (int64_t)field->min;
    const int64_t max = is_signed ? (int32_t)field->max : (int64_t)field->max;

    if (!cJSON_IsNumber(item)) {
        vb_problem_add(in->problems, field->name, "%smust be a number", what);
        return false;
    }
    const double number = item->valuedouble;
    if (!(number >= -exact_max && number <= exact_max)) {
        vb_problem_add(in->problems, field->name, "%sis a number too large to be exact", what);
        return false;
    }
    *value = (int64_t)number;
    if ((double)*value < number || (double)*value > number) {
        vb_problem_add(in->problems, field->name, "%s%.10g is not a whole number", what, number);
        return false;
    }
    if (*value < min || *value > max) {
        vb_problem_add(in->problems, field->name, "%s%lld is outside %lld to %lld", what,
                       (long long)*value, (long long)min, (long long)max);
        return false;
    }
    return true;
}

static void take_integer(const struct intake *in)
{
    int64_t value;
    if (take_number(in, in->item, "", &value))
        vb_change_integer(in->changes, in->field, value);
}

static void take_bool(const struct intake *in)
{
    if (cJSON_IsBool(in->item))
        vb_change_integer(in->changes, in->field, cJSON_IsTrue(in->item));
    else
        vb_problem_add(in->problems, in->field->name, "must be true or false");
}

static bool take_text(const struct intake *in)
{
    if (cJSON_IsString(in->item))
        return true;
    vb_problem_add(in->problems, in->field->name, "must be a text");
    return false;
}

static void take_enum(const struct intake *in)
{
    if (!take_text(in))
        return;
    char choices[96] = "";
    size_t at = 0;
    for (uint32_t i = 0; i <= in->field->max; i++) {
        const char *name = in->field->values[i];
        if (strcmp(in->item->valuestring, name) == 0) {
            vb_change_integer(in->changes, in->field, i);
            return;
        }
        if (at + strlen(name) + 3 < sizeof choices)
            at += (size_t)snprintf(choices + at, sizeof choices - at, at > 0 ? ", %s" : "%s", name);
    }
    vb_problem_add(in->problems, in->field->name, "\"%.*s\" is not one of %s", SHOWN_TEXT_MAX,
                   in->item->valuestring, choices);
}

/* Strings and secrets; their characters are checked with the rules, by the core. */
static void take_string(const struct intake *in, const char *text)
{
    const size_t size = strlen(text);
    if (size > in->field->size_max)
        vb_problem_add(in->problems, in->field->name, "is %zu bytes long, at most %u fit", size,
                       in->field->size_max);
    else
        vb_change_bytes(in->changes, in->field, (const uint8_t *)text, size);
}

static void take_secret(const struct intake *in, bool allowed)
{
    if (!allowed)
        vb_problem_add(in->problems, in->field->name, "%s", vb_secrets_blocked);
    else if (cJSON_IsNull(in->item))
        take_string(in, "");
    else if (!cJSON_IsString(in->item))
        vb_problem_add(in->problems, in->field->name, "must be a text, or null to clear it");
    else if (in->item->valuestring[0] == '\0')
        vb_problem_add(in->problems, in->field->name, "is empty; send null to clear it");
    else
        take_string(in, in->item->valuestring);
}

static void take_ipv4(const struct intake *in)
{
    uint8_t ipv4[4];
    if (!take_text(in))
        return;
    if (vb_ipv4_parse(in->item->valuestring, ipv4))
        vb_change_bytes(in->changes, in->field, ipv4, sizeof ipv4);
    else
        vb_problem_add(in->problems, in->field->name,
                       "\"%.*s\" is not an address such as 192.168.1.10", SHOWN_TEXT_MAX,
                       in->item->valuestring);
}

static void take_array(const struct intake *in)
{
    uint16_t count = 0;
    int64_t value;
    if (!cJSON_IsArray(in->item)) {
        vb_problem_add(in->problems, in->field->name, "must be a list of numbers");
        return;
    }
    for (const cJSON *item = in->item->child; item != NULL; item = item->next) {
        char what[24];
        snprintf(what, sizeof what, "value %u: ", count + 1u);
        if (count == in->field->size_max) {
            vb_problem_add(in->problems, in->field->name, "has more than %u values", count);
            return;
        }
        if (!take_number(in, item, what, &value))
            return;
        count++;
    }
    vb_change_items_begin(in->changes, in->field, count);
    for (const cJSON *item = in->item->child; item != NULL && take_number(in, item, "", &value);
         item = item->next)
        vb_change_item(in->changes, in->field, (uint32_t)value);
}

static void take(const struct intake *in, bool secrets_allowed)
{
    switch ((enum vb_field_type)in->field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_SIGNED:
        take_integer(in);
        break;
    case VB_TYPE_BOOL:
        take_bool(in);
        break;
    case VB_TYPE_ENUM:
        take_enum(in);
        break;
    case VB_TYPE_STRING:
        if (take_text(in))
            take_string(in, in->item->valuestring);
        break;
    case VB_TYPE_SECRET:
        take_secret(in, secrets_allowed);
        break;
    case VB_TYPE_IPV4:
        take_ipv4(in);
        break;
    case VB_TYPE_ARRAY:
        take_array(in);
        break;
    }
}

void vb_changes_of_json(const struct vb_section *section, const cJSON *object, bool secrets_allowed,
                        struct vb_writer *changes, struct vb_problems *problems)
{
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        const struct vb_field *field = vb_field_by_name(section, item->string);
        const struct intake in = {field, item, changes, problems};
        if (field == NULL)
            vb_problem_add(problems, item->string, "is not a field of section %s", section->name);
        else if ((field->flags & VB_FIELD_NOT_YET) != 0)
            vb_problem_add(problems, field->name, "cannot be changed yet. %s", field->doc);
        else if ((field->flags & VB_FIELD_READ_ONLY) != 0)
            vb_problem_add(problems, field->name, "cannot be changed: the device itself says it");
        else
            take(&in, secrets_allowed);
    }
}
