#include "sniff/say_frame.h"

#include <inttypes.h>
#include <string.h>

#include "sniff/say_reading.h"
#include "sniff/say_section.h"
#include "voltbeacon/core/mqtt_fault.h"
#include "voltbeacon/core/payload.h"

static struct vb_sniff_source *source_of(struct vb_sniff_frames *frames, const struct vb_mac *mac)
{
    struct vb_sniff_source *oldest = &frames->sources[0];
    for (size_t i = 0; i < VB_SNIFF_SOURCES_MAX; i++) {
        struct vb_sniff_source *source = &frames->sources[i];
        if (source->heard_at != 0 && vb_mac_equal(&source->mac, mac)) {
            source->heard_at = ++frames->clock;
            return source;
        }
        if (source->heard_at < oldest->heard_at)
            oldest = source;
    }
    memset(oldest, 0, sizeof *oldest);
    oldest->mac = *mac;
    oldest->heard_at = ++frames->clock;
    vb_codec_decoder_init(&oldest->decoder);
    return oldest;
}

static void note_digest(struct vb_sniff_source *source, uint32_t digest)
{
    source->digest_low = (uint16_t)digest;
    source->digest_known = true;
}

/* == Kinds =================================================================================== */

static void say_facts(struct vb_sniff_text *line, const struct vb_board_facts *facts)
{
    if (facts->start != VB_START_UNTOLD)
        vb_sniff_say(line, "; started: %s, crashes in a row %" PRIu32 "%s%s",
                     vb_start_text(facts->start), facts->crashes,
                     (facts->flags & VB_BOARD_SAFE_MODE) != 0 ? ", safe mode" : "",
                     (facts->flags & VB_BOARD_CORE_DUMP) != 0 ? ", core dump" : "");
    if (facts->channel != 0)
        vb_sniff_say(
            line, "; channel %" PRIu32 ", found again %" PRIu32 " times, last after %" PRIu32 " ms",
            facts->channel, facts->recoveries, facts->recovered_ms);
}

static void say_records(struct vb_sniff_text *line, const struct vb_records *records)
{
    for (uint8_t i = 0; i < records->count; i++) {
        vb_sniff_say(line, "; ");
        vb_sniff_say_record(line, &records->items[i]);
    }
    say_facts(line, &records->facts);
    if (records->cut)
        vb_sniff_say(line, "; and what a later version wrote");
}

static void say_runtime(struct vb_sniff_text *line, const struct vb_runtime *runtime)
{
    static const struct {
        uint8_t flag;
        const char *text;
    } flags[] = {{VB_RUNTIME_MQTT_CONNECTED, "mqtt"}, {VB_RUNTIME_ETHERNET_UP, "ethernet"},
                 {VB_RUNTIME_SOURCE_OK, "source"},    {VB_RUNTIME_STREAMING, "streaming"},
                 {VB_RUNTIME_THINNED, "thinned"},     {VB_RUNTIME_MQTT_ONLY, "mqtt-only"}};
    vb_sniff_say(line, ", [");
    const char *gap = "";
    for (size_t i = 0; i < VB_COUNT_OF(flags); i++) {
        if ((runtime->flags & flags[i].flag) == 0)
            continue;
        vb_sniff_say(line, "%s%s", gap, flags[i].text);
        gap = " ";
    }
    vb_sniff_say(line, "]");
    if ((runtime->flags & VB_RUNTIME_IP_KNOWN) != 0)
        vb_sniff_say(line, ", ip %u.%u.%u.%u", runtime->ip[0], runtime->ip[1], runtime->ip[2],
                     runtime->ip[3]);
    if ((runtime->flags & VB_RUNTIME_MQTT_FAULT) != 0)
        vb_sniff_say(line, ", mqtt fault %s", vb_mqtt_fault_name(runtime->mqtt_fault));
}

static void say_state(struct vb_sniff_text *line, const struct vb_beacon *state,
                      const struct vb_records *records)
{
    vb_sniff_say(line, " %u, boot %08" PRIx32, state->number, state->boot);
    if (state->store_id != 0)
        vb_sniff_say(line, ", store %08" PRIx32, state->store_id);
    vb_sniff_say(line, ", digest %08" PRIx32 ", up %" PRIu32 " s", state->digest, state->uptime_s);
    say_runtime(line, &state->runtime);
    vb_sniff_say(line, ", version marks");
    for (uint8_t i = 0; i < state->mark_count; i++)
        vb_sniff_say(line, " %u", state->marks[i]);
    say_records(line, records);
}

static void say_request(struct vb_sniff_text *line, const struct vb_section_request *request)
{
    vb_sniff_say(line, ", store %08" PRIx32, request->store_id);
    for (uint8_t i = 0; i < request->count; i++) {
        const struct vb_request_item *item = &request->items[i];
        vb_sniff_say(line, "; ");
        vb_sniff_say_section_name(line, item->id);
        if (item->have_version != 0)
            vb_sniff_say(line, " has v%" PRIu32, item->have_version);
        else
            vb_sniff_say(line, " has none");
        if (item->partial_version != 0)
            vb_sniff_say(line, ", of v%" PRIu32 " lacks pieces %08" PRIx32, item->partial_version,
                         item->missing);
    }
}

