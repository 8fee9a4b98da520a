/* The receiver's side of the sync: follows transmitters, keeps a write-through cache of their
 * sections, and carries edits to them.
 *
 * Sans-IO, driven like the transmitter: input, tick, output, event, committed; see transmitter.h.
 */
#ifndef VOLTBEACON_RECEIVER_H
#define VOLTBEACON_RECEIVER_H

#include "voltbeacon/core/cache.h"
#include "voltbeacon/core/codec.h"
#include "voltbeacon/core/event.h"
#include "voltbeacon/core/fetch.h"
#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/kept.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/payload.h"
#include "voltbeacon/core/peer_boot.h"
#include "voltbeacon/core/peer_hello.h"
#include "voltbeacon/core/peer_link.h"
#include "voltbeacon/core/peer_stream.h"
#include "voltbeacon/core/places.h"
#include "voltbeacon/core/random.h"
#include "voltbeacon/core/reading.h"
#include "voltbeacon/core/scratch.h"
#include "voltbeacon/core/seal.h"
#include "voltbeacon/core/sent_edit.h"
#include "voltbeacon/core/store.h"
#include "voltbeacon/core/time.h"
#include "voltbeacon/core/timing.h"
#include "voltbeacon/core/turn.h"

VB_C_BEGIN

/* From worst to best. */
enum vb_sync {
    VB_SYNC_UNKNOWN,      /* nothing held */
    VB_SYNC_UNVERIFIABLE, /* versions agree, digests do not, refetching did not help */
    VB_SYNC_STALE,        /* held, but not verified since the start, or since the transmitter went
                             offline */
    VB_SYNC_FETCHING,     /* held or not; different content is being fetched */
    VB_SYNC_VERIFIED      /* the transmitter's digest covers exactly these bytes */
};
/* "unknown", "unverifiable", "stale", "fetching", "verified" */
const char *vb_sync_name(enum vb_sync sync);

struct vb_receiver_config {
    struct vb_mac mac;
    uint64_t seed;                /* different at every boot */
    uint16_t epoch;               /* this device's boot counter, durable before init */
    const struct vb_store *store; /* the cache's namespace; NULL: memory only */
    struct vb_timing timing;
    const struct vb_seal *seal;  /* that of its transmitters; NULL: frames end in a CRC-32 */
    uint16_t frame_bytes_max;    /* of the link; 0, or above VB_FRAME_BYTES_MAX: that */
    bool persist;                /* write the cache to the store */
    bool adopt_new;              /* follow unknown transmitters */
    bool remote_secrets;         /* a secret may be sent in the clear over the link */
    struct vb_peer *peers;       /* peer_count of them, owned by the caller */
    uint8_t *cache_bytes;        /* peer_count * cache_size */
    struct vb_reading *readings; /* peer_count * ring_capacity */
    struct vb_edit *edits;       /* edit_count */
    uint8_t *assembly;           /* VB_SECTION_BYTES_MAX: fragments of one section, used in turn */
    uint8_t *scratch;            /* VB_SCRATCH_BYTES */
    uint16_t cache_size;
    uint16_t ring_capacity;
    uint8_t peer_count;
    uint8_t edit_count;
};

struct vb_quality { /* since this receiver started */
    uint32_t beacons;
    uint32_t beacons_lost;
    uint32_t readings;
    uint32_t readings_lost;
    uint32_t refused;
    uint32_t reboots;
};

struct vb_peer_section {
    uint32_t store_id;          /* that the held content and version belong to */
    struct vb_age verified_age; /* in this run */
    uint32_t verified_s;        /* in an earlier run: wall clock seconds; 0 = not known */
    uint8_t mark;               /* as last announced; 0 = not announced */
    uint8_t reported;           /* enum vb_sync last reported in an event */
    bool verified;              /* by the newest digest heard */
    bool wanted;                /* what is held is not what was announced */
    bool requested;             /* the answer may be on its way */
    bool changed;               /* its content changed and no event has reported it yet */
    bool dirty;                 /* differs from the store */
    bool saving;                /* part of the batch under way */
    bool old_form;              /* the store holds it without a checksum */
    bool differs;               /* VB_EVENT_CONTENT_DIFFERS has been reported */
};

