/* What core, pack and device take of RAM on rv32, and codec and alarms of time, for size.py: one
 * "name=bytes" or "name=instructions" a line. */
#include "history/ram_history.h"
#include "receiver_ram.h"
#include "voltbeacon/core/codec.h"
#include "voltbeacon/core/random.h"
#include "voltbeacon/core/receiver.h"
#include "voltbeacon/core/settings.h"
#include "voltbeacon/core/transmitter.h"
#include "voltbeacon/pack/alarms.h"
#include "voltbeacon/pack/weak_cells.h"

/* ---- Time ---- */

enum { READINGS = 256, CELLS = 96 };

/* QEMU counts them exactly where it is run with -icount. */
static uint32_t instructions(void)
{
    uint32_t count;
    __asm__ volatile("csrr %0, minstret" : "=r"(count));
    return count;
}

/* Cells apart by up to 20 mV, a load that comes and goes, a noise of about 0.7 mV. */
static struct vb_reading pack_reading(struct vb_random *random, uint16_t number)
{
    struct vb_reading reading = {.sequence = number,
                                 .wall_ms = 1700000000000u + number * 100u,
                                 .flags = VB_READING_HAS_VOLTAGE | VB_READING_HAS_CURRENT,
                                 .cell_count = CELLS,
                                 .current_ma = number / 32 % 2 == 0 ? 0 : -20000};
    for (unsigned i = 0; i < CELLS; i++) {
        const uint32_t noise = vb_random_between(random, 0, 1) + vb_random_between(random, 0, 1);
        reading.cell_mv[i] = (uint16_t)(3700 + i * 37 % 21 + noise - number / 32 % 2 * 30);
        reading.pack_mv += reading.cell_mv[i];
    }
    return reading;
}

static void say_codec(void)
{
    struct vb_codec_encoder encoder;
    struct vb_codec_decoder decoder;
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
    struct vb_random random;
    uint32_t encode = 0;
    uint32_t decode = 0;
    vb_codec_encoder_init(&encoder, VB_CODEC_BODY_BYTES_MAX);
    vb_codec_decoder_init(&decoder);
    vb_random_seed(&random, 1);
    for (uint16_t number = 0; number < READINGS; number++) {
        const struct vb_reading reading = pack_reading(&random, number);
        struct vb_reading found;
        struct vb_codec_part part;
        const uint32_t begin = instructions();
        const uint8_t count = vb_codec_encode(&encoder, number, &reading, 1, bodies);
        const uint32_t middle = instructions();
        const enum vb_err err =
            vb_codec_decode(&decoder, number, bodies[0].bytes, bodies[0].size, 0, &found, &part);
        decode += instructions() - middle;
        encode += middle - begin;
        VB_ASSERT(count == 1 && err == VB_ERR_OK && found.cell_mv[0] == reading.cell_mv[0]);
        vb_codec_acked(&encoder, number);
    }
    say("codec: encode, instructions", encode / READINGS);
    say("codec: decode, instructions", decode / READINGS);
}

/* What is said of each reading of a pack at rest and under load, ten a second. */
static void say_pack(void)
{
    static struct vb_alarms alarms;
    static struct vb_alarm_slot slots[VB_ALARM_SLOTS_USUAL];
    static struct vb_weak_cells weak;
    struct vb_battery_values battery;
    struct vb_alarms_values settings;
    struct vb_random random;
    uint32_t all = 0;
    uint32_t most = 0;
    vb_section_defaults(vb_section_by_id(VB_SECTION_BATTERY), &battery);
    vb_section_defaults(vb_section_by_id(VB_SECTION_ALARMS), &settings);
    const struct vb_alarm_limits limits = vb_alarm_limits(&battery, &settings);
    vb_alarms_init(&alarms, &limits, slots, VB_ALARM_SLOTS_USUAL);
    vb_weak_cells_init(&weak, limits.balance.low_load_ma);
    vb_random_seed(&random, 1);
    for (uint16_t number = 0; number < READINGS; number++) {
        struct vb_reading reading = pack_reading(&random, number);
        struct vb_alarm_change change;
        reading.sampled_ms = number * 100u;
        const uint32_t begin = instructions();
        vb_alarms_reading(&alarms, &reading, reading.sampled_ms, reading.wall_ms);
        vb_weak_cells_reading(&weak, &reading, &alarms.sweep, reading.sampled_ms, reading.wall_ms);
        const uint32_t taken = instructions() - begin;
        all += taken;
        most = taken > most ? taken : most;
        VB_ASSERT(!vb_alarms_next(&alarms, &change));
    }
    VB_ASSERT(alarms.balance.calm_sweeps > READINGS / 4);
    say("RAM: pack, each transmitter", sizeof alarms + sizeof slots + sizeof weak);
    say("pack: a reading, instructions", all / READINGS);
    say("pack: a load step, instructions", most);
}

