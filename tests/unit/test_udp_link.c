/* The link over UDP: who hears what, what is dropped, what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "linux/link/udp_link.h"
#include "linux/link/udp_networks.h"

enum { DEVICES_MAX = 4, WAIT_MS = 2000 };

struct bench {
    struct vb_udp_options options;
    struct vb_linux_link *transmitters[DEVICES_MAX];
    struct vb_linux_link *receivers[DEVICES_MAX];
};

static struct vb_mac mac_of(enum vb_link_side role, size_t index)
{
    return (struct vb_mac){{2, 0, 0, 0, (uint8_t)role, (uint8_t)index}};
}

static struct vb_linux_link *open_with(const struct vb_udp_options *options, enum vb_link_side role,
                                       size_t index, char *error, size_t error_size)
{
    char group[INET_ADDRSTRLEN];
    char from[INET_ADDRSTRLEN];
    char text[128];
    struct vb_linux_link *link = malloc(sizeof(*link));
    const struct vb_mac mac = mac_of(role, index);
    assert_non_null(link);
    snprintf(text, sizeof(text), "udp:port=%u,group=%s,bind=%s", options->port,
             inet_ntop(AF_INET, &options->group, group, sizeof(group)),
             inet_ntop(AF_INET, &options->bind, from, sizeof(from)));
    const struct vb_linux_link_options how = {.text = text, .side = role, .mac = mac, .open = true};
    if (vb_linux_link_open(link, &how, error, error_size)) {
        return link;
    }
    free(link);
    return NULL;
}

static struct vb_linux_link *open_device(const struct bench *bench, enum vb_link_side role,
                                         size_t index)
{
    char error[256] = "";
    struct vb_linux_link *link = open_with(&bench->options, role, index, error, sizeof(error));
    if (link == NULL) {
        print_error("%s\n", error);
    }
    return link;
}

static void close_device(struct vb_linux_link *link)
{
    vb_linux_link_close(link);
    free(link);
}

static bool send_frame(struct vb_linux_link *link, const struct vb_mac *dst, const uint8_t *bytes,
                       size_t size)
{
    return link->port.send(link->port.ctx, dst, bytes, size) == VB_LINK_SENT;
}

static const struct vb_link_counters *counters_of(const struct vb_linux_link *link)
{
    return &link->counters;
}

static int make_bench(void **state)
{
    static struct bench bench;
    char error[256];
    assert_true(vb_udp_options_parse("", &bench.options, error, sizeof(error)));
    bench.options.port = (uint16_t)(20000 + getpid() % 10000 * 2);
    for (size_t index = 0; index < DEVICES_MAX; index++) {
        bench.transmitters[index] = open_device(&bench, VB_LINK_TRANSMITTER, index);
        bench.receivers[index] = open_device(&bench, VB_LINK_RECEIVER, index);
        if (bench.transmitters[index] == NULL || bench.receivers[index] == NULL) {
            return -1;
        }
    }
    *state = &bench;
    return 0;
}

static int drop_bench(void **state)
{
    struct bench *bench = *state;
    for (size_t index = 0; index < DEVICES_MAX; index++) {
        close_device(bench->transmitters[index]);
        close_device(bench->receivers[index]);
    }
    return 0;
}

struct heard {
    struct vb_link_frame frame;
    struct vb_mac src;
    struct vb_mac dst;
    uint8_t bytes[VB_FRAME_BYTES_MAX];
    size_t size;
};

static bool receive_now(struct vb_linux_link *link, struct heard *heard)
{
    if (!vb_linux_link_receive(link, &heard->frame, heard->bytes)) {
        return false;
    }
    heard->src = heard->frame.src;
    heard->dst = heard->frame.dst;
    heard->size = heard->frame.size;
    return true;
}

static void learn(struct vb_linux_link *link, const struct heard *heard)
{
    link->port.learn(link->port.ctx, &heard->frame);
}

static void learn_as(struct vb_linux_link *link, const struct vb_mac *mac,
                     const struct heard *heard)
{
    struct vb_link_frame frame = heard->frame;
    frame.src = *mac;
    link->port.learn(link->port.ctx, &frame);
}

static bool receive(struct vb_linux_link *link, struct heard *heard)
{
    struct pollfd waiting[2] = {{.fd = link->fds[0], .events = POLLIN},
                                {.fd = link->fds[1], .events = POLLIN}};
    while (!receive_now(link, heard)) {
        if (poll(waiting, 2, WAIT_MS) <= 0) {
            return false;
        }
    }
    return true;
}

static const uint8_t hello[] = {0xc1, 0x01, 'h', 'e', 'l', 'l', 'o'};

/* == Faults =====================================================================================
 */