static void say_edit(struct vb_sniff_text *line, const struct vb_edit_part *part)
{
    vb_sniff_say(line, " %016" PRIx64 " of ", part->id);
    vb_sniff_say_section_name(line, part->section);
    vb_sniff_say(line, " v%" PRIu32, part->base_version);
    if (part->boot == 0) {
        vb_sniff_say(line, ": what has become of it?");
        return;
    }
    if (part->size < part->total) {
        vb_sniff_say(line, ", bytes %u to %zu of %u", part->offset, part->offset + part->size - 1,
                     part->total);
        return;
    }
    vb_sniff_say(line, ":");
    vb_sniff_say_fields(line, part->section, part->bytes, part->size);
}

static void say_edit_result(struct vb_sniff_text *line, const struct vb_edit_result *result)
{
    static const char *const outcomes[] = {
        [VB_EDIT_APPLIED] = "applied",    [VB_EDIT_REFUSED] = "refused",
        [VB_EDIT_CONFLICT] = "conflict",  [VB_EDIT_NOT_STORED] = "not stored",
        [VB_EDIT_BUSY] = "busy",          [VB_EDIT_OTHER_STORE] = "of another store",
        [VB_EDIT_NOT_KNOWN] = "not known"};
    vb_sniff_say(line, " %016" PRIx64 " of ", result->id);
    vb_sniff_say_section_name(line, result->section);
    if (result->outcome < VB_COUNT_OF(outcomes))
        vb_sniff_say(line, ": %s", outcomes[result->outcome]);
    else
        vb_sniff_say(line, ": outcome %u of a later version", result->outcome);
    if (result->version != 0)
        vb_sniff_say(line, ", v%" PRIu32, result->version);
    for (uint8_t i = 0; i < result->reasons.count; i++)
        vb_sniff_say(line, "; tag %u: %s", result->reasons.items[i].tag,
                     vb_err_text((enum vb_err)result->reasons.items[i].err));
}

static void say_payload(struct vb_sniff_source *source, const struct vb_payload *payload,
                        const struct vb_records *records, bool every_cell,
                        struct vb_sniff_text *line)
{
    switch ((enum vb_message)payload->kind) {
    case VB_MESSAGE_BEACON:
        note_digest(source, payload->beacon.digest);
        say_state(line, &payload->beacon, records);
        break;
    case VB_MESSAGE_HELLO_ACK:
        note_digest(source, payload->hello_ack.state.digest);
        vb_sniff_say(line, " to %08" PRIx32 ": beacon", payload->hello_ack.nonce);
        say_state(line, &payload->hello_ack.state, records);
        break;
    case VB_MESSAGE_DATA:
        note_digest(source, payload->data.digest);
        vb_sniff_say(line, ", boot %08" PRIx32 ", store %08" PRIx32 ", digest %08" PRIx32,
                     payload->data.boot, payload->data.store_id, payload->data.digest);
        say_records(line, records);
        break;
    case VB_MESSAGE_REQUEST:
        say_request(line, &payload->request);
        break;
    case VB_MESSAGE_EDIT:
        say_edit(line, &payload->edit);
        break;
    case VB_MESSAGE_EDIT_RESULT:
        say_edit_result(line, &payload->edit_result);
        break;
    case VB_MESSAGE_READING:
        vb_sniff_say_reading(source, &payload->reading, every_cell, line);
        break;
    case VB_MESSAGE_READING_ACK:
        vb_sniff_say(line, " of reading %u%s", payload->reading_ack.number,
                     (payload->reading_ack.flags & VB_READING_ACK_REFUSED) != 0
                         ? ": its keyframe is not held"
                         : "");
        break;
    case VB_MESSAGE_BEACON_ACK:
        vb_sniff_say(line, " of %u, up %" PRIu32 " s", payload->beacon_ack.number,
                     payload->beacon_ack.uptime_s);
        break;
    case VB_MESSAGE_HELLO:
        vb_sniff_say(line, " %08" PRIx32 ", up %" PRIu32 " s", payload->hello.nonce,
                     payload->hello.uptime_s);
        break;
    case VB_MESSAGE_GOODBYE:
        vb_sniff_say(line, ", boot %08" PRIx32 ", reason %u", payload->goodbye.boot,
                     payload->goodbye.reason);
        break;
    }
}

/* == Frames ================================================================================== */

void vb_sniff_frames_init(struct vb_sniff_frames *frames, bool verbose)
{
    memset(frames, 0, sizeof *frames);
    frames->verbose = verbose;
}

void vb_sniff_say_frame(struct vb_sniff_frames *frames, const struct vb_mac *src,
                        const struct vb_mac *dst, const uint8_t *bytes, size_t size,
                        struct vb_sniff_text *line)
{
    struct vb_frame frame;
    struct vb_records records;
    struct vb_payload payload;
    const enum vb_err opened = vb_frame_open(&vb_room_plain, bytes, size, src, dst, &frame);
    vb_sniff_say(line, "voltbeacon ");
    if (opened != VB_ERR_OK) {
        vb_sniff_say(line, "frame of %zu bytes that %s", size,
                     opened == VB_ERR_UNSUPPORTED ? "is sealed, or of a later version"
                                                  : vb_err_text(opened));
        return;
    }
    vb_sniff_say(line, "%s", vb_message_name(frame.message));
    const enum vb_err read = vb_payload_read(&vb_room_plain, &frame, &records, &payload);
    if (read == VB_ERR_OK)
        say_payload(source_of(frames, src), &payload, &records, frames->verbose, line);
    else
        vb_sniff_say(line, " that %s", vb_err_text(read));
    vb_sniff_say(line, " (epoch %u, seq %" PRIu32 "%s, %zu bytes)", frame.epoch, frame.seq,
                 frame.ack_wanted ? ", ack wanted" : "", size);
}
