/* Signs of life of a node: counted by its task, read by whoever judges new firmware. A header that
 * C++ reads has no type for atomic numbers. */
#ifndef VOLTBEACON_ESP_IDF_PULSE_H
#define VOLTBEACON_ESP_IDF_PULSE_H

#include "esp-idf/voltbeacon/radio.h"
#include "esp-idf/voltbeacon/storing.h"

VB_C_BEGIN

struct vb_pulse {
    uint32_t turns;   /* of the device */
    uint32_t stored;  /* batches answered */
    uint32_t refused; /* of these by the flash */
    uint32_t answers; /* of the radio */
};

/* The device's task, after a turn. */
static inline void vb_pulse_beat(struct vb_pulse *pulse, const struct vb_storing *storing,
                                 const struct vb_radio *radio)
{
    const uint32_t stored = storing->writes - storing->failed;
    const uint32_t answers = __atomic_load_n(&radio->answers, __ATOMIC_RELAXED);
    (void)__atomic_add_fetch(&pulse->turns, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&pulse->stored, stored, __ATOMIC_RELAXED);
    __atomic_store_n(&pulse->refused, storing->failed, __ATOMIC_RELAXED);
    __atomic_store_n(&pulse->answers, answers, __ATOMIC_RELAXED);
}

/* On any task. */
static inline struct vb_pulse vb_pulse_read(const struct vb_pulse *pulse)
{
    return (struct vb_pulse){.turns = __atomic_load_n(&pulse->turns, __ATOMIC_RELAXED),
                             .stored = __atomic_load_n(&pulse->stored, __ATOMIC_RELAXED),
                             .refused = __atomic_load_n(&pulse->refused, __ATOMIC_RELAXED),
                             .answers = __atomic_load_n(&pulse->answers, __ATOMIC_RELAXED)};
}

VB_C_END

#endif
