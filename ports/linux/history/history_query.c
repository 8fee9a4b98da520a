#include "linux/history/history_query.h"

#include <stdio.h>

#include "linux/history/history_file.h"
#include "linux/history/history_rows.h"
#include "linux/system/log.h"

#define JOULES_PER_KWH 3600000.0

/* == Life ==================================================================================== */

static bool prepare(struct vb_history_query *query, const char *sql, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v3(query->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) ==
           SQLITE_OK;
}

static bool prepare_tier(struct vb_history_query *query, enum vb_tier tier)
{
    char sql[512];
    snprintf(sql, sizeof(sql),
             "SELECT " VB_HISTORY_COLUMNS " FROM %s WHERE id >= ?1 AND id < ?2 ORDER BY id",
             vb_history_table(tier));
    if (!prepare(query, sql, &query->points[tier])) {
        return false;
    }
    snprintf(sql, sizeof(sql), "SELECT id FROM %s WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT 1",
             vb_history_table(tier));
    return prepare(query, sql, &query->oldest[tier]);
}

bool vb_history_query_open(struct vb_history_query *query, const char *dir)
{
    *query = (struct vb_history_query){.db = vb_history_file_reader(dir)};
    if (query->db == NULL) {
        return false;
    }
    bool ok = prepare(query, "SELECT pack FROM packs WHERE mac = ?1", &query->pack) &&
              prepare(query,
                      "SELECT id, in_j, out_j FROM days WHERE id >= ?1 AND id < ?2"
                      " ORDER BY id LIMIT 1",
                      &query->day);
    for (unsigned tier = 0; tier < VB_TIERS && ok; tier++) {
        ok = prepare_tier(query, (enum vb_tier)tier);
    }
    if (!ok) {
        vb_log(VB_LOG_ERROR, "history: cannot read the one in %s: %s", dir,
               sqlite3_errmsg(query->db));
        vb_history_query_close(query);
    }
    return ok;
}

void vb_history_query_close(struct vb_history_query *query)
{
    sqlite3_finalize(query->pack);
    sqlite3_finalize(query->day);
    for (unsigned tier = 0; tier < VB_TIERS; tier++) {
        sqlite3_finalize(query->points[tier]);
        sqlite3_finalize(query->oldest[tier]);
    }
    sqlite3_close(query->db);
    *query = (struct vb_history_query){0};
}

/* == Questions =============================================================================== */

/* Maps a step's code; VB_ERR_OK: there is a row. */
static enum vb_err verdict(const struct vb_history_query *query, int code)
{
    if (code == SQLITE_ROW) {
        return VB_ERR_OK;
    }
    if (code == SQLITE_DONE) {
        return VB_ERR_NOT_FOUND;
    }
    vb_log(VB_LOG_ERROR, "history: cannot be read: %s", sqlite3_errmsg(query->db));
    return VB_ERR_STORE;
}

static enum vb_err find_pack(struct vb_history_query *query, const struct vb_mac *mac,
                             int64_t *pack)
{
    char text[VB_MAC_TEXT_SIZE];
    vb_mac_format(mac, text);
    sqlite3_bind_text(query->pack, 1, text, -1, SQLITE_TRANSIENT);
    const enum vb_err err = verdict(query, sqlite3_step(query->pack));
    if (err == VB_ERR_OK) {
        *pack = sqlite3_column_int64(query->pack, 0);
    }
    sqlite3_reset(query->pack);
    return err;
}

/* The first row of a pack at or after `from` and before `to`. */
static enum vb_err first_row(const struct vb_history_query *query, sqlite3_stmt *statement,
                             int64_t pack, int64_t from, int64_t to)
{
    sqlite3_bind_int64(statement, 1, vb_history_id(pack, from));
    sqlite3_bind_int64(statement, 2, vb_history_id(pack, to));
    return verdict(query, sqlite3_step(statement));
}

enum vb_err vb_history_query_point(struct vb_history_query *query,
                                   const struct vb_history_span *span, int64_t from_s,
                                   int64_t *at_s, struct vb_rollup *point)
{
    VB_ASSERT(span->step_s % vb_tier_seconds(span->tier) == 0 && from_s % span->step_s == 0);
    int64_t pack;
    int64_t id;
    enum vb_err err = find_pack(query, &span->mac, &pack);
    if (err != VB_ERR_OK) {
        return err;
    }
    sqlite3_stmt *statement = query->points[span->tier];
    err = first_row(query, statement, pack, from_s, span->to_s);
    const enum vb_err first = err;
    if (err == VB_ERR_OK) {
        vb_history_row_read(statement, &id, point);
        *at_s = vb_history_when(id) - vb_history_when(id) % span->step_s;
        err = verdict(query, sqlite3_step(statement));
    }
    while (err == VB_ERR_OK) {
        struct vb_rollup row;
        vb_history_row_read(statement, &id, &row);
        if (vb_history_when(id) >= *at_s + span->step_s) {
            break;
        }
        vb_rollup_merge(point, &row);
        err = verdict(query, sqlite3_step(statement));
    }
    sqlite3_reset(statement);
    return err == VB_ERR_STORE ? err : first;
}

enum vb_err vb_history_query_oldest(struct vb_history_query *query, const struct vb_mac *mac,
                                    enum vb_tier tier, int64_t *at_s)
{
    int64_t pack;
    enum vb_err err = find_pack(query, mac, &pack);
    if (err != VB_ERR_OK) {
        return err;
    }
    err = first_row(query, query->oldest[tier], pack, 0, VB_HISTORY_WHEN_MAX);
    if (err == VB_ERR_OK) {
        *at_s = vb_history_when(sqlite3_column_int64(query->oldest[tier], 0));
    }
    sqlite3_reset(query->oldest[tier]);
    return err;
}

enum vb_err vb_history_query_day(struct vb_history_query *query, const struct vb_mac *mac,
                                 int32_t from_day, struct vb_history_day *day)
{
    int64_t pack;
    enum vb_err err = find_pack(query, mac, &pack);
    if (err != VB_ERR_OK) {
        return err;
    }
    err = first_row(query, query->day, pack, from_day < 0 ? 0 : from_day, VB_HISTORY_WHEN_MAX);
    if (err == VB_ERR_OK) {
        day->day = (int32_t)vb_history_when(sqlite3_column_int64(query->day, 0));
        day->in_kwh = sqlite3_column_double(query->day, 1) / JOULES_PER_KWH;
        day->out_kwh = sqlite3_column_double(query->day, 2) / JOULES_PER_KWH;
    }
    sqlite3_reset(query->day);
    return err;
}
