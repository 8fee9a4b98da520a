#include "daemon_options.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "linux/link/linux_link.h"
#include "linux/system/log.h"

enum { OPTIONS_MAX = 16 };

/* A daemon's own options use other letters. */
static const struct option common_options[] = {
    {"data", required_argument, NULL, 'd'},
    {"link", required_argument, NULL, 'l'},
    {"mac", required_argument, NULL, 'm'},
    {"allow-unsealed-secrets", no_argument, NULL, 'u'},
    {"insecure-open-link", no_argument, NULL, 'O'},
    {"log", required_argument, NULL, 'g'},
    {"help", no_argument, NULL, 'h'},
};

/* The common ones, then the daemon's own, then the row that ends them. */
static void join_options(const struct option *own, struct option all[OPTIONS_MAX])
{
    size_t count = VB_COUNT_OF(common_options);
    memcpy(all, common_options, sizeof common_options);
    do {
        VB_ASSERT(count < OPTIONS_MAX);
        all[count++] = *own;
    } while ((own++)->name != NULL);
}

static bool is_common(int got)
{
    for (size_t i = 0; i < VB_COUNT_OF(common_options); i++) {
        if (common_options[i].val == got)
            return true;
    }
    return false;
}

/* An option of both. VB_EXIT_OK, or the status to exit with. */
static int take_common(const char *role, struct vb_daemon_options *options, int got)
{
    enum vb_log_level level;
    switch (got) {
    case 'd':
        if (optarg[0] == '\0')
            return vb_usage_error("%s: --data: the name of the folder is empty", role);
        if ((size_t)snprintf(options->data, sizeof options->data, "%s", optarg) >=
            sizeof options->data)
            return vb_usage_error("%s: --data: the path is too long", role);
        return VB_EXIT_OK;
    case 'l':
        options->link = optarg;
        return VB_EXIT_OK;
    case 'm':
        options->mac_given = vb_mac_parse(optarg, strlen(optarg), &options->mac);
        return options->mac_given
                   ? VB_EXIT_OK
                   : vb_usage_error("%s: --mac %s: expected the form 02:1a:2b:3c:4d:5e", role,
                                    optarg);
    case 'O':
        options->open_link = true;
        return VB_EXIT_OK;
    case 'u':
        options->unsealed_secrets = true;
        return VB_EXIT_OK;
    default:
        VB_ASSERT(got == 'g');
        if (!vb_log_level_parse(optarg, &level))
            return vb_usage_error("%s: --log %s: expected error, warning, info or debug", role,
                                  optarg);
        vb_log_set_level(level);
        return VB_EXIT_OK;
    }
}

bool vb_daemon_options_read(const struct vb_daemon_usage *usage, int argc, char **argv,
                            struct vb_daemon_options *common, void *own, int *status)
{
    struct option options[OPTIONS_MAX];
    join_options(usage->options, options);
    *common = (struct vb_daemon_options){.link = "udp"};
    *status = VB_EXIT_OK;
    if (!vb_host_data_dir(usage->role, common->data)) {
        *status =
            vb_usage_error("the path of the data folder is too long; choose another with --data");
        return false;
    }
    opterr = 0;
    for (int got; (got = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (got == 'h') {
            usage->print_help();
            return false;
        }
        *status =
            is_common(got) ? take_common(usage->role, common, got) : usage->take(own, got, argv);
        if (*status != VB_EXIT_OK)
            return false;
    }
    if (optind == argc)
        return true;
    *status = vb_usage_error("%s: unexpected argument %s", usage->role, argv[optind]);
    return false;
}

void vb_daemon_print_options(void)
{
    puts("  --data DIR           its data folder; one device per folder\n"
         "  --link LINK          how the two reach each other; by default on this machine only");
    for (unsigned i = 0; vb_linux_link_usage(i) != NULL; i++)
        printf("                         %s\n", vb_linux_link_usage(i));
    puts("  --insecure-open-link\n"
         "                       let other machines hear the link: without a group it uses the\n"
         "                       networks of this machine. Anybody in them can read and change\n"
         "                       everything, since nothing is sealed yet\n"
         "  --mac MAC            its address on the link (random, kept in DIR/device-id)\n"
         "  --allow-unsealed-secrets\n"
         "                       allow passwords on a link that others can hear\n"
         "  --log LEVEL          error, warning, info or debug");
    vb_print_exit_codes();
}
