#include "linux/recordings/recording_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linux/recordings/recording_scan.h"
#include "linux/store/database.h"
#include "linux/system/host.h"
#include "linux/system/log.h"

enum { JOBS_MAX = 16, NAMES_TRIED_MAX = 100, PART_NAME_SIZE = VB_RECORDING_NAME_SIZE + 8 };

static const uint64_t bytes_max_default = UINT64_C(64) << 20;

/* A recording in progress. */
struct writing {
    bool used;   /* under lock */
    bool failed; /* under lock */
    char name[VB_RECORDING_NAME_SIZE];
    int fd;         /* of the thread; -1 = not open yet */
    bool published; /* likewise */
};

struct job {
    int recording;
    unsigned steps;
    uint64_t end_ms;
    size_t size;
    char bytes[VB_RECORDING_CHUNK_BYTES_MAX];
};

struct vb_recording_folder {
    int dir_fd; /* -1 until the folder can be created; of the thread once it runs */
    char data_dir[VB_HOST_PATH_SIZE];
    uint32_t files_max;
    uint64_t bytes_max;
    pthread_t thread;
    bool thread_runs;
    struct vb_recording_entry found[VB_RECORDING_FILES_MAX]; /* of the thread */
    pthread_mutex_t lock;
    pthread_cond_t queued;
    bool closing; /* under lock, as all below */
    unsigned first_job;
    unsigned job_count;
    unsigned entry_count;
    struct vb_recording_entry entries[VB_RECORDING_FILES_MAX]; /* oldest first */
    struct writing writings[VB_RECORDING_OPEN_MAX];
    struct job jobs[JOBS_MAX]; /* the thread owns the first one while working on it */
};

/* == The list. Under lock. ==================================================================== */

static struct vb_recording_entry *find_entry(struct vb_recording_folder *folder, const char *name)
{
    for (unsigned i = 0; i < folder->entry_count; i++) {
        if (strcmp(folder->entries[i].name, name) == 0)
            return &folder->entries[i];
    }
    return NULL;
}

static void remove_entry(struct vb_recording_folder *folder, unsigned index)
{
    folder->entry_count--;
    memmove(&folder->entries[index], &folder->entries[index + 1],
            (folder->entry_count - index) * sizeof folder->entries[0]);
}

static void remove_named(struct vb_recording_folder *folder, const char *name)
{
    const struct vb_recording_entry *entry = find_entry(folder, name);
    if (entry != NULL)
        remove_entry(folder, (unsigned)(entry - folder->entries));
}

/* The oldest that may be removed; false if all are in progress. */
static bool oldest_finished(const struct vb_recording_folder *folder, unsigned *index)
{
    for (*index = 0; *index < folder->entry_count; (*index)++) {
        if (folder->entries[*index].state != VB_RECORDING_UNDER_WAY)
            return true;
    }
    return false;
}

static uint64_t bytes_of_all(const struct vb_recording_folder *folder)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < folder->entry_count; i++)
        bytes += folder->entries[i].bytes;
    return bytes;
}

/* == The folder itself ======================================================================= */

/* Whether a folder that cannot be opened now may become usable: a disk that is full, not writable
 * or failing; no descriptor or memory available at the moment. */
static bool passes(int reason)
{
    static const int reasons[] = {EROFS, ENOSPC, EDQUOT, EIO, EMFILE, ENFILE, ENOMEM};
    for (size_t i = 0; i < VB_COUNT_OF(reasons); i++) {
        if (reason == reasons[i])
            return true;
    }
    return false;
}

/* True with dir_fd = -1 if it is not available yet. */
static bool open_dir(struct vb_recording_folder *folder, const char *data_dir, char *error,
                     size_t error_size)
{
    char path[VB_HOST_PATH_SIZE];
    const int size = snprintf(path, sizeof path, "%s/recordings", data_dir);
    const bool fits = size > 0 && (size_t)size < sizeof path;
    const bool made = fits && mkdir(path, 0700) == 0;
    if (made)
        vb_sync_dir(data_dir);
    if (made || (fits && errno == EEXIST))
        folder->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->dir_fd >= 0)
        return true;
    const int reason = errno;
    snprintf(error, error_size, "cannot use the folder %s: %s", path,
             fits ? strerror(reason) : "its name is too long");
    if (!fits || !passes(reason))
        return false;
    vb_log(VB_LOG_ERROR, "%s; recordings are not kept until it can be used", error);
    return true;
}

/* == On the folder's thread ================================================================== */

static void part_name(const struct writing *writing, char part[PART_NAME_SIZE])
{
    snprintf(part, PART_NAME_SIZE, "%s%s", writing->name, VB_RECORDING_PART);
}

