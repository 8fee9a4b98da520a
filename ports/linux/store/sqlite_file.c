#include "linux/store/sqlite_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux/store/folder_claim.h"
#include "linux/system/cause.h"
#include "linux/system/log.h"

enum { READER_BUSY_MS = 2000 };

static const char *const steps[] = {
    "CREATE TABLE IF NOT EXISTS kv (namespace TEXT NOT NULL, key TEXT NOT NULL,"
    " value BLOB NOT NULL, PRIMARY KEY (namespace, key)) WITHOUT ROWID",
};

#define LAYOUT(keep)                                                                           \
    {                                                                                          \
        .file = "voltbeacon.db", .what = "the store", .steps = steps,                          \
        .step_count = VB_COUNT_OF(steps), .journal_bytes_max = 1048576, .keep_damaged = (keep) \
    }
static const struct vb_database_layout copy_layout = LAYOUT(false);
static const struct vb_database_layout truth_layout = LAYOUT(true);

static bool join_path(char path[PATH_MAX], const char *dir, const char *name, char *error,
                      size_t error_size)
{
    const int size = snprintf(path, PATH_MAX, "%s/%s", dir, name);
    if (size < 0 || size >= PATH_MAX) {
        snprintf(error, error_size, "the name of the data folder is too long: %s", dir);
        vb_cause_set(VB_CAUSE_USAGE);
        return false;
    }
    return true;
}

/* == The folder ============================================================================== */

/* A file that is safe in a folder whose own name is lost would be lost with it. */
static void sync_parent(const char *path)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        snprintf(parent, sizeof parent, ".");
    else
        snprintf(parent, sizeof parent, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    vb_sync_dir(parent);
}

static bool make_dir(const char *dir, char *error, size_t error_size)
{
    char path[PATH_MAX];
    if (!join_path(path, dir, "", error, error_size)) {
        return false;
    }
    /* Creates every missing parent, from the outermost; the path ends in a slash. */
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) == 0) {
            sync_parent(path);
        } else if (errno != EEXIST && access(path, X_OK) != 0) {
            vb_cause_set_errno(errno, VB_CAUSE_CANT_CREATE);
            snprintf(error, error_size, "cannot create the data folder %s: %s", path,
                     strerror(errno));
            return false;
        }
        *slash = '/';
    }
    return true;
}

/* If the lock file cannot be created because the disk is full or not writable, the folder is locked
 * instead. */
static int open_lock(const char *path, const char *dir)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EROFS || errno == ENOSPC || errno == EDQUOT))
        fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 && errno == ENOENT ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : fd;
}

static bool take_lock(struct vb_sqlite_file *file, const char *dir, char *error, size_t error_size)
{
    char path[PATH_MAX];
    if (!join_path(path, dir, "lock", error, error_size)) {
        return false;
    }
    file->lock_fd = open_lock(path, dir);
    if (file->lock_fd < 0) {
        vb_cause_set_errno(errno, VB_CAUSE_CANT_CREATE);
        snprintf(error, error_size, "cannot write into the data folder %s: %s", dir,
                 strerror(errno));
        return false;
    }
    if (flock(file->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        snprintf(error, error_size,
                 "the data folder %s is used by another voltbeacon; stop that one, or give this "
                 "one a folder of its own with --data",
                 dir);
        vb_cause_set(VB_CAUSE_TEMPORARY);
        return false;
    }
    if (!vb_folder_claim(dir, &file->claim_fd)) {
        snprintf(error, error_size,
                 "a voltbeacon runs on a data folder %s that has been removed or moved since; stop "
                 "that one, or give this one a folder of its own with --data",
                 dir);
        vb_cause_set(VB_CAUSE_TEMPORARY);
        return false;
    }
    return true;
}

/* == Modes =================================================================================== */

/* They contain passwords; SQLite gives the files next to a database the same mode. */
static void mend_mode(int dir_fd, const char *dir, const char *name)
{
    struct stat file;
    if (fstatat(dir_fd, name, &file, AT_SYMLINK_NOFOLLOW) != 0 || S_ISLNK(file.st_mode) ||
        S_ISDIR(file.st_mode) || (file.st_mode & 077) == 0)
        return;
    const bool mended = fchmodat(dir_fd, name, 0600, 0) == 0;
    vb_log(VB_LOG_WARNING, "others could read or write %s/%s (mode %03o); %s", dir, name,
           (unsigned)file.st_mode & 0777,
           mended ? "its mode is 600 now" : "and its mode cannot be changed");
}

static bool is_ours(const char *name)
{
    static const char *const stems[] = {"voltbeacon.db", "events.db", "history.db",
                                        "lock",          "control",   "device-id"};
    for (unsigned i = 0; i < VB_COUNT_OF(stems); i++) {
        if (strncmp(name, stems[i], strlen(stems[i])) == 0)
            return true;
    }
    return false;
}

/* All our files in a folder; of the recordings, all that exist. */
static void mend_modes(const char *dir, bool all)
{
    DIR *folder = opendir(dir);
    if (folder == NULL)
        return;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (all || is_ours(entry->d_name))
            mend_mode(dirfd(folder), dir, entry->d_name);
    }
    closedir(folder);
}

