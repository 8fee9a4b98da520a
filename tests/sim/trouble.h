/* How one of the devices, or somebody else, misbehaves while the others are watched; see beside.h.
 */
#ifndef VOLTBEACON_TROUBLE_H
#define VOLTBEACON_TROUBLE_H

/* X(NAME, "name"): what the one does all the time. */
#define TROUBLE_LIST(X)                                                    \
    X(STRANGERS, "strangers that flood")                                   \
    X(REBOOTS, "a device that restarts all the time")                      \
    X(DEAF, "a receiver that hears nothing and asks")                      \
    X(MUTE, "a transmitter that hears nothing and tells")                  \
    X(FULL_DISK, "a transmitter that is told to store and never can")      \
    X(NOISY, "a receiver that greets and edits as fast as it can, wildly") \
    X(WILD_LINKS, "a device on links with every fault")

enum trouble {
#define X(NAME, name) TROUBLE_##NAME,
    TROUBLE_LIST(X)
#undef X
        TROUBLES
};

const char *trouble_name(enum trouble trouble);

#endif
