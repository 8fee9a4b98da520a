/* Edits between the two cores, over simulated links and stores: races, refusals, reboots, trials,
 * secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync_changes.h"

static struct bench bench;
static struct vb_world *const world = &bench.world;

static struct change cells(int64_t count)
{
    return change_integer(VB_SECTION_BATTERY, "cell_count", count);
}

static enum vb_edit_state state_of(uint8_t receiver, uint64_t id)
{
    assert_non_null(edit_found(&bench, receiver, id));
    return edit_found(&bench, receiver, id)->state;
}

/* ---- What is refused ---- */

static void a_failed_commit_is_refused_and_changes_nothing_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t digest = bench_transmitter(&bench)->digest;
    world->nodes[0].disk.failed = 1000;
    const uint64_t id = edit(&bench, 1, cells(90));
    vb_world_run(world, 100);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_REFUSED);
    assert_int_equal(edit_found(&bench, 1, id)->outcome, VB_EDIT_NOT_STORED);
    assert_int_equal(actual(&bench, VB_SECTION_BATTERY, "cell_count"), 96);
    assert_int_equal(bench_transmitter(&bench)->digest, digest);
    assert_true(bench_in_sync(&bench, 0, 1));
    vb_world_run(world, 10000);
    assert_int_equal(bench.events[0][VB_EVENT_COMMIT_FAILED], 1); /* there is nothing to mend */
    world->nodes[0].disk.failed = 0;
    vb_world_reboot(world, 0);
    vb_world_run(world, 1000);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 96);
}

/* Edits until the store has answered one "uncertain", and holds it or not as wanted. */
static uint64_t edit_in_doubt(bool stored)
{
    for (unsigned tries = 0; tries < 32; tries++) {
        bench_at_rest(&bench, 1, 1);
        vb_random_seed(&world->random, tries);
        world->nodes[0].disk.uncertain = 1000;
        const uint64_t id = edit(&bench, 1, cells(90));
        vb_world_run(world, 100);
        world->nodes[0].disk.uncertain = 0;
        assert_int_equal(world->counts.commits_uncertain, 1);
        if (world->counts.commits_uncertain_stored == stored)
            return id;
    }
    fail_msg("no such commit");
    return 0;
}

/* The power goes before the commit that would settle it: what was stored stands, with its answer.
 */
static void an_edit_in_doubt_is_not_refused_and_then_found_after_a_reboot_A9(void **state)
{
    (void)state;
    const uint64_t id = edit_in_doubt(true);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_PENDING);
    assert_int_equal(actual(&bench, VB_SECTION_BATTERY, "cell_count"), 96);
    assert_int_equal(bench.sent[0][VB_MESSAGE_EDIT_RESULT], 0);
    vb_world_reboot(world, 0);
    vb_world_run(world, 1000);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_CONFIRMED);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 90);
    assert_int_equal(version_of(&bench, VB_SECTION_BATTERY), 2);
}

static void an_edit_in_doubt_that_a_reboot_has_lost_is_applied_when_sent_again_A9(void **state)
{
    (void)state;
    const uint64_t id = edit_in_doubt(false);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_PENDING);
    vb_world_reboot(world, 0);
    vb_world_run(world, 1000);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_CONFIRMED);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 90);
    assert_int_equal(version_of(&bench, VB_SECTION_BATTERY), 2);
}

/* Once it is said to be refused, it does not come to life at the next boot. */
static void an_edit_in_doubt_is_refused_once_its_store_is_written_over_A9(void **state)
{
    (void)state;
    for (unsigned stored = 0; stored < 2; stored++) {
        const uint64_t id = edit_in_doubt(stored == 1);
        world->nodes[0].disk.uncertain = 1000; /* nor is the next commit certain */
        vb_world_run(world, 1500);
        assert_int_equal(bench.events[0][VB_EVENT_COMMIT_FAILED], 2);
        assert_int_equal(state_of(1, id), VB_EDIT_STATE_PENDING);
        world->nodes[0].disk = (struct vb_world_disk){.failed = 1000};
        vb_world_run(world, 1000);
        assert_int_equal(bench.events[0][VB_EVENT_COMMIT_FAILED], 3);
        assert_int_equal(state_of(1, id), VB_EDIT_STATE_PENDING);
        world->nodes[0].disk.failed = 0;
        vb_world_run(world, 1500);
        assert_int_equal(state_of(1, id), VB_EDIT_STATE_REFUSED);
        assert_int_equal(edit_found(&bench, 1, id)->outcome, VB_EDIT_NOT_STORED);
        vb_world_reboot(world, 0);
        vb_world_run(world, 1000);
        assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 96);
        assert_true(bench_in_sync(&bench, 0, 1));
    }
}

