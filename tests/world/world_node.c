#include "world/world_node.h"

#include <string.h>

static const struct vb_metadata_values identity = {
    .device_type = "transmitter", .environment = "DEVELOPMENT", .board = "simulator"};

void vb_world_node_init(struct vb_world_node *node, enum vb_world_role role, uint8_t index)
{
    node->role = role;
    node->index = index;
    node->mac = (struct vb_mac){{0x02, role == VB_WORLD_TRANSMITTER ? 0x71 : 0x72, 0, 0, 0, index}};
    node->timing = vb_timing_default;
    node->seal = NULL;
    node->remote_secrets = false;
    node->up = false;
    node->boots = 0;
    node->clock_ms = 0;
    node->wall_known = true;
    node->ahead_ms = 0;
    node->thaw_ms = VB_WORLD_NEVER_MS;
    node->plugged = VB_WORLD_ANY;
    node->wake_ms = VB_WORLD_NEVER_MS;
    node->reading_ms = VB_WORLD_NEVER_MS;
    node->boot_ms = VB_WORLD_NEVER_MS;
    node->cut_off_ms = 0;
    node->turns = 0;
    node->turn_ms = 0;
    node->disk = (struct vb_world_disk){.commit_ms_min = 1, .commit_ms_max = 1};
    node->power = (struct vb_world_power){0};
    for (unsigned i = 0; i < VB_WORLD_STORES; i++)
        vb_world_store_init(vb_world_node_store(node, (enum vb_world_store_kind)i), &node->power);
    vb_world_seams_init(&node->seams);
    node->transmitter.reading_every_ms = 0;
    node->transmitter.reading_sequence = 0;
    node->transmitter.reading_cells = 96;
    node->transmitter.quiet = false;
    node->receiver.sizes = (struct vb_receiver_sizes){.peers = VB_WORLD_PEERS,
                                                      .edits = VB_WORLD_EDITS_MAX,
                                                      .cache_bytes = VB_WORLD_CACHE_BYTES,
                                                      .ring_readings = VB_WORLD_READINGS_MAX,
                                                      .open_alarms = 48};
}

uint64_t vb_world_node_own_ms(const struct vb_world_node *node, uint64_t world_ms)
{
    return world_ms + (uint64_t)node->ahead_ms;
}

uint32_t vb_world_node_now_ms(const struct vb_world_node *node, uint64_t world_ms)
{
    return (uint32_t)(node->clock_ms + vb_world_node_own_ms(node, world_ms));
}

struct vb_clock vb_world_node_clock(const struct vb_world_node *node, uint64_t world_ms)
{
    const uint64_t wall_ms = VB_WORLD_WALL_MS + vb_world_node_own_ms(node, world_ms);
    return (struct vb_clock){.now_ms = vb_world_node_now_ms(node, world_ms),
                             .wall_ms = node->wall_known ? wall_ms : 0};
}

struct vb_world_store *vb_world_node_store(struct vb_world_node *node,
                                           enum vb_world_store_kind kind)
{
    return kind == VB_WORLD_STORE_MAIN ? &node->store : &node->own[kind - 1];
}

void vb_world_node_restart(struct vb_world_node *node)
{
    node->power.cut = false;
    node->power.cut_in = 0;
    for (unsigned i = 0; i < VB_WORLD_STORES; i++)
        vb_world_store_restart(vb_world_node_store(node, (enum vb_world_store_kind)i));
    vb_world_seams_restart(&node->seams);
}

static enum vb_err boot_transmitter(struct vb_world_node *node, const struct vb_clock *clock,
                                    uint64_t seed)
{
    struct vb_world_transmitter *transmitter = &node->transmitter;
    const struct vb_transmitter_config core = {
        .mac = node->mac,
        .seed = seed,
        .store = &node->store.port,
        .timing = node->timing,
        .seal = node->seal,
        .remote_secrets = node->remote_secrets,
        .identity = &identity,
        .cache_bytes = {transmitter->cache[0], transmitter->cache[1]},
        .cache_size = VB_WORLD_CACHE_BYTES,
        .scratch = transmitter->scratch};
    const struct vb_transmitter_device_config config = {.core = &core,
                                                        .link = &node->seams.link,
                                                        .broker = &node->seams.broker,
                                                        .source = &node->seams.source,
                                                        .network = &node->seams.network,
                                                        .sink = &node->seams.sink};
    return vb_transmitter_device_init(&transmitter->device, &config, clock);
}

