#include "voltbeacon/core/message.h"

#include <string.h>

#include "voltbeacon/core/named.h"

/* Byte 1 of a record: the form above, the fragment's index below. */
enum { RECORD_INDEX_BITS = 0x1f, RECORD_FORM_SHIFT = 5 };

/* In a beacon, in the byte that counts the marks. */
enum { BEACON_SAYS_STORE = 0x80 };

/* In a result; the first release rejects one with a higher number. */
enum { REASON_MAX = 19 };

uint8_t vb_version_mark(uint32_t version)
{
    return version == 0 ? 0 : (uint8_t)(1 + version % 15);
}

uint32_t vb_version_next(uint32_t version)
{
    const uint32_t next = version + 1;
    return next == 0 ? 1 : next;
}

uint8_t vb_fragment_count(const struct vb_room *room, size_t size)
{
    VB_ASSERT(size <= room->section_bytes_max);
    const size_t count = (size + room->fragment_bytes - 1) / room->fragment_bytes;
    return count == 0 ? 1 : (uint8_t)count;
}

size_t vb_fragment_size(const struct vb_room *room, size_t total, uint8_t index)
{
    const size_t offset = (size_t)index * room->fragment_bytes;
    VB_ASSERT(index < vb_fragment_count(room, total));
    return total - offset < room->fragment_bytes ? total - offset : room->fragment_bytes;
}

uint32_t vb_fragments_all(const struct vb_room *room, size_t size)
{
    return UINT32_MAX >> (VB_FRAGMENTS_MAX - vb_fragment_count(room, size));
}

void vb_beacon_write(struct vb_writer *writer, const struct vb_beacon *beacon)
{
    VB_ASSERT(beacon->mark_count <= VB_MARKS_MAX);
    vb_write_u32(writer, beacon->boot);
    vb_write_u32(writer, beacon->digest);
    vb_write_varint(writer, beacon->uptime_s);
    vb_write_u8(writer, beacon->runtime.flags);
    if ((beacon->runtime.flags & VB_RUNTIME_IP_KNOWN) != 0)
        vb_write_bytes(writer, beacon->runtime.ip, sizeof beacon->runtime.ip);
    if ((beacon->runtime.flags & VB_RUNTIME_MQTT_FAULT) != 0)
        vb_write_u8(writer, beacon->runtime.mqtt_fault);
    vb_write_u8(writer, beacon->number);
    const bool says_store = beacon->store_id != 0;
    vb_write_u8(writer, (uint8_t)(beacon->mark_count | (says_store ? BEACON_SAYS_STORE : 0)));
    if (says_store)
        vb_write_u32(writer, beacon->store_id);
    for (unsigned i = 0; i < beacon->mark_count; i += 2) {
        const uint8_t low = beacon->marks[i];
        const uint8_t high = i + 1 < beacon->mark_count ? beacon->marks[i + 1] : 0;
        VB_ASSERT(low <= 15 && high <= 15);
        vb_write_u8(writer, (uint8_t)(low | high << 4));
    }
    vb_write_bytes(writer, beacon->records, beacon->records_size);
}

enum vb_err vb_beacon_read(struct vb_reader *reader, struct vb_beacon *beacon)
{
    memset(beacon, 0, sizeof *beacon);
    beacon->boot = vb_read_u32(reader);
    beacon->digest = vb_read_u32(reader);
    beacon->uptime_s = vb_read_varint(reader);
    beacon->runtime.flags = vb_read_u8(reader);
    if ((beacon->runtime.flags & VB_RUNTIME_IP_KNOWN) != 0) {
        const uint8_t *ip = vb_read_view(reader, sizeof beacon->runtime.ip);
        if (ip != NULL)
            memcpy(beacon->runtime.ip, ip, sizeof beacon->runtime.ip);
    }
    if ((beacon->runtime.flags & VB_RUNTIME_MQTT_FAULT) != 0)
        beacon->runtime.mqtt_fault = vb_read_u8(reader);
    beacon->number = vb_read_u8(reader);
    const uint8_t count = vb_read_u8(reader);
    const bool says_store = (count & BEACON_SAYS_STORE) != 0;
    beacon->mark_count = (uint8_t)(count & ~BEACON_SAYS_STORE);
    if (says_store)
        beacon->store_id = vb_read_u32(reader);
    if (reader->failed)
        return vb_reader_verdict(reader);
    if (beacon->mark_count > VB_MARKS_MAX || (says_store && beacon->store_id == 0))
        return VB_ERR_MALFORMED;
    for (unsigned i = 0; i < beacon->mark_count; i += 2) {
        const uint8_t pair = vb_read_u8(reader);
        beacon->marks[i] = pair & 15;
        if (i + 1 < beacon->mark_count)
            beacon->marks[i + 1] = pair >> 4;
        else if (pair >> 4 != 0)
            return VB_ERR_MALFORMED;
    }
    beacon->records_size = vb_reader_left(reader);
    beacon->records = vb_read_view(reader, beacon->records_size);
    return vb_reader_verdict(reader);
}

