#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "voltbeacon/core/bytes.h"
#include "voltbeacon/core/settings.h"

enum { BLOBS_MAX = 4 };

struct blob {
    char key[VB_STORE_KEY_SIZE];
    uint8_t bytes[VB_STORE_VALUE_MAX];
    size_t size;
};

/* Puts become visible with finish(OK), as in a real store. */
struct memory {
    struct blob held[BLOBS_MAX];
    struct blob staged[BLOBS_MAX];
    size_t staged_count;
    bool unreadable;
    uint32_t token;
    struct vb_store store;
};

static struct memory memory;
static struct vb_settings settings;

static struct blob *blob_of(struct memory *in, const char *key)
{
    struct blob *free_place = NULL;
    for (size_t i = 0; i < BLOBS_MAX; i++) {
        if (in->held[i].size > 0 && strcmp(in->held[i].key, key) == 0)
            return &in->held[i];
        if (in->held[i].size == 0 && free_place == NULL)
            free_place = &in->held[i];
    }
    return free_place;
}

static int get(void *ctx, const char *key, uint8_t *bytes, size_t capacity)
{
    const struct blob *blob = blob_of(ctx, key);
    if (((struct memory *)ctx)->unreadable)
        return VB_ERR_STORE;
    if (blob == NULL || blob->size == 0)
        return VB_ERR_NOT_FOUND;
    if (blob->size > capacity)
        return VB_ERR_TOO_LONG;
    memcpy(bytes, blob->bytes, blob->size);
    return (int)blob->size;
}

static void put(void *ctx, const char *key, const uint8_t *bytes, size_t size)
{
    struct memory *in = ctx;
    struct blob *blob = &in->staged[in->staged_count++];
    snprintf(blob->key, sizeof blob->key, "%s", key);
    if (size > 0)
        memcpy(blob->bytes, bytes, size);
    blob->size = size;
}

static void erase(void *ctx, const char *key)
{
    put(ctx, key, NULL, 0);
}

static void commit(void *ctx, uint32_t token)
{
    struct memory *in = ctx;
    size_t batch = 0;
    for (size_t i = 0; i < in->staged_count; i++)
        batch += in->staged[i].size + VB_STORE_OP_BYTES;
    assert_in_range(batch, 1, VB_SETTINGS_BATCH_BYTES);
    assert_int_equal(in->token, 0);
    in->token = token;
}

static void finish(enum vb_err result)
{
    const uint32_t token = memory.token;
    assert_int_not_equal(token, 0);
    memory.token = 0;
    const bool stored = result == VB_ERR_OK || result == VB_ERR_UNCERTAIN; /* the worse of both */
    for (size_t i = 0; stored && i < memory.staged_count; i++)
        *blob_of(&memory, memory.staged[i].key) = memory.staged[i];
    memory.staged_count = 0;
    vb_settings_committed(&settings, token, result);
}

static int fresh(void **state)
{
    (void)state;
    memset(&memory, 0, sizeof memory);
    memory.store =
        (struct vb_store){.ctx = &memory, .get = get, .put = put, .erase = erase, .commit = commit};
    vb_settings_init(&settings, &memory.store);
    return 0;
}

/* A change of one field of a section, as text. */
static struct vb_section_change change_of(uint8_t section, const char *field, const char *text,
                                          uint8_t bytes[64])
{
    const int size =
        vb_field_parse(vb_field_by_name(vb_section_by_id(section), field), text, bytes, 64);
    assert_true(size > 0);
    return (struct vb_section_change){section, bytes, (size_t)size};
}

static enum vb_err change(uint8_t section, const char *field, const char *text, uint32_t *token)
{
    uint8_t bytes[64];
    uint8_t bad_section;
    struct vb_reasons reasons;
    const struct vb_section_change one = change_of(section, field, text, bytes);
    return vb_settings_change(&settings, &one, 1, token, &bad_section, &reasons);
}

static uint16_t web_port(void)
{
    union vb_values values;
    vb_settings_values(&settings, VB_SECTION_RECEIVER, &values);
    return values.receiver.web_port;
}

static void a_failed_commit_changes_nothing(void **state)
{
    (void)state;
    uint32_t token;
    assert_int_equal(change(VB_SECTION_RECEIVER, "web_port", "9000", &token), VB_ERR_OK);
    assert_int_not_equal(token, 0);
    finish(VB_ERR_STORE);
    assert_int_equal(web_port(), 8080);
    assert_int_equal(vb_settings_version(&settings, VB_SECTION_RECEIVER), 1);
    vb_settings_init(&settings, &memory.store);
    assert_int_equal(web_port(), 8080);
}