static void mend_all_modes(const char *dir)
{
    char recordings[PATH_MAX];
    mend_modes(dir, false);
    if ((size_t)snprintf(recordings, sizeof recordings, "%s/recordings", dir) < sizeof recordings)
        mend_modes(recordings, true);
}

/* == Life ==================================================================================== */

static bool open_reader(struct vb_sqlite_file *file, char *error, size_t error_size)
{
    if (file->database.connection == NULL)
        return true;
    file->reader = vb_database_reader(file->database.path, file->database.layout, READER_BUSY_MS);
    if (file->reader == NULL)
        snprintf(error, error_size, "cannot read %s; see the log", file->database.path);
    return file->reader != NULL;
}

bool vb_sqlite_file_open(struct vb_sqlite_file *file, const char *dir, bool aside, char *error,
                         size_t error_size)
{
    *file = (struct vb_sqlite_file){.lock_fd = -1, .claim_fd = -1};
    if (dir[0] == '\0' || !join_path(file->dir, dir, "", error, error_size) ||
        !make_dir(dir, error, error_size) || !take_lock(file, dir, error, error_size)) {
        vb_sqlite_file_close(file);
        return false;
    }
    snprintf(file->dir, sizeof file->dir, "%s", dir);
    mend_all_modes(dir);
    file->opened = vb_database_open(&file->database, dir, aside ? &copy_layout : &truth_layout,
                                    error, error_size);
    const bool fine = file->opened == VB_DATABASE_OPEN || file->opened == VB_DATABASE_READ_ONLY ||
                      file->opened == VB_DATABASE_ABSENT;
    if (fine && file->opened != VB_DATABASE_OPEN)
        vb_log(VB_LOG_ERROR, "%s; existing data is used, and nothing is stored until it can be",
               error);
    if (!fine || !open_reader(file, error, error_size)) {
        vb_sqlite_file_close(file);
        return false;
    }
    return true;
}

bool vb_sqlite_file_ready(struct vb_sqlite_file *file, char *error, size_t error_size)
{
    struct stat other;
    if (file->opened == VB_DATABASE_OPEN) {
        if (vb_database_is_in_place(&file->database))
            return true;
        snprintf(error, error_size,
                 "%s was removed or replaced while in use; put it back, or restart",
                 file->database.path);
        return false;
    }
    /* A file that has appeared since is not ours to overwrite. */
    if (file->opened == VB_DATABASE_ABSENT && stat(file->database.path, &other) == 0) {
        snprintf(error, error_size, "%s has appeared since the start; restart to use it",
                 file->database.path);
        return false;
    }
    const struct vb_database_layout *layout = file->database.layout;
    struct vb_database again;
    const enum vb_database_result opened =
        vb_database_open(&again, file->dir, layout, error, error_size);
    if (opened != VB_DATABASE_OPEN) {
        vb_database_close(&again);
        return false;
    }
    vb_database_close(&file->database);
    file->database = again;
    file->opened = VB_DATABASE_OPEN;
    return true;
}

void vb_sqlite_file_close(struct vb_sqlite_file *file)
{
    sqlite3_close(file->reader);
    file->reader = NULL;
    vb_database_close(&file->database);
    if (file->lock_fd >= 0) {
        close(file->lock_fd);
        file->lock_fd = -1;
    }
    if (file->claim_fd >= 0) {
        close(file->claim_fd);
        file->claim_fd = -1;
    }
}
