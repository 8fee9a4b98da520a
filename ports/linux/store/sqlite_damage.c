#include "linux/store/sqlite_damage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "linux/system/log.h"
#include "voltbeacon/core/platform.h"

bool vb_sqlite_is_damage(int code)
{
    return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

int vb_sqlite_query_text(sqlite3 *db, const char *sql, char *text, size_t text_size)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (code != SQLITE_OK) {
        return code;
    }
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const unsigned char *value = sqlite3_column_text(statement, 0);
        snprintf(text, text_size, "%s", value != NULL ? (const char *)value : "");
        code = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return code;
}

void vb_sqlite_sync_dir(const char *dir)
{
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

bool vb_sqlite_move_aside(const char *dir, const char *path, char *recovered, size_t recovered_size,
                          char *error, size_t error_size)
{
    char when[32];
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &utc);

    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t index = 0; index < VB_COUNT_OF(endings); index++) {
        char from[PATH_MAX + 8];
        char to[PATH_MAX + 64];
        snprintf(from, sizeof(from), "%s%s", path, endings[index]);
        snprintf(to, sizeof(to), "%s.corrupt-%s%s", path, when, endings[index]);
        if (rename(from, to) != 0 && errno != ENOENT) {
            snprintf(error, error_size, "cannot move the damaged database %s aside: %s", path,
                     strerror(errno));
            return false;
        }
    }
    vb_sqlite_sync_dir(dir);
    snprintf(recovered, recovered_size,
             "The database was damaged and was moved to %.300s.corrupt-%s; this start began "
             "with an empty one.",
             path, when);
    vb_log(VB_LOG_ERROR, "%s", recovered);
    return true;
}