/* Removes the oldest until the limits on files and bytes are met. */
static void make_room(struct vb_recording_folder *folder)
{
    for (;;) {
        char name[VB_RECORDING_NAME_SIZE];
        unsigned index;
        pthread_mutex_lock(&folder->lock);
        const bool too_much =
            folder->entry_count > folder->files_max || bytes_of_all(folder) > folder->bytes_max;
        /* The newest stays, however large. */
        const bool found = too_much && folder->entry_count > 1 && oldest_finished(folder, &index);
        if (found) {
            memcpy(name, folder->entries[index].name, sizeof name);
            remove_entry(folder, index);
        }
        pthread_mutex_unlock(&folder->lock);
        if (!found)
            return;
        if (unlinkat(folder->dir_fd, name, 0) == 0)
            vb_log(VB_LOG_INFO, "recording %s made room for newer ones", name);
    }
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static bool publish(struct vb_recording_folder *folder, struct writing *writing)
{
    char part[PART_NAME_SIZE];
    part_name(writing, part);
    if (fdatasync(writing->fd) != 0 ||
        renameat(folder->dir_fd, part, folder->dir_fd, writing->name) != 0)
        return false;
    (void)fsync(folder->dir_fd);
    writing->published = true;
    return true;
}

static bool do_job(struct vb_recording_folder *folder, struct writing *writing,
                   const struct job *job)
{
    char part[PART_NAME_SIZE];
    part_name(writing, part);
    if (writing->fd < 0)
        writing->fd = openat(folder->dir_fd, part,
                             O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (writing->fd < 0 || !write_all(writing->fd, job->bytes, job->size))
        return false;
    if ((job->steps & (VB_RECORDING_PUBLISH | VB_RECORDING_FINISH)) != 0 && !writing->published)
        return publish(folder, writing);
    return (job->steps & (VB_RECORDING_SYNC | VB_RECORDING_FINISH)) == 0 ||
           fdatasync(writing->fd) == 0;
}

static void give_up(struct vb_recording_folder *folder, struct writing *writing, int reason)
{
    char part[PART_NAME_SIZE];
    part_name(writing, part);
    if (writing->published) {
        vb_log(VB_LOG_ERROR, "recording %s ends early: %s; what was written before is kept",
               writing->name, strerror(reason));
        return;
    }
    (void)unlinkat(folder->dir_fd, part, 0);
    vb_log(VB_LOG_ERROR, "recording %s cannot be written: %s. Make room in the data folder",
           writing->name, strerror(reason));
}

/* Updates the list after a job. */
static void settle_job(struct vb_recording_folder *folder, struct writing *writing,
                       const struct job *job, bool ok)
{
    pthread_mutex_lock(&folder->lock);
    struct vb_recording_entry *entry = find_entry(folder, writing->name);
    if (entry != NULL && ok) {
        entry->bytes += job->size;
        entry->end_ms = job->end_ms;
    }
    const bool finished = (job->steps & VB_RECORDING_FINISH) != 0;
    if (entry != NULL && finished)
        entry->state = ok ? VB_RECORDING_COMPLETE : VB_RECORDING_CUT;
    if (!ok)
        writing->failed = true;
    if (!ok && !writing->published)
        remove_named(folder, writing->name);
    if (finished)
        writing->used = false;
    pthread_mutex_unlock(&folder->lock);
}

/* For a folder that was not available at the start: lists its content now. */
static void try_folder_again(struct vb_recording_folder *folder)
{
    char error[VB_HOST_PATH_SIZE + 128];
    if (!open_dir(folder, folder->data_dir, error, sizeof error) || folder->dir_fd < 0)
        return;
    unsigned found = vb_recording_scan(folder->dir_fd, folder->found, VB_RECORDING_FILES_MAX);
    pthread_mutex_lock(&folder->lock);
    while (found-- > 0 && folder->entry_count < VB_RECORDING_FILES_MAX) {
        if (find_entry(folder, folder->found[found].name) != NULL)
            continue;
        memmove(&folder->entries[1], &folder->entries[0],
                folder->entry_count * sizeof folder->entries[0]);
        folder->entries[0] = folder->found[found];
        folder->entry_count++;
    }
    pthread_mutex_unlock(&folder->lock);
}

static void run_job(struct vb_recording_folder *folder, const struct job *job)
{
    struct writing *writing = &folder->writings[job->recording];
    const bool first = writing->fd < 0;
    bool ok = !writing->failed;
    if (ok && first && folder->dir_fd < 0)
        try_folder_again(folder);
    if (ok && first)
        make_room(folder);
    if (ok) {
        errno = 0;
        ok = do_job(folder, writing, job);
        if (!ok)
            give_up(folder, writing, errno);
    }
    if ((job->steps & VB_RECORDING_FINISH) != 0 && writing->fd >= 0) {
        close(writing->fd);
        writing->fd = -1;
    }
    settle_job(folder, writing, job, ok);
    if ((job->steps & VB_RECORDING_FINISH) != 0)
        make_room(folder);
}

static void *run_jobs(void *ctx)
{
    struct vb_recording_folder *folder = ctx;
    pthread_mutex_lock(&folder->lock);
    for (;;) {
        while (folder->job_count == 0 && !folder->closing)
            pthread_cond_wait(&folder->queued, &folder->lock);
        if (folder->job_count == 0)
            break;
        const struct job *job = &folder->jobs[folder->first_job];
        pthread_mutex_unlock(&folder->lock);
        run_job(folder, job);
        pthread_mutex_lock(&folder->lock);
        folder->first_job = (folder->first_job + 1) % JOBS_MAX;
        folder->job_count--;
    }
    pthread_mutex_unlock(&folder->lock);
    return NULL;
}

/* == On the loop's thread ==================================================================== */

/* "name.jsonl", or "name-2.jsonl" if that exists. */
static bool choose_name(struct vb_recording_folder *folder, char name[VB_RECORDING_NAME_SIZE])
{
    static const char ending[] = ".jsonl";
    char stem[VB_RECORDING_NAME_SIZE];
    snprintf(stem, sizeof stem, "%.*s", (int)(strlen(name) - strlen(ending)), name);
    for (unsigned i = 2; i < NAMES_TRIED_MAX; i++) {
        if (find_entry(folder, name) == NULL)
            return true;
        const int size = snprintf(name, VB_RECORDING_NAME_SIZE, "%s-%u%s", stem, i, ending);
        if (size < 0 || size >= VB_RECORDING_NAME_SIZE)
            return false;
    }
    return false;
}

static int free_writing(const struct vb_recording_folder *folder)
{
    for (int i = 0; i < VB_RECORDING_OPEN_MAX; i++) {
        if (!folder->writings[i].used)
            return i;
    }
    return -1;
}

/* There is one entry more than files_max until the thread has made room. */
static bool make_entry(struct vb_recording_folder *folder, const struct vb_recording_entry *entry)
{
    unsigned index;
    if (folder->entry_count == VB_RECORDING_FILES_MAX && oldest_finished(folder, &index)) {
        const struct vb_recording_entry *oldest = &folder->entries[index];
        if (unlinkat(folder->dir_fd, oldest->name, 0) == 0)
            vb_log(VB_LOG_INFO, "recording %s made room for newer ones", oldest->name);
        remove_entry(folder, index);
    }
    if (folder->entry_count == VB_RECORDING_FILES_MAX)
        return false;
    folder->entries[folder->entry_count++] = *entry;
    return true;
}

int vb_recording_begin(struct vb_recording_folder *folder, struct vb_recording_entry *entry)
{
    VB_ASSERT(vb_recording_name_is_sound(entry->name));
    entry->state = VB_RECORDING_UNDER_WAY;
    entry->bytes = 0;
    entry->end_ms = entry->begin_ms;
    pthread_mutex_lock(&folder->lock);
    int recording = free_writing(folder);
    if (recording >= 0 && (!choose_name(folder, entry->name) || !make_entry(folder, entry)))
        recording = -1;
    if (recording >= 0) {
        struct writing *writing = &folder->writings[recording];
        *writing = (struct writing){.used = true, .fd = -1};
        memcpy(writing->name, entry->name, sizeof writing->name);
    }
    pthread_mutex_unlock(&folder->lock);
    return recording;
}

bool vb_recording_write(struct vb_recording_folder *folder, int recording, const char *bytes,
                        size_t size, uint64_t end_ms, unsigned steps)
{
    VB_ASSERT(recording >= 0 && recording < VB_RECORDING_OPEN_MAX);
    VB_ASSERT(size <= VB_RECORDING_CHUNK_BYTES_MAX);
    pthread_mutex_lock(&folder->lock);
    VB_ASSERT(folder->writings[recording].used);
    const bool room = folder->job_count < JOBS_MAX;
    if (room) {
        struct job *job = &folder->jobs[(folder->first_job + folder->job_count) % JOBS_MAX];
        job->recording = recording;
        job->steps = steps;
        job->end_ms = end_ms;
        job->size = size;
        memcpy(job->bytes, bytes, size);
        folder->job_count++;
        pthread_cond_signal(&folder->queued);
    }
    pthread_mutex_unlock(&folder->lock);
    return room;
}

bool vb_recording_has_failed(struct vb_recording_folder *folder, int recording)
{
    pthread_mutex_lock(&folder->lock);
    const bool failed = folder->writings[recording].failed;
    pthread_mutex_unlock(&folder->lock);
    return failed;
}

bool vb_recording_folder_at(struct vb_recording_folder *folder, unsigned index,
                            struct vb_recording_entry *entry)
{
    pthread_mutex_lock(&folder->lock);
    const bool found = index < folder->entry_count;
    if (found)
        *entry = folder->entries[folder->entry_count - 1 - index];
    pthread_mutex_unlock(&folder->lock);
    return found;
}

bool vb_recording_folder_find(struct vb_recording_folder *folder, const char *name,
                              struct vb_recording_entry *entry)
{
    pthread_mutex_lock(&folder->lock);
    const struct vb_recording_entry *found = find_entry(folder, name);
    if (found != NULL)
        *entry = *found;
    pthread_mutex_unlock(&folder->lock);
    return found != NULL;
}

size_t vb_recording_folder_read(struct vb_recording_folder *folder, const char *name,
                                uint64_t offset, char *bytes, size_t capacity)
{
    struct vb_recording_entry entry;
    if (!vb_recording_name_is_sound(name) || !vb_recording_folder_find(folder, name, &entry) ||
        offset >= entry.bytes)
        return 0;
    const int fd = openat(folder->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return 0;
    /* What is being written beyond may end within a line. */
    const uint64_t left = entry.bytes - offset;
    const ssize_t size = pread(fd, bytes, left < capacity ? (size_t)left : capacity, (off_t)offset);
    close(fd);
    return size > 0 ? (size_t)size : 0;
}

/* == As a receiver device sees it ============================================================ */

static int store_begin(void *ctx, struct vb_recording_entry *entry)
{
    return vb_recording_begin(ctx, entry);
}

static bool store_write(void *ctx, int recording, const char *bytes, size_t size, uint64_t end_ms,
                        unsigned steps)
{
    return vb_recording_write(ctx, recording, bytes, size, end_ms, steps);
}

static bool store_has_failed(void *ctx, int recording)
{
    return vb_recording_has_failed(ctx, recording);
}

static bool store_at(void *ctx, unsigned index, struct vb_recording_entry *entry)
{
    return vb_recording_folder_at(ctx, index, entry);
}

static bool store_find(void *ctx, const char *name, struct vb_recording_entry *entry)
{
    return vb_recording_folder_find(ctx, name, entry);
}

static size_t store_read(void *ctx, const char *name, uint64_t offset, char *bytes, size_t capacity)
{
    return vb_recording_folder_read(ctx, name, offset, bytes, capacity);
}

struct vb_recording_store vb_recording_folder_store(struct vb_recording_folder *folder)
{
    return (struct vb_recording_store){.ctx = folder,
                                       .begin = store_begin,
                                       .write = store_write,
                                       .has_failed = store_has_failed,
                                       .at = store_at,
                                       .find = store_find,
                                       .read = store_read};
}

/* == Life ==================================================================================== */

struct vb_recording_folder *vb_recording_folder_open(
    const struct vb_recording_folder_options *options, char *error, size_t error_size)
{
    struct vb_recording_folder *folder = calloc(1, sizeof *folder);
    snprintf(error, error_size, "cannot open the recordings: out of memory");
    if (folder == NULL)
        return NULL;
    VB_ASSERT(options->files_max <= VB_RECORDING_FILES_MAX);
    folder->dir_fd = -1;
    folder->files_max =
        options->files_max == 0 ? (uint32_t)VB_RECORDING_FILES_MAX : options->files_max;
    folder->bytes_max = options->bytes_max == 0 ? bytes_max_default : options->bytes_max;
    pthread_mutex_init(&folder->lock, NULL);
    pthread_cond_init(&folder->queued, NULL);
    snprintf(folder->data_dir, sizeof folder->data_dir, "%s", options->data_dir);
    if (!open_dir(folder, options->data_dir, error, error_size)) {
        vb_recording_folder_close(folder);
        return NULL;
    }
    folder->entry_count =
        vb_recording_scan(folder->dir_fd, folder->entries, VB_RECORDING_FILES_MAX);
    folder->thread_runs = pthread_create(&folder->thread, NULL, run_jobs, folder) == 0;
    if (!folder->thread_runs) {
        snprintf(error, error_size, "cannot start the thread that writes recordings");
        vb_recording_folder_close(folder);
        return NULL;
    }
    return folder;
}

void vb_recording_folder_close(struct vb_recording_folder *folder)
{
    if (folder == NULL)
        return;
    if (folder->thread_runs) {
        pthread_mutex_lock(&folder->lock);
        folder->closing = true;
        pthread_cond_signal(&folder->queued);
        pthread_mutex_unlock(&folder->lock);
        pthread_join(folder->thread, NULL);
    }
    for (unsigned i = 0; i < VB_RECORDING_OPEN_MAX; i++) {
        if (folder->writings[i].used && folder->writings[i].fd >= 0)
            close(folder->writings[i].fd);
    }
    if (folder->dir_fd >= 0)
        close(folder->dir_fd);
    pthread_cond_destroy(&folder->queued);
    pthread_mutex_destroy(&folder->lock);
    free(folder);
}
