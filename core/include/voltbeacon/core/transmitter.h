/* The transmitter's side of the sync: owns the sections, announces and serves them, takes edits,
 * streams readings.
 *
 * Sans-IO: the caller feeds in time, frames and the store's answers, and fetches frames and
 * events:
 *
 *     vb_transmitter_input()       for each frame that came
 *     vb_transmitter_tick()        when vb_transmitter_wakeup_ms() says so, or earlier
 *     vb_transmitter_output()      after each of them, until it returns 0
 *     vb_transmitter_event()       likewise, until it returns false
 *     vb_transmitter_committed()   when the store has answered
 */
#ifndef VOLTBEACON_TRANSMITTER_H
#define VOLTBEACON_TRANSMITTER_H

#include "voltbeacon/core/airtime.h"
#include "voltbeacon/core/cache.h"
#include "voltbeacon/core/codec.h"
#include "voltbeacon/core/edit.h"
#include "voltbeacon/core/event.h"
#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/mac.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/random.h"
#include "voltbeacon/core/reading.h"
#include "voltbeacon/core/receiver_account.h"
#include "voltbeacon/core/scratch.h"
#include "voltbeacon/core/seal.h"
#include "voltbeacon/core/store.h"
#include "voltbeacon/core/time.h"
#include "voltbeacon/core/timing.h"
#include "voltbeacon/core/trial.h"

VB_C_BEGIN

enum { VB_SECRETS_MAX = 4 };

struct vb_transmitter_config {
    struct vb_mac mac;
    uint64_t seed;                /* of jitter, ids and stamps: different at every boot */
    const struct vb_store *store; /* must outlive the transmitter */
    struct vb_timing timing;
    const struct vb_seal *seal; /* that of its receivers; NULL: frames end in a CRC-32 */
    uint16_t frame_bytes_max;   /* of the link; 0, or above VB_FRAME_BYTES_MAX: that */
    bool remote_secrets;        /* a secret may be set over an unsealed link */
    const struct vb_metadata_values *identity; /* read during init only: how the device identifies
                                                  itself; the name is only a default */
    uint8_t *cache_bytes[2]; /* of cache_size each: the current one, and one being committed */
    uint16_t cache_size;     /* at least vb_transmitter_cache_size() */
    uint8_t *scratch;        /* VB_SCRATCH_BYTES */
};

/* Bytes each of the two buffers needs: all sections at their largest, plus slack for fields of
 * later firmware. */
uint16_t vb_transmitter_cache_size(void);

struct vb_secret_text {
    uint8_t section;
    uint8_t tag; /* 0 = unused */
    uint8_t size;
    uint8_t bytes[VB_SECRET_BYTES_MAX];
};

/* The last change of one section, for receivers that hold the content before it. */
struct vb_delta {
    uint8_t section; /* 0 = none */
    uint8_t size;
    uint32_t base_version;
    uint32_t base_hash;
    uint32_t version;
    uint32_t hash;
    uint8_t bytes[VB_DELTA_BYTES_MAX];
};

enum vb_commit_kind {
    VB_COMMIT_NONE,
    VB_COMMIT_BOOT, /* the epoch, and whatever loading had to write */
    VB_COMMIT_EDITS,
    VB_COMMIT_TRIAL_KEPT,
    VB_COMMIT_REVERT,
    VB_COMMIT_MEND,    /* writes memory's content: after an uncertain one, for late findings */
    VB_COMMIT_GIVEN_UP /* still under way, but memory went on without it */
};

/* Allocated by the caller; private to the core. */
struct vb_transmitter {
    struct vb_transmitter_config config;
    struct vb_room room; /* of its link's frames, under its seal */
    struct vb_random random;
    struct vb_events events;
    struct vb_scratch scratch;

    struct vb_cache live;   /* committed */
    struct vb_cache staged; /* being committed */
    struct vb_secret_text secrets[VB_SECRETS_MAX];
    struct vb_secret_text staged_secrets[VB_SECRETS_MAX];
    uint32_t store_id;
    uint32_t digest;
    uint32_t boot; /* this boot's name: random, so that no store can bring it back */
    uint16_t epoch;
    bool store_named;        /* store_id is the store's own */
    bool boot_stored;        /* this boot's epoch is stored as well, under that name */
    bool announced;          /* frames may be sent */
    uint8_t commit_failures; /* in a row; saturates */

