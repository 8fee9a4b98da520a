/* The core against the second implementation: every vector of tests/vectors/vectors.txt is decoded
 * and compared field by field, and its fields are encoded and compared byte by byte. */
#include "vector_run.h"
#include "voltbeacon/core/cache.h"
#include "voltbeacon/core/crc.h"
#include "voltbeacon/core/frame.h"
#include "voltbeacon/core/message.h"
#include "voltbeacon/core/named.h"
#include "voltbeacon/core/reading.h"
#include "voltbeacon/core/section.h"
#include "voltbeacon/core/transmitter.h"

#define expect(vector, condition)                                                            \
    do {                                                                                     \
        if (!(condition))                                                                    \
            fail_msg("%s %s: %s does not hold", (vector)->kind, (vector)->name, #condition); \
    } while (0)

static const char *text_of(const struct vector *vector, const char *key)
{
    const char *text = vector_text(vector, key);
    if (text == NULL)
        fail_msg("%s %s has no %s", vector->kind, vector->name, key);
    return text;
}

static uint64_t number(const struct vector *vector, const char *key)
{
    const char *text = text_of(vector, key);
    return vector_take(&text);
}

static uint32_t number32(const struct vector *vector, const char *key)
{
    return (uint32_t)number(vector, key);
}

static uint16_t number16(const struct vector *vector, const char *key)
{
    return (uint16_t)number(vector, key);
}

static uint8_t number8(const struct vector *vector, const char *key)
{
    return (uint8_t)number(vector, key);
}

static size_t bytes_of(const struct vector *vector, const char *key, uint8_t *bytes,
                       size_t capacity)
{
    const char *text = text_of(vector, key);
    return vector_take_hex(&text, bytes, capacity);
}

static void check_bytes(const struct vector *vector, const struct vb_writer *writer)
{
    expect(vector, !writer->failed);
    expect(vector, writer->at == vector->size);
    expect(vector, memcmp(writer->bytes, vector->bytes, vector->size) == 0);
}

static enum vb_err refusal_of(const struct vector *vector, const char *reason)
{
    static const struct {
        const char *reason;
        enum vb_err err;
    } reasons[] = {{"foreign", VB_ERR_FOREIGN},         {"truncated", VB_ERR_TRUNCATED},
                   {"too_long", VB_ERR_TOO_LONG},       {"checksum", VB_ERR_CHECKSUM},
                   {"unsupported", VB_ERR_UNSUPPORTED}, {"malformed", VB_ERR_MALFORMED}};
    for (size_t i = 0; i < VB_COUNT_OF(reasons); i++) {
        if (strcmp(reasons[i].reason, reason) == 0)
            return reasons[i].err;
    }
    fail_msg("%s %s is refused for %s, which is no reason", vector->kind, vector->name, reason);
    return VB_ERR_OK;
}

static void expect_err(const struct vector *vector, enum vb_err err, enum vb_err expected)
{
    if (err != expected)
        fail_msg("%s %s should be refused, for it %s; the core says: %s", vector->kind,
                 vector->name, vb_err_text(expected), vb_err_text(err));
}

/* ---- What the transmitter reads in place is shown to a transmitter ---- */

static struct vb_transmitter transmitter;
static uint32_t commit_token;

static int get_nothing(void *ctx, const char *key, uint8_t *bytes, size_t capacity)
{
    (void)ctx, (void)key, (void)bytes, (void)capacity;
    return VB_ERR_NOT_FOUND;
}

static enum vb_err each_of_none(void *ctx, void (*visit)(void *visit_ctx, const char *key),
                                void *visit_ctx)
{
    (void)ctx, (void)visit, (void)visit_ctx;
    return VB_ERR_OK;
}

static void put_nowhere(void *ctx, const char *key, const uint8_t *bytes, size_t size)
{
    (void)ctx, (void)key, (void)bytes, (void)size;
}

static void erase_nothing(void *ctx, const char *key)
{
    (void)ctx, (void)key;
}

static void note_commit(void *ctx, uint32_t token)
{
    (void)ctx;
    commit_token = token;
}

static int start_transmitter(void **state)
{
    (void)state;
    static const struct vb_store store = {.get = get_nothing,
                                          .each = each_of_none,
                                          .put = put_nowhere,
                                          .erase = erase_nothing,
                                          .commit = note_commit};
    static const struct vb_metadata_values identity;
    static uint8_t cache_bytes[2][8192];
    static uint8_t scratch[VB_SCRATCH_BYTES];
    const struct vb_transmitter_config config = {.mac = {{0x02, 0, 0, 0, 0, 1}},
                                                 .store = &store,
                                                 .timing = vb_timing_default,
                                                 .identity = &identity,
                                                 .cache_bytes = {cache_bytes[0], cache_bytes[1]},
                                                 .cache_size = sizeof cache_bytes[0],
                                                 .scratch = scratch};
    if (vb_transmitter_init(&transmitter, &config, 0) != VB_ERR_OK)
        return -1;
    vb_transmitter_committed(&transmitter, 0, commit_token, VB_ERR_OK);
    return 0;
}

static enum vb_err taken_by_transmitter(enum vb_message message, const uint8_t *payload,
                                        size_t size)
{
    static const struct vb_mac source = {{0x02, 0, 0, 0, 0, 2}};
    const struct vb_mac *destination = &transmitter.config.mac;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    const struct vb_frame frame = {.message = (uint8_t)message, .payload_size = size};
    memcpy(bytes + VB_FRAME_HEAD_BYTES, payload, size);
    const size_t frame_size = vb_frame_finish(&vb_room_plain, &frame, &source, destination, bytes);
    return vb_transmitter_input(&transmitter, 0, &source, destination, bytes, frame_size);
}

/* ---- Numbers ---- */

static void check_sums(const struct vector *vector)
{
    expect(vector, vb_crc32(0, vector->bytes, vector->size) == number32(vector, "crc32"));
    expect(vector, vb_crc32c(0, vector->bytes, vector->size) == number32(vector, "crc32c"));
}

static void check_varint(const struct vector *vector)
{
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    const uint32_t value = vb_read_varint(&reader);
    if (vector_text(vector, "refused") != NULL) {
        expect(vector, reader.failed && value == 0);
        return;
    }
    expect(vector, vb_reader_done(&reader) && value == number32(vector, "value"));
    expect(vector, vb_varint_size(value) == vector->size);
    uint8_t bytes[5];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    vb_write_varint(&writer, value);
    check_bytes(vector, &writer);
}

static void check_version(const struct vector *vector)
{
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    const uint32_t version = vb_read_u32(&reader);
    expect(vector, vb_version_next(version) == number32(vector, "next"));
    expect(vector, vb_version_mark(version) == number8(vector, "mark"));
}

static void check_room(const struct vector *vector)
{
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    const uint16_t frame_bytes_max = vb_read_u16(&reader);
    const struct vb_seal seal = {.overhead_bytes = vb_read_u8(&reader)};
    const bool sealed = seal.overhead_bytes != VB_CRC_TRAILER_BYTES;
    const struct vb_room room = vb_room_of(sealed ? &seal : NULL, frame_bytes_max);
    expect(vector, room.payload_bytes_max == number8(vector, "payload"));
    expect(vector, room.fragment_bytes == number8(vector, "fragment"));
    expect(vector, room.section_bytes_max == number16(vector, "section"));
}

static void check_digest(const struct vector *vector)
{
    static uint8_t content[VB_SECTION_BYTES_MAX];
    static uint8_t held[2 * VB_SECTION_BYTES_MAX];
    struct vb_cache cache;
    vb_cache_init(&cache, held, sizeof held);
    const char *at = text_of(vector, "sections");
    while (*at != '\0') {
        const uint8_t id = (uint8_t)vector_take(&at);
        const uint32_t version = (uint32_t)vector_take(&at);
        const size_t size = vector_take_hex(&at, content, sizeof content);
        expect(vector, vb_cache_put(&cache, id, version, content, size) == VB_ERR_OK);
    }
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    expect(vector, vb_cache_digest(&cache, number32(vector, "store_id"),
                                   number32(vector, "boot")) == vb_read_u32(&reader));
}

/* ---- Records ---- */

static enum vb_err decode_records(struct vb_reader *reader)
{
    struct vb_record record;
    enum vb_err err = VB_ERR_OK;
    while (err == VB_ERR_OK && vb_reader_left(reader) > 0)
        err = vb_record_read(reader, &vb_room_plain, &record);
    return err == VB_ERR_UNSUPPORTED ? VB_ERR_OK : err;
}

static struct vb_record take_record(const char **at, uint8_t fragment[VB_FRAGMENT_BYTES_MAX])
{
    struct vb_record record = {.bytes = fragment};
    record.id = (uint8_t)vector_take(at);
    record.index = (uint8_t)vector_take(at);
    record.form = (uint8_t)vector_take(at);
    record.version = (uint32_t)vector_take(at);
    record.total = (uint16_t)vector_take(at);
    record.size = vector_take_hex(at, fragment, VB_FRAGMENT_BYTES_MAX);
    record.hash = (uint32_t)vector_take(at);
    record.base_version = (uint32_t)vector_take(at);
    record.base_hash = (uint32_t)vector_take(at);
    return record;
}

static void check_records(const struct vector *vector, struct vb_reader *reader)
{
    uint8_t fragment[VB_FRAGMENT_BYTES_MAX];
    const char *at = text_of(vector, "records");
    while (*at != '\0') {
        const struct vb_record expected = take_record(&at, fragment);
        struct vb_record record;
        expect(vector, vb_record_read(reader, &vb_room_plain, &record) == VB_ERR_OK);
        expect(vector, record.id == expected.id && record.index == expected.index);
        expect(vector, record.form == expected.form && record.version == expected.version);
        expect(vector, record.total == expected.total && record.hash == expected.hash);
        expect(vector, record.base_version == expected.base_version);
        expect(vector, record.base_hash == expected.base_hash);
        expect(vector, record.size == expected.size);
        expect(vector, record.size == 0 || memcmp(record.bytes, fragment, record.size) == 0);
    }
}

static void write_records(const struct vector *vector, struct vb_writer *writer)
{
    uint8_t fragment[VB_FRAGMENT_BYTES_MAX];
    const char *at = text_of(vector, "records");
    while (*at != '\0') {
        const struct vb_record record = take_record(&at, fragment);
        const size_t before = writer->at;
        vb_record_write(writer, &record);
        expect(vector, writer->failed || writer->at - before == vb_record_size(&record));
    }
}

/* ---- Messages ---- */

static enum vb_err decode_beacon_from(struct vb_reader *reader)
{
    struct vb_beacon beacon;
    const enum vb_err err = vb_beacon_read(reader, &beacon);
    if (err != VB_ERR_OK)
        return err;
    struct vb_reader records = vb_reader_of(beacon.records, beacon.records_size);
    return decode_records(&records);
}

static enum vb_err decode_beacon(const uint8_t *bytes, size_t size)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    return decode_beacon_from(&reader);
}

