#include "cable.h"
#include "cable_port.h"

static struct vb_ethernet ethernet;

esp_netif_t *vb_cable_open(void)
{
    const struct vb_ethernet_port port = vb_cable_port();
    return vb_ethernet_open(&ethernet, &port) == ESP_OK ? ethernet.interface : NULL;
}

void vb_cable_run(struct vb_wifi *wifi)
{
    vb_ethernet_run(&ethernet, wifi);
}

void vb_cable_look(const char *nvs_partition)
{
    vb_ethernet_look(&ethernet, nvs_partition);
}
