/* A batch over a store that writes key by key: whole or not at all, whatever fails and wherever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "../fixtures/key_store.h"
#include "../fixtures/transmitter_bench.h"
#include "voltbeacon/core/kept.h"

#include <cmocka.h>

/* What is stored of each key: 0 = it is not there, else the value's first byte. */
enum { KEYS = 4, VALUE_BYTES = 9, OTHER = 3 };
static const char *const keys[KEYS] = {"+head", "+1", "+s1.5", "+ledger"};
static const uint8_t before[KEYS] = {1, 2, 3, 0};
static const uint8_t after[KEYS] = {11, 0, 13, 14};

static struct key_store flash;
static struct vb_journal journal;
static uint8_t record[VB_JOURNAL_BYTES];

static void value_of(uint8_t first, uint8_t bytes[VALUE_BYTES])
{
    for (uint8_t i = 0; i < VALUE_BYTES; i++)
        bytes[i] = (uint8_t)(first + 16 * i);
}

static void put(const char *key, uint8_t first)
{
    uint8_t bytes[VALUE_BYTES];
    value_of(first, bytes);
    if (first == 0)
        journal.port.erase(journal.port.ctx, key);
    else
        journal.port.put(journal.port.ctx, key, bytes, sizeof bytes);
}

static enum vb_err commit(void)
{
    static uint32_t token;
    enum vb_err why;
    journal.port.commit(journal.port.ctx, ++token);
    assert_int_equal(journal.token, token);
    return vb_journal_write(&journal, &why);
}

/* From before to after. */
static enum vb_err change(void)
{
    for (unsigned i = 0; i < KEYS; i++)
        put(keys[i], after[i]);
    return commit();
}

static void new_start(void)
{
    key_store_mend(&flash);
    vb_journal_init(&journal, &flash.port, record, sizeof record);
    assert_int_equal(vb_journal_open(&journal), VB_ERR_OK);
}

static void begin(void)
{
    key_store_init(&flash);
    new_start();
    for (unsigned i = 0; i < KEYS; i++)
        put(keys[i], before[i]);
    assert_int_equal(commit(), VB_ERR_OK);
    flash.writes = 0;
}

static int begin_test(void **state)
{
    (void)state;
    begin();
    return 0;
}

static bool holds(unsigned i, uint8_t first)
{
    uint8_t expected[VALUE_BYTES];
    uint8_t bytes[VALUE_BYTES];
    const int size = journal.port.get(journal.port.ctx, keys[i], bytes, sizeof bytes);
    value_of(first, expected);
    if (first == 0)
        return size == VB_ERR_NOT_FOUND;
    return size == VALUE_BYTES && memcmp(bytes, expected, sizeof bytes) == 0;
}

static bool is(const uint8_t expected[KEYS])
{
    for (unsigned i = 0; i < KEYS; i++) {
        if (!holds(i, expected[i]))
            return false;
    }
    return true;
}

static void count_key(void *ctx, const char *key)
{
    unsigned *count = ctx;
    assert_true(key[0] == '+');
    (*count)++;
}

static void assert_no_record_is_listed(void)
{
    unsigned count = 0;
    assert_int_equal(journal.port.each(journal.port.ctx, count_key, &count), VB_ERR_OK);
    assert_int_equal(count, 3);
}

/* How many writes a change takes: the record, the keys, the record's end. */
enum { WRITES = 1 + KEYS + 1 };

static void set_fault(unsigned at, unsigned faults, size_t done, bool cut)
{
    flash.writes = 0;
    flash.fault_at = at;
    flash.faults = faults;
    flash.done = done;
    flash.cut = cut;
}

/* ---- A batch ---- */

static void a_batch_is_stored_and_leaves_no_record(void **state)
{
    (void)state;
    assert_int_equal(change(), VB_ERR_OK);
    assert_int_equal(flash.writes, WRITES);
    assert_true(is(after));
    assert_no_record_is_listed();
    assert_null(key_store_find(&flash, "~batch"));
    new_start();
    assert_true(is(after));
}

static void what_is_staged_is_not_read(void **state)
{
    (void)state;
    put(keys[0], after[0]);
    assert_true(is(before));
}

static void a_batch_of_nothing_writes_nothing(void **state)
{
    (void)state;
    assert_int_equal(commit(), VB_ERR_OK);
    assert_int_equal(flash.writes, 0);
}

static void a_start_without_a_record_writes_nothing(void **state)
{
    (void)state;
    new_start();
    assert_int_equal(flash.writes, 0);
}

