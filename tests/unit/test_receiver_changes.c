/* What a consumer of the receiver learns that looks late: floods, busy starts, places that are
 * given to another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/sender_bench.h"

enum { PEERS = 16 };

static const uint8_t content[] = {1, 1, 0};

static struct receiver_bench bench;
static struct bench_sender senders[PEERS];

/* Room for 16, which is more than the bench has. */
static struct vb_peer peers[PEERS];
static struct vb_reading readings[PEERS * 2];
static uint8_t cache[PEERS * BENCH_CACHE_BYTES];

static int begin(void **state)
{
    (void)state;
    bench_new(&bench);
    bench.config.peers = peers;
    bench.config.peer_count = PEERS;
    bench.config.readings = readings;
    bench.config.cache_bytes = cache;
    bench_init(&bench);
    for (uint8_t i = 0; i < PEERS; i++) {
        sender_new(&senders[i], (uint8_t)(i + 0x20));
        for (uint8_t id = 1; id <= VB_MARKS_MAX; id++)
            sender_holds(&senders[i], id, 7, content, sizeof content);
    }
    return 0;
}

/* A beacon with all that the sender holds. */
static void hear(struct bench_sender *sender)
{
    struct vb_record records[VB_MARKS_MAX];
    for (uint8_t id = 1; id <= VB_MARKS_MAX; id++)
        records[id - 1] = sender_record(sender, id, 0);
    assert_int_equal(bench_beacon(&bench, sender, records, VB_MARKS_MAX), VB_ERR_OK);
}

static void garbage(uint32_t frames)
{
    static const struct vb_mac nobody = {{6, 6, 6, 6, 6, 6}};
    uint8_t bytes[40] = {VB_FRAME_MAGIC, 1};
    for (uint32_t i = 0; i < frames; i++)
        assert_int_equal(vb_receiver_input(&bench.r, bench.now_ms,
                                           i % 2 ? &nobody : &senders[0].mac, &bench_mac, bytes,
                                           sizeof bytes),
                         VB_ERR_CHECKSUM);
}

static void an_ordinary_start_with_16_transmitters_loses_no_change(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PEERS; i++)
        hear(&senders[i]); /* nobody takes an event */
    assert_true(bench.r.events.dropped > 0);
    unsigned adopted = 0;
    unsigned linked = 0;
    for (unsigned i = 0; i < PEERS; i++) {
        const struct vb_changes changes = vb_peer_changes(&peers[i], 0);
        assert_true(vb_changes_has(&changes, VB_EVENT_ADOPTED));
        assert_true(vb_changes_has(&changes, VB_EVENT_LINK));
        assert_true(vb_changes_has(&changes, VB_EVENT_RUNTIME));
        assert_int_equal(changes.sections, 0xfffe);
        assert_int_equal(peers[i].link, VB_LINK_CONNECTED);
    }
    struct vb_event event;
    while (vb_receiver_event(&bench.r, &event)) {
        adopted += event.type == VB_EVENT_ADOPTED;
        linked += event.type == VB_EVENT_LINK;
    }
    assert_int_equal(adopted, PEERS); /* the log misses none of what only it tells */
    assert_int_equal(linked, PEERS);
}