static void send_raw(const struct bench *bench, const void *bytes, size_t size)
{
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_addr = bench->options.group,
                                   .sin_port = htons(bench->options.port)};
    assert_int_equal(sendto(fd, bytes, size, 0, (const struct sockaddr *)&to, sizeof(to)), size);
    close(fd);
}

static void what_is_no_frame_for_this_device_is_dropped_and_counted_by_reason(void **state)
{
    struct bench *bench = *state;
    struct vb_linux_link *link = bench->receivers[0];
    uint8_t bytes[400] = {2, 9, 9, 9, 9, 9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc1, 1};
    struct heard heard;

    send_raw(bench, bytes, 0);
    send_raw(bench, bytes, VB_LINK_HEAD_BYTES);
    send_raw(bench, bytes, VB_LINK_HEAD_BYTES + VB_FRAME_BYTES_MAX + 1);
    send_raw(bench, bytes, sizeof(bytes));
    bytes[0] = 0xff; /* a group's address as sender */
    send_raw(bench, bytes, 100);
    bytes[0] = 2;
    bytes[6] = 2; /* to another device */
    send_raw(bench, bytes, 100);
    const struct vb_mac own = mac_of(VB_LINK_RECEIVER, 0);
    memcpy(bytes, own.bytes, VB_MAC_BYTES);
    memset(bytes + 6, 0xff, VB_MAC_BYTES);
    send_raw(bench, bytes, 100);
    assert_false(receive_now(link, &heard));

    const struct vb_link_counters *counters = counters_of(link);
    assert_int_equal(counters->dropped[VB_LINK_DROP_SHORT], 2);
    assert_int_equal(counters->dropped[VB_LINK_DROP_LONG], 2);
    assert_int_equal(counters->dropped[VB_LINK_DROP_SENDER], 1);
    assert_int_equal(counters->dropped[VB_LINK_DROP_FOREIGN], 1);
    assert_int_equal(counters->dropped[VB_LINK_DROP_OWN], 1);
    assert_int_equal(counters->received.all.frames, 0);
}

static void a_flood_of_foreign_frames_does_not_hold_the_loop(void **state)
{
    struct bench *bench = *state;
    const uint8_t foreign[30] = {2, 9, 9, 9, 9, 9, 2, 8, 8, 8, 8, 8};
    for (size_t count = 0; count < 200; count++) {
        send_raw(bench, foreign, sizeof(foreign));
    }
    struct heard heard;
    assert_false(receive_now(bench->receivers[0], &heard));
    assert_in_range(counters_of(bench->receivers[0])->dropped[VB_LINK_DROP_FOREIGN], 1, 199);
}

static void a_port_in_use_is_named_in_the_error(void **state)
{
    const struct bench *bench = *state;
    struct vb_udp_options options = bench->options;
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = options.group};
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    socklen_t size = sizeof(address);
    getsockname(fd, (struct sockaddr *)&address, &size);
    options.port = ntohs(address.sin_port);

    char error[256] = "";
    char expected[64];
    assert_null(open_with(&options, VB_LINK_RECEIVER, 9, error, sizeof(error)));
    snprintf(expected, sizeof(expected), "127.255.255.255:%u: another program", options.port);
    assert_non_null(strstr(error, expected));
    close(fd);
}

static void an_address_this_machine_does_not_have_is_named_in_the_error(void **state)
{
    const struct bench *bench = *state;
    struct vb_udp_options options = bench->options;
    inet_pton(AF_INET, "192.0.2.1", &options.bind); /* RFC 5737: for documentation */
    char error[256] = "";
    assert_null(open_with(&options, VB_LINK_RECEIVER, 9, error, sizeof(error)));
    assert_non_null(strstr(error, "192.0.2.1"));
}

