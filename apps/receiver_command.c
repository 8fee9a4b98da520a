/* voltbeacon receiver: its options. */
#include "receiver_daemon.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "control_command.h"

static void print_help(void)
{
    puts("usage: voltbeacon receiver [OPTIONS]\n"
         "       voltbeacon receiver status [--data DIR]\n"
         "       voltbeacon receiver forget|unforget MAC [--data DIR]\n"
         "       voltbeacon receiver rename MAC NAME [--data DIR]\n\n"
         "  --http ADDRESS:PORT  where to serve the pages (127.0.0.1:8080)\n"
         "  --host NAME          accept requests for this host name too; may be repeated\n"
         "  --insecure-no-login  serve an address that others can reach, without a login");
    vb_daemon_print_options();
}

static int take(void *own, int got, char **argv)
{
    struct vb_receiver_options *options = own;
    switch (got) {
    case 'p':
        options->http = optarg;
        return VB_EXIT_OK;
    case 't':
        if (options->host_count == VB_RECEIVER_HOSTS_MAX)
            return vb_usage_error("receiver: --host: at most %d names", VB_RECEIVER_HOSTS_MAX);
        options->hosts[options->host_count++] = optarg;
        return VB_EXIT_OK;
    case 'i':
        options->insecure = true;
        return VB_EXIT_OK;
    default:
        return vb_option_error("receiver", got, argv);
    }
}

static bool speaks(const char *word)
{
    static const char *const words[] = {"status", "forget", "unforget", "rename"};
    for (size_t i = 0; i < VB_COUNT_OF(words); i++) {
        if (strcmp(word, words[i]) == 0)
            return true;
    }
    return false;
}

int vb_command_receiver(int argc, char **argv)
{
    static const struct option own_options[] = {{"http", required_argument, NULL, 'p'},
                                                {"host", required_argument, NULL, 't'},
                                                {"insecure-no-login", no_argument, NULL, 'i'},
                                                {0}};
    static const struct vb_daemon_usage usage = {
        .role = "receiver", .options = own_options, .print_help = print_help, .take = take};
    static struct vb_receiver_options options;
    int status;
    if (argc > 1 && argv[1][0] != '-')
        return speaks(argv[1])
                   ? vb_control_command("receiver", argc - 1, argv + 1)
                   : vb_usage_error("receiver: unknown command %s; expected status, forget, "
                                    "unforget or rename",
                                    argv[1]);
    return vb_daemon_options_read(&usage, argc, argv, &options.common, &options, &status)
               ? vb_receiver_run(&options)
               : status;
}
