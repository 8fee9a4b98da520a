/* Edits as a transmitter alone meets them: from whom, of what, on what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/kept_row.h"
#include "../fixtures/transmitter_bench.h"

enum { CELL_COUNT = 2, HOSTNAME = 7, SERVER = 2, UNKNOWN_TAG = 200 };

static struct transmitter_bench bench;
static const uint8_t zeros[VB_SECTION_BYTES_MAX];

static int booted(void **state)
{
    (void)state;
    bench_new(&bench);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    return 0;
}

/* An edit made on what the section is now, of these changes. */
static struct vb_edit_part edit_of(uint64_t id, uint8_t section, const uint8_t *changes,
                                   size_t size)
{
    const struct vb_cache_entry *entry = vb_transmitter_section(&bench.t, section);
    return (struct vb_edit_part){
        .id = id,
        .store_id = bench.t.store_id,
        .boot = bench.t.boot,
        .section = section,
        .base_version = entry == NULL ? 1 : entry->version,
        .base_hash =
            entry == NULL ? 0 : vb_section_hash(vb_cache_bytes(&bench.t.live, entry), entry->size),
        .total = (uint16_t)size,
        .bytes = changes,
        .size = size < VB_FRAGMENT_BYTES_MAX ? size : VB_FRAGMENT_BYTES_MAX};
}

static enum vb_err hear(const struct vb_mac *from, const struct vb_edit_part *part)
{
    uint8_t payload[VB_PAYLOAD_BYTES_MAX];
    struct vb_writer writer = vb_writer_of(payload, sizeof payload);
    vb_edit_part_write(&writer, part);
    assert_false(writer.failed);
    return bench_hear(&bench, from, VB_MESSAGE_EDIT, payload, writer.at);
}

/* The answer that goes out now, to whoever it is. */
static struct vb_edit_result answer(void)
{
    struct vb_edit_result result;
    bench_clear(&bench);
    const struct vb_frame *frame = &bench.frame[VB_MESSAGE_EDIT_RESULT];
    struct vb_reader reader = vb_reader_of(frame->payload, frame->payload_size);
    assert_int_equal(vb_edit_result_read(&reader, &result), VB_ERR_OK);
    return result;
}

static void assert_refused(enum vb_err reason)
{
    const struct vb_edit_result result = answer();
    assert_int_equal(result.outcome, VB_EDIT_REFUSED);
    assert_int_equal(result.reasons.count, 1);
    assert_int_equal(result.reasons.items[0].err, reason);
    assert_int_equal(bench.store.token, 0);
}

static const uint8_t ninety_cells[] = {CELL_COUNT, 1, 90};

/* ---- Questions ---- */

static void ask(uint64_t id, uint8_t section)
{
    struct vb_edit_part part = edit_of(id, section, ninety_cells, sizeof ninety_cells);
    part.boot = 0; /* all else is that of an edit that could be applied */
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
    assert_int_equal(bench.store.token, 0);
}

static void a_question_about_an_edit_that_never_came_is_answered_with_not_known_A9(void **state)
{
    (void)state;
    const struct vb_cache_entry *entry = vb_transmitter_section(&bench.t, VB_SECTION_BATTERY);
    ask(5, VB_SECTION_BATTERY);
    const struct vb_edit_result result = answer();
    assert_int_equal(result.outcome, VB_EDIT_NOT_KNOWN);
    assert_true(result.id == 5);
    assert_int_equal(result.section, VB_SECTION_BATTERY);
    assert_int_equal(result.version, entry->version);
    assert_int_equal(bench.sent[VB_MESSAGE_EDIT_RESULT], 0); /* once */
    ask(6, 15);
    assert_int_equal(answer().version, 0);
}