/* One transmitter that is followed. Free to read; only the core writes it. */
struct vb_peer {
    struct vb_mac mac;
    bool used;
    uint32_t adoption; /* a new number each time a transmitter gets a place */
    bool known;        /* has answered a hello, now or in an earlier run; else it may be replaced */
    struct vb_age followed; /* since it got its place */
    bool waits_for_turn;    /* for the assembly buffer */
    enum vb_link_state link;
    bool heard; /* anything, since this receiver started */
    struct vb_age beacon_age;
    struct vb_age frame_age;
    uint8_t asks; /* how many of timing.ask_at were used since the last frame */

    bool runtime_known;
    struct vb_runtime runtime;
    struct vb_board_facts facts; /* all zeroes: this boot has told none yet */
    uint32_t uptime_s;

    uint32_t
        store_id; /* as last announced; 0 = not known. That of a section's content stands with it */
    bool epoch_known;
    uint16_t epoch;
    struct vb_peer_boot boot;
    uint8_t old_frames; /* refused as old, in a row */
    uint32_t nonce;     /* of the last hello; 0 = an answer to it would no longer be fresh */
    bool seq_known;     /* a frame of this epoch has told some of the transmitter's state ... */
    uint32_t state_seq; /* ... this is the newest such seq: older ones are ignored */
    uint32_t digest;    /* as last announced; valid once something is announced */
    bool goodbye;       /* received: frames sent before it are no sign of life */
    bool beacon_counted;
    uint8_t beacon_number;

    struct vb_cache cache;
    struct vb_peer_section sections[VB_MARKS_MAX + 1]; /* by id */

    enum vb_hello_state hello;
    bool hello_to_all;       /* not to the last address heard */
    uint32_t hello_at_ms;    /* while wanted */
    struct vb_age hello_age; /* since the last one */
    bool ack_due;
    uint8_t ack_number;

    enum vb_fetch_state fetch;
    bool request_due;
    uint8_t refuted; /* by readings, while its answers stay the same; up to 255 */
    uint8_t request_tries;
    uint32_t request_at_ms; /* next retry */
    uint8_t refetches;      /* rounds of "all the same", at most VB_REFETCHES_MAX */
    uint16_t said_same;     /* bit id: in this round, for the current digest */

    struct vb_codec_decoder codec;
    enum vb_stream_state stream;
    uint32_t reading_seq;    /* of the newest frame of a reading: older ones are ignored */
    uint16_t reading_number; /* the newest of which anything arrived; wraps */
    uint8_t reading_missing; /* bit n: part n */
    struct vb_codec_origin reading_origin; /* of the part that arrived first */
    struct vb_reading reading;             /* what has arrived of it */
    bool reading_ack_due;
    struct vb_reading_ack reading_ack;
    struct vb_reading_ring ring;

    uint32_t heard_s;     /* wall clock, in an earlier run; 0 = not known: vb_peer_heard_s() */
    uint32_t silent_s;    /* not heard for this long while this receiver ran ... */
    uint32_t silent_at_s; /* ... up to this uptime */
    bool record_due;      /* "<mac>+0" has to be written */
    bool record_saving;

    struct vb_quality quality;
    uint32_t refused[VB_ERR_COUNT]; /* frames with its address, forged ones too, by -err */
    struct vb_change_stamps changed;
};

/* Allocated by the caller; private to the core, but peers and edits may be read. */
struct vb_receiver {
    struct vb_receiver_config config;
    struct vb_room room; /* of its link's frames, under its seal */
    struct vb_random random;
    struct vb_events events;
    struct vb_scratch scratch;
    uint32_t seq;
    uint32_t late_ms;          /* of the frame being processed ... */
    struct vb_payload payload; /* ... and its content: too large for the stack */
    struct vb_records records;
    uint32_t uptime_s;
    uint32_t ticked_ms;
    uint32_t uptime_ms;
    bool announce_due; /* broadcast hello: this receiver has just booted */
    uint8_t announces; /* sent so far */
    uint32_t announce_at_ms;
    uint32_t announce_nonce;

    struct vb_turn turn; /* for the assembly buffer */

    struct vb_places places; /* places.h */

