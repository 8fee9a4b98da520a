/* How often pages of ESP-IDF's NVS are erased, from its documented layout: a log of entries of 32
 * bytes, 126 to a page; a value is written anew and its old entries are marked; when one empty page
 * is left, the page with the most marked entries, of equal ones the oldest, is moved there and
 * erased. */
#ifndef VOLTBEACON_BENCH_NVS_WEAR_H
#define VOLTBEACON_BENCH_NVS_WEAR_H

#include <stddef.h>
#include <stdint.h>

enum { NVS_WEAR_PAGES_MAX = 32, NVS_WEAR_VALUES_MAX = 64, NVS_WEAR_NAME_SIZE = 24 };

struct nvs_wear {
    unsigned pages;
    unsigned active;
    unsigned empty[NVS_WEAR_PAGES_MAX]; /* the one that has been so for longest first */
    unsigned empty_count;
    uint16_t used[NVS_WEAR_PAGES_MAX];  /* entries, of which ... */
    uint16_t live[NVS_WEAR_PAGES_MAX];  /* ... so many are still valid */
    uint32_t begun[NVS_WEAR_PAGES_MAX]; /* in this order */
    uint32_t begun_count;
    uint32_t erasures[NVS_WEAR_PAGES_MAX];
    struct nvs_wear_value {
        char name[NVS_WEAR_NAME_SIZE];   /* "": not in use */
        uint16_t on[NVS_WEAR_PAGES_MAX]; /* entries of it on each page */
    } values[NVS_WEAR_VALUES_MAX];
};

/* An empty partition of that many bytes, at most NVS_WEAR_PAGES_MAX pages of 4,096. */
void nvs_wear_init(struct nvs_wear *wear, size_t bytes);
/* A blob; the name, which is a namespace and a key in one, has less than NVS_WEAR_NAME_SIZE
 * characters. */
void nvs_wear_write(struct nvs_wear *wear, const char *name, size_t size);
void nvs_wear_erase(struct nvs_wear *wear, const char *name);
/* Of the page that was erased most often. */
uint32_t nvs_wear_busiest(const struct nvs_wear *wear);

#endif
