/* The transmitter's firmware as a program of this machine, for the tests: firmware-transmitter NVS
 * PIPE MAC LOSS, on a simulated pack, until its stdin ends, which is its console. As the
 * receiver's, in firmware_receiver.c. It always says that the watchdog has started it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp-idf/voltbeacon/console_log.h"
#include "esp-idf/voltbeacon/model_feed.h"
#include "esp-idf/voltbeacon/settings_console.h"
#include "esp-idf/voltbeacon/starts.h"
#include "esp-idf/voltbeacon/transmitter_node.h"
#include "host/host_air.h"
#include "host/host_nvs.h"
#include "host/host_wifi.h"

static void say(const char *text)
{
    puts(text);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct vb_transmitter_node node;
    static struct vb_model_feed feed;
    static struct vb_idf_broker broker;
    struct vb_mac mac;
    struct vb_metadata_values identity = {.device_type = "TRANSMITTER", .environment = "test"};
    VB_ASSERT(argc == 5 && vb_mac_parse(argv[3], strlen(argv[3]), &mac));
    vb_mac_format(&mac, identity.mac);
    host_nvs_make("nvs", 0x10000);
    host_nvs_keep_in(argv[1]);
    host_air_open(argv[2], "transmitter", &mac, (unsigned)strtoul(argv[4], NULL, 10));
    host_wifi_reset();
    host_wifi()->runs = true; /* whoever is at the other end is on all channels */
    VB_ASSERT(vb_model_feed_open(&feed, "cells=96,hz=5"));
    const struct vb_idf_broker_config how = {.log = vb_console_sink()};
    VB_ASSERT(vb_idf_broker_open(&broker, &how));
    const struct vb_board_facts facts = vb_starts_facts(ESP_RST_TASK_WDT, 2, true);
    const struct vb_transmitter_node_config config = {.mac = mac,
                                                      .interface = WIFI_IF_STA,
                                                      .nvs_partition = "nvs",
                                                      .identity = &identity,
                                                      .facts = facts,
                                                      .source = &feed.port,
                                                      .broker = &broker};
    VB_ASSERT(vb_transmitter_node_start(&node, &config) == ESP_OK);
    puts("started");
    fflush(stdout);
    struct vb_settings_console settings = {.node = &node, .say = say};
    struct vb_setup_console console;
    vb_setup_console_init(&console, "nvs", false);
    console.settings = vb_settings_console_port(&settings);
    for (int typed = getchar(); typed != EOF; typed = getchar()) {
        bool restart;
        const char *answer = vb_setup_console_type(&console, (char)typed, &restart);
        if (answer != NULL)
            say(answer);
    }
    return 0;
}
