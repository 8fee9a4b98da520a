/* What the transmitter sends: pulled one frame at a time, the most urgent first, built on demand.
 * So nothing queues up, and what is sent is never older than what is known. */
#include "transmitter_parts.h"

#include <string.h>

#include "voltbeacon/core/message.h"
#include "voltbeacon/core/named.h"

enum {
    INLINED_AGAIN_BYTES_MAX =
        64, /* a larger record is in the first two beacons of a change, then left to be asked for */
    /* Beacons of such a young boot name the store, so that receivers that knew the previous boot
     * can continue at once; later it is sent on request. */
    STORE_SAID_MS = 60000 /* in beacons, since it was first announced */
};

/* ---- Requests ---- */

/* If several receivers listen, an answer waits a moment for others that ask for the same: then it
 * is broadcast. */
static void note_asker(struct vb_transmitter *t, uint32_t now_ms, const struct vb_mac *to)
{
    if (t->answer_due) {
        if (!vb_mac_equal(&t->answer_to, to))
            t->answer_to = vb_mac_broadcast;
        return;
    }
    t->answer_to = *to;
    t->answer_due = true;
    t->answer_at_ms = now_ms;
    unsigned listening = 0;
    for (unsigned i = 0; i < VB_RECEIVERS_MAX; i++)
        listening +=
            t->receivers[i].state != VB_ACCOUNT_FREE && t->receivers[i].state != VB_ACCOUNT_SILENT;
    if (listening > 1)
        t->answer_at_ms += t->config.timing.answer_hold;
}

void vb_transmitter_answer_section(struct vb_transmitter *t, uint32_t now_ms,
                                   const struct vb_mac *to, uint8_t id)
{
    const struct vb_cache_entry *entry = vb_cache_find(&t->live, id);
    VB_ASSERT(entry != NULL);
    note_asker(t, now_ms, to);
    t->answer_whole[id] |= vb_fragments_all(&t->room, entry->size);
}

static void answer_item(struct vb_transmitter *t, uint32_t now_ms, const struct vb_mac *src,
                        uint32_t store_id, const struct vb_request_item *item)
{
    const struct vb_cache_entry *entry = vb_cache_find(&t->live, item->id);
    if (entry == NULL)
        return; /* the next beacon says that there is no such section */
    const bool own = store_id == t->store_id;
    const uint32_t all = vb_fragments_all(&t->room, entry->size);
    if (own && item->have_version == entry->version &&
        item->have_hash == vb_section_hash(vb_cache_bytes(&t->live, entry), entry->size)) {
        note_asker(t, now_ms, src);
        t->answer_same |= (uint16_t)(1u << item->id);
    } else if (own && item->partial_version == entry->version && (item->missing & all) != 0) {
        note_asker(t, now_ms, src);
        t->answer_whole[item->id] |= item->missing & all;
    } else {
        vb_transmitter_answer_section(t, now_ms, src, item->id);
    }
}

void vb_transmitter_request_input(struct vb_transmitter *t, uint32_t now_ms,
                                  const struct vb_mac *src,
                                  const struct vb_section_request *request)
{
    for (uint8_t i = 0; i < request->count; i++)
        answer_item(t, now_ms, src, request->store_id, &request->items[i]);
}

/* ---- Frames ---- */

static size_t finish(struct vb_transmitter *t, uint8_t message, bool ack_wanted,
                     const struct vb_writer *payload, const struct vb_mac *dst,
                     uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    VB_ASSERT(!payload->failed);
    const struct vb_frame frame = {.message = message,
                                   .ack_wanted = ack_wanted,
                                   .epoch = t->epoch,
                                   .seq = ++t->seq,
                                   .payload_size = payload->at};
    return vb_frame_finish(&t->room, &frame, &t->config.mac, dst, bytes);
}

static struct vb_writer payload_writer(const struct vb_transmitter *t,
                                       uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    return vb_writer_of(bytes + VB_FRAME_HEAD_BYTES, t->room.payload_bytes_max);
}

static struct vb_record fragment(const struct vb_transmitter *t, const struct vb_cache_entry *entry,
                                 uint8_t index)
{
    return (struct vb_record){.id = entry->id,
                              .form = VB_RECORD_WHOLE,
                              .index = index,
                              .version = entry->version,
                              .total = entry->size,
                              .bytes = vb_cache_bytes(&t->live, entry) +
                                       (size_t)index * t->room.fragment_bytes,
                              .size = vb_fragment_size(&t->room, entry->size, index)};
}

/* The smaller of the delta and the whole. False for a section of several fragments that has no
 * delta: it has to be requested. */
