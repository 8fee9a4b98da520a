/* The page on which a board's first network is chosen: http://192.168.4.1/wifi, while the access
 * point of vb_wifi_start() is open. What is chosen is stored, and the board starts anew. */
#ifndef VOLTBEACON_ESP_IDF_WIFI_PAGE_H
#define VOLTBEACON_ESP_IDF_WIFI_PAGE_H

#include <esp_timer.h>

#include "esp-idf/voltbeacon/http_server.h"
#include "esp-idf/voltbeacon/wifi.h"

VB_C_BEGIN

/* Must stay where it is. */
struct vb_wifi_page {
    const struct vb_wifi *wifi;
    const char *partition; /* of NVS */
    bool needs_network;
    esp_timer_handle_t restart;
    /* The server's task's own. */
    char body[512];
};

/* wifi and partition outlive it. needs_network: the board is nothing without one; else the page
 * offers to do without, too. An error of ESP-IDF's: there is no page. */
VB_MUST_USE esp_err_t vb_wifi_page_init(struct vb_wifi_page *page, const struct vb_wifi *wifi,
                                        const char *partition, bool needs_network);

/* server->request has been admitted. After the access point has closed it is refused. */
esp_err_t vb_wifi_page_answer(struct vb_wifi_page *page, struct vb_http_server *server,
                              httpd_req_t *request);

VB_C_END

#endif
