/* What a receiver device tells of its transmitters' starts, heard or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fixtures/house_look.h"
#include "voltbeacon/core/transmitter_facts.h"

static struct house house;
static struct house_pack *pack;

static const struct vb_board_facts power = {.start = VB_START_POWER_ON};
static const struct vb_board_facts crash = {
    .start = VB_START_CRASH, .crashes = 2, .flags = VB_BOARD_CORE_DUMP};

/* A receiver that has heard its transmitter's board. */
static int fresh(void **state)
{
    (void)state;
    house_new(&house);
    pack = house_pack_new(&house);
    vb_transmitter_facts(&pack->t, house.now_ms, &power);
    house_start(&house);
    house_pass(&house, 5000);
    return 0;
}

static void reboot(const struct vb_board_facts *facts)
{
    house_pack_boot(pack, house.now_ms);
    vb_transmitter_facts(&pack->t, house.now_ms, facts);
}

static unsigned told(struct vb_occurrence *newest)
{
    return house_states(&house, VB_STATE_TRANSMITTER_REBOOTED, newest);
}

/* No beacon of the new boot arrives, only what somebody has asked it for. */
static void reboot_unannounced(void)
{
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    struct vb_writer writer =
        vb_writer_of(bytes + VB_FRAME_HEAD_BYTES, sizeof bytes - VB_FRAME_HEAD_BYTES);
    pack->lost = 1u << VB_MESSAGE_BEACON | 1u << VB_MESSAGE_HELLO_ACK;
    reboot(&crash);
    vb_write_u32(&writer, pack->t.store_id);
    vb_request_item_write(&writer, &(struct vb_request_item){.id = VB_SECTION_BATTERY});
    const struct vb_frame request = {
        .message = VB_MESSAGE_REQUEST, .epoch = 1, .seq = 1, .payload_size = writer.at};
    const struct vb_mac *from = &house.config.mac;
    const size_t size = vb_frame_finish(&vb_room_plain, &request, from, &pack->mac, bytes);
    assert_int_equal(vb_transmitter_input(&pack->t, house.now_ms, from, &pack->mac, bytes, size),
                     VB_ERR_OK);
    house_pass(&house, 1000);
    assert_int_equal(vb_receiver_peer(&house.device.core, &pack->mac)->quality.reboots, 1);
    assert_int_equal(told(NULL), 0);
}

static void a_crash_while_this_receiver_was_off_is_told_once(void **state)
{
    (void)state;
    struct vb_occurrence newest = {.id = 0};
    assert_int_equal(told(NULL), 0); /* that it was there already is no reboot */
    house_stop(&house);
    reboot(&power);
    house_pass(&house, 1000);
    reboot(&crash);
    house_pass(&house, 1000);
    house_start(&house);
    house_pass(&house, 5000);
    assert_int_equal(told(&newest), 1);
    assert_non_null(strstr(newest.text, "Rebooted unheard (boot "));
    assert_non_null(
        strstr(newest.text, "): a crash, 2 crashes in a row. A core dump lies in its flash."));
    assert_int_equal(newest.alarm.level, VB_ALARM_WARNING);
    for (unsigned i = 0; i < 2; i++) {
        house_stop(&house);
        house_start(&house);
        house_pass(&house, 5000);
        assert_int_equal(told(NULL), 1);
    }
}

static void a_reboot_that_was_heard_is_told_as_such_and_not_again_after_a_restart(void **state)
{
    (void)state;
    struct vb_occurrence newest = {.id = 0};
    reboot(&crash);
    house_pass(&house, 5000);
    assert_int_equal(told(&newest), 1);
    assert_null(strstr(newest.text, "unheard"));
    house_stop(&house);
    house_start(&house);
    house_pass(&house, 5000);
    assert_int_equal(told(NULL), 1);
}

static void a_receiver_without_power_knows_what_it_heard_a_second_before(void **state)
{
    (void)state;
    reboot(&crash);
    house_pass(&house, 5000);
    house.running = false; /* not even the time to write */
    house_start(&house);
    house_pass(&house, 5000);
    assert_int_equal(told(NULL), 1);
}

