/* A file is created under another name and moved into place once its layout is complete; so one
 * that is empty was truncated by something else, and is damaged. */
#include "linux/store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "linux/store/database_vfs.h"
#include "linux/system/cause.h"
#include "linux/system/log.h"
#include "voltbeacon/core/platform.h"

enum {
    BUSY_MS = 2000,
    SQL_SIZE = 128,
    NAME_SIZE = PATH_MAX + 64,
    URI_SIZE = 3 * PATH_MAX + 32,
    DAMAGE_ENDING_SIZE = 32
};

/* == Small things ============================================================================ */

bool vb_database_is_damage(int code)
{
    return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

static int run_sql(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

void vb_database_roll_back(sqlite3 *connection)
{
    /* Some failures have already rolled back. */
    if (sqlite3_get_autocommit(connection) == 0)
        (void)run_sql(connection, "ROLLBACK");
}

void vb_sync_dir(const char *dir)
{
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

/* The one value a query returns, as text. */
static int query_text(sqlite3 *db, const char *sql, char *text, size_t text_size)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (code != SQLITE_OK)
        return code;
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const unsigned char *value = sqlite3_column_text(statement, 0);
        snprintf(text, text_size, "%s", value != NULL ? (const char *)value : "");
        code = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return code;
}

static int read_layout(sqlite3 *db, int *layout)
{
    char text[32] = "";
    const int code = query_text(db, "PRAGMA user_version", text, sizeof text);
    *layout = (int)strtol(text, NULL, 10);
    return code;
}

/* == Steps =================================================================================== */

static int take_step(sqlite3 *db, const struct vb_database_layout *layout, int from)
{
    char sql[SQL_SIZE];
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d; COMMIT", from + 1);
    int code = run_sql(db, "BEGIN IMMEDIATE");
    if (code == SQLITE_OK)
        code = run_sql(db, layout->steps[from]);
    if (code == SQLITE_OK)
        code = run_sql(db, sql);
    if (code != SQLITE_OK)
        vb_database_roll_back(db);
    return code;
}

static int take_steps(sqlite3 *db, const struct vb_database_layout *layout, int from)
{
    int code = SQLITE_OK;
    for (int step = from; step < layout->step_count && code == SQLITE_OK; step++)
        code = take_step(db, layout, step);
    return code;
}

/* == Making one ============================================================================== */

static int lay_out(const char *path, const struct vb_database_layout *layout)
{
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                               VB_DATABASE_VFS_OWN);
    if (code == SQLITE_OK)
        code = run_sql(db, "PRAGMA synchronous = FULL; PRAGMA journal_mode = MEMORY");
    if (code == SQLITE_OK)
        code = take_steps(db, layout, 0);
    if (code == SQLITE_OK)
        code = run_sql(db, "PRAGMA journal_mode = WAL");
    const int closed = sqlite3_close(db);
    return code == SQLITE_OK ? closed : code;
}

/* Creates the complete file under its name, or leaves nothing. False, with the reason in error. */
static bool make_file(const struct vb_database *database, const char *dir, char *error,
                      size_t error_size)
{
    static const char *const endings[] = {".new", ".new-wal", ".new-shm", ".new-journal"};
    char path[NAME_SIZE];
    for (unsigned i = 0; i < VB_COUNT_OF(endings); i++) {
        snprintf(path, sizeof path, "%s%s", database->path, endings[i]);
        (void)unlink(path);
    }
    snprintf(path, sizeof path, "%s%s", database->path, endings[0]);
    /* SQLite would make it world-readable; its -wal and -shm files get the mode of this one. */
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        vb_cause_set_errno(errno, VB_CAUSE_CANT_CREATE);
        snprintf(error, error_size, "cannot create %s: %s", database->path, strerror(errno));
        return false;
    }
    close(fd);
    const int code = lay_out(path, database->layout);
    if (code == SQLITE_OK && rename(path, database->path) == 0) {
        vb_sync_dir(dir);
        return true;
    }
    vb_cause_set(VB_CAUSE_CANT_CREATE);
    snprintf(error, error_size, "cannot create %s: %s", database->path,
             code != SQLITE_OK ? sqlite3_errstr(code) : strerror(errno));
    (void)unlink(path);
    return false;
}

