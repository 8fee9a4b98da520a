#include "esp-idf/voltbeacon/event_slot.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/crc.h"

enum { FORM = 0x5e, HEAD_BYTES = 8, CRC_BYTES = 4, NAME_SIZE = 32 };
enum { MAC_KNOWN = 1, ENDED = 2, ACKNOWLEDGED = 4, LAST_KNOWN = 8 };

/* ---- Pieces ---- */

static void write_text(struct vb_writer *writer, const char *text)
{
    const size_t size = strlen(text);
    vb_write_u8(writer, (uint8_t)size);
    vb_write_bytes(writer, (const uint8_t *)text, size);
}

static void read_text(struct vb_reader *reader, char *text, size_t capacity)
{
    const size_t size = vb_read_u8(reader);
    const uint8_t *bytes = vb_read_view(reader, size);
    reader->failed = reader->failed || size >= capacity;
    if (reader->failed)
        return;
    memcpy(text, bytes, size);
    text[size] = '\0';
}

static void write_float(struct vb_writer *writer, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    vb_write_u32(writer, bits);
}

static float read_float(struct vb_reader *reader)
{
    float value;
    const uint32_t bits = vb_read_u32(reader);
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* ---- Contents ---- */

static void write_occurrence(struct vb_writer *writer, const struct vb_occurrence *occurrence)
{
    const struct vb_alarm *alarm = &occurrence->alarm;
    vb_write_u64(writer, occurrence->id);
    write_text(writer, vb_occurrence_kind_name(occurrence));
    vb_write_u8(writer, (uint8_t)((occurrence->mac_known ? MAC_KNOWN : 0) |
                                  (occurrence->ended ? ENDED : 0) |
                                  (occurrence->acknowledged ? ACKNOWLEDGED : 0) |
                                  (occurrence->last_known ? LAST_KNOWN : 0)));
    vb_write_bytes(writer, occurrence->mac.bytes, sizeof occurrence->mac.bytes);
    vb_write_u8(writer, alarm->level);
    vb_write_u8(writer, alarm->cell);
    vb_write_u8(writer, alarm->sensor);
    write_float(writer, alarm->now_value);
    write_float(writer, alarm->worst_value);
    write_float(writer, alarm->threshold);
    vb_write_u64(writer, alarm->begin_wall_ms);
    vb_write_u64(writer, alarm->worst_wall_ms);
    vb_write_u64(writer, alarm->end_wall_ms);
    vb_write_u64(writer, occurrence->acknowledged_ms);
    vb_write_u64(writer, occurrence->last_known_ms);
    write_text(writer, occurrence->text);
    write_text(writer, occurrence->recording);
}

static bool read_occurrence(struct vb_reader *reader, struct vb_occurrence *occurrence)
{
    struct vb_alarm *alarm = &occurrence->alarm;
    char kind[NAME_SIZE];
    *occurrence = (struct vb_occurrence){.id = vb_read_u64(reader)};
    read_text(reader, kind, sizeof kind);
    const uint8_t flags = vb_read_u8(reader);
    const uint8_t *mac = vb_read_view(reader, sizeof occurrence->mac.bytes);
    alarm->level = vb_read_u8(reader);
    alarm->cell = vb_read_u8(reader);
    alarm->sensor = vb_read_u8(reader);
    alarm->now_value = read_float(reader);
    alarm->worst_value = read_float(reader);
    alarm->threshold = read_float(reader);
    alarm->begin_wall_ms = vb_read_u64(reader);
    alarm->worst_wall_ms = vb_read_u64(reader);
    alarm->end_wall_ms = vb_read_u64(reader);
    occurrence->acknowledged_ms = vb_read_u64(reader);
    occurrence->last_known_ms = vb_read_u64(reader);
    read_text(reader, occurrence->text, sizeof occurrence->text);
    read_text(reader, occurrence->recording, sizeof occurrence->recording);
    if (reader->failed || occurrence->id == 0 || alarm->level > VB_ALARM_ALERT)
        return false;
    occurrence->mac_known = (flags & MAC_KNOWN) != 0;
    occurrence->ended = (flags & ENDED) != 0;
    occurrence->acknowledged = (flags & ACKNOWLEDGED) != 0;
    occurrence->last_known = (flags & LAST_KNOWN) != 0;
    memcpy(occurrence->mac.bytes, mac, sizeof occurrence->mac.bytes);
    return vb_occurrence_kind_by_name(kind, occurrence);
}

static bool read_note(struct vb_reader *reader, struct vb_short_note *note)
{
    *note = (struct vb_short_note){0};
    read_text(reader, note->key, sizeof note->key);
    note->size = vb_read_u8(reader);
    const uint8_t *text = vb_read_view(reader, note->size);
    if (reader->failed || note->size > sizeof note->text || note->key[0] == '\0')
        return false;
    memcpy(note->text, text, note->size);
    return true;
}

/* ---- The whole ---- */

size_t vb_event_slot_encode(const struct vb_event_slot *slot, uint8_t bytes[VB_EVENT_SLOT_BYTES])
{
    struct vb_writer content =
        vb_writer_of(bytes + HEAD_BYTES, VB_EVENT_SLOT_BYTES - HEAD_BYTES - CRC_BYTES);
    const size_t capacity = vb_writer_left(&content);
    if (slot->kind == VB_EVENT_SLOT_OCCURRENCE) {
        write_occurrence(&content, &slot->occurrence);
    } else {
        write_text(&content, slot->note.key);
        vb_write_u8(&content, slot->note.size);
        vb_write_bytes(&content, (const uint8_t *)slot->note.text, slot->note.size);
    }
    VB_ASSERT(!content.failed);
    const size_t size = capacity - vb_writer_left(&content);
    struct vb_writer head = vb_writer_of(bytes, HEAD_BYTES);
    vb_write_u8(&head, FORM);
    vb_write_u8(&head, (uint8_t)slot->kind);
    vb_write_u16(&head, (uint16_t)size);
    vb_write_u32(&head, slot->number);
    struct vb_writer tail = vb_writer_of(bytes + HEAD_BYTES + size, CRC_BYTES);
    vb_write_u32(&tail, vb_crc32c(0, bytes, HEAD_BYTES + size));
    return HEAD_BYTES + size + CRC_BYTES;
}

bool vb_event_slot_decode(const uint8_t bytes[VB_EVENT_SLOT_BYTES], struct vb_event_slot *slot)
{
    struct vb_reader head = vb_reader_of(bytes, HEAD_BYTES);
    const uint8_t form = vb_read_u8(&head);
    const uint8_t kind = vb_read_u8(&head);
    const size_t size = vb_read_u16(&head);
    slot->number = vb_read_u32(&head);
    if (form != FORM || size > VB_EVENT_SLOT_BYTES - HEAD_BYTES - CRC_BYTES)
        return false;
    struct vb_reader tail = vb_reader_of(bytes + HEAD_BYTES + size, CRC_BYTES);
    if (vb_read_u32(&tail) != vb_crc32c(0, bytes, HEAD_BYTES + size))
        return false;
    struct vb_reader content = vb_reader_of(bytes + HEAD_BYTES, size);
    slot->kind = (enum vb_event_slot_kind)kind;
    if (kind == VB_EVENT_SLOT_OCCURRENCE)
        return read_occurrence(&content, &slot->occurrence);
    return kind == VB_EVENT_SLOT_NOTE && read_note(&content, &slot->note);
}
