/* New firmware on trial: kept once its board has been healthy for a minute without a break; else
 * the one before comes back. A crash, or a power cut, ends the trial by itself: the boot loader
 * goes back.
 *
 *     NONE            what runs is not on trial
 *     ON ──▶ KEPT     by vb_trial_ended(), once the boot loader has been told
 *      └───▶ BACK     likewise; the board starts anew with the one before
 */
#ifndef VOLTBEACON_FIRMWARE_TRIAL_H
#define VOLTBEACON_FIRMWARE_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

enum {
    VB_TRIAL_HEALTHY_MS = 60000, /* without a break */
    VB_TRIAL_MS_MAX = 300000,    /* whoever is not healthy after so long goes back */
    VB_TRIAL_SILENT_MS = 30000   /* a sign of life comes at least as often: a beacon every 15 s */
};

enum vb_trial_state { VB_TRIAL_NONE, VB_TRIAL_ON, VB_TRIAL_KEPT, VB_TRIAL_BACK };

/* name, what is said of it */
#define VB_TRIAL_AILMENTS(X)                                      \
    X(NOTHING, "nothing")                                         \
    X(DEVICE, "the device stands still")                          \
    X(STORE, "settings are not stored")                           \
    X(NETWORK, "the network that was chosen is not joined")       \
    X(RADIO, "the radio says nothing of the frames that it sent") \
    X(SERVER, "the web server does not answer")

enum vb_trial_ailment {
#define X(name, text) VB_TRIAL_##name,
    VB_TRIAL_AILMENTS(X)
#undef X
};

const char *vb_trial_ailment_text(enum vb_trial_ailment ailment);

/* What a board shows of itself. Counts only grow, and wrap. */
struct vb_trial_signs {
    uint32_t turns;     /* of the device */
    uint32_t stored;    /* batches, since the start */
    uint32_t refused;   /* likewise, by the flash */
    bool wants_network; /* one was chosen */
    bool is_online;     /* it has been joined, and there is an address */
    bool wants_answers; /* where there is no network: the radio sends often */
    uint32_t answers;   /* of the radio, to frames that it was given */
    bool serves;        /* a web server belongs to this board */
    uint32_t rounds;    /* of it */
};

/* Whether a count goes on. */
struct vb_trial_beat {
    uint32_t count;
    uint32_t since_ms; /* when it last went on */
};

struct vb_trial {
    enum vb_trial_state state;
    uint32_t began_ms;
    uint32_t healthy_since_ms;
    enum vb_trial_ailment ailment; /* the first that was found last */
    uint32_t refused;
    struct vb_trial_beat turns, answers, rounds;
};

enum vb_trial_advice { VB_TRIAL_GO_ON, VB_TRIAL_KEEP, VB_TRIAL_GO_BACK };

/* on_trial: the boot loader says so. */
void vb_trial_begin(struct vb_trial *trial, bool on_trial, uint32_t now_ms);
/* At least every five seconds. What is to be done, again and again until vb_trial_ended(). */
enum vb_trial_advice vb_trial_look(struct vb_trial *trial, const struct vb_trial_signs *signs,
                                   uint32_t now_ms);
/* It was on trial, and is kept, or not. */
void vb_trial_ended(struct vb_trial *trial, enum vb_trial_state state);

VB_C_END

#endif
