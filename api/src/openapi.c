/* /api/v1/openapi.json: the contract of this API as OpenAPI 3.1, written from its tables. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "call.h"

enum { TYPE_NAME_SIZE = 48, TYPE_TEXT_SIZE = 96, PATH_TEXT_SIZE = 96 };

#define SCHEMA_FOLDER "#/components/schemas/"

/* ---- A type by its text ---- */

struct known {
    const char *name;
    const char *type;   /* of JSON schema */
    const char *format; /* NULL = none */
};

static const struct known *known_type(const char *name)
{
    static const struct known all[] = {
        {"text", "string", NULL},     {"integer", "integer", NULL}, {"number", "number", NULL},
        {"boolean", "boolean", NULL}, {"null", "null", NULL},       {"time", "string", "date-time"},
    };
    for (size_t i = 0; i < VB_COUNT_OF(all); i++) {
        if (strcmp(all[i].name, name) == 0)
            return &all[i];
    }
    return NULL;
}

/* The members of a schema for "text", "'this'", "any" or the name of a type. */
static void plain_members(struct vb_json *json, const char *name)
{
    char text[TYPE_TEXT_SIZE];
    const struct known *known = known_type(name);
    if (known != NULL) {
        vb_json_string(json, "type", known->type);
        if (known->format != NULL)
            vb_json_string(json, "format", known->format);
    } else if (name[0] == '\'') {
        snprintf(text, sizeof text, "%.*s", (int)strlen(name) - 2, name + 1);
        vb_json_string(json, "const", text);
    } else if (strcmp(name, "any") != 0) {
        snprintf(text, sizeof text, SCHEMA_FOLDER "%s", name);
        vb_json_string(json, "$ref", text);
    }
}

static void plain_schema(struct vb_json *json, const char *key, const char *name)
{
    vb_json_object(json, key);
    plain_members(json, name);
    vb_json_object_end(json);
}

/* ... and for those, or a list or a map of them. text: one alternative, of size bytes. */
static void single_members(struct vb_json *json, const char *text, size_t size)
{
    char name[TYPE_NAME_SIZE];
    VB_ASSERT(size < sizeof name);
    memcpy(name, text, size);
    name[size] = '\0';
    char *suffix = name + strcspn(name, "[{");
    const char kind = *suffix;
    const unsigned count =
        kind == '[' && isdigit((unsigned char)suffix[1]) ? (unsigned)suffix[1] - '0' : 0;
    *suffix = '\0';
    if (kind == '\0') {
        plain_members(json, name);
    } else if (kind == '[') {
        vb_json_string(json, "type", "array");
        plain_schema(json, "items", name);
        if (count > 0) {
            vb_json_integer(json, "minItems", count);
            vb_json_integer(json, "maxItems", count);
        }
    } else {
        vb_json_string(json, "type", "object");
        plain_schema(json, "additionalProperties", name);
    }
}

/* Any type's text. */
static void type_members(struct vb_json *json, const char *text)
{
    size_t size = strcspn(text, "|");
    if (text[size] == '\0') {
        single_members(json, text, size);
        return;
    }
    vb_json_array(json, "anyOf");
    for (;;) {
        vb_json_object(json, NULL);
        single_members(json, text, size);
        vb_json_object_end(json);
        if (text[size] == '\0')
            break;
        text += size + 1;
        size = strcspn(text, "|");
    }
    vb_json_array_end(json);
}

static void type_schema(struct vb_json *json, const char *key, const char *text)
{
    vb_json_object(json, key);
    type_members(json, text);
    vb_json_object_end(json);
}

/* ---- Types that stand in tables ---- */

static void property_schema(struct vb_json *json, const struct vb_property *property)
{
    char name[TYPE_NAME_SIZE];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(property->name, "?"), property->name);
    vb_json_object(json, name);
    type_members(json, property->type);
    if (property->doc != NULL)
        vb_json_string(json, "description", property->doc);
    vb_json_object_end(json);
}

