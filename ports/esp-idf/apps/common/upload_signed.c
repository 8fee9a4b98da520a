#include <stdio.h>

#include "upload.h"

struct vb_http_firmware *vb_upload(void)
{
    static struct vb_http_firmware firmware;
    const esp_err_t err = vb_http_firmware_init(&firmware);
    if (err != ESP_OK) {
        printf("error: no firmware is taken over the network: %s\n", esp_err_to_name(err));
        return NULL;
    }
    printf("info: firmware signed by the key of this one is taken over the network\n");
    return &firmware;
}
