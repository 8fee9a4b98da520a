/* Two places for images, the boot loader that chooses between them, and ESP-IDF's calls about them,
 * on the host. Images are those of tests/fixtures, whose signature is a checksum with a key. The
 * power may go at every write and erase, the boot loader's included. */
#ifndef VOLTBEACON_TESTS_HOST_OTA_H
#define VOLTBEACON_TESTS_HOST_OTA_H

#include <esp_ota_ops.h>
#include <stdbool.h>

#include "../../fixtures/firmware_bench.h"

/* As a cable leaves it: that image in the first place, nothing in the second, nothing noted. */
void host_ota_flash(const struct firmware_image *image);
/* Power on, or a restart: the boot loader. The content of what starts, as its specification has it;
 * -1: nothing starts. */
int host_ota_boot(void);
/* The boot loader is one from before it knew of trials: it starts what was chosen last. */
void host_ota_old_loader(bool is_old);
/* What is in the second place, whatever that is, has a bit changed. */
void host_ota_damage_other(void);

/* The n-th write or erase from now, 1 being the next, does its first part alone, in 256ths, and the
 * power goes: no call has an effect until host_ota_boot(). 0: it stays. */
void host_ota_cut_at(unsigned n, unsigned part);
/* It fails and does nothing. 0: none does. */
void host_ota_fail_at(unsigned n);
bool host_ota_is_off(void);
unsigned host_ota_writes(void); /* and erases, since one of the above was called */

/* For esp_partition_read(). */
bool host_ota_has(const esp_partition_t *partition);
esp_err_t host_ota_read(const esp_partition_t *partition, size_t offset, void *bytes, size_t size);

#endif
