/* The file of the history: checked before it is used, set aside where it is damaged. */
#ifndef VOLTBEACON_LINUX_HISTORY_FILE_H
#define VOLTBEACON_LINUX_HISTORY_FILE_H

#include <limits.h>
#include <sqlite3.h>
#include <stddef.h>

enum vb_history_file_result {
    VB_HISTORY_FILE_OPEN,
    VB_HISTORY_FILE_LATER,  /* it cannot be had now: the disk is full, say. Try again */
    VB_HISTORY_FILE_REFUSED /* and will not be: a newer version has written it */
};

struct vb_history_file {
    sqlite3 *writer;
    char path[PATH_MAX];
    char recovered[256]; /* a sentence, where a damaged file was set aside by the last open */
};

/* DIR/history.db; dir is there. On anything but VB_HISTORY_FILE_OPEN error says why. */
enum vb_history_file_result vb_history_file_open(struct vb_history_file *file, const char *dir,
                                                 char *error, size_t error_size);
void vb_history_file_close(struct vb_history_file *file);

/* A connection of its own that only reads, from any thread; NULL, and the log says why, if there is
 * none to be had. For sqlite3_close. */
sqlite3 *vb_history_file_reader(const char *dir);

#endif