static void boot_receiver(struct vb_world_node *node, const struct vb_clock *clock, uint64_t seed)
{
    struct vb_world_receiver *receiver = &node->receiver;
    const bool records = receiver->sizes.box_readings > 0;
    const struct vb_receiver_device_config config = {
        .mac = node->mac,
        .seed = seed,
        .timing = node->timing,
        .seal = node->seal,
        .remote_secrets = node->remote_secrets,
        .sizes = receiver->sizes,
        .memory = receiver->memory,
        .ports = {.boot_store = &node->own[VB_WORLD_STORE_BOOT - 1].port,
                  .settings_store = &node->own[VB_WORLD_STORE_SETTINGS - 1].port,
                  .cache_store = &node->store.port,
                  .events = &node->seams.events.port,
                  .history = &node->seams.history.port,
                  .recordings = records ? &node->seams.recordings.port : NULL,
                  .link = &node->seams.link,
                  .sink = node->seams.sink}};
    VB_ASSERT(vb_receiver_device_bytes(&receiver->sizes) <= sizeof receiver->memory);
    vb_receiver_device_init(&receiver->device, &config, clock);
}

enum vb_err vb_world_node_boot(struct vb_world_node *node, uint64_t world_ms, uint64_t seed)
{
    const struct vb_clock clock = vb_world_node_clock(node, world_ms);
    enum vb_err err = VB_ERR_OK;
    if (node->role == VB_WORLD_TRANSMITTER)
        err = boot_transmitter(node, &clock, seed);
    else
        boot_receiver(node, &clock, seed);
    return node->power.cut ? VB_ERR_STORE : err;
}

enum vb_err vb_world_node_input(struct vb_world_node *node, uint64_t world_ms,
                                const struct vb_link_frame *frame)
{
    const struct vb_clock clock = vb_world_node_clock(node, world_ms);
    if (node->role == VB_WORLD_TRANSMITTER)
        return vb_transmitter_device_input(&node->transmitter.device, &clock, frame);
    return vb_receiver_device_input(&node->receiver.device, &clock, frame);
}

void vb_world_node_tick(struct vb_world_node *node, uint64_t world_ms)
{
    const struct vb_clock clock = vb_world_node_clock(node, world_ms);
    if (node->role == VB_WORLD_TRANSMITTER)
        vb_transmitter_device_tick(&node->transmitter.device, &clock);
    else
        vb_receiver_device_tick(&node->receiver.device, &clock);
}

void vb_world_node_settle(struct vb_world_node *node, uint64_t world_ms)
{
    const struct vb_clock clock = vb_world_node_clock(node, world_ms);
    if (node->role == VB_WORLD_TRANSMITTER)
        vb_transmitter_device_output(&node->transmitter.device, &clock);
    else
        vb_receiver_device_output(&node->receiver.device, &clock);
}

uint32_t vb_world_node_wakeup_ms(const struct vb_world_node *node, uint64_t world_ms)
{
    const struct vb_clock clock = vb_world_node_clock(node, world_ms);
    if (node->role == VB_WORLD_TRANSMITTER)
        return vb_transmitter_device_wakeup_ms(&node->transmitter.device, &clock);
    return vb_receiver_device_wakeup_ms(&node->receiver.device, &clock);
}

void vb_world_node_committed(struct vb_world_node *node, uint64_t world_ms,
                             enum vb_world_store_kind kind, enum vb_world_outcome outcome,
                             struct vb_random *dice)
{
    static const enum vb_receiver_store stores[VB_WORLD_STORES] = {
        [VB_WORLD_STORE_MAIN] = VB_RECEIVER_STORE_CACHE,
        [VB_WORLD_STORE_BOOT] = VB_RECEIVER_STORE_BOOT,
        [VB_WORLD_STORE_SETTINGS] = VB_RECEIVER_STORE_SETTINGS};
    const struct vb_clock clock = vb_world_node_clock(node, world_ms);
    struct vb_world_store *store = vb_world_node_store(node, kind);
    const uint32_t token = store->token;
    const enum vb_err result = vb_world_store_end(store, outcome, dice);
    if (node->power.cut)
        return; /* nobody is there to hear it */
    if (node->role == VB_WORLD_TRANSMITTER)
        vb_transmitter_device_committed(&node->transmitter.device, &clock, token, result);
    else
        vb_receiver_device_committed(&node->receiver.device, &clock, stores[kind], token, result);
}