/* The commit that would settle it waits for one that is under way, however long that takes. */
static void what_ends_the_doubt_does_not_join_a_commit_under_way_A9(void **state)
{
    (void)state;
    const uint64_t first = edit_in_doubt(true);
    world->nodes[0].disk = (struct vb_world_disk){.commit_ms_min = 20000, .commit_ms_max = 20000};
    const uint64_t second = edit(&bench, 1, change_integer(VB_SECTION_MQTT, "port", 8883));
    vb_world_run(world, 19000);
    assert_int_equal(world->counts.commits_uncertain, 1);
    assert_int_equal(state_of(1, first), VB_EDIT_STATE_TIMED_OUT);
    assert_int_equal(state_of(1, second), VB_EDIT_STATE_TIMED_OUT);
    vb_world_run(world, 2000);
    assert_int_equal(state_of(1, first), VB_EDIT_STATE_REFUSED);
    assert_int_equal(state_of(1, second), VB_EDIT_STATE_CONFIRMED);
}

/* Another edit's commit settles it as well, and the answers are not mixed up. */
static void the_next_edit_is_applied_and_ends_the_doubt_about_the_one_before_A9(void **state)
{
    (void)state;
    const uint64_t first = edit_in_doubt(true);
    const uint64_t second = edit(&bench, 1, change_integer(VB_SECTION_MQTT, "port", 8883));
    vb_world_run(world, 100);
    assert_int_equal(state_of(1, first), VB_EDIT_STATE_REFUSED);
    assert_int_equal(state_of(1, second), VB_EDIT_STATE_CONFIRMED);
    vb_world_reboot(world, 0);
    vb_world_run(world, 1000);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 96);
    assert_int_equal(shown(&bench, 1, VB_SECTION_MQTT, "port"), 8883);
}

static void a_change_made_at_the_transmitter_is_answered_when_it_is_certain_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    world->nodes[0].disk.uncertain = 1000;
    assert_int_equal(set(&bench, cells(90)), VB_ERR_OK);
    vb_world_run(world, 800);
    assert_int_equal(bench.events[0][VB_EVENT_COMMIT_FAILED], 1);
    assert_int_equal(bench.events[0][VB_EVENT_EDIT], 0);
    world->nodes[0].disk.uncertain = 0;
    vb_world_run(world, 1000);
    assert_int_equal(bench.events[0][VB_EVENT_EDIT], 1);
    assert_int_equal(bench.last[0][VB_EVENT_EDIT].detail, VB_EDIT_NOT_STORED);
    assert_int_equal(actual(&bench, VB_SECTION_BATTERY, "cell_count"), 96);
}

static void of_two_racing_edits_one_is_a_conflict_that_shows_both_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 2);
    const uint64_t first = edit(&bench, 1, cells(90));
    const uint64_t second = edit(&bench, 2, cells(80));
    vb_world_run(world, 1000);
    assert_int_equal(state_of(1, first), VB_EDIT_STATE_CONFIRMED);
    assert_int_equal(state_of(2, second), VB_EDIT_STATE_CONFLICT);
    assert_int_equal(edit_found(&bench, 2, second)->version,
                     version_of(&bench, VB_SECTION_BATTERY));
    /* Theirs is in the cache, one's own in the edit. */
    assert_int_equal(shown(&bench, 2, VB_SECTION_BATTERY, "cell_count"), 90);
    size_t size;
    const struct vb_edit *own = edit_found(&bench, 2, second);
    assert_int_equal(vb_section_find(own->bytes, own->size, 2, &size)[0], 80);
}

