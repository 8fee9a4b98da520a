/* Starts that must not go well, or only in part: NVS that cannot be read, memory alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "../fixtures/leaf_ecu.h"
#include "esp-idf/voltbeacon/idf_clock.h"
#include "esp-idf/voltbeacon/receiver_node.h"
#include "esp-idf/voltbeacon/transmitter_node.h"
#include "host/host_nvs.h"
#include "host/host_partition.h"
#include "host/host_radio.h"
#include "host/host_timer.h"
#include "host/host_twai.h"
#include "host/host_watchdog.h"
#include "host/host_wifi.h"

#include <cmocka.h>

/* Of the wall, in seconds; 0: as it is. */
static atomic_long wall_s;

int __real_gettimeofday(struct timeval *wall, void *zone);
int __wrap_gettimeofday(struct timeval *wall, void *zone);
int __wrap_gettimeofday(struct timeval *wall, void *zone)
{
    const int result = __real_gettimeofday(wall, zone);
    if (wall_s != 0)
        wall->tv_sec = wall_s;
    return result;
}

static const struct vb_mac here = {{2, 0, 0, 0, 0, 1}};

/* Tasks do not end: each node that starts has to last as long as the test. */
static void a_transmitter_without_its_store_does_not_start(void **state)
{
    static struct vb_transmitter_node node;
    const struct vb_metadata_values identity = {.device_type = "TRANSMITTER"};
    const struct vb_transmitter_node_config config = {
        .mac = here, .interface = WIFI_IF_STA, .nvs_partition = "nvs", .identity = &identity};
    (void)state;
    host_radio_reset();
    host_nvs_make("another", 0x10000);
    assert_int_equal(vb_transmitter_node_start(&node, &config), ESP_ERR_NVS_PART_NOT_FOUND);
    assert_int_equal(host_radio_sends(), 0);
}

/* What new firmware is judged by. */
static void assert_lives(const struct vb_pulse *pulse, bool stores, bool answers)
{
    struct vb_pulse now = vb_pulse_read(pulse);
    for (unsigned waited = 0; waited < 1200; waited++) {
        now = vb_pulse_read(pulse);
        if (now.turns >= 2 && (now.stored > 0 || !stores) && (now.answers > 0 || !answers))
            break;
        usleep(50000);
    }
    assert_true(now.turns >= 2);
    assert_int_equal(now.stored > 0, stores);
    assert_int_equal(now.refused, 0);
    assert_true(now.answers > 0 || !answers);
}

/* What is on the wires goes to the car, and what the car says to the node; the node's task stands
 * still meanwhile. */
static void carry(struct vb_transmitter_node *node, struct leaf_ecu *car, int wires)
{
    struct vb_can_frame frame;
    struct can_frame raw = {0};
    (void)xSemaphoreTake(node->lock, portMAX_DELAY);
    if (host_twai_sending(&frame)) {
        raw.can_id = frame.id;
        raw.can_dlc = frame.size;
        memcpy(raw.data, frame.data, frame.size);
        leaf_ecu_hear(car, vb_idf_now_ms(), &raw);
        host_twai_confirm(true);
    }
    leaf_ecu_step(car, vb_idf_now_ms());
    while (recv(wires, &raw, sizeof raw, MSG_DONTWAIT) == (ssize_t)sizeof raw) {
        frame = (struct vb_can_frame){.id = raw.can_id, .size = raw.can_dlc};
        memcpy(frame.data, raw.data, raw.can_dlc);
        host_twai_hear(&frame);
    }
    (void)xSemaphoreGive(node->lock);
}

