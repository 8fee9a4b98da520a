/* What the transmitter's files share: its life, its store, its edits, its sending. */
#ifndef VOLTBEACON_TRANSMITTER_PARTS_H
#define VOLTBEACON_TRANSMITTER_PARTS_H

#include "voltbeacon/core/payload.h"
#include "voltbeacon/core/transmitter.h"

/* ---- transmitter.c ---- */

/* A change of content or status: beacon at once, then repeat. `sections`: bit id, put into the
 * beacon if they fit. */
void vb_transmitter_announce(struct vb_transmitter *t, uint32_t now_ms, uint16_t sections);
void vb_transmitter_ack_input(struct vb_transmitter *t, const struct vb_mac *src,
                              const struct vb_beacon_ack *ack);
/* A beacon has gone out: the next one, later each time, until the resting interval is reached. */
void vb_transmitter_beacon_sent(struct vb_transmitter *t, uint32_t now_ms);

/* ---- transmitter_input.c ---- */

/* Takes a frame that has been opened and is for this device. VB_ERR_UNSUPPORTED, VB_ERR_TRUNCATED,
 * VB_ERR_MALFORMED, VB_ERR_OLD, VB_ERR_BUSY: it has changed nothing, but that its sender was heard
 * in the last two. */
VB_MUST_USE enum vb_err vb_transmitter_take(struct vb_transmitter *t, uint32_t now_ms,
                                            const struct vb_mac *src, const struct vb_frame *frame);

/* ---- transmitter_receivers.c ---- */

/* NULL for one that has proven nothing, or while live receivers hold all places. */
struct vb_receiver_account *vb_transmitter_account(struct vb_transmitter *t,
                                                   const struct vb_mac *mac);
/* A whole frame came from src: a sign of life, or, where it proves that it hears, an account. */
void vb_transmitter_hear(struct vb_transmitter *t, uint32_t now_ms, const struct vb_mac *src,
                         const struct vb_payload *payload);
/* Whether every live receiver has acknowledged the change being announced. False if there is none.
 */
bool vb_transmitter_all_acked(const struct vb_transmitter *t);
/* A keyframe has been written: receivers that get it are to acknowledge it. */
void vb_transmitter_offer_begins(struct vb_transmitter *t);
/* Whether every live receiver has acknowledged it. True if there is none. */
bool vb_transmitter_all_have_offer(const struct vb_transmitter *t);
/* Of the next beacon. */
bool vb_transmitter_ack_wanted(const struct vb_transmitter *t, uint32_t now_ms);
/* A beacon that asks for it has gone out. */
void vb_transmitter_expect_acks(struct vb_transmitter *t, uint32_t now_ms);
void vb_transmitter_receivers_tick(struct vb_transmitter *t, uint32_t now_ms);
uint32_t vb_transmitter_receivers_wakeup_ms(const struct vb_transmitter *t, uint32_t now_ms);

/* ---- transmitter_hello.c ---- */

void vb_transmitter_hello_input(struct vb_transmitter *t, uint32_t now_ms, const struct vb_mac *src,
                                const struct vb_hello *hello);
/* Its hello goes on waiting in its account. */
void vb_transmitter_candidate_proves(struct vb_transmitter *t, struct vb_receiver_account *account);
/* The next hello to answer, and whose: a receiver's first. NULL: none. *proven: has an account. */
struct vb_greeting *vb_transmitter_next_greeting(struct vb_transmitter *t, uint32_t now_ms,
                                                 struct vb_mac *from, bool *proven);
/* Its answer, a frame of so many bytes, goes out. */
void vb_transmitter_greeted(struct vb_transmitter *t, uint32_t now_ms, struct vb_greeting *greeting,
                            bool proven, size_t frame_bytes);
void vb_transmitter_hello_tick(struct vb_transmitter *t, uint32_t now_ms);
uint32_t vb_transmitter_hello_wakeup_ms(const struct vb_transmitter *t, uint32_t now_ms);

/* ---- transmitter_load.c ---- */

enum {
    VB_HEAD_BYTES = 6,                            /* store id u32, epoch u16 */
    VB_LEDGER_BYTES = 1 + VB_EDIT_LEDGER_MAX * 20 /* next; MAC, id, section, outcome, version */
};

VB_MUST_USE enum vb_err vb_transmitter_load(struct vb_transmitter *t, uint32_t now_ms);
/* Looks again for secrets that could not be read. */
void vb_transmitter_reread_tick(struct vb_transmitter *t, uint32_t now_ms);

/* ---- transmitter_store.c ---- */