/* While a commit is under way two more come in for one section: what is not durable may not be
 * told. */
static void a_conflict_names_no_version_that_is_not_durable_A6(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 2);
    world->nodes[0].disk = (struct vb_world_disk){.commit_ms_min = 200, .commit_ms_max = 200};
    (void)edit(&bench, 1, change_integer(VB_SECTION_MQTT, "port", 8883));
    vb_world_run(world, 20);
    const uint64_t first = edit(&bench, 1, cells(90));
    const uint64_t second = edit(&bench, 2, cells(80));
    vb_world_run(world, 250); /* the first commit is done, the second under way */
    assert_int_equal(version_of(&bench, VB_SECTION_BATTERY), 1);
    assert_int_equal(state_of(1, first), VB_EDIT_STATE_PENDING);
    assert_int_equal(state_of(2, second), VB_EDIT_STATE_PENDING);
    world->nodes[0].disk.failed = 1000;
    vb_world_run(world, 1000);
    assert_int_equal(state_of(1, first), VB_EDIT_STATE_REFUSED);
    assert_int_not_equal(state_of(2, second), VB_EDIT_STATE_CONFLICT);
}

static void an_edit_made_on_a_store_that_is_gone_is_refused_A6(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_power_off(world, 0);
    vb_world_wipe(world, 0);
    const uint64_t id = edit(&bench, 1, cells(90)); /* the receiver has not noticed yet */
    assert_int_not_equal(id, 0);
    vb_world_power_on(world, 0);
    vb_world_run(world, 6000);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_CONFLICT);
    assert_int_equal(edit_found(&bench, 1, id)->outcome, VB_EDIT_OTHER_STORE);
    assert_int_equal(actual(&bench, VB_SECTION_BATTERY, "cell_count"), 96);
}

static void an_edit_is_refused_at_once_with_the_reason_per_field_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    struct vb_reasons reasons = {0};
    uint64_t id;
    const struct change zero = cells(0);
    assert_int_equal(vb_world_edit(world, 1, 0, zero.section, zero.bytes, zero.size, &id, &reasons),
                     VB_ERR_OUT_OF_RANGE);
    assert_int_equal(reasons.count, 1);
    assert_int_equal(reasons.items[0].tag, 2);
    assert_int_equal(reasons.items[0].err, VB_ERR_OUT_OF_RANGE);
    assert_int_equal(bench.sent[1][VB_MESSAGE_EDIT], 0);
}

/* A receiver of other firmware lets through what the transmitter refuses: here its edit is changed
 * on the way. */
static void the_transmitter_refuses_with_the_reason_per_field_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    faults(&bench, 1, 0)->delay_ms_min = faults(&bench, 1, 0)->delay_ms_max = 50;
    const uint64_t id = edit(&bench, 1, cells(90));
    struct vb_world_flight flight = bench.kept[(bench.kept_count - 1) % BENCH_KEPT_MAX];
    flight.bytes[flight.size - 5] = 0; /* the last byte of the payload: no cells at all */
    const struct vb_frame frame = {
        .message = VB_MESSAGE_EDIT, .epoch = 1, .seq = 99, .payload_size = flight.size - 12u};
    flight.size =
        (uint16_t)vb_frame_finish(&vb_room_plain, &frame, &flight.src, &flight.dst, flight.bytes);
    assert_int_equal(vb_world_inject(world, 0, &flight), VB_ERR_OK);
    vb_world_run(world, 20);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_REFUSED);
    assert_int_equal(edit_found(&bench, 1, id)->reasons.count, 1);
    assert_int_equal(edit_found(&bench, 1, id)->reasons.items[0].tag, 2);
    assert_int_equal(edit_found(&bench, 1, id)->reasons.items[0].err, VB_ERR_OUT_OF_RANGE);
    vb_world_run(world, 1000);
    assert_int_equal(actual(&bench, VB_SECTION_BATTERY, "cell_count"), 96);
}