/* == Connections ============================================================================= */

static int connect_writer(struct vb_database *database)
{
    char sql[SQL_SIZE];
    int code = sqlite3_open_v2(database->path, &database->connection,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                               database->layout->shared ? NULL : VB_DATABASE_VFS_OWN);
    if (code != SQLITE_OK)
        return code;
    sqlite3_busy_timeout(database->connection, BUSY_MS);
    snprintf(sql, sizeof sql,
             "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = %d",
             database->layout->journal_bytes_max);
    code = run_sql(database->connection, sql);
    /* SQLite opens a file that is not writable anyway, for reading. */
    if (code == SQLITE_OK && sqlite3_db_readonly(database->connection, "main") != 0)
        return SQLITE_READONLY;
    return code;
}

/* "file:PATH?immutable=1", with any PATH. */
static void make_uri(const char *path, char uri[URI_SIZE])
{
    size_t at = (size_t)snprintf(uri, URI_SIZE, "file:");
    for (; *path != '\0' && at < URI_SIZE; path++) {
        const bool plain = strchr("?#%", *path) == NULL;
        at += (size_t)snprintf(uri + at, URI_SIZE - at, plain ? "%c" : "%%%02X",
                               (unsigned char)*path);
    }
    VB_ASSERT(at < URI_SIZE);
    snprintf(uri + at, URI_SIZE - at, "?immutable=1");
}

/* Reads without writing a byte next to the file. Nobody else writes it: the folder is locked. */
static int connect_reader(const char *path, sqlite3 **connection)
{
    char name[NAME_SIZE];
    char uri[URI_SIZE];
    struct stat log;
    snprintf(name, sizeof name, "%s-wal", path);
    if (stat(name, &log) != 0 || log.st_size == 0) {
        make_uri(path, uri);
        return sqlite3_open_v2(uri, connection,
                               SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
    }
    /* The content of the log belongs to it. Locks would have to be written. */
    const int code = sqlite3_open_v2(path, connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                                     VB_DATABASE_VFS_UNLOCKED);
    return code == SQLITE_OK ? run_sql(*connection, "PRAGMA locking_mode = EXCLUSIVE") : code;
}

static void disconnect(struct vb_database *database)
{
    sqlite3_close(database->connection);
    database->connection = NULL;
    database->device = 0;
    database->inode = 0;
}

sqlite3 *vb_database_reader(const char *path, const struct vb_database_layout *layout, int busy_ms)
{
    char text[32];
    sqlite3 *reader = NULL;
    int code = sqlite3_open_v2(path, &reader, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                               layout->shared ? NULL : VB_DATABASE_VFS_OWN);
    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(reader, busy_ms);
        code = query_text(reader, "PRAGMA user_version", text, sizeof text);
    }
    if (code != SQLITE_OK && code != SQLITE_BUSY) {
        sqlite3_close(reader);
        reader = NULL;
        code = connect_reader(path, &reader);
    }
    if (code == SQLITE_OK)
        code = run_sql(reader, "PRAGMA query_only = 1");
    if (code == SQLITE_OK)
        return reader;
    vb_cause_set_errno(sqlite3_system_errno(reader), VB_CAUSE_IO);
    vb_log(VB_LOG_ERROR, "cannot read %s: %s", path, sqlite3_errstr(code));
    sqlite3_close(reader);
    return NULL;
}

bool vb_database_is_in_place(const struct vb_database *database)
{
    struct stat file;
    return stat(database->path, &file) == 0 && file.st_dev == database->device &&
           file.st_ino == database->inode;
}

/* == Checks ================================================================================== */

/* Checks the content, and finds its layout. An SQLite code; text is the damage. */
static int check_content(sqlite3 *db, int *layout, char *text, size_t text_size)
{
    int code = read_layout(db, layout);
    if (code == SQLITE_OK)
        code = query_text(db, "PRAGMA quick_check(1)", text, text_size);
    return code == SQLITE_OK && strcmp(text, "ok") != 0 ? SQLITE_CORRUPT : code;
}

static enum vb_cause cause_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return VB_CAUSE_SYSTEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return VB_CAUSE_TEMPORARY;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return VB_CAUSE_NO_PERMISSION;
    default:
        return VB_CAUSE_IO;
    }
}