static void a_reboot_that_is_first_noticed_by_its_content_waits_for_its_reason(void **state)
{
    (void)state;
    struct vb_occurrence newest = {.id = 0};
    reboot_unannounced();
    pack->lost = 0;
    house_pass(&house, 16000);
    assert_int_equal(told(&newest), 1);
    assert_non_null(strstr(newest.text, "): a crash"));
}

static void without_a_beacon_the_reboot_is_told_when_the_transmitter_is_offline(void **state)
{
    (void)state;
    struct vb_occurrence newest = {.id = 0};
    reboot_unannounced();
    pack->silent = true;
    house_pass(&house, 31000);
    assert_int_equal(told(&newest), 1);
    assert_non_null(strstr(newest.text, ")."));
}

/* Anybody can make up who has never answered a hello. */
static void of_one_that_tells_nothing_or_may_be_made_up_nothing_is_kept(void **state)
{
    (void)state;
    const struct vb_board_facts nothing = {.channel = 6};
    reboot(&nothing);
    house_pass(&house, 5000);
    assert_int_equal(told(NULL), 1);
    struct house_pack *stranger = house_pack_new(&house);
    stranger->lost = 1u << VB_MESSAGE_HELLO_ACK;
    vb_transmitter_facts(&stranger->t, house.now_ms, &power);
    house_pass(&house, 5000);
    house_stop(&house);
    house_pack_boot(stranger, house.now_ms);
    vb_transmitter_facts(&stranger->t, house.now_ms, &crash);
    house_start(&house);
    house_pass(&house, 5000);
    assert_int_equal(told(NULL), 1);
}

static void what_the_notes_do_not_take_is_kept_a_second_later(void **state)
{
    (void)state;
    house.events.notes_refused = true;
    reboot(&crash);
    house_pass(&house, 5000);
    house.events.notes_refused = false;
    house_pass(&house, 2000);
    house.running = false;
    house_start(&house);
    house_pass(&house, 5000);
    assert_int_equal(told(NULL), 1);
}

static void what_the_notes_do_not_take_before_the_stop_they_take_then(void **state)
{
    (void)state;
    house_stop(&house); /* what else there is to note is */
    house_start(&house);
    house.events.notes_refused = true;
    reboot(&crash);
    house_pass(&house, 400);
    assert_int_equal(told(NULL), 1);
    house_stop(&house); /* has them flushed */
    house_start(&house);
    house_pass(&house, 5000);
    assert_int_equal(told(NULL), 1);
}

static struct memory_note *boot_note(void)
{
    for (unsigned i = 0; i < MEMORY_NOTES_MAX; i++) {
        if (strncmp(house.events.notes[i].key, "boot ", 5) == 0)
            return &house.events.notes[i];
    }
    return NULL;
}

static void a_boot_is_noted_once_and_not_every_second(void **state)
{
    (void)state;
    assert_non_null(boot_note());
    boot_note()->key[0] = '\0';
    house_pass(&house, 5000);
    assert_null(boot_note());
}

static void a_note_that_is_not_ones_own_is_as_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "nonsense\n", "12345678901\n", "12"};
    for (size_t i = 0; i < VB_COUNT_OF(texts); i++) {
        house_stop(&house);
        assert_true(house.events.port.note(&house.events, "boot 02:00:00:00:00:01", 0, texts[i],
                                           strlen(texts[i]), true));
        house_start(&house);
        house_pass(&house, 5000);
        assert_int_equal(told(NULL), 0);
    }
}

int main(void)
{
#define FRESH(test) cmocka_unit_test_setup(test, fresh)
    const struct CMUnitTest tests[] = {
        FRESH(a_crash_while_this_receiver_was_off_is_told_once),
        FRESH(a_reboot_that_was_heard_is_told_as_such_and_not_again_after_a_restart),
        FRESH(a_receiver_without_power_knows_what_it_heard_a_second_before),
        FRESH(a_reboot_that_is_first_noticed_by_its_content_waits_for_its_reason),
        FRESH(without_a_beacon_the_reboot_is_told_when_the_transmitter_is_offline),
        FRESH(of_one_that_tells_nothing_or_may_be_made_up_nothing_is_kept),
        FRESH(what_the_notes_do_not_take_is_kept_a_second_later),
        FRESH(what_the_notes_do_not_take_before_the_stop_they_take_then),
        FRESH(a_boot_is_noted_once_and_not_every_second),
        FRESH(a_note_that_is_not_ones_own_is_as_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