static void options_that_cannot_be_read_name_the_key(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *named;
    } cases[] = {
        {"prot=5600", "key \"prot\""},
        {"port", "\"port\" is not key=value"},
        {"port=0", "port is \"0\""},
        {"port=65535", "port is \"65535\""},
        {"port=-1", "port is \"-1\""},
        {"port=56OO", "port is \"56OO\""},
        {"group=host", "group is \"host\""},
        {"bind=1.2.3", "bind is \"1.2.3\""},
        {"port=1,,bind=127.0.0.1", "\"\" is not key=value"},
    };
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        struct vb_udp_options options;
        char error[256] = "";
        assert_false(vb_udp_options_parse(cases[index].text, &options, error, sizeof(error)));
        if (strstr(error, cases[index].named) == NULL) {
            fail_msg("%s: %s", cases[index].text, error);
        }
    }
}

static void an_invalid_link_is_refused_with_the_valid_forms(void **state)
{
    (void)state;
    static const char *const texts[] = {"tcp", "udpx", "ud", "", ":port=1"};
    const struct vb_mac mac = mac_of(VB_LINK_RECEIVER, 9);
    for (size_t index = 0; index < VB_COUNT_OF(texts); index++) {
        struct vb_linux_link link;
        char error[256] = "";
        char expected[64];
        const struct vb_linux_link_options how = {
            .text = texts[index], .side = VB_LINK_RECEIVER, .mac = mac};
        assert_false(vb_linux_link_open(&link, &how, error, sizeof(error)));
        snprintf(expected, sizeof(expected), "\"%s\" is not a link; use udp", texts[index]);
        assert_non_null(strstr(error, expected));
        assert_non_null(strstr(error, "pipe:"));
        vb_linux_link_close(&link); /* nothing is open */
    }
}

/* == Options ====================================================================================
 */

static void expect_options(const char *text, const char *group, const char *bind_address,
                           uint16_t port)
{
    struct vb_udp_options options;
    char error[256] = "";
    char address[INET_ADDRSTRLEN];
    assert_true(vb_udp_options_parse(text, &options, error, sizeof(error)));
    assert_string_equal(inet_ntop(AF_INET, &options.group, address, sizeof(address)), group);
    assert_string_equal(inet_ntop(AF_INET, &options.bind, address, sizeof(address)), bind_address);
    assert_int_equal(options.port, port);
}

static void options_left_out_stay_on_this_machine(void **state)
{
    (void)state;
    expect_options("", "127.255.255.255", "127.0.0.1", 5600);
    expect_options("port=7000", "127.255.255.255", "127.0.0.1", 7000);
    expect_options("group=192.168.1.255", "192.168.1.255", "0.0.0.0", 5600);
    expect_options("bind=10.0.0.2,group=10.0.0.255,port=1", "10.0.0.255", "10.0.0.2", 1);
}

/* == Who hears what =============================================================================
 */

static void d1_a_broadcast_reaches_every_device_of_the_other_kind_and_none_of_its_own(void **state)
{
    struct bench *bench = *state;
    struct heard heard;
    assert_true(send_frame(bench->transmitters[0], &vb_mac_broadcast, hello, sizeof(hello)));
    for (size_t index = 0; index < DEVICES_MAX; index++) {
        assert_true(receive(bench->receivers[index], &heard));
        assert_int_equal(heard.size, sizeof(hello));
        assert_memory_equal(heard.bytes, hello, sizeof(hello));
        const struct vb_mac src = mac_of(VB_LINK_TRANSMITTER, 0);
        assert_true(vb_mac_equal(&heard.src, &src));
        assert_true(vb_mac_equal(&heard.dst, &vb_mac_broadcast));
        assert_false(receive_now(bench->receivers[index], &heard));
        assert_false(receive_now(bench->transmitters[index], &heard));
    }
    assert_true(send_frame(bench->receivers[1], &vb_mac_broadcast, hello, sizeof(hello)));
    for (size_t index = 0; index < DEVICES_MAX; index++) {
        assert_true(receive(bench->transmitters[index], &heard));
        assert_false(receive_now(bench->receivers[index], &heard));
    }
}

static void unicast_to_a_stranger_goes_the_way_of_broadcasts_and_only_it_takes_it(void **state)
{
    struct bench *bench = *state;
    struct heard heard;
    const struct vb_mac dst = mac_of(VB_LINK_RECEIVER, 2);
    assert_true(send_frame(bench->transmitters[0], &dst, hello, sizeof(hello)));
    assert_true(receive(bench->receivers[2], &heard));
    assert_true(vb_mac_equal(&heard.dst, &dst));
    assert_false(receive_now(bench->receivers[0], &heard));
    assert_int_equal(counters_of(bench->receivers[0])->dropped[VB_LINK_DROP_FOREIGN], 1);
}

