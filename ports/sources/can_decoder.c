#include "sources/can_decoder.h"

#include <string.h>

enum {
    HEAD_BYTES = 2, /* of an answer: service and group */
    ANSWER_FLAG = 0x40,
    NEGATIVE = 0x7f, /* {NEGATIVE, service, reason}: ISO 14229-1, 8.4 */
    NEGATIVE_BYTES = 3,
    REASON_PENDING = 0x78,
    NIBBLE_MAX = 15,
    CRC8_POLYNOMIAL = 0x85
};

/* A message's bytes, and when they arrived. */
struct message_bytes {
    const uint8_t *bytes;
    uint16_t size;
    uint64_t at_ms;
};

static enum vb_can_news refuse(struct vb_can_decoder *decoder, enum vb_can_refusal refusal)
{
    decoder->last_refusal = refusal;
    decoder->refusals[refusal]++;
    return VB_CAN_REFUSED;
}

const char *vb_can_refusal_text(enum vb_can_refusal refusal)
{
    static const char *const texts[] = {
#define X(NAME, text) [VB_CAN_REFUSAL_##NAME] = (text),
        VB_CAN_REFUSAL_LIST(X)
#undef X
    };
    VB_ASSERT((size_t)refusal < VB_COUNT_OF(texts));
    return texts[refusal];
}

const char *vb_can_last_refusal_text(const struct vb_can_decoder *decoder)
{
    if (decoder->last_refusal == VB_CAN_REFUSAL_ISOTP)
        return vb_isotp_fault_text(decoder->answer.last_fault);
    return vb_can_refusal_text(decoder->last_refusal);
}

uint8_t vb_can_crc8(const uint8_t *bytes, uint8_t size)
{
    uint8_t crc = 0;
    for (uint8_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (uint8_t)(crc << 1 ^ ((crc & 0x80) != 0 ? CRC8_POLYNOMIAL : 0));
    }
    return crc;
}

void vb_can_decoder_init(struct vb_can_decoder *decoder, const struct vb_can_battery *battery)
{
    VB_ASSERT(battery->cell_count >= 1 && battery->cell_count <= VB_CELLS_MAX);
    VB_ASSERT(battery->temp_count <= VB_TEMPS_MAX);
    memset(decoder, 0, sizeof *decoder);
    decoder->battery = battery;
    vb_isotp_receiver_init(&decoder->answer, VB_ISOTP_TIMEOUT_MS, 0);
}

/* == Values from bytes ======================================================================= */

/* At most 48 bits, the first of them at bit. */
static uint64_t extract(const struct message_bytes *message, uint32_t bit, unsigned bits)
{
    uint64_t value = 0;
    VB_ASSERT(bit + bits <= (uint32_t)message->size * 8);
    for (uint32_t at = bit; at < bit + bits; at++)
        value = value << 1 | (message->bytes[at / 8] >> (7 - at % 8) & 1);
    return value;
}

/* False if the value is not available. */
static bool read_value(const struct message_bytes *message, const struct vb_can_field *field,
                       uint32_t bit, int32_t *value)
{
    const unsigned bits = field->bits + field->lead_bits;
    const uint64_t with_lead = extract(message, bit - field->lead_bits, bits);
    if (field->has_sentinel && with_lead == field->sentinel)
        return false;
    int64_t raw = (int64_t)(with_lead & ((UINT64_C(1) << field->bits) - 1));
    if (field->is_signed && (raw >> (field->bits - 1)) != 0)
        raw -= INT64_C(1) << field->bits;
    const int64_t scaled = raw * field->scale;
    const int64_t half = scaled < 0 ? -(field->divisor / 2) : field->divisor / 2;
    const int64_t result = (scaled + half) / field->divisor + field->offset;
    if (result < field->low || result > field->high)
        return false;
    *value = (int32_t)result;
    return true;
}

static uint32_t position(const struct vb_can_field *field, unsigned index)
{
    return (uint32_t)(field->bit + (int)(index / field->run * field->stride) +
                      (int)(index % field->run) * field->step);
}

static void read_cells(struct vb_can_decoder *decoder, const struct message_bytes *message,
                       const struct vb_can_field *field)
{
    VB_ASSERT(field->count == decoder->battery->cell_count);
    for (unsigned i = 0; i < field->count; i++) {
        int32_t mv;
        const bool known = read_value(message, field, position(field, i), &mv);
        decoder->cell_mv[i] = known ? (uint16_t)mv : VB_CELL_NOT_AVAILABLE;
    }
}

static void read_temperatures(struct vb_can_decoder *decoder, const struct message_bytes *message,
                              const struct vb_can_field *field)
{
    VB_ASSERT(field->count == decoder->battery->temp_count);
    for (unsigned i = 0; i < field->count; i++) {
        int32_t dc;
        const bool known = read_value(message, field, position(field, i), &dc);
        decoder->temp_dc[i] = known ? (int16_t)dc : VB_TEMP_NOT_AVAILABLE;
    }
    decoder->temps_known = true;
    decoder->temps_at_ms = message->at_ms;
}

