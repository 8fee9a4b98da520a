/* New firmware in flash: kept by a board that is healthy with it, and given up by one that is not,
 * wherever the power goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "esp-idf/voltbeacon/new_firmware.h"
#include "host/host_ota.h"
#include "host/host_wifi.h"

#include <cmocka.h>

enum { OLD = 1, NEW = 2, CUTS_MAX = 8 };

static struct vb_new_firmware firmware;
static struct vb_pulse pulse;
static struct vb_wifi wifi;
static struct vb_http_receiver web;
static struct esp_netif_obj cable, station;
static uint32_t now_ms;

static struct firmware_image *image_of(int content)
{
    static struct firmware_image image;
    struct firmware_spec spec = firmware_sound();
    spec.content = (uint8_t)content;
    firmware_make(&spec, &image);
    return &image;
}

/* By ESP-IDF's calls, as other programs do, too. */
static void install(int content)
{
    const esp_partition_t *slot = esp_ota_get_next_update_partition(NULL);
    const struct firmware_image *image = image_of(content);
    esp_ota_handle_t handle;
    assert_int_equal(esp_ota_begin(slot, OTA_WITH_SEQUENTIAL_WRITES, &handle), ESP_OK);
    assert_int_equal(esp_ota_write(handle, image->bytes, image->size), ESP_OK);
    assert_int_equal(esp_ota_end(handle), ESP_OK);
    assert_int_equal(esp_ota_set_boot_partition(slot), ESP_OK);
}

static int boot(void)
{
    const int runs = host_ota_boot();
    pulse = (struct vb_pulse){.stored = 1};
    vb_new_firmware_begin(&firmware, now_ms);
    return runs;
}

static int start(void **state)
{
    (void)state;
    host_ota_flash(image_of(OLD));
    wifi = (struct vb_wifi){.network = {.is_unneeded = true}};
    memset(&web, 0, sizeof web);
    cable = station = (struct esp_netif_obj){0};
    assert_int_equal(boot(), OLD);
    assert_false(vb_new_firmware_is_on_trial());
    install(NEW);
    assert_int_equal(boot(), NEW);
    assert_true(vb_new_firmware_is_on_trial());
    return 0;
}

/* Seconds of a board that is well but for what its caller leaves out. True: it is to start anew. */
static bool pass_s(unsigned seconds, bool turns, bool is_receiver)
{
    const struct vb_new_firmware_board board = {
        .pulse = &pulse,
        .wifi = &wifi,
        .interfaces = {.cable = &cable, .station = &station},
        .is_receiver = is_receiver,
        .web = &web};
    for (unsigned i = 0; i < seconds * 2; i++) {
        now_ms += 500;
        pulse.turns += turns;
        pulse.answers++;
        if (vb_new_firmware_look(&firmware, &board, now_ms))
            return true;
    }
    return false;
}

static void what_a_cable_has_brought_is_not_on_trial(void **state)
{
    (void)state;
    host_ota_flash(image_of(OLD));
    assert_int_equal(boot(), OLD);
    host_ota_cut_at(0, 0);
    assert_false(pass_s(1000, false, false));
    assert_int_equal(host_ota_writes(), 0);
    assert_int_equal(boot(), OLD);
}

static void a_healthy_one_is_kept(void **state)
{
    (void)state;
    assert_false(pass_s(59, true, false));
    assert_true(vb_new_firmware_is_on_trial());
    assert_false(pass_s(3, true, false));
    assert_int_equal(firmware.trial.state, VB_TRIAL_KEPT);
    assert_false(vb_new_firmware_is_on_trial());
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(boot(), NEW);
    install(OLD); /* and the next is tried again */
    assert_int_equal(boot(), OLD);
    assert_true(vb_new_firmware_is_on_trial());
}

static void one_that_ails_is_given_up(void **state)
{
    (void)state;
    assert_true(pass_s(400, false, false));
    assert_int_equal(boot(), OLD);
    assert_false(vb_new_firmware_is_on_trial());
    assert_int_equal(boot(), OLD);
    install(NEW); /* it may be sent again */
    assert_int_equal(boot(), NEW);
    assert_true(vb_new_firmware_is_on_trial());
}

static void one_that_crashes_is_given_up_at_once(void **state)
{
    (void)state;
    assert_false(pass_s(30, true, false));
    assert_int_equal(boot(), OLD);
    assert_false(vb_new_firmware_is_on_trial());
}

/* Firmware that came over the air leaves the boot loader as the cable has brought it. */
static void one_that_an_older_boot_loader_starts_is_tried_too(void **state)
{
    (void)state;
    assert_int_equal(boot(), OLD);
    host_ota_old_loader(true);
    install(NEW);
    assert_int_equal(boot(), NEW);
    assert_int_equal(boot(), NEW);
    assert_true(vb_new_firmware_is_on_trial());
    assert_true(pass_s(400, false, false));
    assert_int_equal(boot(), OLD);
    assert_false(vb_new_firmware_is_on_trial());
}

static void a_board_whose_node_does_not_start_goes_back(void **state)
{
    const struct vb_new_firmware_board board = {.wifi = &wifi, .is_receiver = true};
    bool back = false;
    (void)state;
    for (unsigned i = 0; i < 301 && !back; i++)
        back = vb_new_firmware_look(&firmware, &board, now_ms += 1000);
    assert_true(back);
    assert_int_equal(firmware.trial.ailment, VB_TRIAL_DEVICE);
    assert_int_equal(boot(), OLD);
}

