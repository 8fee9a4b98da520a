/* Edits at the receiver: based on what its cache holds, sent until they are answered. One that has
 * timed out may have been applied nevertheless, its answer lost: the receiver asks what has become
 * of it until it is told. */
#include "receiver_parts.h"

#include <string.h>

#include "voltbeacon/core/form.h"

enum { ASK_APART_MS_MAX = 60000 };

const struct vb_edit *vb_receiver_edit_find(const struct vb_receiver *r, uint64_t id)
{
    for (unsigned i = 0; i < r->config.edit_count && id != 0; i++) {
        if (r->config.edits[i].id == id)
            return &r->config.edits[i];
    }
    return NULL;
}

static bool open(const struct vb_edit *edit)
{
    return edit->id != 0 &&
           (edit->state == VB_EDIT_STATE_PENDING || edit->state == VB_EDIT_STATE_TIMED_OUT);
}

/* ---- Beginning ---- */

static bool holds_secret(const struct vb_section *section, const uint8_t *changes, size_t size,
                         struct vb_reasons *reasons)
{
    bool any = false;
    for (uint8_t i = 0; i < section->field_count; i++) {
        const struct vb_field *field = &section->fields[i];
        size_t value_size;
        if (field->type != VB_TYPE_SECRET ||
            vb_section_find(changes, size, field->tag, &value_size) == NULL)
            continue;
        vb_reasons_add(reasons, field->tag, VB_ERR_NOT_ALLOWED, 0);
        any = true;
    }
    return any;
}

/* A free slot, or the one whose edit ended longest ago. */
static struct vb_edit *place(struct vb_receiver *r)
{
    struct vb_edit *best = NULL;
    for (unsigned i = 0; i < r->config.edit_count; i++) {
        struct vb_edit *edit = &r->config.edits[i];
        if (edit->id == 0)
            return edit;
        if (edit->state == VB_EDIT_STATE_PENDING)
            continue;
        if (best == NULL || (int32_t)(edit->begun_ms - best->begun_ms) < 0)
            best = edit;
    }
    return best;
}

enum vb_err vb_receiver_edit(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *mac,
                             uint8_t section, const uint8_t *changes, size_t size, uint64_t *id,
                             struct vb_reasons *reasons)
{
    const struct vb_peer *peer = vb_receiver_peer(r, mac);
    const struct vb_section *schema = vb_section_by_id(section);
    const struct vb_cache_entry *entry = peer == NULL ? NULL : vb_cache_find(&peer->cache, section);
    if (entry == NULL || schema == NULL)
        return VB_ERR_NOT_FOUND;
    if (peer->link == VB_LINK_OFFLINE)
        return VB_ERR_OFFLINE;
    if (size == 0 || size > VB_EDIT_CHANGES_MAX)
        return VB_ERR_TOO_LONG;
    if (!r->config.remote_secrets && holds_secret(schema, changes, size, reasons))
        return VB_ERR_NOT_ALLOWED;
    const uint8_t *bytes = vb_cache_bytes(&peer->cache, entry);
    uint8_t *merged = vb_scratch_borrow(&r->scratch);
    const int would_be = vb_section_merge(schema, bytes, entry->size, changes, size, 1, merged,
                                          VB_SECTION_BYTES_MAX, reasons);
    vb_scratch_give_back(&r->scratch);
    if (would_be < 0)
        return (enum vb_err)would_be;
    struct vb_edit *edit = place(r);
    if (edit == NULL)
        return VB_ERR_BUSY;
    *edit = (struct vb_edit){.id = vb_random_u64(&r->random) | 1,
                             .mac = *mac,
                             .section = section,
                             .state = VB_EDIT_STATE_PENDING,
                             .store_id = peer->sections[section].store_id,
                             .base_version = entry->version,
                             .base_hash = vb_section_hash(bytes, entry->size),
                             .begun_ms = now_ms,
                             .next_ms = now_ms,
                             .retry_ms = r->config.timing.edit_retry,
                             .send_due = true,
                             .size = (uint16_t)size};
    memcpy(edit->bytes, changes, size);
    *id = edit->id;
    vb_sent_edit_tell(r, now_ms, edit);
    return VB_ERR_OK;
}

enum vb_err vb_receiver_rename(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *mac,
                               const uint8_t *name, size_t size, uint64_t *edit,
                               struct vb_reasons *reasons)
{
    const struct vb_section *section = vb_section_by_id(VB_SECTION_METADATA);
    const struct vb_field *field = vb_field_by_name(section, "device_name");
    uint8_t bytes[64];
    struct vb_writer changes = vb_writer_of(bytes, sizeof bytes);
    VB_ASSERT(field != NULL && field->size_max + 2u <= sizeof bytes);
    vb_form_trim(&name, &size);
    if (size > field->size_max) {
        vb_reasons_add(reasons, field->tag, VB_ERR_TOO_LONG, 0);
        return VB_ERR_OUT_OF_RANGE;
    }
    vb_change_bytes(&changes, field, name, size);
    VB_ASSERT(!changes.failed);
    return vb_receiver_edit(r, now_ms, mac, section->id, bytes, changes.at, edit, reasons);
}