static void nothing_is_edited_while_the_transmitter_is_offline_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_power_off(world, 0);
    vb_world_run(world, 31000);
    uint64_t id;
    struct vb_reasons reasons = {0};
    const struct change change = cells(90);
    assert_int_equal(
        vb_world_edit(world, 1, 0, change.section, change.bytes, change.size, &id, &reasons),
        VB_ERR_OFFLINE);
}

static void an_unanswered_edit_times_out_after_5_s_and_may_still_be_confirmed_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    faults(&bench, 0, 1)->blocked = true; /* it arrives, the answer does not */
    const uint64_t id = edit(&bench, 1, cells(90));
    vb_world_run(world, 4999);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_PENDING);
    vb_world_run(world, 1);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_TIMED_OUT);
    assert_in_range(bench.sent[1][VB_MESSAGE_EDIT], 5, 7); /* or already a question */
    faults(&bench, 0, 1)->blocked = false;
    for (uint32_t i = 0; i < bench.kept_count; i++) {
        if ((bench.kept[i].bytes[1] & 0x1f) == VB_MESSAGE_EDIT_RESULT)
            (void)vb_world_inject(world, 1, &bench.kept[i]);
    }
    vb_world_run(world, 16000);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_CONFIRMED);
}

/* The store takes its time, and the one answer is lost. */
static void the_answer_to_an_edit_that_timed_out_is_asked_for_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    world->nodes[0].disk = (struct vb_world_disk){.commit_ms_min = 7000, .commit_ms_max = 7000};
    const uint64_t id = edit(&bench, 1, cells(90));
    vb_world_run(world, 6900);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_TIMED_OUT);
    assert_int_equal(bench.sent[0][VB_MESSAGE_EDIT_RESULT], 0); /* it is under way */
    faults(&bench, 0, 1)->blocked = true;
    vb_world_run(world, 1000);
    assert_in_range(bench.sent[0][VB_MESSAGE_EDIT_RESULT], 1, 2);
    assert_int_equal(actual(&bench, VB_SECTION_BATTERY, "cell_count"), 90);
    faults(&bench, 0, 1)->blocked = false;
    vb_world_run(world, 16000);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_CONFIRMED);
}

static void an_edit_that_never_arrived_is_not_known_and_asked_about_once_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    faults(&bench, 1, 0)->blocked = true;
    const uint64_t id = edit(&bench, 1, cells(90));
    vb_world_run(world, 4999);
    faults(&bench, 1, 0)->blocked = false;
    vb_world_run(world, 16000);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_TIMED_OUT);
    assert_int_equal(bench.sent[0][VB_MESSAGE_EDIT_RESULT], 1);
    assert_int_equal(edit_found(&bench, 1, id)->version, version_of(&bench, VB_SECTION_BATTERY));
    assert_int_equal(actual(&bench, VB_SECTION_BATTERY, "cell_count"), 96);
}

/* ---- Secrets ---- */

static void a_secret_may_not_be_set_over_the_link_unless_allowed_G0(void **state)
{
    (void)state;
    const struct change secret = change_text(VB_SECTION_MQTT, "password", "hunter22");
    for (unsigned allowed_at = 0; allowed_at < 2; allowed_at++) {
        bench_begin(&bench, 1, 1);
        world->nodes[1].remote_secrets = allowed_at == 1; /* at the receiver alone */
        vb_world_power_on(world, 0);
        vb_world_power_on(world, 1);
        vb_world_run(world, 3000);
        uint64_t id = 0;
        struct vb_reasons reasons = {0};
        const enum vb_err err =
            vb_world_edit(world, 1, 0, secret.section, secret.bytes, secret.size, &id, &reasons);
        vb_world_run(world, 1000);
        size_t size;
        assert_null(vb_transmitter_secret(bench_transmitter(&bench), VB_SECTION_MQTT, 5, &size));
        if (allowed_at == 0) {
            assert_int_equal(err, VB_ERR_NOT_ALLOWED);
            assert_int_equal(reasons.items[0].err, VB_ERR_NOT_ALLOWED);
            continue;
        }
        assert_int_equal(err, VB_ERR_OK);
        assert_int_equal(state_of(1, id), VB_EDIT_STATE_REFUSED);
        assert_int_equal(edit_found(&bench, 1, id)->reasons.items[0].tag, 5);
        assert_int_equal(edit_found(&bench, 1, id)->reasons.items[0].err, VB_ERR_NOT_ALLOWED);
    }
}