/* ---- The history in memory ---- */

static uint64_t wall_ms(void)
{
    return UINT64_C(1795478400000);
}

/* The most that one piece of an answer takes: a point of all three days, made of all there are. */
static uint32_t longest_piece(const struct vb_ram_history *history, const struct vb_mac *mac)
{
    const struct vb_history_span span = {
        .mac = *mac, .tier = VB_TIER_1H, .step_s = 259200, .to_s = INT64_C(1) << 40};
    const struct vb_history_source *source = &history->source;
    uint32_t most = 0;
    int64_t at_s = 0;
    for (;;) {
        struct vb_history_view view;
        const uint32_t begin = instructions();
        const enum vb_err err = source->point(source->ctx, &span, at_s, &at_s, &view);
        const uint32_t taken = instructions() - begin;
        most = taken > most ? taken : most;
        if (err != VB_ERR_OK)
            return most;
        at_s += span.step_s;
    }
}

/* Days with a reading every 5 minutes, but for `gaps` in 8 quarters of an hour. */
static void say_history(const char *name, uint32_t gaps)
{
    static uint8_t memory[4096] __attribute__((aligned(8)));
    static const struct vb_history_settings settings = {.enabled = true};
    struct vb_ram_history history;
    struct vb_random random;
    const struct vb_mac mac = {{2, 0, 0, 0, 0, 1}};
    const struct vb_ram_history_config config = {
        .sizes = {1, 3, 1}, .memory = memory, .wall_ms = wall_ms};
    uint32_t most = 0;
    VB_ASSERT(vb_ram_history_bytes(&config.sizes) <= sizeof memory);
    vb_ram_history_init(&history, &config);
    history.store.set(&history, &settings);
    vb_random_seed(&random, 1);
    for (uint32_t i = 0; i < 8 * 288; i++) {
        const struct vb_reading reading = pack_reading(&random, (uint16_t)i);
        if (i / 3 * UINT32_C(2654435761) >> 29 < gaps)
            continue;
        const uint32_t begin = instructions();
        (void)history.store.add(&history, &mac, 1, &reading, wall_ms() + i * UINT64_C(300000));
        const uint32_t taken = instructions() - begin;
        most = taken > most ? taken : most;
    }
    if (gaps == 0)
        say("history: a reading at the most, instructions", most);
    say(name, longest_piece(&history, &mac));
}

static void say_device(void)
{
    say("RAM: receiver device, 1 transmitter", device_bytes(1));
    say("RAM: receiver device, 2 transmitters", device_bytes(2));
    say("RAM: receiver device, 4 transmitters", device_bytes(4));
    say("RAM: 16 events", 16 * sizeof(struct vb_occurrence));
}

int main(void)
{
    say("RAM: transmitter",
        sizeof(struct vb_transmitter) + 2 * (size_t)vb_transmitter_cache_size() + VB_SCRATCH_BYTES);
    say("RAM: receiver", sizeof(struct vb_receiver));
    say("RAM: receiver, each peer", sizeof(struct vb_peer) + peer_cache_size());
    say("RAM: receiver, reassembly", VB_SECTION_BYTES_MAX);
    say("RAM: receiver, scratch", VB_SCRATCH_BYTES);
    say("RAM: receiver, each edit", sizeof(struct vb_edit));
    say("RAM: receiver, each reading kept", sizeof(struct vb_reading));
    say("RAM: receiver, own settings", sizeof(struct vb_settings));
    say_codec();
    say_pack();
    say_history("history: the longest piece, instructions", 0);
    say_history("history: the same with gaps, instructions", 4);
    say_device();
    return 0;
}