static void a_question_is_answered_with_the_result_or_while_there_is_none_with_nothing_A9(
    void **state)
{
    (void)state;
    const struct vb_edit_part part =
        edit_of(5, VB_SECTION_BATTERY, ninety_cells, sizeof ninety_cells);
    const uint32_t version = part.base_version;
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
    bench_clear(&bench);
    const struct vb_edit_part question = {
        .id = 5, .section = VB_SECTION_BATTERY, .total = 1, .bytes = zeros, .size = 1};
    assert_int_equal(hear(&bench_alice, &question), VB_ERR_OK);
    bench_clear(&bench);
    assert_int_equal(bench.frame[VB_MESSAGE_EDIT_RESULT].payload_size, 0);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(answer().outcome, VB_EDIT_APPLIED);
    assert_int_equal(hear(&bench_bob, &question), VB_ERR_OK); /* whose edit it is not */
    assert_int_equal(answer().outcome, VB_EDIT_NOT_KNOWN);
    assert_int_equal(hear(&bench_alice, &question), VB_ERR_OK);
    const struct vb_edit_result result = answer();
    assert_int_equal(result.outcome, VB_EDIT_APPLIED);
    assert_int_equal(result.version, version + 1);
}

/* ---- Refusals ---- */

static void an_edit_of_a_missing_section_is_refused(void **state)
{
    (void)state;
    static const uint8_t sections[] = {15, VB_SECTION_RECEIVER, 0, 255};
    for (size_t i = 0; i < VB_COUNT_OF(sections); i++) {
        const struct vb_edit_part part =
            edit_of(i + 1, sections[i], ninety_cells, sizeof ninety_cells);
        assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
        assert_refused(VB_ERR_NOT_FOUND);
    }
}

static void changes_without_the_form_of_a_section_are_refused(void **state)
{
    (void)state;
    static const uint8_t broken[] = {CELL_COUNT, 200, 1};
    const struct vb_edit_part part = edit_of(1, VB_SECTION_BATTERY, broken, sizeof broken);
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
    assert_refused(VB_ERR_MALFORMED);
}

static void an_edit_made_on_another_content_of_the_same_version_is_a_conflict_A6(void **state)
{
    (void)state;
    struct vb_edit_part part = edit_of(1, VB_SECTION_BATTERY, ninety_cells, sizeof ninety_cells);
    part.base_hash ^= 1;
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
    assert_int_equal(answer().outcome, VB_EDIT_CONFLICT);
    part = edit_of(2, VB_SECTION_BATTERY, ninety_cells, sizeof ninety_cells);
    part.base_version++;
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
    assert_int_equal(answer().outcome, VB_EDIT_CONFLICT);
}

static void an_edit_for_another_store_is_refused_as_such_whatever_it_changes_G0(void **state)
{
    (void)state;
    static const uint8_t password[] = {5, 3, 'k', 'e', 'y'};
    struct vb_edit_part part = edit_of(1, VB_SECTION_MQTT, password, sizeof password);
    part.store_id++;
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
    assert_int_equal(answer().outcome, VB_EDIT_OTHER_STORE);
}

/* Boots over a store whose section has this many bytes of a field of later firmware. */
static void boot_with_unknown(const char *key, size_t size)
{
    static uint8_t stored[VB_STORE_VALUE_MAX];
    struct vb_writer writer = vb_writer_of(stored, sizeof stored);
    vb_write_u32(&writer, 1);
    vb_write_u8(&writer, UNKNOWN_TAG);
    vb_write_varint(&writer, (uint32_t)size);
    vb_write_bytes(&writer, zeros, size);
    memory_store_plant_kept(&bench.store, key, stored, writer.at);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
}

static void an_edit_on_trial_that_could_not_be_taken_back_is_refused_A9(void **state)
{
    (void)state;
    boot_with_unknown("+2", VB_TRIAL_BYTES_MAX - 50);
    static const uint8_t longer[22] = {HOSTNAME, 20,  'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a',
                                       'a',      'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'};
    const size_t size = vb_transmitter_section(&bench.t, VB_SECTION_NETWORK)->size;
    assert_in_range(size, VB_TRIAL_BYTES_MAX - 19, VB_TRIAL_BYTES_MAX);
    const struct vb_edit_part part = edit_of(1, VB_SECTION_NETWORK, longer, sizeof longer);
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
    assert_refused(VB_ERR_TOO_LONG);
}

