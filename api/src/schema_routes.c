/* /api/v1/schema: what forms are made from. */
#include <stdio.h>

#include "call.h"
#include "json_values.h"
#include "voltbeacon/core/form.h"

enum { PROTOCOL_VERSION = VB_FRAME_MAGIC & 15 };

/* The parts of one section's piece: its head with the rules, each field, its end. */
enum { PART_HEAD, PART_FIELDS };

static void range_json(struct vb_json *json, const struct vb_field *field)
{
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_ARRAY:
        vb_json_integer(json, "count_max", field->size_max);
        vb_json_integer(json, "min", field->min);
        vb_json_integer(json, "max", field->max);
        break;
    case VB_TYPE_UNSIGNED:
        vb_json_integer(json, "min", field->min);
        vb_json_integer(json, "max", field->max);
        break;
    case VB_TYPE_SIGNED:
        vb_json_integer(json, "min", (int32_t)field->min);
        vb_json_integer(json, "max", (int32_t)field->max);
        break;
    case VB_TYPE_STRING:
        vb_json_integer(json, "max", field->size_max);
        vb_json_string(json, "form", vb_form_name(field->form));
        break;
    case VB_TYPE_SECRET:
        vb_json_integer(json, "max", field->size_max);
        break;
    case VB_TYPE_ENUM:
        vb_json_array(json, "values");
        for (uint32_t i = 0; i <= field->max; i++)
            vb_json_string(json, NULL, field->values[i]);
        vb_json_array_end(json);
        break;
    case VB_TYPE_BOOL:
    case VB_TYPE_IPV4:
        break;
    }
}

static void field_json(struct vb_json *json, const struct vb_section *section,
                       const struct vb_field *field)
{
    union vb_values defaults;
    vb_section_defaults(section, &defaults);

    vb_json_object(json, NULL);
    vb_json_string(json, "name", field->name);
    vb_json_integer(json, "tag", field->tag);
    vb_json_string(json, "title", field->title);
    vb_json_string(json, "type", vb_field_type_name(field));
    range_json(json, field);
    if (field->type == VB_TYPE_SECRET)
        vb_json_null(json, "default");
    else
        vb_value_json(json, "default", field, &defaults);
    vb_json_string(json, "unit", field->unit);
    vb_json_integer(json, "decimals", field->decimals);
    vb_json_string(json, "doc", field->doc);
    vb_json_string(json, "acts", field->acts);
    vb_json_bool(json, "read_only", (field->flags & VB_FIELD_FIXED) != 0);
    vb_json_bool(json, "in_force", (field->flags & VB_FIELD_NOT_YET) == 0);
    vb_json_string(json, "since", field->since);
    vb_json_object_end(json);
}

/* The value at which a rule demands something; "true" is implied. */
static void rule_value_json(struct vb_json *json, const struct vb_rule *rule,
                            const struct vb_field *field)
{
    if (rule->kind != VB_RULE_REQUIRES)
        return;
    if (field->type == VB_TYPE_ENUM)
        vb_json_string(json, "value", field->values[rule->value]);
    else if (field->type != VB_TYPE_BOOL)
        vb_json_integer(json, "value", rule->value);
    else if (rule->value == 0)
        vb_json_bool(json, "value", false);
}

static void rule_json(struct vb_json *json, const struct vb_section *section,
                      const struct vb_rule *rule)
{
    const struct vb_field *field = vb_field_by_tag(section, rule->field);
    const struct vb_field *other = vb_field_by_tag(section, rule->other);
    VB_ASSERT(field != NULL && other != NULL);
    static const char *const kinds[] = {
        [VB_RULE_LESS] = "less", [VB_RULE_REQUIRES] = "requires", [VB_RULE_BOUND] = "bound"};
    vb_json_object(json, NULL);
    vb_json_string(json, "kind", kinds[rule->kind]);
    vb_json_string(json, "field", field->name);
    rule_value_json(json, rule, field);
    vb_json_string(json, "other", other->name);
    vb_json_string(json, "doc", rule->doc);
    vb_json_object_end(json);
}

static void section_head_json(struct vb_json *json, const struct vb_section *section)
{
    vb_json_object(json, NULL);
    vb_json_string(json, "name", section->name);
    vb_json_integer(json, "id", section->id);
    vb_json_string(json, "title", section->title);
    vb_json_string(json, "owner", section->owner == VB_OWNER_RECEIVER ? "receiver" : "transmitter");
    vb_json_string(json, "doc", section->doc);
    vb_json_array(json, "rules");
    for (uint8_t i = 0; i < section->rule_count; i++)
        rule_json(json, section, &section->rules[i]);
    vb_json_array_end(json);
    vb_json_array(json, "fields");
}