    bool unreadable; /* part of the cache could not be read; retried at reread_at_ms */
    uint32_t reread_at_ms;
    struct vb_damage_told damage_told[VB_DAMAGE_TOLD_MAX];
    bool committing;
    uint32_t commit_token;
    uint32_t commit_at_ms; /* not before this */
    uint32_t commits;
    uint32_t commits_failed;
    uint32_t refused[VB_ERR_COUNT];
};

/* Loads the cache: everything known is available as "stale" before init returns. What cannot be
 * read is left out. */
void vb_receiver_init(struct vb_receiver *r, const struct vb_receiver_config *config,
                      uint32_t now_ms);

enum vb_err vb_receiver_input(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *src,
                              const struct vb_mac *dst, const uint8_t *bytes, size_t size);
/* The next frame waited this long before it was passed to vb_receiver_input(): its sender was
 * heard, and a reading in it sampled, that much earlier. */
void vb_receiver_late(struct vb_receiver *r, uint32_t late_ms);
void vb_receiver_tick(struct vb_receiver *r, uint32_t now_ms);
uint32_t vb_receiver_wakeup_ms(const struct vb_receiver *r, uint32_t now_ms);
size_t vb_receiver_output(struct vb_receiver *r, uint32_t now_ms, struct vb_mac *dst,
                          uint8_t bytes[VB_FRAME_BYTES_MAX]);
/* For the log; code that acts on changes asks for the changes, see changes.h. */
bool vb_receiver_event(struct vb_receiver *r, struct vb_event *event);
uint64_t vb_receiver_revision(const struct vb_receiver *r);
/* Of any peer, any edit, or the own store: whether to check them one by one. */
struct vb_changes vb_receiver_changes(const struct vb_receiver *r, uint64_t seen);
/* ADOPTED among them: this place may now hold another transmitter. For readings, better use a
 * cursor into peer->ring. */
struct vb_changes vb_peer_changes(const struct vb_peer *peer, uint64_t seen);

void vb_receiver_committed(struct vb_receiver *r, uint32_t now_ms, uint32_t token,
                           enum vb_err result);

/* Starts writing unsaved changes immediately instead of after timing.commit_coalesce. With a batch
 * under way it is the next one, started by vb_receiver_committed(). Done, or failed, once
 * `committing` is false. */
void vb_receiver_flush(struct vb_receiver *r, uint32_t now_ms);
/* Whether everything to be kept across a restart is stored: a power cut now would lose nothing. */
bool vb_receiver_saved(const struct vb_receiver *r);

/* Takes effect immediately: the settings persist_cache and adopt_new. */
void vb_receiver_settings(struct vb_receiver *r, uint32_t now_ms, bool persist, bool adopt_new);

/* NULL if it is not followed. */
const struct vb_peer *vb_receiver_peer(const struct vb_receiver *r, const struct vb_mac *mac);

enum vb_sync vb_peer_sync(const struct vb_peer *peer, uint8_t section);
/* The worst of all sections held or announced; unknown if there are none. */
enum vb_sync vb_peer_sync_worst(const struct vb_peer *peer);
/* Milliseconds since last verified; 0xffffffff if not since the start. */
uint32_t vb_peer_verified_ms(const struct vb_peer *peer, uint8_t section, uint32_t now_ms);
/* Milliseconds until the next beacon is due at the latest; 0 if late. */
uint32_t vb_peer_next_beacon_ms(const struct vb_receiver *r, const struct vb_peer *peer,
                                uint32_t now_ms);

/* Sends changes (in the form of vb_section_merge, secrets as text) based on what the cache holds.
 * *id identifies the edit from now on. VB_ERR_OFFLINE; VB_ERR_NOT_FOUND; VB_ERR_TOO_LONG;
 * VB_ERR_BUSY: all slots hold pending edits; VB_ERR_NOT_ALLOWED: a secret that may not be sent;
 * VB_ERR_OUT_OF_RANGE with reasons. */
VB_MUST_USE enum vb_err vb_receiver_edit(struct vb_receiver *r, uint32_t now_ms,
                                         const struct vb_mac *mac, uint8_t section,
                                         const uint8_t *changes, size_t size, uint64_t *id,
                                         struct vb_reasons *reasons);
/* NULL if it is no longer kept. */
const struct vb_edit *vb_receiver_edit_find(const struct vb_receiver *r, uint64_t id);

VB_C_END

#endif
