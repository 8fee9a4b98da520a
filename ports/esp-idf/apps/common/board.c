#include "board.h"

#include <esp_core_dump.h>
#include <esp_mac.h>
#include <fcntl.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <stdio.h>
#include <unistd.h>

#include "cable.h"
#include "esp-idf/voltbeacon/idf_clock.h"
#include "esp-idf/voltbeacon/nvs_keys.h"
#include "upload.h"

enum { HTTP_PORT = 80, TYPED_EVERY_MS = 50 };

static bool failed(const char *what, esp_err_t err)
{
    if (err != ESP_OK)
        printf("error: %s: %s\n", what, esp_err_to_name(err));
    return err != ESP_OK;
}

static void say_why(struct vb_board *board)
{
    const esp_reset_reason_t reason = esp_reset_reason();
    const unsigned crashes = vb_starts_count(VB_BOARD_NVS, reason);
    board->facts = vb_starts_facts(reason, crashes, esp_core_dump_image_check() == ESP_OK);
    if (board->facts.start == VB_START_RESTART && vb_new_firmware_is_on_trial())
        board->facts.start = VB_START_UPDATE;
    board->is_safe = crashes >= VB_STARTS_SAFE;
    printf("info: started by %s\n", vb_start_text(board->facts.start));
    if (board->is_safe)
        printf("error: %u crashes in a row; this is safe mode, radio and settings alone\n",
               crashes);
}

bool vb_board_start(struct vb_board *board, bool needs_network)
{
    struct vb_wifi_network network;
    *board = (struct vb_board){.needs_network = needs_network};
    (void)failed("NVS cannot be read, and is left as it is", vb_nvs_start(VB_BOARD_NVS));
    say_why(board);
    (void)failed("the network that was chosen cannot be read",
                 vb_wifi_network_load(VB_BOARD_NVS, &network));
    if (network.country[0] == '\0')
        (void)snprintf(network.country, sizeof network.country, "%s", VB_COUNTRY);
    board->interfaces.cable = vb_cable_open();
    if (board->interfaces.cable == NULL) {
        network.is_by_cable = false;
        network.is_unneeded &= !needs_network;
    }
    board->has_network = network.name[0] != '\0' || network.is_unneeded || network.is_by_cable;
    if (failed("the board has no address", esp_read_mac(board->mac.bytes, ESP_MAC_WIFI_STA)) ||
        failed("Wi-Fi does not start", vb_wifi_start(&board->wifi, &network, &board->mac)))
        return false;
    board->interfaces.station = board->wifi.station;
    if (board->interfaces.cable != NULL)
        vb_cable_run(&board->wifi);
    return true;
}

/* A receiver is nothing without a network, but the cable is one. */
static bool needs_wifi(const struct vb_board *board)
{
    return board->needs_network && board->interfaces.cable == NULL;
}

void vb_board_serve(struct vb_board *board, struct vb_http_receiver *receiver)
{
    board->receiver = receiver;
    const bool chooses =
        !board->has_network &&
        !failed("there is no page on which to choose a network",
                vb_wifi_page_init(&board->page, &board->wifi, VB_BOARD_NVS, needs_wifi(board)));
    if (!chooses && receiver == NULL)
        return;
    if (!failed(
            "the web server does not start",
            vb_http_server_start(&board->web, chooses ? &board->page : NULL, receiver, HTTP_PORT)))
        vb_http_server_takes_firmware(&board->web, vb_upload());
}

/* Echoed, for terminals do not show it by themselves. */
static void type(struct vb_board *board, char typed)
{
    bool restart;
    putchar(typed == '\r' ? '\n' : typed);
    (void)fflush(stdout);
    const char *answer = vb_setup_console_type(&board->console, typed, &restart);
    if (answer != NULL)
        puts(answer);
    if (restart)
        esp_restart();
}

static void take_typed(struct vb_board *board)
{
    char typed;
    for (int next = getchar(); next != EOF; next = getchar())
        type(board, (char)next);
    clearerr(stdin); /* nothing was typed for now */
    while (board->usb >= 0 && read(board->usb, &typed, 1) == 1)
        type(board, typed);
}

static void try_firmware(struct vb_board *board)
{
    const struct vb_new_firmware_board what = {.pulse = board->pulse,
                                               .wifi = &board->wifi,
                                               .interfaces = board->interfaces,
                                               .is_receiver = board->needs_network,
                                               .web = board->receiver};
    if (vb_new_firmware_look(&board->firmware, &what, vb_idf_now_ms()))
        esp_restart();
}

void vb_board_run(struct vb_board *board)
{
    bool is_healthy = false;
    vb_new_firmware_begin(&board->firmware, vb_idf_now_ms());
    vb_setup_console_init(&board->console, VB_BOARD_NVS, needs_wifi(board));
    board->console.settings = board->settings;
    board->usb = open("/dev/secondary", O_RDONLY | O_NONBLOCK);
    for (;;) {
        take_typed(board);
        if (board->interfaces.cable != NULL)
            vb_cable_look(VB_BOARD_NVS);
        try_firmware(board);
        if (!is_healthy && vb_idf_now_ms() >= VB_STARTS_HEALTHY_S * 1000) {
            is_healthy = true;
            vb_starts_healthy(VB_BOARD_NVS);
        }
        vTaskDelay(pdMS_TO_TICKS(TYPED_EVERY_MS));
    }
}
