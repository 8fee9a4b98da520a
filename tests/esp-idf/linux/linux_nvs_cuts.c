/* Batches of the core's journal in ESP-IDF's own NVS, over flash that fails at any word of what is
 * written: nvs-cuts FLASH ROUNDS SEED. The power goes, or a write is reported as failed, whether or
 * not it was done, and the board goes on for a while. The flash ages meanwhile, so that faults meet
 * moved and erased pages, too. After each restart there is what was answered with VB_ERR_OK last,
 * and of what was not, all or nothing. */
#include <esp_partition.h>
#include <nvs_flash.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp-idf/voltbeacon/nvs_keys.h"
#include "host/host_nvs.h"
#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/random.h"

enum {
    STORES = 2,
    KEYS = 6,
    BYTES_MAX = 600,
    WORDS_MAX = 2400,  /* of a batch and its record, written twice, and a page that is moved */
    CHANGES_MAX = 4,   /* until a restart */
    STARTS_PER_CUT = 8 /* one of so many is cut off, too */
};
#define PARTITION "nvs"

struct content {
    uint16_t sizes[KEYS]; /* 0 = the key is not there */
    uint8_t first[KEYS];
};

static const char *const names[KEYS] = {"+head", "+1", "+2", "s.123456789012", "+ledger", "k"};
/* Two namespaces, whose values share pages. */
static struct store {
    struct vb_nvs_keys keys;
    struct vb_journal journal;
    uint8_t record[VB_JOURNAL_BYTES];
} stores[STORES];
static const char *const spaces[STORES] = {"rx", "tx"};
static struct vb_random random_state;
static struct {
    uint32_t words_left; /* UINT32_MAX: no fault comes */
    bool stays_on;       /* it is one write that fails, not the power */
    bool off;
} flash;

static uint32_t below(uint32_t bound)
{
    return vb_random_between(&random_state, 0, bound - 1);
}

/* ---- Flash whose power goes ---- */

esp_err_t __real_esp_partition_write(const esp_partition_t *partition, size_t at, const void *bytes,
                                     size_t size);
esp_err_t __real_esp_partition_erase_range(const esp_partition_t *partition, size_t at,
                                           size_t size);
esp_err_t __wrap_esp_partition_write(const esp_partition_t *partition, size_t at, const void *bytes,
                                     size_t size);
esp_err_t __wrap_esp_partition_write_raw(const esp_partition_t *partition, size_t at,
                                         const void *bytes, size_t size);
esp_err_t __wrap_esp_partition_erase_range(const esp_partition_t *partition, size_t at,
                                           size_t size);

/* How many of so many words are still done; *fails: that is not what is reported. */
static uint32_t done_of(uint32_t words, bool *fails)
{
    *fails = flash.off || words > flash.words_left || (flash.stays_on && words == flash.words_left);
    const uint32_t done = flash.off ? 0 : *fails ? flash.words_left : words;
    if (*fails) {
        flash.off = !flash.stays_on;
        flash.words_left = UINT32_MAX;
    } else if (flash.words_left != UINT32_MAX) {
        flash.words_left -= words;
    }
    return done;
}

esp_err_t __wrap_esp_partition_write(const esp_partition_t *partition, size_t at, const void *bytes,
                                     size_t size)
{
    bool fails;
    const uint32_t done = done_of((uint32_t)(size / 4), &fails);
    VB_ASSERT(size % 4 == 0);
    const esp_err_t err =
        done == 0 ? ESP_OK : __real_esp_partition_write(partition, at, bytes, (size_t)done * 4);
    return fails ? ESP_FAIL : err;
}

esp_err_t __wrap_esp_partition_write_raw(const esp_partition_t *partition, size_t at,
                                         const void *bytes, size_t size)
{
    return __wrap_esp_partition_write(partition, at, bytes, size);
}

/* As of a word. */
esp_err_t __wrap_esp_partition_erase_range(const esp_partition_t *partition, size_t at, size_t size)
{
    bool fails;
    const bool is_done = done_of(1, &fails) == 1;
    const esp_err_t err = is_done ? __real_esp_partition_erase_range(partition, at, size) : ESP_OK;
    return fails ? ESP_FAIL : err;
}

/* ---- A board ---- */