static void nothing_is_read_or_stored_before_it_is_opened(void **state)
{
    (void)state;
    uint8_t bytes[VALUE_BYTES];
    unsigned count = 0;
    vb_journal_init(&journal, &flash.port, record, sizeof record);
    assert_int_equal(journal.port.get(journal.port.ctx, keys[0], bytes, sizeof bytes),
                     VB_ERR_STORE);
    assert_int_equal(journal.port.each(journal.port.ctx, count_key, &count), VB_ERR_STORE);
    assert_int_equal(change(), VB_ERR_STORE);
    flash.unreadable = true;
    assert_int_equal(vb_journal_open(&journal), VB_ERR_STORE);
    flash.unreadable = false;
    assert_int_equal(vb_journal_open(&journal), VB_ERR_OK);
    assert_true(is(before));
}

/* ---- The power goes ---- */

/* At that write, with so many of its bytes written; and again at each write of the starts after it,
 * torn alike. */
static void cut_at(unsigned at, size_t done)
{
    begin();
    set_fault(at, WRITES, done, true);
    const enum vb_err result = change();
    assert_true(at == WRITES || result != VB_ERR_OK);
    for (unsigned again = 1;; again++) {
        key_store_mend(&flash);
        set_fault(again, WRITES, done, true);
        vb_journal_init(&journal, &flash.port, record, sizeof record);
        const enum vb_err err = vb_journal_open(&journal);
        assert_true(again <= WRITES);
        if (err == VB_ERR_OK && !flash.off)
            break;
    }
    key_store_mend(&flash);
    const bool recorded = at > 1 || done >= flash.largest;
    assert_true(is(recorded ? after : before));
    assert_no_record_is_listed();
}

static void power_cut_at_every_write_and_byte(void **state)
{
    (void)state;
    begin();
    assert_int_equal(change(), VB_ERR_OK);
    const size_t record_size = flash.largest;
    assert_in_range(record_size, KEYS * VALUE_BYTES / 2, VB_JOURNAL_BYTES);
    for (unsigned at = 1; at <= WRITES; at++) {
        for (size_t done = 0; done <= record_size; done++)
            cut_at(at, done);
        cut_at(at, KEY_WHOLE);
    }
}

static void a_record_of_whatever_bytes_is_carried_out_whole_or_not_at_all(void **state)
{
    (void)state;
    begin();
    set_fault(2, WRITES, 0, true);
    assert_int_equal(change(), VB_ERR_UNCERTAIN);
    const struct key_row *left = key_store_find(&flash, "~batch");
    assert_non_null(left);
    const struct key_row whole = *left;
    for (size_t bit = 0; bit < 8 * whole.size; bit++) {
        begin();
        struct key_row row = whole;
        row.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        key_store_plant(&flash, row.key, row.bytes, row.size);
        new_start();
        assert_true(is(before));
        assert_null(key_store_find(&flash, "~batch"));
    }
    begin();
    key_store_plant(&flash, whole.key, whole.bytes, whole.size);
    new_start();
    assert_true(is(after));
}

/* With a checksum that is right: of no transmitter, and no batch. */
static void a_record_with_a_key_that_none_has_is_not_carried_out(void **state)
{
    (void)state;
    static const uint8_t lengths[] = {0, VB_STORE_KEY_SIZE, 127};
    for (size_t i = 0; i < VB_COUNT_OF(lengths); i++) {
        uint8_t bytes[VB_KEPT_HEAD_BYTES + 1 + 127 + 2] = {0};
        const size_t size = VB_KEPT_HEAD_BYTES + lengths[i] + 3u; /* a value of no bytes */
        begin();
        bytes[VB_KEPT_HEAD_BYTES] = lengths[i];
        memset(bytes + VB_KEPT_HEAD_BYTES + 1, 'k', lengths[i]);
        vb_kept_seal("~batch", bytes, size);
        key_store_plant(&flash, "~batch", bytes, size);
        new_start();
        assert_int_equal(flash.writes, 1); /* it is erased, no more */
        assert_true(is(before));
    }
}

static void the_record_alone_is_kept_from_who_lists_the_keys(void **state)
{
    (void)state;
    begin();
    const uint8_t value[] = {1};
    key_store_plant(&flash, "~batch", value, sizeof value);
    assert_no_record_is_listed();
    key_store_plant(&flash, "+other", value, sizeof value); /* of the same length */
    unsigned count = 0;
    assert_int_equal(journal.port.each(journal.port.ctx, count_key, &count), VB_ERR_OK);
    assert_int_equal(count, 4);
}

/* ---- The flash refuses ---- */