static void an_edit_that_memory_has_no_room_for_is_refused(void **state)
{
    (void)state;
    const size_t room = (size_t)bench.t.live.capacity - bench.t.live.used;
    boot_with_unknown("+1", room - 10);
    static const uint8_t longer[12] = {SERVER, 10,  'a', 'a', 'a', 'a',
                                       'a',    'a', 'a', 'a', 'a', 'a'};
    const struct vb_edit_part part = edit_of(1, VB_SECTION_MQTT, longer, sizeof longer);
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
    assert_refused(VB_ERR_TOO_LONG);
}

/* ---- Fragments ---- */

/* 300 bytes of changes: what is in them does not matter before they are whole. */
static struct vb_edit_part large_edit(uint64_t id)
{
    return edit_of(id, VB_SECTION_POWER_PROFILE, zeros, 300);
}

static void a_fragment_that_says_otherwise_than_the_first_is_malformed(void **state)
{
    (void)state;
    const struct vb_edit_part first = large_edit(1);
    assert_int_equal(hear(&bench_alice, &first), VB_ERR_OK);
    struct vb_edit_part second = first;
    second.index = 1;
    second.size = 100;
    struct vb_edit_part wrong[] = {second, second, second, second, second};
    wrong[0].total = 301;
    wrong[0].size = 101;
    wrong[1].section++;
    wrong[2].store_id++;
    wrong[3].base_version++;
    wrong[4].base_hash++;
    for (size_t i = 0; i < VB_COUNT_OF(wrong); i++)
        assert_int_equal(hear(&bench_alice, &wrong[i]), VB_ERR_MALFORMED);
    assert_int_equal(hear(&bench_alice, &second), VB_ERR_OK);
    assert_refused(VB_ERR_MALFORMED); /* whole now, and zeros have not the form of a section */
}

static void edits_of_two_receivers_under_one_id_are_two(void **state)
{
    (void)state;
    const struct vb_edit_part first = large_edit(1);
    struct vb_edit_part second = first;
    second.index = 1;
    second.size = 100;
    assert_int_equal(hear(&bench_alice, &first), VB_ERR_OK);
    assert_int_equal(hear(&bench_bob, &second), VB_ERR_OK);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_EDIT_RESULT], 0);
    assert_int_equal(hear(&bench_alice, &second), VB_ERR_OK);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_EDIT_RESULT], 1);
    assert_true(vb_mac_equal(&bench.sent_to[VB_MESSAGE_EDIT_RESULT], &bench_alice));
    /* Answered for the one, not for the other. */
    assert_int_equal(hear(&bench_bob, &first), VB_ERR_OK);
    bench_output(&bench);
    assert_true(vb_mac_equal(&bench.sent_to[VB_MESSAGE_EDIT_RESULT], &bench_bob));
}

static unsigned places(enum vb_edit_place place)
{
    unsigned count = 0;
    for (unsigned i = 0; i < VB_EDITS_WAITING_MAX; i++)
        count += bench.t.edits[i].place == place;
    return count;
}

static void fragments_that_stay_alone_are_forgotten_after_10_s(void **state)
{
    (void)state;
    const struct vb_edit_part part = large_edit(1);
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
    bench_pass(&bench, 9000);
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK); /* which keeps nothing alive */
    bench_pass(&bench, 999);
    assert_int_equal(places(VB_PLACE_ASSEMBLING), 1);
    bench_pass(&bench, 1);
    assert_int_equal(places(VB_PLACE_ASSEMBLING), 0);
}

