/* Whether this board takes new firmware over the network, as its build has chosen:
 * Kconfig.firmware. */
#ifndef VOLTBEACON_ESP_IDF_UPLOAD_H
#define VOLTBEACON_ESP_IDF_UPLOAD_H

#include "esp-idf/voltbeacon/http_firmware.h"

/* NULL: it does not. There is one in a program. */
struct vb_http_firmware *vb_upload(void);

#endif
