/* Flash as ESP-IDF's target "linux" has it: a file, with the partitions of the apps in it. Where
 * there is none yet it is erased flash. */
#include <esp_private/partition_linux.h>
#include <stdio.h>
#include <sys/stat.h>

#include "host/host_nvs.h"
#include "host/host_partition.h"
#include "voltbeacon/core/platform.h"

enum { FLASH_BYTES = 0x400000, TABLE_BYTES = 0x1000 };

static void make(const char *path)
{
    static unsigned char bytes[FLASH_BYTES];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = 0xff;
    FILE *table = fopen(PARTITION_TABLE, "rb");
    VB_ASSERT(table != NULL);
    VB_ASSERT(fread(bytes + CONFIG_PARTITION_TABLE_OFFSET, 1, TABLE_BYTES, table) > 0);
    fclose(table);
    FILE *file = fopen(path, "wb");
    VB_ASSERT(file != NULL && fwrite(bytes, sizeof bytes, 1, file) == 1 && fclose(file) == 0);
}

void host_nvs_keep_in(const char *path)
{
    struct stat there;
    esp_partition_file_mmap_ctrl_t *flash = esp_partition_get_file_mmap_ctrl_input();
    if (stat(path, &there) != 0)
        make(path);
    snprintf(flash->flash_file_name, sizeof flash->flash_file_name, "%s", path);
}

/* What they are the table says. */

void host_nvs_make(const char *partition, size_t bytes)
{
    (void)partition;
    (void)bytes;
}

void host_partition_make(const char *label, size_t size, unsigned char left)
{
    (void)label;
    (void)size;
    (void)left;
}