void vb_record_write(struct vb_writer *writer, const struct vb_record *record)
{
    VB_ASSERT(record->index < VB_FRAGMENTS_MAX && record->version > 0);
    vb_write_u8(writer, record->id);
    vb_write_u8(writer, (uint8_t)(record->form << RECORD_FORM_SHIFT | record->index));
    vb_write_varint(writer, record->version);
    if (record->form == VB_RECORD_WHOLE) {
        VB_ASSERT(record->size <= record->total && record->size <= VB_FRAGMENT_BYTES_MAX);
        vb_write_varint(writer, record->total);
        vb_write_bytes(writer, record->bytes, record->size);
        return;
    }
    if (record->form == VB_RECORD_FACTS) {
        vb_write_bytes(writer, record->bytes, record->size);
        return;
    }
    vb_write_u32(writer, record->hash);
    if (record->form == VB_RECORD_DELTA) {
        VB_ASSERT(record->size <= VB_DELTA_BYTES_MAX);
        vb_write_varint(writer, record->base_version);
        vb_write_u32(writer, record->base_hash);
        vb_write_varint(writer, (uint32_t)record->size);
        vb_write_bytes(writer, record->bytes, record->size);
    }
}

size_t vb_record_size(const struct vb_record *record)
{
    const size_t head = 2 + vb_varint_size(record->version);
    if (record->form == VB_RECORD_WHOLE)
        return head + vb_varint_size(record->total) + record->size;
    if (record->form == VB_RECORD_SAME)
        return head + 4;
    if (record->form == VB_RECORD_FACTS)
        return head + record->size;
    return head + 4 + vb_varint_size(record->base_version) + 4 +
           vb_varint_size((uint32_t)record->size) + record->size;
}

static enum vb_err read_whole(struct vb_reader *reader, const struct vb_room *room,
                              struct vb_record *record)
{
    const uint32_t total = vb_read_varint(reader);
    if (reader->failed)
        return vb_reader_verdict(reader);
    if (total > room->section_bytes_max || record->index >= vb_fragment_count(room, total))
        return VB_ERR_MALFORMED;
    record->total = (uint16_t)total;
    record->size = vb_fragment_size(room, total, record->index);
    record->offset = (uint16_t)(record->index * room->fragment_bytes);
    record->bytes = vb_read_view(reader, record->size);
    return vb_reader_verdict(reader);
}

static enum vb_err read_delta(struct vb_reader *reader, struct vb_record *record)
{
    record->base_version = vb_read_varint(reader);
    record->base_hash = vb_read_u32(reader);
    record->size = vb_read_varint(reader);
    if (reader->failed)
        return vb_reader_verdict(reader);
    if (record->size > VB_DELTA_BYTES_MAX || record->base_version == 0)
        return VB_ERR_MALFORMED;
    record->bytes = vb_read_view(reader, record->size);
    return vb_reader_verdict(reader);
}

