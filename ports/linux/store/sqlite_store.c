/* Each namespace has two batches that are swapped: one open, in which the loop's thread stages, one
 * pending, which belongs to the writing thread from commit until it has answered.
 *
 *     IDLE --commit--> QUEUED --thread--> WRITTEN --dispatch--> IDLE */
#include "linux/store/sqlite_store.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "linux/store/sqlite_file.h"
#include "linux/system/cause.h"
#include "linux/system/log.h"

struct change {
    char key[VB_STORE_KEY_SIZE];
    uint32_t offset; /* into the batch's bytes */
    uint32_t size;
    bool erase;
};

struct batch {
    uint32_t token;
    uint32_t bytes_used;
    uint32_t change_count;
    bool overflowed; /* a change did not fit: the whole batch is refused */
    struct change changes[VB_SQLITE_BATCH_CHANGES_MAX];
    uint8_t bytes[VB_SQLITE_BATCH_BYTES_MAX];
};

enum flight { FLIGHT_IDLE, FLIGHT_QUEUED, FLIGHT_WRITTEN };

struct namespace_store {
    struct vb_store store;
    struct vb_sqlite *db;
    const char *name;
    vb_sqlite_committed_fn on_committed;
    void *ctx;
    struct batch *open;
    struct batch *under_way;
    enum flight flight; /* under db->lock */
    enum vb_err result; /* of FLIGHT_WRITTEN */
};

struct vb_sqlite {
    struct vb_sqlite_file file;
    uint32_t commit_delay_ms;
    int event_fd;
    sqlite3_stmt *get; /* for the loop's thread */
    sqlite3_stmt *put; /* for the writing thread */
    sqlite3_stmt *erase;
    bool unready;  /* of the writing thread: the last batch could not be written, and that was
                      logged */
    bool in_doubt; /* of the writing thread: the log may contain a batch that nobody relies on */

    pthread_t thread;
    bool thread_runs;
    pthread_mutex_t lock;
    pthread_cond_t queued;
    bool closing;                            /* under lock */
    struct vb_sqlite_counters counters;      /* under lock */
    uint8_t queue[VB_SQLITE_NAMESPACES_MAX]; /* under lock; indexes, first in first out */
    uint8_t queue_count;

    char recovered[VB_DATABASE_RECOVERED_SIZE]; /* of the file that was opened at the start */
    bool found;                                 /* likewise */
    size_t namespace_count;
    struct namespace_store namespaces[VB_SQLITE_NAMESPACES_MAX];
};

/* == Reading, on the loop's thread =========================================================== */

