#include "linux/history/history_tiers.h"

#include <stdio.h>
#include <string.h>

#include "linux/history/history_rows.h"

enum { DAY_S = 86400 };

/* == Statements ============================================================================== */

static int prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
}

/* Prepares sql with the tier's table substituted for %s. */
static int prepare_of(sqlite3 *db, enum vb_tier tier, const char *before, const char *after,
                      sqlite3_stmt **statement)
{
    char sql[512];
    const int size = snprintf(sql, sizeof(sql), "%s %s %s", before, vb_history_table(tier), after);
    VB_ASSERT(size > 0 && (size_t)size < sizeof(sql));
    return prepare(db, sql, statement);
}

static int prepare_tier(struct vb_history_tiers *tiers, enum vb_tier tier)
{
    int code = prepare_of(tiers->db, tier, "SELECT " VB_HISTORY_COLUMNS " FROM",
                          "WHERE id >= ?1 AND id < ?2 ORDER BY id", &tiers->load[tier]);
    if (code == SQLITE_OK) {
        code = prepare_of(tiers->db, tier, "INSERT OR REPLACE INTO",
                          "(" VB_HISTORY_COLUMNS ") VALUES (" VB_HISTORY_PLACES ")",
                          &tiers->save[tier]);
    }
    if (code == SQLITE_OK) {
        /* Ids are selected first: this SQLite has no DELETE with a LIMIT. */
        char after[160];
        snprintf(after, sizeof(after),
                 "WHERE id IN (SELECT id FROM %s WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3)",
                 vb_history_table(tier));
        code = prepare_of(tiers->db, tier, "DELETE FROM", after, &tiers->prune[tier]);
    }
    return code;
}

int vb_history_tiers_open(struct vb_history_tiers *tiers, sqlite3 *db)
{
    *tiers = (struct vb_history_tiers){.db = db};
    int code = SQLITE_OK;
    for (unsigned tier = 0; tier < VB_TIERS && code == SQLITE_OK; tier++) {
        code = prepare_tier(tiers, (enum vb_tier)tier);
    }
    const struct {
        const char *sql;
        sqlite3_stmt **statement;
    } others[] = {
        {"SELECT pack FROM packs", &tiers->packs},
        {"SELECT pack FROM packs WHERE mac = ?1", &tiers->pack_find},
        {"INSERT INTO packs (mac) VALUES (?1)", &tiers->pack_add},
        {"INSERT INTO days (id, in_j, out_j) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE"
         " SET in_j = in_j + excluded.in_j, out_j = out_j + excluded.out_j",
         &tiers->day_add},
        {"DELETE FROM days WHERE id >= ?1 AND id < ?2", &tiers->day_prune},
    };
    for (size_t index = 0; index < VB_COUNT_OF(others) && code == SQLITE_OK; index++) {
        code = prepare(db, others[index].sql, others[index].statement);
    }
    return code;
}

void vb_history_tiers_close(struct vb_history_tiers *tiers)
{
    for (unsigned tier = 0; tier < VB_TIERS; tier++) {
        sqlite3_finalize(tiers->load[tier]);
        sqlite3_finalize(tiers->save[tier]);
        sqlite3_finalize(tiers->prune[tier]);
    }
    sqlite3_finalize(tiers->packs);
    sqlite3_finalize(tiers->pack_find);
    sqlite3_finalize(tiers->pack_add);
    sqlite3_finalize(tiers->day_add);
    sqlite3_finalize(tiers->day_prune);
    *tiers = (struct vb_history_tiers){0};
}

