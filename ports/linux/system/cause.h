/* Why something could not be started, as an exit code tells it: for scripts and service managers,
 * beside the sentence for people.
 *
 * Set by whoever writes the sentence, on the same thread, as errno is by a system call. */
#ifndef VOLTBEACON_LINUX_CAUSE_H
#define VOLTBEACON_LINUX_CAUSE_H

/* The values of sysexits.h of 4.3BSD. X(NAME, value, "what it means") */
#define VB_CAUSE_LIST(X)                                            \
    X(USAGE, 64, "the command line is wrong")                       \
    X(DATA, 65, "what was read is damaged or of no known form")     \
    X(NO_INPUT, 66, "a file to be read is not there or is none")    \
    X(NO_HOST, 68, "this machine has no such address")              \
    X(UNAVAILABLE, 69, "a port, interface or daemon cannot be had") \
    X(SOFTWARE, 70, "a fault of this program")                      \
    X(SYSTEM, 71, "no memory, descriptor or thread is left")        \
    X(CANT_CREATE, 73, "a file or folder cannot be made")           \
    X(IO, 74, "a disk or device failed")                            \
    X(TEMPORARY, 75, "the data folder is in use: try again later")  \
    X(NO_PERMISSION, 77, "this user may not")                       \
    X(CONFIG, 78, "what is stored is of a newer version, or cannot be used")

enum vb_cause {
#define X(NAME, value, text) VB_CAUSE_##NAME = (value),
    VB_CAUSE_LIST(X)
#undef X
};

void vb_cause_set(enum vb_cause cause);

/* The cause that a system call's errno stands for; otherwise, where it is not one of these. */
void vb_cause_set_errno(int number, enum vb_cause otherwise);

/* What was set last; VB_CAUSE_SOFTWARE where nothing was since the last take. */
enum vb_cause vb_cause_take(void);

#endif
