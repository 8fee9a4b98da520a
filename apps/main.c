/* voltbeacon: settings and cells of a battery, on a screen elsewhere in the house. */
#include "command.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "build_info.h"

static int command_help(int argc, char **argv);
static int command_version(int argc, char **argv);

static const struct {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"transmitter", "run beside a battery; or get, set, status of a running one",
     vb_command_transmitter},
    {"receiver", "run elsewhere: show the battery and change its settings", vb_command_receiver},
    {"demo", "one of each on this machine, with a simulated or recorded battery", vb_command_demo},
    {"analyse", "report what a recording shows: spread, alarms, weakest cells", vb_command_analyse},
    {"record", "write readings from any source to a recording", vb_command_record},
    {"sniff", "show the frames on the link: live, or from a capture", vb_command_sniff},
    {"bridge", "join two links: ESP-NOW in the garage, the network in the cellar",
     vb_command_bridge},
    {"schema", "print every section and field: as Markdown or as tags", vb_command_schema},
    {"help", "this text", command_help},
    {"version", "the version, and what it was built from", command_version},
};

static int complain(int status, const char *format, va_list args)
{
    fputs("voltbeacon: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    return status;
}

int vb_usage_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int status = complain(VB_EXIT_USAGE, format, args);
    va_end(args);
    return status;
}

int vb_failure(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int status = complain(VB_EXIT_FAILED, format, args);
    va_end(args);
    return status;
}

int vb_start_failure(enum vb_cause cause, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int status = complain((int)cause, format, args);
    va_end(args);
    return status;
}

enum vb_cause vb_cause_of_source(const struct vb_source_error *error)
{
    static const enum vb_cause causes[] = {[VB_SOURCE_FAULT_CONTENT] = VB_CAUSE_DATA,
                                           [VB_SOURCE_FAULT_OPTION] = VB_CAUSE_USAGE,
                                           [VB_SOURCE_FAULT_FILE] = VB_CAUSE_NO_INPUT,
                                           [VB_SOURCE_FAULT_ACCESS] = VB_CAUSE_NO_PERMISSION,
                                           [VB_SOURCE_FAULT_READING] = VB_CAUSE_IO,
                                           [VB_SOURCE_FAULT_DEVICE] = VB_CAUSE_UNAVAILABLE,
                                           [VB_SOURCE_FAULT_MEMORY] = VB_CAUSE_SYSTEM};
    VB_ASSERT((size_t)error->fault < VB_COUNT_OF(causes));
    return causes[error->fault];
}

void vb_print_exit_codes(void)
{
    puts("\nExit status: 0 success, or stopped on request; 1 refused, or failed while running; if\n"
         "it cannot start:");
#define X(NAME, value, text) printf("  %d  %s\n", value, text);
    VB_CAUSE_LIST(X)
#undef X
}

int vb_option_error(const char *command, int got, char **argv)
{
    const char *culprit = argv[optind - 1];
    if (got == ':')
        return vb_usage_error("%s: option %s needs a value; see voltbeacon %s --help", command,
                              culprit, command);
    return vb_usage_error("%s: unknown option %s; see voltbeacon %s --help", command, culprit,
                          command);
}

static int run_command(const char *name, int argc, char **argv)
{
    for (unsigned i = 0; i < VB_COUNT_OF(commands); i++) {
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc, argv);
    }
    return vb_usage_error("unknown command %s; see voltbeacon help", name);
}

static int command_help(int argc, char **argv)
{
    static char option[] = "--help";
    if (argc > 1 && argv[1][0] != '-' && strcmp(argv[1], "help") != 0) {
        char *of_command[] = {argv[1], option, NULL};
        return run_command(argv[1], VB_COUNT_OF(of_command) - 1, of_command);
    }
    puts("usage: voltbeacon COMMAND [OPTIONS]\n");
    for (unsigned i = 0; i < VB_COUNT_OF(commands); i++)
        printf("  %-12s %s\n", commands[i].name, commands[i].summary);
    puts("\nSee voltbeacon COMMAND --help for each command, and man voltbeacon for everything.");
    return VB_EXIT_OK;
}

static int command_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    printf("voltbeacon %s (%s, built %s)\n", VB_BUILD_VERSION, VB_BUILD_COMMIT, VB_BUILD_TIME);
    return VB_EXIT_OK;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)command_help(argc, argv);
        return VB_EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    if (strcmp(name, "--version") == 0)
        name = "version";
    return run_command(name, argc - 1, argv + 1);
}
