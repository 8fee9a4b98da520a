/* The firmware of a transmitter, over ESP-NOW. */
#include <stdio.h>

#include "board.h"
#include "build_info.h"
#include "esp-idf/voltbeacon/console_log.h"
#include "esp-idf/voltbeacon/netif_address.h"
#include "esp-idf/voltbeacon/settings_console.h"
#include "esp-idf/voltbeacon/transmitter_node.h"
#include "readings.h"

static struct vb_board board;
static struct vb_transmitter_node node;
static struct vb_network network;
static struct vb_idf_broker broker;
static struct vb_settings_console settings;

static struct vb_metadata_values identity(const struct vb_mac *mac)
{
    struct vb_metadata_values values = {.device_type = "TRANSMITTER",
                                        .firmware_major = VB_BUILD_VERSION_MAJOR,
                                        .firmware_minor = VB_BUILD_VERSION_MINOR,
                                        .firmware_patch = VB_BUILD_VERSION_PATCH,
                                        .build_time = VB_BUILD_TIME,
                                        .git_commit = VB_BUILD_COMMIT,
                                        .environment = VB_BUILD_ENVIRONMENT,
                                        .board = VB_BOARD_NAME};
    vb_mac_format(mac, values.mac);
    return values;
}

/* Both readings and their way to a broker are left out in safe mode. */
static void open_parts(struct vb_transmitter_node_config *config)
{
    const struct vb_idf_broker_config how = {.log = vb_console_sink()};
    vb_readings_open(config);
    if (vb_idf_broker_open(&broker, &how))
        config->broker = &broker;
    else
        printf("error: there is no memory for MQTT\n");
}

static void say(const char *text)
{
    puts(text);
}

void app_main(void)
{
    if (!vb_board_start(&board, false))
        vb_board_run(&board);
    const struct vb_interfaces *interfaces = &board.interfaces;
    network = vb_netif_network(interfaces->cable != NULL ? interfaces->cable : interfaces->station);
    const struct vb_metadata_values self = identity(&board.mac);
    struct vb_transmitter_node_config config = {.mac = board.mac,
                                                .interface = WIFI_IF_STA,
                                                .nvs_partition = VB_BOARD_NVS,
                                                .identity = &self,
                                                .facts = board.facts,
                                                .network = &network,
                                                .wifi = &board.wifi,
                                                .interfaces = board.interfaces};
    if (!board.is_safe)
        open_parts(&config);
    const esp_err_t err = vb_transmitter_node_start(&node, &config);
    printf(err == ESP_OK ? "info: the transmitter runs\n"
                         : "error: the transmitter does not start: %s\n",
           esp_err_to_name(err));
    board.pulse = err == ESP_OK ? &node.pulse : NULL;
    if (err == ESP_OK && config.broker != NULL && vb_idf_broker_close_at_restart(&broker) != ESP_OK)
        printf("warning: the MQTT broker will not hear of a restart at once\n");
    settings = (struct vb_settings_console){.node = &node, .say = say};
    if (err == ESP_OK)
        board.settings = vb_settings_console_port(&settings);
    vb_board_serve(&board, NULL);
    vb_board_run(&board);
}
