/* How soon all are in sync again after one side has restarted, in a world without faults. */
#ifndef VOLTBEACON_AGAIN_H
#define VOLTBEACON_AGAIN_H

enum { AGAIN_MS_MAX = 2000 };

/* X(NAME, "name"): after what. */
#define AGAIN_LIST(X)                        \
    X(RECEIVER, "a receiver's reboot")       \
    X(TRANSMITTER, "a transmitter's reboot") \
    X(RESTORED, "a store was put back as it was")

enum again {
#define X(NAME, name) AGAIN_##NAME,
    AGAIN_LIST(X)
#undef X
        AGAINS
};

const char *again_name(enum again again);

#endif
