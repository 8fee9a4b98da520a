/* What is built for packs of 96 cells meets one of 120. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../fixtures/heard_reading.h"
#include "../fixtures/pack_of_120.h"
#include "voltbeacon/pack/alarms.h"
#include "voltbeacon/pack/weak_cells.h"

enum { CELLS = 96, AT_CELL_COUNT = 23, RAW_HEAD_BYTES = 25 };

static struct receiver_bench bench;
static struct bench_sender alpha;

void vb_panic(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, condition);
    abort();
}

static struct vb_reading reading_of_96(uint32_t sequence)
{
    struct vb_reading reading = {.sequence = sequence, .cell_count = CELLS};
    for (unsigned i = 0; i < CELLS; i++)
        reading.cell_mv[i] = (uint16_t)(3700 + i % 3);
    reading.cell_mv[CELLS - 1] = 3600;
    return reading;
}

static struct vb_codec_body body_of_96(uint16_t number)
{
    static struct vb_codec_encoder encoder;
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
    const struct vb_reading reading = reading_of_96(number);
    vb_codec_encoder_init(&encoder, VB_CODEC_BODY_BYTES_MAX);
    assert_int_equal(vb_codec_encode(&encoder, number, &reading, 0, bodies), 1);
    return bodies[0];
}

static void a_build_for_96_cells_has_memory_for_96(void **state)
{
    (void)state;
    const struct vb_reading reading;
    assert_int_equal(VB_COUNT_OF(reading.cell_mv), CELLS);
    assert_int_equal(sizeof reading.balancing, CELLS / 8);
    assert_true(sizeof reading <= 328); /* 520 with 192 cells */
}

static void the_codec_refuses_a_larger_pack_and_takes_its_own(void **state)
{
    (void)state;
    struct vb_codec_decoder decoder;
    struct vb_codec_part part = {.count = 9};
    struct vb_reading found = {.sequence = 77};
    const struct vb_reading before = found;
    vb_codec_decoder_init(&decoder);
    const struct vb_codec_decoder empty = decoder;
    assert_int_equal(
        vb_codec_decode(&decoder, 1, pack_of_120_body, sizeof pack_of_120_body, 0, &found, &part),
        VB_ERR_TOO_LONG);
    assert_memory_equal(&found, &before, sizeof found);
    assert_memory_equal(&decoder, &empty, sizeof decoder);
    assert_int_equal(part.count, 9);
    const struct vb_codec_body own = body_of_96(2);
    assert_int_equal(vb_codec_decode(&decoder, 2, own.bytes, own.size, 0, &found, &part),
                     VB_ERR_OK);
    assert_int_equal(found.cell_count, CELLS);
    assert_int_equal(found.cell_mv[CELLS - 1], 3600);
}

static void the_raw_form_of_a_larger_pack_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[VB_READING_BYTES_MAX] = {0};
    const struct vb_reading own = reading_of_96(1);
    struct vb_reading found = {.sequence = 77};
    assert_int_equal(vb_reading_encode(&own, 0, bytes), RAW_HEAD_BYTES + 2 * CELLS + CELLS / 8);
    assert_int_equal(bytes[AT_CELL_COUNT], CELLS);
    bytes[AT_CELL_COUNT] = CELLS + 1;
    assert_int_equal(vb_reading_decode(bytes, sizeof bytes, 0, &found), VB_ERR_MALFORMED);
    assert_int_equal(found.sequence, 77);
}

/* ---- The receiver ---- */

static void a_receiver_says_why_it_takes_no_reading_of_a_larger_pack(void **state)
{
    (void)state;
    struct vb_event event = {0};
    bench_new(&bench);
    sender_new(&alpha, 1);
    bench_init(&bench);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    (void)bench_events(&bench, VB_EVENT_REFUSED, NULL);
    for (uint16_t number = 1; number <= 3; number++)
        assert_int_equal(
            bench_reading(&bench, &alpha, number, pack_of_120_body, sizeof pack_of_120_body),
            VB_ERR_TOO_LONG);
    const struct vb_peer *peer = bench_peer_of(&bench, &alpha.mac);
    assert_int_equal(peer->quality.readings, 0);
    assert_int_equal(peer->ring.count, 0);
    assert_int_equal(peer->refused[-VB_ERR_TOO_LONG], 3);
    assert_true(bench_events(&bench, VB_EVENT_REFUSED, &event) > 0);
    assert_int_equal(event.err, VB_ERR_TOO_LONG);
    assert_int_equal(event.detail, VB_MESSAGE_READING);
    assert_int_equal(peer->link, VB_LINK_CONNECTED);
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK); /* all else as ever */

    const struct vb_codec_body own = body_of_96(4); /* of another pack, after a change of it */
    assert_int_equal(bench_reading(&bench, &alpha, 4, own.bytes, own.size), VB_ERR_OK);
    assert_int_equal(peer->quality.readings, 1);
    assert_int_equal(vb_reading_ring_at(&peer->ring, 0)->cell_mv[CELLS - 1], 3600);
}

/* ---- What is said of readings ---- */

static void alarms_and_weak_cells_serve_the_last_cell_of_96(void **state)
{
    (void)state;
    static struct vb_alarms alarms;
    static struct vb_alarm_slot slots[VB_ALARM_SLOTS_USUAL];
    static struct vb_weak_cells weak;
    struct vb_battery_values battery;
    struct vb_alarms_values settings;
    vb_section_defaults(vb_section_by_id(VB_SECTION_BATTERY), &battery);
    vb_section_defaults(vb_section_by_id(VB_SECTION_ALARMS), &settings);
    battery.cell_count = 120; /* as a larger pack's section says */
    const struct vb_alarm_limits limits = vb_alarm_limits(&battery, &settings);
    vb_alarms_init(&alarms, &limits, slots, VB_ALARM_SLOTS_USUAL);
    vb_weak_cells_init(&weak, limits.balance.low_load_ma);
    for (uint32_t i = 1; i <= 4; i++) {
        struct vb_reading reading = reading_of_96(i);
        struct vb_alarm_change change;
        reading.sampled_ms = i * 1000;
        reading.cell_mv[CELLS - 1] = 2000;
        vb_alarms_reading(&alarms, &reading, reading.sampled_ms, 0);
        vb_weak_cells_reading(&weak, &reading, &alarms.sweep, reading.sampled_ms, 0);
        while (vb_alarms_next(&alarms, &change))
            continue;
    }
    assert_non_null(vb_alarms_open(&alarms, VB_ALARM_CELL_UNDER_VOLTAGE, CELLS - 1));
    assert_int_equal(weak.cell_count, CELLS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_build_for_96_cells_has_memory_for_96),
        cmocka_unit_test(the_codec_refuses_a_larger_pack_and_takes_its_own),
        cmocka_unit_test(the_raw_form_of_a_larger_pack_is_refused),
        cmocka_unit_test(a_receiver_says_why_it_takes_no_reading_of_a_larger_pack),
        cmocka_unit_test(alarms_and_weak_cells_serve_the_last_cell_of_96),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
