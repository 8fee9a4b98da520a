/* What a receiver asks of one who is heard and does not answer: less and less often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/heard_reading.h"
#include "../fixtures/sender_alpha.h"

enum {
    READINGS_APART_MS = 100,
    BEACON_EVERY = 150, /* readings */
    MINUTES_5 = 3000,   /* readings */
    AT_FIRST = 12,      /* while the distance grows */
    HELLOS_MAX = 60,    /* in five minutes: one in 5 s */
    REQUESTS_MAX = 75,  /* likewise: one in 4 s */
    NOTHING = 0
};

static struct bench_sender other; /* another device, or boot, under its address */
static struct vb_codec_encoder encoder;
static uint16_t number;
static unsigned hellos;
static unsigned requests;

static const uint8_t changed[] = {1, 1, 1, 3, 2, 0x5b, 0x07};

static int begun(void **state)
{
    (void)alpha_unheard(state);
    other = alpha;
    vb_cache_init(&other.cache, other.cache_bytes, sizeof other.cache_bytes);
    sender_holds(&other, VB_SECTION_MQTT, 7, changed, sizeof changed);
    vb_codec_encoder_init(&encoder, VB_CODEC_BODY_BYTES_MAX);
    number = 0;
    return 0;
}

static int in_sync(void **state)
{
    begun(state);
    assert_int_equal(announce(&alpha), VB_ERR_OK);
    bench_outlast_late_frames(&bench);
    bench_clear(&bench);
    assert_int_equal(vb_peer_sync_worst(peer()), VB_SYNC_VERIFIED);
    return 0;
}

static void sample(struct bench_sender *sender)
{
    const struct vb_reading reading = {
        .sequence = 1, .cell_count = 4, .cell_mv = {3801, 3800, 3799, 3802}};
    struct vb_codec_body bodies[VB_CODEC_PARTS_MAX];
    assert_int_equal(vb_codec_encode(&encoder, ++number, &reading, 0, bodies), 1);
    (void)bench_reading(&bench, sender, number, bodies[0].bytes, bodies[0].size);
}

static void answer(struct bench_sender *who)
{
    if (bench.sent[VB_MESSAGE_HELLO] > 0)
        (void)bench_answer(&bench, who, bench_nonce(&bench));
    if (bench.sent[VB_MESSAGE_REQUEST] == 0)
        return;
    const struct vb_record record = sender_record(who, VB_SECTION_MQTT, 0);
    (void)bench_data(&bench, who, &record, 1);
}

/* Readings of sender come for so long, with a beacon between them now and then. Where it is not
 * NULL, `who` answers what is asked. */
static void listen(struct bench_sender *sender, unsigned readings, bool beacons,
                   struct bench_sender *who)
{
    hellos = 0;
    requests = 0;
    for (unsigned i = 1; i <= readings; i++) {
        bench_pass(&bench, READINGS_APART_MS);
        sample(sender);
        if (beacons && i % BEACON_EVERY == 0)
            (void)bench_beacon(&bench, sender, NULL, 0);
        bench_output(&bench);
        hellos += bench.sent[VB_MESSAGE_HELLO];
        requests += bench.sent[VB_MESSAGE_REQUEST];
        if (who != NULL)
            answer(who);
        memset(bench.sent, 0, sizeof bench.sent);
    }
}

static void one_who_tells_no_state_and_does_not_answer_is_asked_less_and_less(void **state)
{
    (void)state;
    listen(&alpha, MINUTES_5, false, NULL);
    assert_in_range(hellos, HELLOS_MAX / 2, HELLOS_MAX + AT_FIRST);
    listen(&alpha, MINUTES_5, false, NULL);
    assert_in_range(hellos, HELLOS_MAX / 2, HELLOS_MAX);
    assert_int_equal(requests, NOTHING);
}

static void once_it_has_answered_the_next_question_is_asked_soon(void **state)
{
    (void)state;
    listen(&alpha, MINUTES_5, false, NULL);
    listen(&alpha, 60, false, &alpha);
    assert_in_range(hellos, 1, 2);
    assert_int_equal(vb_peer_sync_worst(peer()), VB_SYNC_VERIFIED);
    alpha.digest_error = 1; /* a change, whose beacon is lost */
    listen(&alpha, 3, false, NULL);
    assert_in_range(hellos, 1, 2);
}