static void object_members(struct vb_json *json, const struct vb_type *type)
{
    vb_json_string(json, "type", "object");
    vb_json_object(json, "properties");
    for (uint8_t i = 0; i < type->property_count; i++)
        property_schema(json, &type->properties[i]);
    vb_json_object_end(json);
    vb_json_array(json, "required");
    for (uint8_t i = 0; i < type->property_count; i++) {
        if (strchr(type->properties[i].name, '?') == NULL)
            vb_json_string(json, NULL, type->properties[i].name);
    }
    vb_json_array_end(json);
    vb_json_bool(json, "additionalProperties", false);
}

static void type_json(struct vb_json *json, const struct vb_type *type)
{
    vb_json_object(json, type->name);
    if (type->doc != NULL)
        vb_json_string(json, "description", type->doc);
    if (type->properties != NULL) {
        object_members(json, type);
    } else if (type->value != NULL) {
        vb_json_string(json, "type", "string");
        vb_json_array(json, "enum");
        for (unsigned i = 0; type->value(i) != NULL; i++)
            vb_json_string(json, NULL, type->value(i));
        vb_json_array_end(json);
    } else if (type->pattern != NULL) {
        vb_json_string(json, "type", "string");
        vb_json_string(json, "pattern", type->pattern);
    } else {
        type_members(json, type->is);
    }
    vb_json_object_end(json);
}

/* ---- Types that follow from the schema of the sections ---- */

/* "power_profile" and "Values": "PowerProfileValues" */
static void section_type_name(const struct vb_section *section, const char *what,
                              char name[TYPE_NAME_SIZE])
{
    size_t at = 0;
    bool upper = true;
    for (const char *from = section->name; *from != '\0'; from++) {
        if (*from == '_') {
            upper = true;
            continue;
        }
        name[at++] = (char)(upper ? toupper((unsigned char)*from) : *from);
        upper = false;
    }
    snprintf(name + at, TYPE_NAME_SIZE - at, "%s", what);
}

static void integer_range(struct vb_json *json, const struct vb_field *field)
{
    const bool is_signed = field->type == VB_TYPE_SIGNED;
    vb_json_string(json, "type", "integer");
    vb_json_integer(json, "minimum", is_signed ? (int32_t)field->min : (int64_t)field->min);
    vb_json_integer(json, "maximum", is_signed ? (int32_t)field->max : (int64_t)field->max);
}

static void field_members(struct vb_json *json, const struct vb_field *field, bool change)
{
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_SIGNED:
        integer_range(json, field);
        break;
    case VB_TYPE_BOOL:
        vb_json_string(json, "type", "boolean");
        break;
    case VB_TYPE_ENUM:
        vb_json_array(json, "enum");
        for (uint32_t i = 0; i <= field->max; i++)
            vb_json_string(json, NULL, field->values[i]);
        vb_json_array_end(json);
        break;
    case VB_TYPE_STRING:
    case VB_TYPE_IPV4:
        vb_json_string(json, "type", "string");
        break;
    case VB_TYPE_SECRET: /* a change may carry its text, or tell of it as values do */
        type_members(json, change ? "text|null|Secret" : "Secret");
        break;
    case VB_TYPE_ARRAY:
        vb_json_string(json, "type", "array");
        vb_json_object(json, "items");
        integer_range(json, field);
        vb_json_object_end(json);
        vb_json_integer(json, "maxItems", field->size_max);
        break;
    }
}

/* Values have every field, changes those that change. */
static void section_type_json(struct vb_json *json, const struct vb_section *section, bool change)
{
    char name[TYPE_NAME_SIZE];
    section_type_name(section, change ? "Changes" : "Values", name);
    vb_json_object(json, name);
    vb_json_string(json, "type", "object");
    vb_json_object(json, "properties");
    for (uint8_t i = 0; i < section->field_count; i++) {
        vb_json_object(json, section->fields[i].name);
        field_members(json, &section->fields[i], change);
        vb_json_object_end(json);
    }
    vb_json_object_end(json);
    if (!change) {
        vb_json_array(json, "required");
        for (uint8_t i = 0; i < section->field_count; i++)
            vb_json_string(json, NULL, section->fields[i].name);
        vb_json_array_end(json);
    }
    vb_json_bool(json, "additionalProperties", false);
    vb_json_object_end(json);
}

