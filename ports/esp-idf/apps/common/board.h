/* What both firmwares do around their node: why the board started, its network, its console. */
#ifndef VOLTBEACON_ESP_IDF_BOARD_H
#define VOLTBEACON_ESP_IDF_BOARD_H

#include "esp-idf/voltbeacon/http_server.h"
#include "esp-idf/voltbeacon/new_firmware.h"
#include "esp-idf/voltbeacon/setup_console.h"
#include "esp-idf/voltbeacon/starts.h"
#include "esp-idf/voltbeacon/wifi.h"
#include "esp-idf/voltbeacon/wifi_page.h"

#define VB_BOARD_NVS "nvs"
#define VB_BOARD_EVENTS "events"

/* There is one in a program; it must stay where it is. */
struct vb_board {
    struct vb_mac mac;           /* of the station's interface, which ESP-NOW speaks over */
    struct vb_board_facts facts; /* why it started */
    bool is_safe;                /* safe mode: after crashes in a row, radio and settings alone */
    bool needs_network;          /* it is nothing without one */
    bool has_network;            /* one is known, or none is needed; else it is being chosen */
    struct vb_wifi wifi;
    struct vb_interfaces interfaces;
    struct vb_wifi_page page; /* where no network is known */
    struct vb_http_server web;
    const struct vb_pulse *pulse; /* of the node, set by its app; NULL: it has not started */
    struct vb_http_receiver *receiver;
    struct vb_new_firmware firmware;
    struct vb_setup_settings settings; /* the app's, before it runs: of whoever obeys get and set */
    struct vb_setup_console console;
    int usb; /* the chip's own USB port, where ESP-IDF writes its console too, but reads the serial
                port's alone; -1: it has none */
};

/* Says why the board started, and brings up NVS and Wi-Fi. False: there is no radio, and the
 * console says why. needs_network: it is no choice to do without. */
VB_MUST_USE bool vb_board_start(struct vb_board *board, bool needs_network);

/* Starts the web server, if there is anything to serve: at a first start the page on which a
 * network is chosen, and what is a receiver's; NULL: nothing is. */
void vb_board_serve(struct vb_board *board, struct vb_http_receiver *receiver);

/* Does not return: reads the console, and ends a row of crashes after a minute without one. */
void vb_board_run(struct vb_board *board);

/* The firmware: ESP-IDF calls it once tasks run. */
void app_main(void);

#endif
