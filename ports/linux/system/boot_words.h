/* What a transmitter says where its settings could not be read when it started, and what its owner
 * can do. */
#ifndef VOLTBEACON_LINUX_BOOT_WORDS_H
#define VOLTBEACON_LINUX_BOOT_WORDS_H

#include <stddef.h>

#include "voltbeacon/core/err.h"

/* err, not VB_ERR_OK: as vb_transmitter_device_init() returned it. dir: the data folder. Sets the
 * cause. */
void vb_boot_words(enum vb_err err, const char *dir, char *text, size_t text_size);

#endif
