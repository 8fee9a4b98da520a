/* The life of a receiver device: its memory, start, input and output. */
#include "voltbeacon/device/receiver_device.h"

#include <string.h>

#include "receiver_device_parts.h"
#include "voltbeacon/device/append.h"
#include "voltbeacon/device/start_words.h"

enum {
    SECOND_MS = 1000, /* the longest gap between calls while the device is scheduled normally */
    PAUSE_MS = 2 * SECOND_MS,
    CLOCK_STEP_MS = 10000,
};

/* == Memory ================================================================================== */

/* Hands out pieces of memory; with base NULL it only counts what they would take. */
struct share {
    unsigned char *base;
    size_t used;
};

static void *take(struct share *share, size_t count, size_t size)
{
    const size_t step = _Alignof(max_align_t);
    const size_t at = share->used;
    share->used += (count * size + step - 1) / step * step;
    return share->base == NULL || count == 0 ? NULL : share->base + at;
}

static bool records(const struct vb_receiver_sizes *sizes)
{
    return sizes->box_readings > 0;
}

/* Sets the core's memory in *core, the watched transmitters in *watched, and *scratch. */
static void share_out(struct share *share, const struct vb_receiver_sizes *sizes,
                      struct vb_receiver_config *core, struct vb_watched **watched, char **scratch)
{
    const size_t peers = sizes->peers;
    core->peers = take(share, peers, sizeof *core->peers);
    core->cache_bytes = take(share, peers, sizes->cache_bytes);
    core->readings = take(share, peers * sizes->ring_readings, sizeof *core->readings);
    core->edits = take(share, sizes->edits, sizeof *core->edits);
    core->assembly = take(share, 1, VB_SECTION_BYTES_MAX);
    core->scratch = take(share, 1, VB_SCRATCH_BYTES);
    *scratch = take(share, records(sizes) ? 1 : 0, VB_RECORDING_CHUNK_BYTES_MAX);
    *watched = take(share, peers, sizeof **watched);
    for (uint8_t i = 0; i < sizes->peers; i++) {
        struct vb_alarm_slot *slots =
            take(share, sizes->open_alarms + (size_t)VB_ALARM_PACK_KINDS, sizeof *slots);
        struct vb_recorded_reading *readings = take(share, sizes->box_readings, sizeof *readings);
        struct vb_black_box_note *notes =
            take(share, records(sizes) ? sizes->box_notes : 0, sizeof *notes);
        if (share->base == NULL)
            continue;
        (*watched)[i] = (struct vb_watched){.slots = slots};
        if (records(sizes))
            vb_black_box_init(&(*watched)[i].box, readings, sizes->box_readings, notes,
                              sizes->box_notes);
    }
}

size_t vb_receiver_device_bytes(const struct vb_receiver_sizes *sizes)
{
    struct share share = {.base = NULL};
    struct vb_receiver_config core;
    struct vb_watched *watched;
    char *scratch;
    share_out(&share, sizes, &core, &watched, &scratch);
    return share.used;
}

/* == Time ==================================================================================== */

/* By how much the time of day was set, if that exceeds drift and the delay between reading the two
 * clocks; else 0. It was wrong before, as after the start of a machine without a clock of its own.
 * now_ms keeps counting while the machine sleeps, so sleep is no step. */
static int64_t step_of(const struct vb_clock *before, const struct vb_clock *now)
{
    const int64_t went_ms = (int64_t)(uint32_t)(now->now_ms - before->now_ms);
    const int64_t step_ms = (int64_t)(now->wall_ms - before->wall_ms) - went_ms;
    const bool known = before->wall_ms != 0 && now->wall_ms != 0;
    return known && (step_ms >= CLOCK_STEP_MS || step_ms <= -CLOCK_STEP_MS) ? step_ms : 0;
}

static void tell_step(const struct vb_receiver_device *device, int64_t step_ms)
{
    const uint64_t step_s = (uint64_t)(step_ms < 0 ? -step_ms : step_ms) / 1000;
    vb_log_sink_say(&device->config.ports.log, VB_LOG_WARNING,
                    "the clock was set %s by %lu s: events of this run are re-dated; history "
                    "keeps the times it was recorded with",
                    step_ms < 0 ? "back" : "forward", (unsigned long)step_s);
}

static void bring(struct vb_receiver_device *device, const struct vb_clock *clock)
{
    const int64_t step_ms = step_of(&device->clock, clock);
    const bool dates = (device->clock.wall_ms == 0 && clock->wall_ms != 0) || step_ms != 0;
    const uint32_t went_ms = clock->now_ms - device->clock.now_ms;
    device->up_ms += went_ms;
    if (went_ms >= PAUSE_MS) /* any transmitter present beacons within this */
        device->judges_from_up_ms =
            device->up_ms + device->config.timing.beacon_rest_max + SECOND_MS;
    device->clock = *clock;
    vb_receiver_wall(&device->core, clock->now_ms, clock->wall_ms);
    if (dates)
        vb_watch_date(device, step_ms);
    if (step_ms != 0)
        tell_step(device, step_ms);
}

