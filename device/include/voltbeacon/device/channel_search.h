/* On which radio channel a transmitter should be: a receiver is bound to the channel of its access
 * point, which may change, and the transmitter has to follow. Sans-IO; the port of the radio drives
 * it:
 *
 *     vb_channel_search_heard()      after each frame that vb_transmitter_device_input() accepted
 *     vb_channel_search_announced()  when an access point announces that it changes its channel
 *     vb_channel_search_bind()       when the channel is no longer the search's to choose, and back
 *     vb_channel_search_tick()       when vb_channel_search_wakeup_ms() says so, or earlier. Then
 *                                    the radio goes to search->channel; if the tick returned true,
 *                                    vb_transmitter_ask() follows, and the device's output
 *     vb_channel_search_refused()    instead, if the radio did not go there
 *
 * The port stores search->home whenever it changes, so that the next start begins there. Why it
 * works like this: docs/adr/0030-channel-search.md. */
#ifndef VOLTBEACON_DEVICE_CHANNEL_SEARCH_H
#define VOLTBEACON_DEVICE_CHANNEL_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/time.h"

VB_C_BEGIN

enum { VB_CHANNEL_MAX = 14 /* of the 2.4 GHz band; most countries allow 11 or 13 */ };

enum vb_channel_state {
    VB_CHANNEL_LINKED,    /* a receiver is heard on this channel */
    VB_CHANNEL_DOUBTED,   /* one may be there; it is being asked */
    VB_CHANNEL_SEARCHING, /* one channel after the other is asked */
    VB_CHANNEL_RESTING,   /* nobody answered on any; listening on the last known one */
    VB_CHANNEL_BOUND      /* somebody else decides: the device's own Wi-Fi station, say */
};

/* Private to the search, unless said. */
struct vb_channel_search {
    enum vb_channel_state state; /* may be read */
    uint8_t channel;             /* may be read: to be on now, 1 to VB_CHANNEL_MAX */
    uint8_t home;                /* may be read: where a receiver was last heard; 0 = nowhere yet */
    uint8_t channels;            /* 1 to this are searched */
    bool is_away;                /* it has left the channel since a receiver was last heard */
    uint8_t order[VB_CHANNEL_MAX]; /* of this round */
    uint8_t order_count;
    uint8_t visited;     /* of these */
    uint8_t rounds;      /* without an answer; saturates */
    uint8_t asks_left;   /* on this channel */
    uint32_t at_ms;      /* when it goes on */
    struct vb_age heard; /* since a receiver was last heard, or since init */
    uint32_t recovered_ms;
    uint32_t recoveries;
};

/* What there is to tell about it. */
struct vb_channel_report {
    enum vb_channel_state state;
    uint8_t channel;       /* now */
    uint32_t without_ms;   /* since a receiver was last heard, or the start; 0 while linked */
    uint32_t recovered_ms; /* from the last frame before the last loss of the link to the first one
                              after it; VB_AGE_UNKNOWN: it was never lost */
    uint32_t recoveries;
};

/* Searches channels 1 to `channels` (1 to VB_CHANNEL_MAX), beginning with `kept`: the home of an
 * earlier start; 0, or any that is not among them: none is known. */
void vb_channel_search_init(struct vb_channel_search *search, uint32_t now_ms, uint8_t kept,
                            uint8_t channels);
/* An authentic frame of a receiver was heard on this channel, which is not always the current one:
 * it may have waited. 0: the current one. */
void vb_channel_search_heard(struct vb_channel_search *search, uint32_t now_ms, uint8_t channel);
/* An access point on the current channel is about to change to this one. Followed at once if a
 * receiver was here; without an answer there, the search begins. */
void vb_channel_search_announced(struct vb_channel_search *search, uint32_t now_ms,
                                 uint8_t channel);
/* From now on the device has to be on this channel, 1 to VB_CHANNEL_MAX; 0: it may be on any. */
void vb_channel_search_bind(struct vb_channel_search *search, uint32_t now_ms, uint8_t channel);
/* The radio cannot go to search->channel, because of the country it is in, say: the next one. */
void vb_channel_search_refused(struct vb_channel_search *search, uint32_t now_ms);

/* Takes one step; a bound search takes none. Returns whether to ask now, on search->channel. */
VB_MUST_USE bool vb_channel_search_tick(struct vb_channel_search *search, uint32_t now_ms);
/* Milliseconds until a tick is needed, at most VB_FOREVER_MS. */
uint32_t vb_channel_search_wakeup_ms(const struct vb_channel_search *search, uint32_t now_ms);

struct vb_channel_report vb_channel_search_report(const struct vb_channel_search *search,
                                                  uint32_t now_ms);

/* "linked", "doubted", "searching", "resting", "bound" */
const char *vb_channel_name(enum vb_channel_state state);
/* Whether the states may follow each other; for tests. */
bool vb_channel_legal(enum vb_channel_state from, enum vb_channel_state to);

VB_C_END

#endif