static enum vb_err start(void)
{
    enum vb_err err = VB_ERR_OK;
    (void)nvs_flash_deinit_partition(PARTITION);
    if (vb_nvs_start(PARTITION) != ESP_OK)
        return VB_ERR_STORE;
    for (unsigned i = 0; i < STORES && err == VB_ERR_OK; i++) {
        struct store *store = &stores[i];
        if (vb_nvs_keys_open(&store->keys, PARTITION, spaces[i]) != ESP_OK)
            return VB_ERR_STORE;
        vb_journal_init(&store->journal, &store->keys.port, store->record, sizeof store->record);
        err = vb_journal_open(&store->journal);
    }
    return err;
}

static struct content drawn(void)
{
    struct content content;
    for (unsigned i = 0; i < KEYS; i++) {
        const bool is_there = below(5) > 0;
        content.sizes[i] = is_there ? (uint16_t)(1 + below(BYTES_MAX)) : 0;
        content.first[i] = (uint8_t)below(256);
    }
    return content;
}

static void value_of(const struct content *content, unsigned key, uint8_t bytes[BYTES_MAX])
{
    for (unsigned i = 0; i < content->sizes[key]; i++)
        bytes[i] = (uint8_t)(content->first[key] + i);
}

static enum vb_err change(struct store *store, const struct content *to)
{
    enum vb_err why;
    uint8_t bytes[BYTES_MAX];
    for (unsigned i = 0; i < KEYS; i++) {
        value_of(to, i, bytes);
        if (to->sizes[i] == 0)
            store->journal.port.erase(store->journal.port.ctx, names[i]);
        else
            store->journal.port.put(store->journal.port.ctx, names[i], bytes, to->sizes[i]);
    }
    store->journal.port.commit(store->journal.port.ctx, 1);
    return vb_journal_write(&store->journal, &why);
}

static bool holds(const struct store *store, const struct content *what)
{
    uint8_t bytes[BYTES_MAX], expected[BYTES_MAX];
    for (unsigned i = 0; i < KEYS; i++) {
        const int size =
            store->journal.port.get(store->journal.port.ctx, names[i], bytes, sizeof bytes);
        value_of(what, i, expected);
        if (what->sizes[i] == 0
                ? size != VB_ERR_NOT_FOUND
                : size != what->sizes[i] || memcmp(bytes, expected, what->sizes[i]) != 0)
            return false;
    }
    return true;
}

/* What may be in a store after a restart. */
struct allowed {
    struct content of[1 + CHANGES_MAX];
    unsigned count;
};

static void make_changes(struct allowed allowed[STORES])
{
    for (unsigned left = 1 + below(CHANGES_MAX); left > 0; left--) {
        const unsigned which = below(STORES);
        const struct content next = drawn();
        const enum vb_err said = change(&stores[which], &next);
        if (said == VB_ERR_OK)
            allowed[which].count = 0;
        if (said != VB_ERR_STORE)
            allowed[which].of[allowed[which].count++] = next;
    }
}

static bool is_allowed(const struct store *store, const struct allowed *allowed, struct content *is)
{
    for (unsigned i = 0; i < allowed->count; i++) {
        if (holds(store, &allowed->of[i])) {
            *is = allowed->of[i];
            return true;
        }
    }
    return false;
}

/* False, and it is said, where what is there then is not what may be. */
static bool survives(struct content is[STORES], unsigned round)
{
    struct allowed allowed[STORES];
    for (unsigned i = 0; i < STORES; i++)
        allowed[i] = (struct allowed){.of = {is[i]}, .count = 1};
    flash.words_left = below(WORDS_MAX);
    flash.stays_on = below(2) == 0;
    make_changes(allowed);
    if (below(STARTS_PER_CUT) == 0) {
        flash.stays_on = flash.off = false;
        flash.words_left = below(WORDS_MAX / 4);
        (void)start();
    }
    flash.off = false;
    flash.words_left = UINT32_MAX;
    const enum vb_err started = start();
    for (unsigned i = 0; i < STORES; i++) {
        if (started == VB_ERR_OK && is_allowed(&stores[i], &allowed[i], &is[i]))
            continue;
        printf("round %u: started with %s; in %s there is none of the %u that may be\n", round,
               vb_err_text(started), spaces[i], allowed[i].count);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    VB_ASSERT(argc == 4);
    const unsigned rounds = (unsigned)strtoul(argv[2], NULL, 10);
    vb_random_seed(&random_state, strtoul(argv[3], NULL, 10));
    host_nvs_keep_in(argv[1]);
    flash.words_left = UINT32_MAX;
    VB_ASSERT(start() == VB_ERR_OK);
    struct content is[STORES] = {0};
    unsigned round = 0;
    while (round < rounds && survives(is, round))
        round++;
    printf("%u of %u rounds\n", round, rounds);
    return round == rounds ? 0 : 1;
}