/* ---- Sending ---- */

/* The text of a secret is no longer needed; its length still tells whether it was set or cleared.
 */
static void wipe_secrets(struct vb_edit *edit)
{
    const struct vb_section *section = vb_section_by_id(edit->section);
    VB_ASSERT(section != NULL); /* else it had not begun */
    for (uint8_t i = 0; i < section->field_count; i++) {
        size_t size;
        const uint8_t *text =
            vb_section_find(edit->bytes, edit->size, section->fields[i].tag, &size);
        if (section->fields[i].type == VB_TYPE_SECRET && text != NULL)
            memset(edit->bytes + (text - edit->bytes), '*', size);
    }
}

/* After the last fragment of a copy. */
static void sent(struct vb_edit *edit, uint32_t now_ms)
{
    edit->next_fragment = 0;
    edit->send_due = false;
    edit->next_ms = now_ms + edit->retry_ms;
    edit->retry_ms = edit->retry_ms < ASK_APART_MS_MAX / 2 ? 2 * edit->retry_ms : ASK_APART_MS_MAX;
}

size_t vb_receiver_edit_output(struct vb_receiver *r, uint32_t now_ms, struct vb_mac *dst,
                               uint8_t bytes[VB_FRAME_BYTES_MAX])
{
    for (unsigned i = 0; i < r->config.edit_count; i++) {
        struct vb_edit *edit = &r->config.edits[i];
        if (edit->id == 0 || !edit->send_due)
            continue;
        const size_t offset = (size_t)edit->next_fragment * r->room.fragment_bytes;
        const struct vb_peer *peer = vb_receiver_peer(r, &edit->mac);
        VB_ASSERT(peer != NULL); /* one no longer followed has none: vb_receiver_edits_drop() */
        /* A question needs none of the changes; a message has one byte at the least. */
        const bool asks = edit->state == VB_EDIT_STATE_TIMED_OUT;
        const uint16_t total = asks ? 1 : edit->size;
        const struct vb_edit_part part = {
            .id = edit->id,
            .store_id = edit->store_id,
            .boot = asks ? 0 : peer->boot.name,
            .base_version = edit->base_version,
            .base_hash = edit->base_hash,
            .section = edit->section,
            .index = edit->next_fragment,
            .total = total,
            .bytes = edit->bytes + offset,
            .size = vb_fragment_size(&r->room, total, edit->next_fragment)};
        struct vb_writer writer = vb_receiver_payload(r, bytes);
        vb_edit_part_write(&writer, &part);
        edit->next_fragment++;
        if (edit->next_fragment == vb_fragment_count(&r->room, total))
            sent(edit, now_ms);
        *dst = edit->mac;
        return vb_receiver_finish(r, VB_MESSAGE_EDIT, &writer, dst, bytes);
    }
    return 0;
}

/* Nothing is to be sent now; as soon as something is, it is sent at once. */
static void rest(const struct vb_receiver *r, uint32_t now_ms, struct vb_edit *edit)
{
    edit->next_fragment = 0;
    edit->send_due = false;
    edit->retry_ms = r->config.timing.edit_retry;
    edit->next_ms = now_ms;
}

static void time_out(struct vb_receiver *r, uint32_t now_ms, struct vb_edit *edit)
{
    rest(r, now_ms, edit);
    wipe_secrets(edit);
    vb_sent_edit_become(r, now_ms, edit, VB_EDIT_STATE_TIMED_OUT);
}

void vb_receiver_edits_drop(struct vb_receiver *r, uint32_t now_ms, const struct vb_mac *mac)
{
    for (unsigned i = 0; i < r->config.edit_count; i++) {
        struct vb_edit *edit = &r->config.edits[i];
        if (!vb_mac_equal(&edit->mac, mac))
            continue; /* as in a free place: no transmitter has address 0 */
        rest(r, now_ms, edit);
        if (edit->state == VB_EDIT_STATE_PENDING)
            time_out(r, now_ms, edit);
    }
}

/* Whether its transmitter can tell what has become of it. Once that has said that it does not know
 * the edit, only another version can be the edit's. */
static bool can_be_told(const struct vb_receiver *r, const struct vb_edit *edit)
{
    const struct vb_peer *peer = vb_receiver_peer(r, &edit->mac);
    if (peer == NULL || vb_peer_sync(peer, edit->section) != VB_SYNC_VERIFIED)
        return false;
    return peer->sections[edit->section].store_id == edit->store_id &&
           vb_cache_find(&peer->cache, edit->section)->version != edit->version;
}

