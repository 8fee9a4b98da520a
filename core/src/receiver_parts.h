/* What the receiver's files share: its life, its cache, its fetching, its edits, its readings. */
#ifndef VOLTBEACON_RECEIVER_PARTS_H
#define VOLTBEACON_RECEIVER_PARTS_H

#include "receiver_hello.h"
#include "receiver_states.h"
#include "voltbeacon/core/message.h"
#include "voltbeacon/core/named.h"
#include "voltbeacon/core/payload.h"
#include "voltbeacon/core/receiver.h"

/* ---- receiver.c ---- */

/* Tells the log, and notes it among the peer's changes. */
void vb_receiver_report(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                        struct vb_event event);
/* One of which there is no more to say than a number. */
void vb_receiver_tell(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                      enum vb_event_type type, uint32_t a);
/* Tells of every section whose content or sync state is not what was last told. */
void vb_receiver_report_sections(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer);
/* Follows a device from now on; NULL when there is no room. */
struct vb_peer *vb_receiver_adopt(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *mac);
struct vb_peer *vb_receiver_find(const struct vb_receiver *r, const struct vb_mac *mac);
/* Header and trailer around a payload. Returns the frame's size. */
size_t vb_receiver_finish(struct vb_receiver *r, uint8_t message, const struct vb_writer *payload,
                          const struct vb_mac *dst, uint8_t bytes[VB_FRAME_BYTES_MAX]);
struct vb_writer vb_receiver_payload(const struct vb_receiver *r,
                                     uint8_t bytes[VB_FRAME_BYTES_MAX]);

/* ---- receiver_boot.c ---- */

/* The nonce of a hello that goes out now. */
uint32_t vb_receiver_hello_nonce(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer);
/* Whether a whole frame is of the boot that is known, or begins another: VB_ERR_OLD. *fresh: it
 * answers a hello of ours, and is not older than anything known. */
enum vb_err vb_receiver_judge_boot(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                                   const struct vb_frame *frame, const struct vb_named *named,
                                   bool *fresh);
/* A frame of this epoch was refused as old: the third in a row is asked about. */
void vb_receiver_count_old(struct vb_peer *peer, uint32_t now_ms, uint16_t epoch);
/* A frame was taken. */
void vb_receiver_note_seq(struct vb_peer *peer, uint32_t now_ms, uint32_t seq);
/* Something was believed that is no answer to a hello: one is sent soon. */
void vb_receiver_want_proof(struct vb_peer *peer, uint32_t now_ms);
/* A later frame agrees with what was believed: of a boot that has answered before, that will do; of
 * another, one hello will. */
void vb_receiver_spare_proof(struct vb_peer *peer);
void vb_receiver_clone_ends(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer);
void vb_receiver_boot_tick(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer);
uint32_t vb_receiver_boot_wakeup_ms(const struct vb_peer *peer, uint32_t now_ms);

/* ---- receiver_cache.c ---- */

void vb_receiver_cache_load(struct vb_receiver *r, uint32_t now_ms);
/* Reads again what could not be read. */
void vb_receiver_cache_tick(struct vb_receiver *r, uint32_t now_ms);
/* Starts a commit of what is dirty, if one may start now. */
void vb_receiver_cache_save(struct vb_receiver *r, uint32_t now_ms);
bool vb_receiver_cache_dirty(const struct vb_receiver *r);

/* "<mac without colons><mark><id>" */
void vb_receiver_cache_key(char key[VB_STORE_KEY_SIZE], const struct vb_mac *mac, char mark,
                           uint8_t id);

/* ---- receiver_places.c ---- */

/* The place of a device that is heard; NULL where it gets none, or not yet: then the place that is
 * free may have gone to one that has waited for longer. */
