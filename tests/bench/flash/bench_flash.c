/* What a year does to the flash of two devices: a daily edit, and reboots of both, in the simulated
 * world, with journals that write key by key. */
#include <inttypes.h>
#include <stdio.h>

#include "nvs_wear.h"
#include "unit/sync_changes.h"

enum {
    DAYS = 365,
    REBOOTS = 1000,
    NVS_BYTES = 0x10000, /* ports/esp-idf/apps/partitions.csv */
    DAY_MS = 86400000,
    SETTLED_MS = 20000
};

/* A device's flash. All its stores are namespaces of it, each under a journal. */
struct flash {
    struct nvs_wear wear;
    uint32_t writes; /* and erasures of keys */
    uint64_t bytes;
};

static struct flash flashes[2]; /* the transmitter's, the receiver's */
static struct vb_key_store beneath;
static struct bench bench;

static struct flash *flash_of(struct vb_world_store *store, const char *key,
                              char name[NVS_WEAR_NAME_SIZE])
{
    for (unsigned node = 0; node < 2; node++) {
        for (unsigned kind = 0; kind < VB_WORLD_STORES; kind++) {
            if (store != vb_world_node_store(&bench.world.nodes[node], kind))
                continue;
            snprintf(name, NVS_WEAR_NAME_SIZE, "%u.%s", kind, key);
            return &flashes[node];
        }
    }
    VB_ASSERT(false);
    return NULL;
}

static enum vb_err write_key(void *ctx, const char *key, const uint8_t *bytes, size_t size)
{
    char name[NVS_WEAR_NAME_SIZE];
    struct flash *flash = flash_of(ctx, key, name);
    flash->writes++;
    flash->bytes += size;
    nvs_wear_write(&flash->wear, name, size);
    return beneath.write(ctx, key, bytes, size);
}

static enum vb_err erase_key(void *ctx, const char *key)
{
    char name[NVS_WEAR_NAME_SIZE];
    struct flash *flash = flash_of(ctx, key, name);
    flash->writes++;
    nvs_wear_erase(&flash->wear, name);
    return beneath.erase(ctx, key);
}

static void make_flash(uint8_t node)
{
    nvs_wear_init(&flashes[node].wear, NVS_BYTES);
    for (unsigned kind = 0; kind < VB_WORLD_STORES; kind++) {
        struct vb_world_store *store = vb_world_node_store(&bench.world.nodes[node], kind);
        vb_world_store_flash(store, true);
        beneath = store->keys; /* the same functions for all */
        store->keys.write = write_key;
        store->keys.erase = erase_key;
    }
}

static void print_row(const char *what, unsigned node)
{
    const struct flash *flash = &flashes[node];
    printf("{\"device\":\"%s\",\"what\":\"%s\",\"writes\":%" PRIu32 ",\"bytes\":%" PRIu64
           ",\"busiest_page\":%" PRIu32 "}\n",
           node == 0 ? "transmitter" : "receiver", what, flash->writes, flash->bytes,
           nvs_wear_busiest(&flash->wear));
}

static void print_rows(const char *what)
{
    print_row(what, 0);
    print_row(what, 1);
}

static void forget_writes(void)
{
    for (unsigned i = 0; i < 2; i++) {
        flashes[i].writes = 0;
        flashes[i].bytes = 0;
    }
}

int main(void)
{
    bench_begin(&bench, 1, 1);
    make_flash(0);
    make_flash(1);
    vb_world_power_on(&bench.world, 0);
    vb_world_power_on(&bench.world, 1);
    vb_world_run(&bench.world, SETTLED_MS);
    print_rows("the first start");
    forget_writes();
    for (unsigned day = 0; day < DAYS; day++) {
        VB_ASSERT(edit(&bench, 1, change_integer(VB_SECTION_MQTT, "keepalive_s", 20 + day % 2)) !=
                  0);
        vb_world_run(&bench.world, DAY_MS);
    }
    print_rows("365 days");
    forget_writes();
    for (unsigned i = 0; i < REBOOTS; i++) {
        vb_world_reboot(&bench.world, (uint8_t)(i % 2));
        vb_world_run(&bench.world, SETTLED_MS);
        vb_world_reboot(&bench.world, (uint8_t)(1 - i % 2));
        vb_world_run(&bench.world, SETTLED_MS);
    }
    print_rows("1000 reboots");
    VB_ASSERT(bench_in_sync(&bench, 0, 1));
    return 0;
}
