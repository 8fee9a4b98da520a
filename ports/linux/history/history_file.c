#include "linux/history/history_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linux/store/sqlite_damage.h"
#include "linux/system/log.h"
#include "voltbeacon/core/platform.h"

#define LAYOUT_VERSION 1
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

enum {
    WRITER_BUSY_MS = 2000,
    READER_BUSY_MS = 50 /* it waits on the loop's thread, and only while a log is being recovered */
};

enum opened { OPENED, DAMAGED, NOT_NOW, REFUSED };

/* What is in it, and what for: docs/history.md. */
#define POINTS(name)                                                                        \
    "CREATE TABLE IF NOT EXISTS points_" name " (id INTEGER PRIMARY KEY, readings INTEGER," \
    " pack_mv_readings INTEGER, pack_mv_min INTEGER, pack_mv_mean REAL,"                    \
    " pack_mv_max INTEGER, current_ma_readings INTEGER, current_ma_min INTEGER,"            \
    " current_ma_mean REAL, current_ma_max INTEGER, soc_permille_readings INTEGER,"         \
    " soc_permille_min INTEGER, soc_permille_mean REAL, soc_permille_max INTEGER,"          \
    " cells BLOB, temperatures BLOB);"                                                      \
    "CREATE VIEW IF NOT EXISTS history_" name " AS SELECT mac,"                             \
    " datetime(id & 0xffffffffff, 'unixepoch') AS time_utc, id & 0xffffffffff AS at,"       \
    " readings, pack_mv_min, pack_mv_mean, pack_mv_max, current_ma_min, current_ma_mean,"   \
    " current_ma_max, soc_permille_min, soc_permille_mean, soc_permille_max"                \
    " FROM packs JOIN points_" name " ON id >> 40 = pack;"

static const char *const layout[] = {
    "BEGIN IMMEDIATE",
    "CREATE TABLE IF NOT EXISTS packs (pack INTEGER PRIMARY KEY, mac TEXT NOT NULL UNIQUE)",
    POINTS("10s"),
    POINTS("1min"),
    POINTS("1h"),
    "CREATE TABLE IF NOT EXISTS days (id INTEGER PRIMARY KEY, in_j REAL NOT NULL,"
    " out_j REAL NOT NULL)",
    "CREATE VIEW IF NOT EXISTS energy AS SELECT mac,"
    " date((id & 0xffffffffff) * 86400, 'unixepoch') AS day, in_j / 3600000 AS in_kwh,"
    " out_j / 3600000 AS out_kwh FROM packs JOIN days ON id >> 40 = pack",
    "PRAGMA user_version = " TEXT(LAYOUT_VERSION),
    "COMMIT",
};

static bool path_of(const char *dir, char path[PATH_MAX])
{
    const int size = snprintf(path, PATH_MAX, "%s/history.db", dir);
    return size > 0 && size < PATH_MAX;
}

static int run_sql(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static enum opened failed(const struct vb_history_file *file, int code, char *error,
                          size_t error_size)
{
    snprintf(error, error_size, "cannot use %s: %s", file->path,
             file->writer != NULL ? sqlite3_errmsg(file->writer) : sqlite3_errstr(code));
    return vb_sqlite_is_damage(code) ? DAMAGED : NOT_NOW;
}

static enum opened check_content(const struct vb_history_file *file, char *error, size_t error_size)
{
    char text[128];
    int code = vb_sqlite_query_text(file->writer, "PRAGMA user_version", text, sizeof(text));
    if (code != SQLITE_OK) {
        return failed(file, code, error, error_size);
    }
    const long version = strtol(text, NULL, 10);
    if (version != 0 && version != LAYOUT_VERSION) {
        snprintf(error, error_size,
                 "%s was written by a newer voltbeacon (layout %ld, this one knows %d); install "
                 "that version, or move the file away to begin a new history",
                 file->path, version, LAYOUT_VERSION);
        return REFUSED;
    }
    code = vb_sqlite_query_text(file->writer, "PRAGMA quick_check(1)", text, sizeof(text));
    if (code != SQLITE_OK) {
        return failed(file, code, error, error_size);
    }
    if (strcmp(text, "ok") != 0) {
        snprintf(error, error_size, "%s is damaged: %s", file->path, text);
        return DAMAGED;
    }
    return OPENED;
}

static int make_layout(const struct vb_history_file *file)
{
    int code = SQLITE_OK;
    for (size_t index = 0; index < VB_COUNT_OF(layout) && code == SQLITE_OK; index++) {
        code = run_sql(file->writer, layout[index]);
    }
    return code;
}

static enum opened open_database(struct vb_history_file *file, char *error, size_t error_size)
{
    /* SQLite would make it readable by all; its -wal and -shm files follow the mode of this one. */
    const int fd = open(file->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        snprintf(error, error_size, "cannot open %s: %s", file->path, strerror(errno));
        return NOT_NOW;
    }
    close(fd);
    int code = sqlite3_open_v2(file->path, &file->writer,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(file->writer, WRITER_BUSY_MS);
        code = run_sql(file->writer, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                     "PRAGMA journal_size_limit = 4194304;");
    }
    if (code != SQLITE_OK) {
        return failed(file, code, error, error_size);
    }
    const enum opened opened = check_content(file, error, error_size);
    if (opened != OPENED) {
        return opened;
    }
    code = make_layout(file);
    return code == SQLITE_OK ? OPENED : failed(file, code, error, error_size);
}

enum vb_history_file_result vb_history_file_open(struct vb_history_file *file, const char *dir,
                                                 char *error, size_t error_size)
{
    *file = (struct vb_history_file){0};
    if (!path_of(dir, file->path)) {
        snprintf(error, error_size, "the name of the data folder is too long: %s", dir);
        return VB_HISTORY_FILE_REFUSED;
    }
    enum opened opened = open_database(file, error, error_size);
    if (opened == DAMAGED) {
        vb_log(VB_LOG_ERROR, "history: %s", error);
        vb_history_file_close(file);
        opened = vb_sqlite_move_aside(dir, file->path, file->recovered, sizeof(file->recovered),
                                      error, error_size)
                     ? open_database(file, error, error_size)
                     : NOT_NOW;
    }
    if (opened == OPENED) {
        vb_sqlite_sync_dir(dir);
        return VB_HISTORY_FILE_OPEN;
    }
    vb_history_file_close(file);
    return opened == REFUSED ? VB_HISTORY_FILE_REFUSED : VB_HISTORY_FILE_LATER;
}

void vb_history_file_close(struct vb_history_file *file)
{
    sqlite3_close(file->writer);
    file->writer = NULL;
}

sqlite3 *vb_history_file_reader(const char *dir)
{
    char path[PATH_MAX];
    sqlite3 *reader = NULL;
    if (!path_of(dir, path)) {
        return NULL;
    }
    int code = sqlite3_open_v2(path, &reader, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(reader, READER_BUSY_MS);
        code = run_sql(reader, "PRAGMA query_only = 1");
    }
    if (code == SQLITE_OK) {
        return reader;
    }
    vb_log(VB_LOG_ERROR, "history: cannot read %s: %s", path, sqlite3_errstr(code));
    sqlite3_close(reader);
    return NULL;
}
