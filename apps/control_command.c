#include "control_command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "linux/control/control_socket.h"
#include "linux/system/host.h"
#include "text.h"

enum { ANSWER_MS_MAX = 10000 };

static const char help[] =
    "usage: voltbeacon %s %s [--data DIR] [ARGUMENTS]\n\n"
    "Sends a command to the daemon running in DIR.\n"
    "  get [SECTION[.FIELD]]...        print settings\n"
    "  set SECTION.FIELD=VALUE...      change settings: all of them, or none, with reasons\n"
    "  status                          print counters\n"
    "  forget MAC, unforget MAC        receiver: stop or resume following a transmitter\n"
    "  rename MAC NAME                 receiver: send a transmitter a new name\n";

static int speak(const char *dir, const char *request)
{
    static char reply[VB_CONTROL_REPLY_SIZE];
    char error[VB_ERROR_SIZE];
    if (!vb_control_call(dir, request, ANSWER_MS_MAX, reply, error, sizeof error))
        return vb_start_failure(vb_cause_take(), "%s", error);
    const bool failed = strncmp(reply, "error", 5) == 0;
    fputs(failed ? reply + (reply[5] == ' ' ? 6 : 5) : reply, failed ? stderr : stdout);
    const size_t length = strlen(reply);
    if (length > 0 && reply[length - 1] != '\n')
        fputc('\n', failed ? stderr : stdout);
    return failed ? VB_EXIT_FAILED : VB_EXIT_OK;
}

int vb_control_command(const char *role, int argc, char **argv)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'}, {"help", no_argument, NULL, 'h'}, {0}};
    char dir[VB_HOST_PATH_SIZE];
    const char *verb = argv[0];
    if (!vb_host_data_dir(role, dir))
        return vb_usage_error(
            "the path of the data folder is too long; choose another with --data");
    opterr = 0;
    for (int got; (got = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (got == 'h') {
            printf(help, role, verb);
            return VB_EXIT_OK;
        }
        if (got != 'd')
            return vb_option_error(role, got, argv);
        if (optarg[0] == '\0')
            return vb_usage_error("--data: the name of the folder is empty");
        if ((size_t)snprintf(dir, sizeof dir, "%s", optarg) >= sizeof dir)
            return vb_usage_error("--data: the path is too long");
    }
    char request[VB_CONTROL_LINE_SIZE];
    size_t length = vb_append(request, 0, sizeof request, "%s", verb);
    for (int i = optind; i < argc; i++) {
        if (strpbrk(argv[i], VB_CONTROL_SEPARATOR "\n") != NULL)
            return vb_usage_error("%s: a value must not contain control characters", verb);
        length = vb_append(request, length, sizeof request, VB_CONTROL_SEPARATOR "%s", argv[i]);
    }
    if (length + 1 >= sizeof request)
        return vb_usage_error("%s: too many arguments; use several commands", verb);
    if (strcmp(verb, "set") == 0 && optind == argc)
        return vb_usage_error("set: expected SECTION.FIELD=VALUE, as in mqtt.server=192.168.1.221");
    return speak(dir, request);
}