static void read_balancing(struct vb_can_decoder *decoder, const struct message_bytes *message,
                           const struct vb_can_field *field)
{
    VB_ASSERT(field->count == decoder->battery->cell_count);
    memset(decoder->balancing, 0, sizeof decoder->balancing);
    for (unsigned i = 0; i < field->count; i++) {
        int32_t on;
        if (read_value(message, field, position(field, i), &on) && on != 0)
            decoder->balancing[i / 8] |= (uint8_t)(1u << i % 8);
    }
    decoder->balancing_known = true;
    decoder->balancing_at_ms = message->at_ms;
}

static void read_field(struct vb_can_decoder *decoder, const struct message_bytes *message,
                       const struct vb_can_field *field)
{
    switch (field->quantity) {
    case VB_CAN_CELL:
        read_cells(decoder, message, field);
        return;
    case VB_CAN_TEMPERATURE:
        read_temperatures(decoder, message, field);
        return;
    case VB_CAN_BALANCING:
        read_balancing(decoder, message, field);
        return;
    case VB_CAN_PACK_VOLTAGE:
    case VB_CAN_CURRENT:
    case VB_CAN_SOC:
    case VB_CAN_HEALTH:
    case VB_CAN_CONDUCTANCE:
    case VB_CAN_CAPACITY:
    case VB_CAN_ENERGY: {
        struct vb_can_single *single = &decoder->singles[field->quantity];
        single->known = read_value(message, field, field->bit, &single->value);
        single->at_ms = message->at_ms;
        return;
    }
    }
}

/* == Messages ================================================================================ */

static bool fits(const struct vb_can_message *row, uint32_t id, uint16_t size)
{
    return row->id == id && size >= row->size_min && size <= row->size_max;
}

static bool only_nibbles(const struct message_bytes *message)
{
    for (uint16_t i = HEAD_BYTES; i < message->size; i++) {
        if (message->bytes[i] > NIBBLE_MAX)
            return false;
    }
    return true;
}

/* Whether the row applies to this message, whose id and size match. */
static bool is_meant(const struct vb_can_decoder *decoder, const struct vb_can_message *row,
                     const struct message_bytes *message)
{
    if (row->variant != VB_CAN_ANY_VARIANT && row->variant != decoder->variant)
        return false;
    if (row->check == VB_CAN_CHECK_NIBBLES && !only_nibbles(message))
        return false;
    return row->select_mask == 0 ||
           (message->bytes[row->select_byte] & row->select_mask) == row->select_value;
}

static void take(struct vb_can_decoder *decoder, const struct vb_can_message *row,
                 const struct message_bytes *message)
{
    if (row->proves > decoder->variant)
        decoder->variant = row->proves;
    for (uint8_t i = 0; i < row->field_count; i++)
        read_field(decoder, message, &row->fields[i]);
}

static enum vb_can_news input_broadcast(struct vb_can_decoder *decoder, uint64_t now_ms,
                                        const struct vb_can_frame *frame)
{
    const struct vb_can_battery *battery = decoder->battery;
    const struct message_bytes message = {frame->data, frame->size, now_ms};
    enum vb_can_news news = VB_CAN_NOTHING;
    for (uint8_t i = 0; i < battery->broadcast_count; i++) {
        const struct vb_can_message *row = &battery->broadcasts[i];
        if (row->id != frame->id)
            continue;
        if (!fits(row, frame->id, frame->size))
            return refuse(decoder, VB_CAN_REFUSAL_SIZE);
        if (row->check == VB_CAN_CHECK_CRC8 &&
            vb_can_crc8(frame->data, (uint8_t)(frame->size - 1)) != frame->data[frame->size - 1])
            return refuse(decoder, VB_CAN_REFUSAL_CRC);
        if (!is_meant(decoder, row, &message))
            continue;
        take(decoder, row, &message);
        news = VB_CAN_VALUES;
    }
    return news;
}

/* Whether the sweep just received is new. Remembers it if it is. */
static bool remember_sweep(struct vb_can_decoder *decoder, uint64_t now_ms)
{
    const struct vb_isotp_receiver *answer = &decoder->answer;
    const bool same = decoder->swept && answer->size == decoder->sweep_size &&
                      memcmp(answer->bytes, decoder->sweep_bytes, answer->size) == 0;
    if (same && now_ms - decoder->sweep_at_ms < VB_CAN_REPEAT_MS_MAX) {
        decoder->repeated++;
        return false;
    }
    decoder->swept = true;
    decoder->sweep_at_ms = now_ms;
    decoder->sweep_size = answer->size;
    memcpy(decoder->sweep_bytes, answer->bytes, answer->size);
    decoder->sweeps++;
    return true;
}