static void write_beacon(const struct vector *vector, struct vb_writer *writer)
{
    uint8_t records[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer records_writer = vb_writer_of(records, sizeof records);
    write_records(vector, &records_writer);
    struct vb_beacon beacon = {.store_id = number32(vector, "store_id"),
                               .boot = number32(vector, "boot"),
                               .digest = number32(vector, "digest"),
                               .uptime_s = number32(vector, "uptime_s"),
                               .runtime.flags = number8(vector, "flags"),
                               .number = number8(vector, "number"),
                               .records = records,
                               .records_size = records_writer.at};
    expect(vector, bytes_of(vector, "ip", beacon.runtime.ip, sizeof beacon.runtime.ip) == 4);
    if ((beacon.runtime.flags & VB_RUNTIME_MQTT_FAULT) != 0)
        beacon.runtime.mqtt_fault = number8(vector, "mqtt_fault");
    const char *at = text_of(vector, "marks");
    while (*at != '\0')
        beacon.marks[beacon.mark_count++] = (uint8_t)vector_take(&at);
    vb_beacon_write(writer, &beacon);
}

static void check_beacon_from(const struct vector *vector, struct vb_reader *reader)
{
    struct vb_beacon beacon;
    expect(vector, vb_beacon_read(reader, &beacon) == VB_ERR_OK);
    expect(vector, vb_reader_done(reader));
    expect(vector, beacon.store_id == number32(vector, "store_id"));
    expect(vector, beacon.boot == number32(vector, "boot"));
    expect(vector, beacon.digest == number32(vector, "digest"));
    expect(vector, beacon.uptime_s == number32(vector, "uptime_s"));
    expect(vector, beacon.runtime.flags == number8(vector, "flags"));
    expect(vector, beacon.number == number8(vector, "number"));
    const bool faulty = (beacon.runtime.flags & VB_RUNTIME_MQTT_FAULT) != 0;
    expect(vector, beacon.runtime.mqtt_fault == (faulty ? number8(vector, "mqtt_fault") : 0));
    uint8_t ip[4];
    expect(vector, bytes_of(vector, "ip", ip, sizeof ip) == sizeof ip);
    expect(vector, memcmp(ip, beacon.runtime.ip, sizeof ip) == 0);
    const char *at = text_of(vector, "marks");
    for (uint8_t i = 0; i < beacon.mark_count; i++)
        expect(vector, *at != '\0' && beacon.marks[i] == vector_take(&at));
    expect(vector, *at == '\0');
    struct vb_reader records = vb_reader_of(beacon.records, beacon.records_size);
    check_records(vector, &records);
    expect(vector, vb_reader_done(&records));
}

static void check_beacon(const struct vector *vector)
{
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    check_beacon_from(vector, &reader);
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    write_beacon(vector, &writer);
    check_bytes(vector, &writer);
}

static enum vb_err decode_section_data(const uint8_t *bytes, size_t size)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    struct vb_data_head head;
    const enum vb_err err = vb_data_head_read(&reader, &head);
    return err == VB_ERR_OK ? decode_records(&reader) : err;
}

