/* What a daemon says of its machine: the same at every start, another for every device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../fixtures/scratch_dir.h"
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

enum { AS_EXPECTED = 0, WRONG = 1, NOT_TRIED = 2 };

/* In a child with a network of its own, the loopback alone: what is left of the test keeps its
 * network. try: AS_EXPECTED, WRONG or NOT_TRIED. */
static void in_a_network_of_its_own(int (*try)(void))
{
    int status;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
            _exit(NOT_TRIED);
        _exit(try());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NOT_TRIED)
        skip();
    assert_int_equal(WEXITSTATUS(status), AS_EXPECTED);
}

static int there_is_none(void)
{
    uint8_t ip[4];
    return vb_host_ipv4(ip) || vb_host_ethernet_up() ? WRONG : AS_EXPECTED;
}

static void with_the_loopback_alone_there_is_no_network(void **state)
{
    (void)state;
    in_a_network_of_its_own(there_is_none);
}

/* "ip ..." in this child's network. Whether the machine can be made to look so. */
static bool ip_command(const char *text)
{
    char words[128];
    char *argv[16] = {(char[]){"ip"}};
    int status;
    pid_t pid;
    size_t count = 1;
    snprintf(words, sizeof words, "%s", text);
    for (char *rest = words, *word; (word = strsep(&rest, " ")) != NULL;)
        argv[count++] = word;
    argv[count] = NULL;
    return posix_spawnp(&pid, "ip", NULL, NULL, argv, environ) == 0 &&
           waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The network of the house. */
static bool plug_in(void)
{
    return ip_command("link add eth7 type veth peer name eth8") && ip_command("link set eth8 up") &&
           ip_command("addr add 192.168.7.20/24 dev eth7") && ip_command("link set eth7 up");
}

static int is(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    const uint8_t expected[4] = {a, b, c, d};
    uint8_t ip[4];
    return vb_host_ipv4(ip) && memcmp(ip, expected, 4) == 0 ? AS_EXPECTED : WRONG;
}

/* A machine with containers: their bridge comes first, the network of the house is behind it. */
static int the_bridge_is_not_it(void)
{
    if (!ip_command("link add br0 type bridge") || !ip_command("addr add 172.17.0.1/16 dev br0") ||
        !ip_command("link set br0 up") || !plug_in())
        return NOT_TRIED;
    if (is(172, 17, 0, 1) != AS_EXPECTED) /* nobody knows better without a default route */
        return WRONG;
    if (!ip_command("route add default via 192.168.7.1 dev eth7"))
        return NOT_TRIED;
    return is(192, 168, 7, 20);
}

static void the_address_is_that_of_the_default_route_and_not_a_bridge_s(void **state)
{
    (void)state;
    in_a_network_of_its_own(the_bridge_is_not_it);
}

/* A link without a route to the world still has an address. */
static int the_only_one_is_it(void)
{
    return plug_in() ? is(192, 168, 7, 20) : NOT_TRIED;
}

static void without_a_default_route_it_is_the_first_there_is(void **state)
{
    (void)state;
    in_a_network_of_its_own(the_only_one_is_it);
}

/* An interface as the kernel shows it: folder/name/type, and entries of which the mere being there
 * tells. */
static void make_interface(const char *folder, const char *name, const char *type,
                           const char *entries)
{
    char path[VB_HOST_PATH_SIZE];
    char words[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/%s/type", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%s\n", type);
    assert_int_equal(fclose(file), 0);
    snprintf(words, sizeof words, "%s", entries);
    for (char *rest = words, *word; (word = strsep(&rest, " ")) != NULL;) {
        snprintf(path, sizeof path, "%s/%s/%s", folder, name, word);
        assert_true(word[0] == '\0' || mkdir(path, 0700) == 0);
    }
}

static void ethernet_is_neither_wi_fi_nor_a_tunnel_nor_what_containers_hang_on(void **state)
{
    static const struct {
        const char *name;
        const char *type;
        const char *entries;
        bool ethernet;
    } cases[] = {{"eth0", "1", "device", true},
                 {"enp3s0", "1", "device brport", true}, /* the bridge of a router */
                 {"eth7", "1", "", true},                /* a container's own */
                 {"wlan0", "1", "device wireless phy80211", false},
                 {"wlan1", "1", "device phy80211", false},
                 {"wlan2", "1", "device wireless", false},
                 {"docker0", "1", "bridge", false},
                 {"veth3f21", "1", "brport", false},
                 {"tap0", "1", "tun_flags", false},
                 {"tun0", "65534", "tun_flags", false},
                 {"wg0", "65534", "", false},
                 {"can0", "280", "device", false},
                 {"mon0", "803", "device phy80211", false}};
    (void)state;
    char folder[] = "/tmp/voltbeacon-host-XXXXXX";
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_interface(folder, cases[i].name, cases[i].type, cases[i].entries);
        assert_int_equal(vb_host_is_ethernet(folder, cases[i].name), cases[i].ethernet);
    }
    assert_false(vb_host_is_ethernet(folder, "eth1")); /* there is none */
    assert_int_equal(scratch_dir_remove(folder), 0);
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
        cmocka_unit_test(the_address_is_that_of_the_default_route_and_not_a_bridge_s),
        cmocka_unit_test(without_a_default_route_it_is_the_first_there_is),
        cmocka_unit_test(ethernet_is_neither_wi_fi_nor_a_tunnel_nor_what_containers_hang_on),
        cmocka_unit_test(a_data_folder_too_long_is_refused),
        cmocka_unit_test(the_data_folder_follows_the_xdg_specification),
        cmocka_unit_test(the_board_names_linux_and_the_machine),
        cmocka_unit_test(the_uptime_counts),
        cmocka_unit_test(two_seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
