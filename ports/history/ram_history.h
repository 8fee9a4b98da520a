/* The history of the last days in memory, for a device without a disk: see docs/history.md.
 *
 * Of each transmitter it has points of a quarter of an hour, and, of the days before, points of an
 * hour made of them; of all cells and all sensors together. A restart clears it. It never
 * allocates, and has one caller at a time, the device's. */
#ifndef VOLTBEACON_HISTORY_RAM_HISTORY_H
#define VOLTBEACON_HISTORY_RAM_HISTORY_H

#include "history/history_packs.h"
#include "history/ram_ring.h"
#include "voltbeacon/device/history_store.h"

VB_C_BEGIN

enum {
    VB_RAM_FINE_S = 900,
    VB_RAM_HOUR_S = 3600,
    VB_RAM_POINTS_OF_AN_HOUR = VB_RAM_HOUR_S / VB_RAM_FINE_S,
    VB_RAM_DAYS_MAX = 366,      /* kept */
    VB_RAM_ENERGY_DAYS_MORE = 5 /* energy is kept for so many days more */
};

struct vb_ram_history_sizes {
    uint8_t packs;      /* transmitters: 1 or more */
    uint16_t days;      /* kept: 1 to VB_RAM_DAYS_MAX */
    uint16_t fine_days; /* of those by the quarter of an hour: 1 to days */
};

struct vb_ram_history_config {
    struct vb_ram_history_sizes sizes;
    void *memory; /* vb_ram_history_bytes(), aligned for any type; the caller's, for as long */
    uint64_t (*wall_ms)(void); /* since 1970 UTC; 0: not known yet */
    struct vb_history_keeps keeps;
};

/* Energy of a day, in units of 10 J. */
struct vb_ram_day {
    int32_t day; /* since 1970-01-01 UTC */
    uint32_t in;
    uint32_t out;
};

/* What is kept of a transmitter. */
struct vb_ram_pack {
    struct vb_ram_ring fine;
    struct vb_ram_ring hours;
    struct vb_history_view open; /* the point that readings are added to, and all that it has */
    int64_t open_number;         /* that it will have in `fine`; -1: there is none */
    struct vb_ram_day *days;     /* by day modulo how many there are */
    float in_rest;               /* of a unit */
    float out_rest;
};

struct vb_ram_history {
    struct vb_ram_history_config config;
    struct vb_history_store store; /* for the device; its source is for the API */
    struct vb_history_source source;
    bool enabled;
    uint64_t written;
    struct vb_history_pack *who; /* config.sizes.packs of them */
    struct vb_ram_pack *packs;   /* likewise */
};

/* The memory that a history of these sizes needs, in addition to the struct itself. */
size_t vb_ram_history_bytes(const struct vb_ram_history_sizes *sizes);

/* Nothing is recorded before the device says so by store.set(). The history stays where it is. */
void vb_ram_history_init(struct vb_ram_history *history,
                         const struct vb_ram_history_config *config);

/* Off, waiting for the clock, or recording. */
enum vb_history_state vb_ram_history_state(const struct vb_ram_history *history);

VB_C_END

#endif