static enum vb_database_result fail(struct vb_database *database, int code, const char *text,
                                    char *error, size_t error_size)
{
    /* The first of its lines only names the database: "*** in database main ***". */
    const char *newline = strchr(text, '\n');
    const bool damage = vb_database_is_damage(code);
    vb_cause_set(damage ? VB_CAUSE_DATA : cause_of(code));
    if (damage && text[0] != '\0')
        snprintf(error, error_size, "%s is damaged: %s", database->path,
                 newline != NULL ? newline + 1 : text);
    else
        snprintf(error, error_size, "cannot use %s: %s", database->path,
                 database->connection != NULL ? sqlite3_errmsg(database->connection)
                                              : sqlite3_errstr(code));
    disconnect(database);
    return damage ? VB_DATABASE_DAMAGED : VB_DATABASE_LATER;
}

static enum vb_database_result refuse_newer(struct vb_database *database, int layout, char *error,
                                            size_t error_size)
{
    snprintf(error, error_size,
             "%s was written by a newer voltbeacon (layout %d, this one knows %d); install that "
             "version, or move the file away",
             database->path, layout, database->layout->step_count);
    vb_cause_set(VB_CAUSE_CONFIG);
    disconnect(database);
    return VB_DATABASE_NEWER;
}

/* Opens a file that is not writable as read-only. Keeps the reason in error. */
static enum vb_database_result open_for_reading(struct vb_database *database, char *error,
                                                size_t error_size)
{
    char text[SQL_SIZE] = "";
    int layout = 0;
    disconnect(database);
    int code = connect_reader(database->path, &database->connection);
    if (code == SQLITE_OK)
        code = check_content(database->connection, &layout, text, sizeof text);
    if (code != SQLITE_OK)
        return fail(database, code, text, error, error_size);
    if (layout > database->layout->step_count)
        return refuse_newer(database, layout, error, error_size);
    if (layout == database->layout->step_count)
        return VB_DATABASE_READ_ONLY;
    snprintf(error, error_size, "%s is of an older layout and cannot be written to change it",
             database->path);
    vb_cause_set(VB_CAUSE_IO);
    disconnect(database);
    return VB_DATABASE_LATER;
}

static enum vb_database_result open_file(struct vb_database *database, char *error,
                                         size_t error_size)
{
    char text[SQL_SIZE] = "";
    int layout = 0;
    int code = connect_writer(database);
    if (code == SQLITE_OK)
        code = check_content(database->connection, &layout, text, sizeof text);
    if (code == SQLITE_OK && layout > database->layout->step_count)
        return refuse_newer(database, layout, error, error_size);
    if (code == SQLITE_OK)
        code = take_steps(database->connection, database->layout, layout);
    if (code == SQLITE_OK)
        return VB_DATABASE_OPEN;
    if (vb_database_is_damage(code) || (code & 0xff) == SQLITE_BUSY)
        return fail(database, code, text, error, error_size);
    snprintf(error, error_size, "cannot write %s: %s", database->path, sqlite3_errstr(code));
    return open_for_reading(database, error, error_size);
}

/* == Damage ================================================================================== */

/* ".corrupt-TIME" */
static void damage_ending(char ending[DAMAGE_ENDING_SIZE])
{
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(ending, DAMAGE_ENDING_SIZE, ".corrupt-%Y%m%dT%H%M%SZ", &utc);
}

/* Renames PATH and what follows it to PATH.corrupt-TIME and what follows it. It need not be there.
 */
static bool rename_part(const struct vb_database *database, const char *following,
                        const char *ending, char *error, size_t error_size)
{
    char from[NAME_SIZE];
    char to[NAME_SIZE];
    snprintf(from, sizeof from, "%s%s", database->path, following);
    snprintf(to, sizeof to, "%s%s%s", database->path, ending, following);
    if (rename(from, to) == 0 || errno == ENOENT)
        return true;
    vb_cause_set_errno(errno, VB_CAUSE_CANT_CREATE);
    snprintf(error, error_size, "cannot move the damaged %s aside: %s", from, strerror(errno));
    return false;
}

