#include "page_poll.h"

#include <string.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/time.h"

enum { REQUEST = 1, ANSWER };

static const char *kind_name(uint8_t kind)
{
    static const char *const names[] = {[REQUEST] = "request", [ANSWER] = "answer"};
    return kind < VB_COUNT_OF(names) ? names[kind] : NULL;
}

/* ---- Transmitter ---- */

static void transmitter_boot(void *ctx, uint32_t now_ms)
{
    struct vb_page_transmitter *t = ctx;
    (void)now_ms;
    t->answers = (struct vb_answers){0};
}

static void transmitter_input(void *ctx, uint32_t now_ms, const struct vb_packet *packet)
{
    struct vb_page_transmitter *t = ctx;
    (void)now_ms;
    if (packet->bytes[0] == REQUEST && vb_content_version(&t->content, packet->bytes[1]) != 0)
        vb_answers_add(&t->answers, packet->bytes[1]);
}

static void transmitter_tick(void *ctx, uint32_t now_ms)
{
    (void)ctx;
    (void)now_ms;
}

static uint32_t transmitter_wakeup_ms(const void *ctx, uint32_t now_ms)
{
    (void)ctx;
    (void)now_ms;
    return VB_FOREVER_MS;
}

static bool transmitter_output(void *ctx, uint32_t now_ms, struct vb_packet *packet)
{
    struct vb_page_transmitter *t = ctx;
    (void)now_ms;
    return vb_answers_output(&t->answers, &t->content, ANSWER, packet);
}

/* ---- Receiver ---- */

static void ask(struct vb_page_receiver *r, uint32_t now_ms)
{
    r->ask_due = true;
    r->ask_at_ms = now_ms + VB_PAGE_WAIT_MS;
}

static void receiver_boot(void *ctx, uint32_t now_ms)
{
    struct vb_page_receiver *r = ctx;
    r->assembly.section = 0;
    if (r->section != 0)
        ask(r, now_ms); /* the page is loaded again */
}

static void receiver_input(void *ctx, uint32_t now_ms, const struct vb_packet *packet)
{
    struct vb_page_receiver *r = ctx;
    (void)now_ms;
    if (packet->bytes[0] == ANSWER)
        (void)vb_assembly_input(&r->assembly, packet, &r->content);
}

static void receiver_tick(void *ctx, uint32_t now_ms)
{
    struct vb_page_receiver *r = ctx;
    if (r->section != 0 && vb_time_reached(now_ms, r->ask_at_ms))
        ask(r, now_ms);
}

static uint32_t receiver_wakeup_ms(const void *ctx, uint32_t now_ms)
{
    const struct vb_page_receiver *r = ctx;
    return r->section == 0 ? VB_FOREVER_MS : vb_time_until(now_ms, r->ask_at_ms);
}

static bool receiver_output(void *ctx, uint32_t now_ms, struct vb_packet *packet)
{
    struct vb_page_receiver *r = ctx;
    (void)now_ms;
    if (!r->ask_due)
        return false;
    r->ask_due = false;
    struct vb_writer writer = vb_writer_of(packet->bytes, sizeof packet->bytes);
    vb_write_u8(&writer, REQUEST);
    vb_write_u8(&writer, r->section);
    packet->kind = REQUEST;
    packet->size = writer.at;
    return true;
}

/* ---- The pair ---- */

static void change(void *ctx, uint32_t now_ms, const struct vb_change *change)
{
    struct vb_page *pair = ctx;
    (void)now_ms;
    vb_content_apply(&pair->transmitter.content, change);
}

static const uint8_t *shows(const void *ctx, uint8_t section, size_t *size)
{
    const struct vb_page *pair = ctx;
    return vb_content_find(&pair->receiver.content, section, size);
}

static void look(void *ctx, uint32_t now_ms, uint8_t section)
{
    struct vb_page *pair = ctx;
    pair->receiver.section = section;
    ask(&pair->receiver, now_ms);
}

struct vb_design vb_page_design(struct vb_page *pair)
{
    memset(pair, 0, sizeof *pair);
    vb_content_defaults(&pair->transmitter.content);
    vb_content_empty(&pair->receiver.content);
    return (struct vb_design){.name = "S3",
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
                              .look = look,
                              .kind_name = kind_name};
}
