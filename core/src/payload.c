#include "voltbeacon/core/payload.h"

static enum vb_err read_records(struct vb_reader *reader, const struct vb_room *room,
                                struct vb_records *records)
{
    while (vb_reader_left(reader) > 0) {
        struct vb_record record;
        const enum vb_err err = vb_record_read(reader, room, &record);
        if (err == VB_ERR_UNSUPPORTED) {
            /* Facts, or a later version's form: what precedes it counts. */
            records->cut =
                record.form != VB_RECORD_FACTS || !vb_board_facts_read(reader, &records->facts);
            return VB_ERR_OK;
        }
        if (err != VB_ERR_OK)
            return err;
        if (records->count == VB_RECORDS_MAX)
            return VB_ERR_MALFORMED;
        records->items[records->count++] = record;
    }
    return VB_ERR_OK;
}

static enum vb_err read_state(struct vb_reader *reader, const struct vb_room *room,
                              struct vb_records *records, struct vb_beacon *state)
{
    const enum vb_err err = vb_beacon_read(reader, state);
    if (err != VB_ERR_OK)
        return err;
    if (state->boot == 0)
        return VB_ERR_MALFORMED;
    struct vb_reader rest = vb_reader_of(state->records, state->records_size);
    return read_records(&rest, room, records);
}

static enum vb_err read_hello_ack(struct vb_reader *reader, const struct vb_room *room,
                                  struct vb_records *records, struct vb_payload *payload)
{
    payload->hello_ack.nonce = vb_read_u32(reader);
    const enum vb_err err = read_state(reader, room, records, &payload->hello_ack.state);
    const bool whole = payload->hello_ack.nonce != 0 && payload->hello_ack.state.store_id != 0;
    return err == VB_ERR_OK && !whole ? VB_ERR_MALFORMED : err;
}

static enum vb_err read_data(struct vb_reader *reader, const struct vb_room *room,
                             struct vb_records *records, struct vb_data_head *head)
{
    const enum vb_err err = vb_data_head_read(reader, head);
    if (err != VB_ERR_OK)
        return err;
    if (head->store_id == 0 || head->boot == 0)
        return VB_ERR_MALFORMED;
    return read_records(reader, room, records);
}

static enum vb_err read_request(struct vb_reader *reader, struct vb_section_request *request)
{
    request->store_id = vb_read_u32(reader);
    request->count = 0;
    while (vb_reader_left(reader) > 0) {
        if (request->count == VB_REQUEST_ITEMS_MAX)
            return VB_ERR_MALFORMED;
        const enum vb_err err = vb_request_item_read(reader, &request->items[request->count]);
        if (err != VB_ERR_OK)
            return err;
        request->count++;
    }
    return vb_reader_verdict(reader);
}

/* A message of plain numbers ends with the last of them. */
static enum vb_err end(const struct vb_reader *reader)
{
    const enum vb_err err = vb_reader_verdict(reader);
    return err == VB_ERR_OK && !vb_reader_done(reader) ? VB_ERR_MALFORMED : err;
}

static enum vb_err read_beacon_ack(struct vb_reader *reader, struct vb_beacon_ack *ack)
{
    ack->number = vb_read_u8(reader);
    ack->uptime_s = vb_read_varint(reader);
    return end(reader);
}

static enum vb_err read_hello(struct vb_reader *reader, struct vb_hello *hello)
{
    hello->nonce = vb_read_u32(reader);
    hello->uptime_s = vb_read_varint(reader);
    const enum vb_err err = end(reader);
    return err == VB_ERR_OK && hello->nonce == 0 ? VB_ERR_MALFORMED : err;
}

static bool has_records(uint8_t message)
{
    return message == VB_MESSAGE_BEACON || message == VB_MESSAGE_HELLO_ACK ||
           message == VB_MESSAGE_DATA;
}

enum vb_err vb_payload_read(const struct vb_room *room, const struct vb_frame *frame,
                            struct vb_records *records, struct vb_payload *payload)
{
    struct vb_reader reader = vb_reader_of(frame->payload, frame->payload_size);
    payload->kind = frame->message;
    if (records == NULL && has_records(frame->message))
        return VB_ERR_UNSUPPORTED;
    if (records != NULL) {
        records->count = 0;
        records->cut = false;
        records->facts = (struct vb_board_facts){0};
    }
    switch (frame->message) {
    case VB_MESSAGE_BEACON:
        return read_state(&reader, room, records, &payload->beacon);
    case VB_MESSAGE_HELLO_ACK:
        return read_hello_ack(&reader, room, records, payload);
    case VB_MESSAGE_DATA:
        return read_data(&reader, room, records, &payload->data);
    case VB_MESSAGE_REQUEST:
        return read_request(&reader, &payload->request);
    case VB_MESSAGE_EDIT:
        return vb_edit_part_read(&reader, room, &payload->edit);
    case VB_MESSAGE_EDIT_RESULT:
        return vb_edit_result_read(&reader, &payload->edit_result);
    case VB_MESSAGE_READING:
        return vb_reading_part_read(&reader, &payload->reading);
    case VB_MESSAGE_READING_ACK:
        return vb_reading_ack_read(&reader, &payload->reading_ack);
    case VB_MESSAGE_GOODBYE:
        return vb_goodbye_read(&reader, &payload->goodbye);
    case VB_MESSAGE_BEACON_ACK:
        return read_beacon_ack(&reader, &payload->beacon_ack);
    case VB_MESSAGE_HELLO:
        return read_hello(&reader, &payload->hello);
    default:
        return VB_ERR_UNSUPPORTED;
    }
}

struct vb_named vb_payload_named(const struct vb_payload *payload)
{
    switch (payload->kind) {
    case VB_MESSAGE_BEACON:
        return (struct vb_named){.store_id = payload->beacon.store_id,
                                 .boot = payload->beacon.boot};
    case VB_MESSAGE_HELLO_ACK:
        return (struct vb_named){.store_id = payload->hello_ack.state.store_id,
                                 .boot = payload->hello_ack.state.boot,
                                 .nonce = payload->hello_ack.nonce};
    case VB_MESSAGE_DATA:
        return (struct vb_named){.store_id = payload->data.store_id, .boot = payload->data.boot};
    case VB_MESSAGE_EDIT_RESULT:
        return (struct vb_named){.boot = payload->edit_result.boot};
    case VB_MESSAGE_GOODBYE:
        return (struct vb_named){.boot = payload->goodbye.boot};
    default:
        return (struct vb_named){0};
    }
}
