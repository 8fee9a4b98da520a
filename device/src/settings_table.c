#include "voltbeacon/device/settings_table.h"

#include "voltbeacon/core/platform.h"

static void apply_row(const struct vb_settings_table *table, void *ctx,
                      const struct vb_setting_row *row)
{
    union vb_values values;
    VB_ASSERT(row->apply != NULL);
    if (table->load(ctx, row->section, &values))
        row->apply(ctx, &values);
}

void vb_settings_table_start(const struct vb_settings_table *table, void *ctx)
{
    for (uint8_t i = 0; i < table->count; i++)
        apply_row(table, ctx, &table->rows[i]);
}

uint8_t vb_settings_table_changed(const struct vb_settings_table *table, void *ctx, uint8_t section)
{
    uint8_t found = 0;
    for (uint8_t i = 0; i < table->count; i++) {
        if (table->rows[i].section != section)
            continue;
        apply_row(table, ctx, &table->rows[i]);
        found++;
    }
    return found;
}

bool vb_settings_table_has(const struct vb_settings_table *table, uint8_t section)
{
    for (uint8_t i = 0; i < table->count; i++) {
        if (table->rows[i].section == section)
            return true;
    }
    return false;
}