static bool to_send(const struct vb_receiver *r, const struct vb_edit *edit)
{
    return !edit->answered && (edit->state == VB_EDIT_STATE_PENDING || can_be_told(r, edit));
}

void vb_receiver_edits_tick(struct vb_receiver *r, uint32_t now_ms)
{
    for (unsigned i = 0; i < r->config.edit_count; i++) {
        struct vb_edit *edit = &r->config.edits[i];
        if (edit->id == 0)
            continue;
        if (edit->state == VB_EDIT_STATE_PENDING &&
            vb_time_reached(now_ms, edit->begun_ms + r->config.timing.edit_timeout))
            time_out(r, now_ms, edit);
        else if (!to_send(r, edit))
            rest(r, now_ms, edit);
        else if (vb_time_reached(now_ms, edit->next_ms))
            edit->send_due = true;
    }
}

uint32_t vb_receiver_edits_wakeup_ms(const struct vb_receiver *r, uint32_t now_ms)
{
    uint32_t wait = VB_FOREVER_MS;
    for (unsigned i = 0; i < r->config.edit_count; i++) {
        const struct vb_edit *edit = &r->config.edits[i];
        if (edit->id == 0)
            continue;
        uint32_t until = VB_FOREVER_MS;
        if (edit->state == VB_EDIT_STATE_PENDING)
            until = vb_time_until(now_ms, edit->begun_ms + r->config.timing.edit_timeout);
        const uint32_t next = vb_time_until(now_ms, edit->next_ms);
        if (to_send(r, edit) && next < until)
            until = next;
        wait = until < wait ? until : wait;
    }
    return wait;
}

/* ---- The answer ---- */

static struct vb_edit *find_open(struct vb_receiver *r, const struct vb_peer *peer, uint64_t id)
{
    for (unsigned i = 0; i < r->config.edit_count; i++) {
        struct vb_edit *edit = &r->config.edits[i];
        if (edit->id == id && open(edit) && vb_mac_equal(&edit->mac, &peer->mac))
            return edit;
    }
    return NULL;
}

/* It may still arrive, if a copy is late: another version of its section would tell. */
static void not_known(struct vb_receiver *r, uint32_t now_ms, struct vb_edit *edit,
                      uint32_t version)
{
    if (edit->state != VB_EDIT_STATE_TIMED_OUT || version == edit->version)
        return;
    edit->version = version;
    vb_sent_edit_tell(r, now_ms, edit);
}

void vb_receiver_result_input(struct vb_receiver *r, uint32_t now_ms, const struct vb_peer *peer,
                              const struct vb_edit_result *result)
{
    struct vb_edit *edit = find_open(r, peer, result->id);
    if (edit == NULL || edit->answered || result->outcome == VB_EDIT_BUSY)
        return;
    if (result->outcome == VB_EDIT_NOT_KNOWN) {
        not_known(r, now_ms, edit, result->version);
        return;
    }
    edit->answered = true;
    edit->send_due = false;
    edit->outcome = result->outcome;
    edit->version = result->version;
    edit->reasons = result->reasons;
    wipe_secrets(edit);
    switch ((enum vb_edit_outcome)result->outcome) {
    case VB_EDIT_APPLIED:
    case VB_EDIT_BUSY:
    case VB_EDIT_NOT_KNOWN:
        break; /* confirmed once the cache holds it: vb_receiver_edits_settle */
    case VB_EDIT_REFUSED:
    case VB_EDIT_NOT_STORED:
        vb_sent_edit_become(r, now_ms, edit, VB_EDIT_STATE_REFUSED);
        break;
    case VB_EDIT_CONFLICT:
    case VB_EDIT_OTHER_STORE:
        vb_sent_edit_become(r, now_ms, edit, VB_EDIT_STATE_CONFLICT);
        break;
    }
}

void vb_receiver_edits_settle(struct vb_receiver *r, uint32_t now_ms, const struct vb_peer *peer)
{
    for (unsigned i = 0; i < r->config.edit_count; i++) {
        struct vb_edit *edit = &r->config.edits[i];
        if (!open(edit) || !edit->answered || !vb_mac_equal(&edit->mac, &peer->mac))
            continue;
        const struct vb_cache_entry *entry = vb_cache_find(&peer->cache, edit->section);
        if (entry == NULL || peer->sections[edit->section].store_id != edit->store_id)
            continue;
        /* Or a later version, where somebody else changed it before the cache caught up. */
        const bool later =
            peer->sections[edit->section].verified && entry->version != edit->base_version;
        if (entry->version == edit->version || later)
            vb_sent_edit_become(r, now_ms, edit, VB_EDIT_STATE_CONFIRMED);
    }
}
