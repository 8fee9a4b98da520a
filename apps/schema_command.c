/* voltbeacon schema: every section and field, for people, for programs, and for the lock on
 * released tags. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "voltbeacon/core/form.h"
#include "voltbeacon/core/schema.h"
#include "voltbeacon/core/section.h"

static void print_range(const struct vb_field *field)
{
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
        printf("%u to %u", field->min, field->max);
        break;
    case VB_TYPE_SIGNED:
        printf("%d to %d", (int32_t)field->min, (int32_t)field->max);
        break;
    case VB_TYPE_ENUM:
        for (uint32_t value = 0; value <= field->max; value++)
            printf("%s%s", value == 0 ? "" : ", ", field->values[value]);
        break;
    case VB_TYPE_STRING:
        printf("%s, up to %u bytes", vb_form_name(field->form), field->size_max);
        break;
    case VB_TYPE_SECRET:
        printf("up to %u bytes", field->size_max);
        break;
    case VB_TYPE_ARRAY:
        printf("up to %u of %u to %u", field->size_max, field->min, field->max);
        break;
    case VB_TYPE_BOOL:
    case VB_TYPE_IPV4:
        break;
    }
}

static void print_default(const struct vb_section *section, const struct vb_field *field)
{
    union vb_values values;
    vb_section_defaults(section, &values);
    if (field->type == VB_TYPE_ARRAY) {
        printf("%u of %u", field->count_default, field->default_value);
        return;
    }
    char text[128];
    vb_field_format(field, &values, text, sizeof text);
    printf("%s", text);
}

static void print_field(const struct vb_section *section, const struct vb_field *field)
{
    printf("| `%s` | %u | %s | ", field->name, field->tag, vb_field_type_name(field));
    print_range(field);
    printf(" | ");
    print_default(section, field);
    if (field->decimals > 0)
        printf(" | 10^-%u %s", field->decimals, field->unit);
    else
        printf(" | %s", field->unit);
    printf(" | %s%s%s | %s |\n", field->doc,
           (field->flags & VB_FIELD_READ_ONLY) != 0 ? " Read-only." : "",
           (field->flags & VB_FIELD_NOT_YET) != 0 ? " Not in force yet: shown as off." : "",
           field->acts == NULL ? "stored and shown, not enforced by Voltbeacon" : field->acts);
}

static void print_markdown(void)
{
    puts("# Sections\n\nMade by `voltbeacon schema` from core/schema/sections.def; do not edit.");
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        printf("\n## %s (%u, %s)\n\n%s At most %u bytes on the link.\n\n", section->name,
               section->id,
               section->owner == VB_OWNER_RECEIVER ? "the receiver's own" : "the transmitter's",
               section->doc, section->bytes_max);
        puts("| field | tag | type | range | default | unit | what it is | what acts on it |\n"
             "|---|---|---|---|---|---|---|---|");
        for (uint8_t j = 0; j < section->field_count; j++)
            print_field(section, &section->fields[j]);
        for (uint8_t j = 0; j < section->rule_count; j++)
            printf("%s- %s\n", j == 0 ? "\n" : "", section->rules[j].doc);
    }
}

static void print_tags(void)
{
    for (uint8_t i = 0; i < vb_section_count; i++) {
        const struct vb_section *section = &vb_sections[i];
        for (uint8_t j = 0; j < section->field_count; j++) {
            const struct vb_field *field = &section->fields[j];
            printf("%s %u %s %u %s", section->name, section->id, field->name, field->tag,
                   vb_field_type_name(field));
            for (uint32_t value = 0; field->type == VB_TYPE_ENUM && value <= field->max; value++)
                printf(" %s", field->values[value]);
            putchar('\n');
        }
    }
}

int vb_command_schema(int argc, char **argv)
{
    static const struct option options[] = {
        {"format", required_argument, NULL, 'f'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *format = "markdown";
    opterr = 0;
    for (int got; (got = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (got == 'h') {
            puts("usage: voltbeacon schema [--format markdown|tags]");
            return VB_EXIT_OK;
        }
        if (got != 'f')
            return vb_option_error("schema", got, argv);
        format = optarg;
    }
    if (strcmp(format, "markdown") == 0)
        print_markdown();
    else if (strcmp(format, "tags") == 0)
        print_tags();
    else
        return vb_usage_error("schema: --format is markdown or tags, not %s", format);
    return VB_EXIT_OK;
}