/* From a hundred addresses, and from one that has an account, before an edit and after it. */
static void fragments_of_edits_that_never_become_whole_keep_no_edit_out_A9(void **state)
{
    (void)state;
    uint64_t id = 1;
    for (; id <= 100; id++) {
        const struct vb_mac stranger = {{0x66, 0, 0, 0, 0, (uint8_t)id}};
        const struct vb_edit_part part = large_edit(id);
        assert_int_equal(hear(&stranger, &part), VB_ERR_OK);
    }
    for (; id <= 110; id++) {
        const struct vb_edit_part part = large_edit(id);
        assert_int_equal(hear(&bench_bob, &part), VB_ERR_OK);
    }
    const struct vb_edit_part whole =
        edit_of(id, VB_SECTION_BATTERY, ninety_cells, sizeof ninety_cells);
    assert_int_equal(hear(&bench_alice, &whole), VB_ERR_OK);
    assert_int_equal(places(VB_PLACE_IN_BATCH), 1);
    for (uint64_t other = 200; other < 210; other++) {
        const struct vb_edit_part part = large_edit(other);
        assert_int_equal(hear(&bench_bob, &part), VB_ERR_OK);
    }
    assert_int_equal(places(VB_PLACE_IN_BATCH), 1); /* what is decided makes room for nobody */
    bench_settle(&bench, VB_ERR_OK);
    bench_output(&bench);
    assert_int_equal(bench.sent[VB_MESSAGE_EDIT_RESULT], 1);
}

/* The second of two fragments, which makes it whole. */
static void complete(uint64_t id)
{
    struct vb_edit_part part = large_edit(id);
    part.index = 1;
    part.size = part.total - VB_FRAGMENT_BYTES_MAX;
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
}

static void the_edit_that_was_begun_first_makes_room_whichever_place_it_has(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= VB_EDITS_WAITING_MAX + 2; id++) {
        const struct vb_edit_part part = large_edit(id);
        assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
        bench_pass(&bench, 10);
        if (id == VB_EDITS_WAITING_MAX)
            complete(1); /* the first place is free again */
    }
    static const uint64_t left[] = {VB_EDITS_WAITING_MAX + 1, VB_EDITS_WAITING_MAX + 2, 3, 4};
    for (unsigned i = 0; i < VB_EDITS_WAITING_MAX; i++)
        assert_true(bench.t.edits[i].id == left[i]);
}

static void while_all_edits_wait_for_the_store_no_other_is_taken(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= VB_EDITS_WAITING_MAX + 1; id++) {
        const struct vb_edit_part part =
            edit_of(id, VB_SECTION_BATTERY, ninety_cells, sizeof ninety_cells);
        assert_int_equal(hear(&bench_alice, &part),
                         id <= VB_EDITS_WAITING_MAX ? VB_ERR_OK : VB_ERR_BUSY);
    }
}

static void nothing_is_left_of_an_edit_that_has_been_answered_G1(void **state)
{
    (void)state;
    const struct vb_edit_part part =
        edit_of(1, VB_SECTION_BATTERY, ninety_cells, sizeof ninety_cells);
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    assert_memory_equal(bench.t.edits[0].bytes, zeros, sizeof ninety_cells);
    assert_true(bench.t.edits[0].id == 0);
}

static void a_place_changes_its_state_as_the_diagram_says_or_not_at_all(void **state)
{
    (void)state;
    static const bool legal[5][5] = {/* to: FREE, ASSEMBLING, WHOLE, IN_BATCH, IN_DOUBT; from: */
                                     [VB_PLACE_FREE] = {false, true, false, false, false},
                                     [VB_PLACE_ASSEMBLING] = {true, false, true, false, false},
                                     [VB_PLACE_WHOLE] = {true, false, false, true, false},
                                     [VB_PLACE_IN_BATCH] = {true, false, false, false, true},
                                     [VB_PLACE_IN_DOUBT] = {true, false, false, false, false}};
    for (unsigned from = 0; from < 5; from++) {
        for (unsigned to = 0; to < 5; to++)
            assert_int_equal(vb_edit_legal((enum vb_edit_place)from, (enum vb_edit_place)to),
                             legal[from][to]);
    }
}

/* ---- Trials ---- */

static void a_second_edit_on_trial_still_goes_back_to_what_worked_A9(void **state)
{
    (void)state;
    static const uint8_t first[] = {HOSTNAME, 1, 'a'};
    static const uint8_t second[] = {HOSTNAME, 1, 'b'};
    struct vb_edit_part part = edit_of(1, VB_SECTION_NETWORK, first, sizeof first);
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    part = edit_of(2, VB_SECTION_NETWORK, second, sizeof second);
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    bench_pass(&bench, bench.config.timing.trial);
    bench_settle(&bench, VB_ERR_OK);
    const struct vb_cache_entry *entry = vb_transmitter_section(&bench.t, VB_SECTION_NETWORK);
    size_t size;
    assert_non_null(
        vb_section_find(vb_cache_bytes(&bench.t.live, entry), entry->size, HOSTNAME, &size));
    assert_int_equal(size, 0);
    assert_int_equal(entry->version, 4);
}