static struct vb_reader check_section_data_head(const struct vector *vector)
{
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    struct vb_data_head head;
    expect(vector, vb_data_head_read(&reader, &head) == VB_ERR_OK);
    expect(vector, head.store_id == number32(vector, "store_id"));
    expect(vector, head.boot == number32(vector, "boot"));
    expect(vector, head.digest == number32(vector, "digest"));
    check_records(vector, &reader);
    return reader;
}

static void check_section_data(const struct vector *vector)
{
    const struct vb_reader reader = check_section_data_head(vector);
    expect(vector, vb_reader_done(&reader));
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    const struct vb_data_head head = {number32(vector, "store_id"), number32(vector, "boot"),
                                      number32(vector, "digest")};
    vb_data_head_write(&writer, &head);
    write_records(vector, &writer);
    check_bytes(vector, &writer);
}

static void check_later_form(const struct vector *vector)
{
    struct vb_reader reader = check_section_data_head(vector);
    struct vb_record record;
    expect(vector, vb_record_read(&reader, &vb_room_plain, &record) == VB_ERR_UNSUPPORTED);
}

static enum vb_err decode_section_request(const uint8_t *bytes, size_t size)
{
    return taken_by_transmitter(VB_MESSAGE_REQUEST, bytes, size);
}

static void check_section_request(const struct vector *vector)
{
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    expect(vector, vb_read_u32(&reader) == number32(vector, "store_id"));
    vb_write_u32(&writer, number32(vector, "store_id"));
    const char *at = text_of(vector, "items");
    while (*at != '\0') {
        struct vb_request_item expected = {.id = (uint8_t)vector_take(&at)};
        expected.have_version = (uint32_t)vector_take(&at);
        expected.have_hash = (uint32_t)vector_take(&at);
        expected.partial_version = (uint32_t)vector_take(&at);
        expected.missing = (uint32_t)vector_take(&at);
        struct vb_request_item item;
        expect(vector, vb_request_item_read(&reader, &item) == VB_ERR_OK);
        expect(vector, item.id == expected.id && item.missing == expected.missing);
        expect(vector, item.have_version == expected.have_version);
        expect(vector, item.have_hash == expected.have_hash);
        expect(vector, item.partial_version == expected.partial_version);
        vb_request_item_write(&writer, &expected);
    }
    expect(vector, vb_reader_done(&reader));
    check_bytes(vector, &writer);
}

