/* A receiver that did not run for a while reads what came meanwhile: that was heard when it came.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/sender_answers.h"

static struct receiver_bench bench;
static struct bench_sender alpha;

static const uint8_t mqtt[] = {1, 1, 0, 3, 2, 0x5b, 0x07};

static const struct vb_peer *peer(void)
{
    return bench_peer(&bench, &alpha);
}

/* Its beacon, with all that it holds, has waited so long. */
static void hear_beacon(uint32_t waited_ms)
{
    const struct vb_record record = sender_record(&alpha, VB_SECTION_MQTT, 0);
    vb_receiver_late(&bench.r, waited_ms);
    assert_int_equal(bench_beacon(&bench, &alpha, &record, 1), VB_ERR_OK);
}

static int connected(void **state)
{
    (void)state;
    bench_new(&bench);
    sender_new(&alpha, 1);
    sender_holds(&alpha, VB_SECTION_MQTT, 7, mqtt, sizeof mqtt);
    bench_init(&bench);
    hear_beacon(0);
    bench_settle(&bench, VB_ERR_OK);
    bench_clear(&bench);
    assert_int_equal(peer()->link, VB_LINK_CONNECTED);
    assert_int_equal(vb_peer_sync_worst(peer()), VB_SYNC_VERIFIED);
    return 0;
}

/* It died 100 s ago, in a pause of 300 s; its beacons of every 15 s before that are in the socket.
 * Whether they are read before the first tick or after it. */
static void beacons_of_a_dead_transmitter_in_the_socket_do_not_connect_it_C1(void **state)
{
    for (unsigned tick_first = 0; tick_first < 2; tick_first++) {
        connected(state);
        bench.now_ms += 300000;
        if (tick_first != 0)
            vb_receiver_tick(&bench.r, bench.now_ms);
        for (uint32_t waited_ms = 285000; waited_ms > 100000; waited_ms -= 15000)
            hear_beacon(waited_ms);
        hear_beacon(100000);
        bench_pass(&bench, 0);
        assert_int_equal(peer()->link, VB_LINK_OFFLINE);
        assert_int_equal(vb_peer_sync_worst(peer()), VB_SYNC_STALE);
        assert_int_equal(vb_age_ms(&peer()->frame_age, bench.now_ms), 100000);
        assert_int_equal(vb_age_ms(&peer()->beacon_age, bench.now_ms), 100000);
        assert_int_equal(vb_peer_verified_ms(peer(), VB_SECTION_MQTT, bench.now_ms), 100000);
        assert_int_equal(vb_peer_next_beacon_ms(&bench.r, peer(), bench.now_ms), 0);
        struct vb_event event;
        while (vb_receiver_event(&bench.r, &event)) {
            if (event.type == VB_EVENT_LINK)
                assert_int_equal(event.detail, VB_LINK_OFFLINE);
        }
    }
}

/* One that lives is not called lost in between, if its newest frame is read before the tick. */
static void a_living_one_stays_connected_while_its_old_frames_are_read_C1(void **state)
{
    (void)state;
    bench.now_ms += 300000;
    for (uint32_t waited_ms = 285000; waited_ms > 0; waited_ms -= 15000)
        hear_beacon(waited_ms);
    hear_beacon(10);
    bench_pass(&bench, 0);
    assert_int_equal(peer()->link, VB_LINK_CONNECTED);
    assert_int_equal(vb_peer_sync_worst(peer()), VB_SYNC_VERIFIED);
    assert_int_equal(bench_events(&bench, VB_EVENT_LINK, NULL), 0);
}

static void a_link_is_what_it_would_be_had_the_frame_been_read_when_it_came_C1(void **state)
{
    static const struct {
        uint32_t waited_ms;
        enum vb_link_state link;
    } cases[] = {{19999, VB_LINK_CONNECTED},
                 {20000, VB_LINK_DEGRADED},
                 {29999, VB_LINK_DEGRADED},
                 {30000, VB_LINK_OFFLINE}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        connected(state);
        bench_pass(&bench, 60000);
        assert_int_equal(peer()->link, VB_LINK_OFFLINE);
        hear_beacon(cases[i].waited_ms);
        assert_int_equal(peer()->link, cases[i].link);
        bench_pass(&bench, 0);
        assert_int_equal(peer()->link, cases[i].link);
        bench_pass(&bench, 30000 - cases[i].waited_ms);
        assert_int_equal(peer()->link, VB_LINK_OFFLINE);
    }
}

/* The frame that comes next may be a reading, which says nothing of settings. */
static void what_was_told_before_the_silence_is_asked_about_after_it_A2(void **state)
{
    (void)state;
    bench_pass(&bench, 60000);
    hear_beacon(40000);
    assert_int_equal(peer()->link, VB_LINK_OFFLINE);
    assert_int_equal(peer()->fetch, VB_FETCH_UNKNOWN);
    bench_clear(&bench);
    bench_pass(&bench, 1000);
    assert_int_equal(bench_data(&bench, &alpha, NULL, 0), VB_ERR_OK);
    assert_int_equal(peer()->link, VB_LINK_CONNECTED);
    assert_int_equal(vb_peer_sync_worst(peer()), VB_SYNC_STALE);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_HELLO], 1);
}

static void an_old_frame_makes_no_age_older(void **state)
{
    (void)state;
    bench_pass(&bench, 1000);
    hear_beacon(5000);
    assert_int_equal(vb_age_ms(&peer()->frame_age, bench.now_ms), 1000);
    assert_int_equal(vb_age_ms(&peer()->beacon_age, bench.now_ms), 1000);
    hear_beacon(0); /* and how long one has waited is not said of the next */
    assert_int_equal(vb_age_ms(&peer()->frame_age, bench.now_ms), 0);
}

static void a_goodbye_that_waited_is_one_C1(void **state)
{
    (void)state;
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    vb_goodbye_write(&writer, &(struct vb_goodbye){.boot = alpha.boot});
    bench.now_ms += 60000;
    vb_receiver_late(&bench.r, 50000);
    assert_int_equal(bench_hear(&bench, &alpha, VB_MESSAGE_GOODBYE, &writer), VB_ERR_OK);
    assert_int_equal(peer()->link, VB_LINK_OFFLINE);
    assert_int_equal(vb_age_ms(&peer()->frame_age, bench.now_ms), 50000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beacons_of_a_dead_transmitter_in_the_socket_do_not_connect_it_C1),
        cmocka_unit_test_setup(a_living_one_stays_connected_while_its_old_frames_are_read_C1,
                               connected),
        cmocka_unit_test(a_link_is_what_it_would_be_had_the_frame_been_read_when_it_came_C1),
        cmocka_unit_test_setup(what_was_told_before_the_silence_is_asked_about_after_it_A2,
                               connected),
        cmocka_unit_test_setup(an_old_frame_makes_no_age_older, connected),
        cmocka_unit_test_setup(a_goodbye_that_waited_is_one_C1, connected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
