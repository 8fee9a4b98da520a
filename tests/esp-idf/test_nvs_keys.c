/* NVS under the journal: whole batches, wherever the power goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "esp-idf/voltbeacon/nvs_keys.h"
#include "host/host_nvs.h"

#include <cmocka.h>

enum { KEYS = 4, VALUE_BYTES = 300, NVS_BYTES = 0x10000, WRITES_MAX = 64 };
#define PARTITION "nvs"

static const char *const names[KEYS] = {"+head", "+1", "s.123456789012", "+ledger"};
/* By key: 0 = it is not there, else the value's first byte. */
static const uint8_t before[KEYS] = {1, 2, 3, 0};
static const uint8_t after[KEYS] = {11, 0, 13, 14};

static struct vb_nvs_keys keys;
static struct vb_journal journal;
static uint8_t record[VB_JOURNAL_BYTES];

static void start(void)
{
    assert_int_equal(vb_nvs_start(PARTITION), ESP_OK);
    assert_int_equal(vb_nvs_keys_open(&keys, PARTITION, "rx_config"), ESP_OK);
    vb_journal_init(&journal, &keys.port, record, sizeof record);
    assert_int_equal(vb_journal_open(&journal), VB_ERR_OK);
}

static enum vb_err change(const uint8_t to[KEYS])
{
    enum vb_err why;
    uint8_t bytes[VALUE_BYTES];
    for (unsigned i = 0; i < KEYS; i++) {
        memset(bytes, to[i], sizeof bytes);
        if (to[i] == 0)
            journal.port.erase(journal.port.ctx, names[i]);
        else
            journal.port.put(journal.port.ctx, names[i], bytes, sizeof bytes);
    }
    journal.port.commit(journal.port.ctx, 1);
    return vb_journal_write(&journal, &why);
}

static bool holds(const uint8_t what[KEYS])
{
    uint8_t bytes[VALUE_BYTES];
    for (unsigned i = 0; i < KEYS; i++) {
        const int size = journal.port.get(journal.port.ctx, names[i], bytes, sizeof bytes);
        if (what[i] == 0
                ? size != VB_ERR_NOT_FOUND
                : size != VALUE_BYTES || bytes[0] != what[i] || bytes[VALUE_BYTES - 1] != what[i])
            return false;
    }
    return true;
}

static int new_board(void **state)
{
    (void)state;
    host_nvs_make(PARTITION, NVS_BYTES);
    start();
    assert_int_equal(change(before), VB_ERR_OK);
    return 0;
}

static void a_batch_outlives_a_restart(void **state)
{
    (void)state;
    assert_int_equal(change(after), VB_ERR_OK);
    host_nvs_power_on();
    start();
    assert_true(holds(after));
}

static void a_batch_is_whole_or_not_there_wherever_the_power_goes(void **state)
{
    unsigned cuts = 0, kept = 0;
    for (int how = 0; how < HOST_NVS_CUTS; how++) {
        for (unsigned at = 1; at < WRITES_MAX; at++) {
            new_board(state);
            host_nvs_cut_at(at, (enum host_nvs_cut)how);
            const enum vb_err said = change(after);
            if (!host_nvs_is_off())
                break;
            host_nvs_power_on();
            start();
            const bool all = holds(after);
            assert_true(all || holds(before));
            assert_true(all || said != VB_ERR_OK);
            assert_false(all && said == VB_ERR_STORE);
            cuts++;
            kept += all;
        }
    }
    /* The record, four keys and the record's end, each set or erased and committed; "+1" was
     * there, "+ledger" was not. */
    assert_int_equal(cuts, 3 * 12);
    assert_in_range(kept, 1, cuts - 1);
}

static void the_power_may_go_again_while_a_batch_is_carried_out(void **state)
{
    enum { RECORD_WRITTEN = 3 };
    for (unsigned at = 1; at < WRITES_MAX; at++) {
        new_board(state);
        host_nvs_cut_at(RECORD_WRITTEN, HOST_NVS_OLD);
        assert_int_equal(change(after), VB_ERR_UNCERTAIN);
        host_nvs_power_on();
        assert_int_equal(vb_nvs_start(PARTITION), ESP_OK);
        assert_int_equal(vb_nvs_keys_open(&keys, PARTITION, "rx_config"), ESP_OK);
        host_nvs_cut_at(at, HOST_NVS_TORN);
        vb_journal_init(&journal, &keys.port, record, sizeof record);
        const enum vb_err opened = vb_journal_open(&journal);
        const bool off = host_nvs_is_off();
        assert_true(off || opened == VB_ERR_OK);
        host_nvs_power_on();
        start();
        assert_true(holds(after));
        if (!off)
            return;
    }
    fail_msg("it was never carried out whole");
}

static const uint8_t later[KEYS] = {21, 22, 0, 24};

/* After a restart. */
static bool is_as_answered(enum vb_err said, enum vb_err said_later)
{
    host_nvs_power_on();
    start();
    if (said_later == VB_ERR_OK)
        return holds(later);
    return (said != VB_ERR_STORE && holds(after)) || (said != VB_ERR_OK && holds(before)) ||
           (said_later == VB_ERR_UNCERTAIN && holds(later));
}

