#include "linux/system/boot_words.h"

#include "linux/system/cause.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/device/append.h"

void vb_boot_words(enum vb_err err, const char *dir, char *text, size_t text_size)
{
    VB_ASSERT(err != VB_ERR_OK && text_size > 0);
    if (err == VB_ERR_STORE) { /* the device asks again: a disk may come back */
        vb_append(text, 0, text_size,
                  "the settings in %s cannot be read now: nothing is sent until they are; retrying "
                  "every 10 s",
                  dir);
        vb_cause_set(VB_CAUSE_IO);
        return;
    }
    vb_append(text, 0, text_size,
              "the settings in %s %s; restore a backup of voltbeacon.db there, or move it away to "
              "start with defaults",
              dir, vb_err_text(err));
    vb_cause_set(VB_CAUSE_CONFIG);
}
