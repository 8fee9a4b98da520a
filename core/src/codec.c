/* When a keyframe is offered, and which one a reading refers to: see codec_state.c. */
#include "voltbeacon/core/codec.h"

#include <string.h>

#include "codec_body.h"
#include "voltbeacon/core/platform.h"

enum {
    ACK_WAIT = 8, /* readings until an unacknowledged offer is replaced */
    /* Readings from one keyframe to the next, each of which costs every receiver an
     * acknowledgement. Small enough that two or three more can be offered before the distance gets
     * too large. */
    INTERVAL_LAGGING = ACK_WAIT,
    INTERVAL_LEAST = 16,
    INTERVAL_MOST = 48,
    DRIFTED_MAX = 3,         /* readings in a row; one or two may be torn by a load step */
    ASTRAY_MAX = 4,          /* readings in a row that the profile did not fit: drop it */
    BITS_PER_CELL_LARGE = 6, /* above that, a standalone reading may be smaller */
    /* Half a bit per cell plus this many is no drift: with a best of 0 bits, a single cell off by 1
     * mV would be one. */
    BITS_TO_SPARE = 2
};

_Static_assert(sizeof(struct vb_codec_encoder) <= VB_CODEC_STATE_BYTES_MAX, "it has to stay small");
_Static_assert(sizeof(struct vb_codec_decoder) <= VB_CODEC_STATE_BYTES_MAX, "it has to stay small");

/* --- writing ------------------------------------------------------------------------------- */

void vb_codec_encoder_init(struct vb_codec_encoder *encoder, uint8_t body_bytes_max)
{
    VB_ASSERT(body_bytes_max >= 1 && body_bytes_max <= VB_CODEC_BODY_BYTES_MAX);
    memset(encoder, 0, sizeof *encoder);
    encoder->body_bytes_max = body_bytes_max;
    encoder->interval = INTERVAL_LEAST;
}

void vb_codec_receivers_changed(struct vb_codec_encoder *encoder)
{
    vb_codec_become(encoder, VB_CODEC_NOTHING);
}

bool vb_codec_on_offer(const struct vb_codec_encoder *encoder, uint16_t number)
{
    const struct vb_codec_profile *profile = &encoder->profile;
    switch (encoder->state) {
    case VB_CODEC_NOTHING:
        return false;
    case VB_CODEC_OFFERED:
        return number == profile->held.number;
    case VB_CODEC_HELD:
        return profile->is_offered && number == profile->offered.number;
    }
    return false;
}

void vb_codec_acked(struct vb_codec_encoder *encoder, uint16_t number)
{
    if (!vb_codec_on_offer(encoder, number))
        return;
    if (encoder->state == VB_CODEC_OFFERED) {
        vb_codec_become(encoder, VB_CODEC_HELD);
        encoder->is_corrected = false;
    } else {
        vb_profile_adopt(&encoder->profile);
        encoder->is_corrected = true;
    }
    encoder->bits_least = UINT16_MAX;
    encoder->drifted_count = 0;
    encoder->astray_count = 0;
}

static uint16_t distance_to(const struct vb_codec_keyframe *keyframe, uint16_t number)
{
    return (uint16_t)(number - keyframe->number);
}

/* To the keyframe held. */
static bool can_refer(const struct vb_codec_encoder *encoder, uint16_t number,
                      const struct vb_reading *reading)
{
    const struct vb_codec_profile *profile = &encoder->profile;
    const uint32_t distance = distance_to(&profile->held, number);
    return distance >= 1 && distance <= VB_CODEC_DISTANCE_MAX &&
           profile->cell_count == reading->cell_count && profile->temp_count == reading->temp_count;
}

/* Whether a standalone reading should be the keyframe of a new profile. */
static bool is_set_due(const struct vb_codec_encoder *encoder, uint16_t number,
                       const struct vb_reading *reading)
{
    switch (encoder->state) {
    case VB_CODEC_NOTHING:
        return true;
    case VB_CODEC_OFFERED:
        return distance_to(&encoder->profile.held, number) >= ACK_WAIT;
    case VB_CODEC_HELD:
        return !can_refer(encoder, number, reading) || encoder->astray_count >= ASTRAY_MAX;
    }
    return false;
}

/* Predicts the cells from the profile or standalone, whichever is shorter, and returns which. */
static const struct vb_codec_profile *predict(const struct vb_codec_encoder *encoder, bool alone,
                                              const struct vb_reading *reading,
                                              struct vb_body_cells *cells)
{
    const struct vb_body_span whole = vb_body_span_of(VB_BODY_WHOLE, reading);
    const struct vb_codec_profile *profile = &encoder->profile;
    uint32_t bits = UINT32_MAX;
    if (!alone && encoder->state == VB_CODEC_HELD) {
        vb_body_predict(profile, reading, &whole, cells);
        bits = cells->code.bits;
        if (bits <= (uint32_t)BITS_PER_CELL_LARGE * reading->cell_count)
            return profile;
    }
    vb_body_predict(NULL, reading, &whole, cells);
    if (cells->code.bits <= bits)
        return NULL;
    vb_body_predict(profile, reading, &whole, cells);
    return profile;
}

