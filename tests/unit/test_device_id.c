/* Who a device is: made once, kept in a file, the same after a move. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "linux/system/device_id.h"
#include "linux/system/host.h"

static char dir[64];
static char path[128];

static int fresh(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/vb-device-id-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/" VB_DEVICE_ID_FILE, dir);
    return 0;
}

static int swept(void **state)
{
    (void)state;
    char aside[160];
    snprintf(aside, sizeof aside, "%s.damaged", path);
    unlink(aside);
    unlink(path);
    return rmdir(dir);
}

static struct vb_mac id(bool used)
{
    struct vb_mac mac;
    vb_device_id("transmitter", dir, used, &mac);
    return mac;
}

static void it_is_made_at_random_and_kept_for_its_owner_alone(void **state)
{
    (void)state;
    const struct vb_mac first = id(false);
    struct vb_mac of_the_path;
    struct stat status;
    vb_host_device_mac("transmitter", dir, &of_the_path);
    assert_false(vb_mac_equal(&first, &of_the_path));
    assert_int_equal(first.bytes[0] & 3, 2);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    const struct vb_mac again = id(true);
    assert_true(vb_mac_equal(&first, &again));
    unlink(path);
    const struct vb_mac other = id(false);
    assert_false(vb_mac_equal(&first, &other));
}

static void a_moved_folder_keeps_it(void **state)
{
    (void)state;
    const struct vb_mac first = id(false);
    char moved[64];
    snprintf(moved, sizeof moved, "%.50s-moved", dir);
    assert_int_equal(rename(dir, moved), 0);
    struct vb_mac there;
    vb_device_id("transmitter", moved, true, &there);
    assert_int_equal(rename(moved, dir), 0);
    assert_true(vb_mac_equal(&first, &there));
}

static void a_folder_of_before_stays_the_device_that_it_was(void **state)
{
    (void)state;
    struct vb_mac of_the_path;
    vb_host_device_mac("transmitter", dir, &of_the_path);
    const struct vb_mac first = id(true);
    const struct vb_mac again = id(true);
    assert_true(vb_mac_equal(&first, &of_the_path));
    assert_true(vb_mac_equal(&again, &of_the_path));
}

static void what_is_damaged_is_put_aside_and_made_anew(void **state)
{
    (void)state;
    static const char *const damaged[] = {"", "02:1a", "02:1a:2b:3c:4d:5e", "ff:ff:ff:ff:ff:ff\n",
                                          "02:1a:2b:3c:4d:5e\nmore"};
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(damaged[i], file);
        fclose(file);
        const struct vb_mac first = id(true);
        const struct vb_mac again = id(true);
        char aside[160];
        snprintf(aside, sizeof aside, "%s.damaged", path);
        assert_int_equal(access(aside, F_OK), 0);
        assert_true(vb_mac_equal(&first, &again));
        assert_int_equal(first.bytes[0] & 1, 0);
    }
}

static void where_it_cannot_be_written_the_folder_tells(void **state)
{
    (void)state;
    struct vb_mac first;
    struct vb_mac again;
    vb_device_id("transmitter", "/proc/self", false, &first);
    vb_device_id("transmitter", "/proc/self", false, &again);
    assert_true(vb_mac_equal(&first, &again));
}

int main(void)
{
#define FRESH(test) cmocka_unit_test_setup_teardown(test, fresh, swept)
    const struct CMUnitTest tests[] = {
        FRESH(it_is_made_at_random_and_kept_for_its_owner_alone),
        FRESH(a_moved_folder_keeps_it),
        FRESH(a_folder_of_before_stays_the_device_that_it_was),
        FRESH(what_is_damaged_is_put_aside_and_made_anew),
        FRESH(where_it_cannot_be_written_the_folder_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