static bool inlined(const struct vb_transmitter *t, const struct vb_cache_entry *entry,
                    struct vb_record *record)
{
    const struct vb_delta *delta = &t->delta;
    const bool one_fragment = vb_fragment_count(&t->room, entry->size) == 1;
    *record = fragment(t, entry, 0);
    if (delta->section != entry->id)
        return one_fragment;
    VB_ASSERT(delta->version == entry->version);
    const struct vb_record change = {.id = entry->id,
                                     .form = VB_RECORD_DELTA,
                                     .version = entry->version,
                                     .base_version = delta->base_version,
                                     .base_hash = delta->base_hash,
                                     .hash = delta->hash,
                                     .bytes = delta->bytes,
                                     .size = delta->size};
    if (!one_fragment || vb_record_size(&change) < vb_record_size(record))
        *record = change;
    return true;
}

static void write_state(struct vb_transmitter *t, uint32_t now_ms, bool say_store,
                        struct vb_writer *writer)
{
    struct vb_beacon beacon = {.store_id = say_store ? t->store_id : 0,
                               .boot = t->boot,
                               .digest = t->digest,
                               .uptime_s = vb_transmitter_uptime_s(t, now_ms),
                               .runtime = t->runtime,
                               .number = t->beacon_number};
    for (uint8_t i = 0; i < t->live.count; i++) {
        const struct vb_cache_entry *entry = &t->live.entries[i];
        beacon.marks[entry->id - 1] = vb_version_mark(entry->version);
        beacon.mark_count = entry->id;
    }
    vb_beacon_write(writer, &beacon);
}

/* While a change is announced, what has changed; for later requesters, the last change if it is
 * small. */
static void write_inlined(const struct vb_transmitter *t, struct vb_writer *writer)
{
    const bool early = t->changing && t->beacon_interval_ms <= 2 * t->config.timing.beacon_repeat;
    const uint32_t sections = t->changing ? t->beacon_inline : 1u << t->delta.section;
    for (uint8_t i = 0; i < t->live.count; i++) {
        const struct vb_cache_entry *entry = &t->live.entries[i];
        struct vb_record record;
        if ((sections >> entry->id & 1) == 0 || !inlined(t, entry, &record))
            continue;
        const size_t size = vb_record_size(&record);
        if (size <= vb_writer_left(writer) && (early || size <= INLINED_AGAIN_BYTES_MAX))
            vb_record_write(writer, &record);
    }
}

static size_t output_beacon(struct vb_transmitter *t, uint32_t now_ms, struct vb_mac *dst,
                            uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    struct vb_writer writer = payload_writer(t, bytes);
    t->beacon_number++;
    write_state(t, now_ms, vb_age_ms(&t->told, now_ms) < STORE_SAID_MS, &writer);
    if (t->changing)
        write_inlined(t, &writer);
    vb_board_facts_write(&writer, &t->facts);
    const bool ack = vb_transmitter_ack_wanted(t, now_ms);
    vb_transmitter_beacon_sent(t, now_ms);
    if (ack)
        vb_transmitter_expect_acks(t, now_ms);
    t->greetings.crowded = false;
    *dst = vb_mac_broadcast;
    return finish(t, VB_MESSAGE_BEACON, ack, &writer, dst, bytes);
}

static size_t output_hello_ack(struct vb_transmitter *t, uint32_t now_ms, struct vb_mac *dst,
                               uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    bool proven;
    struct vb_greeting *greeting = vb_transmitter_next_greeting(t, now_ms, dst, &proven);
    if (greeting == NULL)
        return 0;
    struct vb_writer writer = payload_writer(t, bytes);
    vb_write_u32(&writer, greeting->nonce);
    write_state(t, now_ms, true, &writer);
    write_inlined(t, &writer);
    vb_board_facts_write(&writer, &t->facts);
    if (!proven)
        vb_age_restart(&t->greetings.asked, now_ms);
    const size_t size = finish(t, VB_MESSAGE_HELLO_ACK, !proven, &writer, dst, bytes);
    vb_transmitter_greeted(t, now_ms, greeting, proven, size);
    return size;
}

static bool next_result(struct vb_transmitter *t, struct vb_mac *dst, struct vb_edit_result *result)
{
    for (unsigned i = 0; i < VB_EDIT_LEDGER_MAX; i++) {
        struct vb_edit_ledger_row *row = &t->ledger[i];
        if (!row->announce)
            continue;
        row->announce = false;
        *dst = row->from;
        *result = row->result;
        return true;
    }
    if (t->question.id == 0)
        return false;
    const struct vb_cache_entry *entry = vb_cache_find(&t->live, t->question.section);
    *dst = t->question.from;
    *result = (struct vb_edit_result){.id = t->question.id,
                                      .section = t->question.section,
                                      .outcome = VB_EDIT_NOT_KNOWN,
                                      .version = entry == NULL ? 0 : entry->version};
    t->question.id = 0;
    return true;
}

static size_t output_result(struct vb_transmitter *t, struct vb_mac *dst,
                            uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    struct vb_edit_result result;
    if (!next_result(t, dst, &result))
        return 0;
    struct vb_writer writer = payload_writer(t, bytes);
    result.boot = t->boot; /* of the ledger's rows some are from an earlier boot */
    vb_edit_result_write(&writer, &result);
    return finish(t, VB_MESSAGE_EDIT_RESULT, false, &writer, dst, bytes);
}