/* The one that is believed answers each time: that says nothing of the other. */
static void another_boot_that_does_not_answer_is_asked_about_less_and_less(void **state)
{
    for (unsigned newer = 0; newer < 2; newer++) {
        in_sync(state);
        other.store_id++;
        other.boot += 5;
        other.epoch = (uint16_t)(alpha.epoch + (newer != 0 ? 100 : -100));
        listen(&other, MINUTES_5, true, &alpha);
        assert_in_range(hellos, HELLOS_MAX / 2, HELLOS_MAX + AT_FIRST);
        listen(&other, MINUTES_5, true, &alpha);
        assert_in_range(hellos, HELLOS_MAX / 2, HELLOS_MAX);
        assert_int_equal(vb_peer_sync_worst(peer()), VB_SYNC_VERIFIED);
        assert_int_equal(peer()->quality.reboots, 0);
        listen(&other, 60, true, &other); /* it is there after all */
        assert_int_equal(peer()->quality.reboots, 1);
    }
}

static void yet_another_boot_is_asked_about_soon(void **state)
{
    in_sync(state);
    other.store_id++;
    other.boot += 5;
    other.epoch = (uint16_t)(alpha.epoch + 100);
    listen(&other, MINUTES_5, true, &alpha);
    other.boot += 5;
    other.epoch++;
    listen(&other, 5, true, &other);
    assert_int_equal(peer()->boot.name, other.boot);
}

static void a_change_is_asked_for_less_and_less_where_nothing_comes(void **state)
{
    for (unsigned beacons = 0; beacons < 2; beacons++) {
        in_sync(state);
        sender_holds(&alpha, VB_SECTION_MQTT, 8, changed, sizeof changed);
        listen(&alpha, MINUTES_5, beacons != 0, NULL);
        /* And one for each beacon, since the boot is not proven. */
        const unsigned asked_max = REQUESTS_MAX + (beacons != 0 ? MINUTES_5 / BEACON_EVERY : 0);
        assert_in_range(hellos + requests, HELLOS_MAX / 2, asked_max + AT_FIRST);
        listen(&alpha, MINUTES_5, beacons != 0, NULL);
        assert_in_range(hellos + requests, HELLOS_MAX / 2, asked_max);
    }
    sender_holds(&alpha, VB_SECTION_MQTT, 9, content, sizeof content); /* something new */
    assert_int_equal(bench_beacon(&bench, &alpha, NULL, 0), VB_ERR_OK);
    listen(&alpha, 20, false, NULL);
    assert_in_range(requests, 4, 8);
}

/* Its readings name no boot, so that they seem to be of the one that is believed. */
static void one_of_the_same_epoch_is_asked_about_less_and_less(void **state)
{
    in_sync(state);
    other.boot += 5;
    listen(&other, MINUTES_5, false, &alpha);
    assert_in_range(hellos, HELLOS_MAX / 2, HELLOS_MAX + AT_FIRST);
    listen(&other, MINUTES_5, false, &alpha);
    assert_in_range(hellos, HELLOS_MAX / 2, HELLOS_MAX);
    alpha.digest_error = 1; /* it changes, and is heard again */
    listen(&alpha, 55, false, NULL);
    assert_in_range(hellos, 1, 12);
}

static void what_is_claimed_is_asked_about_six_times(void **state)
{
    in_sync(state);
    bench_peer_of(&bench, &alpha.mac)->boot.state = VB_BOOT_PROVEN;
    hellos = 0;
    alpha.digest_error = 1;
    for (unsigned i = 0; i < MINUTES_5; i++) {
        bench_pass(&bench, READINGS_APART_MS);
        if (i % BEACON_EVERY == 0)
            (void)bench_beacon(&bench, &alpha, NULL, 0);
        bench_output(&bench);
        hellos += bench.sent[VB_MESSAGE_HELLO];
        memset(bench.sent, 0, sizeof bench.sent);
    }
    assert_in_range(hellos, 4, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_who_tells_no_state_and_does_not_answer_is_asked_less_and_less,
                               begun),
        cmocka_unit_test_setup(once_it_has_answered_the_next_question_is_asked_soon, begun),
        cmocka_unit_test_setup(another_boot_that_does_not_answer_is_asked_about_less_and_less,
                               begun),
        cmocka_unit_test_setup(yet_another_boot_is_asked_about_soon, begun),
        cmocka_unit_test_setup(one_of_the_same_epoch_is_asked_about_less_and_less, begun),
        cmocka_unit_test_setup(what_is_claimed_is_asked_about_six_times, begun),
        cmocka_unit_test_setup(a_change_is_asked_for_less_and_less_where_nothing_comes, begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