/* What a restart may find has to be written over, even by a change back to what was. */
static void after_a_commit_that_is_not_certain_the_old_values_hold_and_are_written_again(
    void **state)
{
    (void)state;
    uint32_t token;
    assert_int_equal(change(VB_SECTION_RECEIVER, "web_port", "9000", &token), VB_ERR_OK);
    finish(VB_ERR_UNCERTAIN);
    assert_int_equal(web_port(), 8080);
    assert_int_equal(change(VB_SECTION_RECEIVER, "web_port", "8080", &token), VB_ERR_OK);
    assert_int_not_equal(token, 0);
    finish(VB_ERR_OK);
    assert_int_equal(change(VB_SECTION_RECEIVER, "web_port", "8080", &token), VB_ERR_OK);
    assert_int_equal(token, 0);
    vb_settings_init(&settings, &memory.store);
    assert_int_equal(web_port(), 8080);
}

static void old_values_hold_until_the_commit_is_durable(void **state)
{
    (void)state;
    uint32_t token;
    const uint32_t before = vb_settings_hash(&settings, VB_SECTION_RECEIVER);
    assert_int_equal(change(VB_SECTION_RECEIVER, "web_port", "9000", &token), VB_ERR_OK);
    assert_int_equal(web_port(), 8080);
    assert_int_equal(vb_settings_hash(&settings, VB_SECTION_RECEIVER), before);
    finish(VB_ERR_OK);
    assert_int_equal(web_port(), 9000);
    assert_int_equal(vb_settings_version(&settings, VB_SECTION_RECEIVER), 2);
    assert_int_not_equal(vb_settings_hash(&settings, VB_SECTION_RECEIVER), before);
}

static void only_one_commit_is_under_way(void **state)
{
    (void)state;
    uint32_t token;
    assert_int_equal(change(VB_SECTION_RECEIVER, "web_port", "9000", &token), VB_ERR_OK);
    assert_int_equal(change(VB_SECTION_DISPLAY, "theme", "dark", &token), VB_ERR_BUSY);
    finish(VB_ERR_OK);
    assert_int_equal(change(VB_SECTION_DISPLAY, "theme", "dark", &token), VB_ERR_OK);
    finish(VB_ERR_OK);
}

static void a_section_of_the_transmitter_is_not_found_here(void **state)
{
    (void)state;
    uint32_t token;
    assert_int_equal(change(VB_SECTION_MQTT, "port", "1884", &token), VB_ERR_NOT_FOUND);
}

static void a_broken_rule_refuses_all_changes_and_names_the_section(void **state)
{
    (void)state;
    uint8_t bytes[2][64];
    uint8_t bad_section;
    uint32_t token;
    struct vb_reasons reasons;
    const struct vb_section_change changes[] = {
        change_of(VB_SECTION_DISPLAY, "theme", "dark", bytes[0]),
        change_of(VB_SECTION_RECEIVER, "network_mode", "static", bytes[1])};
    assert_int_equal(vb_settings_change(&settings, changes, 2, &token, &bad_section, &reasons),
                     VB_ERR_OUT_OF_RANGE);
    assert_int_equal(bad_section, VB_SECTION_RECEIVER);
    assert_true(reasons.count > 0);
    assert_int_equal(memory.staged_count, 0);
    assert_int_equal(vb_settings_version(&settings, VB_SECTION_DISPLAY), 1);
}

static void a_damaged_blob_takes_the_defaults(void **state)
{
    (void)state;
    static const uint8_t damaged[] = {2, 0, 0, 0, 1, 200, 7};
    struct blob *blob = blob_of(&memory, "16");
    snprintf(blob->key, sizeof blob->key, "16");
    memcpy(blob->bytes, damaged, sizeof damaged);
    blob->size = sizeof damaged;
    vb_settings_init(&settings, &memory.store);
    assert_int_equal(web_port(), 8080);
}

static void hold(const char *key, const uint8_t *bytes, size_t size)
{
    struct blob *blob = blob_of(&memory, key);
    snprintf(blob->key, sizeof blob->key, "%s", key);
    memcpy(blob->bytes, bytes, size);
    blob->size = size;
    vb_settings_init(&settings, &memory.store);
}

