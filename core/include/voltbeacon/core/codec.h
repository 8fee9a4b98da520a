/* The telemetry codec: one exact reading per frame, whatever frames were lost before it. The
 * format, to the byte, and its rationale: docs/codec.md.
 *
 * Each reading either stands on its own or refers to a keyframe, an earlier reading that every live
 * receiver has acknowledged. So a lost frame costs its own reading and no other, and a sender that
 * never hears an acknowledgement still works: then every reading stands on its own.
 *
 *     sender                                       receiver
 *     vb_codec_encode(encoder, ...)                vb_codec_decode(decoder, ...)
 *       ... one or two bodies in READING ...   ->    part.keyframe: acknowledge its number
 *     vb_codec_acked(encoder, number)          <-    once all live receivers have
 *     vb_codec_receivers_changed(encoder)      <-    VB_ERR_OLD: it lacks the keyframe; say so
 */
#ifndef VOLTBEACON_CODEC_H
#define VOLTBEACON_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voltbeacon/core/err.h"
#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/reading.h"

VB_C_BEGIN

enum {
    VB_CODEC_BODY_BYTES_MAX = VB_PAYLOAD_BYTES_MAX - 4, /* READING's number and digest go first */
    VB_CODEC_PARTS_MAX = 2,
    VB_CODEC_DISTANCE_MAX = 64,     /* readings between a keyframe and one that refers to it */
    VB_CODEC_STATE_BYTES_MAX = 1024 /* of an encoder, and of a decoder */
};

/* Where a body comes from, as far as its frame tells: nothing in the frame names the boot, but a
 * digest belongs to one boot and one content. */
struct vb_codec_origin {
    uint16_t digest_low;
    bool believed; /* it is the digest of the boot that the receiver believes */
};

/* A keyframe without its cells and temperatures. */
struct vb_codec_keyframe {
    uint64_t wall_ms;
    uint16_t number;               /* of the reading in the stream: the keyframe's id; wraps */
    struct vb_codec_origin origin; /* receiver: only bodies from there refer to it */
    uint32_t sequence;
    int32_t current_ma;
    int16_t common; /* how far all cells moved since the previous keyframe, in 1/4 mV */
    uint16_t soc_permille;
    uint8_t flags;
    uint8_t correction; /* enum vb_codec_correction, see codec_profile.h */
    uint8_t balancing[(VB_CELLS_MAX + 7) / 8];
};

/* What sender and receiver both know. Private to the codec; public only for its size. */
struct vb_codec_profile {
    struct vb_codec_keyframe held;
    struct vb_codec_keyframe offered;
    bool is_held;
    bool is_offered;
    uint8_t cell_count;
    uint8_t temp_count;
    uint16_t interval_ms;             /* usual time between readings; 0 = not known */
    uint16_t level[VB_CELLS_MAX];     /* at the keyframe's current, in 1/4 mV */
    int8_t slope[VB_CELLS_MAX];       /* against the current, in 1/1024 mV per 0.256 A */
    int8_t surprise[VB_CELLS_MAX];    /* what the offered keyframe showed, in 1/4 mV */
    int16_t temp_level[VB_TEMPS_MAX]; /* in 1/8 of 0.1 degC, or VB_TEMP_NOT_AVAILABLE */
    int8_t temp_surprise[VB_TEMPS_MAX];
};

enum vb_codec_state { VB_CODEC_NOTHING, VB_CODEC_OFFERED, VB_CODEC_HELD }; /* see codec_state.c */

struct vb_codec_encoder {
    struct vb_codec_profile profile;
    enum vb_codec_state state;
    uint8_t body_bytes_max;
    uint16_t bits_least;   /* of a reading's cells, since the keyframe took effect */
    uint8_t drifted_count; /* readings in a row whose cells took 25 % more */
    uint8_t astray_count;  /* readings in a row that the profile did not fit */
    uint8_t interval;      /* readings from one keyframe to the next, unless they drift */
    bool is_lagging;       /* the profile does not follow the keyframes */
    bool is_corrected;     /* a keyframe has taken effect since the profile was set */
};

struct vb_codec_decoder {
    struct vb_codec_profile profile;
    struct vb_codec_origin origin; /* of what is decoded next */
};

struct vb_codec_body {
    uint8_t bytes[VB_CODEC_BODY_BYTES_MAX];
    uint8_t size;
};

/* What a body turned out to be. */
struct vb_codec_part {
    uint8_t index;
    uint8_t count; /* bodies of the reading: 1 or 2 */
    bool keyframe; /* later readings may refer to it: acknowledge it */
};

/* body_bytes_max: the room for a body in one frame, at most VB_CODEC_BODY_BYTES_MAX. */
void vb_codec_encoder_init(struct vb_codec_encoder *encoder, uint8_t body_bytes_max);

/* Encodes a reading sampled age_ms ago into one body, or into two if one cannot hold it: of
 * VB_CODEC_BODY_BYTES_MAX, one always holds 96 cells with 16 temperatures, and two hold any
 * reading. number counts the readings sent: one more at each call; it wraps. Returns the number of
 * bodies; 0 if two smaller ones cannot hold it: then nothing has been sent, and the next call uses
 * the same number. The reading must be within its limits. */
uint8_t vb_codec_encode(struct vb_codec_encoder *encoder, uint16_t number,
                        const struct vb_reading *reading, uint32_t age_ms,
                        struct vb_codec_body bodies[VB_CODEC_PARTS_MAX]);

/* Whether the reading with this number is a keyframe waiting to be acknowledged. */
bool vb_codec_on_offer(const struct vb_codec_encoder *encoder, uint16_t number);

/* Every live receiver has the keyframe with this number. One that is not on offer is ignored. */
void vb_codec_acked(struct vb_codec_encoder *encoder, uint16_t number);

/* A receiver has joined, or lost its keyframe: the next readings stand on their own. */
void vb_codec_receivers_changed(struct vb_codec_encoder *encoder);

bool vb_codec_legal(enum vb_codec_state from, enum vb_codec_state to);
/* Private to the codec: the only place where an encoder's state changes. */
void vb_codec_become(struct vb_codec_encoder *encoder, enum vb_codec_state state);

void vb_codec_decoder_init(struct vb_codec_decoder *decoder);

/* Whether two frames can belong to one stream: they carry the same digest, or both the digest of
 * the boot believed when they arrived, whose content has changed in between. */
bool vb_codec_same_origin(const struct vb_codec_origin *a, const struct vb_codec_origin *b);

/* Decodes one body of a frame from decoder->origin. *reading receives what the body holds; the
 * second of two holds only its half of the cells and temperatures, so decode both into the same
 * struct, in any order. On error *reading, *part and the decoder are unchanged: VB_ERR_OLD if it
 * refers to a keyframe that is not held or has another origin; VB_ERR_TOO_LONG if it has more than
 * VB_CELLS_MAX cells; VB_ERR_MALFORMED. */
VB_MUST_USE enum vb_err vb_codec_decode(struct vb_codec_decoder *decoder, uint16_t number,
                                        const uint8_t *bytes, size_t size, uint32_t now_ms,
                                        struct vb_reading *reading, struct vb_codec_part *part);

VB_C_END

#endif
