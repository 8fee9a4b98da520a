/* Taking new firmware: what reaches the flash, and when the board switches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "../fixtures/firmware_slot.h"

#include <cmocka.h>

static struct firmware_image image;

static struct firmware_slot slot;
static struct vb_update update;

static int reset(void **state)
{
    const struct firmware_spec spec = firmware_sound();
    (void)state;
    firmware_slot_init(&slot, &update);
    firmware_make(&spec, &image);
    return 0;
}

static enum vb_firmware_verdict send(size_t piece)
{
    return firmware_send(&update, image.size, image.bytes, image.size, piece);
}

static void what_is_not_for_this_board_costs_no_write(void **state)
{
    (void)state;
    struct firmware_spec spec = firmware_sound();
    spec.program = "voltbeacon-transmitter";
    firmware_make(&spec, &image);
    for (size_t piece = 1; piece < 1000; piece += 90)
        assert_int_equal(send(piece), VB_FIRMWARE_OTHER_ROLE);
    assert_int_equal(slot.begun, 0);
    assert_int_equal(update.state, VB_UPDATE_IDLE);
}

static void what_is_not_sound_is_given_up_before_the_switch(void **state)
{
    (void)state;
    image.bytes[2000] ^= 1;
    assert_int_equal(send(1000), VB_FIRMWARE_DAMAGED);
    assert_int_equal(slot.begun, 1);
    assert_int_equal(slot.given_up, 1);
    image.bytes[2000] ^= 1;
    image.size -= 1000;
    assert_int_equal(vb_update_begin(&update, (uint32_t)image.size + 1000, false), VB_FIRMWARE_OK);
    assert_int_equal(vb_update_take(&update, image.bytes, image.size), VB_FIRMWARE_OK);
    assert_int_equal(vb_update_end(&update), VB_FIRMWARE_TORN);
    assert_int_equal(slot.given_up, 2);
    assert_int_equal(slot.verified, 0);
    assert_int_equal(update.state, VB_UPDATE_IDLE);
}

static void whatever_the_flash_refuses_ends_it(void **state)
{
    static const struct {
        enum vb_firmware_verdict begins, writes, verifies, switches;
        unsigned begun, given_up, switched;
    } cases[] = {
        {VB_FIRMWARE_NO_PLACE, VB_FIRMWARE_OK, VB_FIRMWARE_OK, VB_FIRMWARE_OK, 1, 0, 0},
        {VB_FIRMWARE_OK, VB_FIRMWARE_FLASH, VB_FIRMWARE_OK, VB_FIRMWARE_OK, 1, 1, 0},
        {VB_FIRMWARE_OK, VB_FIRMWARE_OK, VB_FIRMWARE_REFUSED, VB_FIRMWARE_OK, 1, 0, 0},
        {VB_FIRMWARE_OK, VB_FIRMWARE_OK, VB_FIRMWARE_OK, VB_FIRMWARE_FLASH, 1, 0, 1},
    };
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(cases); i++) {
        reset(NULL);
        slot.begins = cases[i].begins;
        slot.writes = cases[i].writes;
        slot.verifies = cases[i].verifies;
        slot.switches = cases[i].switches;
        assert_int_equal(send(1000),
                         (enum vb_firmware_verdict)(cases[i].begins + cases[i].writes +
                                                    cases[i].verifies + cases[i].switches));
        assert_int_equal(slot.begun, cases[i].begun);
        assert_int_equal(slot.given_up, cases[i].given_up);
        assert_int_equal(slot.switched, cases[i].switched);
        assert_int_equal(update.state, VB_UPDATE_IDLE);
    }
    reset(NULL); /* and it may be sent again */
    slot.writes = VB_FIRMWARE_FLASH;
    (void)send(1000);
    slot.writes = VB_FIRMWARE_OK;
    assert_int_equal(send(1000), VB_FIRMWARE_OK);
}

static void none_is_taken_on_trial_nor_beside_another(void **state)
{
    (void)state;
    assert_int_equal(vb_update_begin(&update, (uint32_t)image.size, true), VB_FIRMWARE_ON_TRIAL);
    assert_int_equal(update.state, VB_UPDATE_IDLE);
    assert_int_equal(vb_update_begin(&update, (uint32_t)image.size, false), VB_FIRMWARE_OK);
    assert_int_equal(vb_update_begin(&update, (uint32_t)image.size, false), VB_FIRMWARE_BUSY);
    assert_int_equal(update.state, VB_UPDATE_RECEIVING);
    vb_update_give_up(&update);
    assert_int_equal(slot.given_up, 0); /* nothing was begun */
    assert_int_equal(send(500), VB_FIRMWARE_OK);
    assert_int_equal(update.state, VB_UPDATE_SWITCHED);
    assert_int_equal(vb_update_begin(&update, (uint32_t)image.size, false), VB_FIRMWARE_BUSY);
}

static void a_sound_one_reaches_the_flash_to_the_byte(void **state)
{
    static const size_t pieces[] = {1, 24, 287, 288, 289, 1024, FIRMWARE_BYTES_MAX};
    (void)state;
    for (unsigned i = 0; i < VB_COUNT_OF(pieces); i++) {
        reset(NULL);
        assert_int_equal(send(pieces[i]), VB_FIRMWARE_OK);
        assert_int_equal(slot.size, image.size);
        assert_memory_equal(slot.bytes, image.bytes, image.size);
        assert_int_equal(slot.switched, 1);
        assert_int_equal(slot.given_up, 0);
        assert_int_equal(update.state, VB_UPDATE_SWITCHED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_not_for_this_board_costs_no_write, reset),
        cmocka_unit_test_setup(what_is_not_sound_is_given_up_before_the_switch, reset),
        cmocka_unit_test(whatever_the_flash_refuses_ends_it),
        cmocka_unit_test_setup(none_is_taken_on_trial_nor_beside_another, reset),
        cmocka_unit_test(a_sound_one_reaches_the_flash_to_the_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