static void a_blob_without_a_version_takes_the_defaults(void **state)
{
    (void)state;
    static const uint8_t stored[] = {0, 0, 0, 0, 6, 2, 0x28, 0x23};
    hold("16", stored, sizeof stored);
    assert_int_equal(web_port(), 8080);
    assert_int_equal(vb_settings_version(&settings, VB_SECTION_RECEIVER), 0x80000000u);
    assert_int_equal(settings.damaged, 1);
}

static void a_blob_of_a_version_alone_takes_the_defaults(void **state)
{
    (void)state;
    static const uint8_t stored[] = {7, 0, 0, 0};
    hold("16", stored, sizeof stored);
    assert_int_equal(vb_settings_version(&settings, VB_SECTION_RECEIVER), 0x80000000u);
    assert_int_equal(settings.damaged, 1);
}

/* As an earlier firmware stored it. */
static void a_field_that_was_not_stored_is_added_behind_the_others(void **state)
{
    (void)state;
    static const uint8_t stored[] = {7, 0, 0, 0, 6, 2, 0x28, 0x23};
    uint32_t token;
    union vb_values values;
    hold("16", stored, sizeof stored);
    assert_int_equal(change(VB_SECTION_RECEIVER, "persist_cache", "false", &token), VB_ERR_OK);
    finish(VB_ERR_OK);
    vb_settings_values(&settings, VB_SECTION_RECEIVER, &values);
    assert_int_equal(values.receiver.web_port, 9000);
    assert_false(values.receiver.persist_cache);
}

/* What later firmware has left may fill its section's place, but not that of the others. */
static void a_blob_of_any_size_leaves_room_for_the_other_sections_A11(void **state)
{
    (void)state;
    static const size_t unknown_sizes[] = {509, 510, 2000};
    for (size_t i = 0; i < VB_COUNT_OF(unknown_sizes); i++) {
        static uint8_t stored[4 + 3 + 2000];
        struct vb_writer writer = vb_writer_of(stored, sizeof stored);
        vb_write_u32(&writer, 7);
        vb_write_u8(&writer, 200);
        vb_write_varint(&writer, (uint32_t)unknown_sizes[i]);
        hold("16", stored, writer.at + unknown_sizes[i]);
        const bool kept = writer.at + unknown_sizes[i] <= 4 + VB_SETTINGS_SECTION_BYTES;
        assert_int_equal(vb_settings_version(&settings, VB_SECTION_RECEIVER),
                         kept ? 7 : 0x80000000u);
        uint32_t token;
        assert_int_equal(change(VB_SECTION_DISPLAY, "theme", "dark", &token), VB_ERR_OK);
        finish(VB_ERR_OK);
        assert_int_equal(change(VB_SECTION_RECEIVER, "web_port", "9000", &token),
                         kept ? VB_ERR_TOO_LONG : VB_ERR_OK);
        memset(&memory.held, 0, sizeof memory.held);
        memory.token = 0;
    }
}

static void a_section_that_no_firmware_knows_is_not_found(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 1, 1};
    const struct vb_section_change unknown = {VB_SECTION_ID_MAX, bytes, sizeof bytes};
    uint8_t bad_section;
    uint32_t token;
    struct vb_reasons reasons;
    assert_int_equal(vb_settings_change(&settings, &unknown, 1, &token, &bad_section, &reasons),
                     VB_ERR_NOT_FOUND);
    assert_int_equal(bad_section, VB_SECTION_ID_MAX);
}

static void a_field_out_of_range_takes_its_default_and_is_counted(void **state)
{
    (void)state;
    static const uint8_t stored[] = {5, 0, 0, 0, 6, 2,
                                     0, 0, 8, 1, 0}; /* web_port 0, persist_cache off */
    struct blob *blob = blob_of(&memory, "16");
    snprintf(blob->key, sizeof blob->key, "16");
    memcpy(blob->bytes, stored, sizeof stored);
    blob->size = sizeof stored;
    vb_settings_init(&settings, &memory.store);
    union vb_values values;
    vb_settings_values(&settings, VB_SECTION_RECEIVER, &values);
    assert_int_equal(values.receiver.web_port, 8080);
    assert_false(values.receiver.persist_cache);
    assert_int_equal(settings.repaired, 1);
    assert_int_equal(vb_settings_version(&settings, VB_SECTION_RECEIVER), 5);
}

static void an_equal_value_is_not_written_again_A12(void **state)
{
    (void)state;
    uint32_t token = 99;
    assert_int_equal(change(VB_SECTION_RECEIVER, "web_port", "8080", &token), VB_ERR_OK);
    assert_int_equal(token, 0);
    assert_int_equal(memory.staged_count, 0);
}