static enum vb_err decode_edit(const uint8_t *bytes, size_t size)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    struct vb_edit_part part;
    return vb_edit_part_read(&reader, &vb_room_plain, &part);
}

static void check_edit(const struct vector *vector)
{
    uint8_t fragment[VB_FRAGMENT_BYTES_MAX];
    const struct vb_edit_part expected = {
        .id = number(vector, "edit_id"),
        .store_id = number32(vector, "store_id"),
        .boot = number32(vector, "boot"),
        .section = number8(vector, "section"),
        .base_version = number32(vector, "version"),
        .base_hash = number32(vector, "hash"),
        .total = number16(vector, "total"),
        .index = number8(vector, "index"),
        .bytes = fragment,
        .size = bytes_of(vector, "fragment", fragment, sizeof fragment)};
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    struct vb_edit_part part;
    expect(vector, vb_edit_part_read(&reader, &vb_room_plain, &part) == VB_ERR_OK);
    expect(vector, part.id == expected.id && part.store_id == expected.store_id);
    expect(vector, part.boot == expected.boot);
    expect(vector, part.section == expected.section && part.index == expected.index);
    expect(vector, part.base_version == expected.base_version);
    expect(vector, part.base_hash == expected.base_hash);
    expect(vector, part.total == expected.total && part.size == expected.size);
    expect(vector, memcmp(part.bytes, fragment, part.size) == 0);
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    vb_edit_part_write(&writer, &expected);
    check_bytes(vector, &writer);
}