    enum vb_commit_kind commit_kind;
    uint32_t commit_token;
    bool commit_retry; /* the last one failed: the core's own next one waits for commit_retry_ms */
    uint32_t commit_retry_ms;
    uint16_t doubtful;   /* bit id: the store's content may differ from memory */
    bool old_form;       /* the store holds values without a checksum ... */
    bool write_all;      /* ... or damaged ones: the next commit writes everything */
    uint16_t damaged;    /* bit id: the stored content of this section is set aside by it */
    uint16_t unreadable; /* bit id: one of its secrets could not be read; retried at reread_at_ms */
    uint16_t lost;       /* bit id: one of its secrets is lost, and reported if need be */
    uint32_t reread_at_ms;
    struct vb_edit_waiting edits[VB_EDITS_WAITING_MAX];
    struct vb_local_edit local_edits[VB_LOCAL_EDITS_MAX];
    struct vb_local_outcome local_outcomes[VB_LOCAL_OUTCOMES_MAX];
    uint8_t local_outcome_next; /* the oldest, replaced next */
    struct vb_edit_ledger_row ledger[VB_EDIT_LEDGER_MAX];
    uint8_t ledger_next; /* the oldest row, replaced next */
    struct vb_edit_question question;
    uint16_t staged_changed; /* bit id: its content differs from live */
    uint16_t staged_texts;   /* bit id: its secrets differ from live */

    struct vb_runtime runtime;
    struct vb_board_facts facts;
    uint32_t seq;
    struct vb_age told; /* since this boot was first announced, under this store's name */
    uint32_t uptime_ms; /* remainder below a second */
    uint32_t uptime_s;
    uint32_t ticked_ms;

    uint8_t beacon_number;
    uint8_t change_number; /* of the first beacon of the change being announced */
    bool changing;         /* a change is being announced: repeats are pending */
    bool beacon_due;
    uint16_t beacon_inline; /* bit id: include this section in the beacons of this change */
    struct vb_delta delta;
    uint32_t beacon_at_ms;
    uint32_t beacon_sent_ms; /* the last one */
    uint32_t beacon_interval_ms;
    uint8_t beacons_in_vain; /* in a row, each sent while an acknowledgement was missing */

    uint32_t late_ms; /* of the frame being processed */
    struct vb_receiver_account receivers[VB_RECEIVERS_MAX];
    struct vb_candidate candidates[VB_CANDIDATES_MAX];
    struct vb_greetings_air greetings;
    struct vb_mac answer_to; /* broadcast once two have asked */
    bool answer_due;
    uint32_t answer_at_ms;                   /* not before: others may ask for the same */
    uint32_t answer_whole[VB_MARKS_MAX + 1]; /* by id, bit n: fragment n has to be sent */
    uint16_t answer_same;                    /* bit id */

    bool trial;                    /* a section's edit is on trial */
    enum vb_trial_step trial_step; /* what the commit under way does to it */
    uint8_t trial_section;
    uint32_t trial_ends_ms;
    uint32_t trial_grace_ms; /* frames heard before this prove nothing */
    bool trial_heard;
    uint16_t trial_size;
    uint8_t trial_bytes[VB_TRIAL_BYTES_MAX]; /* what it reverts to */

    struct vb_airtime air;
    struct vb_codec_encoder codec;
    uint16_t reading_number; /* of the newest reading; wraps */
    uint8_t body_next;       /* next to send; == body_count: none */
    uint8_t body_count;
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX]; /* of the newest reading */

    bool goodbye_due;
    uint32_t refused[VB_ERR_COUNT]; /* frames, by -err */
};

/* Loads the store, or initialises an empty one, and starts the boot's commit. Nothing is sent until
 * that is durable or has failed: a full disk silences no battery. If it would have changed more
 * than the epoch, everything is announced under another store's name. Damage is reported and reset.
 * VB_ERR_STORE: it cannot be read now; nothing is written, and init may be called again.
 * VB_ERR_TOO_LONG, VB_ERR_CORRUPT: it does not fit into memory, or a section into its fragments. */
VB_MUST_USE enum vb_err vb_transmitter_init(struct vb_transmitter *t,
                                            const struct vb_transmitter_config *config,
                                            uint32_t now_ms);

/* A frame from src to dst (broadcast or this device). VB_ERR_OK: authentic and meant for a
 * transmitter, so src's address may be learnt. Otherwise the reason, counted in t->refused; nothing
 * has changed. */
enum vb_err vb_transmitter_input(struct vb_transmitter *t, uint32_t now_ms,
                                 const struct vb_mac *src, const struct vb_mac *dst,
                                 const uint8_t *bytes, size_t size);
