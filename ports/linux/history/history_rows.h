/* Rows of history.db: how a roll-up is stored, and how rows are identified. Specified in
 * docs/history.md. */
#ifndef VOLTBEACON_LINUX_HISTORY_ROWS_H
#define VOLTBEACON_LINUX_HISTORY_ROWS_H

#include <sqlite3.h>
#include <stdint.h>

#include "voltbeacon/api/history_source.h"
#include "voltbeacon/pack/rollup.h"

/* The columns of a point, in the order of vb_history_row_bind() and vb_history_row_read(). */
#define VB_HISTORY_COLUMNS                                                           \
    "id, readings, pack_mv_readings, pack_mv_min, pack_mv_mean, pack_mv_max,"        \
    " current_ma_readings, current_ma_min, current_ma_mean, current_ma_max,"         \
    " soc_permille_readings, soc_permille_min, soc_permille_mean, soc_permille_max," \
    " cells, temperatures"
#define VB_HISTORY_PLACES "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16"

/* No row has this time or a later one: 34,842 years. */
#define VB_HISTORY_WHEN_MAX ((INT64_C(1) << 40) - 1)

/* The id of a pack's row: for the point that begins at unix time when, or for the day when. So a
 * pack's rows are contiguous and in order of time. */
static inline int64_t vb_history_id(int64_t pack, int64_t when)
{
    return pack << 40 | when;
}
static inline int64_t vb_history_when(int64_t id)
{
    return id & VB_HISTORY_WHEN_MAX;
}

/* "points_10s", "points_1min", "points_1h" */
const char *vb_history_table(enum vb_tier tier);

/* Bound values are copied. Returns an SQLite code. */
int vb_history_row_bind(sqlite3_stmt *statement, int64_t id, const struct vb_rollup *rollup);
/* The statement's current row. Damaged values count as not known. */
void vb_history_row_read(sqlite3_stmt *statement, int64_t *id, struct vb_rollup *rollup);

#endif
