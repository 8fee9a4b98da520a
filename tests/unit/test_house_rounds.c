/* A receiver of sixteen transmitters through starts, pauses, silences and floods, round after
 * round: no alarm is false, none is missing, and what a page is told and holds is so after two
 * seconds.
 *
 * VB_HOUSE_ROUNDS says how many rounds with shortened liveness times (4), VB_HOUSE_ROUNDS_REAL how
 * many with the real ones (0): ./dev rounds plays 200 and 3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "../fixtures/house_look.h"
#include "voltbeacon/core/random.h"

enum {
    SETTLED_MS = 2000,
    SHORTER = 10,      /* times, and the readings of a pack come so much more often */
    FLOOD_FRAMES = 400 /* a step of 20 ms: 20,000 a second */
};

static struct house house;
static struct vb_random chance;
static unsigned
    lost_expected; /* alarms of a transmitter that is not heard, since the round began */

static uint32_t below(uint32_t limit)
{
    return vb_random_between(&chance, 0, limit - 1);
}

static struct vb_timing shorter(struct vb_timing timing)
{
    timing.beacon_rest_min /= SHORTER;
    timing.beacon_rest_max /= SHORTER;
    timing.degraded_after /= SHORTER;
    timing.offline_after /= SHORTER;
    for (unsigned i = 0; i < VB_ASKS_MAX; i++)
        timing.ask_at[i] /= SHORTER;
    return timing;
}

/* == What may come from outside ============================================================== */

/* Frames that no transmitter sent: noise, and what claims to be from one that is here. */
static void flood(void)
{
    const struct vb_clock clock = house_clock(&house);
    for (unsigned i = 0; i < FLOOD_FRAMES; i++) {
        uint8_t bytes[64];
        const uint16_t size = (uint16_t)below(sizeof bytes + 1);
        for (uint16_t n = 0; n < size; n++)
            bytes[n] = (uint8_t)below(256);
        if (below(2) == 0 && size > 2) {
            bytes[0] = VB_FRAME_MAGIC;
            bytes[1] = (uint8_t)below(20);
        }
        struct vb_link_frame frame = {.src = house.packs[below(house.pack_count)].mac,
                                      .dst = vb_mac_broadcast,
                                      .bytes = bytes,
                                      .size = size};
        if (below(2) == 0)
            frame.src.bytes[3] = (uint8_t)(1 + below(255));
        (void)vb_receiver_device_input(&house.device, &clock, &frame);
    }
}

/* Time goes on; flooded: among 20,000 bad frames a second. */
static void pass(uint32_t ms, bool flooded)
{
    for (uint32_t passed = 0; passed < ms; passed += HOUSE_STEP_MS) {
        if (flooded && house.running && !house.paused)
            flood();
        house_pass(&house, HOUSE_STEP_MS);
    }
}

/* == What must be so ========================================================================= */

static bool is_lost(const struct house_pack *pack)
{
    return pack->silent || !pack->on;
}

static void assert_alarms_are_so(void)
{
    unsigned lost = 0;
    for (uint8_t i = 0; i < house.pack_count; i++) {
        const struct house_pack *pack = &house.packs[i];
        struct vb_alarm_tally tally;
        house.device.occurrences.tally(house.device.occurrences.ctx, &pack->mac, &tally);
        assert_int_equal(tally.open, is_lost(pack) ? 1 : 0);
        assert_int_equal(vb_receiver_peer(&house.device.core, &pack->mac)->link,
                         is_lost(pack) ? VB_LINK_OFFLINE : VB_LINK_CONNECTED);
        lost += is_lost(pack);
    }
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, true, NULL), lost);
    assert_int_equal(house_alarms(&house, VB_ALARM_LINK_LOST, false, NULL), lost_expected);
    for (unsigned kind = 0; kind < VB_ALARM_KINDS; kind++) {
        if (kind != VB_ALARM_LINK_LOST)
            assert_int_equal(house_alarms(&house, (enum vb_alarm_kind)kind, false, NULL), 0);
    }
}

/* Of each pack that is heard the receiver holds what the pack itself has. */
static void assert_settings_are_so(void)
{
    for (uint8_t i = 0; i < house.pack_count; i++) {
        const struct house_pack *pack = &house.packs[i];
        if (is_lost(pack))
            continue;
        const struct vb_peer *peer = vb_receiver_peer(&house.device.core, &pack->mac);
        assert_non_null(peer);
        assert_int_equal(vb_peer_sync_worst(peer), VB_SYNC_VERIFIED);
        const struct vb_cache_entry *held = vb_cache_find(&peer->cache, VB_SECTION_BATTERY);
        const struct vb_cache_entry *own = vb_cache_find(&pack->t.live, VB_SECTION_BATTERY);
        assert_non_null(held);
        assert_int_equal(held->version, own->version);
        assert_int_equal(held->size, own->size);
        assert_memory_equal(vb_cache_bytes(&peer->cache, held), vb_cache_bytes(&pack->t.live, own),
                            own->size);
    }
}