static void after_a_failed_write_nothing_is_written_until_a_restart(void **state)
{
    void (*const fail_at[])(unsigned) = {host_nvs_fail_at, host_nvs_deny_at};
    for (unsigned how = 0; how < VB_COUNT_OF(fail_at); how++) {
        unsigned at = 1;
        for (; at < WRITES_MAX; at++) {
            new_board(state);
            fail_at[how](at);
            const enum vb_err said = change(after);
            if (host_nvs_writes() < at)
                break;
            const enum vb_err said_later = change(later);
            assert_int_equal(host_nvs_writes(), at);
            assert_true(is_as_answered(said, said_later));
            assert_int_equal(change(later), VB_ERR_OK);
            assert_true(is_as_answered(said, VB_ERR_OK));
        }
        assert_int_equal(at, 13);
    }
}

static void a_failed_write_of_others_counts_too(void **state)
{
    nvs_handle_t other;
    (void)state;
    assert_int_equal(nvs_open_from_partition(PARTITION, "channel", NVS_READWRITE, &other), ESP_OK);
    host_nvs_fail_at(1);
    assert_int_equal(vb_nvs_write(other, "home", "6", 1), ESP_FAIL);
    assert_int_equal(change(after), VB_ERR_UNCERTAIN);
    assert_true(holds(before));
    assert_int_equal(vb_nvs_write(other, "home", "6", 1), ESP_OK);
    assert_int_equal(change(after), VB_ERR_UNCERTAIN);
}

static void a_full_partition_refuses_and_keeps_what_there_is(void **state)
{
    static uint8_t bytes[VB_STORE_VALUE_MAX];
    char name[VB_STORE_KEY_SIZE];
    (void)state;
    unsigned written = 0;
    for (; written < 100; written++) {
        snprintf(name, sizeof name, "fill%u", written);
        if (keys.port.write(keys.port.ctx, name, bytes, sizeof bytes) != VB_ERR_OK)
            break;
    }
    assert_in_range(written, 10, 14); /* 15 pages of 4 kB, and one to move values to */
    assert_true(holds(before));
    assert_int_equal(change(after), VB_ERR_OK); /* what fits is still taken */
}

static void a_section_and_a_whole_record_fit_twice_on_64_kb(void **state)
{
    static uint8_t bytes[VB_JOURNAL_BYTES];
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(keys.port.write(keys.port.ctx, "~batch", bytes, sizeof bytes), VB_ERR_OK);
}

static void values_are_read_as_the_core_asks(void **state)
{
    uint8_t bytes[VALUE_BYTES];
    (void)state;
    assert_int_equal(keys.port.get(keys.port.ctx, "none", bytes, sizeof bytes), VB_ERR_NOT_FOUND);
    assert_int_equal(keys.port.get(keys.port.ctx, "+head", bytes, VALUE_BYTES - 1),
                     VB_ERR_TOO_LONG);
    assert_int_equal(keys.port.erase(keys.port.ctx, "none"), VB_ERR_OK);
    vb_nvs_keys_close(&keys);
    assert_int_equal(keys.port.get(keys.port.ctx, "+head", bytes, sizeof bytes), VB_ERR_STORE);
}

static void count(void *ctx, const char *key)
{
    uint8_t bytes[VALUE_BYTES];
    assert_int_equal(keys.port.get(keys.port.ctx, key, bytes, sizeof bytes), VALUE_BYTES);
    ++*(unsigned *)ctx;
}

static void every_key_of_the_namespace_is_listed_and_no_other(void **state)
{
    struct vb_nvs_keys other;
    unsigned listed = 0;
    (void)state;
    assert_int_equal(vb_nvs_keys_open(&other, PARTITION, "tx_cache"), ESP_OK);
    assert_int_equal(other.port.write(other.port.ctx, "theirs", (const uint8_t *)"x", 1),
                     VB_ERR_OK);
    assert_int_equal(keys.port.each(keys.port.ctx, count, &listed), VB_ERR_OK);
    assert_int_equal(listed, 3);
    vb_nvs_keys_close(&keys);
    assert_int_equal(keys.port.each(keys.port.ctx, count, &listed), VB_ERR_STORE);
}

static void what_cannot_be_opened_is_said(void **state)
{
    (void)state;
    assert_int_equal(vb_nvs_start("other"), ESP_ERR_NVS_PART_NOT_FOUND);
    assert_int_equal(vb_nvs_keys_open(&keys, PARTITION, "sixteen_letters_"),
                     ESP_ERR_NVS_KEY_TOO_LONG);
    host_nvs_power_on(); /* not started yet */
    assert_int_equal(vb_nvs_keys_open(&keys, PARTITION, "rx_config"), ESP_ERR_NVS_NOT_INITIALIZED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_batch_outlives_a_restart, new_board),
        cmocka_unit_test(a_batch_is_whole_or_not_there_wherever_the_power_goes),
        cmocka_unit_test(the_power_may_go_again_while_a_batch_is_carried_out),
        cmocka_unit_test(after_a_failed_write_nothing_is_written_until_a_restart),
        cmocka_unit_test_setup(a_failed_write_of_others_counts_too, new_board),
        cmocka_unit_test_setup(a_full_partition_refuses_and_keeps_what_there_is, new_board),
        cmocka_unit_test_setup(a_section_and_a_whole_record_fit_twice_on_64_kb, new_board),
        cmocka_unit_test_setup(values_are_read_as_the_core_asks, new_board),
        cmocka_unit_test_setup(every_key_of_the_namespace_is_listed_and_no_other, new_board),
        cmocka_unit_test_setup(what_cannot_be_opened_is_said, new_board)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