static void unicast_to_a_device_that_was_learnt_reaches_it_alone(void **state)
{
    struct bench *bench = *state;
    struct heard heard;
    const struct vb_mac dst = mac_of(VB_LINK_RECEIVER, 2);
    assert_true(send_frame(bench->receivers[2], &vb_mac_broadcast, hello, sizeof(hello)));
    assert_true(receive(bench->transmitters[0], &heard));
    learn(bench->transmitters[0], &heard);

    assert_true(send_frame(bench->transmitters[0], &dst, hello, sizeof(hello)));
    assert_true(receive(bench->receivers[2], &heard));
    assert_false(receive_now(bench->receivers[0], &heard));
    assert_int_equal(counters_of(bench->receivers[0])->dropped[VB_LINK_DROP_FOREIGN], 0);
}

static void a_device_learnt_anew_is_reached_at_its_new_address(void **state)
{
    struct bench *bench = *state;
    struct heard heard;
    const struct vb_mac dst = mac_of(VB_LINK_RECEIVER, 2);
    for (size_t turn = 0; turn < 2; turn++) {
        assert_true(send_frame(bench->receivers[2], &vb_mac_broadcast, hello, sizeof(hello)));
        assert_true(receive(bench->transmitters[0], &heard));
        learn(bench->transmitters[0], &heard);
        assert_true(send_frame(bench->transmitters[0], &dst, hello, sizeof(hello)));
        assert_true(receive(bench->receivers[2], &heard));
        close_device(bench->receivers[2]);
        bench->receivers[2] = open_device(bench, VB_LINK_RECEIVER, 2);
        assert_non_null(bench->receivers[2]);
    }
}

static void of_too_many_peers_the_longest_unused_is_forgotten(void **state)
{
    struct bench *bench = *state;
    struct heard heard;
    const struct vb_mac first = mac_of(VB_LINK_RECEIVER, 0);
    const struct vb_mac second = mac_of(VB_LINK_RECEIVER, 1);
    for (size_t index = 0; index < 2; index++) {
        assert_true(send_frame(bench->receivers[index], &vb_mac_broadcast, hello, sizeof(hello)));
        assert_true(receive(bench->transmitters[0], &heard));
        learn(bench->transmitters[0], &heard);
    }
    assert_true(send_frame(bench->transmitters[0], &first, hello, sizeof(hello)));
    for (size_t index = 0; index < VB_UDP_PEERS_MAX - 1; index++) {
        const struct vb_mac stranger = {{2, 1, 0, 0, 0, (uint8_t)index}};
        learn_as(bench->transmitters[0], &stranger, &heard);
    }
    assert_true(receive(bench->receivers[0], &heard));
    assert_true(send_frame(bench->transmitters[0], &second, hello, sizeof(hello)));
    assert_true(receive(bench->receivers[1], &heard));
    /* By way of a broadcast, so the others have seen it, too. */
    assert_false(receive_now(bench->receivers[3], &heard));
    assert_int_equal(counters_of(bench->receivers[3])->dropped[VB_LINK_DROP_FOREIGN], 1);
}