enum vb_err vb_record_read(struct vb_reader *reader, const struct vb_room *room,
                           struct vb_record *record)
{
    memset(record, 0, sizeof *record);
    record->id = vb_read_u8(reader);
    const uint8_t kind = vb_read_u8(reader);
    record->form = kind >> RECORD_FORM_SHIFT;
    record->index = kind & RECORD_INDEX_BITS;
    record->version = vb_read_varint(reader);
    if (reader->failed)
        return vb_reader_verdict(reader);
    if (record->id == 0 || record->id > VB_MARKS_MAX || record->version == 0)
        return VB_ERR_MALFORMED;
    if (record->form == VB_RECORD_WHOLE)
        return read_whole(reader, room, record);
    if (record->form > VB_RECORD_DELTA)
        return VB_ERR_UNSUPPORTED;
    record->hash = vb_read_u32(reader);
    if (!reader->failed && record->index != 0)
        return VB_ERR_MALFORMED;
    return record->form == VB_RECORD_DELTA ? read_delta(reader, record) : vb_reader_verdict(reader);
}

void vb_data_head_write(struct vb_writer *writer, const struct vb_data_head *head)
{
    vb_write_u32(writer, head->store_id);
    vb_write_u32(writer, head->boot);
    vb_write_u32(writer, head->digest);
}

enum vb_err vb_data_head_read(struct vb_reader *reader, struct vb_data_head *head)
{
    head->store_id = vb_read_u32(reader);
    head->boot = vb_read_u32(reader);
    head->digest = vb_read_u32(reader);
    return vb_reader_verdict(reader);
}

void vb_request_item_write(struct vb_writer *writer, const struct vb_request_item *item)
{
    vb_write_u8(writer, item->id);
    vb_write_varint(writer, item->have_version);
    if (item->have_version != 0)
        vb_write_u32(writer, item->have_hash);
    vb_write_varint(writer, item->partial_version);
    if (item->partial_version != 0)
        vb_write_varint(writer, item->missing);
}

enum vb_err vb_request_item_read(struct vb_reader *reader, struct vb_request_item *item)
{
    memset(item, 0, sizeof *item);
    item->id = vb_read_u8(reader);
    item->have_version = vb_read_varint(reader);
    if (item->have_version != 0)
        item->have_hash = vb_read_u32(reader);
    item->partial_version = vb_read_varint(reader);
    if (item->partial_version != 0)
        item->missing = vb_read_varint(reader);
    if (reader->failed)
        return vb_reader_verdict(reader);
    return item->id == 0 || item->id > VB_MARKS_MAX ? VB_ERR_MALFORMED : VB_ERR_OK;
}

void vb_edit_part_write(struct vb_writer *writer, const struct vb_edit_part *part)
{
    VB_ASSERT(part->size <= part->total && part->size <= VB_FRAGMENT_BYTES_MAX);
    vb_write_u64(writer, part->id);
    vb_write_u32(writer, part->store_id);
    vb_write_u32(writer, part->boot);
    vb_write_u8(writer, part->section);
    vb_write_varint(writer, part->base_version);
    vb_write_u32(writer, part->base_hash);
    vb_write_varint(writer, part->total);
    vb_write_u8(writer, part->index);
    vb_write_bytes(writer, part->bytes, part->size);
}

enum vb_err vb_edit_part_read(struct vb_reader *reader, const struct vb_room *room,
                              struct vb_edit_part *part)
{
    memset(part, 0, sizeof *part);
    part->id = vb_read_u64(reader);
    part->store_id = vb_read_u32(reader);
    part->boot = vb_read_u32(reader);
    part->section = vb_read_u8(reader);
    part->base_version = vb_read_varint(reader);
    part->base_hash = vb_read_u32(reader);
    const uint32_t total = vb_read_varint(reader);
    part->index = vb_read_u8(reader);
    if (reader->failed)
        return vb_reader_verdict(reader);
    if (part->id == 0 || total == 0 || total > VB_EDIT_BYTES_MAX ||
        part->index >= vb_fragment_count(room, total))
        return VB_ERR_MALFORMED;
    part->total = (uint16_t)total;
    part->offset = (uint16_t)(part->index * room->fragment_bytes);
    part->size = vb_fragment_size(room, total, part->index);
    part->bytes = vb_read_view(reader, part->size);
    if (reader->failed)
        return vb_reader_verdict(reader);
    return vb_reader_done(reader) ? VB_ERR_OK : VB_ERR_MALFORMED;
}

