/* Turns frames of a battery's bus into readings, as a struct vb_can_battery describes.
 *
 * Sans-IO. It assembles answers whoever sent the request, so it reads a recording and a bus on
 * which another device asks alike. Times are ms since an arbitrary moment. */
#ifndef VOLTBEACON_SOURCES_CAN_DECODER_H
#define VOLTBEACON_SOURCES_CAN_DECODER_H

#include "sources/can_battery.h"
#include "sources/isotp.h"
#include "voltbeacon/core/reading.h"

enum {
    /* How old a value may be when the cells of its reading are complete; older ones are unknown. */
    VB_CAN_FAST_AGE_MS_MAX = 10000, /* voltage, current */
    VB_CAN_SLOW_AGE_MS_MAX = 60000, /* SOC, temperatures, balancing */
    /* A sweep identical to the previous one is that one sent again; after this long, it is a new
     * measurement with the same values. */
    VB_CAN_REPEAT_MS_MAX = 5000
};

/* X(NAME, "what was wrong"), in addition to those of ISO-TP */
#define VB_CAN_REFUSAL_LIST(X)                    \
    X(CRC, "a wrong CRC-8")                       \
    X(SIZE, "a length that this frame never has") \
    X(ANSWER, "an answer of no known length")     \
    X(ISOTP, "a broken answer")

enum vb_can_refusal {
#define X(NAME, text) VB_CAN_REFUSAL_##NAME,
    VB_CAN_REFUSAL_LIST(X)
#undef X
        VB_CAN_REFUSAL_COUNT
};

enum vb_can_news {
    VB_CAN_NOTHING,  /* a frame of no interest, or part of an answer */
    VB_CAN_FLOW_DUE, /* whoever asked must send a flow control now */
    VB_CAN_VALUES,   /* a broadcast was read */
    VB_CAN_ANSWER,   /* answer_group was read */
    VB_CAN_SWEEP,    /* likewise, and it was the cells: a new sample */
    VB_CAN_DECLINED, /* the battery does not answer this request */
    VB_CAN_PENDING,  /* the battery asks for more time */
    VB_CAN_REFUSED   /* vb_can_last_refusal_text() says why */
};

struct vb_can_single {
    bool known;
    int32_t value; /* in the unit of its enum vb_can_quantity */
    uint64_t at_ms;
};

struct vb_can_decoder {
    const struct vb_can_battery *battery;
    struct vb_isotp_receiver answer;
    uint8_t answer_group; /* of the last whole answer */
    uint8_t variant;      /* index into battery->variant_names */

    struct vb_can_single singles[VB_CAN_SINGLE_COUNT];
    uint16_t cell_mv[VB_CELLS_MAX];
    int16_t temp_dc[VB_TEMPS_MAX];
    bool temps_known;
    uint64_t temps_at_ms;
    uint8_t balancing[(VB_CELLS_MAX + 7) / 8];
    bool balancing_known;
    uint64_t balancing_at_ms;

    bool swept; /* sweep_* are of the last sweep */
    uint64_t sweep_at_ms;
    uint16_t sweep_size;
    uint8_t sweep_bytes[VB_ISOTP_BYTES_MAX];

    uint32_t sweeps;
    uint32_t repeated; /* malformed sweeps */
    enum vb_can_refusal last_refusal;
    uint32_t refusals[VB_CAN_REFUSAL_COUNT];
};

/* The battery must outlive the decoder. */
void vb_can_decoder_init(struct vb_can_decoder *decoder, const struct vb_can_battery *battery);

/* now_ms must never go back. */
VB_MUST_USE enum vb_can_news vb_can_decoder_input(struct vb_can_decoder *decoder, uint64_t now_ms,
                                                  const struct vb_can_frame *frame);

/* After VB_CAN_SWEEP: the cells, and whatever else is known. The caller sets sequence and times; a
 * sweep's cells were measured one after the other, so it is never "together". */
void vb_can_decoder_reading(const struct vb_can_decoder *decoder, uint64_t now_ms,
                            struct vb_reading *reading);

const char *vb_can_refusal_text(enum vb_can_refusal refusal);

/* The reason for the last VB_CAN_REFUSED; for ISO-TP in more detail. */
const char *vb_can_last_refusal_text(const struct vb_can_decoder *decoder);

/* Polynomial x^8 + x^7 + x^2 + 1 (0x85), start 0, no reflection. */
uint8_t vb_can_crc8(const uint8_t *bytes, uint8_t size);

#endif
