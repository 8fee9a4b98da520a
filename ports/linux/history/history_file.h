/* The file of the history: checked before it is used, set aside where it is damaged. */
#ifndef VOLTBEACON_LINUX_HISTORY_FILE_H
#define VOLTBEACON_LINUX_HISTORY_FILE_H

#include <sqlite3.h>
#include <stddef.h>

#include "linux/store/database.h"

/* DIR/history.db; dir is there. As vb_database_open(). */
enum vb_database_result vb_history_file_open(struct vb_database *file, const char *dir, char *error,
                                             size_t error_size);

/* A connection of its own that only reads, from any thread; NULL, and the log says why, if there is
 * none to be had. For sqlite3_close. */
sqlite3 *vb_history_file_reader(const char *dir);

#endif
