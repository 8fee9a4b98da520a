/* An update into the other slot: whatever is wrong with it and wherever the power goes, the board
 * starts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "esp-idf/voltbeacon/new_firmware.h"
#include "esp-idf/voltbeacon/ota_slot.h"
#include "host/host_ota.h"

#include <cmocka.h>

enum { OLD = 1, NEW = 2, OTHER = 3, PIECE = 1000 };

static struct firmware_image image;
static struct vb_ota_slot slot;
static struct vb_update update;

static void make(int content)
{
    struct firmware_spec spec = firmware_sound();
    spec.content = (uint8_t)content;
    firmware_make(&spec, &image);
}

static void open_slot(void)
{
    assert_true(vb_ota_slot_open(&slot));
    vb_update_init(&update, &slot.board, &slot.port);
}

static int start(void **state)
{
    (void)state;
    make(OLD);
    host_ota_flash(&image);
    assert_int_equal(host_ota_boot(), OLD);
    open_slot();
    make(NEW);
    return 0;
}

static enum vb_firmware_verdict send(void)
{
    enum vb_firmware_verdict verdict =
        vb_update_begin(&update, (uint32_t)image.size, vb_new_firmware_is_on_trial());
    for (size_t at = 0; at < image.size && verdict == VB_FIRMWARE_OK; at += PIECE)
        verdict = vb_update_take(&update, image.bytes + at,
                                 image.size - at < PIECE ? image.size - at : PIECE);
    return verdict == VB_FIRMWARE_OK ? vb_update_end(&update) : verdict;
}

static void the_board_is_known_by_what_runs(void **state)
{
    (void)state;
    assert_int_equal(slot.board.chip, FIRMWARE_CHIP);
    assert_string_equal(slot.board.program, "voltbeacon-receiver");
    assert_int_equal(slot.board.slot_bytes, FIRMWARE_SLOT_BYTES);
}

static void one_of_another_key_is_refused_before_the_switch(void **state)
{
    struct firmware_spec spec = firmware_sound();
    (void)state;
    spec.key = FIRMWARE_KEY + 1;
    firmware_make(&spec, &image);
    assert_int_equal(send(), VB_FIRMWARE_REFUSED);
    make(NEW);
    image.bytes[image.size - 4096 + 3] ^= 1; /* a signature of nothing */
    assert_int_equal(send(), VB_FIRMWARE_REFUSED);
    make(NEW);
    image.bytes[VB_IMAGE_HEADER_BYTES + 1] ^= 1; /* where the first segment goes */
    assert_int_equal(send(), VB_FIRMWARE_REFUSED);
    assert_int_equal(host_ota_boot(), OLD);
    assert_false(vb_new_firmware_is_on_trial());
}

static void firmware_that_is_not_signed_itself_takes_none(void **state)
{
    struct firmware_spec spec = firmware_sound();
    (void)state;
    spec.is_signed = false;
    firmware_make(&spec, &image);
    host_ota_flash(&image);
    assert_int_equal(host_ota_boot(), OLD);
    open_slot();
    make(NEW);
    assert_int_equal(send(), VB_FIRMWARE_REFUSED);
}

static void none_is_taken_on_trial(void **state)
{
    (void)state;
    assert_int_equal(send(), VB_FIRMWARE_OK);
    assert_int_equal(host_ota_boot(), NEW);
    open_slot();
    assert_int_equal(send(), VB_FIRMWARE_ON_TRIAL);
    /* Whoever does not ask is told by ESP-IDF. */
    assert_int_equal(slot.port.begin(&slot), VB_FIRMWARE_ON_TRIAL);
    assert_int_equal(esp_ota_mark_app_valid_cancel_rollback(), ESP_OK);
    make(OTHER);
    assert_int_equal(send(), VB_FIRMWARE_OK);
    assert_int_equal(host_ota_boot(), OTHER);
}

/* Of a board that keeps what it is sent, and so writes both slots in turn. */
static void wherever_the_power_goes_a_firmware_that_is_whole_starts(void **state)
{
    unsigned n = 1, of_new = 0;
    bool was_cut = true;
    for (; was_cut; n++) {
        for (unsigned part = 0; part < 256; part += 85) {
            start(state);
            assert_int_equal(send(), VB_FIRMWARE_OK);
            assert_int_equal(host_ota_boot(), NEW);
            assert_int_equal(esp_ota_mark_app_valid_cancel_rollback(), ESP_OK);
            open_slot();
            make(OTHER);
            host_ota_cut_at(n, part);
            const enum vb_firmware_verdict verdict = send();
            was_cut = host_ota_is_off();
            assert_true(was_cut == (verdict != VB_FIRMWARE_OK));
            host_ota_cut_at(0, 0);
            const int runs = host_ota_boot();
            assert_int_equal(runs, was_cut ? NEW : OTHER);
            of_new += runs == OTHER;
            if (!was_cut)
                break;
            open_slot();
            assert_int_equal(send(), VB_FIRMWARE_OK); /* and it may be sent again */
            assert_int_equal(host_ota_boot(), OTHER);
        }
    }
    assert_in_range(n, 12, 30); /* erases and writes of an image of 8 kB, and of two notes */
    assert_int_equal(of_new, 1);
}

static void whatever_the_flash_refuses_is_said_and_can_be_sent_again(void **state)
{
    unsigned refused = 0;
    for (unsigned n = 2; n < 12; n++) { /* the first is a note that need not be erased */
        start(state);
        host_ota_fail_at(n);
        const enum vb_firmware_verdict verdict = send();
        refused += verdict == VB_FIRMWARE_FLASH;
        host_ota_fail_at(0);
        if (verdict != VB_FIRMWARE_OK)
            assert_int_equal(send(), VB_FIRMWARE_OK);
        assert_int_equal(host_ota_boot(), NEW);
    }
    assert_true(refused >= 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_board_is_known_by_what_runs, start),
        cmocka_unit_test_setup(one_of_another_key_is_refused_before_the_switch, start),
        cmocka_unit_test_setup(firmware_that_is_not_signed_itself_takes_none, start),
        cmocka_unit_test_setup(none_is_taken_on_trial, start),
        cmocka_unit_test(wherever_the_power_goes_a_firmware_that_is_whole_starts),
        cmocka_unit_test(whatever_the_flash_refuses_is_said_and_can_be_sent_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
