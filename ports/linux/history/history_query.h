/* Reads the history on the loop's thread, over its own connection: what the API asks for, point by
 * point. Nothing is kept open between two queries, so that the file never has to keep old content
 * for a slow client. */
#ifndef VOLTBEACON_LINUX_HISTORY_QUERY_H
#define VOLTBEACON_LINUX_HISTORY_QUERY_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "voltbeacon/api/history_source.h"

struct vb_history_query {
    sqlite3 *db; /* NULL: not open */
    sqlite3_stmt *pack;
    sqlite3_stmt *points[VB_TIERS];
    sqlite3_stmt *oldest[VB_TIERS];
    sqlite3_stmt *day;
};

/* False, with the reason logged, if it cannot be read. */
bool vb_history_query_open(struct vb_history_query *query, const char *dir);
void vb_history_query_close(struct vb_history_query *query);

/* As in struct vb_history_source. Reads at most step / tier rows. */
enum vb_err vb_history_query_point(struct vb_history_query *query,
                                   const struct vb_history_span *span, int64_t from_s,
                                   int64_t *at_s, struct vb_rollup *point);
enum vb_err vb_history_query_oldest(struct vb_history_query *query, const struct vb_mac *mac,
                                    enum vb_tier tier, int64_t *at_s);
enum vb_err vb_history_query_day(struct vb_history_query *query, const struct vb_mac *mac,
                                 int32_t from_day, struct vb_history_day *day);

#endif
