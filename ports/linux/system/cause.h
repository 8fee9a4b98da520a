/* Why something could not be started, as an exit code: for scripts and service managers, in
 * addition to the message for people.
 *
 * Set by the code that writes the message, on the same thread, like errno by a system call. */
#ifndef VOLTBEACON_LINUX_CAUSE_H
#define VOLTBEACON_LINUX_CAUSE_H

/* The values of sysexits.h of 4.3BSD. X(NAME, value, "what it means") */
#define VB_CAUSE_LIST(X)                                             \
    X(USAGE, 64, "the command line is wrong")                        \
    X(DATA, 65, "the input is damaged or of an unknown format")      \
    X(NO_INPUT, 66, "an input file is missing or not a file")        \
    X(NO_HOST, 68, "this machine has no such address")               \
    X(UNAVAILABLE, 69, "a port, interface or daemon is unavailable") \
    X(SOFTWARE, 70, "a bug in this program")                         \
    X(SYSTEM, 71, "out of memory, descriptors or threads")           \
    X(CANT_CREATE, 73, "a file or folder cannot be created")         \
    X(IO, 74, "a disk or device failed")                             \
    X(TEMPORARY, 75, "the data folder is in use: try again later")   \
    X(NO_PERMISSION, 77, "this user has no permission")              \
    X(CONFIG, 78, "stored data is from a newer version, or unusable")

enum vb_cause {
#define X(NAME, value, text) VB_CAUSE_##NAME = (value),
    VB_CAUSE_LIST(X)
#undef X
};

void vb_cause_set(enum vb_cause cause);

/* The cause for a system call's errno; otherwise if it is not one of these. */
void vb_cause_set_errno(int number, enum vb_cause otherwise);

/* The last one set; VB_CAUSE_SOFTWARE if none was since the last take. */
enum vb_cause vb_cause_take(void);

#endif