/* Renames the file, with SQLite's files next to it, to PATH.corrupt-TIME. */
static bool move_aside(struct vb_database *database, const char *dir, char *error,
                       size_t error_size)
{
    char ending[DAMAGE_ENDING_SIZE];
    damage_ending(ending);
    if (!rename_part(database, "", ending, error, error_size) ||
        !rename_part(database, "-wal", ending, error, error_size) ||
        !rename_part(database, "-shm", ending, error, error_size))
        return false;
    vb_sync_dir(dir);
    snprintf(database->recovered, sizeof database->recovered,
             "The database was damaged and was moved to %.300s%s; this start uses "
             "an empty one.",
             database->path, ending);
    vb_log(VB_LOG_ERROR, "%s", database->recovered);
    return true;
}

/* A log without its database: that was moved away by hand, or the power was cut while a damaged one
 * was. SQLite would take what is in it for changes to whatever database comes next. */
static bool move_orphan_aside(const struct vb_database *database, const char *dir, char *error,
                              size_t error_size)
{
    char ending[DAMAGE_ENDING_SIZE];
    char path[NAME_SIZE];
    snprintf(path, sizeof path, "%s-wal", database->path);
    if (access(path, F_OK) != 0)
        return true;
    damage_ending(ending);
    if (!rename_part(database, "-wal", ending, error, error_size) ||
        !rename_part(database, "-shm", ending, error, error_size))
        return false;
    vb_sync_dir(dir);
    vb_log(VB_LOG_WARNING,
           "%s was there without its database, and was moved to %s%s-wal; this start uses an empty "
           "database",
           path, database->path, ending);
    return true;
}

static void say_kept(const char *path, char *error, size_t error_size)
{
    char reason[256];
    snprintf(reason, sizeof reason, "%s", error);
    snprintf(error, error_size,
             "%s. This device's settings are in it, so nothing was changed: put a backup in its "
             "place, or move %s away yourself to start with new settings; either way, move %s-wal "
             "away first, if it is there",
             reason, path, path);
}

/* == Life ==================================================================================== */

/* One attempt; does not move a damaged file aside. */
static enum vb_database_result open_once(struct vb_database *database, const char *dir, char *error,
                                         size_t error_size)
{
    struct stat file;
    if (stat(database->path, &file) != 0) {
        if (errno != ENOENT) {
            vb_cause_set_errno(errno, VB_CAUSE_IO);
            snprintf(error, error_size, "cannot open %s: %s", database->path, strerror(errno));
            return VB_DATABASE_LATER;
        }
        if (!move_orphan_aside(database, dir, error, error_size) ||
            !make_file(database, dir, error, error_size) || stat(database->path, &file) != 0)
            return VB_DATABASE_ABSENT;
    }
    if (S_ISREG(file.st_mode) && file.st_size == 0) {
        snprintf(error, error_size, "%s is damaged: it is empty", database->path);
        vb_cause_set(VB_CAUSE_DATA);
        return VB_DATABASE_DAMAGED;
    }
    const enum vb_database_result result = open_file(database, error, error_size);
    if (database->connection != NULL) {
        database->device = file.st_dev;
        database->inode = file.st_ino;
    }
    return result;
}

enum vb_database_result vb_database_open(struct vb_database *database, const char *dir,
                                         const struct vb_database_layout *layout, char *error,
                                         size_t error_size)
{
    *database = (struct vb_database){.layout = layout};
    vb_database_vfs_install();
    const int size = snprintf(database->path, sizeof database->path, "%s/%s", dir, layout->file);
    if (size < 0 || size >= (int)sizeof database->path) {
        snprintf(error, error_size, "the name of the data folder is too long: %s", dir);
        vb_cause_set(VB_CAUSE_USAGE);
        return VB_DATABASE_MISNAMED;
    }
    database->found = access(database->path, F_OK) == 0;
    const enum vb_database_result result = open_once(database, dir, error, error_size);
    if (result != VB_DATABASE_DAMAGED)
        return result;
    if (layout->keep_damaged) {
        say_kept(database->path, error, error_size);
        return VB_DATABASE_DAMAGED;
    }
    vb_log(VB_LOG_ERROR, "%s", error);
    return move_aside(database, dir, error, error_size)
               ? open_once(database, dir, error, error_size)
               : VB_DATABASE_LATER;
}

void vb_database_close(struct vb_database *database)
{
    disconnect(database);
}