/* Records how many bits the cells of a reading took. True if they have drifted or the load has
 * changed: 25 % more than at best, reading after reading, or twice as many at once. */
static bool has_drifted(struct vb_codec_encoder *encoder, uint32_t bits)
{
    if (bits < encoder->bits_least)
        encoder->bits_least = (uint16_t)bits;
    const uint32_t quiet = encoder->profile.cell_count / 2 + BITS_TO_SPARE;
    const uint32_t least = encoder->bits_least > quiet ? encoder->bits_least : quiet;
    if (bits <= least + (least >> 2))
        encoder->drifted_count = 0;
    else if (encoder->drifted_count < DRIFTED_MAX)
        encoder->drifted_count++;
    return encoder->drifted_count >= DRIFTED_MAX || bits > 2 * least;
}

/* Whether a reading that refers to the profile should correct it, and how much: periodically, and
 * when the cells have drifted. */
static enum vb_codec_correction correction_due(struct vb_codec_encoder *encoder, uint16_t number,
                                               uint32_t bits)
{
    const struct vb_codec_profile *profile = &encoder->profile;
    const bool drifted = has_drifted(encoder, bits);
    if (profile->is_offered && distance_to(&profile->offered, number) < ACK_WAIT)
        return VB_CORRECTION_NONE;
    if (drifted || !encoder->is_corrected)
        return VB_CORRECTION_HALF;
    if (distance_to(&profile->held, number) < encoder->interval)
        return VB_CORRECTION_NONE;
    return encoder->is_lagging ? VB_CORRECTION_HALF : VB_CORRECTION_QUARTER;
}

/* What two consecutive keyframes show of the cells is either noise, and then uncorrelated, or
 * something the profile has not followed, and then it repeats. In the first case another keyframe
 * so soon gains nothing, in the second it comes too late. A keyframe that replaces another one was
 * not acknowledged: such a link needs more of them. */
static void adapt_interval(struct vb_codec_encoder *encoder, bool again,
                           const struct vb_profile_surprise *shown)
{
    const bool longer = !again && shown->persisting <= 0;
    if (!again)
        encoder->is_lagging = shown->persisting > shown->size >> 2;
    const unsigned interval = longer ? encoder->interval + (encoder->interval >> 2)
                                     : encoder->interval - (encoder->interval >> 2);
    encoder->interval = (uint8_t)interval;
    if (encoder->is_lagging)
        encoder->interval = INTERVAL_LAGGING;
    else if (interval < INTERVAL_LEAST)
        encoder->interval = INTERVAL_LEAST;
    else if (interval > INTERVAL_MOST)
        encoder->interval = INTERVAL_MOST;
}

static void offer(struct vb_codec_encoder *encoder, uint16_t number,
                  const struct vb_reading *reading, const struct vb_body_cells *cells,
                  enum vb_codec_correction correction)
{
    const bool again = encoder->profile.is_offered;
    const struct vb_profile_surprise shown =
        vb_profile_offer(&encoder->profile, number, reading, cells->common, correction);
    if (encoder->is_corrected)
        adapt_interval(encoder, again, &shown);
}

/* 0 if it does not fit. */
static uint8_t write_body(const struct vb_codec_encoder *encoder, struct vb_codec_body *body,
                          const struct vb_codec_profile *profile, const struct vb_body_head *head,
                          const struct vb_reading *reading, uint32_t age_ms,
                          const struct vb_body_cells *cells)
{
    struct vb_range_writer writer = vb_range_writer_of(body->bytes, encoder->body_bytes_max);
    vb_body_write(&writer, profile, head, reading, age_ms, cells);
    body->size = (uint8_t)vb_range_finish(&writer);
    return body->size;
}

static uint8_t encode_halves(const struct vb_codec_encoder *encoder,
                             const struct vb_reading *reading, uint32_t age_ms,
                             struct vb_codec_body bodies[VB_CODEC_PARTS_MAX])
{
    for (uint8_t part = VB_BODY_FIRST; part <= VB_BODY_SECOND; part++) {
        struct vb_body_cells cells;
        const struct vb_body_head head = {.part = part};
        const struct vb_body_span span = vb_body_span_of(part, reading);
        vb_body_predict(NULL, reading, &span, &cells);
        struct vb_codec_body *body = &bodies[part - VB_BODY_FIRST];
        if (write_body(encoder, body, NULL, &head, reading, age_ms, &cells) == 0) {
            VB_ASSERT(encoder->body_bytes_max < VB_CODEC_BODY_BYTES_MAX);
            return 0;
        }
    }
    return VB_CODEC_PARTS_MAX;
}

/* Whether the profile fitted a reading shows in the bits it took to encode. */
static void judge(struct vb_codec_encoder *encoder, const struct vb_codec_profile *profile,
                  const struct vb_reading *reading, const struct vb_body_cells *cells)
{
    if (profile != NULL && cells->code.escapes == 0 && vb_profile_suits_temps(profile, reading))
        encoder->astray_count = 0;
    else if (encoder->astray_count < ASTRAY_MAX)
        encoder->astray_count++;
}

