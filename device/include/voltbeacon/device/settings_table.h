/* What acts on settings: one row for each section that has an effect, applied at the device's start
 * and again at each change, so that the second start behaves like the first change.
 *
 * A section without a row is stored and shown; its fields in core/schema/sections.def say that
 * nothing acts on it (`acts` is NULL), and a test checks that the two agree.
 *
 * Model: Zephyr's settings subsystem (settings_load(), h_set, h_commit). */
#ifndef VOLTBEACON_DEVICE_SETTINGS_TABLE_H
#define VOLTBEACON_DEVICE_SETTINGS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/core/platform.h"
#include "voltbeacon/core/schema.h"

VB_C_BEGIN

struct vb_setting_row {
    uint8_t section; /* enum vb_section_id; a section may have several rows */

    /* Puts the section's committed values into effect. They are valid only during the call; the
     * same values may come again. ctx is the device. */
    void (*apply)(void *ctx, const union vb_values *values);
};

struct vb_settings_table {
    const struct vb_setting_row *rows; /* constant */
    uint8_t count;

    /* Decodes the section's committed content into *values. False if there is none: its rows are
     * skipped. ctx is the device. */
    bool (*load)(void *ctx, uint8_t section, union vb_values *values);
};

/* Applies every row, in the table's order: at startup, once settings are loaded. */
void vb_settings_table_start(const struct vb_settings_table *table, void *ctx);

/* Applies the rows of one section: after each commit that changed it. Returns their number; 0 =
 * nothing acts on it. */
uint8_t vb_settings_table_changed(const struct vb_settings_table *table, void *ctx,
                                  uint8_t section);

/* Whether anything acts on the section. */
bool vb_settings_table_has(const struct vb_settings_table *table, uint8_t section);

VB_C_END

#endif
