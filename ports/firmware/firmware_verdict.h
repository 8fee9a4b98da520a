/* What is said of an image of new firmware. */
#ifndef VOLTBEACON_FIRMWARE_VERDICT_H
#define VOLTBEACON_FIRMWARE_VERDICT_H

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* name, the sentence for whoever sent it */
#define VB_FIRMWARE_VERDICTS(X)                                                            \
    X(OK, "The firmware was taken; the board starts anew with it, on trial.")              \
    X(NO_IMAGE, "That is no firmware of an ESP32.")                                        \
    X(OTHER_CHIP, "That firmware is for another chip.")                                    \
    X(NO_DESCRIPTION, "That firmware does not say what it is; build it with a later IDF.") \
    X(OLD_LAYOUT, "That firmware was built with an ESP-IDF before 5.5; take a later one.") \
    X(OTHER_ROLE, "That firmware is of another program than the one that runs here.")      \
    X(TOO_LARGE, "That firmware is larger than its place in this board's flash.")          \
    X(UNSIGNED, "That firmware is not signed.")                                            \
    X(TORN, "That firmware is not whole; send it again.")                                  \
    X(DAMAGED, "That firmware is damaged; send it again.")                                 \
    X(REFUSED, "That firmware is not signed by the key of what runs here, or is damaged.") \
    X(BUSY, "Other firmware is being taken; try again later.")                             \
    X(ON_TRIAL, "The firmware that runs is on trial itself; try again in a minute.")       \
    X(NO_PLACE, "This board has no second place for firmware; use the cable.")             \
    X(FLASH, "The board's flash refused it; try again.")

enum vb_firmware_verdict {
#define X(name, text) VB_FIRMWARE_##name,
    VB_FIRMWARE_VERDICTS(X)
#undef X
};

const char *vb_firmware_text(enum vb_firmware_verdict verdict);

VB_C_END

#endif
