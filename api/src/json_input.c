#include "json_input.h"

#include <stdbool.h>
#include <string.h>

/* Steps over the string that begins at text[at]; returns the position after it. */
static size_t skip_string(const char *text, size_t size, size_t at, const char **reason)
{
    for (at++; at < size && text[at] != '"'; at++) {
        if (text[at] != '\\')
            continue;
        at++;
        if (size - at >= 5 && memcmp(text + at, "u0000", 5) == 0)
            *reason = "a text contains \\u0000";
    }
    return at;
}

/* To be checked before a recursive parser sees the text, since it allocates memory for every
 * value: each but the first follows a comma, a bracket or a brace. */
static void scan(const char *text, size_t size, unsigned nodes_max, const char **reason)
{
    unsigned depth = 0;
    unsigned nodes = 1;
    for (size_t at = 0; at < size && *reason == NULL; at++) {
        switch (text[at]) {
        case '"':
            at = skip_string(text, size, at, reason);
            break;
        case '{':
        case '[':
            if (++depth > VB_JSON_DEPTH_MAX)
                *reason = "it is nested too deeply";
            nodes++;
            break;
        case ',':
            nodes++;
            break;
        case '}':
        case ']':
            depth -= depth > 0 ? 1 : 0;
            break;
        case '\0':
            *reason = "it contains a NUL byte";
            break;
        default:
            break;
        }
        if (nodes > nodes_max)
            *reason = "it has too many values";
    }
}

/* What is wrong with one object's keys; NULL = nothing. */
static const char *check_keys(const cJSON *object)
{
    unsigned count = 0;
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        if (++count > VB_JSON_MEMBERS_MAX)
            return "an object in it has too many members";
    }
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        for (const cJSON *other = item->next; other != NULL; other = other->next) {
            if (strcmp(item->string, other->string) == 0)
                return "it has a duplicate key";
        }
    }
    return NULL;
}

/* Nothing that this API reads nests objects deeper than one level. */
static const char *check_objects(const cJSON *object)
{
    const char *reason = check_keys(object);
    for (const cJSON *item = object->child; item != NULL && reason == NULL; item = item->next) {
        if (cJSON_IsObject(item))
            reason = check_keys(item);
    }
    return reason;
}

static bool only_space(const char *text, const char *end)
{
    while (text < end && (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r'))
        text++;
    return text == end;
}

cJSON *vb_json_read_object(const char *text, size_t size, unsigned nodes_max, const char **reason)
{
    *reason = NULL;
    scan(text, size, nodes_max, reason);
    if (*reason != NULL)
        return NULL;
    const char *end = NULL;
    cJSON *object = cJSON_ParseWithLengthOpts(text, size, &end, false);
    if (object == NULL || !only_space(end, text + size))
        *reason = "it is not JSON";
    else if (!cJSON_IsObject(object))
        *reason = "it is not an object";
    else
        *reason = check_objects(object);
    if (*reason == NULL)
        return object;
    cJSON_Delete(object);
    return NULL;
}