static void devices_in_processes_of_their_own_hear_each_other(void **state)
{
    struct bench *bench = *state;
    struct heard heard;
    const pid_t child = fork();
    if (child == 0) {
        struct vb_linux_link *link = open_device(bench, VB_LINK_RECEIVER, 7);
        const bool answered = link != NULL &&
                              send_frame(link, &vb_mac_broadcast, hello, sizeof(hello)) &&
                              receive(link, &heard);
        _exit(answered ? 0 : 1);
    }
    assert_true(receive(bench->transmitters[0], &heard));
    learn(bench->transmitters[0], &heard);
    assert_true(send_frame(bench->transmitters[0], &heard.src, hello, sizeof(hello)));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void a_multicast_group_works_like_a_broadcast_address(void **state)
{
    struct bench *bench = *state;
    struct vb_udp_options multicast = bench->options;
    inet_pton(AF_INET, "239.255.86.66", &multicast.group);
    multicast.port++;
    struct bench other = {.options = multicast};
    struct vb_linux_link *transmitter = open_device(&other, VB_LINK_TRANSMITTER, 0);
    struct vb_linux_link *receiver = open_device(&other, VB_LINK_RECEIVER, 0);
    assert_non_null(transmitter);
    assert_non_null(receiver);
    struct heard heard;
    assert_true(send_frame(transmitter, &vb_mac_broadcast, hello, sizeof(hello)));
    assert_true(receive(receiver, &heard));
    close_device(transmitter);
    close_device(receiver);
}

static uint64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void a_frame_that_waited_says_how_long(void **state)
{
    struct bench *bench = *state;
    struct heard heard;
    const uint64_t begun_ms = wall_ms();
    assert_true(send_frame(bench->transmitters[0], &vb_mac_broadcast, hello, sizeof(hello)));
    const uint64_t sent_ms = wall_ms();
    usleep(60000);
    const uint64_t second_ms = wall_ms();
    assert_true(send_frame(bench->transmitters[0], &vb_mac_broadcast, hello, sizeof(hello)));
    const uint64_t looked_ms = wall_ms();
    /* However busy the machine was: each says the time between its sending and its taking. */
    assert_true(receive(bench->receivers[0], &heard));
    assert_in_range(heard.frame.age_ms, looked_ms - sent_ms - 1, wall_ms() - begun_ms + 1);
    assert_true(receive(bench->receivers[0], &heard));
    assert_in_range(heard.frame.age_ms, 0, wall_ms() - second_ms + 1);
}

/* The system begins to stamp what comes a moment after somebody asked it to; here nobody had. */
static void a_frame_that_came_with_the_start_says_how_long_too(void **state)
{
    (void)state;
    enum { STARTS = 20 };
    struct bench bench = {0};
    char error[256];
    assert_true(vb_udp_options_parse("", &bench.options, error, sizeof(error)));
    bench.options.port = (uint16_t)(20000 + getpid() % 10000 * 2);
    for (unsigned i = 0; i < STARTS; i++) {
        struct heard heard;
        struct vb_linux_link *receiver = open_device(&bench, VB_LINK_RECEIVER, 0);
        struct vb_linux_link *transmitter = open_device(&bench, VB_LINK_TRANSMITTER, 0);
        assert_non_null(receiver);
        assert_non_null(transmitter);
        assert_true(send_frame(transmitter, &vb_mac_broadcast, hello, sizeof(hello)));
        const uint64_t sent_ms = wall_ms();
        usleep(20000);
        const uint64_t looked_ms = wall_ms();
        assert_true(receive(receiver, &heard));
        assert_true(heard.frame.age_ms + 1 >= looked_ms - sent_ms);
        close_device(transmitter);
        close_device(receiver);
    }
}

static void a_device_that_was_forgotten_is_reached_by_way_of_a_broadcast(void **state)
{
    struct bench *bench = *state;
    struct heard heard;
    struct vb_linux_link *transmitter = bench->transmitters[0];
    const struct vb_mac dst = mac_of(VB_LINK_RECEIVER, 2);
    assert_true(send_frame(bench->receivers[2], &vb_mac_broadcast, hello, sizeof(hello)));
    assert_true(receive(transmitter, &heard));
    learn(transmitter, &heard);
    transmitter->port.forget(transmitter->port.ctx, &dst);
    assert_true(send_frame(transmitter, &dst, hello, sizeof(hello)));
    assert_true(receive(bench->receivers[2], &heard));
    assert_false(receive_now(bench->receivers[0], &heard));
    assert_int_equal(counters_of(bench->receivers[0])->dropped[VB_LINK_DROP_FOREIGN], 1);
}

static void a_link_of_loopback_stays_here_and_says_so(void **state)
{
    struct bench *bench = *state;
    assert_true(bench->receivers[0]->port.stays_here);
    assert_non_null(strstr(bench->receivers[0]->place, "127.255.255.255"));
    assert_string_equal(bench->receivers[0]->scope, "this machine only");
    struct vb_udp_options options = bench->options;
    options.port++;
    inet_pton(AF_INET, "239.255.86.66", &options.group);
    char error[256];
    struct vb_linux_link *link = open_with(&options, VB_LINK_RECEIVER, 9, error, sizeof(error));
    assert_non_null(link);
    assert_false(link->port.stays_here);
    assert_false(vb_link_may_carry_secrets(&link->port, false));
    assert_true(vb_link_may_carry_secrets(&link->port, true));
    assert_string_equal(link->scope, "on the multicast group 239.255.86.66");
    close_device(link);
}

/* == Open to the network ====================================================================== */

static void a_link_is_opened_to_others_by_the_user_s_word_alone(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool stays;
    } cases[] = {{"udp:port=19998", true},
                 {"udp:port=19998,group=127.1.255.255", true},
                 {"udp:port=19998,group=192.168.1.255", false},
                 {"udp:port=19998,group=239.1.2.3", false},
                 {"udp:port=19998,group=255.255.255.255", false}};
    for (size_t index = 0; index < VB_COUNT_OF(cases); index++) {
        struct vb_linux_link link;
        char error[256] = "";
        const struct vb_linux_link_options how = {.text = cases[index].text,
                                                  .side = VB_LINK_RECEIVER,
                                                  .mac = mac_of(VB_LINK_RECEIVER, 9)};
        assert_int_equal(vb_linux_link_open(&link, &how, error, sizeof(error)), cases[index].stays);
        if (cases[index].stays) {
            assert_true(link.port.stays_here);
            vb_linux_link_close(&link);
        } else {
            assert_non_null(strstr(error, "--insecure-open-link"));
        }
    }
}

