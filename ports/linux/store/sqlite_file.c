#include "linux/store/sqlite_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux/store/sqlite_damage.h"
#include "linux/system/log.h"

#define LAYOUT_VERSION 1
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

enum opened { OPENED, DAMAGED, FAILED };

static bool join_path(char path[PATH_MAX], const char *dir, const char *name, char *error,
                      size_t error_size)
{
    const int size = snprintf(path, PATH_MAX, "%s/%s", dir, name);
    if (size < 0 || size >= PATH_MAX) {
        snprintf(error, error_size, "the name of the data folder is too long: %s", dir);
        return false;
    }
    return true;
}

/* == The folder ============================================================================== */

static bool make_dir(const char *dir, char *error, size_t error_size)
{
    char path[PATH_MAX];
    if (!join_path(path, dir, "", error, error_size)) {
        return false;
    }
    /* Every part that is missing, from the outermost; the path ends in a slash. */
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            snprintf(error, error_size, "cannot make the data folder %s: %s", path,
                     strerror(errno));
            return false;
        }
        *slash = '/';
    }
    return true;
}

static bool take_lock(struct vb_sqlite_file *file, const char *dir, char *error, size_t error_size)
{
    char path[PATH_MAX];
    if (!join_path(path, dir, "lock", error, error_size)) {
        return false;
    }
    file->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file->lock_fd < 0) {
        snprintf(error, error_size, "cannot write into the data folder %s: %s", dir,
                 strerror(errno));
        return false;
    }
    if (flock(file->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        snprintf(error, error_size,
                 "the data folder %s is used by another voltbeacon; stop that one, or give this "
                 "one a folder of its own with --data",
                 dir);
        return false;
    }
    return true;
}

/* == The database ============================================================================ */

static int run_sql(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int open_connection(const char *path, sqlite3 **db)
{
    /* Each connection is used by one thread alone. */
    int code = sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(*db, 2000);
        code = run_sql(*db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                            "PRAGMA journal_size_limit = 1048576;");
    }
    return code;
}

static enum opened failed(struct vb_sqlite_file *file, const char *path, int code, char *error,
                          size_t error_size)
{
    const char *reason = file->writer != NULL ? sqlite3_errmsg(file->writer) : sqlite3_errstr(code);
    snprintf(error, error_size, "cannot use the database %s: %s", path, reason);
    return vb_sqlite_is_damage(code) ? DAMAGED : FAILED;
}

static enum opened check_content(struct vb_sqlite_file *file, const char *path, char *error,
                                 size_t error_size)
{
    char text[128];
    int code = vb_sqlite_query_text(file->writer, "PRAGMA quick_check(1)", text, sizeof(text));
    if (code != SQLITE_OK) {
        return failed(file, path, code, error, error_size);
    }
    if (strcmp(text, "ok") != 0) {
        /* Of its lines the first only names the database: "*** in database main ***". */
        const char *newline = strchr(text, '\n');
        snprintf(error, error_size, "the database %s is damaged: %s", path,
                 newline != NULL ? newline + 1 : text);
        return DAMAGED;
    }
    code = vb_sqlite_query_text(file->writer, "PRAGMA user_version", text, sizeof(text));
    if (code != SQLITE_OK) {
        return failed(file, path, code, error, error_size);
    }
    if (strcmp(text, "0") != 0 && strcmp(text, TEXT(LAYOUT_VERSION)) != 0) {
        snprintf(error, error_size,
                 "the database %s was written by a newer voltbeacon (layout %s, this one knows "
                 "%s); install that version, or move the file away",
                 path, text, TEXT(LAYOUT_VERSION));
        return FAILED;
    }
    code = run_sql(file->writer,
                   "BEGIN IMMEDIATE;"
                   "CREATE TABLE IF NOT EXISTS kv (namespace TEXT NOT NULL, key TEXT NOT NULL,"
                   " value BLOB NOT NULL, PRIMARY KEY (namespace, key)) WITHOUT ROWID;"
                   "PRAGMA user_version = " TEXT(LAYOUT_VERSION) ";"
                                                                 "COMMIT;");
    return code == SQLITE_OK ? OPENED : failed(file, path, code, error, error_size);
}

static void close_connections(struct vb_sqlite_file *file)
{
    sqlite3_close(file->reader);
    sqlite3_close(file->writer);
    file->reader = NULL;
    file->writer = NULL;
}

static enum opened open_database(struct vb_sqlite_file *file, const char *path, char *error,
                                 size_t error_size)
{
    /* SQLite would make it readable by all; its -wal and -shm files follow the mode of this one. */
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        snprintf(error, error_size, "cannot open the database %s: %s", path, strerror(errno));
        return FAILED;
    }
    close(fd);
    const int code = open_connection(path, &file->writer);
    if (code != SQLITE_OK) {
        return failed(file, path, code, error, error_size);
    }
    const enum opened opened = check_content(file, path, error, error_size);
    if (opened != OPENED) {
        return opened;
    }
    const int reader_code = open_connection(path, &file->reader);
    return reader_code == SQLITE_OK ? OPENED : failed(file, path, reader_code, error, error_size);
}

static void say_refusal(const char *path, char *error, size_t error_size)
{
    char reason[256];
    snprintf(reason, sizeof(reason), "%s", error);
    snprintf(error, error_size,
             "%s. This device's settings are in it, so nothing was changed: put a backup in its "
             "place, or move %s away yourself to start with new settings",
             reason, path);
}

/* == Life ==================================================================================== */

bool vb_sqlite_file_open(struct vb_sqlite_file *file, const char *dir, bool aside, char *error,
                         size_t error_size)
{
    *file = (struct vb_sqlite_file){.lock_fd = -1};
    char path[PATH_MAX];
    if (!make_dir(dir, error, error_size) || !take_lock(file, dir, error, error_size) ||
        !join_path(path, dir, "voltbeacon.db", error, error_size)) {
        vb_sqlite_file_close(file);
        return false;
    }
    enum opened opened = open_database(file, path, error, error_size);
    if (opened == DAMAGED && aside) {
        close_connections(file);
        vb_log(VB_LOG_ERROR, "%s", error);
        opened = vb_sqlite_move_aside(dir, path, file->recovered, sizeof(file->recovered), error,
                                      error_size)
                     ? open_database(file, path, error, error_size)
                     : FAILED;
    } else if (opened == DAMAGED) {
        say_refusal(path, error, error_size);
    }
    if (opened != OPENED) {
        vb_sqlite_file_close(file);
        return false;
    }
    vb_sqlite_sync_dir(dir);
    return true;
}

void vb_sqlite_file_close(struct vb_sqlite_file *file)
{
    close_connections(file);
    if (file->lock_fd >= 0) {
        close(file->lock_fd);
        file->lock_fd = -1;
    }
}