static void fail_at(unsigned at, unsigned faults, size_t done)
{
    begin();
    set_fault(at, faults, done, false);
    const enum vb_err result = change();
    if (at == 1 && faults == 1)
        assert_int_equal(result, VB_ERR_STORE); /* it is taken back */
    else if (at == WRITES)
        assert_int_equal(result, VB_ERR_OK);
    else
        assert_int_equal(result, VB_ERR_UNCERTAIN);
    new_start();
    if (result == VB_ERR_STORE)
        assert_true(is(before));
    else if (result == VB_ERR_OK)
        assert_true(is(after));
    else
        assert_true(is(before) || is(after));
    assert_no_record_is_listed();
}

static void every_write_that_fails_is_answered_as_it_is(void **state)
{
    (void)state;
    for (unsigned at = 1; at <= WRITES; at++) {
        for (unsigned faults = 1; faults <= WRITES; faults++) {
            fail_at(at, faults, 0);
            fail_at(at, faults, VALUE_BYTES / 2);
            fail_at(at, faults, KEY_WHOLE);
        }
    }
}

static bool is_both(const uint8_t expected[KEYS], bool other)
{
    uint8_t all[KEYS];
    memcpy(all, expected, sizeof all);
    if (other)
        all[OTHER] = 44;
    return is(all);
}

/* A batch of one other value comes, and is cut at some write: what the one before has left half
 * done is finished first, or the next one is refused. */
static void other_batch_after(unsigned at, unsigned faults, unsigned cut)
{
    begin();
    set_fault(at, faults, VALUE_BYTES / 2, false);
    const enum vb_err first = change();
    set_fault(cut, WRITES, VALUE_BYTES / 2, true);
    put(keys[OTHER], 44);
    const enum vb_err second = commit();
    new_start();
    const bool none = is_both(before, false) || is_both(before, true);
    const bool all = is_both(after, false) || is_both(after, true);
    assert_true(first == VB_ERR_OK ? all : first == VB_ERR_STORE ? none : none || all);
    if (second == VB_ERR_OK)
        assert_true(holds(OTHER, 44));
    if (second == VB_ERR_STORE)
        assert_false(holds(OTHER, 44));
}

static void half_a_batch_never_shows_through_the_next(void **state)
{
    (void)state;
    for (unsigned at = 1; at <= WRITES; at++) {
        for (unsigned faults = 1; faults <= 2 * WRITES; faults++) {
            for (unsigned cut = 0; cut <= 2 * WRITES; cut++)
                other_batch_after(at, faults, cut);
        }
    }
}

static void a_batch_behind_one_that_cannot_be_finished_is_refused(void **state)
{
    (void)state;
    set_fault(3, 100, 0, false);
    assert_int_equal(change(), VB_ERR_UNCERTAIN);
    uint8_t bytes[VALUE_BYTES];
    assert_int_equal(journal.port.get(journal.port.ctx, keys[0], bytes, sizeof bytes),
                     VB_ERR_STORE); /* half of it is there */
    put(keys[OTHER], 44);
    const unsigned writes = flash.writes;
    put(keys[0], 45);
    assert_int_equal(flash.writes, writes); /* one attempt a batch */
    assert_int_equal(commit(), VB_ERR_STORE);
    assert_int_equal(commit(), VB_ERR_OK); /* of nothing */
    key_store_mend(&flash);
    put(keys[OTHER], 44);
    assert_int_equal(commit(), VB_ERR_OK);
    assert_true(holds(0, after[0]) && holds(2, after[2]) && holds(OTHER, 44));
}

/* ---- The bound ---- */

static void a_batch_too_large_is_refused_with_its_reason(void **state)
{
    (void)state;
    static uint8_t large[VB_STORE_VALUE_MAX];
    enum { ROOM = VB_JOURNAL_BYTES - VB_KEPT_HEAD_BYTES - (1 + 2 + 2) - (1 + 2 + 2) };
    enum vb_err why;
    for (size_t over = 0; over <= 1; over++) {
        begin();
        journal.port.put(journal.port.ctx, "+5", large, VB_STORE_VALUE_MAX);
        journal.port.put(journal.port.ctx, "+6", large, ROOM - VB_STORE_VALUE_MAX + over);
        if (over > 0)
            put(keys[0], after[0]); /* would fit */
        journal.port.commit(journal.port.ctx, 9);
        assert_int_equal(vb_journal_write(&journal, &why), over > 0 ? VB_ERR_STORE : VB_ERR_OK);
        assert_int_equal(why, over > 0 ? VB_ERR_TOO_LONG : VB_ERR_OK);
        assert_true(is(before));
        assert_int_equal(key_store_find(&flash, "+5") == NULL, over > 0);
        assert_int_equal(change(), VB_ERR_OK);
        assert_true(is(after));
        assert_int_equal(key_store_find(&flash, "+5") == NULL, over > 0);
    }
}

