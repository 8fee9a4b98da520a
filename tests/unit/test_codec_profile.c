/* What both ends of the codec hold of the pack, number by number: an end that counts otherwise
 * reads other cells out of the same frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../core/src/codec_profile.h"

enum { CELLS = 4, TEMPS = 2, FIRST = 65530 /* numbers wrap */ };

static struct vb_reading at_rest(void)
{
    return (struct vb_reading){.wall_ms = 1700000000000u,
                               .cell_count = CELLS,
                               .temp_count = TEMPS,
                               .cell_mv = {3700, 3700, 3700, 3700},
                               .temp_dc = {200, 250}};
}

static struct vb_codec_profile profile_of(const struct vb_reading *reading)
{
    struct vb_codec_profile profile;
    vb_profile_set(&profile, FIRST, reading);
    return profile;
}

/* ---- Temperatures ---- */

static void a_temperature_that_is_away_at_a_keyframe_moves_nothing(void **state)
{
    (void)state;
    struct vb_reading reading = at_rest();
    struct vb_codec_profile profile = profile_of(&reading);
    reading.temp_dc[0] = VB_TEMP_NOT_AVAILABLE;
    reading.temp_dc[1] = 252;
    assert_false(vb_profile_suits_temps(&profile, &reading));
    (void)vb_profile_offer(&profile, FIRST + 1, &reading, 0, VB_CORRECTION_HALF);
    assert_int_equal(profile.temp_surprise[0], 0);
    vb_profile_adopt(&profile);
    assert_int_equal(vb_profile_temp_dc(&profile, 0, 0), 200);
    assert_int_equal(vb_profile_temp_dc(&profile, 1, 0), 251);
}

static void a_missing_temperature_stays_missing_until_the_profile_is_renewed(void **state)
{
    (void)state;
    struct vb_reading reading = at_rest();
    reading.temp_dc[0] = VB_TEMP_NOT_AVAILABLE;
    struct vb_codec_profile profile = profile_of(&reading);
    reading.temp_dc[0] = 200;
    (void)vb_profile_offer(&profile, FIRST + 1, &reading, 0, VB_CORRECTION_HALF);
    assert_int_equal(profile.temp_surprise[0], 0);
    vb_profile_adopt(&profile);
    assert_int_equal(vb_profile_temp_dc(&profile, 0, 0), VB_TEMP_NOT_AVAILABLE);
}

/* ---- What two keyframes in a row show ---- */

/* The first cell's, in quarters of a mV; the keyframe has no answer, so nothing is corrected. What
 * is rounded away by a half is nothing unless the other of the two is more. */
static void what_no_correction_mends_does_not_persist(void **state)
{
    (void)state;
    static const struct {
        int8_t before;
        int8_t now;
        int32_t persisting;
    } cases[] = {{-1, -1, 0}, {-1, 1, -1}, {1, -1, -1}, {1, 1, 1}, {-2, -1, 2}, {-1, -2, 2}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        struct vb_reading reading = at_rest();
        struct vb_codec_profile profile = profile_of(&reading);
        const uint16_t level = profile.level[0];
        profile.level[0] = (uint16_t)(level - cases[i].before);
        (void)vb_profile_offer(&profile, FIRST + 1, &reading, 0, VB_CORRECTION_HALF);
        profile.level[0] = (uint16_t)(level - cases[i].now);
        const struct vb_profile_surprise shown =
            vb_profile_offer(&profile, FIRST + 2, &reading, 0, VB_CORRECTION_HALF);
        assert_int_equal(shown.size, cases[i].now * cases[i].now);
        assert_int_equal(shown.persisting, cases[i].persisting);
    }
}

/* ---- The wall clock ---- */

static void an_interval_is_known_of_two_clocks_that_are_less_than_49_days_apart(void **state)
{
    (void)state;
    static const struct {
        uint64_t from_ms;
        uint64_t to_ms;
        uint16_t interval_ms;
    } cases[] = {
        {1700000000000u, 1700000001000u, 100},
        {1700000000000u, 1700000655350u, 65535},
        {1700000000000u, 1700000655360u, 0}, /* as long as no interval is */
        {1700000001000u, 1700000000000u, 0}, /* it goes back */
        {0, 1000, 0},                        /* not known, though the other says 1970 */
        {1000, 0, 0},
        {5000, 6000, 100},
        {1000, 1000 + UINT32_MAX, 0},
        {1000, 2000 + (1ull << 32), 0},
        {(1ull << 32) - 500, 0, 0},
    };
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        struct vb_reading reading = at_rest();
        reading.wall_ms = cases[i].from_ms;
        struct vb_codec_profile profile = profile_of(&reading);
        reading.wall_ms = cases[i].to_ms;
        (void)vb_profile_offer(&profile, (uint16_t)(FIRST + 10), &reading, 0, VB_CORRECTION_HALF);
        vb_profile_adopt(&profile);
        assert_int_equal(profile.interval_ms, cases[i].interval_ms);
        assert_int_equal(profile.held.number, (uint16_t)(FIRST + 10));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_temperature_that_is_away_at_a_keyframe_moves_nothing),
        cmocka_unit_test(a_missing_temperature_stays_missing_until_the_profile_is_renewed),
        cmocka_unit_test(what_no_correction_mends_does_not_persist),
        cmocka_unit_test(an_interval_is_known_of_two_clocks_that_are_less_than_49_days_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