/* Writes the fragments of one section that still fit. */
static void write_fragments(struct vb_transmitter *t, struct vb_writer *writer, uint8_t id)
{
    const struct vb_cache_entry *entry = vb_cache_find(&t->live, id);
    uint32_t *due = &t->answer_whole[id];
    const uint8_t count = entry == NULL ? 0 : vb_fragment_count(&t->room, entry->size);
    *due &= count == 0 ? 0
                       : vb_fragments_all(
                             &t->room, entry->size); /* it may have shrunk since it was asked for */
    for (uint8_t index = 0; index < count; index++) {
        if ((*due >> index & 1) == 0)
            continue;
        const struct vb_record record = fragment(t, entry, index);
        if (vb_record_size(&record) > vb_writer_left(writer))
            return;
        vb_record_write(writer, &record);
        *due &= ~(1u << index);
    }
}

static void write_same(struct vb_transmitter *t, struct vb_writer *writer, uint8_t id)
{
    const struct vb_cache_entry *entry = vb_cache_find(&t->live, id);
    const uint16_t bit = (uint16_t)(1u << id);
    if ((t->answer_same & bit) == 0)
        return;
    VB_ASSERT(entry != NULL); /* sections never disappear */
    const struct vb_record record = {
        .id = id,
        .form = VB_RECORD_SAME,
        .version = entry->version,
        .hash = vb_section_hash(vb_cache_bytes(&t->live, entry), entry->size)};
    if (vb_record_size(&record) > vb_writer_left(writer))
        return;
    vb_record_write(writer, &record);
    t->answer_same &= (uint16_t)~bit;
}

static size_t output_data(struct vb_transmitter *t, uint32_t now_ms, struct vb_mac *dst,
                          uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    if (!t->answer_due || !vb_time_reached(now_ms, t->answer_at_ms))
        return 0;
    const uint32_t wait_ms = vb_airtime_wait_ms(&t->air, now_ms);
    if (wait_ms > 0) {
        t->answer_at_ms = now_ms + wait_ms; /* however often somebody asks */
        return 0;
    }
    struct vb_writer writer = payload_writer(t, bytes);
    vb_data_head_write(&writer, &(struct vb_data_head){
                                    .store_id = t->store_id, .boot = t->boot, .digest = t->digest});
    const size_t head = writer.at;
    uint32_t left = 0;
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++) {
        write_same(t, &writer, id);
        write_fragments(t, &writer, id);
        left |= t->answer_whole[id];
    }
    t->answer_due = left != 0 || t->answer_same != 0;
    if (writer.at == head) {
        t->answer_due = false;
        return 0;
    }
    *dst = t->answer_to;
    return finish(t, VB_MESSAGE_DATA, false, &writer, dst, bytes);
}

static size_t output_reading(struct vb_transmitter *t, struct vb_mac *dst,
                             uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    if (t->body_next == t->body_count)
        return 0;
    const struct vb_codec_body *body = &t->bodies[t->body_next++];
    const struct vb_reading_part part = {.number = t->reading_number,
                                         .digest_low = (uint16_t)t->digest,
                                         .body = body->bytes,
                                         .size = body->size};
    struct vb_writer writer = payload_writer(t, bytes);
    vb_reading_part_write(&writer, &part);
    *dst = vb_mac_broadcast;
    return finish(t, VB_MESSAGE_READING, false, &writer, dst, bytes);
}

static size_t output_goodbye(struct vb_transmitter *t, struct vb_mac *dst,
                             uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    t->goodbye_due = false;
    struct vb_writer writer = payload_writer(t, bytes);
    vb_goodbye_write(&writer, &(struct vb_goodbye){.boot = t->boot});
    *dst = vb_mac_broadcast;
    return finish(t, VB_MESSAGE_GOODBYE, false, &writer, dst, bytes);
}

static size_t next_frame(struct vb_transmitter *t, uint32_t now_ms, struct vb_mac *dst,
                         uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    if (t->goodbye_due)
        return output_goodbye(t, dst, bytes);
    size_t size = output_result(t, dst, bytes);
    if (size == 0)
        size = output_hello_ack(t, now_ms, dst, bytes);
    if (size == 0 && t->beacon_due)
        size = output_beacon(t, now_ms, dst, bytes);
    if (size == 0)
        size = output_data(t, now_ms, dst, bytes);
    if (size == 0)
        size = output_reading(t, dst, bytes);
    return size;
}

size_t vb_transmitter_output(struct vb_transmitter *t, uint32_t now_ms, struct vb_mac *dst,
                             uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    const size_t size = t->announced ? next_frame(t, now_ms, dst, bytes) : 0;
    if (size > 0)
        vb_airtime_spend(&t->air, now_ms, size);
    return size;
}