/* "SectionValues": those of any section. */
static void any_section_json(struct vb_json *json, bool change)
{
    char name[TYPE_NAME_SIZE];
    vb_json_object(json, change ? "SectionChanges" : "SectionValues");
    vb_json_array(json, "anyOf");
    for (uint8_t i = 0; i < vb_section_count; i++) {
        section_type_name(&vb_sections[i], change ? "Changes" : "Values", name);
        plain_schema(json, NULL, name);
    }
    vb_json_array_end(json);
    vb_json_object_end(json);
}

/* ---- Paths ---- */

static void path_parameters(struct vb_json *json, const char *path)
{
    for (const char *at = strchr(path, '{'); at != NULL; at = strchr(at + 1, '{')) {
        char name[TYPE_NAME_SIZE];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, "}"), at + 1);
        vb_json_object(json, NULL);
        vb_json_string(json, "name", name);
        vb_json_string(json, "in", "path");
        vb_json_bool(json, "required", true);
        plain_schema(json, "schema", strcmp(name, "mac") == 0 ? "Mac" : "text");
        vb_json_object_end(json);
    }
}

static void parameter(struct vb_json *json, const char *in, const char *name, const char *doc,
                      bool required)
{
    vb_json_object(json, NULL);
    vb_json_string(json, "name", name);
    vb_json_string(json, "in", in);
    vb_json_string(json, "description", doc);
    vb_json_bool(json, "required", required);
    plain_schema(json, "schema", "text");
    vb_json_object_end(json);
}

static void parameters_json(struct vb_json *json, const struct vb_route *route)
{
    vb_json_array(json, "parameters");
    path_parameters(json, route->path);
    for (uint8_t i = 0; i < route->param_count; i++)
        parameter(json, "query", route->params[i].name, route->params[i].allowed, false);
    if (route->conditional)
        parameter(json, "header", "If-Match",
                  "The ETag of the content that the change is based on.", true);
    vb_json_array_end(json);
}

static void content_json(struct vb_json *json, const char *content, const char *type)
{
    vb_json_object(json, content);
    type_schema(json, "schema", type);
    vb_json_object_end(json);
}

static void response_json(struct vb_json *json, const struct vb_route *route)
{
    char status[8];
    const bool socket = route->handler == NULL;
    snprintf(status, sizeof status, "%u",
             socket               ? 101u
             : route->status == 0 ? 200u
                                  : route->status);
    vb_json_object(json, status);
    vb_json_string(json, "description",
                   socket ? "A WebSocket; x-message is the type of its messages." : route->summary);
    if (socket) {
        type_schema(json, "x-message", route->answer);
    } else if (route->answer != NULL || route->content != NULL) {
        vb_json_object(json, "content");
        if (route->answer != NULL)
            content_json(json, "application/json", route->answer);
        if (route->content != NULL)
            content_json(json, route->content, "text");
        vb_json_object_end(json);
    }
    vb_json_object_end(json);
}

static void operation_json(struct vb_json *json, const struct vb_route *route)
{
    char method[8];
    size_t at = 0;
    for (; route->method[at] != '\0' && at + 1 < sizeof method; at++)
        method[at] = (char)tolower((unsigned char)route->method[at]);
    method[at] = '\0';

    vb_json_object(json, method);
    vb_json_string(json, "summary", route->summary);
    vb_json_string(json, "x-role", vb_role_name(route->role));
    parameters_json(json, route);
    if (route->body != NULL) {
        vb_json_object(json, "requestBody");
        vb_json_bool(json, "required", true);
        vb_json_object(json, "content");
        content_json(json, "application/json", route->body);
        vb_json_object_end(json);
        vb_json_object_end(json);
    }
    vb_json_object(json, "responses");
    response_json(json, route);
    vb_json_object(json, "default");
    vb_json_string(json, "description", "What went wrong.");
    vb_json_object(json, "content");
    content_json(json, "application/json", "Error");
    vb_json_object_end(json);
    vb_json_object_end(json);
    vb_json_object_end(json);
    vb_json_object_end(json);
}

