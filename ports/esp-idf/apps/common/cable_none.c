#include "cable.h"

esp_netif_t *vb_cable_open(void)
{
    return NULL;
}

void vb_cable_run(struct vb_wifi *wifi)
{
    (void)wifi;
}

void vb_cable_look(const char *nvs_partition)
{
    (void)nvs_partition;
}