static enum vb_err decode_edit_result(const uint8_t *bytes, size_t size)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    struct vb_edit_result result;
    return vb_edit_result_read(&reader, &result);
}

static void check_edit_result(const struct vector *vector)
{
    struct vb_edit_result expected = {.id = number(vector, "edit_id"),
                                      .boot = number32(vector, "boot"),
                                      .section = number8(vector, "section"),
                                      .outcome = number8(vector, "outcome"),
                                      .version = number32(vector, "version")};
    const char *at = text_of(vector, "reasons");
    while (*at != '\0') {
        const uint8_t tag = (uint8_t)vector_take(&at);
        const enum vb_err err = (enum vb_err)(-(int)vector_take(&at));
        vb_reasons_add(&expected.reasons, tag, err, (uint8_t)vector_take(&at));
    }
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    struct vb_edit_result result;
    expect(vector, vb_edit_result_read(&reader, &result) == VB_ERR_OK);
    expect(vector, result.boot == expected.boot);
    expect(vector, result.id == expected.id && result.section == expected.section);
    expect(vector, result.outcome == expected.outcome && result.version == expected.version);
    expect(vector, result.reasons.count == expected.reasons.count);
    for (uint8_t i = 0; i < result.reasons.count; i++) {
        const struct vb_reason *reason = &result.reasons.items[i];
        expect(vector, reason->tag == expected.reasons.items[i].tag);
        expect(vector, reason->err == expected.reasons.items[i].err);
        expect(vector, reason->rule == expected.reasons.items[i].rule);
    }
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    vb_edit_result_write(&writer, &expected);
    check_bytes(vector, &writer);
}

static enum vb_err decode_reading(const uint8_t *bytes, size_t size)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    struct vb_reading_part part;
    return vb_reading_part_read(&reader, &part);
}

static void check_reading(const struct vector *vector)
{
    uint8_t body[VB_CODEC_BODY_BYTES_MAX];
    const struct vb_reading_part expected = {.number = number16(vector, "number"),
                                             .digest_low = number16(vector, "digest_low"),
                                             .body = body,
                                             .size = bytes_of(vector, "body", body, sizeof body)};
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    struct vb_reading_part part;
    expect(vector, vb_reading_part_read(&reader, &part) == VB_ERR_OK);
    expect(vector, part.number == expected.number && part.digest_low == expected.digest_low);
    expect(vector, part.size == expected.size && memcmp(part.body, body, part.size) == 0);
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    vb_reading_part_write(&writer, &expected);
    check_bytes(vector, &writer);
}

static enum vb_err decode_reading_ack(const uint8_t *bytes, size_t size)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    struct vb_reading_ack ack;
    return vb_reading_ack_read(&reader, &ack);
}

static void check_reading_ack(const struct vector *vector)
{
    const struct vb_reading_ack expected = {.number = number16(vector, "number"),
                                            .flags = number8(vector, "flags")};
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    struct vb_reading_ack ack;
    expect(vector, vb_reading_ack_read(&reader, &ack) == VB_ERR_OK);
    expect(vector, ack.number == expected.number && ack.flags == expected.flags);
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    vb_reading_ack_write(&writer, &expected);
    check_bytes(vector, &writer);
}

/* ---- Messages of one or two numbers, which the core reads in place ---- */

static enum vb_err decode_beacon_ack(const uint8_t *bytes, size_t size)
{
    return taken_by_transmitter(VB_MESSAGE_BEACON_ACK, bytes, size);
}

static void check_beacon_ack(const struct vector *vector)
{
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    expect(vector, vb_read_u8(&reader) == number8(vector, "number"));
    expect(vector, vb_read_varint(&reader) == number32(vector, "uptime_s"));
    expect(vector, vb_reader_done(&reader));
}

static enum vb_err decode_hello(const uint8_t *bytes, size_t size)
{
    return taken_by_transmitter(VB_MESSAGE_HELLO, bytes, size);
}

static void check_hello(const struct vector *vector)
{
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    expect(vector, vb_read_u32(&reader) == number32(vector, "nonce"));
    expect(vector, vb_read_varint(&reader) == number32(vector, "uptime_s"));
    expect(vector, vb_reader_done(&reader));
}

static enum vb_err decode_hello_ack(const uint8_t *bytes, size_t size)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    const uint32_t nonce = vb_read_u32(&reader);
    if (reader.failed)
        return VB_ERR_TRUNCATED;
    return nonce == 0 ? VB_ERR_MALFORMED : decode_beacon_from(&reader);
}

