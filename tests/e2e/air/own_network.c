/* Runs a command in a network namespace of its own, which has a loopback interface, up, and nothing
 * else:
 *
 *     voltbeacon-own-network COMMAND...
 *
 * There the command may make interfaces, whoever started it: its user is root in there. Ends as the
 * command does, and says on its standard output what it took of the processor, as a line of TAP. */
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../../fixtures/tap_radio.h"

enum { NOT_MADE = 125, NOT_RUN = 127, ID_TEXT_SIZE = 32, US_A_S = 1000000 };

static void fail(const char *what)
{
    perror(what);
    exit(NOT_MADE);
}

static void write_id(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        fail(path);
}

/* One who may not make a network may as root of a user namespace. */
static void be_root(void)
{
    char user[ID_TEXT_SIZE];
    char group[ID_TEXT_SIZE];
    (void)snprintf(user, sizeof user, "0 %u 1", (unsigned)getuid());
    (void)snprintf(group, sizeof group, "0 %u 1", (unsigned)getgid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        fail("a network namespace");
    write_id("/proc/self/setgroups", "deny");
    write_id("/proc/self/uid_map", user);
    write_id("/proc/self/gid_map", group);
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / US_A_S;
}

int main(int argc, char **argv)
{
    int status;
    struct rusage used;
    if (argc < 2)
        return NOT_MADE;
    if (unshare(CLONE_NEWNET) != 0)
        be_root();
    if (!tap_set_up("lo", true))
        fail("lo");
    const pid_t child = fork();
    if (child == 0) {
        (void)execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(NOT_RUN);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child)
        fail(argv[1]);
    printf("# processor time %.1f s\n", seconds(used.ru_utime) + seconds(used.ru_stime));
    return WIFEXITED(status) ? WEXITSTATUS(status) : NOT_MADE;
}
