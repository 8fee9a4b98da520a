/* voltbeacon demo: a transmitter and a receiver on this machine, as separate processes, so that
 * either can be killed to watch it recover: whichever dies is restarted. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "daemon.h"
#include "linux/system/host.h"
#include "linux/system/restart.h"
#include "stop_signal.h"
#include "text.h"

enum { ARGUMENTS_MAX = 16 };

struct child {
    const char *name;
    char *argv[ARGUMENTS_MAX];
    char data[VB_HOST_PATH_SIZE];
    pid_t pid; /* 0 = not running */
    struct vb_restart restart;
    int refused; /* its exit code if it cannot run at all; else 0 */
};

static time_t now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static bool start_child(struct child *child)
{
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0); /* we pass Ctrl-C on */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    const int failed =
        posix_spawn(&child->pid, "/proc/self/exe", NULL, &attributes, child->argv, environ);
    posix_spawnattr_destroy(&attributes);
    vb_restart_started(&child->restart, now_s());
    if (failed == 0)
        return true;
    child->pid = 0;
    vb_failure("demo: cannot start the %s: %s", child->name, strerror(failed));
    return false;
}

/* False if the demo cannot continue. */
static bool look_after(struct child *child)
{
    int status;
    if (child->pid == 0)
        return !vb_restart_is_due(&child->restart, now_s()) || start_child(child);
    if (waitpid(child->pid, &status, WNOHANG) != child->pid)
        return true;
    child->pid = 0;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : VB_EXIT_FAILED;
    if (!vb_restart_ended(&child->restart, now_s(), code >= VB_CAUSE_USAGE)) {
        child->refused = code == VB_EXIT_OK ? VB_EXIT_FAILED : code;
        vb_failure("demo: the %s cannot run; see above", child->name);
        return false;
    }
    fprintf(stderr, "demo: the %s has ended; restarting it in %d s\n", child->name,
            VB_RESTART_AFTER_S);
    return true;
}

static void end_child(struct child *child)
{
    if (child->pid == 0)
        return;
    kill(child->pid, SIGTERM);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    child->pid = 0;
}

static int look_after_all(struct child *children, unsigned count)
{
    vb_stop_on_signal();
    bool fine = true;
    for (unsigned i = 0; i < count && fine; i++)
        fine = start_child(&children[i]);
    while (fine && !vb_stop_signalled()) {
        const struct timespec pause = {.tv_nsec = 100000000};
        nanosleep(&pause, NULL);
        for (unsigned i = 0; i < count && fine; i++)
            fine = look_after(&children[i]);
    }
    int status = fine ? VB_EXIT_OK : VB_CAUSE_SYSTEM;
    for (unsigned i = 0; i < count; i++) {
        end_child(&children[i]);
        status = children[i].refused != 0 ? children[i].refused : status;
    }
    return status;
}

static void print_help(void)
{
    puts(
        "usage: voltbeacon demo [OPTIONS]\n\n"
        "Runs one transmitter and one receiver, prints where the pages are, stops both on Ctrl-C.\n"
        "Kill either: it is restarted after 3 s. Settings are kept between demos.\n\n"
        "  --source SOURCE  sim, or any that voltbeacon transmitter --help lists; a recording is\n"
        "                   looped\n"
        "  --speed N        play it N times as fast\n"
        "  --http A:P       where to serve the pages (127.0.0.1:8080)\n"
        "  --link LINK      how the two reach each other (udp)\n"
        "  --data DIR       instead of the user's data folder");
    vb_print_exit_codes();
}

static bool set_data(struct child *child, const char *dir)
{
    if (dir == NULL)
        return vb_host_data_dir(child->name[0] == 't' ? "demo-transmitter" : "demo-receiver",
                                child->data);
    return (size_t)snprintf(child->data, sizeof child->data, "%s/%s", dir, child->name) <
           sizeof child->data;
}

int vb_command_demo(int argc, char **argv)
{
    static const struct option options[] = {{"source", required_argument, NULL, 's'},
                                            {"speed", required_argument, NULL, 'x'},
                                            {"http", required_argument, NULL, 'p'},
                                            {"link", required_argument, NULL, 'l'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    char *source = (char[]){"sim:fast=60"};
    char *speed = (char[]){"1"};
    char *http = (char[]){"127.0.0.1:8080"};
    char *link = (char[]){"udp"};
    const char *data = NULL;
    double number;
    opterr = 0;
    for (int got; (got = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        switch (got) {
        case 's':
            source = optarg;
            break;
        case 'x':
            if (!vb_parse_number(optarg, 1000, &number))
                return vb_usage_error("demo: --speed %s: expected a number above 0, at most 1000",
                                      optarg);
            speed = optarg;
            break;
        case 'p':
            http = optarg;
            break;
        case 'l':
            link = optarg;
            break;
        case 'd':
            if (optarg[0] == '\0')
                return vb_usage_error("demo: --data: the name of the folder is empty");
            data = optarg;
            break;
        case 'h':
            print_help();
            return VB_EXIT_OK;
        default:
            return vb_option_error("demo", got, argv);
        }
    }
    if (optind < argc)
        return vb_usage_error("demo: unexpected argument %s", argv[optind]);
    static struct child children[] = {{.name = "receiver"}, {.name = "transmitter"}};
    for (unsigned i = 0; i < VB_COUNT_OF(children); i++) {
        if (!set_data(&children[i], data))
            return vb_usage_error(
                "demo: the path of the data folder is too long; choose another with --data DIR");
    }
    char *receiver[] = {"voltbeacon", "receiver", "--data", children[0].data, "--http", http,
                        "--link",     link,       NULL};
    char *transmitter[] = {
        "voltbeacon", "transmitter", "--data", children[1].data, "--source", source, "--speed",
        speed,        "--loop",      "--name", "Demo battery",   "--link",   link,   NULL};
    setenv(VB_DAEMON_OF_DEMO, "1", 1);
    memcpy(children[0].argv, receiver, sizeof receiver);
    memcpy(children[1].argv, transmitter, sizeof transmitter);
    return look_after_all(children, VB_COUNT_OF(children));
}