static void a_batch_is_held_to_the_bytes_that_there_are(void **state)
{
    (void)state;
    static const uint8_t value[100];
    enum { CAPACITY = VB_KEPT_HEAD_BYTES + (1 + 2 + 2) + 50 };
    uint8_t *few = malloc(CAPACITY); /* a byte behind it is noticed */
    enum vb_err why;
    for (size_t over = 0; over <= 1; over++) {
        begin();
        vb_journal_init(&journal, &flash.port, few, CAPACITY);
        assert_int_equal(vb_journal_open(&journal), VB_ERR_OK);
        journal.port.put(journal.port.ctx, "+5", value, 50 + over);
        journal.port.commit(journal.port.ctx, 9);
        assert_int_equal(vb_journal_write(&journal, &why), over > 0 ? VB_ERR_STORE : VB_ERR_OK);
        assert_int_equal(why, over > 0 ? VB_ERR_TOO_LONG : VB_ERR_OK);
        assert_int_equal(key_store_find(&flash, "+5") == NULL, over > 0);
    }
    new_start();
    free(few);
}

/* Everything that a transmitter has, from before there was a checksum: all of it is written anew in
 * one batch and the old keys are erased, with every edit, every secret and the trial there can be.
 */
static size_t most_of_a_transmitter(void)
{
    enum { SECTIONS = VB_MARKS_MAX, HEAD = 6, LEDGER = 1 + VB_EDIT_LEDGER_MAX * 20, VERSION = 4 };
    const size_t each = VB_STORE_OP_BYTES + VB_KEPT_HEAD_BYTES;
    const size_t erased = (SECTIONS + VB_SECRETS_MAX + 3) * (size_t)VB_STORE_OP_BYTES;
    return VB_KEPT_HEAD_BYTES + vb_transmitter_cache_size() + SECTIONS * (each + VERSION) +
           VB_SECRETS_MAX * (each + VB_SECRET_BYTES_MAX) + each + HEAD + each + LEDGER + each + 1 +
           VB_TRIAL_BYTES_MAX + erased;
}

static void the_largest_batch_of_a_transmitter_fits(void **state)
{
    (void)state;
    enum { SPARE = 200, TAG_OF_LATER = 200 };
    static struct transmitter_bench bench;
    static const uint8_t head[4 + 3] = {7,         0, 0, 0, TAG_OF_LATER, 0x80 | (SPARE & 0x7f),
                                        SPARE >> 7};
    uint8_t content[sizeof head + SPARE] = {0};
    enum vb_err why;
    memcpy(content, head, sizeof head);
    bench_new(&bench);
    key_store_init(&flash);
    key_store_plant(&flash, "2", content, sizeof content);
    key_store_plant(&flash, "head", (const uint8_t *)"\1\2\3\4\5\6", 6);
    content[3] = 2;
    key_store_plant(&flash, "trial", content + 3, sizeof content - 3);
    new_start();
    bench.config.store = &journal.port;
    assert_int_equal(vb_transmitter_init(&bench.t, &bench.config, bench.now_ms), VB_ERR_OK);
    assert_true(bench.t.trial);
    assert_int_equal(vb_journal_write(&journal, &why), VB_ERR_OK);
    vb_transmitter_committed(&bench.t, bench.now_ms, journal.token, VB_ERR_OK);
    assert_in_range(flash.largest, 1000, most_of_a_transmitter());
    assert_in_range(most_of_a_transmitter(), 1000, VB_STORE_BATCH_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_batch_is_stored_and_leaves_no_record, begin_test),
        cmocka_unit_test(a_record_with_a_key_that_none_has_is_not_carried_out),
        cmocka_unit_test(the_record_alone_is_kept_from_who_lists_the_keys),
        cmocka_unit_test_setup(what_is_staged_is_not_read, begin_test),
        cmocka_unit_test_setup(a_batch_of_nothing_writes_nothing, begin_test),
        cmocka_unit_test_setup(a_start_without_a_record_writes_nothing, begin_test),
        cmocka_unit_test_setup(nothing_is_read_or_stored_before_it_is_opened, begin_test),
        cmocka_unit_test(power_cut_at_every_write_and_byte),
        cmocka_unit_test(a_record_of_whatever_bytes_is_carried_out_whole_or_not_at_all),
        cmocka_unit_test(every_write_that_fails_is_answered_as_it_is),
        cmocka_unit_test(half_a_batch_never_shows_through_the_next),
        cmocka_unit_test_setup(a_batch_behind_one_that_cannot_be_finished_is_refused, begin_test),
        cmocka_unit_test(a_batch_too_large_is_refused_with_its_reason),
        cmocka_unit_test(a_batch_is_held_to_the_bytes_that_there_are),
        cmocka_unit_test(the_largest_batch_of_a_transmitter_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
