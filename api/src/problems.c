#include "problems.h"

#include <stdarg.h>
#include <stdio.h>

const char vb_secrets_blocked[] =
    "secrets are set at the transmitter itself, or over loopback, or with "
    "--allow-unsealed-secrets";

struct words {
    char field[VB_FIELD_NAME_MAX + 1];
    char text[VB_PROBLEM_TEXT_SIZE];
};

struct vb_problems vb_problems_in(char *text, size_t capacity)
{
    return (struct vb_problems){.json = vb_json_of(text, capacity)};
}

static void add_words(struct vb_problems *problems, const struct words *words)
{
    const struct vb_json before = problems->json;
    problems->count++;
    vb_json_string(&problems->json, words->field, words->text);
    if (problems->json.failed)
        problems->json = before;
}

void vb_problem_add(struct vb_problems *problems, const char *field, const char *format, ...)
{
    struct words words;
    if (problems->count == VB_PROBLEMS_MAX)
        return;
    snprintf(words.field, sizeof words.field, "%s", field);
    va_list args;
    va_start(args, format);
    vsnprintf(words.text, sizeof words.text, format, args);
    va_end(args);
    add_words(problems, &words);
}

/* ---- Reasons of the core, or of a transmitter ---- */

static void VB_PRINTF(2, 3) say(struct words *words, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(words->text, sizeof words->text, format, args);
    va_end(args);
}

static void out_of_range(struct words *words, const struct vb_field *field)
{
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_ARRAY:
        say(words, "is outside %lu to %lu", (unsigned long)field->min, (unsigned long)field->max);
        break;
    case VB_TYPE_SIGNED:
        say(words, "is outside %ld to %ld", (long)(int32_t)field->min, (long)(int32_t)field->max);
        break;
    case VB_TYPE_BOOL:
    case VB_TYPE_ENUM:
    case VB_TYPE_STRING:
    case VB_TYPE_SECRET:
    case VB_TYPE_IPV4:
        say(words, "%s", vb_err_text(VB_ERR_OUT_OF_RANGE));
        break;
    }
}

static void put_into_words(struct words *words, const struct vb_section *section,
                           const struct vb_reason *reason)
{
    const struct vb_field *field = vb_field_by_tag(section, reason->tag);
    if (field == NULL) {
        snprintf(words->field, sizeof words->field, "field %u", reason->tag);
        say(words, "is not known to both sides");
        return;
    }
    snprintf(words->field, sizeof words->field, "%s", field->name);
    if (reason->err == VB_ERR_OUT_OF_RANGE)
        out_of_range(words, field);
    else if (reason->err == VB_ERR_TOO_LONG)
        say(words, "is longer than %u %s", field->size_max,
            field->type == VB_TYPE_ARRAY ? "values" : "bytes");
    else if (reason->err == VB_ERR_NOT_ALLOWED && field->type == VB_TYPE_SECRET)
        say(words, "%s", vb_secrets_blocked);
    else if (reason->err == VB_ERR_MALFORMED)
        say(words, "holds characters that cannot be shown");
    else
        say(words, "%s", vb_reason_text(section, reason));
}

void vb_problems_of(struct vb_problems *problems, const struct vb_section *section,
                    const struct vb_reasons *reasons)
{
    struct words words;
    for (uint8_t i = 0; i < reasons->count && problems->count < VB_PROBLEMS_MAX; i++) {
        put_into_words(&words, section, &reasons->items[i]);
        add_words(problems, &words);
    }
}

void vb_reasons_json(struct vb_json *json, const char *key, const struct vb_section *section,
                     const struct vb_reasons *reasons)
{
    struct words words;
    vb_json_object(json, key);
    for (uint8_t i = 0; i < reasons->count; i++) {
        put_into_words(&words, section, &reasons->items[i]);
        vb_json_string(json, words.field, words.text);
    }
    vb_json_object_end(json);
}
