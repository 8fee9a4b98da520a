/* The cable of this board, as its build has chosen: Kconfig.cable. There is one in a program. */
#ifndef VOLTBEACON_ESP_IDF_CABLE_H
#define VOLTBEACON_ESP_IDF_CABLE_H

#include "esp-idf/voltbeacon/wifi.h"

/* Before Wi-Fi starts. NULL: there is none, or its chip does not answer, and the console says so.
 */
esp_netif_t *vb_cable_open(void);
/* Where there is one: once Wi-Fi has started, and then now and then. */
void vb_cable_run(struct vb_wifi *wifi);
void vb_cable_look(const char *nvs_partition);

#endif
