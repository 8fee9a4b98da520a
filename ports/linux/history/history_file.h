/* The file of the history: checked before use, moved aside if damaged. */
#ifndef VOLTBEACON_LINUX_HISTORY_FILE_H
#define VOLTBEACON_LINUX_HISTORY_FILE_H

#include <sqlite3.h>
#include <stddef.h>

#include "linux/store/database.h"

/* DIR/history.db; dir must exist. See vb_database_open(). */
enum vb_database_result vb_history_file_open(struct vb_database *file, const char *dir, char *error,
                                             size_t error_size);

/* A separate read-only connection, for any thread; NULL, with the reason logged, if that is not
 * possible. For sqlite3_close. */
sqlite3 *vb_history_file_reader(const char *dir);

#endif
