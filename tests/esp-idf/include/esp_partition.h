/* Partitions of the flash: what is used of them, from ESP-IDF 5.5's "Partitions API". */
#ifndef VOLTBEACON_ESP_IDF_ESP_PARTITION_H
#define VOLTBEACON_ESP_IDF_ESP_PARTITION_H

#include <stddef.h>
#include <stdint.h>

#include <esp_err.h>

typedef enum { ESP_PARTITION_TYPE_DATA = 0x01 } esp_partition_type_t;
typedef enum { ESP_PARTITION_SUBTYPE_ANY = 0xff } esp_partition_subtype_t;

typedef struct {
    uint32_t size;       /* bytes */
    uint32_t erase_size; /* what an erase must be a multiple of */
    char label[17];
} esp_partition_t;

/* NULL where the table has none of that label. */
const esp_partition_t *esp_partition_find_first(esp_partition_type_t type,
                                                esp_partition_subtype_t subtype, const char *label);
esp_err_t esp_partition_read(const esp_partition_t *partition, size_t offset, void *bytes,
                             size_t size);
/* Bits go from 1 to 0 alone; erased ones are 1. */
esp_err_t esp_partition_write(const esp_partition_t *partition, size_t offset, const void *bytes,
                              size_t size);
esp_err_t esp_partition_erase_range(const esp_partition_t *partition, size_t offset, size_t size);

#endif