uint8_t vb_codec_encode(struct vb_codec_encoder *encoder, uint16_t number,
                        const struct vb_reading *reading, uint32_t age_ms,
                        struct vb_codec_body bodies[VB_CODEC_PARTS_MAX])
{
    VB_ASSERT(reading->cell_count >= 1 && reading->cell_count <= VB_CELLS_MAX);
    VB_ASSERT(reading->temp_count <= VB_TEMPS_MAX);
    struct vb_body_cells cells;
    struct vb_body_head head = {.part = VB_BODY_WHOLE};
    const bool sets = is_set_due(encoder, number, reading);
    const struct vb_codec_profile *profile = predict(encoder, sets, reading, &cells);
    judge(encoder, profile, reading, &cells);
    if (profile != NULL) {
        head.distance = (uint8_t)distance_to(&profile->held, number);
        head.correction = (uint8_t)correction_due(encoder, number, cells.code.bits);
    } else if (sets) {
        head.correction = VB_CORRECTION_QUARTER;
    }
    if (write_body(encoder, &bodies[0], profile, &head, reading, age_ms, &cells) == 0)
        return encode_halves(encoder, reading, age_ms, bodies);
    if (profile != NULL && head.correction != VB_CORRECTION_NONE) {
        offer(encoder, number, reading, &cells, head.correction);
    } else if (sets) {
        vb_profile_set(&encoder->profile, number, reading);
        vb_codec_become(encoder, VB_CODEC_OFFERED);
    }
    return 1;
}

/* --- reading ------------------------------------------------------------------------------- */

void vb_codec_decoder_init(struct vb_codec_decoder *decoder)
{
    memset(decoder, 0, sizeof *decoder);
}

bool vb_codec_same_origin(const struct vb_codec_origin *a, const struct vb_codec_origin *b)
{
    return a->digest_low == b->digest_low || (a->believed && b->believed);
}

/* Two devices may share an address until that is noticed, with numbers that are close together, so
 * a number alone does not identify a keyframe. */
static bool is_named(const struct vb_codec_decoder *decoder,
                     const struct vb_codec_keyframe *keyframe, uint16_t number)
{
    return number == keyframe->number && vb_codec_same_origin(&decoder->origin, &keyframe->origin);
}

/* The profile that a keyframe's number refers to, built in *adopted if it was on offer. NULL if it
 * is not held. */
static const struct vb_codec_profile *find_profile(const struct vb_codec_decoder *decoder,
                                                   uint16_t number,
                                                   struct vb_codec_profile *adopted)
{
    const struct vb_codec_profile *profile = &decoder->profile;
    if (profile->is_held && is_named(decoder, &profile->held, number))
        return profile;
    if (!profile->is_offered || !is_named(decoder, &profile->offered, number))
        return NULL;
    *adopted = *profile;
    vb_profile_adopt(adopted);
    return adopted;
}

enum vb_err vb_codec_decode(struct vb_codec_decoder *decoder, uint16_t number, const uint8_t *bytes,
                            size_t size, uint32_t now_ms, struct vb_reading *reading,
                            struct vb_codec_part *part)
{
    struct vb_range_reader reader = vb_range_reader_of(bytes, size);
    struct vb_body_head head;
    struct vb_codec_profile adopted;
    const struct vb_codec_profile *profile = NULL;
    vb_body_head_read(&reader, &head);
    if (head.distance > 0) {
        profile = find_profile(decoder, (uint16_t)(number - head.distance), &adopted);
        if (profile == NULL)
            return VB_ERR_OLD;
    }

    struct vb_reading scratch;
    if (head.part == VB_BODY_WHOLE)
        memset(&scratch, 0, sizeof scratch); /* including the part beyond the counts */
    else
        scratch = *reading;
    uint32_t age_ms = 0;
    const int32_t common = vb_body_read(&reader, profile, &head, &scratch, &age_ms);
    if (!vb_range_done(&reader))
        return scratch.cell_count > VB_CELLS_MAX ? VB_ERR_TOO_LONG : VB_ERR_MALFORMED;

    if (head.part != VB_BODY_SECOND)
        scratch.sampled_ms = now_ms - age_ms;
    *reading = scratch;
    if (profile == &adopted)
        decoder->profile = adopted;
    const bool keyframe = head.correction != VB_CORRECTION_NONE;
    if (keyframe && profile == NULL) {
        vb_profile_set(&decoder->profile, number, reading);
        decoder->profile.held.origin = decoder->origin;
    } else if (keyframe) {
        (void)vb_profile_offer(&decoder->profile, number, reading, common, head.correction);
        decoder->profile.offered.origin = decoder->origin;
    }
    *part = (struct vb_codec_part){.index = head.part == VB_BODY_SECOND,
                                   .count = head.part == VB_BODY_WHOLE ? 1 : VB_CODEC_PARTS_MAX,
                                   .keyframe = keyframe};
    return VB_ERR_OK;
}