static enum vb_can_news input_answer(struct vb_can_decoder *decoder, uint64_t now_ms)
{
    const struct vb_can_battery *battery = decoder->battery;
    const struct vb_isotp_receiver *answer = &decoder->answer;
    const struct message_bytes message = {answer->bytes, answer->size, now_ms};
    if (answer->size >= NEGATIVE_BYTES && answer->bytes[0] == NEGATIVE &&
        answer->bytes[1] == battery->service)
        return answer->bytes[2] == REASON_PENDING ? VB_CAN_PENDING : VB_CAN_DECLINED;
    if (answer->size < HEAD_BYTES || answer->bytes[0] != (battery->service | ANSWER_FLAG))
        return VB_CAN_NOTHING; /* the answer to another kind of request, from someone else */

    bool known_group = false;
    bool known_length = false;
    decoder->answer_group = answer->bytes[1];
    for (uint8_t i = 0; i < battery->answer_count; i++) {
        const struct vb_can_message *row = &battery->answers[i];
        known_group = known_group || row->id == decoder->answer_group;
        if (!fits(row, decoder->answer_group, answer->size))
            continue;
        known_length = true;
        if (is_meant(decoder, row, &message))
            take(decoder, row, &message);
    }
    if (!known_length)
        return known_group ? refuse(decoder, VB_CAN_REFUSAL_ANSWER) : VB_CAN_NOTHING;
    if (decoder->answer_group == battery->sweep_group && remember_sweep(decoder, now_ms))
        return VB_CAN_SWEEP;
    return VB_CAN_ANSWER;
}

enum vb_can_news vb_can_decoder_input(struct vb_can_decoder *decoder, uint64_t now_ms,
                                      const struct vb_can_frame *frame)
{
    VB_ASSERT(frame->size <= VB_CAN_DATA_BYTES_MAX);
    if (frame->id != decoder->battery->answer_id)
        return input_broadcast(decoder, now_ms, frame);
    switch (vb_isotp_receive(&decoder->answer, (uint32_t)now_ms, frame->data, frame->size)) {
    case VB_ISOTP_NOTHING:
        return VB_CAN_NOTHING;
    case VB_ISOTP_FLOW:
        return VB_CAN_FLOW_DUE;
    case VB_ISOTP_WHOLE:
        return input_answer(decoder, now_ms);
    case VB_ISOTP_REFUSED:
        break;
    }
    return refuse(decoder, VB_CAN_REFUSAL_ISOTP);
}

/* == Readings ================================================================================ */

static const struct vb_can_single *recent(const struct vb_can_decoder *decoder, uint64_t now_ms,
                                          enum vb_can_quantity quantity, uint32_t age_ms_max)
{
    const struct vb_can_single *single = &decoder->singles[quantity];
    return single->known && now_ms - single->at_ms <= age_ms_max ? single : NULL;
}

void vb_can_decoder_reading(const struct vb_can_decoder *decoder, uint64_t now_ms,
                            struct vb_reading *reading)
{
    const struct vb_can_battery *battery = decoder->battery;
    VB_ASSERT(decoder->swept);
    memset(reading, 0, sizeof *reading);
    reading->cell_count = battery->cell_count;
    memcpy(reading->cell_mv, decoder->cell_mv, battery->cell_count * sizeof reading->cell_mv[0]);

    const struct vb_can_single *single =
        recent(decoder, now_ms, VB_CAN_PACK_VOLTAGE, VB_CAN_FAST_AGE_MS_MAX);
    if (single != NULL) {
        reading->pack_mv = (uint32_t)single->value;
        reading->flags |= VB_READING_HAS_VOLTAGE;
    }
    single = recent(decoder, now_ms, VB_CAN_CURRENT, VB_CAN_FAST_AGE_MS_MAX);
    if (single != NULL) {
        reading->current_ma = single->value;
        reading->flags |= VB_READING_HAS_CURRENT;
    }
    single = recent(decoder, now_ms, VB_CAN_SOC, VB_CAN_SLOW_AGE_MS_MAX);
    if (single != NULL) {
        reading->soc_permille = (uint16_t)single->value;
        reading->flags |= VB_READING_HAS_SOC;
    }

    reading->temp_count = battery->temp_count;
    const bool temps =
        decoder->temps_known && now_ms - decoder->temps_at_ms <= VB_CAN_SLOW_AGE_MS_MAX;
    for (uint8_t i = 0; i < battery->temp_count; i++)
        reading->temp_dc[i] = temps ? decoder->temp_dc[i] : VB_TEMP_NOT_AVAILABLE;
    if (decoder->balancing_known && now_ms - decoder->balancing_at_ms <= VB_CAN_SLOW_AGE_MS_MAX)
        memcpy(reading->balancing, decoder->balancing, sizeof reading->balancing);
}