static void a_secret_set_at_the_transmitter_is_in_no_frame_and_no_cache_G0(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    bench.needle = (const uint8_t *)"hunter22";
    bench.needle_size = 8;
    assert_int_equal(set(&bench, change_text(VB_SECTION_MQTT, "password", "hunter22")), VB_ERR_OK);
    vb_world_run(world, 1000);
    vb_world_reboot(world, 0);
    vb_world_reboot(world, 1);
    vb_world_run(world, 60000);
    size_t size;
    const uint8_t *text =
        vb_transmitter_secret(bench_transmitter(&bench), VB_SECTION_MQTT, 5, &size);
    assert_int_equal(size, 8);
    assert_memory_equal(text, "hunter22", 8);
    assert_int_equal(bench.needles, 0);
    for (unsigned i = 0; i < world->nodes[1].store.durable.count; i++) {
        const struct vb_world_row *row = &world->nodes[1].store.durable.rows[i];
        assert_false(bench_contains(row->bytes, row->size, bench.needle, bench.needle_size));
    }
    const struct vb_transmitter *t = bench_transmitter(&bench);
    assert_false(bench_contains(t->live.bytes, t->live.used, bench.needle, bench.needle_size));
    assert_true(bench_in_sync(&bench, 0, 1));
}

static void an_allowed_secret_is_set_and_wiped_at_the_receiver_G0(void **state)
{
    (void)state;
    bench_begin(&bench, 1, 1);
    world->nodes[0].remote_secrets = world->nodes[1].remote_secrets = true;
    vb_world_power_on(world, 0);
    vb_world_power_on(world, 1);
    vb_world_run(world, 3000);
    const uint64_t id = edit(&bench, 1, change_text(VB_SECTION_MQTT, "password", "hunter22"));
    vb_world_run(world, 1000);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_CONFIRMED);
    size_t size;
    assert_non_null(vb_transmitter_secret(bench_transmitter(&bench), VB_SECTION_MQTT, 5, &size));
    assert_false(bench_contains((const uint8_t *)&world->nodes[1].receiver,
                                sizeof world->nodes[1].receiver, (const uint8_t *)"hunter22", 8));
}

static void a_secret_that_was_not_answered_is_wiped_when_it_times_out_G0(void **state)
{
    (void)state;
    bench_begin(&bench, 1, 1);
    world->nodes[0].remote_secrets = world->nodes[1].remote_secrets = true;
    vb_world_power_on(world, 0);
    vb_world_power_on(world, 1);
    vb_world_run(world, 3000);
    cut_link(&bench, 1, true);
    (void)edit(&bench, 1, change_text(VB_SECTION_MQTT, "password", "hunter22"));
    vb_world_run(world, 6000);
    assert_false(bench_contains((const uint8_t *)&world->nodes[1].receiver,
                                sizeof world->nodes[1].receiver, (const uint8_t *)"hunter22", 8));
}

/* A password whose change was refused must not be the one that is loaded at the next boot. */
static void a_refused_secret_does_not_replace_the_old_one_G0(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    assert_int_equal(set(&bench, change_text(VB_SECTION_MQTT, "password", "first")), VB_ERR_OK);
    vb_world_run(world, 100);
    world->nodes[0].disk.uncertain = 1000;
    while (world->counts.commits_uncertain_stored == 0) {
        assert_in_range(world->counts.commits_uncertain, 0, 20);
        assert_int_equal(set(&bench, change_text(VB_SECTION_MQTT, "password", "second")),
                         VB_ERR_OK);
        vb_world_run(world, 100);
    }
    world->nodes[0].disk.uncertain = 0;
    assert_int_equal(set(&bench, change_integer(VB_SECTION_MQTT, "keepalive_s", 31)), VB_ERR_OK);
    vb_world_run(world, 100);
    vb_world_reboot(world, 0);
    vb_world_run(world, 100);
    size_t size;
    const uint8_t *text =
        vb_transmitter_secret(bench_transmitter(&bench), VB_SECTION_MQTT, 5, &size);
    assert_int_equal(size, 5);
    assert_memory_equal(text, "first", 5);
}