static void two_sections_change_in_one_commit(void **state)
{
    (void)state;
    uint8_t bytes[2][64];
    uint8_t bad_section;
    uint32_t token;
    struct vb_reasons reasons;
    const struct vb_section_change changes[] = {
        change_of(VB_SECTION_DISPLAY, "theme", "dark", bytes[0]),
        change_of(VB_SECTION_RECEIVER, "web_port", "9000", bytes[1])};
    assert_int_equal(vb_settings_change(&settings, changes, 2, &token, &bad_section, &reasons),
                     VB_ERR_OK);
    assert_int_equal(memory.staged_count, 2);
    finish(VB_ERR_OK);
    vb_settings_init(&settings, &memory.store);
    union vb_values values;
    vb_settings_values(&settings, VB_SECTION_DISPLAY, &values);
    assert_int_equal(values.display.theme, VB_THEME_DARK);
    assert_int_equal(web_port(), 9000);
    assert_int_equal(vb_settings_version(&settings, VB_SECTION_RECEIVER), 2);
}

/* The faults of a moment: defaults hold, but nothing is written over what is stored. */
static void what_cannot_be_read_is_not_written_over_and_is_found_later(void **state)
{
    (void)state;
    uint32_t token;
    vb_settings_init(&settings, &memory.store);
    assert_int_equal(change(VB_SECTION_RECEIVER, "web_port", "9000", &token), VB_ERR_OK);
    finish(VB_ERR_OK);
    memory.unreadable = true;
    vb_settings_init(&settings, &memory.store);
    assert_int_equal(web_port(), 8080);
    assert_int_not_equal(settings.unreadable, 0);
    assert_int_equal(change(VB_SECTION_RECEIVER, "web_port", "9001", &token), VB_ERR_STORE);
    assert_int_equal(memory.staged_count, 0);
    assert_false(vb_settings_reread(&settings));
    memory.unreadable = false;
    assert_true(vb_settings_reread(&settings));
    assert_int_equal(settings.unreadable, 0);
    assert_int_equal(web_port(), 9000);
}

static void what_could_be_read_is_not_read_again(void **state)
{
    (void)state;
    static const uint8_t stored[] = {5, 0, 0, 0, 6, 2, 0, 0}; /* web_port 0 is repaired */
    hold("16", stored, sizeof stored);
    assert_int_equal(settings.repaired, 1);
    settings.unreadable = 2; /* another section */
    assert_true(vb_settings_reread(&settings));
    assert_int_equal(settings.repaired, 1);
}

static void nothing_is_read_again_over_a_change_under_way(void **state)
{
    (void)state;
    uint32_t token;
    vb_settings_init(&settings, &memory.store);
    settings.unreadable = 1;
    assert_int_equal(change(VB_SECTION_HISTORY, "keep_10s_days", "9", &token), VB_ERR_OK);
    assert_false(vb_settings_reread(&settings));
    finish(VB_ERR_OK);
    assert_true(vb_settings_reread(&settings));
    assert_int_equal(settings.unreadable, 0);
}