static void a_transmitter_reads_a_battery_on_can(void **state)
{
    static struct vb_transmitter_node node;
    static struct vb_twai_feed battery;
    const struct vb_metadata_values identity = {.device_type = "TRANSMITTER"};
    const struct vb_twai_feed_config pins = {.tx_gpio = 4, .rx_gpio = 5, .bitrate = 500000};
    const struct vb_transmitter_node_config config = {.mac = here,
                                                      .interface = WIFI_IF_STA,
                                                      .nvs_partition = "nvs",
                                                      .identity = &identity,
                                                      .battery = &battery};
    static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    int wires[2];
    uint32_t readings = 0;
    (void)state;
    host_radio_reset();
    host_twai_reset();
    host_nvs_make("nvs", 0x10000);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, wires), 0);
    struct leaf_ecu car = leaf_ecu_at(wires[1], 3);
    assert_true(vb_twai_feed_open(&battery, &pins));
    assert_int_equal(vb_transmitter_node_start(&node, &config), ESP_OK);
    for (unsigned waited = 0; waited < 20000 && readings == 0; waited++) {
        usleep(500);
        carry(&node, &car, wires[0]);
        (void)xSemaphoreTake(node.lock, portMAX_DELAY);
        readings = node.device.readings;
        (void)xSemaphoreGive(node.lock);
    }
    assert_int_equal(readings, 1);
    host_radio_confirm(everybody, true); /* as of every beacon */
    assert_lives(&node.pulse, true, true);
    assert_int_equal(host_twai_made(), 1); /* the settings were known before it was opened */
}

static void a_transmitter_tells_the_address_of_its_board(void **state)
{
    static struct vb_transmitter_node node;
    static struct vb_wifi wifi;
    static struct esp_netif_obj cable;
    static const uint8_t ip[4] = {192, 168, 1, 20};
    const struct vb_wifi_network home = {.name = "home", .passphrase = "correct horse"};
    const struct vb_metadata_values identity = {.device_type = "TRANSMITTER"};
    struct vb_transmitter_node_config config = {.mac = here,
                                                .interface = WIFI_IF_STA,
                                                .nvs_partition = "nvs",
                                                .identity = &identity,
                                                .wifi = &wifi};
    struct vb_runtime told = {0};
    (void)state;
    host_radio_reset();
    host_wifi_reset();
    host_timer_reset();
    host_nvs_make("nvs", 0x10000);
    assert_int_equal(vb_wifi_start(&wifi, &home, &here), ESP_OK);
    host_wifi_join(6);
    host_wifi_get_address(ip);
    config.interfaces = (struct vb_interfaces){.cable = &cable, .station = wifi.station};
    cable.is_up = true; /* and nobody there who gives it an address */
    assert_int_equal(vb_transmitter_node_start(&node, &config), ESP_OK);
    for (unsigned waited = 0; waited < 600 && (told.flags & VB_RUNTIME_IP_KNOWN) == 0; waited++) {
        usleep(100000);
        (void)xSemaphoreTake(node.lock, portMAX_DELAY);
        told = node.device.runtime;
        (void)xSemaphoreGive(node.lock);
    }
    assert_memory_equal(told.ip, ip, 4);
    assert_true((told.flags & VB_RUNTIME_ETHERNET_UP) != 0);
}

/* What its API says of itself. */
static const char *ask(struct vb_receiver_node *node)
{
    static struct vb_response response;
    static char text[VB_PIECE_BYTES_MAX + 1];
    const struct vb_request request = {
        .method = "GET", .path = "/api/v1/receiver", .host = "localhost", .peer = "127.0.0.1"};
    (void)xSemaphoreTake(node->lock, portMAX_DELAY);
    vb_api_handle(&node->device.api, &request, 0, &response);
    text[vb_response_next(&response, 0, text, sizeof text - 1)] = '\0';
    (void)xSemaphoreGive(node->lock);
    assert_int_equal(response.status, 200);
    return text;
}

static void await_answer(struct vb_receiver_node *node, const char *part)
{
    for (unsigned waited = 0; strstr(ask(node), part) == NULL; waited++) {
        assert_true(waited < 600);
        usleep(100000);
    }
}