/* ---- What is done ---- */

static void an_edit_is_pending_and_then_confirmed_by_the_cache_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 2);
    const uint64_t id = edit(&bench, 1, cells(90));
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_PENDING);
    vb_world_run(world, 4);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_CONFIRMED);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 90);
    assert_int_equal(shown(&bench, 2, VB_SECTION_BATTERY, "cell_count"), 90);
    assert_true(bench_in_sync(&bench, 0, 1));
    assert_true(bench_in_sync(&bench, 0, 2));
}

static void an_edit_of_several_fragments_arrives_over_a_lossy_link_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    struct change change = {.section = VB_SECTION_POWER_PROFILE};
    const struct vb_section *schema = vb_section_by_id(change.section);
    struct vb_writer writer = vb_writer_of(change.bytes, sizeof change.bytes);
    uint32_t limits[48];
    for (unsigned i = 0; i < 48; i++)
        limits[i] = 1000 + i;
    vb_change_items(&writer, vb_field_by_name(schema, "charge_limit_w"), limits, 48);
    vb_change_items(&writer, vb_field_by_name(schema, "discharge_limit_w"), limits, 48);
    vb_change_items(&writer, vb_field_by_name(schema, "soc_reserve_pct"), (uint32_t[48]){0}, 48);
    change.size = writer.at;
    faults(&bench, 0, 1)->loss = faults(&bench, 1, 0)->loss = 300;
    const uint64_t id = edit(&bench, 1, change);
    vb_world_run(world, 5000);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_CONFIRMED);
    assert_int_equal(version_of(&bench, VB_SECTION_POWER_PROFILE), 2);
}

static void an_edit_sent_again_after_a_reboot_is_applied_once_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    faults(&bench, 0, 1)->blocked = true;
    const uint64_t id = edit(&bench, 1, cells(90));
    vb_world_run(world, 50);
    assert_int_equal(version_of(&bench, VB_SECTION_BATTERY), 2);
    vb_world_reboot(world, 0);
    faults(&bench, 0, 1)->blocked = false;
    vb_world_run(world, 1000);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_CONFIRMED);
    assert_int_equal(version_of(&bench, VB_SECTION_BATTERY), 2);
}

static void an_edit_that_changes_nothing_is_confirmed_without_a_write_A12(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint32_t commits = world->nodes[0].store.commits;
    const uint64_t id = edit(&bench, 1, cells(96));
    vb_world_run(world, 100);
    assert_int_equal(state_of(1, id), VB_EDIT_STATE_CONFIRMED);
    assert_int_equal(world->nodes[0].store.commits, commits);
}

static void edits_waiting_together_share_one_commit_A12(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 2);
    world->nodes[0].disk = (struct vb_world_disk){.commit_ms_min = 200, .commit_ms_max = 200};
    const uint32_t commits = world->nodes[0].store.commits;
    const uint64_t first = edit(&bench, 1, change_integer(VB_SECTION_MQTT, "port", 8883));
    vb_world_run(world, 20);
    const uint64_t second = edit(&bench, 1, cells(90));
    const uint64_t third = edit(&bench, 2, change_integer(VB_SECTION_CAN, "listen_only", 1));
    vb_world_run(world, 450);
    assert_int_equal(world->nodes[0].store.commits, commits + 2);
    assert_int_equal(state_of(1, first), VB_EDIT_STATE_CONFIRMED);
    assert_int_equal(state_of(1, second), VB_EDIT_STATE_CONFIRMED);
    assert_int_equal(state_of(2, third), VB_EDIT_STATE_CONFIRMED);
}