static struct vb_linux_link *open_to_networks(const struct bench *bench, enum vb_link_side side)
{
    char text[32];
    char error[256] = "";
    struct vb_linux_link *link = malloc(sizeof(*link));
    assert_non_null(link);
    snprintf(text, sizeof(text), "udp:port=%u", bench->options.port);
    const struct vb_linux_link_options how = {
        .text = text, .side = side, .mac = mac_of(side, 8), .open = true};
    assert_true(vb_linux_link_open(link, &how, error, sizeof(error)));
    return link;
}

static void an_open_link_meets_this_machine_s_own_and_never_keeps_its_secrets_here(void **state)
{
    struct bench *bench = *state;
    struct heard heard;
    struct vb_linux_link *transmitter = open_to_networks(bench, VB_LINK_TRANSMITTER);
    struct vb_linux_link *receiver = open_to_networks(bench, VB_LINK_RECEIVER);
    assert_false(transmitter->port.stays_here);
    assert_true(strncmp(receiver->scope, "on ", 3) == 0 ||
                strncmp(receiver->scope, VB_LINK_SCOPE_HERE, strlen(VB_LINK_SCOPE_HERE)) == 0);
    /* Each hears it once, however many networks carry it: the open and the closed. */
    assert_true(send_frame(transmitter, &vb_mac_broadcast, hello, sizeof(hello)));
    assert_true(receive(receiver, &heard));
    assert_false(receive_now(receiver, &heard));
    assert_true(receive(bench->receivers[1], &heard));
    learn(bench->receivers[1], &heard);
    const struct vb_mac mac = transmitter->mac;
    assert_true(send_frame(bench->receivers[1], &mac, hello, sizeof(hello)));
    assert_true(receive(transmitter, &heard));
    assert_int_equal(counters_of(receiver)->dropped[VB_LINK_DROP_OUTSIDE], 0);
    assert_false(vb_linux_link_look(receiver)); /* nothing has changed */
    close_device(transmitter);
    close_device(receiver);
}

static struct vb_udp_network network_of(const char *interface, const char *address,
                                        const char *mask)
{
    struct vb_udp_network network = {0};
    snprintf(network.interface, sizeof(network.interface), "%s", interface);
    inet_pton(AF_INET, address, &network.address);
    inet_pton(AF_INET, mask, &network.mask);
    network.broadcast.s_addr = network.address.s_addr | ~network.mask.s_addr;
    return network;
}

