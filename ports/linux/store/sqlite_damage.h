/* What every SQLite file of a data folder needs when it is opened: whether it is damaged, and how
 * it is moved out of the way. */
#ifndef VOLTBEACON_LINUX_SQLITE_DAMAGE_H
#define VOLTBEACON_LINUX_SQLITE_DAMAGE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

/* What SQLite returns for a file that is no database, or a broken one. */
bool vb_sqlite_is_damage(int code);

/* The one value a query returns, as text; an SQLite code. */
int vb_sqlite_query_text(sqlite3 *db, const char *sql, char *text, size_t text_size);

/* Renames path, with what SQLite keeps beside it, to path.corrupt-TIME. Says so in the log and in
 * recovered. No connection to it is open. False, and why in error, if it cannot. */
bool vb_sqlite_move_aside(const char *dir, const char *path, char *recovered, size_t recovered_size,
                          char *error, size_t error_size);

/* New and renamed files survive a power cut from here on. */
void vb_sqlite_sync_dir(const char *dir);

#endif