/* A final * of a route is a parameter here. */
static void path_text(const struct vb_route *route, char text[PATH_TEXT_SIZE])
{
    const size_t size = strcspn(route->path, "*");
    snprintf(text, PATH_TEXT_SIZE, "%.*s%s", (int)size, route->path,
             route->path[size] == '*' ? "{rest}" : "");
}

static bool is_first_of_its_path(unsigned index)
{
    for (unsigned i = 0; i < index; i++) {
        if (strcmp(vb_route_at(i)->path, vb_route_at(index)->path) == 0)
            return false;
    }
    return true;
}

static void path_json(struct vb_json *json, unsigned index)
{
    const struct vb_route *route = vb_route_at(index);
    char path[PATH_TEXT_SIZE];
    if (!is_first_of_its_path(index))
        return;
    path_text(route, path);
    vb_json_object(json, path);
    for (unsigned i = index; vb_route_at(i) != NULL; i++) {
        if (strcmp(vb_route_at(i)->path, route->path) == 0)
            operation_json(json, vb_route_at(i));
    }
    vb_json_object_end(json);
}

/* ---- The document, piece by piece ---- */

enum part { PART_HEAD, PART_PATHS, PART_TYPES, PART_VALUES, PART_CHANGES, PART_END };

static void head_json(struct vb_json *json, const struct vb_api *api)
{
    vb_json_object(json, NULL);
    vb_json_string(json, "openapi", "3.1.0");
    vb_json_object(json, "info");
    vb_json_string(json, "title", "Voltbeacon receiver");
    vb_json_string(json, "version", api->facts->firmware);
    vb_json_string(json, "description",
                   "Every answer comes from the receiver's cache, at once. Positive current "
                   "charges; cells count from 0 in arrays and from 1 in texts.");
    vb_json_object_end(json);
    vb_json_object(json, "paths");
}

static void next_part(struct vb_place *at)
{
    at->part++;
    at->item = 0;
}

static void schemas_begin(struct vb_json *json)
{
    vb_json_object_end(json);
    vb_json_object(json, "components");
    vb_json_object(json, "schemas");
}

static void sections_step(struct vb_json *json, struct vb_place *at)
{
    const bool change = at->part == PART_CHANGES;
    if (at->item == vb_section_count) {
        any_section_json(json, change);
        next_part(at);
        return;
    }
    section_type_json(json, &vb_sections[at->item++], change);
}

static bool openapi_piece(struct vb_response *response, struct vb_json *json)
{
    struct vb_place *at = &response->at;
    switch ((enum part)at->part) {
    case PART_HEAD:
        head_json(json, response->api);
        next_part(at);
        return true;
    case PART_PATHS:
        if (vb_route_at(at->item) != NULL) {
            path_json(json, at->item++);
            return true;
        }
        schemas_begin(json);
        next_part(at);
        return true;
    case PART_TYPES:
        if (vb_type_at(at->item) != NULL)
            type_json(json, vb_type_at(at->item++));
        else
            next_part(at);
        return true;
    case PART_VALUES:
    case PART_CHANGES:
        sections_step(json, at);
        return true;
    case PART_END:
        break;
    }
    vb_json_object_end(json);
    vb_json_object_end(json);
    vb_json_object_end(json);
    return false;
}

static void get_openapi(struct vb_call *call)
{
    vb_answer(call, 200, openapi_piece);
}

static const struct vb_route routes[] = {
    {"GET", "/api/v1/openapi.json", VB_ROLE_VIEWER, get_openapi, "This contract.", .answer = "any"},
};

const struct vb_topic vb_topic_openapi = {.routes = routes, .route_count = VB_COUNT_OF(routes)};
