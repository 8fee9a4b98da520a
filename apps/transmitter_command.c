/* voltbeacon transmitter: its options. */
#include "transmitter_daemon.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "control_command.h"
#include "text.h"
#include "voltbeacon/core/section.h"

static void print_help(void)
{
    puts("usage: voltbeacon transmitter [OPTIONS]\n"
         "       voltbeacon transmitter get|set|status [--data DIR] [ARGUMENTS]\n\n"
         "  --source SOURCE      where readings come from (sim):");
    for (unsigned i = 0; vb_live_source_usage(i) != NULL; i++)
        vb_print_indented(25, vb_live_source_usage(i));
    puts("  --speed N            play the source N times as fast\n"
         "  --loop               restart a recording when it ends\n"
         "  --name NAME          its name until the settings change it\n"
         "  --network-hook FILE  program to run with section network, at the start and\n"
         "                       at each change");
    vb_daemon_print_options();
}

/* Validated like a change of the setting: a name that is cut or left out would be another one. */
static int take_name(struct vb_transmitter_options *options, const char *text)
{
    enum { CHANGE_BYTES = 64 };
    const struct vb_section *section = vb_section_by_id(VB_SECTION_METADATA);
    const struct vb_field *field = vb_field_by_name(section, "device_name");
    struct vb_reasons reasons = {0};
    uint8_t change[CHANGE_BYTES];
    uint8_t result[CHANGE_BYTES];
    size_t length = 0;
    const int size = vb_field_parse(field, text, change, sizeof change);
    const int merged = size < 0 ? size
                                : vb_section_merge(section, NULL, 0, change, (size_t)size, 0,
                                                   result, sizeof result, &reasons);
    const uint8_t *name =
        merged < 0 ? NULL : vb_section_find(result, (size_t)merged, field->tag, &length);
    if (name == NULL)
        return vb_usage_error("transmitter: --name %s: expected a text of at most %u bytes", text,
                              field->size_max);
    VB_ASSERT(length < sizeof options->name);
    memcpy(options->name, name, length);
    options->name[length] = '\0';
    return VB_EXIT_OK;
}

static int take(void *own, int got, char **argv)
{
    struct vb_transmitter_options *options = own;
    switch (got) {
    case 's':
        options->source = optarg;
        return VB_EXIT_OK;
    case 'x':
        if (!vb_parse_number(optarg, 1000, &options->speed))
            return vb_usage_error(
                "transmitter: --speed %s: expected a number above 0, at most 1000", optarg);
        return VB_EXIT_OK;
    case 'o':
        options->loop = true;
        return VB_EXIT_OK;
    case 'n':
        return take_name(options, optarg);
    case 'k':
        options->network_hook = optarg;
        return VB_EXIT_OK;
    default:
        return vb_option_error("transmitter", got, argv);
    }
}

int vb_command_transmitter(int argc, char **argv)
{
    static const struct option own_options[] = {{"source", required_argument, NULL, 's'},
                                                {"speed", required_argument, NULL, 'x'},
                                                {"loop", no_argument, NULL, 'o'},
                                                {"name", required_argument, NULL, 'n'},
                                                {"network-hook", required_argument, NULL, 'k'},
                                                {0}};
    static const struct vb_daemon_usage usage = {
        .role = "transmitter", .options = own_options, .print_help = print_help, .take = take};
    static struct vb_transmitter_options options = {.source = "sim", .speed = 1};
    int status;
    if (argc > 1 && argv[1][0] != '-')
        return strcmp(argv[1], "get") == 0 || strcmp(argv[1], "set") == 0 ||
                       strcmp(argv[1], "status") == 0
                   ? vb_control_command("transmitter", argc - 1, argv + 1)
                   : vb_usage_error("transmitter: unknown command %s; expected get, set or status",
                                    argv[1]);
    return vb_daemon_options_read(&usage, argc, argv, &options.common, &options, &status)
               ? vb_transmitter_run(&options)
               : status;
}
