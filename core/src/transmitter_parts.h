/* Shared by the transmitter's files: its lifecycle, its store, its edits, its sending. */
#ifndef VOLTBEACON_TRANSMITTER_PARTS_H
#define VOLTBEACON_TRANSMITTER_PARTS_H

#include "voltbeacon/core/payload.h"
#include "voltbeacon/core/transmitter.h"

/* ---- transmitter.c ---- */

/* A change of content or status: beacon at once, then repeat. `sections`: bit id, inlined in the
 * beacon if they fit. */
void vb_transmitter_announce(struct vb_transmitter *t, uint32_t now_ms, uint16_t sections);
void vb_transmitter_ack_input(struct vb_transmitter *t, const struct vb_mac *src,
                              const struct vb_beacon_ack *ack);
/* A beacon has been sent: the next one follows, later each time, up to the resting interval. */
void vb_transmitter_beacon_sent(struct vb_transmitter *t, uint32_t now_ms);

/* ---- transmitter_input.c ---- */

/* Processes an opened frame for this device. VB_ERR_UNSUPPORTED, VB_ERR_TRUNCATED,
 * VB_ERR_MALFORMED, VB_ERR_OLD, VB_ERR_BUSY: nothing has changed, except that the last two count as
 * a sign of life. */
VB_MUST_USE enum vb_err vb_transmitter_take(struct vb_transmitter *t, uint32_t now_ms,
                                            const struct vb_mac *src, const struct vb_frame *frame);

/* ---- transmitter_receivers.c ---- */

/* NULL if it has proven nothing, or while live receivers hold all places. */
struct vb_receiver_account *vb_transmitter_account(struct vb_transmitter *t,
                                                   const struct vb_mac *mac);
/* A valid frame came from src: a sign of life, or, if it proves that src hears us, an account. */
void vb_transmitter_hear(struct vb_transmitter *t, uint32_t now_ms, const struct vb_mac *src,
                         const struct vb_payload *payload);
/* Whether every live receiver has acknowledged the change being announced. False without
 * any. */
bool vb_transmitter_all_acked(const struct vb_transmitter *t);
/* A keyframe has been written: receivers that get it should acknowledge it. */
void vb_transmitter_offer_begins(struct vb_transmitter *t);
/* Whether every live receiver has acknowledged it. True if there is none. */
bool vb_transmitter_all_have_offer(const struct vb_transmitter *t);
/* For the next beacon. */
bool vb_transmitter_ack_wanted(const struct vb_transmitter *t, uint32_t now_ms);
/* A beacon that requests acknowledgements has been sent. */
void vb_transmitter_expect_acks(struct vb_transmitter *t, uint32_t now_ms);
void vb_transmitter_receivers_tick(struct vb_transmitter *t, uint32_t now_ms);
uint32_t vb_transmitter_receivers_wakeup_ms(const struct vb_transmitter *t, uint32_t now_ms);

/* ---- transmitter_hello.c ---- */

void vb_transmitter_hello_input(struct vb_transmitter *t, uint32_t now_ms, const struct vb_mac *src,
                                const struct vb_hello *hello);
/* Its hello keeps waiting, now in its account. */
void vb_transmitter_candidate_proves(struct vb_transmitter *t, struct vb_receiver_account *account);
/* The next hello to answer, and from whom; receivers first. NULL: none. *proven: has account. */
struct vb_greeting *vb_transmitter_next_greeting(struct vb_transmitter *t, uint32_t now_ms,
                                                 struct vb_mac *from, bool *proven);
/* Its answer, a frame of this size, has been sent. */
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
/* Retries secrets that could not be read. */
void vb_transmitter_reread_tick(struct vb_transmitter *t, uint32_t now_ms);

/* ---- transmitter_store.c ---- */

/* Queues an event. VB_EVENT_SECTION carries the section's live version. */
void vb_transmitter_tell(struct vb_transmitter *t, uint32_t now_ms, enum vb_event_type type,
                         uint8_t section, uint8_t detail, enum vb_err err);
/* "<mark><id>", "+s<section>.<tag>". Without the first character: from before checksums
 * existed. */
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
/* Whether several commits in a row have failed, the last one just now: not just a hiccup. */
bool vb_transmitter_store_refuses(const struct vb_transmitter *t);
/* Ends a trial with what is staged, announced as another store's, which the next commit writes. */
void vb_transmitter_revert_unstored(struct vb_transmitter *t, uint32_t now_ms);

/* ---- transmitter_edit_place.c ---- */

/* The only place where the state of an edit's place changes. FREE wipes it. */
void vb_edit_become(struct vb_edit_waiting *edit, enum vb_edit_place place);
struct vb_edit_waiting *vb_transmitter_find_edit(struct vb_transmitter *t, const struct vb_mac *src,
                                                 uint64_t id);
/* A free place, if necessary that of an incomplete edit. NULL: all wait for the store. */
struct vb_edit_waiting *vb_transmitter_take_place(struct vb_transmitter *t);

/* ---- transmitter_edit.c ---- */

/* Takes a fragment; complete edits are decided by the next vb_transmitter_edits_decide. */
enum vb_err vb_transmitter_edit_input(struct vb_transmitter *t, uint32_t now_ms,
                                      const struct vb_mac *src, const struct vb_edit_part *part);
/* Applies changes to the staged content: a new version, its secrets and its trial are staged with
 * it if anything changed. On an error nothing is staged, and reasons hold details, if any.
 * on_trial: where the section's edits are. */
VB_MUST_USE enum vb_err vb_transmitter_stage_changes(struct vb_transmitter *t,
                                                     const struct vb_section *section,
                                                     const struct vb_section_change *change,
                                                     bool on_trial, struct vb_reasons *reasons);
/* Replaces the oldest row. */
void vb_transmitter_ledger_add(struct vb_edit_ledger_row *ledger, uint8_t *next,
                               const struct vb_mac *from, const struct vb_edit_result *result);
/* Decides all complete edits, if no commit is under way. */
void vb_transmitter_edits_decide(struct vb_transmitter *t, uint32_t now_ms);
/* Likewise, and drops edits whose fragments do not arrive. */
void vb_transmitter_edits_tick(struct vb_transmitter *t, uint32_t now_ms);
/* After every commit: answers the edits whose outcome is now certain. */
void vb_transmitter_edits_committed(struct vb_transmitter *t, uint32_t now_ms, enum vb_err result);

/* ---- transmitter_local.c ---- */

bool vb_transmitter_local_waiting(const struct vb_transmitter *t); /* to be decided */
/* Stages or answers the waiting ones; a batch has begun. */
void vb_transmitter_local_decide(struct vb_transmitter *t, uint32_t now_ms);
void vb_transmitter_local_committed(struct vb_transmitter *t, uint32_t now_ms, enum vb_err result);

/* ---- transmitter_reading.c ---- */

void vb_transmitter_reading_ack_input(struct vb_transmitter *t, const struct vb_mac *src,
                                      const struct vb_reading_ack *ack);

/* ---- transmitter_send.c ---- */

void vb_transmitter_request_input(struct vb_transmitter *t, uint32_t now_ms,
                                  const struct vb_mac *src,
                                  const struct vb_section_request *request);
/* Adds a whole section to what is to be answered. */
void vb_transmitter_answer_section(struct vb_transmitter *t, uint32_t now_ms,
                                   const struct vb_mac *to, uint8_t id);

#endif