static void readings_and_beacons_go_on_during_a_slow_commit(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    vb_world_stream(world, 0, 100);
    vb_world_run(world, 1000);
    world->nodes[0].disk = (struct vb_world_disk){.commit_ms_min = 60000, .commit_ms_max = 60000};
    assert_int_equal(set(&bench, cells(90)), VB_ERR_OK);
    memset(bench.sent, 0, sizeof bench.sent);
    vb_world_run(world, 59000);
    assert_in_range(bench.sent[0][VB_MESSAGE_BEACON], 3, 5);
    assert_in_range(bench.sent[0][VB_MESSAGE_READING], 589, 591);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 96);
    vb_world_run(world, 1100);
    assert_int_equal(shown(&bench, 1, VB_SECTION_BATTERY, "cell_count"), 90);
}

/* ---- Trials ---- */

static void a_network_edit_reverts_after_60_s_of_silence_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    const uint64_t id = edit(&bench, 1, change_text(VB_SECTION_NETWORK, "hostname", "gone"));
    vb_world_run(world, 2);
    cut_link(&bench, 1, true);
    vb_world_run(world, 59900);
    assert_int_equal(version_of(&bench, VB_SECTION_NETWORK), 2);
    assert_int_equal(bench.events[0][VB_EVENT_REVERTED], 0);
    vb_world_run(world, 200);
    assert_int_equal(version_of(&bench, VB_SECTION_NETWORK), 3);
    assert_int_equal(bench.events[0][VB_EVENT_REVERTED], 1);
    cut_link(&bench, 1, false);
    vb_world_run(world, 16000);
    assert_true(bench_in_sync(&bench, 0, 1));
    assert_non_null(edit_found(&bench, 1, id));
    vb_world_reboot(world, 0);
    vb_world_run(world, 120000);
    assert_int_equal(version_of(&bench, VB_SECTION_NETWORK), 3);
}

static void a_network_edit_is_kept_when_a_receiver_is_heard_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    (void)edit(&bench, 1, change_text(VB_SECTION_NETWORK, "hostname", "here"));
    vb_world_run(world, 120000);
    assert_int_equal(version_of(&bench, VB_SECTION_NETWORK), 2);
    assert_int_equal(bench.events[0][VB_EVENT_REVERTED], 0);
    assert_null(vb_world_store_find(&world->nodes[0].store, "+trial"));
    cut_link(&bench, 1, true);
    vb_world_run(world, 120000);
    assert_int_equal(version_of(&bench, VB_SECTION_NETWORK), 2);
}

static void a_trial_continues_after_a_reboot_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    (void)edit(&bench, 1, change_text(VB_SECTION_NETWORK, "hostname", "gone"));
    vb_world_run(world, 2);
    cut_link(&bench, 1, true);
    vb_world_run(world, 30000);
    vb_world_reboot(world, 0);
    vb_world_run(world, 61000);
    assert_int_equal(version_of(&bench, VB_SECTION_NETWORK), 3);
    assert_int_equal(bench.events[0][VB_EVENT_REVERTED], 1);
}

static void the_end_of_a_trial_is_tried_again_once_a_second_when_the_store_fails_A9(void **state)
{
    (void)state;
    for (unsigned heard = 0; heard < 2; heard++) {
        bench_at_rest(&bench, 1, 1);
        (void)edit(&bench, 1, change_text(VB_SECTION_NETWORK, "hostname", "here"));
        vb_world_run(world, 2);
        cut_link(&bench, 1, heard == 0);
        world->nodes[0].disk.failed = 1000;
        vb_world_run(world, 90000);
        assert_in_range(bench.events[0][VB_EVENT_COMMIT_FAILED], 5, 90);
        world->nodes[0].disk.failed = 0;
        vb_world_run(world, 2000);
        assert_null(vb_world_store_find(&world->nodes[0].store, "+trial"));
        assert_int_equal(version_of(&bench, VB_SECTION_NETWORK), heard == 1 ? 2 : 3);
    }
}