static void a_receiver_has_to_join_its_network_and_to_serve(void **state)
{
    (void)state;
    assert_false(pass_s(10, true, true));
    assert_int_equal(firmware.trial.ailment, VB_TRIAL_SERVER);
    wifi.network = (struct vb_wifi_network){.name = "home"};
    assert_false(pass_s(10, true, true));
    assert_int_equal(firmware.trial.ailment, VB_TRIAL_NETWORK);
    station.is_up = true;
    assert_false(pass_s(10, true, true)); /* without an address */
    assert_int_equal(firmware.trial.ailment, VB_TRIAL_NETWORK);
    station.address.ip.addr = 1;
    for (unsigned i = 0; i < 70; i++) {
        web.rounds++;
        assert_false(pass_s(1, true, true));
    }
    assert_int_equal(firmware.trial.state, VB_TRIAL_KEPT);
}

/* What it was sent over, most likely. */
static void a_board_whose_cable_was_its_network_has_to_be_reached_there(void **state)
{
    (void)state;
    wifi.network = (struct vb_wifi_network){.is_by_cable = true};
    assert_false(pass_s(200, true, false));
    assert_int_equal(firmware.trial.ailment, VB_TRIAL_NETWORK);
    cable.is_up = true;
    cable.address.ip.addr = 1;
    assert_false(pass_s(70, true, false));
    assert_int_equal(firmware.trial.state, VB_TRIAL_KEPT);
}

static void the_cable_stands_in_for_wifi(void **state)
{
    (void)state;
    wifi.network = (struct vb_wifi_network){.name = "home"};
    cable.is_up = true;
    cable.address.ip.addr = 1;
    assert_false(pass_s(70, true, false));
    assert_int_equal(firmware.trial.state, VB_TRIAL_KEPT);
}

/* Else it would refuse every other firmware, too. */
static void one_without_another_to_go_back_to_is_kept(void **state)
{
    (void)state;
    host_ota_damage_other();
    assert_false(pass_s(400, false, false));
    assert_int_equal(firmware.trial.state, VB_TRIAL_KEPT);
    assert_int_equal(boot(), NEW);
    install(OLD);
    assert_int_equal(boot(), OLD);
}

static void what_the_flash_refuses_is_tried_again(void **state)
{
    (void)state;
    host_ota_fail_at(1);
    assert_false(pass_s(61, true, false));
    assert_int_equal(firmware.trial.state, VB_TRIAL_ON);
    assert_false(pass_s(1, true, false));
    assert_int_equal(firmware.trial.state, VB_TRIAL_KEPT);
    start(NULL);
    assert_false(pass_s(299, false, false));
    host_ota_fail_at(1);
    assert_false(pass_s(1, false, false));
    assert_true(pass_s(1, false, false));
    assert_int_equal(boot(), OLD);
}

/* An update is brought, tried, and kept or given up, and the power goes at the n-th write of all
 * that. The old one and the new are whole: one of the two starts, at once, at the next start and
 * after it. */
static void cut_and_check(bool is_well, unsigned n, unsigned part, unsigned *cuts, unsigned *of_new)
{
    start(NULL);
    assert_int_equal(boot(), OLD); /* given up: there is but the old one */
    install(NEW);
    host_ota_cut_at(n, part);
    (void)boot();
    if (!host_ota_is_off())
        (void)pass_s(310, is_well, false);
    if (!host_ota_is_off())
        return;
    ++*cuts;
    for (unsigned i = 0; i < 3; i++) {
        const int runs = boot();
        assert_true(runs == OLD || runs == NEW);
        *of_new += runs == NEW;
    }
    assert_false(vb_new_firmware_is_on_trial());
    install(NEW + 1); /* and another can be brought */
    assert_int_equal(boot(), NEW + 1);
}

static void wherever_the_power_goes_a_firmware_that_is_whole_starts(void **state)
{
    unsigned cuts = 0, of_new = 0;
    (void)state;
    for (unsigned is_well = 0; is_well < 2; is_well++) {
        for (unsigned n = 1; n < CUTS_MAX; n++) {
            for (unsigned part = 0; part < 256; part += 15)
                cut_and_check(is_well == 1, n, part, &cuts, &of_new);
        }
    }
    /* Two writes of the boot loader's and two of the trial's; the power may be cut after the last
     * byte of the last. */
    assert_int_equal(cuts, 2 * 4 * 18);
    assert_in_range(of_new, 1, cuts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_a_cable_has_brought_is_not_on_trial, start),
        cmocka_unit_test_setup(a_healthy_one_is_kept, start),
        cmocka_unit_test_setup(one_that_ails_is_given_up, start),
        cmocka_unit_test_setup(one_that_crashes_is_given_up_at_once, start),
        cmocka_unit_test_setup(one_that_an_older_boot_loader_starts_is_tried_too, start),
        cmocka_unit_test_setup(a_board_whose_node_does_not_start_goes_back, start),
        cmocka_unit_test_setup(a_receiver_has_to_join_its_network_and_to_serve, start),
        cmocka_unit_test_setup(a_board_whose_cable_was_its_network_has_to_be_reached_there, start),
        cmocka_unit_test_setup(the_cable_stands_in_for_wifi, start),
        cmocka_unit_test_setup(one_without_another_to_go_back_to_is_kept, start),
        cmocka_unit_test_setup(what_the_flash_refuses_is_tried_again, start),
        cmocka_unit_test(wherever_the_power_goes_a_firmware_that_is_whole_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
