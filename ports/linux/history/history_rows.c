#include "linux/history/history_rows.h"

#include <math.h>

#include "linux/system/log.h"
#include "voltbeacon/pack/rollup_bytes.h"

enum { COLUMN_ID, COLUMN_READINGS, COLUMN_PACK, COLUMN_CURRENT = 6, COLUMN_SOC = 10 };
enum { COLUMN_CELLS = 14, COLUMN_TEMPS = 15 };

const char *vb_history_table(enum vb_tier tier)
{
    static const char *const names[VB_TIERS] = {"points_10s", "points_1min", "points_1h"};
    VB_ASSERT((size_t)tier < VB_TIERS);
    return names[tier];
}

/* == Out ===================================================================================== */

/* Parameters of a statement count from 1, columns from 0. A quantity without readings stays
 * NULL. */
static int bind_value(sqlite3_stmt *statement, int column, const struct vb_rollup_value *value)
{
    int code = sqlite3_bind_int64(statement, column + 1, value->count);
    if (value->count == 0 || code != SQLITE_OK) {
        return code;
    }
    sqlite3_bind_int(statement, column + 2, value->min);
    sqlite3_bind_double(statement, column + 3, vb_rollup_mean_tenths(value) / 10.0);
    return sqlite3_bind_int(statement, column + 4, value->max);
}

static int bind_values(sqlite3_stmt *statement, int column, const struct vb_rollup_value *values,
                       uint8_t count, uint32_t readings)
{
    uint8_t bytes[VB_ROLLUP_BYTES_MAX];
    const size_t size = vb_rollup_encode(values, count, readings, bytes);
    return sqlite3_bind_blob(statement, column + 1, bytes, (int)size, SQLITE_TRANSIENT);
}

int vb_history_row_bind(sqlite3_stmt *statement, int64_t id, const struct vb_rollup *rollup)
{
    sqlite3_clear_bindings(statement);
    int code = sqlite3_bind_int64(statement, COLUMN_ID + 1, id);
    if (code == SQLITE_OK) {
        code = sqlite3_bind_int64(statement, COLUMN_READINGS + 1, rollup->readings);
    }
    if (code == SQLITE_OK) {
        code = bind_value(statement, COLUMN_PACK, &rollup->pack_mv);
    }
    if (code == SQLITE_OK) {
        code = bind_value(statement, COLUMN_CURRENT, &rollup->current_ma);
    }
    if (code == SQLITE_OK) {
        code = bind_value(statement, COLUMN_SOC, &rollup->soc_permille);
    }
    if (code == SQLITE_OK) {
        code = bind_values(statement, COLUMN_CELLS, rollup->cells_mv, rollup->cell_count,
                           rollup->readings);
    }
    if (code == SQLITE_OK) {
        code = bind_values(statement, COLUMN_TEMPS, rollup->temps_dc, rollup->temp_count,
                           rollup->readings);
    }
    return code;
}

/* == In ====================================================================================== */

static void read_value(sqlite3_stmt *statement, int column, uint32_t readings,
                       struct vb_rollup_value *value)
{
    const int64_t count = sqlite3_column_int64(statement, column);
    const int64_t min = sqlite3_column_int64(statement, column + 1);
    const double mean_tenths = sqlite3_column_double(statement, column + 2) * 10;
    const int64_t max = sqlite3_column_int64(statement, column + 3);
    const bool sound = count > 0 && count <= readings && min >= -VB_ROLLUP_NUMBER_MAX &&
                       max <= VB_ROLLUP_NUMBER_MAX && mean_tenths >= (double)min * 10 &&
                       mean_tenths <= (double)max * 10;
    if (sound) {
        *value = vb_rollup_value_of((uint32_t)count, (int32_t)min, (int32_t)lround(mean_tenths),
                                    (int32_t)max);
    }
}

static void read_values(sqlite3_stmt *statement, int column, uint32_t readings,
                        struct vb_rollup_value *values, uint8_t capacity, uint8_t *count)
{
    const void *bytes = sqlite3_column_blob(statement, column);
    const int size = sqlite3_column_bytes(statement, column);
    const enum vb_err err =
        vb_rollup_decode(bytes, (size_t)size, readings, values, capacity, count);
    if (err != VB_ERR_OK) {
        vb_log(VB_LOG_WARNING, "history: %s of row %lld is damaged and skipped: it %s",
               sqlite3_column_name(statement, column),
               (long long)sqlite3_column_int64(statement, COLUMN_ID), vb_err_text(err));
        for (unsigned i = 0; i < capacity; i++) {
            values[i].count = 0;
        }
    }
}

void vb_history_row_read(sqlite3_stmt *statement, int64_t *id, struct vb_rollup *rollup)
{
    const int64_t readings = sqlite3_column_int64(statement, COLUMN_READINGS);
    vb_rollup_clear(rollup);
    *id = sqlite3_column_int64(statement, COLUMN_ID);
    if (readings < 1 || readings > UINT32_MAX) {
        return;
    }
    rollup->readings = (uint32_t)readings;
    read_value(statement, COLUMN_PACK, rollup->readings, &rollup->pack_mv);
    read_value(statement, COLUMN_CURRENT, rollup->readings, &rollup->current_ma);
    read_value(statement, COLUMN_SOC, rollup->readings, &rollup->soc_permille);
    read_values(statement, COLUMN_CELLS, rollup->readings, rollup->cells_mv, VB_CELLS_MAX,
                &rollup->cell_count);
    read_values(statement, COLUMN_TEMPS, rollup->readings, rollup->temps_dc, VB_TEMPS_MAX,
                &rollup->temp_count);
}
