#include "history/history_packs.h"

static bool is_kept(const struct vb_history_pack *pack, const struct vb_history_keeps *keeps)
{
    return keeps->keeps != NULL && keeps->keeps(keeps->ctx, &pack->mac);
}

/* Whether one gives its place away before another does. */
static bool yields(const struct vb_history_pack *pack, const struct vb_history_pack *other,
                   uint32_t now_ms, const struct vb_history_keeps *keeps)
{
    if (!pack->used || !other->used)
        return other->used;
    const bool kept = is_kept(pack, keeps);
    if (kept != is_kept(other, keeps))
        return !kept;
    return now_ms - pack->touched_ms > now_ms - other->touched_ms;
}

size_t vb_history_packs_place(const struct vb_history_pack *packs, size_t count,
                              const struct vb_mac *mac, uint32_t now_ms,
                              const struct vb_history_keeps *keeps)
{
    VB_ASSERT(count > 0);
    size_t best = 0;
    for (size_t i = 0; i < count; i++) {
        if (packs[i].used && vb_mac_equal(&packs[i].mac, mac))
            return i;
        if (yields(&packs[i], &packs[best], now_ms, keeps))
            best = i;
    }
    return best;
}

void vb_history_pack_begin(struct vb_history_pack *pack, const struct vb_mac *mac)
{
    *pack = (struct vb_history_pack){.used = true, .mac = *mac};
}

bool vb_history_pack_take(struct vb_history_pack *pack, uint16_t epoch, uint32_t sequence,
                          uint32_t now_ms)
{
    if (pack->sampled && pack->epoch == epoch && pack->sequence == sequence)
        return false;
    pack->sampled = true;
    pack->epoch = epoch;
    pack->sequence = sequence;
    pack->touched_ms = now_ms;
    return true;
}
