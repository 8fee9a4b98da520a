/* Changes of settings on the bench: made, sent, and looked at on both sides. */
#ifndef VOLTBEACON_SYNC_CHANGES_H
#define VOLTBEACON_SYNC_CHANGES_H

#include "sync_bench.h"

struct change {
    uint8_t bytes[VB_EDIT_BYTES_MAX];
    size_t size;
    uint8_t section;
};

static inline struct change change_integer(uint8_t section, const char *name, int64_t value)
{
    struct change change = {.section = section};
    const struct vb_section *schema = vb_section_by_id(section);
    struct vb_writer writer = vb_writer_of(change.bytes, sizeof change.bytes);
    vb_change_integer(&writer, vb_field_by_name(schema, name), value);
    change.size = writer.at;
    return change;
}

static inline struct change change_text(uint8_t section, const char *name, const char *text)
{
    struct change change = {.section = section};
    const struct vb_section *schema = vb_section_by_id(section);
    struct vb_writer writer = vb_writer_of(change.bytes, sizeof change.bytes);
    vb_change_bytes(&writer, vb_field_by_name(schema, name), (const uint8_t *)text, strlen(text));
    change.size = writer.at;
    return change;
}

static inline int64_t value_in(uint8_t section, const uint8_t *bytes, size_t size, const char *name)
{
    union vb_values values;
    const struct vb_section *schema = vb_section_by_id(section);
    if (vb_section_decode(schema, bytes, size, &values, NULL) != VB_ERR_OK)
        return -1;
    return vb_field_integer(vb_field_by_name(schema, name), &values);
}

/* The field as the receiver shows it. */
static inline int64_t shown(const struct bench *bench, uint8_t receiver, uint8_t section,
                            const char *name)
{
    const struct vb_peer *peer = bench_peer(bench, receiver);
    const struct vb_cache_entry *entry = peer == NULL ? NULL : vb_cache_find(&peer->cache, section);
    if (entry == NULL)
        return -1;
    return value_in(section, vb_cache_bytes(&peer->cache, entry), entry->size, name);
}

/* The field as the transmitter has it. */
static inline int64_t actual(const struct bench *bench, uint8_t section, const char *name)
{
    const struct vb_transmitter *t = bench_transmitter(bench);
    const struct vb_cache_entry *entry = vb_transmitter_section(t, section);
    return value_in(section, vb_cache_bytes(&t->live, entry), entry->size, name);
}

static inline uint32_t version_of(const struct bench *bench, uint8_t section)
{
    return vb_transmitter_section(bench_transmitter(bench), section)->version;
}

/* Made at the transmitter itself. */
static inline enum vb_err set(struct bench *bench, struct change change)
{
    uint64_t id;
    struct vb_reasons reasons = {0};
    return vb_world_set(&bench->world, 0, change.section, change.bytes, change.size, &id, &reasons);
}

/* Of the receiver's own settings. */
static inline void set_own(struct bench *bench, uint8_t receiver, struct change change)
{
    const enum vb_err err =
        vb_world_set_own(&bench->world, receiver, change.section, change.bytes, change.size);
    VB_ASSERT(err == VB_ERR_OK);
    vb_world_run(&bench->world, 10); /* its commit */
}

/* Made at a receiver; the answer is the edit's id, 0 when it was refused there. */
static inline uint64_t edit(struct bench *bench, uint8_t receiver, struct change change)
{
    uint64_t id = 0;
    struct vb_reasons reasons = {0};
    const enum vb_err err = vb_world_edit(&bench->world, receiver, 0, change.section, change.bytes,
                                          change.size, &id, &reasons);
    return err == VB_ERR_OK ? id : 0;
}

static inline const struct vb_edit *edit_found(const struct bench *bench, uint8_t receiver,
                                               uint64_t id)
{
    return vb_receiver_edit_find(&bench->world.nodes[receiver].receiver.device.core, id);
}

#endif