void vb_edit_result_write(struct vb_writer *writer, const struct vb_edit_result *result)
{
    VB_ASSERT(result->reasons.count <= VB_REASONS_MAX);
    vb_write_u64(writer, result->id);
    vb_write_u32(writer, result->boot);
    vb_write_u8(writer, result->section);
    vb_write_u8(writer, result->outcome);
    vb_write_varint(writer, result->version);
    vb_write_u8(writer, result->reasons.count);
    for (uint8_t i = 0; i < result->reasons.count; i++) {
        const struct vb_reason *reason = &result->reasons.items[i];
        vb_write_u8(writer, reason->tag);
        vb_write_u8(writer, (uint8_t)-reason->err);
        vb_write_u8(writer, reason->rule);
    }
}

enum vb_err vb_edit_result_read(struct vb_reader *reader, struct vb_edit_result *result)
{
    memset(result, 0, sizeof *result);
    result->id = vb_read_u64(reader);
    result->boot = vb_read_u32(reader);
    result->section = vb_read_u8(reader);
    result->outcome = vb_read_u8(reader);
    result->version = vb_read_varint(reader);
    const uint8_t count = vb_read_u8(reader);
    if (reader->failed)
        return vb_reader_verdict(reader);
    if (count > VB_REASONS_MAX || result->id == 0 || result->boot == 0 ||
        result->outcome > VB_EDIT_NOT_KNOWN)
        return VB_ERR_MALFORMED;
    for (uint8_t i = 0; i < count; i++) {
        const uint8_t tag = vb_read_u8(reader);
        const uint8_t err = vb_read_u8(reader);
        const uint8_t rule = vb_read_u8(reader);
        if (err > REASON_MAX)
            return VB_ERR_MALFORMED;
        vb_reasons_add(&result->reasons, tag, (enum vb_err)(-(int)err), rule);
    }
    if (reader->failed)
        return vb_reader_verdict(reader);
    return vb_reader_done(reader) ? VB_ERR_OK : VB_ERR_MALFORMED;
}

void vb_goodbye_write(struct vb_writer *writer, const struct vb_goodbye *goodbye)
{
    vb_write_u32(writer, goodbye->boot);
    vb_write_u8(writer, goodbye->reason);
}

enum vb_err vb_goodbye_read(struct vb_reader *reader, struct vb_goodbye *goodbye)
{
    goodbye->boot = vb_read_u32(reader);
    goodbye->reason = vb_read_u8(reader);
    if (reader->failed)
        return vb_reader_verdict(reader);
    return goodbye->boot != 0 && vb_reader_done(reader) ? VB_ERR_OK : VB_ERR_MALFORMED;
}

void vb_reading_part_write(struct vb_writer *writer, const struct vb_reading_part *part)
{
    VB_ASSERT(part->size > 0);
    vb_write_u16(writer, part->number);
    vb_write_u16(writer, part->digest_low);
    vb_write_bytes(writer, part->body, part->size);
}

enum vb_err vb_reading_part_read(struct vb_reader *reader, struct vb_reading_part *part)
{
    part->number = vb_read_u16(reader);
    part->digest_low = vb_read_u16(reader);
    part->size = vb_reader_left(reader);
    part->body = vb_read_view(reader, part->size);
    return part->size == 0 ? VB_ERR_TRUNCATED : vb_reader_verdict(reader);
}

void vb_reading_ack_write(struct vb_writer *writer, const struct vb_reading_ack *ack)
{
    vb_write_u16(writer, ack->number);
    vb_write_u8(writer, ack->flags);
}

enum vb_err vb_reading_ack_read(struct vb_reader *reader, struct vb_reading_ack *ack)
{
    ack->number = vb_read_u16(reader);
    ack->flags = vb_read_u8(reader);
    if (reader->failed)
        return vb_reader_verdict(reader);
    return vb_reader_done(reader) ? VB_ERR_OK : VB_ERR_MALFORMED;
}