void vb_world_reading(uint32_t sequence, uint8_t cells, struct vb_reading *reading)
{
    memset(reading, 0, sizeof *reading);
    reading->sequence = sequence;
    reading->flags = VB_READING_TOGETHER | VB_READING_HAS_VOLTAGE;
    reading->pack_mv = sequence % 1000000;
    reading->cell_count = cells;
    /* A quarter of them have no pattern: such a reading of a long pack takes two frames. */
    const uint32_t apart = sequence / 16 % 4 == 3 ? 2731 : 1;
    for (uint8_t i = 0; i < cells; i++)
        reading->cell_mv[i] = (uint16_t)((sequence * 193u + i * apart) % VB_CELL_MV_MAX);
}

/* What is wrong in 20 of the 64 samples of every second block. */
enum hurt { CELL_LOW, CELL_HIGH, CELL_GONE, HOT, COLD, SUM_LOW, SUM_HIGH, HURTS };

static void hurt(struct vb_reading *reading, enum hurt what, uint8_t cell)
{
    const int more_dc = (int)(reading->sequence % 7);
    switch (what) {
    case CELL_LOW:
    case CELL_HIGH:
        reading->cell_mv[cell] = what == CELL_LOW ? 2300 : 4500;
        break;
    case CELL_GONE:
        reading->cell_mv[cell] = VB_CELL_NOT_AVAILABLE;
        break;
    case HOT:
    case COLD:
        reading->temp_dc[0] = (int16_t)(what == HOT ? 600 + more_dc : -100 - more_dc);
        break;
    case SUM_LOW:
    case SUM_HIGH: /* the pack's voltage, see below */
    case HURTS:
        break;
    }
}

/* A single nonsense sample. */
static void wild(struct vb_reading *reading, uint8_t cell)
{
    if (reading->sequence % 64 == 8)
        reading->temp_dc[1] = 800;
    else if (reading->sequence % 64 == 50)
        reading->cell_mv[cell] = 4600;
}

void vb_world_quiet_reading(uint32_t sequence, uint8_t cells, struct vb_reading *reading)
{
    const uint32_t block = sequence / 64;
    const uint8_t cell = (uint8_t)(block * 7 % cells);
    const bool is_hurt = block % 2 == 1 && sequence % 64 >= 20 && sequence % 64 < 40;
    const enum hurt what = (enum hurt)(block / 2 % HURTS);
    *reading = (struct vb_reading){.sequence = sequence,
                                   .flags = VB_READING_TOGETHER | VB_READING_HAS_VOLTAGE,
                                   .cell_count = cells,
                                   .temp_count = 2,
                                   .temp_dc = {210, 225}};
    for (uint8_t i = 0; i < cells; i++)
        reading->cell_mv[i] = (uint16_t)(3650 + (sequence * 17 + i) % 41);
    if (is_hurt)
        hurt(reading, what, cell);
    else if (block % 4 == 2)
        wild(reading, cell);
    for (uint8_t i = 0; i < cells; i++)
        reading->pack_mv +=
            reading->cell_mv[i] == VB_CELL_NOT_AVAILABLE ? 3650 : reading->cell_mv[i];
    if (is_hurt && (what == SUM_LOW || what == SUM_HIGH))
        reading->pack_mv = reading->pack_mv / 10 * (what == SUM_LOW ? 7 : 13);
}

void vb_world_node_sample(struct vb_world_node *node, uint64_t world_ms)
{
    struct vb_world_transmitter *transmitter = &node->transmitter;
    const struct vb_clock clock = vb_world_node_clock(node, world_ms);
    struct vb_reading reading;
    transmitter->reading_sequence++;
    if (transmitter->quiet)
        vb_world_quiet_reading(transmitter->reading_sequence, transmitter->reading_cells, &reading);
    else
        vb_world_reading(transmitter->reading_sequence, transmitter->reading_cells, &reading);
    reading.sampled_ms = clock.now_ms;
    reading.wall_ms = clock.wall_ms;
    vb_transmitter_device_reading(&transmitter->device, &clock, &reading);
}
