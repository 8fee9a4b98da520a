/* A namespace of NVS as a store that writes key by key; struct vb_journal makes a store of it.
 *
 * A key's value is a blob under the key's own name: keys of the core have at most 15 characters,
 * as NVS's. Each write is committed before it returns, which takes 18 to 70 ms.
 *
 * A write that the flash has failed may have been done nevertheless, and NVS no longer knows of it,
 * nor of what else is on that page: it neither erases nor replaces what it does not know, and after
 * a restart that is there again. Were it the record of a batch, it would undo all later ones. So
 * from then on none is written until the board is started anew; what there is can still be read.
 * A value for which there is no room is refused alone. */
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

/* Sets a value and commits it. Whatever writes to NVS does so by this: that it failed counts for
 * the namespaces of the core, too. It may be tried again, where an old value does no harm. */
VB_MUST_USE esp_err_t vb_nvs_write(nvs_handle_t handle, const char *key, const void *bytes,
                                   size_t size);

/* name has at most 15 characters; the namespace is made where it is not there. An error of NVS's:
 * port is not to be used. */
VB_MUST_USE esp_err_t vb_nvs_keys_open(struct vb_nvs_keys *keys, const char *partition,
                                       const char *name);
void vb_nvs_keys_close(struct vb_nvs_keys *keys);

VB_C_END

#endif
