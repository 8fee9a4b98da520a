/* What a receiver stores of its starts: how many there were, and which transmitter the older paths
 * of the API are about. Batches wait for one another, as store.h demands. */
#include "receiver_device_parts.h"

enum { COUNT_MS_MAX = 10000, KEEP_AGAIN_S = 10, COUNT_TOKEN = 1, FIRST_TOKEN = 2 };

static const char count_key[] = "epoch";
static const char first_key[] = "first";

static const struct vb_store *store_of(const struct vb_receiver_device *device)
{
    return device->config.ports.boot_store;
}

static void put(struct vb_receiver_device *device, const char *key, const uint8_t *bytes,
                size_t size, uint32_t token)
{
    const struct vb_store *store = store_of(device);
    VB_ASSERT(!device->boot_store_busy);
    VB_ASSERT(size + VB_STORE_OP_BYTES <= VB_RECEIVER_BOOT_BATCH_BYTES);
    device->boot_store_busy = true;
    store->put(store->ctx, key, bytes, size);
    store->commit(store->ctx, token);
}

/* ---- The count of starts ---- */

static void put_count(struct vb_receiver_device *device)
{
    const uint8_t bytes[2] = {(uint8_t)device->epoch, (uint8_t)(device->epoch >> 8)};
    device->count_kept = true;
    put(device, count_key, bytes, sizeof bytes, COUNT_TOKEN);
}

void vb_boot_store_begin(struct vb_receiver_device *device)
{
    const struct vb_store *store = store_of(device);
    uint8_t bytes[2] = {0};
    device->epoch = (uint16_t)device->config.seed;
    device->boot_counted = store == NULL;
    device->count_kept = true;
    device->first_known = store == NULL;
    if (store == NULL)
        return;
    const int size = store->get(store->ctx, count_key, bytes, sizeof bytes);
    if (size == VB_ERR_STORE) {
        device->boot_counted = true;
        vb_log_sink_say(&device->config.ports.log, VB_LOG_ERROR,
                        "the count of starts cannot be read: this one is not counted");
        return;
    }
    if (size == sizeof bytes)
        device->epoch = (uint16_t)((bytes[0] | (unsigned)bytes[1] << 8) + 1);
    put_count(device);
}

static void counted(struct vb_receiver_device *device, enum vb_err result)
{
    device->boot_counted = true;
    if (result == VB_ERR_OK || device->count_refused)
        return;
    device->count_refused = true; /* it is tried again, and said once */
    vb_log_sink_say(&device->config.ports.log, VB_LOG_ERROR,
                    "the store cannot be written: settings are not kept. Is the disk full?");
}

void vb_boot_store_tick(struct vb_receiver_device *device)
{
    if (device->boot_counted || device->up_ms <= COUNT_MS_MAX)
        return;
    device->boot_counted = true;
    vb_log_sink_say(&device->config.ports.log, VB_LOG_WARNING,
                    "the store has not answered for %d s: this start goes on before it is counted",
                    COUNT_MS_MAX / 1000);
}

/* ---- The transmitter of the older paths ---- */

void vb_boot_store_load(struct vb_receiver_device *device)
{
    const struct vb_store *store = store_of(device);
    struct vb_mac mac;
    if (device->first_known)
        return;
    const int size = store->get(store->ctx, first_key, mac.bytes, sizeof mac.bytes);
    if (size == sizeof mac.bytes)
        device->api.first = mac;
    device->first_kept = size == sizeof mac.bytes;
    device->first_known = size != VB_ERR_STORE;
}

static bool may_keep(const struct vb_receiver_device *device)
{
    return !device->boot_store_busy && device->seconds >= device->keep_at_s;
}

/* Never overwrites a choice that cannot be read. */
static void keep_first(struct vb_receiver_device *device)
{
    if (store_of(device) == NULL || !device->first_known || device->first_kept || !may_keep(device))
        return;
    device->first_kept = true;
    put(device, first_key, device->api.first.bytes, VB_MAC_BYTES, FIRST_TOKEN);
}

/* The first that was ever heard, across restarts; once it is forgotten, another takes over. */
static void choose_first(struct vb_receiver_device *device)
{
    const struct vb_receiver *core = &device->core;
    for (uint8_t i = 0;
         i < core->config.peer_count && vb_receiver_peer(core, &device->api.first) == NULL; i++) {
        if (!core->config.peers[i].used)
            continue;
        device->api.first = core->config.peers[i].mac;
        device->first_kept = false;
    }
    if (vb_receiver_peer(core, &device->api.first) != NULL)
        keep_first(device);
}

void vb_boot_store_second(struct vb_receiver_device *device)
{
    if (!device->count_kept && may_keep(device))
        put_count(device);
    vb_boot_store_load(device);
    choose_first(device);
}

void vb_boot_store_committed(struct vb_receiver_device *device, uint32_t token, enum vb_err result)
{
    device->boot_store_busy = false;
    if (token == COUNT_TOKEN)
        counted(device, result);
    if (result == VB_ERR_OK)
        return;
    if (token == COUNT_TOKEN)
        device->count_kept = false;
    else
        device->first_kept = false;
    device->keep_at_s = device->seconds + KEEP_AGAIN_S;
}
