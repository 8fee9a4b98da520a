#include "sources/can_reader.h"

#include <inttypes.h>
#include <string.h>

enum { SILENCES_TO_SAY = 4 /* one round: until then it may only be slow */ };

/* A new battery is a table, and a row here. */
static const struct vb_can_battery *const batteries[] = {&vb_can_leaf};

const struct vb_can_battery *vb_can_battery_named(const char *name)
{
    if (name == NULL)
        return batteries[0];
    for (size_t i = 0; i < VB_COUNT_OF(batteries); i++) {
        if (strcmp(batteries[i]->name, name) == 0)
            return batteries[i];
    }
    return NULL;
}

bool vb_can_battery_uses(const struct vb_can_battery *battery, uint32_t id)
{
    if (id == battery->request_id || id == battery->answer_id)
        return true; /* a request is another device's */
    for (uint8_t i = 0; i < battery->broadcast_count; i++) {
        if (battery->broadcasts[i].id == id)
            return true;
    }
    return false;
}

static uint64_t clock_ms(struct vb_can_reader *reader, uint32_t now_ms)
{
    reader->clock_ms += now_ms - reader->now_ms;
    reader->now_ms = now_ms;
    return reader->clock_ms;
}

void vb_can_reader_init(struct vb_can_reader *reader, const struct vb_can_battery *battery,
                        const struct vb_can_poll_timing *timing,
                        const struct vb_can_reader_options *options, uint32_t now_ms)
{
    memset(reader, 0, sizeof *reader);
    reader->options = *options;
    reader->now_ms = now_ms;
    reader->settings.listen_only = true;
    vb_can_poll_init(&reader->poll, battery, timing, 0);
    vb_can_poll_listen_only(&reader->poll, 0, true);
}

void vb_can_reader_configure(struct vb_can_reader *reader, uint32_t now_ms,
                             const struct vb_can_values *settings)
{
    VB_ASSERT(settings->ignored_ids_count <= VB_COUNT_OF(settings->ignored_ids));
    reader->settings = *settings;
    vb_can_poll_listen_only(&reader->poll, clock_ms(reader, now_ms), settings->listen_only);
    if (settings->listen_only)
        vb_log_sink_say(&reader->options.log, VB_LOG_INFO,
                        "%s: nothing is sent (can.listen_only); readings come when another device "
                        "asks the battery for its cells",
                        reader->options.interface);
}

/* ---- In ---- */

static bool is_ignored(const struct vb_can_reader *reader, uint32_t id)
{
    const uint32_t number = id & ~(uint32_t)VB_CAN_EXTENDED;
    for (size_t i = 0; i < reader->settings.ignored_ids_count; i++) {
        if (reader->settings.ignored_ids[i] == number)
            return true;
    }
    return false;
}

static void deliver(struct vb_can_reader *reader, uint64_t wall_ms)
{
    struct vb_reading reading;
    vb_can_decoder_reading(&reader->poll.decoder, reader->clock_ms, &reading);
    reading.sequence = ++reader->sequence;
    reading.sampled_ms = reader->now_ms;
    reading.wall_ms = wall_ms;
    reader->options.on_reading(reader->options.ctx, &reading);
}

void vb_can_reader_input(struct vb_can_reader *reader, const struct vb_clock *clock,
                         const struct vb_can_frame *frame)
{
    if (is_ignored(reader, frame->id))
        return;
    const enum vb_can_news news =
        vb_can_poll_input(&reader->poll, clock_ms(reader, clock->now_ms), frame);
    if (news == VB_CAN_SWEEP)
        deliver(reader, clock->wall_ms);
    if (news == VB_CAN_REFUSED)
        vb_log_sink_say(&reader->options.log, VB_LOG_DEBUG, "%s: frame %03" PRIX32 ": %s",
                        reader->options.interface, frame->id,
                        vb_can_last_refusal_text(&reader->poll.decoder));
}

/* ---- Out ---- */

bool vb_can_reader_output(struct vb_can_reader *reader, uint32_t now_ms, struct vb_can_frame *frame)
{
    return vb_can_poll_output(&reader->poll, clock_ms(reader, now_ms), frame);
}

void vb_can_reader_say_changes(struct vb_can_reader *reader)
{
    const bool silent = reader->poll.silent >= SILENCES_TO_SAY;
    if (silent && !reader->said_silent)
        vb_log_sink_say(&reader->options.log, VB_LOG_WARNING,
                        "no battery answers on %s: is the car on, and is this its EV bus? "
                        "Retrying, less and less often",
                        reader->options.interface);
    else if (!silent && reader->said_silent && reader->poll.silent == 0)
        vb_log_sink_say(&reader->options.log, VB_LOG_INFO, "the battery on %s answers",
                        reader->options.interface);
    else
        return;
    reader->said_silent = silent;
}

uint32_t vb_can_reader_wakeup_ms(struct vb_can_reader *reader, uint32_t now_ms)
{
    return vb_can_poll_wakeup_ms(&reader->poll, clock_ms(reader, now_ms));
}
