#include "nvs_wear.h"

#include <stdbool.h>
#include <string.h>

#include "voltbeacon/core/platform.h"

enum { PAGE_BYTES = 4096, PAGE_ENTRIES = 126, ENTRY_BYTES = 32 };

static void append(struct nvs_wear *wear, struct nvs_wear_value *value, unsigned entries);

static unsigned take_empty(struct nvs_wear *wear)
{
    VB_ASSERT(wear->empty_count > 0);
    const unsigned page = wear->empty[0];
    wear->empty_count--;
    memmove(wear->empty, wear->empty + 1, wear->empty_count * sizeof *wear->empty);
    return page;
}

static bool is_better_victim(const struct nvs_wear *wear, unsigned page, unsigned than)
{
    const int marked = wear->used[page] - wear->live[page];
    const int most = wear->used[than] - wear->live[than];
    return marked > most || (marked == most && wear->begun[page] < wear->begun[than]);
}

static unsigned choose_victim(const struct nvs_wear *wear)
{
    unsigned victim = wear->active;
    for (unsigned page = 0; page < wear->pages; page++) {
        if (wear->used[page] > 0 && is_better_victim(wear, page, victim))
            victim = page;
    }
    VB_ASSERT(wear->live[victim] < wear->used[victim]); /* else the partition is full */
    return victim;
}

static void next_page(struct nvs_wear *wear)
{
    const bool last = wear->empty_count == 1;
    const unsigned victim = last ? choose_victim(wear) : 0;
    wear->active = take_empty(wear);
    wear->begun[wear->active] = ++wear->begun_count;
    if (!last)
        return;
    for (unsigned i = 0; i < NVS_WEAR_VALUES_MAX; i++) {
        struct nvs_wear_value *value = &wear->values[i];
        const unsigned entries = value->on[victim];
        value->on[victim] = 0;
        if (entries > 0)
            append(wear, value, entries);
    }
    wear->used[victim] = 0;
    wear->live[victim] = 0;
    wear->erasures[victim]++;
    wear->empty[wear->empty_count++] = victim;
}

static void append(struct nvs_wear *wear, struct nvs_wear_value *value, unsigned entries)
{
    while (entries > 0) {
        if (wear->used[wear->active] == PAGE_ENTRIES)
            next_page(wear);
        const unsigned left = PAGE_ENTRIES - wear->used[wear->active];
        const unsigned count = entries < left ? entries : left;
        wear->used[wear->active] = (uint16_t)(wear->used[wear->active] + count);
        wear->live[wear->active] = (uint16_t)(wear->live[wear->active] + count);
        value->on[wear->active] = (uint16_t)(value->on[wear->active] + count);
        entries -= count;
    }
}

static struct nvs_wear_value *find(struct nvs_wear *wear, const char *name)
{
    for (unsigned i = 0; i < NVS_WEAR_VALUES_MAX; i++) {
        if (strcmp(wear->values[i].name, name) == 0)
            return &wear->values[i];
    }
    return NULL;
}

static void drop(struct nvs_wear *wear, struct nvs_wear_value *value)
{
    for (unsigned page = 0; page < wear->pages; page++)
        wear->live[page] = (uint16_t)(wear->live[page] - value->on[page]);
    memset(value, 0, sizeof *value);
}

void nvs_wear_init(struct nvs_wear *wear, size_t bytes)
{
    memset(wear, 0, sizeof *wear);
    wear->pages = (unsigned)(bytes / PAGE_BYTES);
    VB_ASSERT(wear->pages >= 2 && wear->pages <= NVS_WEAR_PAGES_MAX);
    for (unsigned page = 1; page < wear->pages; page++)
        wear->empty[wear->empty_count++] = page;
}

void nvs_wear_write(struct nvs_wear *wear, const char *name, size_t size)
{
    struct nvs_wear_value *old = find(wear, name);
    struct nvs_wear_value *value = find(wear, "");
    const unsigned data = (unsigned)((size + ENTRY_BYTES - 1) / ENTRY_BYTES);
    VB_ASSERT(value != NULL && strlen(name) > 0 && strlen(name) < sizeof value->name);
    append(wear, value, data + 2); /* a head and an index */
    if (old != NULL)
        drop(wear, old); /* it goes once the new one is there */
    memcpy(value->name, name, strlen(name));
}

void nvs_wear_erase(struct nvs_wear *wear, const char *name)
{
    struct nvs_wear_value *value = find(wear, name);
    if (value != NULL)
        drop(wear, value);
}

uint32_t nvs_wear_busiest(const struct nvs_wear *wear)
{
    uint32_t busiest = 0;
    for (unsigned page = 0; page < wear->pages; page++)
        busiest = wear->erasures[page] > busiest ? wear->erasures[page] : busiest;
    return busiest;
}
