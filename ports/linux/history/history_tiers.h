/* Writes the history: a point of 10 s goes into all tiers at once, in the caller's transaction.
 *
 * A minute is rebuilt from its points of 10 s each time one is added, an hour from its minutes. So
 * the tiers always agree, whenever the power fails. */
#ifndef VOLTBEACON_LINUX_HISTORY_TIERS_H
#define VOLTBEACON_LINUX_HISTORY_TIERS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/api/history_source.h"

struct vb_history_tiers {
    sqlite3 *db;
    sqlite3_stmt *load[VB_TIERS];
    sqlite3_stmt *save[VB_TIERS];
    sqlite3_stmt *prune[VB_TIERS];
    sqlite3_stmt *packs;
    sqlite3_stmt *pack_find;
    sqlite3_stmt *pack_add;
    sqlite3_stmt *day_add;
    sqlite3_stmt *day_prune;
};

/* How long each tier is kept, in seconds. */
struct vb_history_keep {
    int64_t seconds[VB_TIERS];
};

/* All of these return an SQLite code. The file is laid out. */

int vb_history_tiers_open(struct vb_history_tiers *tiers, sqlite3 *db);
void vb_history_tiers_close(struct vb_history_tiers *tiers);

/* The pack's number in this file. */
int vb_history_tiers_pack(struct vb_history_tiers *tiers, const struct vb_mac *mac, int64_t *pack);

/* Merges with what exists for this time already, from before a restart or before the clock went
 * back. */
int vb_history_tiers_add(struct vb_history_tiers *tiers, int64_t pack, int64_t at_s,
                         const struct vb_rollup *point);
int vb_history_tiers_add_energy(struct vb_history_tiers *tiers, int64_t pack, int32_t day,
                                double in_j, double out_j);

/* Deletes what is too old at now_s, at most rows_max rows per pack and tier. */
int vb_history_tiers_prune(struct vb_history_tiers *tiers, const struct vb_history_keep *keep,
                           int64_t now_s, int rows_max);

#endif
