/* One old design on the air, in sync to begin with, and what its receiver ought to hold. */
#ifndef VOLTBEACON_BASELINE_FIXTURE_H
#define VOLTBEACON_BASELINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "measure.h"

enum { VB_FIXTURE_CHANGES = 100 };

struct vb_fixture {
    struct vb_design design;
    struct vb_air air;
    struct vb_random random;
    struct vb_content truth;
    uint64_t us[VB_FIXTURE_CHANGES];
};

static inline void vb_fixture_begin(struct vb_fixture *f, const struct vb_design *design)
{
    f->design = *design;
    vb_random_seed(&f->random, 1);
    vb_content_defaults(&f->truth);
    vb_measure_begin(&f->air, &f->design, 1, 0);
}

static inline void vb_fixture_change(struct vb_fixture *f)
{
    struct vb_change change;
    vb_content_draw(&f->truth, &f->random, &change);
    vb_content_apply(&f->truth, &change);
    f->design.change(f->design.ctx, vb_air_now_ms(&f->air), &change);
    vb_air_turn(&f->air, VB_SIDE_TRANSMITTER);
}

/* Whether all that S2 can announce is shown as it is. */
static inline bool vb_fixture_in_sync(const struct vb_fixture *f)
{
    for (uint8_t id = 1; id <= VB_ANNOUNCED_SECTIONS; id++) {
        size_t size;
        size_t shown_size;
        const uint8_t *bytes = vb_content_find(&f->truth, id, &size);
        const uint8_t *shown = f->design.shows(f->design.ctx, id, &shown_size);
        if (shown == NULL || shown_size != size || memcmp(shown, bytes, size) != 0)
            return false;
    }
    return true;
}

static inline void vb_fixture_reboot(struct vb_fixture *f, enum vb_side side)
{
    vb_air_power_off(&f->air, side);
    vb_air_power_on(&f->air, side);
}

static inline uint64_t vb_fixture_frames(const struct vb_fixture *f, const char *name)
{
    for (uint8_t kind = 0; kind < VB_KINDS_MAX; kind++) {
        const char *known = f->design.kind_name(kind);
        if (known != NULL && strcmp(known, name) == 0)
            return f->air.counts.kinds[kind].frames;
    }
    fail_msg("no kind of frame is called %s", name);
    return 0;
}

/* Each of many changes arrives, at this loss. */
static inline struct vb_samples vb_fixture_play(struct vb_fixture *f,
                                                const struct vb_design *design, uint16_t loss)
{
    struct vb_samples samples = {.us = f->us, .capacity = VB_FIXTURE_CHANGES};
    struct vb_traffic traffic = {0};
    f->design = *design;
    vb_measure_begin(&f->air, &f->design, 1, loss);
    vb_measure_changes(&f->air, 1, VB_FIXTURE_CHANGES, &samples, &traffic);
    assert_int_equal(samples.count, VB_FIXTURE_CHANGES);
    return samples;
}

#endif