/* What a page that has been open all the time was told last of each pack. */
static void assert_pages_are_so(struct vb_push_client *client, char links[][HOUSE_LINK_SIZE])
{
    house_read_links(&house, client, links);
    for (uint8_t i = 0; i < house.pack_count; i++)
        assert_string_equal(links[i], is_lost(&house.packs[i]) ? "Offline" : "Connected");
}

/* == A round ================================================================================= */

/* Some of the packs fall silent, and others are heard again. */
static void change_who_is_silent(void)
{
    for (uint8_t i = 0; i < house.pack_count; i++) {
        struct house_pack *pack = &house.packs[i];
        const bool was = pack->silent;
        pack->silent = below(3) == 0;
        lost_expected += pack->silent && !was;
    }
}

/* A setting of each pack, at the pack itself. */
static void change_settings(void)
{
    for (uint8_t i = 0; i < house.pack_count; i++)
        house_pack_set(&house.packs[i], house.now_ms, VB_SECTION_BATTERY, "cell_min_mv",
                       2500 + below(200));
}

static void begin_round(const struct vb_timing *timing, uint32_t interval_ms)
{
    house_new(&house);
    lost_expected = 0;
    house.config.timing = *timing;
    for (unsigned i = 0; i < HOUSE_PACKS_MAX; i++) {
        house.now_ms += HOUSE_STEP_MS * below(20); /* they do not speak in step */
        house_pack_new(&house)->interval_ms = interval_ms;
    }
    house_start(&house);
}

static void play_round(const struct vb_timing *timing, uint32_t interval_ms)
{
    static struct vb_push_client client;
    static char links[HOUSE_PACKS_MAX][HOUSE_LINK_SIZE];
    const uint32_t lost_ms = timing->offline_after + SETTLED_MS;
    begin_round(timing, interval_ms);
    pass(SETTLED_MS + timing->beacon_rest_max, below(2) == 0);
    assert_alarms_are_so();
    assert_settings_are_so();
    vb_push_join(&house.device.push, &client, VB_PUSH_STATE, NULL);
    assert_pages_are_so(&client, links);

    /* a flood, in which some fall silent and settings change */
    change_settings();
    pass(SETTLED_MS, true);
    assert_settings_are_so();
    change_who_is_silent();
    pass(lost_ms, true);
    assert_alarms_are_so();
    assert_pages_are_so(&client, links);

    /* a pause of any length, in which others do, and settings change */
    change_who_is_silent();
    house.paused = true;
    pass(HOUSE_STEP_MS + below(2 * timing->offline_after), false);
    change_settings();
    house.paused = false;
    pass(SETTLED_MS + timing->beacon_rest_max, below(2) == 0); /* who comes back waits for it */
    assert_settings_are_so();
    pass(lost_ms, false);
    assert_alarms_are_so();
    assert_pages_are_so(&client, links);
    vb_push_leave(&house.device.push, &client);

    /* the receiver is started anew, and then everybody is heard */
    house_stop(&house);
    change_settings();
    house_start(&house);
    pass(SETTLED_MS, below(2) == 0);
    assert_settings_are_so();
    for (uint8_t i = 0; i < house.pack_count; i++)
        house.packs[i].silent = false;
    pass(SETTLED_MS + timing->beacon_rest_max, below(2) == 0);
    assert_settings_are_so();
    assert_alarms_are_so();
}

static unsigned rounds(const char *name, unsigned usual)
{
    const char *text = getenv(name);
    return text == NULL ? usual : (unsigned)strtoul(text, NULL, 10);
}

static void no_alarm_is_false_or_missing_with_shortened_times(void **state)
{
    (void)state;
    const struct vb_timing timing = shorter(vb_timing_default);
    const unsigned count = rounds("VB_HOUSE_ROUNDS", 4);
    for (unsigned i = 0; i < count; i++) {
        vb_random_seed(&chance, i);
        play_round(&timing, PACK_INTERVAL_MS / SHORTER);
    }
    print_message("%u rounds with liveness times shortened to a tenth\n", count);
}

static void no_alarm_is_false_or_missing_with_the_real_times(void **state)
{
    (void)state;
    const unsigned count = rounds("VB_HOUSE_ROUNDS_REAL", 0);
    for (unsigned i = 0; i < count; i++) {
        vb_random_seed(&chance, 1000 + i);
        play_round(&vb_timing_default, PACK_INTERVAL_MS);
    }
    print_message("%u rounds with the real liveness times\n", count);
}

static int leave(void **state)
{
    (void)state;
    free(house.config.memory);
    house.config.memory = NULL;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_alarm_is_false_or_missing_with_shortened_times),
        cmocka_unit_test(no_alarm_is_false_or_missing_with_the_real_times),
    };
    return cmocka_run_group_tests(tests, NULL, leave);
}
