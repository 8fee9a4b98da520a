#include "recorder.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "truth.h"

void recorder_init(struct recorder *recorder, const struct vb_world *world, bool trace)
{
    *recorder = (struct recorder){.world = world, .hash = TRUTH_HASH_BEGIN, .trace = trace};
}

/* Integers enter the hash in one byte order, so that it is the same on every machine. */
static void enter(struct recorder *recorder, uint64_t value)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    recorder->hash = truth_hash(recorder->hash, bytes, sizeof bytes);
}

static void begin(struct recorder *recorder, const struct vb_world_node *node, char kind)
{
    recorder->events++;
    enter(recorder, recorder->world->now_ms << 16 | (uint64_t)node->index << 8 | (uint8_t)kind);
}

static void tell(const struct recorder *recorder, const struct vb_world_node *node)
{
    const unsigned long long now_ms = recorder->world->now_ms;
    printf("%8llu.%03llu  %c%u ", now_ms / 1000, now_ms % 1000,
           node->role == VB_WORLD_TRANSMITTER ? 'T' : 'R', node->index);
}

void recorder_sent(struct recorder *recorder, const struct vb_world_node *node,
                   const struct vb_mac *dst, const uint8_t *bytes, size_t size)
{
    begin(recorder, node, 's');
    recorder->hash = truth_hash(recorder->hash, dst->bytes, sizeof dst->bytes);
    recorder->hash = truth_hash(recorder->hash, bytes, size);
    if (!recorder->trace)
        return;
    tell(recorder, node);
    printf("> %-15s %3zu bytes, epoch %u, seq %u\n", vb_message_name(bytes[1] & 0x1f), size,
           (unsigned)(bytes[2] | bytes[3] << 8),
           (unsigned)bytes[4] | (unsigned)bytes[5] << 8 | (unsigned)bytes[6] << 16 |
               (unsigned)bytes[7] << 24);
}

void recorder_heard(struct recorder *recorder, const struct vb_world_node *node,
                    const struct vb_world_flight *flight, enum vb_err err)
{
    begin(recorder, node, 'h');
    enter(recorder, (uint64_t)(-(int)err));
    if (!recorder->trace)
        return;
    tell(recorder, node);
    printf("< %-15s after %llu ms: %s\n",
           flight->size > 1 ? vb_message_name(flight->bytes[1] & 0x1f) : "nothing",
           (unsigned long long)(recorder->world->now_ms - flight->sent_ms),
           err == VB_ERR_OK ? "taken" : vb_err_text(err));
}

void recorder_event(struct recorder *recorder, const struct vb_world_node *node,
                    const struct vb_event *event)
{
    begin(recorder, node, 'e');
    enter(recorder, (uint64_t)event->type << 24 | (uint64_t)event->section << 16 |
                        (uint64_t)(uint8_t)event->err << 8 | event->detail);
    enter(recorder, (uint64_t)event->a << 32 | event->b);
    enter(recorder, event->id);
    if (!recorder->trace || event->type == VB_EVENT_BEACON || event->type == VB_EVENT_READING)
        return;
    tell(recorder, node);
    printf("  %s of %02x, section %u, detail %u, a %" PRIu32 ", b %" PRIu32 "%s%s\n",
           vb_event_name(event->type), event->mac.bytes[5], event->section, event->detail, event->a,
           event->b, event->err == 0 ? "" : ": ", event->err == 0 ? "" : vb_err_text(event->err));
}

void recorder_power(struct recorder *recorder, const struct vb_world_node *node)
{
    begin(recorder, node, node->up ? '1' : '0');
    if (!recorder->trace)
        return;
    tell(recorder, node);
    printf("* power %s\n", node->up ? "on" : "off");
}

static void tell_occurrence(struct recorder *recorder, const struct vb_world_node *node,
                            uint64_t id)
{
    const struct vb_event_store *events = &node->seams.events.port;
    const struct vb_occurrence *kept = events->find(events->ctx, id);
    if (kept == NULL)
        return; /* forgotten in the same turn */
    begin(recorder, node, 'o');
    enter(recorder, id << 16 | (uint64_t)kept->type << 8 | kept->state);
    enter(recorder, (uint64_t)kept->alarm.kind << 8 | kept->alarm.cell);
    enter(recorder, kept->alarm.begin_wall_ms);
    if (!recorder->trace)
        return;
    tell(recorder, node);
    printf("# %s of %02x: %s\n", vb_occurrence_kind_name(kept), kept->mac.bytes[5], kept->text);
}

void recorder_turned(struct recorder *recorder, const struct vb_world_node *node)
{
    uint64_t *kept = &recorder->kept[node->index];
    while (*kept < node->seams.events.count)
        tell_occurrence(recorder, node, ++*kept);
    if (recorder->configured[node->index] == node->seams.configured)
        return;
    recorder->configured[node->index] = node->seams.configured;
    begin(recorder, node, 'b');
    enter(recorder, node->seams.configured);
}

void recorder_act(struct recorder *recorder, const char *format, ...)
{
    if (!recorder->trace)
        return;
    const unsigned long long now_ms = recorder->world->now_ms;
    printf("%8llu.%03llu  -- ", now_ms / 1000, now_ms % 1000);
    va_list arguments;
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}