/* Runs a statement that returns nothing. */
static int run(sqlite3_stmt *statement)
{
    const int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* == Packs =================================================================================== */

static int find_pack(struct vb_history_tiers *tiers, const char *mac, int64_t *pack)
{
    sqlite3_bind_text(tiers->pack_find, 1, mac, -1, SQLITE_TRANSIENT);
    const int code = sqlite3_step(tiers->pack_find);
    if (code == SQLITE_ROW) {
        *pack = sqlite3_column_int64(tiers->pack_find, 0);
    }
    sqlite3_reset(tiers->pack_find);
    return code;
}

int vb_history_tiers_pack(struct vb_history_tiers *tiers, const struct vb_mac *mac, int64_t *pack)
{
    char text[VB_MAC_TEXT_SIZE];
    vb_mac_format(mac, text);
    int code = find_pack(tiers, text, pack);
    if (code == SQLITE_ROW) {
        return SQLITE_OK;
    }
    if (code != SQLITE_DONE) {
        return code;
    }
    sqlite3_bind_text(tiers->pack_add, 1, text, -1, SQLITE_TRANSIENT);
    code = run(tiers->pack_add);
    *pack = sqlite3_last_insert_rowid(tiers->db);
    return code;
}

/* == Points ================================================================================== */

/* All rows of a pack from from_s up to but not including to_s, merged. */
static int load(struct vb_history_tiers *tiers, enum vb_tier tier, int64_t pack, int64_t from_s,
                int64_t to_s, struct vb_rollup *sum)
{
    sqlite3_stmt *statement = tiers->load[tier];
    int code;
    vb_rollup_clear(sum);
    sqlite3_bind_int64(statement, 1, vb_history_id(pack, from_s));
    sqlite3_bind_int64(statement, 2, vb_history_id(pack, to_s));
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct vb_rollup row;
        int64_t id;
        vb_history_row_read(statement, &id, &row);
        vb_rollup_merge(sum, &row);
    }
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int save(struct vb_history_tiers *tiers, enum vb_tier tier, int64_t pack, int64_t at_s,
                const struct vb_rollup *rollup)
{
    const int code = vb_history_row_bind(tiers->save[tier], vb_history_id(pack, at_s), rollup);
    return code == SQLITE_OK ? run(tiers->save[tier]) : code;
}

/* Rebuilds a coarser tier's point from those of the finer one. */
static int derive(struct vb_history_tiers *tiers, enum vb_tier tier, int64_t pack, int64_t at_s,
                  const struct vb_rollup *added)
{
    const int64_t span_s = vb_tier_seconds(tier);
    const int64_t begin_s = at_s - at_s % span_s;
    struct vb_rollup made;
    struct vb_rollup held;
    int code = load(tiers, (enum vb_tier)(tier - 1), pack, begin_s, begin_s + span_s, &made);
    if (code == SQLITE_OK) {
        code = load(tiers, tier, pack, begin_s, begin_s + 1, &held);
    }
    if (code != SQLITE_OK) {
        return code;
    }
    /* The clock went back further than finer points are kept: the stored point includes readings
     * that they no longer have. */
    if (made.readings < held.readings + added->readings) {
        vb_rollup_merge(&held, added);
        return save(tiers, tier, pack, begin_s, &held);
    }
    return save(tiers, tier, pack, begin_s, &made);
}

int vb_history_tiers_add(struct vb_history_tiers *tiers, int64_t pack, int64_t at_s,
                         const struct vb_rollup *point)
{
    struct vb_rollup held;
    VB_ASSERT(at_s >= 0 && at_s % vb_tier_seconds(VB_TIER_10S) == 0 && point->readings > 0);
    int code = load(tiers, VB_TIER_10S, pack, at_s, at_s + 1, &held);
    if (code == SQLITE_OK) {
        vb_rollup_merge(&held, point);
        code = save(tiers, VB_TIER_10S, pack, at_s, &held);
    }
    if (code == SQLITE_OK) {
        code = derive(tiers, VB_TIER_1MIN, pack, at_s, point);
    }
    return code == SQLITE_OK ? derive(tiers, VB_TIER_1H, pack, at_s, point) : code;
}

int vb_history_tiers_add_energy(struct vb_history_tiers *tiers, int64_t pack, int32_t day,
                                double in_j, double out_j)
{
    VB_ASSERT(day >= 0);
    sqlite3_bind_int64(tiers->day_add, 1, vb_history_id(pack, day));
    sqlite3_bind_double(tiers->day_add, 2, in_j);
    sqlite3_bind_double(tiers->day_add, 3, out_j);
    return run(tiers->day_add);
}

/* == Pruning ================================================================================= */

static int prune_pack(struct vb_history_tiers *tiers, int64_t pack,
                      const struct vb_history_keep *keep, int64_t now_s, int rows_max)
{
    for (unsigned tier = 0; tier < VB_TIERS; tier++) {
        const int64_t before_s = now_s - keep->seconds[tier];
        sqlite3_bind_int64(tiers->prune[tier], 1, vb_history_id(pack, 0));
        sqlite3_bind_int64(tiers->prune[tier], 2, vb_history_id(pack, before_s < 0 ? 0 : before_s));
        sqlite3_bind_int(tiers->prune[tier], 3, rows_max);
        const int code = run(tiers->prune[tier]);
        if (code != SQLITE_OK) {
            return code;
        }
    }
    const int64_t day = (now_s - keep->seconds[VB_TIER_1H]) / DAY_S;
    sqlite3_bind_int64(tiers->day_prune, 1, vb_history_id(pack, 0));
    sqlite3_bind_int64(tiers->day_prune, 2, vb_history_id(pack, day < 0 ? 0 : day));
    return run(tiers->day_prune);
}

int vb_history_tiers_prune(struct vb_history_tiers *tiers, const struct vb_history_keep *keep,
                           int64_t now_s, int rows_max)
{
    int code;
    while ((code = sqlite3_step(tiers->packs)) == SQLITE_ROW) {
        const int64_t pack = sqlite3_column_int64(tiers->packs, 0);
        const int pruned = prune_pack(tiers, pack, keep, now_s, rows_max);
        if (pruned != SQLITE_OK) {
            code = pruned;
            break;
        }
    }
    sqlite3_reset(tiers->packs);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}