/* Item 0 is the schema's head, item n the n-th section, then the end. */
static bool schema_piece(struct vb_response *response, struct vb_json *json)
{
    struct vb_place *at = &response->at;
    if (at->item == 0) {
        char revision[9];
        snprintf(revision, sizeof revision, "%08lx", (unsigned long)vb_schema_revision());
        vb_json_object(json, NULL);
        vb_json_string(json, "revision", revision);
        vb_json_integer(json, "protocol", PROTOCOL_VERSION);
        vb_json_array(json, "sections");
        at->item = 1;
        return true;
    }
    if (at->item > vb_section_count) {
        vb_json_array_end(json);
        vb_json_object_end(json);
        return false;
    }
    const struct vb_section *section = &vb_sections[at->item - 1];
    if (at->part == PART_HEAD) {
        section_head_json(json, section);
        at->part = PART_FIELDS;
    } else if (at->part - PART_FIELDS < section->field_count) {
        field_json(json, section, &section->fields[at->part - PART_FIELDS]);
        at->part++;
    } else {
        vb_json_array_end(json);
        vb_json_object_end(json);
        at->part = PART_HEAD;
        at->item++;
    }
    return true;
}

static void get_schema(struct vb_call *call)
{
    vb_answer(call, 200, schema_piece);
}

/* ---- The contract ---- */

static const char *type_name(unsigned index)
{
    const struct vb_field field = {.type = (uint8_t)index};
    return index <= VB_TYPE_ARRAY ? vb_field_type_name(&field) : NULL;
}

static const struct vb_property field_properties[] = {
    {"name", "text", NULL},
    {"tag", "integer", "Identifies the field on the wire and in the store."},
    {"title", "text", NULL},
    {"type", "FieldType", NULL},
    {"count_max?", "integer", "For an array."},
    {"min?", "integer", "For a number, or each item of an array."},
    {"max?", "integer", "Likewise; for a text, its size in bytes."},
    {"form?", "'text'|'host'|'hostname'|'topic'|'zone'",
     "What a text may hold; leading and trailing blanks are dropped."},
    {"values?", "text[]", "For an enum, in order."},
    {"default", "Value|null", NULL},
    {"unit", "text", NULL},
    {"decimals", "integer", "4032 with 1 decimal is 403.2."},
    {"doc", "text", NULL},
    {"acts", "text|null", "What acts on it; null: stored and shown, not enforced by Voltbeacon."},
    {"read_only", "boolean", NULL},
    {"in_force", "boolean",
     "False: not implemented yet, see doc; it is off and cannot be changed."},
    {"since", "text", NULL},
};

static const struct vb_property rule_properties[] = {
    {"kind", "'less'|'requires'|'bound'",
     "`bound`: an edit that changes `other` but not `field`, a secret, clears it."},
    {"field", "text", NULL},
    {"value?", "Value", "The value at which `field` requires `other`; true if missing."},
    {"other", "text", NULL},
    {"doc", "text", NULL},
};

static const struct vb_property section_properties[] = {
    {"name", "text", NULL},
    {"id", "integer", NULL},
    {"title", "text", NULL},
    {"owner", "'receiver'|'transmitter'", NULL},
    {"doc", "text", NULL},
    {"rules", "Rule[]", NULL},
    {"fields", "FieldSchema[]", NULL},
};

static const struct vb_property schema_properties[] = {
    {"revision", "text", NULL},
    {"protocol", "integer", NULL},
    {"sections", "SectionSchema[]", NULL},
};

static const struct vb_property secret_properties[] = {{"set", "boolean", NULL}};

static const struct vb_type types[] = {
    {"Secret", "Whether it is set; its text is never sent.", VB_OBJECT(secret_properties)},
    {"Value", "The value of a field.", .is = "integer|boolean|text|integer[]|Secret"},
    {"FieldType", NULL, .value = type_name},
    {"FieldSchema", NULL, VB_OBJECT(field_properties)},
    {"Rule", "A rule between two fields of a section.", VB_OBJECT(rule_properties)},
    {"SectionSchema", NULL, VB_OBJECT(section_properties)},
    {"Schema", "The description of all settings.", VB_OBJECT(schema_properties)},
};

static const struct vb_route routes[] = {
    {"GET", "/api/v1/schema", VB_ROLE_VIEWER, get_schema, "Every section and field.",
     .answer = "Schema"},
};

const struct vb_topic vb_topic_schema = VB_TOPIC(routes, types);