static void networks_are_named_and_hold_their_own_addresses_alone(void **state)
{
    (void)state;
    char text[VB_LINK_SCOPE_SIZE];
    struct vb_udp_networks networks = {0};
    vb_udp_networks_text(&networks, text, sizeof(text));
    assert_string_equal(text, "this machine only, until a network comes up");
    networks.all[networks.count++] = network_of("eth0", "192.168.1.7", "255.255.255.0");
    vb_udp_networks_text(&networks, text, sizeof(text));
    assert_string_equal(text, "on eth0 192.168.1.0/24");
    networks.all[networks.count++] = network_of("wlan0", "10.9.0.1", "255.0.0.0");
    vb_udp_networks_text(&networks, text, sizeof(text));
    assert_string_equal(text, "on eth0 192.168.1.0/24, wlan0 10.0.0.0/8");

    static const struct {
        const char *address;
        bool held;
        bool own;
    } cases[] = {{"192.168.1.7", true, true},   {"192.168.1.254", true, false},
                 {"192.168.2.7", false, false}, {"10.255.0.3", true, false},
                 {"11.0.0.1", false, false},    {"127.0.0.1", false, false}};
    for (size_t index = 0; index < VB_COUNT_OF(cases); index++) {
        struct in_addr address;
        inet_pton(AF_INET, cases[index].address, &address);
        assert_int_equal(vb_udp_networks_hold(&networks, address), cases[index].held);
        assert_int_equal(vb_udp_networks_own(&networks, address), cases[index].own);
    }
    while (networks.count < VB_UDP_NETWORKS_MAX)
        networks.all[networks.count++] =
            network_of("a-long-interfac", "192.168.100.7", "255.255.255.0");
    vb_udp_networks_text(&networks, text, sizeof(text));
    assert_string_equal(text + strlen(text) - 6, ", more");
}

static void frames_and_bytes_are_counted_by_message(void **state)
{
    struct bench *bench = *state;
    struct heard heard;
    uint8_t frame[VB_FRAME_BYTES_MAX] = {0xc1, 0xe7}; /* flags in the upper three bits */
    assert_true(send_frame(bench->transmitters[0], &vb_mac_broadcast, frame, sizeof(frame)));
    assert_true(send_frame(bench->transmitters[0], &vb_mac_broadcast, hello, sizeof(hello)));
    assert_true(receive(bench->receivers[0], &heard));
    assert_int_equal(heard.size, sizeof(frame));
    assert_true(receive(bench->receivers[0], &heard));

    const struct vb_link_traffic sides[] = {counters_of(bench->transmitters[0])->sent,
                                            counters_of(bench->receivers[0])->received};
    for (size_t index = 0; index < 2; index++) {
        assert_int_equal(sides[index].all.frames, 2);
        assert_int_equal(sides[index].all.frame_bytes, sizeof(frame) + sizeof(hello));
        assert_int_equal(sides[index].datagram_bytes, sizeof(frame) + sizeof(hello) + 24);
        assert_int_equal(sides[index].by_message[7].frames, 1);
        assert_int_equal(sides[index].by_message[7].frame_bytes, sizeof(frame));
        assert_int_equal(sides[index].by_message[1].frame_bytes, sizeof(hello));
    }
}

#define BENCHED(test) cmocka_unit_test_setup_teardown(test, make_bench, drop_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCHED(what_is_no_frame_for_this_device_is_dropped_and_counted_by_reason),
        BENCHED(a_flood_of_foreign_frames_does_not_hold_the_loop),
        BENCHED(a_port_in_use_is_named_in_the_error),
        BENCHED(an_address_this_machine_does_not_have_is_named_in_the_error),
        cmocka_unit_test(options_that_cannot_be_read_name_the_key),
        cmocka_unit_test(an_invalid_link_is_refused_with_the_valid_forms),
        cmocka_unit_test(options_left_out_stay_on_this_machine),
        BENCHED(d1_a_broadcast_reaches_every_device_of_the_other_kind_and_none_of_its_own),
        BENCHED(unicast_to_a_stranger_goes_the_way_of_broadcasts_and_only_it_takes_it),
        BENCHED(unicast_to_a_device_that_was_learnt_reaches_it_alone),
        BENCHED(a_device_learnt_anew_is_reached_at_its_new_address),
        BENCHED(of_too_many_peers_the_longest_unused_is_forgotten),
        BENCHED(devices_in_processes_of_their_own_hear_each_other),
        BENCHED(a_multicast_group_works_like_a_broadcast_address),
        BENCHED(a_frame_that_waited_says_how_long),
        cmocka_unit_test(a_frame_that_came_with_the_start_says_how_long_too),
        BENCHED(a_device_that_was_forgotten_is_reached_by_way_of_a_broadcast),
        BENCHED(a_link_of_loopback_stays_here_and_says_so),
        cmocka_unit_test(a_link_is_opened_to_others_by_the_user_s_word_alone),
        BENCHED(an_open_link_meets_this_machine_s_own_and_never_keeps_its_secrets_here),
        cmocka_unit_test(networks_are_named_and_hold_their_own_addresses_alone),
        BENCHED(frames_and_bytes_are_counted_by_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