static void garbage_for_8_s_hides_no_change(void **state)
{
    (void)state;
    hear(&senders[0]);
    hear(&senders[1]);
    const uint64_t seen = vb_receiver_revision(&bench.r);
    const uint8_t other[] = {1, 1, 1};
    sender_holds(&senders[1], VB_SECTION_BATTERY, 8, other, sizeof other);
    hear(&senders[1]);
    bench_clear(&bench);
    const uint32_t dropped = bench.r.events.dropped;
    for (unsigned ms = 0; ms < 8000; ms++) {
        garbage(7);
        bench_pass(&bench, 1);
    }
    bench_pass(&bench, 1000);
    assert_int_equal(bench.r.refused[-VB_ERR_CHECKSUM], 56000);
    assert_int_equal(peers[0].refused[-VB_ERR_CHECKSUM], 32000); /* that named its address */
    assert_int_equal(peers[1].refused[-VB_ERR_CHECKSUM], 0);
    assert_int_equal(bench.r.events.dropped, dropped);

    struct vb_changes changes = vb_receiver_changes(&bench.r, seen);
    assert_true(vb_changes_has(&changes, VB_EVENT_SECTION));
    assert_true(vb_changes_has(&changes, VB_EVENT_REFUSED));
    assert_false(vb_changes_has(&changes, VB_EVENT_LINK));
    changes = vb_peer_changes(&peers[0], seen);
    assert_int_equal(changes.types, 1u << VB_EVENT_REFUSED);
    changes = vb_peer_changes(&peers[1], seen);
    assert_int_equal(changes.types, 1u << VB_EVENT_SECTION | 1u << VB_EVENT_BEACON);
    assert_int_equal(changes.sections, 1u << VB_SECTION_BATTERY);
    assert_in_range(bench_events(&bench, VB_EVENT_REFUSED, NULL), 8, 10);
}

static void many_that_fall_silent_at_once_are_all_seen(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PEERS; i++)
        hear(&senders[i]);
    const uint64_t seen = vb_receiver_revision(&bench.r);
    bench_pass(&bench, 33000); /* a pause of the receiver: nothing was ticked in between */
    bench_pass(&bench, 33000);
    for (unsigned i = 0; i < PEERS; i++) {
        const struct vb_changes changes = vb_peer_changes(&peers[i], seen);
        assert_true(vb_changes_has(&changes, VB_EVENT_LINK));
        assert_int_equal(peers[i].link, VB_LINK_OFFLINE);
        assert_int_equal(changes.sections, 0xfffe); /* all stale now */
    }
}

static void a_consumer_that_has_looked_gets_nothing_twice(void **state)
{
    (void)state;
    hear(&senders[0]);
    const uint64_t seen = vb_receiver_revision(&bench.r);
    const struct vb_changes changes = vb_peer_changes(&peers[0], seen);
    assert_true(changes.types == 0 && changes.sections == 0);
    hear(&senders[0]); /* nothing new but the beacon itself */
    assert_int_equal(vb_peer_changes(&peers[0], seen).types, 1u << VB_EVENT_BEACON);
}

static void an_edit_keeps_when_it_changed(void **state)
{
    (void)state;
    hear(&senders[0]);
    const uint64_t seen = vb_receiver_revision(&bench.r);
    const struct vb_edit *edit = &bench.edits[0];
    assert_false(vb_edit_changed(edit, 0)); /* a slot that is not used */
    struct vb_reasons reasons = {0};
    uint64_t id;
    const uint8_t changes[] = {1, 1, 2};
    assert_int_equal(vb_receiver_edit(&bench.r, bench.now_ms, &senders[0].mac, VB_SECTION_BATTERY,
                                      changes, sizeof changes, &id, &reasons),
                     VB_ERR_OK);
    assert_true(vb_edit_changed(edit, seen));
    const uint64_t begun = vb_receiver_revision(&bench.r);
    assert_false(vb_edit_changed(edit, begun));
    bench_pass(&bench, bench.config.timing.edit_timeout);
    assert_int_equal(edit->state, VB_EDIT_STATE_TIMED_OUT);
    assert_true(vb_edit_changed(edit, begun));
    const struct vb_changes all = vb_receiver_changes(&bench.r, begun);
    assert_true(vb_changes_has(&all, VB_EVENT_EDIT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_ordinary_start_with_16_transmitters_loses_no_change, begin),
        cmocka_unit_test_setup(garbage_for_8_s_hides_no_change, begin),
        cmocka_unit_test_setup(many_that_fall_silent_at_once_are_all_seen, begin),
        cmocka_unit_test_setup(a_consumer_that_has_looked_gets_nothing_twice, begin),
        cmocka_unit_test_setup(an_edit_keeps_when_it_changed, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