/* The pages ask for what has changed; the log gets those events that the queue could hold. */
static void tell(struct vb_receiver_device *device)
{
    const struct vb_sink *sink = &device->config.ports.sink;
    struct vb_event event;
    vb_push_look(&device->push);
    while (vb_receiver_event(&device->core, &event)) {
        if (sink->event != NULL)
            sink->event(sink->ctx, &event);
    }
}

void vb_receiver_device_tick(struct vb_receiver_device *device, const struct vb_clock *clock)
{
    bring(device, clock);
    vb_boot_store_tick(device);
    vb_receiver_tick(&device->core, clock->now_ms);
    vb_watch_look(device, NULL);
    tell(device);
    if (device->up_ms >= device->second_at_up_ms) {
        device->second_at_up_ms = device->up_ms + SECOND_MS;
        device->seconds++;
        vb_receiver_settings_second(device);
        vb_boot_store_second(device);
        vb_watch_second(device);
        vb_watch_pump(device);
    } else if (device->pumping && device->up_ms >= device->pump_at_up_ms) {
        vb_watch_pump(device);
    }
}

static uint32_t until(uint64_t now_ms, uint64_t at_ms)
{
    return at_ms > now_ms ? (uint32_t)(at_ms - now_ms) : 0;
}

uint32_t vb_receiver_device_wakeup_ms(const struct vb_receiver_device *device,
                                      const struct vb_clock *clock)
{
    const uint64_t up_ms = device->up_ms + (clock->now_ms - device->clock.now_ms);
    /* What the core would send has to wait until the boot is counted: asking again at once, until
     * a slow disk has answered, would spin. */
    uint32_t wakeup_ms =
        device->boot_counted ? vb_receiver_wakeup_ms(&device->core, clock->now_ms) : VB_FOREVER_MS;
    const uint32_t second_ms = until(up_ms, device->second_at_up_ms);
    const uint32_t pump_ms = until(up_ms, device->pump_at_up_ms);
    if (second_ms < wakeup_ms)
        wakeup_ms = second_ms;
    return device->pumping && pump_ms < wakeup_ms ? pump_ms : wakeup_ms;
}

/* == In and out ============================================================================== */

enum vb_err vb_receiver_device_input(struct vb_receiver_device *device,
                                     const struct vb_clock *clock,
                                     const struct vb_link_frame *frame)
{
    const struct vb_link *link = device->config.ports.link;
    bring(device, clock);
    vb_receiver_late(&device->core, frame->age_ms);
    const enum vb_err err = vb_receiver_input(&device->core, clock->now_ms, &frame->src,
                                              &frame->dst, frame->bytes, frame->size);
    if (err == VB_ERR_OK && link->learn != NULL)
        link->learn(link->ctx, frame);
    else if (err == VB_ERR_OLD && link->forget != NULL)
        link->forget(link->ctx, &frame->src); /* perhaps wiped: the next hello must reach it */
    vb_watch_look(device, &frame->src);
    tell(device);
    return err;
}

void vb_receiver_device_output(struct vb_receiver_device *device, const struct vb_clock *clock)
{
    const struct vb_link *link = device->config.ports.link;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    struct vb_mac dst;
    bring(device, clock);
    (void)vb_watch_follow(device); /* the API may have forgotten one */
    tell(device);
    if (!device->boot_counted)
        return;
    for (size_t size; (size = vb_receiver_output(&device->core, clock->now_ms, &dst, bytes)) > 0;)
        (void)link->send(link->ctx, &dst, bytes, size);
}

/* == Answers ================================================================================= */

void vb_receiver_device_committed(struct vb_receiver_device *device, const struct vb_clock *clock,
                                  enum vb_receiver_store store, uint32_t token, enum vb_err result)
{
    bring(device, clock);
    switch (store) {
    case VB_RECEIVER_STORE_BOOT:
        vb_boot_store_committed(device, token, result);
        break;
    case VB_RECEIVER_STORE_SETTINGS:
        vb_settings_committed(&device->settings, token, result);
        vb_settings_table_start(&vb_receiver_settings_table, device);
        vb_push_receiver(&device->push);
        break;
    case VB_RECEIVER_STORE_CACHE:
        vb_receiver_committed(&device->core, clock->now_ms, token, result);
        break;
    }
}

