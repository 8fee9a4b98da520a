/* voltbeacon transmitter: its options. */
#include "transmitter_daemon.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "control_command.h"
#include "text.h"

static void print_help(void)
{
    puts("usage: voltbeacon transmitter [OPTIONS]\n"
         "       voltbeacon transmitter get|set|status [--data DIR] [ARGUMENTS]\n\n"
         "  --source SOURCE      where readings come from (sim):");
    for (unsigned i = 0; vb_live_source_usage(i) != NULL; i++)
        vb_print_indented(25, vb_live_source_usage(i));
    puts("  --speed N            play the source N times as fast\n"
         "  --loop               begin a recording again at its end\n"
         "  --name NAME          its name until the settings say another\n"
         "  --network-hook FILE  program that is run with section network, at the start\n"
         "                       and at each change");
    vb_daemon_print_options();
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
            return vb_usage_error("transmitter: --speed %s: a number above 0, at most 1000",
                                  optarg);
        return VB_EXIT_OK;
    case 'o':
        options->loop = true;
        return VB_EXIT_OK;
    case 'n':
        options->name = optarg;
        return VB_EXIT_OK;
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
                   : vb_usage_error("transmitter: unknown word %s; it knows get, set and status",
                                    argv[1]);
    return vb_daemon_options_read(&usage, argc, argv, &options.common, &options, &status)
               ? vb_transmitter_run(&options)
               : status;
}