static void receivers_follow_a_trial_that_ends_while_the_store_refuses_A9(void **state)
{
    (void)state;
    bench_at_rest(&bench, 1, 1);
    (void)edit(&bench, 1, change_text(VB_SECTION_NETWORK, "hostname", "gone"));
    vb_world_run(world, 2);
    cut_link(&bench, 1, true);
    world->nodes[0].disk.failed = 1000;
    vb_world_run(world, 63000);
    assert_int_equal(bench.events[0][VB_EVENT_REVERTED], 1);
    cut_link(&bench, 1, false);
    vb_world_run(world, 16000);
    assert_true(bench_in_sync(&bench, 0, 1));
    world->nodes[0].disk.failed = 0;
    vb_world_run(world, 2000);
    assert_null(vb_world_store_find(&world->nodes[0].store, "+trial"));
    vb_world_reboot(world, 0);
    vb_world_run(world, 3000);
    assert_true(bench_in_sync(&bench, 0, 1));
    assert_int_equal(version_of(&bench, VB_SECTION_NETWORK), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_commit_is_refused_and_changes_nothing_A9),
        cmocka_unit_test(an_edit_in_doubt_is_not_refused_and_then_found_after_a_reboot_A9),
        cmocka_unit_test(an_edit_in_doubt_that_a_reboot_has_lost_is_applied_when_sent_again_A9),
        cmocka_unit_test(an_edit_in_doubt_is_refused_once_its_store_is_written_over_A9),
        cmocka_unit_test(what_ends_the_doubt_does_not_join_a_commit_under_way_A9),
        cmocka_unit_test(the_next_edit_is_applied_and_ends_the_doubt_about_the_one_before_A9),
        cmocka_unit_test(a_change_made_at_the_transmitter_is_answered_when_it_is_certain_A9),
        cmocka_unit_test(of_two_racing_edits_one_is_a_conflict_that_shows_both_A9),
        cmocka_unit_test(a_conflict_names_no_version_that_is_not_durable_A6),
        cmocka_unit_test(an_edit_made_on_a_store_that_is_gone_is_refused_A6),
        cmocka_unit_test(an_edit_is_refused_at_once_with_the_reason_per_field_A9),
        cmocka_unit_test(the_transmitter_refuses_with_the_reason_per_field_A9),
        cmocka_unit_test(nothing_is_edited_while_the_transmitter_is_offline_A9),
        cmocka_unit_test(an_unanswered_edit_times_out_after_5_s_and_may_still_be_confirmed_A9),
        cmocka_unit_test(the_answer_to_an_edit_that_timed_out_is_asked_for_A9),
        cmocka_unit_test(an_edit_that_never_arrived_is_not_known_and_asked_about_once_A9),
        cmocka_unit_test(a_secret_may_not_be_set_over_the_link_unless_allowed_G0),
        cmocka_unit_test(a_secret_set_at_the_transmitter_is_in_no_frame_and_no_cache_G0),
        cmocka_unit_test(an_allowed_secret_is_set_and_wiped_at_the_receiver_G0),
        cmocka_unit_test(a_secret_that_was_not_answered_is_wiped_when_it_times_out_G0),
        cmocka_unit_test(a_refused_secret_does_not_replace_the_old_one_G0),
        cmocka_unit_test(an_edit_is_pending_and_then_confirmed_by_the_cache_A9),
        cmocka_unit_test(an_edit_of_several_fragments_arrives_over_a_lossy_link_A9),
        cmocka_unit_test(an_edit_sent_again_after_a_reboot_is_applied_once_A9),
        cmocka_unit_test(an_edit_that_changes_nothing_is_confirmed_without_a_write_A12),
        cmocka_unit_test(edits_waiting_together_share_one_commit_A12),
        cmocka_unit_test(readings_and_beacons_go_on_during_a_slow_commit),
        cmocka_unit_test(a_network_edit_reverts_after_60_s_of_silence_A9),
        cmocka_unit_test(a_network_edit_is_kept_when_a_receiver_is_heard_A9),
        cmocka_unit_test(a_trial_continues_after_a_reboot_A9),
        cmocka_unit_test(receivers_follow_a_trial_that_ends_while_the_store_refuses_A9),
        cmocka_unit_test(the_end_of_a_trial_is_tried_again_once_a_second_when_the_store_fails_A9),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