/* For whoever asks for events. VB_EVENT_SECTION names the version of the section, which is live. */
void vb_transmitter_tell(struct vb_transmitter *t, uint32_t now_ms, enum vb_event_type type,
                         uint8_t section, uint8_t detail, enum vb_err err);
/* "<mark><id>", "+s<section>.<tag>". Without the first character: of before there was a checksum.
 */
void vb_transmitter_section_key(char key[VB_STORE_KEY_SIZE], char mark, uint8_t id);
void vb_transmitter_secret_key(char key[VB_STORE_KEY_SIZE], uint8_t section, uint8_t tag);
void vb_transmitter_begin_trial(struct vb_transmitter *t, uint32_t now_ms);
void vb_transmitter_stage_begin(struct vb_transmitter *t);
/* New content under the next version. VB_ERR_TOO_LONG: nothing staged. */
VB_MUST_USE enum vb_err vb_transmitter_stage_section(struct vb_transmitter *t, uint8_t id,
                                                     const uint8_t *bytes, size_t size);
void vb_transmitter_stage_secret(struct vb_transmitter *t, uint8_t section, uint8_t tag,
                                 const uint8_t *text, size_t size);
void vb_transmitter_stage_trial(struct vb_transmitter *t, uint8_t section);
void vb_transmitter_stage_trial_end(struct vb_transmitter *t);
void vb_transmitter_stage_commit(struct vb_transmitter *t, enum vb_commit_kind kind);
/* Whether several commits in a row have failed, the last one just now: that is no hiccup. */
bool vb_transmitter_store_refuses(const struct vb_transmitter *t);
/* Ends a trial by what is staged: it is told as another store's, which the next commit writes. */
void vb_transmitter_revert_unstored(struct vb_transmitter *t, uint32_t now_ms);

/* ---- transmitter_edit_place.c ---- */

/* The only place where the state of an edit's place changes. FREE wipes it. */
void vb_edit_become(struct vb_edit_waiting *edit, enum vb_edit_place place);
struct vb_edit_waiting *vb_transmitter_find_edit(struct vb_transmitter *t, const struct vb_mac *src,
                                                 uint64_t id);
/* A free place, if need be that of an edit which lacks fragments. NULL: all wait for the store. */
struct vb_edit_waiting *vb_transmitter_take_place(struct vb_transmitter *t);

/* ---- transmitter_edit.c ---- */

/* Takes a fragment; what is complete is decided with the next vb_transmitter_edits_decide. */
enum vb_err vb_transmitter_edit_input(struct vb_transmitter *t, uint32_t now_ms,
                                      const struct vb_mac *src, const struct vb_edit_part *part);
/* Lays changes over the staged content: a new version, its secrets and its trial are staged with it
 * if anything changed. On an error nothing is staged, and reasons say more where there are any.
 * on_trial: where the section's edits are. */
VB_MUST_USE enum vb_err vb_transmitter_stage_changes(struct vb_transmitter *t,
                                                     const struct vb_section *section,
                                                     const struct vb_section_change *change,
                                                     bool on_trial, struct vb_reasons *reasons);
/* Takes the place of the oldest row. */
void vb_transmitter_ledger_add(struct vb_edit_ledger_row *ledger, uint8_t *next,
                               const struct vb_mac *from, const struct vb_edit_result *result);
/* Decides all complete edits, if no commit is under way. */
void vb_transmitter_edits_decide(struct vb_transmitter *t, uint32_t now_ms);
/* Likewise, and gives up on edits whose fragments do not come. */
void vb_transmitter_edits_tick(struct vb_transmitter *t, uint32_t now_ms);
/* After every commit: answers the edits whose outcome is now certain. */
void vb_transmitter_edits_committed(struct vb_transmitter *t, uint32_t now_ms, enum vb_err result);

/* ---- transmitter_local.c ---- */

bool vb_transmitter_local_waiting(const struct vb_transmitter *t); /* to be decided */
/* Stages those that wait, or answers them; a batch has begun. */
void vb_transmitter_local_decide(struct vb_transmitter *t, uint32_t now_ms);
void vb_transmitter_local_committed(struct vb_transmitter *t, uint32_t now_ms, enum vb_err result);

/* ---- transmitter_reading.c ---- */

void vb_transmitter_reading_ack_input(struct vb_transmitter *t, const struct vb_mac *src,
                                      const struct vb_reading_ack *ack);

/* ---- transmitter_send.c ---- */

void vb_transmitter_request_input(struct vb_transmitter *t, uint32_t now_ms,
                                  const struct vb_mac *src,
                                  const struct vb_section_request *request);
/* Puts a whole section among what is to be answered. */
void vb_transmitter_answer_section(struct vb_transmitter *t, uint32_t now_ms,
                                   const struct vb_mac *to, uint8_t id);

#endif