/* A pause and its end are stored as events: they explain a gap. */
void vb_receiver_device_history(struct vb_receiver_device *device, const struct vb_clock *clock,
                                enum vb_history_state state)
{
    const bool paused = state == VB_HISTORY_PAUSED;
    bring(device, clock);
    vb_push_receiver(&device->push);
    if (paused == device->history_paused)
        return;
    device->history_paused = paused;
    if (paused)
        vb_watch_state(device, NULL, VB_STATE_HISTORY_PAUSED, VB_ALARM_WARNING,
                       "The history cannot be written and is paused. Is the disk full?");
    else
        vb_watch_state(device, NULL, VB_STATE_HISTORY_RESUMED, VB_ALARM_INFO,
                       "History is being written again.");
}

static bool same_facts(const struct vb_host_facts *a, const struct vb_host_facts *b)
{
    return strcmp(a->ip, b->ip) == 0 && strcmp(a->link_scope, b->link_scope) == 0 &&
           a->store_writes == b->store_writes && a->store_failed == b->store_failed &&
           a->store_persistent == b->store_persistent && a->store_recovered == b->store_recovered;
}

void vb_receiver_device_facts(struct vb_receiver_device *device, const struct vb_host_facts *facts)
{
    const bool changed = !same_facts(&device->facts, facts);
    device->facts = *facts;
    if (changed)
        vb_push_receiver(&device->push);
}

/* == The start and the end =================================================================== */

static void start_core(struct vb_receiver_device *device)
{
    const struct vb_receiver_sizes *sizes = &device->config.sizes;
    struct share share = {.base = device->config.memory};
    struct vb_receiver_values values;
    vb_settings_values(&device->settings, VB_SECTION_RECEIVER, &values);
    struct vb_receiver_config config = {
        .mac = device->config.mac,
        .seed = device->config.seed,
        .epoch = device->epoch,
        .store = device->config.ports.cache_store,
        .timing = device->config.timing,
        .seal = device->config.seal,
        .frame_bytes_max = device->config.ports.link->frame_bytes_max,
        .persist = values.persist_cache,
        .adopt_new = values.adopt_new,
        .remote_secrets = device->config.remote_secrets,
        .cache_size = sizes->cache_bytes,
        .ring_capacity = sizes->ring_readings,
        .peer_count = sizes->peers,
        .edit_count = sizes->edits,
    };
    share_out(&share, sizes, &config, &device->watched, &device->scratch);
    vb_receiver_init(&device->core, &config, device->clock.now_ms);
    vb_receiver_wall(&device->core, device->clock.now_ms, device->clock.wall_ms);
}

static void tell_start(struct vb_receiver_device *device)
{
    const struct vb_board_facts *board = &device->facts.board;
    char text[VB_ALARM_TEXT_SIZE];
    const size_t length = vb_append(text, 0, sizeof text, "Receiver started");
    (void)vb_start_say(board, text, length, sizeof text);
    vb_watch_state(device, NULL, VB_STATE_RECEIVER_STARTED, vb_start_level(board), text);
}

void vb_receiver_device_init(struct vb_receiver_device *device,
                             const struct vb_receiver_device_config *config,
                             const struct vb_clock *clock)
{
    const struct vb_receiver_sizes *sizes = &config->sizes;
    VB_ASSERT(sizes->peers >= 1 && sizes->edits >= 1 && sizes->open_alarms >= 1);
    VB_ASSERT(!records(sizes) || sizes->box_notes >= 1);
    memset(device, 0, sizeof *device);
    device->config = *config;
    device->facts = config->facts;
    device->clock = *clock;
    device->up_ms = 1; /* 0 means "never" */
    if (config->ports.recordings == NULL) {
        device->config.sizes.box_readings = 0;
        device->config.sizes.box_notes = 0;
    }
    vb_boot_store_begin(device);
    vb_settings_init(&device->settings, config->ports.settings_store);
    start_core(device);
    device->api = (struct vb_api){.receiver = &device->core,
                                  .settings = &device->settings,
                                  .facts = &device->facts,
                                  .policy = config->policy};
    vb_boot_store_load(device);
    vb_push_init(&device->push, &device->api);
    vb_receiver_sources_init(device);
    (void)vb_watch_follow(device);
    vb_settings_table_start(&vb_receiver_settings_table, device);
    vb_receiver_settings_begin(device);
    tell_start(device);
    device->second_at_up_ms = SECOND_MS;
}

void vb_receiver_device_stop(struct vb_receiver_device *device, const struct vb_clock *clock)
{
    bring(device, clock);
    vb_receiver_flush(&device->core, clock->now_ms);
    vb_watch_stop(device);
}

bool vb_receiver_device_is_writing(const struct vb_receiver_device *device)
{
    return device->core.committing;
}
