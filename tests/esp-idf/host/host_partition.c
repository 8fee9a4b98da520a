#include "host_partition.h"

#include <stdio.h>
#include <string.h>

#include <esp_partition.h>

#include "host_ota.h"

#include "voltbeacon/core/platform.h"

enum { SECTORS = HOST_PARTITION_BYTES_MAX / HOST_PARTITION_SECTOR_BYTES, WHOLE = 256 };

static struct {
    esp_partition_t partition;
    unsigned char bytes[HOST_PARTITION_BYTES_MAX];
    unsigned erases[SECTORS];
    unsigned writes, cut_at, part, fail_at, fail_count;
    bool off, spared;
} flash;

void host_partition_make(const char *label, size_t size, unsigned char left)
{
    VB_ASSERT(size <= sizeof flash.bytes);
    memset(&flash, 0, sizeof flash);
    memset(flash.bytes, left, sizeof flash.bytes);
    flash.partition.size = (uint32_t)size;
    flash.partition.erase_size = HOST_PARTITION_SECTOR_BYTES;
    snprintf(flash.partition.label, sizeof flash.partition.label, "%s", label);
}

void host_partition_cut_at(unsigned n, unsigned part)
{
    flash.writes = 0;
    flash.cut_at = n;
    flash.part = part;
}

void host_partition_fail_at(unsigned n, unsigned count, bool spared)
{
    flash.spared = spared;
    flash.writes = 0;
    flash.fail_at = n;
    flash.fail_count = count;
}

void host_partition_flip(size_t byte, unsigned bit)
{
    flash.bytes[byte] ^= (unsigned char)(1u << bit);
}

bool host_partition_is_off(void)
{
    return flash.off;
}

void host_partition_power_on(void)
{
    flash.off = false;
    flash.writes = flash.cut_at = flash.fail_at = 0;
}

unsigned host_partition_writes(void)
{
    return flash.writes;
}

unsigned host_partition_erases(size_t sector)
{
    return flash.erases[sector];
}

/* How much of what comes now is done, in 256ths. */
static unsigned done_of_next(size_t offset)
{
    if (flash.off)
        return 0;
    flash.writes++;
    flash.off = flash.writes == flash.cut_at;
    const bool fails = flash.fail_at != 0 && flash.writes >= flash.fail_at &&
                       flash.writes < flash.fail_at + flash.fail_count &&
                       !(flash.spared && offset % HOST_PARTITION_SECTOR_BYTES == 0);
    return flash.off ? flash.part : fails ? 0 : WHOLE;
}

/* ---- The calls ---- */

const esp_partition_t *esp_partition_find_first(esp_partition_type_t type,
                                                esp_partition_subtype_t subtype, const char *label)
{
    VB_ASSERT(type == ESP_PARTITION_TYPE_DATA && subtype == ESP_PARTITION_SUBTYPE_ANY);
    const bool is_it = flash.partition.size > 0 && strcmp(flash.partition.label, label) == 0;
    return is_it ? &flash.partition : NULL;
}

static bool is_inside(const esp_partition_t *partition, size_t offset, size_t size)
{
    return offset <= partition->size && size <= partition->size - offset;
}

esp_err_t esp_partition_read(const esp_partition_t *partition, size_t offset, void *bytes,
                             size_t size)
{
    if (!is_inside(partition, offset, size))
        return ESP_ERR_INVALID_SIZE;
    if (host_ota_has(partition))
        return host_ota_read(partition, offset, bytes, size);
    if (flash.off)
        return ESP_FAIL;
    memcpy(bytes, flash.bytes + offset, size);
    return ESP_OK;
}

esp_err_t esp_partition_write(const esp_partition_t *partition, size_t offset, const void *bytes,
                              size_t size)
{
    if (!is_inside(partition, offset, size))
        return ESP_ERR_INVALID_SIZE;
    const unsigned done = done_of_next(offset);
    const unsigned char *from = bytes;
    for (size_t i = 0; i < size * done / WHOLE; i++) {
        VB_ASSERT((from[i] & ~flash.bytes[offset + i]) == 0);
        flash.bytes[offset + i] &= from[i];
    }
    return done == WHOLE ? ESP_OK : ESP_FAIL;
}

/* An erase that is cut off leaves bits that are neither: here some ones, and the rest as it was. */
esp_err_t esp_partition_erase_range(const esp_partition_t *partition, size_t offset, size_t size)
{
    if (!is_inside(partition, offset, size) || offset % partition->erase_size != 0 ||
        size % partition->erase_size != 0)
        return ESP_ERR_INVALID_SIZE;
    const unsigned done = done_of_next(offset);
    memset(flash.bytes + offset, 0xff, size * done / WHOLE);
    flash.erases[offset / HOST_PARTITION_SECTOR_BYTES] += done == WHOLE;
    return done == WHOLE ? ESP_OK : ESP_FAIL;
}