/* The next frame waited this long before it was passed to vb_transmitter_input(): its sender was
 * heard that much earlier. */
void vb_transmitter_late(struct vb_transmitter *t, uint32_t late_ms);
void vb_transmitter_tick(struct vb_transmitter *t, uint32_t now_ms);
/* Milliseconds from now_ms until a tick is needed; at most VB_FOREVER_MS. */
uint32_t vb_transmitter_wakeup_ms(const struct vb_transmitter *t, uint32_t now_ms);
/* The next frame to send, and to whom. Its size in bytes; 0 when there is none. */
size_t vb_transmitter_output(struct vb_transmitter *t, uint32_t now_ms, struct vb_mac *dst,
                             uint8_t bytes[VB_FRAME_BYTES_MAX]);
/* For the log; code that acts on changes asks for the changes. */
bool vb_transmitter_event(struct vb_transmitter *t, struct vb_event *event);
/* See changes.h: of sections, the store, receivers. */
uint64_t vb_transmitter_revision(const struct vb_transmitter *t);
struct vb_changes vb_transmitter_changes(const struct vb_transmitter *t, uint64_t seen);
/* The store's answer to the commit with that token, see store.h. */
void vb_transmitter_committed(struct vb_transmitter *t, uint32_t now_ms, uint32_t token,
                              enum vb_err result);

/* The link's delivery report for a frame sent to one device (ESP-NOW's send status). Reports for
 * broadcasts mean nothing and are ignored; on UDP, where sending always succeeds, there is no
 * reason to call this. */
void vb_transmitter_sent(struct vb_transmitter *t, uint32_t now_ms, const struct vb_mac *dst,
                         bool delivered);

/* A change made at this device, to up to VB_LOCAL_SECTIONS_MAX different sections: all of it
 * becomes durable in one commit, or nothing changes. vb_transmitter_outcome() reports its result by
 * *id once it is certain; VB_EVENT_EDIT is for the log. VB_ERR_BUSY: VB_LOCAL_EDITS_MAX are
 * pending, or the boot's own commit is. Otherwise *bad_section is the id at fault (0: too much in
 * total) and the error VB_ERR_NOT_FOUND, VB_ERR_MALFORMED (named twice), VB_ERR_TOO_LONG
 * (VB_EDIT_BYTES_MAX in total), or VB_ERR_OUT_OF_RANGE with reasons. */
VB_MUST_USE enum vb_err vb_transmitter_set(struct vb_transmitter *t, uint32_t now_ms,
                                           const struct vb_section_change *changes, uint8_t count,
                                           uint64_t *id, uint8_t *bad_section,
                                           struct vb_reasons *reasons);
/* VB_ERR_OK: *outcome is how it ended. VB_ERR_BUSY: it is pending. VB_ERR_NOT_FOUND: no such id
 * since init, or VB_LOCAL_OUTCOMES_MAX others have ended after it. */
VB_MUST_USE enum vb_err vb_transmitter_outcome(const struct vb_transmitter *t, uint64_t id,
                                               struct vb_local_outcome *outcome);

/* The committed content. NULL if there is no such section. */
const struct vb_cache_entry *vb_transmitter_section(const struct vb_transmitter *t, uint8_t id);
/* A secret's text, not NUL-terminated; if it is not set, *size is 0 and the result NULL. */
const uint8_t *vb_transmitter_secret(const struct vb_transmitter *t, uint8_t section, uint8_t tag,
                                     size_t *size);

/* Beaconed at once unless an equal one was. The core itself sets flags STREAMING and THINNED. */
void vb_transmitter_runtime(struct vb_transmitter *t, uint32_t now_ms,
                            const struct vb_runtime *runtime);
/* Whether readings are wanted on the link: a receiver was heard within timing.stream_silence. */
bool vb_transmitter_heard(const struct vb_transmitter *t, uint32_t now_ms);
/* Streams the reading over the link, if anybody listens and airtime permits; replaces an older one
 * that has not been sent yet. */
void vb_transmitter_reading(struct vb_transmitter *t, uint32_t now_ms,
                            const struct vb_reading *reading);
/* No reading follows for the link until the next call: clears the flag STREAMING at once. */
void vb_transmitter_stream_ends(struct vb_transmitter *t, uint32_t now_ms);
/* Seconds since init. */
uint32_t vb_transmitter_uptime_s(const struct vb_transmitter *t, uint32_t now_ms);
/* Sends a goodbye with the next output, so that receivers need not wait to notice. */
void vb_transmitter_goodbye(struct vb_transmitter *t);

VB_C_END

#endif