static void a_receiver_without_nvs_and_events_says_so_and_serves(void **state)
{
    static struct vb_receiver_node node;
    static struct esp_netif_obj station;
    static const uint8_t ip[4] = {192, 168, 1, 21};
    const struct vb_receiver_node_config config = {
        .mac = here,
        .interface = WIFI_IF_STA,
        .peers = 1,
        .nvs_partition = "nvs",
        .events_partition = "events",
        .facts = {.firmware = "test", .build_time = "", .git_commit = ""},
        .interfaces = {.station = &station}};
    (void)state;
    host_radio_reset();
    host_nvs_make("another", 0x10000);
    host_partition_make("another", 0x10000, 0xff);
    assert_int_equal(vb_receiver_node_start(&node, &config), ESP_OK);
    assert_non_null(strstr(ask(&node), "\"persistent\":false"));
    assert_non_null(strstr(ask(&node), "\"ip\":\"\""));
    (void)xSemaphoreTake(node.lock, portMAX_DELAY);
    memcpy(&station.address.ip.addr, ip, sizeof ip);
    station.is_up = true;
    (void)xSemaphoreGive(node.lock);
    await_answer(&node, "\"ip\":\"192.168.1.21\"");
    (void)xSemaphoreTake(node.lock, portMAX_DELAY);
    station.is_up = false;
    (void)xSemaphoreGive(node.lock);
    await_answer(&node, "\"ip\":\"\"");
    /* Its task says that it is alive, at least once a second. */
    for (unsigned waited = 0; waited < 600 && host_watchdog_resets() < 3; waited++)
        usleep(100000);
    assert_true(host_watchdog_resets() >= 3);
    assert_lives(&node.pulse, false, false);
}

/* The heap of a board: it has no room for a piece of this size. */
static size_t no_room_for;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return size != 0 && size == no_room_for ? NULL : __real_malloc(size);
}

static const struct vb_receiver_node_config with_history = {
    .mac = {{2, 0, 0, 0, 0, 1}},
    .interface = WIFI_IF_STA,
    .peers = 1,
    .history_days = 3,
    .history_fine_days = 1,
    .nvs_partition = "nvs",
    .events_partition = "events",
    .facts = {.firmware = "test", .build_time = "", .git_commit = ""}};

static void a_receiver_without_room_for_a_history_keeps_none(void **state)
{
    static struct vb_receiver_node node;
    static struct vb_response response;
    static char text[VB_PIECE_BYTES_MAX + 1];
    const struct vb_ram_history_sizes sizes = {1, 3, 1};
    const struct vb_request request = {
        .method = "GET", .path = "/api/v1/receiver", .host = "localhost", .peer = "127.0.0.1"};
    (void)state;
    host_radio_reset();
    host_nvs_make("nvs", 0x10000);
    no_room_for = vb_ram_history_bytes(&sizes);
    assert_int_equal(vb_receiver_node_start(&node, &with_history), ESP_OK);
    no_room_for = 0;
    (void)xSemaphoreTake(node.lock, portMAX_DELAY);
    vb_api_handle(&node.device.api, &request, 0, &response);
    text[vb_response_next(&response, 0, text, sizeof text - 1)] = '\0';
    (void)xSemaphoreGive(node.lock);
    assert_non_null(strstr(text, "\"history\":null"));
    assert_lives(&node.pulse, true, false);
}

static void a_receiver_says_when_the_clock_of_its_history_is_set(void **state)
{
    static struct vb_receiver_node node;
    (void)state;
    host_radio_reset();
    host_nvs_make("nvs", 0x10000);
    wall_s = 100; /* since 1970: as at a start */
    assert_int_equal(vb_receiver_node_start(&node, &with_history), ESP_OK);
    for (int set = 0; set <= 1; set++) {
        const enum vb_history_state wanted = set == 0 ? VB_HISTORY_WAITING : VB_HISTORY_RECORDING;
        bool told = false;
        for (unsigned waited = 0; waited < 1200 && !told; waited++) {
            usleep(50000);
            (void)xSemaphoreTake(node.lock, portMAX_DELAY);
            told = node.history_told == wanted && vb_ram_history_state(&node.history) == wanted;
            (void)xSemaphoreGive(node.lock);
        }
        assert_true(told);
        wall_s = 1795478400;
    }
    wall_s = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transmitter_without_its_store_does_not_start),
        /* Before others search for a channel: their tasks do not end. */
        cmocka_unit_test(a_transmitter_tells_the_address_of_its_board),
        cmocka_unit_test(a_transmitter_reads_a_battery_on_can),
        cmocka_unit_test(a_receiver_without_room_for_a_history_keeps_none),
        cmocka_unit_test(a_receiver_says_when_the_clock_of_its_history_is_set),
        cmocka_unit_test(a_receiver_without_nvs_and_events_says_so_and_serves)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