static void any_flipped_bit_is_found_and_stays_until_the_next_change(void **state)
{
    (void)state;
    uint32_t token;
    vb_settings_init(&settings, &memory.store);
    assert_int_equal(change(VB_SECTION_RECEIVER, "web_port", "9000", &token), VB_ERR_OK);
    finish(VB_ERR_OK);
    struct blob *blob = blob_of(&memory, "+16");
    for (size_t bit = 0; bit < 8 * blob->size; bit++) {
        blob->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        vb_settings_init(&settings, &memory.store);
        assert_int_equal(settings.damaged, 1);
        assert_int_equal(web_port(), 8080);
        blob->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    blob->bytes[20] ^= 1;
    vb_settings_init(&settings, &memory.store);
    assert_int_equal(change(VB_SECTION_RECEIVER, "web_port", "9001", &token), VB_ERR_OK);
    finish(VB_ERR_OK);
    assert_int_equal(settings.damaged, 0);
    vb_settings_init(&settings, &memory.store);
    assert_int_equal(settings.damaged, 0);
    assert_int_equal(web_port(), 9001);
}

static void a_store_without_checksums_is_written_with_them(void **state)
{
    (void)state;
    static const uint8_t stored[] = {3, 0, 0, 0, 6, 2, 0x28, 0x23};
    struct blob *blob = blob_of(&memory, "16");
    snprintf(blob->key, sizeof blob->key, "16");
    memcpy(blob->bytes, stored, sizeof stored);
    blob->size = sizeof stored;
    vb_settings_init(&settings, &memory.store);
    uint32_t token;
    uint8_t bad_section;
    struct vb_reasons reasons;
    assert_int_equal(vb_settings_change(&settings, NULL, 0, &token, &bad_section, &reasons),
                     VB_ERR_OK);
    assert_int_not_equal(token, 0);
    finish(VB_ERR_OK);
    assert_int_equal(blob->size, 0); /* the old one is gone */
    vb_settings_init(&settings, &memory.store);
    assert_int_equal(web_port(), 9000);
    assert_int_equal(vb_settings_version(&settings, VB_SECTION_RECEIVER), 3);
    assert_int_equal(vb_settings_change(&settings, NULL, 0, &token, &bad_section, &reasons),
                     VB_ERR_OK);
    assert_int_equal(token, 0); /* once */
}

static void a_field_of_later_firmware_is_kept_A11(void **state)
{
    (void)state;
    static const uint8_t stored[] = {3, 0, 0, 0, 200, 2, 0xab, 0xcd};
    struct blob *blob = blob_of(&memory, "17");
    snprintf(blob->key, sizeof blob->key, "17");
    memcpy(blob->bytes, stored, sizeof stored);
    blob->size = sizeof stored;
    vb_settings_init(&settings, &memory.store);
    uint32_t token;
    assert_int_equal(change(VB_SECTION_DISPLAY, "theme", "dark", &token), VB_ERR_OK);
    finish(VB_ERR_OK);
    size_t size;
    const struct blob *after = blob_of(&memory, "+17");
    const uint8_t *kept = vb_section_find(after->bytes + 9, after->size - 9, 200, &size);
    assert_non_null(kept);
    assert_int_equal(size, 2);
}

static void without_a_store_changes_hold_at_once(void **state)
{
    (void)state;
    uint32_t token = 99;
    vb_settings_init(&settings, NULL);
    assert_int_equal(change(VB_SECTION_RECEIVER, "web_port", "9000", &token), VB_ERR_OK);
    assert_int_equal(token, 0);
    assert_int_equal(web_port(), 9000);
    assert_int_equal(vb_settings_version(&settings, VB_SECTION_RECEIVER), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_store_without_checksums_is_written_with_them, fresh),
        cmocka_unit_test_setup(nothing_is_read_again_over_a_change_under_way, fresh),
        cmocka_unit_test_setup(any_flipped_bit_is_found_and_stays_until_the_next_change, fresh),
        cmocka_unit_test_setup(what_cannot_be_read_is_not_written_over_and_is_found_later, fresh),
        cmocka_unit_test_setup(a_failed_commit_changes_nothing, fresh),
        cmocka_unit_test_setup(
            after_a_commit_that_is_not_certain_the_old_values_hold_and_are_written_again, fresh),
        cmocka_unit_test_setup(old_values_hold_until_the_commit_is_durable, fresh),
        cmocka_unit_test_setup(only_one_commit_is_under_way, fresh),
        cmocka_unit_test_setup(a_section_of_the_transmitter_is_not_found_here, fresh),
        cmocka_unit_test_setup(a_broken_rule_refuses_all_changes_and_names_the_section, fresh),
        cmocka_unit_test_setup(a_damaged_blob_takes_the_defaults, fresh),
        cmocka_unit_test_setup(a_blob_without_a_version_takes_the_defaults, fresh),
        cmocka_unit_test_setup(a_blob_of_a_version_alone_takes_the_defaults, fresh),
        cmocka_unit_test_setup(a_field_that_was_not_stored_is_added_behind_the_others, fresh),
        cmocka_unit_test_setup(what_could_be_read_is_not_read_again, fresh),
        cmocka_unit_test_setup(a_blob_of_any_size_leaves_room_for_the_other_sections_A11, fresh),
        cmocka_unit_test_setup(a_section_that_no_firmware_knows_is_not_found, fresh),
        cmocka_unit_test_setup(a_field_out_of_range_takes_its_default_and_is_counted, fresh),
        cmocka_unit_test_setup(an_equal_value_is_not_written_again_A12, fresh),
        cmocka_unit_test_setup(two_sections_change_in_one_commit, fresh),
        cmocka_unit_test_setup(a_field_of_later_firmware_is_kept_A11, fresh),
        cmocka_unit_test_setup(without_a_store_changes_hold_at_once, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
