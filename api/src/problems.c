#include "problems.h"

#include <stdarg.h>
#include <stdio.h>

const char vb_secrets_blocked[] =
    "secrets are set at the transmitter itself, or over loopback, or with "
    "--allow-unsealed-secrets";

void vb_problem_add(struct vb_problems *problems, const char *field, const char *format, ...)
{
    if (problems->count == VB_PROBLEMS_MAX)
        return;
    struct vb_problem *problem = &problems->items[problems->count++];
    snprintf(problem->field, sizeof problem->field, "%s", field);
    va_list args;
    va_start(args, format);
    vsnprintf(problem->text, sizeof problem->text, format, args);
    va_end(args);
}

static void out_of_range(struct vb_problems *problems, const struct vb_field *field)
{
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_ARRAY:
        vb_problem_add(problems, field->name, "is outside %lu to %lu", (unsigned long)field->min,
                       (unsigned long)field->max);
        break;
    case VB_TYPE_SIGNED:
        vb_problem_add(problems, field->name, "is outside %ld to %ld", (long)(int32_t)field->min,
                       (long)(int32_t)field->max);
        break;
    case VB_TYPE_BOOL:
    case VB_TYPE_ENUM:
    case VB_TYPE_STRING:
    case VB_TYPE_SECRET:
    case VB_TYPE_IPV4:
        vb_problem_add(problems, field->name, "%s", vb_err_text(VB_ERR_OUT_OF_RANGE));
        break;
    }
}

static void add_reason(struct vb_problems *problems, const struct vb_section *section,
                       const struct vb_reason *reason)
{
    const struct vb_field *field = vb_field_by_tag(section, reason->tag);
    if (field == NULL) {
        char name[16];
        snprintf(name, sizeof name, "field %u", reason->tag);
        vb_problem_add(problems, name, "is not known to both sides");
    } else if (reason->err == VB_ERR_OUT_OF_RANGE) {
        out_of_range(problems, field);
    } else if (reason->err == VB_ERR_TOO_LONG) {
        vb_problem_add(problems, field->name, "is longer than %u %s", field->size_max,
                       field->type == VB_TYPE_ARRAY ? "values" : "bytes");
    } else if (reason->err == VB_ERR_NOT_ALLOWED && field->type == VB_TYPE_SECRET) {
        vb_problem_add(problems, field->name, "%s", vb_secrets_blocked);
    } else if (reason->err == VB_ERR_MALFORMED) {
        vb_problem_add(problems, field->name, "holds characters that cannot be shown");
    } else {
        vb_problem_add(problems, field->name, "%s", vb_reason_text(section, reason));
    }
}

void vb_problems_of(struct vb_problems *problems, const struct vb_section *section,
                    const struct vb_reasons *reasons)
{
    for (uint8_t i = 0; i < reasons->count; i++)
        add_reason(problems, section, &reasons->items[i]);
}

void vb_problems_json(struct vb_json *json, const char *key, const struct vb_problems *problems,
                      uint8_t count)
{
    vb_json_object(json, key);
    for (uint8_t i = 0; i < count; i++)
        vb_json_string(json, problems->items[i].field, problems->items[i].text);
    vb_json_object_end(json);
}
