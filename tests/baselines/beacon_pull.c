#include "beacon_pull.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/time.h"

enum { BEACON = 1, REQUEST, ANSWER };
enum { STATUS_BYTES = 3, REQUEST_RESERVED_BYTES = 10 };

static const char *kind_name(uint8_t kind)
{
    static const char *const names[] = {
        [BEACON] = "beacon", [REQUEST] = "request", [ANSWER] = "answer"};
    return kind < VB_COUNT_OF(names) ? names[kind] : NULL;
}

/* ---- Transmitter ---- */

static void transmitter_boot(void *ctx, uint32_t now_ms)
{
    struct vb_pull_transmitter *t = ctx;
    t->beacons_due = 1;
    t->beacon_at_ms = now_ms + VB_PULL_BEACON_MS;
    t->answers = (struct vb_answers){0};
}

static void transmitter_input(void *ctx, uint32_t now_ms, const struct vb_packet *packet)
{
    struct vb_pull_transmitter *t = ctx;
    const uint8_t section = packet->bytes[1];
    (void)now_ms;
    if (packet->bytes[0] == REQUEST && section >= 1 && section <= VB_ANNOUNCED_SECTIONS)
        vb_answers_add(&t->answers, section);
}

static void transmitter_tick(void *ctx, uint32_t now_ms)
{
    struct vb_pull_transmitter *t = ctx;
    if (!vb_time_reached(now_ms, t->beacon_at_ms))
        return;
    t->beacons_due++;
    t->beacon_at_ms += VB_PULL_BEACON_MS;
}

static uint32_t transmitter_wakeup_ms(const void *ctx, uint32_t now_ms)
{
    const struct vb_pull_transmitter *t = ctx;
    return vb_time_until(now_ms, t->beacon_at_ms);
}

static bool transmitter_output(void *ctx, uint32_t now_ms, struct vb_packet *packet)
{
    static const uint8_t status[STATUS_BYTES] = {0};
    struct vb_pull_transmitter *t = ctx;
    (void)now_ms;
    if (t->beacons_due == 0)
        return vb_answers_output(&t->answers, &t->content, ANSWER, packet);
    struct vb_writer writer = vb_writer_of(packet->bytes, sizeof packet->bytes);
    vb_write_u8(&writer, BEACON);
    for (uint8_t id = 1; id <= VB_ANNOUNCED_SECTIONS; id++)
        vb_write_u32(&writer, vb_content_version(&t->content, id));
    vb_write_bytes(&writer, status, sizeof status);
    packet->kind = BEACON;
    packet->size = writer.at;
    t->beacons_due--;
    return true;
}

/* ---- Receiver ---- */

static void receiver_boot(void *ctx, uint32_t now_ms)
{
    struct vb_pull_receiver *r = ctx;
    (void)now_ms;
    memset(r->sections, 0, sizeof r->sections);
    r->assembly.section = 0;
}

static void hear_beacon(struct vb_pull_receiver *r, uint32_t now_ms, struct vb_reader *reader)
{
    for (uint8_t id = 1; id <= VB_ANNOUNCED_SECTIONS; id++) {
        struct vb_pull_section *section = &r->sections[id];
        const uint32_t version = vb_read_u32(reader);
        if (version == vb_content_version(&r->content, id) || version == section->wanted)
            continue;
        section->wanted = version;
        section->request_due = true;
        section->retry_at_ms = now_ms + VB_PULL_RETRY_MS;
    }
}

static void receiver_input(void *ctx, uint32_t now_ms, const struct vb_packet *packet)
{
    struct vb_pull_receiver *r = ctx;
    struct vb_reader reader = vb_reader_of(packet->bytes, packet->size);
    const uint8_t kind = vb_read_u8(&reader);
    if (kind == BEACON) {
        hear_beacon(r, now_ms, &reader);
    } else if (kind == ANSWER) {
        const uint8_t id = vb_assembly_input(&r->assembly, packet, &r->content);
        if (id >= 1 && id <= VB_ANNOUNCED_SECTIONS)
            r->sections[id] = (struct vb_pull_section){0};
    }
}

static void receiver_tick(void *ctx, uint32_t now_ms)
{
    struct vb_pull_receiver *r = ctx;
    for (uint8_t id = 1; id <= VB_ANNOUNCED_SECTIONS; id++) {
        struct vb_pull_section *section = &r->sections[id];
        if (section->wanted == 0 || !vb_time_reached(now_ms, section->retry_at_ms))
            continue;
        section->request_due = true;
        section->retry_at_ms = now_ms + VB_PULL_RETRY_MS;
    }
}

static uint32_t receiver_wakeup_ms(const void *ctx, uint32_t now_ms)
{
    const struct vb_pull_receiver *r = ctx;
    uint32_t wait = VB_FOREVER_MS;
    for (uint8_t id = 1; id <= VB_ANNOUNCED_SECTIONS; id++) {
        const uint32_t until = vb_time_until(now_ms, r->sections[id].retry_at_ms);
        if (r->sections[id].wanted != 0 && until < wait)
            wait = until;
    }
    return wait;
}

static bool receiver_output(void *ctx, uint32_t now_ms, struct vb_packet *packet)
{
    static const uint8_t reserved[REQUEST_RESERVED_BYTES] = {0};
    struct vb_pull_receiver *r = ctx;
    (void)now_ms;
    for (uint8_t id = 1; id <= VB_ANNOUNCED_SECTIONS; id++) {
        struct vb_pull_section *section = &r->sections[id];
        if (!section->request_due)
            continue;
        section->request_due = false;
        struct vb_writer writer = vb_writer_of(packet->bytes, sizeof packet->bytes);
        vb_write_u8(&writer, REQUEST);
        vb_write_u8(&writer, id);
        vb_write_u32(&writer, section->wanted);
        vb_write_bytes(&writer, reserved, sizeof reserved);
        packet->kind = REQUEST;
        packet->size = writer.at;
        return true;
    }
    return false;
}

/* ---- The pair ---- */

static void change(void *ctx, uint32_t now_ms, const struct vb_change *change)
{
    struct vb_pull *pair = ctx;
    (void)now_ms;
    vb_content_apply(&pair->transmitter.content, change);
    pair->transmitter.beacons_due = pair->transmitter.change_beacons;
}

static const uint8_t *shows(const void *ctx, uint8_t section, size_t *size)
{
    const struct vb_pull *pair = ctx;
    return vb_content_find(&pair->receiver.content, section, size);
}

struct vb_design vb_pull_design(struct vb_pull *pair, uint8_t change_beacons)
{
    memset(pair, 0, sizeof *pair);
    vb_content_defaults(&pair->transmitter.content);
    vb_content_empty(&pair->receiver.content);
    pair->transmitter.change_beacons = change_beacons;
    return (struct vb_design){.name = change_beacons > 1 ? "S2b" : "S2",
                              .ctx = pair,
                              .ends = {[VB_SIDE_TRANSMITTER] = {.ctx = &pair->transmitter,
                                                                .boot = transmitter_boot,
                                                                .input = transmitter_input,
                                                                .tick = transmitter_tick,
                                                                .wakeup_ms = transmitter_wakeup_ms,
                                                                .output = transmitter_output},
                                       [VB_SIDE_RECEIVER] = {.ctx = &pair->receiver,
                                                             .boot = receiver_boot,
                                                             .input = receiver_input,
                                                             .tick = receiver_tick,
                                                             .wakeup_ms = receiver_wakeup_ms,
                                                             .output = receiver_output}},
                              .change = change,
                              .shows = shows,
                              .kind_name = kind_name};
}
