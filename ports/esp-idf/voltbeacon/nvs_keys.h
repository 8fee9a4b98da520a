/* A namespace of NVS as a store that writes key by key; struct vb_journal makes a store of it.
 *
 * A key's value is a blob under the key's own name: keys of the core have at most 15 characters,
 * as NVS's. Each write is committed before it returns, which takes 18 to 70 ms. */
#ifndef VOLTBEACON_ESP_IDF_NVS_KEYS_H
#define VOLTBEACON_ESP_IDF_NVS_KEYS_H

#include <nvs.h>

#include "voltbeacon/core/journal.h"
#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* Must stay where it is; port is the caller's to use, the rest is its own. */
struct vb_nvs_keys {
    struct vb_key_store port;
    nvs_handle_t handle;
};

/* Makes the partition's NVS ready; once for each partition. What cannot be read is left as it is,
 * never erased: settings in a form of a newer IDF would be lost with it. */
VB_MUST_USE esp_err_t vb_nvs_start(const char *partition);

/* name has at most 15 characters; the namespace is made where it is not there. An error of NVS's:
 * port is not to be used. */
VB_MUST_USE esp_err_t vb_nvs_keys_open(struct vb_nvs_keys *keys, const char *partition,
                                       const char *name);
void vb_nvs_keys_close(struct vb_nvs_keys *keys);

VB_C_END

#endif
