/* What is handed over to the storing task is answered, whatever the flash does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "esp-idf/voltbeacon/inbox.h"
#include "esp-idf/voltbeacon/storing.h"
#include "host/host_nvs.h"
#include "host/host_partition.h"

#include <cmocka.h>

static const char *const names[VB_STORING_STORES_MAX] = {"one", "two", "three"};
static uint8_t records[VB_STORING_STORES_MAX][VB_JOURNAL_BYTES];
static struct vb_event_ring events;
static SemaphoreHandle_t lock;
static QueueHandle_t inbox;

/* Tasks do not end, so each test has its own of what they use; nothing of it is freed. */
static struct vb_storing *start(void)
{
    struct vb_storing *storing = calloc(1, sizeof *storing);
    struct vb_nvs_store *stores = calloc(VB_STORING_STORES_MAX, sizeof *stores);
    if (lock == NULL)
        lock = xSemaphoreCreateMutex();
    inbox = xQueueCreate(VB_INBOX_ITEMS, sizeof(struct vb_inbox_item));
    host_partition_make("events", 0x10000, 0xff);
    assert_true(vb_event_ring_open(&events, "events", lock));
    for (unsigned i = 0; i < VB_STORING_STORES_MAX; i++)
        stores[i] = (struct vb_nvs_store){
            .name = names[i], .record = records[i], .record_bytes = sizeof records[i]};
    vb_storing_open(storing, "nvs", stores, VB_STORING_STORES_MAX, &events, inbox);
    assert_true(vb_storing_start(storing));
    return storing;
}

static struct vb_storing *start_on_new_board(void)
{
    host_nvs_make("nvs", 0x10000);
    assert_int_equal(vb_nvs_start("nvs"), ESP_OK);
    return start();
}

static void put(const struct vb_storing *storing, unsigned store, uint32_t token)
{
    const struct vb_store *port = vb_storing_store(storing, store);
    port->put(port->ctx, "+1", (const uint8_t *)"content", 7);
    port->commit(port->ctx, token);
}

/* The next answer: its job. */
static unsigned answer(enum vb_err *result)
{
    struct vb_inbox_item item;
    assert_int_equal(xQueueReceive(inbox, &item, pdMS_TO_TICKS(20000)), pdTRUE);
    assert_int_equal(item.kind, VB_INBOX_STORED);
    *result = item.as.stored.result;
    return item.as.stored.store;
}

static bool is_quiet(void)
{
    struct vb_inbox_item item;
    return xQueueReceive(inbox, &item, pdMS_TO_TICKS(50)) == pdFALSE;
}

static void each_store_answers_with_its_own_token(void **state)
{
    struct vb_storing *storing = start_on_new_board();
    enum vb_err result;
    (void)state;
    put(storing, 0, 70);
    put(storing, 2, 72);
    vb_storing_hand_over(storing, false);
    vb_storing_hand_over(storing, false); /* they are under way already */
    for (unsigned i = 0; i < 2; i++) {
        const unsigned job = answer(&result);
        assert_int_equal(result, VB_ERR_OK);
        assert_int_equal(job, 2 * i);
        assert_int_equal(vb_storing_answered(storing, job, result), 70 + job);
    }
    assert_true(is_quiet());
    assert_int_equal(storing->writes, 2);
    assert_int_equal(storing->failed, 0);
    put(storing, 0, 73);
    vb_storing_hand_over(storing, false);
    assert_int_equal(vb_storing_answered(storing, answer(&result), result), 73);
}

static void a_flash_that_refuses_is_said_and_counted(void **state)
{
    struct vb_storing *storing = start_on_new_board();
    enum vb_err result;
    (void)state;
    host_nvs_fail_at(1);
    put(storing, 1, 7);
    vb_storing_hand_over(storing, false);
    const unsigned job = answer(&result);
    assert_int_equal(result, VB_ERR_UNCERTAIN); /* it may have been written nevertheless */
    assert_int_equal(vb_storing_answered(storing, job, result), 7);
    assert_int_equal(storing->failed, 1);
}

static void events_are_written_where_they_wait_and_are_due(void **state)
{
    struct vb_storing *storing = start_on_new_board();
    const struct vb_occurrence happened = {.type = VB_OCCURRENCE_STATE};
    enum vb_err result;
    (void)state;
    vb_storing_hand_over(storing, true); /* nothing waits */
    (void)events.port.add(&events, &happened);
    vb_storing_hand_over(storing, false); /* it is not due */
    assert_true(is_quiet());
    vb_storing_hand_over(storing, true);
    assert_int_equal(answer(&result), VB_STORING_EVENTS);
    assert_int_equal(result, VB_ERR_OK);
    (void)vb_storing_answered(storing, VB_STORING_EVENTS, result);
    assert_false(events.port.waits(&events));
}

static void without_nvs_there_is_no_store_and_life_goes_on(void **state)
{
    (void)state;
    host_nvs_make("other", 0x10000);
    struct vb_storing *storing = start();
    for (unsigned i = 0; i < VB_STORING_STORES_MAX; i++)
        assert_null(vb_storing_store(storing, i));
    vb_storing_hand_over(storing, true);
    assert_true(is_quiet());
}

static unsigned notes;
static uint8_t noted;

static bool write_note(const char *partition, uint8_t value)
{
    noted = value;
    return ++notes != 2 && strcmp(partition, "nvs") == 0;
}

static void of_several_notes_the_newest_is_written_and_each_is_answered(void **state)
{
    struct vb_storing *storing = start_on_new_board();
    enum vb_err result;
    (void)state;
    for (uint8_t i = 1; i <= 2; i++) {
        vb_storing_note(storing, &(struct vb_storing_note){write_note, "nvs", (uint8_t)(i - 1)});
        vb_storing_note(storing, &(struct vb_storing_note){write_note, "nvs", i});
        vb_storing_hand_over(storing, false);
        vb_storing_hand_over(storing, false);
        vb_storing_note(storing, &(struct vb_storing_note){write_note, "nvs", 99});
        vb_storing_hand_over(storing, false); /* not before the other is answered */
        assert_int_equal(answer(&result), VB_STORING_NOTE);
        assert_int_equal(result, i == 1 ? VB_ERR_OK : VB_ERR_STORE);
        assert_int_equal(noted, i);
        assert_true(is_quiet());
        storing->waiting.write = NULL;
        assert_int_equal(vb_storing_answered(storing, VB_STORING_NOTE, result), 0);
    }
    vb_storing_hand_over(storing, false);
    assert_true(is_quiet());
    assert_int_equal(notes, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_store_answers_with_its_own_token),
        cmocka_unit_test(a_flash_that_refuses_is_said_and_counted),
        cmocka_unit_test(events_are_written_where_they_wait_and_are_due),
        cmocka_unit_test(without_nvs_there_is_no_store_and_life_goes_on),
        cmocka_unit_test(of_several_notes_the_newest_is_written_and_each_is_answered)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
