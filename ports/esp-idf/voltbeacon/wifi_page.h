/* The page on which a board's first network is chosen: http://192.168.4.1/wifi, while the access
 * point of vb_wifi_start() is open. What is chosen is stored, and the board starts anew. */
#ifndef VOLTBEACON_ESP_IDF_WIFI_PAGE_H
#define VOLTBEACON_ESP_IDF_WIFI_PAGE_H

#include <esp_http_server.h>
#include <esp_timer.h>

#include "esp-idf/voltbeacon/wifi.h"

VB_C_BEGIN

/* Must stay where it is. */
struct vb_wifi_page {
    const struct vb_wifi *wifi;
    const char *partition; /* of NVS */
    httpd_handle_t server;
    esp_timer_handle_t restart;
    /* The server's task's own. */
    char body[512];
    char host[128];
    char origin[128];
};

/* Serves from now on, on that port, with a web server of its own; wifi and partition outlive it.
 * After the access point has closed it refuses all. An error of ESP-IDF's: it does not serve. */
VB_MUST_USE esp_err_t vb_wifi_page_start(struct vb_wifi_page *page, const struct vb_wifi *wifi,
                                         const char *partition, uint16_t port);

VB_C_END

#endif