struct vb_peer *vb_receiver_place(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *mac);
/* One without a place has said goodbye: it waits for none. */
void vb_receiver_left_unplaced(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *mac);
/* It has just got one. */
void vb_receiver_placed(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer);
/* It has just got one, and was heard so long ago while it had none. */
void vb_receiver_was_heard(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                           const struct vb_age *age);
/* Takes its place from one that has never answered, for another. False: it has to keep it. */
bool vb_receiver_make_room(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer);
/* Something of a device was found in the store that was to be erased: it is forgotten. */
bool vb_receiver_is_leftover(struct vb_receiver *r, const struct vb_mac *mac);
void vb_receiver_heard(const struct vb_receiver *r, struct vb_peer *peer);
void vb_receiver_places_tick(struct vb_receiver *r, uint32_t now_ms);
void vb_receiver_forgotten_load(struct vb_receiver *r, uint32_t now_ms);
/* Records that have something new to say are to be written with the next batch. */
void vb_receiver_records_due(struct vb_receiver *r);
void vb_receiver_record_put(const struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer);
/* False: nobody wrote that. */
bool vb_receiver_record_take(struct vb_peer *peer, const uint8_t *bytes, size_t size);
bool vb_receiver_places_dirty(const struct vb_receiver *r);
void vb_receiver_places_put(struct vb_receiver *r);
void vb_receiver_places_committed(struct vb_receiver *r, bool stored);

/* ---- receiver_fetch.c ---- */

/* What a beacon or a hello ack says of the transmitter's state. fresh: it answers a hello. */
enum vb_err vb_receiver_state_input(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                                    uint32_t seq, const struct vb_beacon *beacon,
                                    const struct vb_records *records, bool fresh);
enum vb_err vb_receiver_data_input(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                                   uint32_t seq, const struct vb_data_head *head,
                                   const struct vb_records *records);
/* A reading's half digest contradicts what is held. */
void vb_receiver_refuted(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer);
/* Nothing that was verified counts any more; what is announced must be heard anew. */
void vb_receiver_forget_state(struct vb_peer *peer);
/* Asks for what is wanted, at once and as if for the first time. */
void vb_receiver_ask_again(struct vb_peer *peer);
void vb_receiver_fetch_tick(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer);
size_t vb_receiver_request_output(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                                  struct vb_mac *dst, uint8_t bytes[VB_FRAME_BYTES_MAX]);

/* ---- receiver_turn.c ---- */

/* Takes a fragment, if it is or may become the peer's turn. True: that was the last, and the whole
 * section stands in config.assembly until the turn is released. */
bool vb_turn_take(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                  const struct vb_record *record);
/* Whether fragments of this section are held. */
bool vb_turn_holds(const struct vb_receiver *r, const struct vb_peer *peer, uint8_t id);
/* The peer has no use for its turn, or its place in the queue, any more. */
void vb_turn_release(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer);
/* Whether the buffer may be written for a moment on behalf of peer. */
bool vb_turn_spare(struct vb_receiver *r, uint32_t now_ms, const struct vb_peer *peer);
void vb_turn_tick(struct vb_receiver *r, uint32_t now_ms);
uint32_t vb_turn_wakeup_ms(const struct vb_receiver *r, uint32_t now_ms);

/* ---- receiver_edit.c ---- */

void vb_receiver_result_input(struct vb_receiver *r, uint32_t now_ms, const struct vb_peer *peer,
                              const struct vb_edit_result *result);
/* Its transmitter is followed no more. */
void vb_receiver_edits_drop(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *mac);
/* Confirms what the cache now holds. */
void vb_receiver_edits_settle(struct vb_receiver *r, uint32_t now_ms, const struct vb_peer *peer);
void vb_receiver_edits_tick(struct vb_receiver *r, uint32_t now_ms);
uint32_t vb_receiver_edits_wakeup_ms(const struct vb_receiver *r, uint32_t now_ms);
size_t vb_receiver_edit_output(struct vb_receiver *r, uint32_t now_ms, struct vb_mac *dst,
                               uint8_t bytes[VB_FRAME_BYTES_MAX]);

/* ---- receiver_reading.c ---- */

/* After a long silence: what refers to a keyframe of before is refused. */
void vb_receiver_forget_keyframe(struct vb_peer *peer);
/* Likewise, and what comes next is not compared with what came before: another boot or store. */
void vb_receiver_forget_readings(struct vb_peer *peer);
enum vb_err vb_receiver_reading_input(struct vb_receiver *r, uint32_t now_ms, struct vb_peer *peer,
                                      uint32_t seq, const struct vb_reading_part *body);

#endif