static int store_get(void *ctx, const char *key, uint8_t *bytes, size_t capacity)
{
    const struct namespace_store *space = ctx;
    sqlite3_stmt *get = space->db->get;
    if (get == NULL)
        return VB_ERR_NOT_FOUND; /* there was no file at startup */
    sqlite3_bind_text(get, 1, space->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(get, 2, key, -1, SQLITE_STATIC);

    int result = VB_ERR_STORE;
    const int code = sqlite3_step(get);
    if (code == SQLITE_DONE) {
        result = VB_ERR_NOT_FOUND;
    } else if (code == SQLITE_ROW) {
        const void *value = sqlite3_column_blob(get, 0);
        const size_t size = (size_t)sqlite3_column_bytes(get, 0);
        result = size <= capacity ? (int)size : (int)VB_ERR_TOO_LONG;
        if (size <= capacity && size > 0) {
            memcpy(bytes, value, size);
        }
    } else {
        vb_log(VB_LOG_ERROR, "cannot read %s/%s from the store: %s", space->name, key,
               sqlite3_errmsg(space->db->file.reader));
    }
    sqlite3_reset(get);
    sqlite3_clear_bindings(get);
    return result;
}

static enum vb_err store_each(void *ctx, void (*visit)(void *visit_ctx, const char *key),
                              void *visit_ctx)
{
    const struct namespace_store *space = ctx;
    sqlite3 *reader = space->db->file.reader;
    sqlite3_stmt *each;
    if (reader == NULL)
        return VB_ERR_OK; /* there was no file at startup */
    if (sqlite3_prepare_v2(reader, "SELECT key FROM kv WHERE namespace = ?1", -1, &each, NULL) !=
        SQLITE_OK) {
        vb_log(VB_LOG_ERROR, "cannot list %s of the store: %s", space->name,
               sqlite3_errmsg(reader));
        return VB_ERR_STORE;
    }
    sqlite3_bind_text(each, 1, space->name, -1, SQLITE_STATIC);
    int code;
    while ((code = sqlite3_step(each)) == SQLITE_ROW) {
        visit(visit_ctx, (const char *)sqlite3_column_text(each, 0));
    }
    if (code != SQLITE_DONE)
        vb_log(VB_LOG_ERROR, "cannot list %s of the store: %s", space->name,
               sqlite3_errmsg(reader));
    sqlite3_finalize(each);
    return code == SQLITE_DONE ? VB_ERR_OK : VB_ERR_STORE;
}

/* == Staging, on the loop's thread =========================================================== */

static void stage(struct batch *batch, const char *key, const uint8_t *bytes, size_t size,
                  bool erase)
{
    VB_ASSERT(strlen(key) < VB_STORE_KEY_SIZE);
    VB_ASSERT(size <= VB_STORE_VALUE_MAX);
    if (batch->change_count == VB_SQLITE_BATCH_CHANGES_MAX ||
        size > VB_SQLITE_BATCH_BYTES_MAX - batch->bytes_used) {
        batch->overflowed = true;
        return;
    }
    struct change *change = &batch->changes[batch->change_count++];
    *change = (struct change){.offset = batch->bytes_used, .size = (uint32_t)size, .erase = erase};
    snprintf(change->key, sizeof(change->key), "%s", key);
    if (size > 0) {
        memcpy(batch->bytes + batch->bytes_used, bytes, size);
    }
    batch->bytes_used += (uint32_t)size;
}

static void store_put(void *ctx, const char *key, const uint8_t *bytes, size_t size)
{
    const struct namespace_store *space = ctx;
    stage(space->open, key, bytes, size, false);
}

static void store_erase(void *ctx, const char *key)
{
    const struct namespace_store *space = ctx;
    stage(space->open, key, NULL, 0, true);
}

static void clear_batch(struct batch *batch)
{
    batch->bytes_used = 0;
    batch->change_count = 0;
    batch->overflowed = false;
}

static void store_commit(void *ctx, uint32_t token)
{
    struct namespace_store *space = ctx;
    struct vb_sqlite *db = space->db;
    struct batch *batch = space->open;
    batch->token = token;

    pthread_mutex_lock(&db->lock);
    VB_ASSERT(space->flight == FLIGHT_IDLE);
    VB_ASSERT(db->queue_count < VB_SQLITE_NAMESPACES_MAX);
    space->open = space->under_way;
    space->under_way = batch;
    space->flight = FLIGHT_QUEUED;
    db->queue[db->queue_count++] = (uint8_t)(space - db->namespaces);
    pthread_cond_signal(&db->queued);
    pthread_mutex_unlock(&db->lock);
    clear_batch(space->open);
}

/* == Statements ============================================================================== */

static bool prepare(sqlite3 *connection, const char *sql, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v3(connection, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) ==
           SQLITE_OK;
}

static bool prepare_reader(struct vb_sqlite *db)
{
    return db->file.reader == NULL ||
           prepare(db->file.reader, "SELECT value FROM kv WHERE namespace = ?1 AND key = ?2",
                   &db->get);
}

static bool prepare_writer(struct vb_sqlite *db)
{
    sqlite3 *writer = db->file.database.connection;
    return prepare(writer,
                   "INSERT INTO kv (namespace, key, value) VALUES (?1, ?2, ?3) "
                   "ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value "
                   "WHERE value IS NOT excluded.value",
                   &db->put) &&
           prepare(writer, "DELETE FROM kv WHERE namespace = ?1 AND key = ?2", &db->erase);
}

/* == Writing, on the store's thread ========================================================== */

static bool run_sql(struct vb_sqlite *db, const char *sql)
{
    return sqlite3_exec(db->file.database.connection, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool write_change(struct vb_sqlite *db, const char *space_name, const struct batch *batch,
                         const struct change *change)
{
    sqlite3_stmt *statement = change->erase ? db->erase : db->put;
    sqlite3_bind_text(statement, 1, space_name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, change->key, -1, SQLITE_STATIC);
    if (!change->erase) {
        sqlite3_bind_blob(statement, 3, batch->bytes + change->offset, (int)change->size,
                          SQLITE_STATIC);
    }
    const bool ok = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return ok;
}

/* The frames of a failed commit may be complete in the log, where the next start would find them.
 * The next transaction overwrites them, if it writes anything: so this always changes something. */
static bool end_doubt(struct vb_sqlite *db)
{
    return run_sql(db, "INSERT INTO kv (namespace, key, value) VALUES ('', 'doubts', 1) "
                       "ON CONFLICT (namespace, key) DO UPDATE SET value = value + 1");
}

/* Whether a COMMIT that failed with this code has certainly left nothing behind: it did not get the
 * lock, or there was no space for its last frame. Any other failure, above all an fsync, may have:
 * https://sqlite.org/rescode.html */
static bool left_nothing(int code)
{
    return (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_FULL;
}

static enum vb_err write_failed(struct vb_sqlite *db, const char *space_name, bool committing)
{
    const int code = sqlite3_extended_errcode(db->file.database.connection);
    vb_log(VB_LOG_ERROR, "cannot write %s to the store: %s (SQLite's code %d)", space_name,
           sqlite3_errmsg(db->file.database.connection), code);
    /* Some failures have already rolled back. */
    if (sqlite3_get_autocommit(db->file.database.connection) == 0) {
        const bool rolled_back = run_sql(db, "ROLLBACK");
        VB_ASSERT(rolled_back);
    }
    if (!committing || left_nothing(code))
        return VB_ERR_STORE;
    db->in_doubt = true;
    return VB_ERR_UNCERTAIN;
}

/* Whether the file is writable; reopens it if it was not at startup. */
static bool be_ready(struct vb_sqlite *db)
{
    char error[PATH_MAX + 512];
    if (vb_sqlite_file_ready(&db->file, error, sizeof error) &&
        (db->put != NULL || prepare_writer(db)))
        return true;
    if (!db->unready)
        vb_log(VB_LOG_ERROR, "settings are not stored: %s", error);
    db->unready = true;
    return false;
}

static enum vb_err write_batch(struct vb_sqlite *db, const char *space_name,
                               const struct batch *batch, uint64_t *writes)
{
    if (batch->overflowed) {
        vb_log(VB_LOG_ERROR,
               "a change of %s is too large for the store: more than %d keys or %d "
               "bytes at once",
               space_name, (int)VB_SQLITE_BATCH_CHANGES_MAX, (int)VB_SQLITE_BATCH_BYTES_MAX);
        return VB_ERR_STORE;
    }
    if (!be_ready(db))
        return VB_ERR_STORE;
    bool ok = run_sql(db, "BEGIN IMMEDIATE") && (!db->in_doubt || end_doubt(db));
    const int writes_before = sqlite3_total_changes(db->file.database.connection);
    for (uint32_t index = 0; ok && index < batch->change_count; index++) {
        ok = write_change(db, space_name, batch, &batch->changes[index]);
    }
    if (!ok)
        return write_failed(db, space_name, false);
    if (!run_sql(db, "COMMIT"))
        return write_failed(db, space_name, true);
    db->in_doubt = false;
    if (db->unready)
        vb_log(VB_LOG_INFO, "settings are stored again");
    db->unready = false;
    *writes = (uint64_t)(sqlite3_total_changes(db->file.database.connection) - writes_before);
    return VB_ERR_OK;
}

static void wait_ms(uint32_t delay_ms)
{
    const struct timespec delay = {.tv_sec = (time_t)(delay_ms / 1000),
                                   .tv_nsec = (long)(delay_ms % 1000) * 1000000};
    nanosleep(&delay, NULL);
}

static void wake_loop(const struct vb_sqlite *db)
{
    const uint64_t one = 1;
    const ssize_t ignored = write(db->event_fd, &one, sizeof(one));
    (void)ignored; /* a full counter is readable, too */
}

static void *write_batches(void *ctx)
{
    struct vb_sqlite *db = ctx;
    pthread_mutex_lock(&db->lock);
    for (;;) {
        while (db->queue_count == 0 && !db->closing) {
            pthread_cond_wait(&db->queued, &db->lock);
        }
        if (db->queue_count == 0) {
            break;
        }
        struct namespace_store *space = &db->namespaces[db->queue[0]];
        db->queue_count--;
        memmove(db->queue, db->queue + 1, db->queue_count);
        VB_ASSERT(space->flight == FLIGHT_QUEUED);
        pthread_mutex_unlock(&db->lock);

        uint64_t writes = 0;
        if (db->commit_delay_ms > 0) {
            wait_ms(db->commit_delay_ms);
        }
        const enum vb_err result = write_batch(db, space->name, space->under_way, &writes);

        pthread_mutex_lock(&db->lock);
        db->counters.commits += result == VB_ERR_OK;
        db->counters.failures += result != VB_ERR_OK;
        db->counters.stored = result == VB_ERR_OK;
        db->counters.writes += writes;
        space->result = result;
        space->flight = FLIGHT_WRITTEN;
        wake_loop(db);
    }
    pthread_mutex_unlock(&db->lock);
    return NULL;
}

/* == Answers, on the loop's thread =========================================================== */

int vb_sqlite_fd(const struct vb_sqlite *db)
{
    return db->event_fd;
}

void vb_sqlite_dispatch(struct vb_sqlite *db)
{
    uint64_t count;
    const ssize_t ignored = read(db->event_fd, &count, sizeof(count));
    (void)ignored; /* nothing to read: no answer, as will be seen */

    for (size_t index = 0; index < db->namespace_count; index++) {
        struct namespace_store *space = &db->namespaces[index];
        pthread_mutex_lock(&db->lock);
        const bool written = space->flight == FLIGHT_WRITTEN;
        if (written) {
            space->flight = FLIGHT_IDLE;
        }
        const enum vb_err result = space->result;
        const uint32_t token = space->under_way->token;
        pthread_mutex_unlock(&db->lock);
        if (written) {
            space->on_committed(space->ctx, token, result);
        }
    }
}

void vb_sqlite_counters(struct vb_sqlite *db, struct vb_sqlite_counters *counters)
{
    pthread_mutex_lock(&db->lock);
    *counters = db->counters;
    pthread_mutex_unlock(&db->lock);
}

bool vb_sqlite_found(const struct vb_sqlite *db)
{
    return db->found;
}

const char *vb_sqlite_recovered(const struct vb_sqlite *db)
{
    return db->recovered[0] != '\0' ? db->recovered : NULL;
}

/* == Life ==================================================================================== */

static bool start_thread(struct vb_sqlite *db)
{
    db->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    db->thread_runs =
        db->event_fd >= 0 && pthread_create(&db->thread, NULL, write_batches, db) == 0;
    return db->thread_runs;
}

struct vb_sqlite *vb_sqlite_open(const struct vb_sqlite_options *options, char *error,
                                 size_t error_size)
{
    struct vb_sqlite *db = calloc(1, sizeof(*db));
    if (db == NULL) {
        snprintf(error, error_size, "cannot open the store: out of memory");
        vb_cause_set(VB_CAUSE_SYSTEM);
        return NULL;
    }
    db->event_fd = -1;
    db->commit_delay_ms = options->commit_delay_ms;
    pthread_mutex_init(&db->lock, NULL);
    pthread_cond_init(&db->queued, NULL);
    const bool move_aside = options->damage == VB_SQLITE_MOVE_ASIDE;
    if (!vb_sqlite_file_open(&db->file, options->dir, move_aside, error, error_size)) {
        vb_sqlite_close(db);
        return NULL;
    }
    memcpy(db->recovered, db->file.database.recovered, sizeof db->recovered);
    db->found = db->file.database.found;
    db->counters.stored = db->file.opened == VB_DATABASE_OPEN;
    if (!prepare_reader(db) || (db->counters.stored && !prepare_writer(db))) {
        snprintf(error, error_size, "cannot use the database in %s: %s", options->dir,
                 sqlite3_errmsg(db->file.database.connection));
        vb_cause_set(VB_CAUSE_IO);
        vb_sqlite_close(db);
        return NULL;
    }
    if (!start_thread(db)) {
        snprintf(error, error_size, "cannot start the store's thread: %s", strerror(errno));
        vb_cause_set(VB_CAUSE_SYSTEM);
        vb_sqlite_close(db);
        return NULL;
    }
    return db;
}

void vb_sqlite_close(struct vb_sqlite *db)
{
    if (db == NULL) {
        return;
    }
    if (db->thread_runs) {
        pthread_mutex_lock(&db->lock);
        db->closing = true;
        pthread_cond_signal(&db->queued);
        pthread_mutex_unlock(&db->lock);
        pthread_join(db->thread, NULL);
    }
    sqlite3_finalize(db->get);
    sqlite3_finalize(db->put);
    sqlite3_finalize(db->erase);
    vb_sqlite_file_close(&db->file);
    for (size_t index = 0; index < db->namespace_count; index++) {
        free(db->namespaces[index].open);
        free(db->namespaces[index].under_way);
    }
    if (db->event_fd >= 0) {
        close(db->event_fd);
    }
    pthread_cond_destroy(&db->queued);
    pthread_mutex_destroy(&db->lock);
    free(db);
}

const struct vb_store *vb_sqlite_namespace(struct vb_sqlite *db, const char *name,
                                           vb_sqlite_committed_fn on_committed, void *ctx)
{
    VB_ASSERT(db->namespace_count < VB_SQLITE_NAMESPACES_MAX);
    struct batch *open = calloc(1, sizeof(*open));
    struct batch *under_way = calloc(1, sizeof(*under_way));
    if (open == NULL || under_way == NULL) {
        free(open);
        free(under_way);
        return NULL;
    }
    struct namespace_store *space = &db->namespaces[db->namespace_count];
    *space = (struct namespace_store){.store = {.ctx = space,
                                                .get = store_get,
                                                .each = store_each,
                                                .put = store_put,
                                                .erase = store_erase,
                                                .commit = store_commit},
                                      .db = db,
                                      .name = name,
                                      .on_committed = on_committed,
                                      .ctx = ctx,
                                      .open = open,
                                      .under_way = under_way};
    db->namespace_count++;
    return &space->store;
}
