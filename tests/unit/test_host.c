/* What a daemon says of its machine: the same at every start, another for every device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/system/host.h"
#include "linux/system/system_random.h"

static void a_device_mac_is_one_device_s_and_locally_administered(void **state)
{
    (void)state;
    struct vb_mac mac;
    vb_host_device_mac("transmitter", "/tmp", &mac);
    assert_int_equal(mac.bytes[0] & 0x03, 0x02);
}

static void a_device_mac_is_the_same_at_every_start(void **state)
{
    (void)state;
    struct vb_mac first;
    struct vb_mac second;
    vb_host_device_mac("transmitter", "/tmp", &first);
    vb_host_device_mac("transmitter", "/tmp/../tmp/", &second);
    assert_true(vb_mac_equal(&first, &second));
}

static void roles_and_folders_on_one_machine_have_macs_of_their_own(void **state)
{
    (void)state;
    struct vb_mac transmitter;
    struct vb_mac receiver;
    struct vb_mac elsewhere;
    vb_host_device_mac("transmitter", "/tmp", &transmitter);
    vb_host_device_mac("receiver", "/tmp", &receiver);
    vb_host_device_mac("transmitter", "/usr", &elsewhere);
    assert_false(vb_mac_equal(&transmitter, &receiver));
    assert_false(vb_mac_equal(&transmitter, &elsewhere));
}

static void an_address_is_another_machine_s_way_here_or_there_is_none(void **state)
{
    (void)state;
    uint8_t ip[4] = {9, 9, 9, 9};
    const bool known = vb_host_ipv4(ip);
    assert_int_not_equal(ip[0], 127);
    assert_int_equal(known, ip[0] != 0);
}

/* In a child: what is left of the test keeps its network. */
static void with_the_loopback_alone_there_is_no_network(void **state)
{
    (void)state;
    enum { NO_NETWORK = 0, WRONG = 1, NOT_TRIED = 2 };
    int status;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        uint8_t ip[4];
        if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
            _exit(NOT_TRIED);
        _exit(vb_host_ipv4(ip) || vb_host_ethernet_up() ? WRONG : NO_NETWORK);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NOT_TRIED)
        skip();
    assert_int_equal(WEXITSTATUS(status), NO_NETWORK);
}

static void the_data_folder_follows_the_xdg_specification(void **state)
{
    (void)state;
    char path[VB_HOST_PATH_SIZE];
    setenv("XDG_DATA_HOME", "/data", 1);
    assert_true(vb_host_data_dir("receiver", path));
    assert_string_equal(path, "/data/voltbeacon/receiver");

    setenv("XDG_DATA_HOME", "relative", 1);
    setenv("HOME", "/home/me", 1);
    assert_true(vb_host_data_dir("receiver", path));
    assert_string_equal(path, "/home/me/.local/share/voltbeacon/receiver");

    unsetenv("HOME");
    assert_true(vb_host_data_dir("receiver", path));
    assert_string_equal(path, "/var/lib/voltbeacon/receiver");
}

static void a_data_folder_too_long_is_refused(void **state)
{
    (void)state;
    char path[VB_HOST_PATH_SIZE];
    char home[VB_HOST_PATH_SIZE + 1];
    memset(home, 'x', sizeof(home) - 1);
    home[0] = '/';
    home[sizeof(home) - 1] = '\0';
    setenv("XDG_DATA_HOME", home, 1);
    assert_false(vb_host_data_dir("receiver", path));
    unsetenv("XDG_DATA_HOME");
}

static void the_board_names_linux_and_the_machine(void **state)
{
    (void)state;
    char board[VB_HOST_BOARD_SIZE];
    vb_host_board(board);
    assert_memory_equal(board, "linux ", 6);
    assert_true(strlen(board) > 6);
}

static void the_uptime_counts(void **state)
{
    (void)state;
    assert_true(vb_host_uptime_s() > 0);
}

static void two_seeds_differ(void **state)
{
    (void)state;
    assert_int_not_equal(vb_random_seed_from_system(), vb_random_seed_from_system());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_mac_is_one_device_s_and_locally_administered),
        cmocka_unit_test(a_device_mac_is_the_same_at_every_start),
        cmocka_unit_test(roles_and_folders_on_one_machine_have_macs_of_their_own),
        cmocka_unit_test(an_address_is_another_machine_s_way_here_or_there_is_none),
        cmocka_unit_test(with_the_loopback_alone_there_is_no_network),
        cmocka_unit_test(a_data_folder_too_long_is_refused),
        cmocka_unit_test(the_data_folder_follows_the_xdg_specification),
        cmocka_unit_test(the_board_names_linux_and_the_machine),
        cmocka_unit_test(the_uptime_counts),
        cmocka_unit_test(two_seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