static void check_hello_ack(const struct vector *vector)
{
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    expect(vector, vb_read_u32(&reader) == number32(vector, "nonce"));
    check_beacon_from(vector, &reader);
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    vb_write_u32(&writer, number32(vector, "nonce"));
    write_beacon(vector, &writer);
    check_bytes(vector, &writer);
}

static enum vb_err decode_goodbye(const uint8_t *bytes, size_t size)
{
    struct vb_reader reader = vb_reader_of(bytes, size);
    struct vb_goodbye goodbye;
    return vb_goodbye_read(&reader, &goodbye);
}

static void check_goodbye(const struct vector *vector)
{
    struct vb_reader reader = vb_reader_of(vector->bytes, vector->size);
    struct vb_goodbye goodbye;
    expect(vector, vb_goodbye_read(&reader, &goodbye) == VB_ERR_OK);
    expect(vector, goodbye.boot == number32(vector, "boot"));
    expect(vector, goodbye.reason == number8(vector, "reason"));
    uint8_t bytes[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    vb_goodbye_write(&writer, &goodbye);
    check_bytes(vector, &writer);
}

/* ---- The raw reading ---- */

static enum vb_err decode_raw_reading(const uint8_t *bytes, size_t size)
{
    struct vb_reading reading;
    return vb_reading_decode(bytes, size, 0, &reading);
}

static struct vb_reading expected_reading(const struct vector *vector)
{
    struct vb_reading reading = {.sequence = number32(vector, "sample"),
                                 .flags = number8(vector, "flags"),
                                 .wall_ms = number(vector, "utc_ms"),
                                 .pack_mv = number32(vector, "pack_mv"),
                                 .soc_permille = number16(vector, "soc_permille")};
    const char *at = text_of(vector, "current_ma");
    reading.current_ma = (int32_t)vector_take_signed(&at);
    for (at = text_of(vector, "cells"); *at != '\0';)
        reading.cell_mv[reading.cell_count++] = (uint16_t)vector_take(&at);
    for (at = text_of(vector, "temperatures"); *at != '\0';)
        reading.temp_dc[reading.temp_count++] = (int16_t)vector_take_signed(&at);
    for (at = text_of(vector, "balancing"); *at != '\0';) {
        const unsigned cell = (unsigned)vector_take(&at);
        reading.balancing[cell / 8] |= (uint8_t)(1u << cell % 8);
    }
    return reading;
}

static void check_raw_reading(const struct vector *vector)
{
    const uint32_t now_ms = 1000; /* less than the oldest age: the clock's wrap is crossed, too */
    const struct vb_reading expected = expected_reading(vector);
    struct vb_reading reading;
    expect(vector, vb_reading_decode(vector->bytes, vector->size, now_ms, &reading) == VB_ERR_OK);
    expect(vector, reading.sampled_ms == now_ms - number32(vector, "age_ms"));
    expect(vector, reading.sequence == expected.sequence && reading.flags == expected.flags);
    expect(vector, reading.wall_ms == expected.wall_ms && reading.pack_mv == expected.pack_mv);
    expect(vector, reading.current_ma == expected.current_ma);
    expect(vector, reading.soc_permille == expected.soc_permille);
    expect(vector, reading.cell_count == expected.cell_count);
    expect(vector, reading.temp_count == expected.temp_count);
    expect(vector, memcmp(reading.cell_mv, expected.cell_mv, sizeof expected.cell_mv) == 0);
    expect(vector, memcmp(reading.temp_dc, expected.temp_dc, sizeof expected.temp_dc) == 0);
    expect(vector, memcmp(reading.balancing, expected.balancing, sizeof expected.balancing) == 0);
    uint8_t bytes[VB_READING_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    writer.at = vb_reading_encode(&expected, number32(vector, "age_ms"), bytes);
    check_bytes(vector, &writer);
}

/* ---- Sections ---- */

static const struct vb_section *section_of(const struct vector *vector)
{
    const struct vb_section *section = vb_section_by_name(text_of(vector, "section"));
    expect(vector, section != NULL);
    return section;
}

static void check_secret(const struct vector *vector, const struct vb_secret *secret,
                         const char *text)
{
    expect(vector, secret->set == (strcmp(text, "none") != 0));
    expect(vector, secret->stamp == vector_take(&text));
}

static void check_array(const struct vector *vector, const struct vb_field *field,
                        const void *values, const char *at)
{
    for (uint16_t i = 0; i < vb_field_count(field, values); i++)
        expect(vector, *at != '\0' && vb_field_item(field, values, i) == vector_take(&at));
    expect(vector, *at == '\0');
}

static void check_field(const struct vector *vector, const struct vb_field *field,
                        const void *values)
{
    const char *at = text_of(vector, field->name);
    char text[256];
    uint8_t ipv4[4];
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_SIGNED:
    case VB_TYPE_BOOL:
    case VB_TYPE_ENUM:
        expect(vector, vb_field_integer(field, values) == vector_take_signed(&at));
        break;
    case VB_TYPE_STRING:
        (void)vector_decoded(at, text, sizeof text);
        expect(vector, strcmp(vb_field_string(field, values), text) == 0);
        break;
    case VB_TYPE_SECRET:
        check_secret(vector, vb_field_secret(field, values), at);
        break;
    case VB_TYPE_IPV4:
        expect(vector, vector_take_hex(&at, ipv4, sizeof ipv4) == sizeof ipv4);
        expect(vector, memcmp(vb_field_ipv4(field, values), ipv4, sizeof ipv4) == 0);
        break;
    case VB_TYPE_ARRAY:
        check_array(vector, field, values, at);
        break;
    }
}

/* Writes a field as the vector tells it, by the functions that make changes. */
static void write_field(const struct vector *vector, const struct vb_field *field,
                        struct vb_writer *writer)
{
    const char *at = text_of(vector, field->name);
    char text[256];
    uint8_t bytes[4];
    uint32_t items[128];
    uint16_t count = 0;
    struct vb_writer stamp = vb_writer_of(bytes, sizeof bytes);
    switch ((enum vb_field_type)field->type) {
    case VB_TYPE_UNSIGNED:
    case VB_TYPE_SIGNED:
    case VB_TYPE_BOOL:
    case VB_TYPE_ENUM:
        vb_change_integer(writer, field, vector_take_signed(&at));
        break;
    case VB_TYPE_STRING:
        vb_change_bytes(writer, field, (const uint8_t *)text,
                        vector_decoded(at, text, sizeof text));
        break;
    case VB_TYPE_SECRET:
        if (strcmp(at, "none") != 0)
            vb_write_u32(&stamp, (uint32_t)vector_take(&at));
        vb_change_bytes(writer, field, bytes, stamp.at);
        break;
    case VB_TYPE_IPV4:
        vb_change_bytes(writer, field, bytes, vector_take_hex(&at, bytes, sizeof bytes));
        break;
    case VB_TYPE_ARRAY:
        while (*at != '\0')
            items[count++] = (uint32_t)vector_take(&at);
        vb_change_items(writer, field, items, count);
        break;
    }
}

static void check_section_values(const struct vector *vector, union vb_values *values)
{
    const struct vb_section *section = section_of(vector);
    struct vb_decode_notes notes;
    const enum vb_err err = vb_section_decode(section, vector->bytes, vector->size, values, &notes);
    expect(vector, err == VB_ERR_OK && notes.repaired == 0);
    for (uint8_t i = 0; i < section->field_count; i++)
        check_field(vector, &section->fields[i], values);
}

static void check_section(const struct vector *vector)
{
    const struct vb_section *section = section_of(vector);
    union vb_values values;
    check_section_values(vector, &values);
    expect(vector, vb_section_hash(vector->bytes, vector->size) == number32(vector, "hash"));

    uint8_t bytes[VB_SECTION_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    for (uint8_t i = 0; i < section->field_count; i++)
        write_field(vector, &section->fields[i], &writer);
    check_bytes(vector, &writer);
    const int size = vb_section_encode(section, &values, bytes, sizeof bytes);
    expect(vector, size >= 0);
    writer.at = (size_t)size;
    check_bytes(vector, &writer);
}

static void check_section_read(const struct vector *vector)
{
    union vb_values values;
    if (vector_text(vector, "refused") == NULL) {
        check_section_values(vector, &values);
        return;
    }
    /* A section is whole or it is not: the core tells no reasons apart. */
    const enum vb_err err =
        vb_section_decode(section_of(vector), vector->bytes, vector->size, &values, NULL);
    expect(vector, err == VB_ERR_MALFORMED);
    expect(vector, !vb_section_well_formed(vector->bytes, vector->size));
}

/* ---- Frames ---- */

static struct vb_mac mac_of(const struct vector *vector, const char *key)
{
    struct vb_mac mac;
    expect(vector, bytes_of(vector, key, mac.bytes, sizeof mac.bytes) == sizeof mac.bytes);
    return mac;
}

static void check_frame(const struct vector *vector)
{
    const struct vb_mac source = mac_of(vector, "source");
    const struct vb_mac destination = mac_of(vector, "destination");
    struct vb_frame frame = {0};
    const enum vb_err err =
        vb_frame_open(&vb_room_plain, vector->bytes, vector->size, &source, &destination, &frame);
    const char *refused = vector_text(vector, "refused");
    if (refused != NULL) {
        expect_err(vector, err, refusal_of(vector, refused));
        return;
    }
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    uint8_t *payload = bytes + VB_FRAME_HEAD_BYTES;
    const size_t payload_size = bytes_of(vector, "payload", payload, VB_PAYLOAD_BYTES_MAX);
    expect(vector, err == VB_ERR_OK && frame.payload_size == payload_size);
    expect(vector, memcmp(frame.payload, payload, payload_size) == 0);
    expect(vector, frame.message == number8(vector, "type"));
    expect(vector, frame.ack_wanted == (number(vector, "ack") != 0));
    expect(vector, frame.epoch == number16(vector, "epoch"));
    expect(vector, frame.seq == number32(vector, "seq"));
    struct vb_writer writer = vb_writer_of(bytes, sizeof bytes);
    writer.at = vb_frame_finish(&vb_room_plain, &frame, &source, &destination, bytes);
    check_bytes(vector, &writer);
}

/* ---- The file ---- */

struct kind {
    const char *name;
    const char *test_name;
    void (*check)(const struct vector *vector);
    /* What is refused, and prefixes, are decoded by this alone. NULL: check sees to it. */
    enum vb_err (*decode)(const uint8_t *bytes, size_t size);
};

static bool is_listed(const char *at, size_t size)
{
    while (*at != '\0') {
        if (vector_take(&at) == size)
            return true;
    }
    return false;
}

static void check_vector(const struct vector *vector, const void *how)
{
    const struct kind *kind = how;
    const char *refused = kind->decode == NULL ? NULL : vector_text(vector, "refused");
    if (refused != NULL) {
        expect_err(vector, kind->decode(vector->bytes, vector->size), refusal_of(vector, refused));
        return;
    }
    kind->check(vector);
    for (size_t size = 0; kind->decode != NULL && size < vector->size; size++) {
        const bool valid = is_listed(text_of(vector, "valid_prefixes"), size);
        const enum vb_err err = kind->decode(vector->bytes, size);
        if (err != (valid ? VB_ERR_OK : VB_ERR_TRUNCATED))
            fail_msg("%s %s cut to %zu bytes %s", vector->kind, vector->name, size,
                     vb_err_text(err));
    }
}

static void every_vector_of_kind(void **state)
{
    const struct kind *kind = *state;
    run_vectors(VB_SOURCE_DIR "/tests/vectors/vectors.txt", kind->name, check_vector, kind);
}

#define KIND(name, check, decode)                          \
    {                                                      \
        name, "every " name " vector holds", check, decode \
    }

static struct kind kinds[] = {
    KIND("sums", check_sums, NULL),
    KIND("varint", check_varint, NULL),
    KIND("version", check_version, NULL),
    KIND("room", check_room, NULL),
    KIND("digest", check_digest, NULL),
    KIND("beacon", check_beacon, decode_beacon),
    KIND("beacon_ack", check_beacon_ack, decode_beacon_ack),
    KIND("section_request", check_section_request, decode_section_request),
    KIND("section_data", check_section_data, decode_section_data),
    KIND("section_data_read", check_later_form, NULL),
    KIND("edit", check_edit, decode_edit),
    KIND("edit_result", check_edit_result, decode_edit_result),
    KIND("reading", check_reading, decode_reading),
    KIND("reading_ack", check_reading_ack, decode_reading_ack),
    KIND("hello", check_hello, decode_hello),
    KIND("hello_ack", check_hello_ack, decode_hello_ack),
    KIND("goodbye", check_goodbye, decode_goodbye),
    KIND("raw_reading", check_raw_reading, decode_raw_reading),
    KIND("section", check_section, NULL),
    KIND("section_read", check_section_read, NULL),
    KIND("frame", check_frame, NULL),
};

int main(void)
{
    struct CMUnitTest tests[VB_COUNT_OF(kinds)];
    for (size_t i = 0; i < VB_COUNT_OF(kinds); i++)
        tests[i] = (struct CMUnitTest){.name = kinds[i].test_name,
                                       .test_func = every_vector_of_kind,
                                       .initial_state = &kinds[i]};
    return cmocka_run_group_tests(tests, start_transmitter, NULL);
}
