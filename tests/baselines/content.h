/* The settings that every design carries: the nine standard sections, as the core's encoder writes
 * them, and small changes to them. */
#ifndef VOLTBEACON_CONTENT_H
#define VOLTBEACON_CONTENT_H

#include "voltbeacon/core/cache.h"
#include "voltbeacon/core/random.h"
#include "voltbeacon/core/schema.h"

enum {
    VB_CONTENT_BYTES = 4096,
    VB_CHANGE_BYTES_MAX = 8,
    /* The sections that S2's beacon of 20 bytes can announce, ids 1 to 4; changes are drawn from
     * these alone, so that every design can carry every one of them. */
    VB_ANNOUNCED_SECTIONS = VB_SECTION_POWER_PROFILE
};

/* Must stay where it is: the cache points into it. */
struct vb_content {
    struct vb_cache cache;
    uint8_t bytes[VB_CONTENT_BYTES];
};

/* One changed field, in the form of vb_section_merge. */
struct vb_change {
    uint8_t section;
    uint8_t size;
    uint8_t bytes[VB_CHANGE_BYTES_MAX];
};

void vb_content_empty(struct vb_content *content);
/* What a simulated transmitter holds after its first boot. */
void vb_content_defaults(struct vb_content *content);
/* Another valid value for one field of at most 4 bytes; all such fields are equally likely. */
void vb_content_draw(const struct vb_content *content, struct vb_random *random,
                     struct vb_change *change);
/* The next version of its section. */
void vb_content_apply(struct vb_content *content, const struct vb_change *change);
/* 0 when it is not held. */
uint32_t vb_content_version(const struct vb_content *content, uint8_t section);
void vb_content_put(struct vb_content *content, uint8_t section, uint32_t version,
                    const uint8_t *bytes, size_t size);
/* NULL when it is not held. */
const uint8_t *vb_content_find(const struct vb_content *content, uint8_t section, size_t *size);

#endif