/* ---- What a restart knows of them ---- */

static struct vb_mac receiver(unsigned index)
{
    struct vb_mac mac = bench_alice;
    mac.bytes[0] = (uint8_t)(0x10 + 2 * index);
    return mac;
}

static void edit_in_full(const struct vb_mac *from, const struct vb_edit_part *part)
{
    assert_int_equal(hear(from, part), VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(answer().outcome, VB_EDIT_APPLIED);
}

static void only_applied_edits_of_receivers_take_room_in_the_ledger_A9(void **state)
{
    (void)state;
    struct vb_edit_part parts[VB_EDIT_LEDGER_MAX];
    static uint8_t changes[VB_EDIT_LEDGER_MAX][sizeof ninety_cells];
    for (unsigned i = 0; i < VB_EDIT_LEDGER_MAX; i++) {
        const struct vb_mac from = receiver(i);
        memcpy(changes[i], ninety_cells, sizeof ninety_cells);
        changes[i][2] = (uint8_t)(10 + i);
        parts[i] = edit_of(i + 1, VB_SECTION_BATTERY, changes[i], sizeof changes[i]);
        edit_in_full(&from, &parts[i]);
    }
    const struct vb_edit_part begun = edit_of(100, VB_SECTION_MQTT, zeros, 300);
    assert_int_equal(hear(&bench_bob, &begun), VB_ERR_OK); /* the first of two fragments */
    uint64_t id;
    struct vb_reasons reasons = {0};
    assert_int_equal(
        bench_set(&bench, VB_SECTION_BATTERY, ninety_cells, sizeof ninety_cells, &id, &reasons),
        VB_ERR_OK);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    for (unsigned i = 0; i < VB_EDIT_LEDGER_MAX; i++) {
        const struct vb_mac from = receiver(i);
        assert_int_equal(hear(&from, &parts[i]), VB_ERR_OK);
        assert_int_equal(bench.store.token, 0);
        assert_int_equal(answer().outcome, VB_EDIT_APPLIED);
    }
}

static void an_edit_taken_out_by_the_mending_is_no_longer_in_the_ledger_A9(void **state)
{
    (void)state;
    struct vb_edit_part part = edit_of(1, VB_SECTION_BATTERY, ninety_cells, sizeof ninety_cells);
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
    const uint32_t token = memory_store_settle(&bench.store, true); /* it took it, and yet ... */
    vb_transmitter_committed(&bench.t, bench.now_ms, token, VB_ERR_UNCERTAIN);
    bench_pass(&bench, bench.config.timing.commit_retry);
    bench_settle(&bench, VB_ERR_OK);
    assert_int_equal(answer().outcome, VB_EDIT_NOT_STORED);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    part.boot = bench.t.boot;
    assert_int_equal(hear(&bench_alice, &part), VB_ERR_OK);
    assert_int_not_equal(bench.store.token, 0); /* made now, not remembered as made */
}

static void an_edit_for_another_boot_is_not_taken_unless_its_result_is_kept_A9(void **state)
{
    (void)state;
    const struct vb_edit_part kept =
        edit_of(1, VB_SECTION_BATTERY, ninety_cells, sizeof ninety_cells);
    edit_in_full(&bench_alice, &kept);
    static const uint8_t eighty_cells[] = {CELL_COUNT, 1, 80};
    struct vb_edit_part late = edit_of(2, VB_SECTION_BATTERY, eighty_cells, sizeof eighty_cells);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    assert_int_equal(hear(&bench_bob, &late), VB_ERR_OLD);
    assert_int_equal(bench.store.token, 0);
    assert_int_equal(hear(&bench_alice, &kept), VB_ERR_OK);
    assert_int_equal(answer().outcome, VB_EDIT_APPLIED);
    late.boot = bench.t.boot; /* bob has learnt of the boot */
    edit_in_full(&bench_bob, &late);
}

static void a_refusal_is_reached_again_after_a_restart_with_its_reasons_A9(void **state)
{
    (void)state;
    static const uint8_t no_cells[] = {CELL_COUNT, 1, 0};
    struct vb_edit_part refused = edit_of(1, VB_SECTION_BATTERY, no_cells, sizeof no_cells);
    assert_int_equal(hear(&bench_alice, &refused), VB_ERR_OK);
    assert_refused(VB_ERR_OUT_OF_RANGE);
    static const uint8_t hostname[] = {HOSTNAME, 1, 'a'};
    const struct vb_edit_part applied = edit_of(2, VB_SECTION_NETWORK, hostname, sizeof hostname);
    edit_in_full(&bench_bob, &applied);
    assert_int_equal(bench_boot(&bench), VB_ERR_OK);
    refused.boot = bench.t.boot;
    assert_int_equal(hear(&bench_alice, &refused), VB_ERR_OK);
    assert_refused(VB_ERR_OUT_OF_RANGE);
}

static void only_what_goes_on_trial_is_bound_by_its_room_A9(void **state)
{
    (void)state;
    bench_new(&bench);
    boot_with_unknown("+3", VB_TRIAL_BYTES_MAX);
    const struct vb_edit_part part =
        edit_of(1, VB_SECTION_BATTERY, ninety_cells, sizeof ninety_cells);
    edit_in_full(&bench_alice, &part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_edit_that_was_begun_first_makes_room_whichever_place_it_has,
                               booted),
        cmocka_unit_test_setup(while_all_edits_wait_for_the_store_no_other_is_taken, booted),
        cmocka_unit_test_setup(
            a_question_about_an_edit_that_never_came_is_answered_with_not_known_A9, booted),
        cmocka_unit_test_setup(
            a_question_is_answered_with_the_result_or_while_there_is_none_with_nothing_A9, booted),
        cmocka_unit_test_setup(nothing_is_left_of_an_edit_that_has_been_answered_G1, booted),
        cmocka_unit_test_setup(an_edit_for_another_store_is_refused_as_such_whatever_it_changes_G0,
                               booted),
        cmocka_unit_test(a_place_changes_its_state_as_the_diagram_says_or_not_at_all),
        cmocka_unit_test_setup(an_edit_of_a_missing_section_is_refused, booted),
        cmocka_unit_test_setup(changes_without_the_form_of_a_section_are_refused, booted),
        cmocka_unit_test_setup(an_edit_made_on_another_content_of_the_same_version_is_a_conflict_A6,
                               booted),
        cmocka_unit_test_setup(an_edit_on_trial_that_could_not_be_taken_back_is_refused_A9, booted),
        cmocka_unit_test_setup(an_edit_that_memory_has_no_room_for_is_refused, booted),
        cmocka_unit_test_setup(a_fragment_that_says_otherwise_than_the_first_is_malformed, booted),
        cmocka_unit_test_setup(edits_of_two_receivers_under_one_id_are_two, booted),
        cmocka_unit_test_setup(fragments_that_stay_alone_are_forgotten_after_10_s, booted),
        cmocka_unit_test_setup(fragments_of_edits_that_never_become_whole_keep_no_edit_out_A9,
                               booted),
        cmocka_unit_test_setup(a_second_edit_on_trial_still_goes_back_to_what_worked_A9, booted),
        cmocka_unit_test_setup(only_applied_edits_of_receivers_take_room_in_the_ledger_A9, booted),
        cmocka_unit_test_setup(a_refusal_is_reached_again_after_a_restart_with_its_reasons_A9,
                               booted),
        cmocka_unit_test_setup(only_what_goes_on_trial_is_bound_by_its_room_A9, booted),
        cmocka_unit_test_setup(an_edit_taken_out_by_the_mending_is_no_longer_in_the_ledger_A9,
                               booted),
        cmocka_unit_test_setup(an_edit_for_another_boot_is_not_taken_unless_its_result_is_kept_A9,
                               booted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
