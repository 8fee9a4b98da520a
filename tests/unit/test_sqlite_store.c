/* The store over SQLite: what was acknowledged survives anything, what failed changed nothing, and
 * what is not certain is said to be so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../fixtures/scratch_dir.h"
#include "faulty_vfs.h"
#include "linux/loop/loop.h"
#include "linux/store/sqlite_store.h"

struct answer {
    uint32_t count;
    uint32_t token;
    enum vb_err err;
};

struct bench {
    char dir[64];
    struct vb_sqlite_options options;
    struct vb_sqlite *db;
    const struct vb_store *store;
    const struct vb_store *other;
    struct answer answer;
    struct answer other_answer;
    char error[1024];
};

static void on_committed(void *ctx, uint32_t token, enum vb_err err)
{
    struct answer *answer = ctx;
    answer->count++;
    answer->token = token;
    answer->err = err;
}

static bool open_store(struct bench *bench)
{
    bench->error[0] = '\0';
    bench->db = vb_sqlite_open(&bench->options, bench->error, sizeof(bench->error));
    if (bench->db == NULL) {
        return false;
    }
    bench->store = vb_sqlite_namespace(bench->db, "tx_cache", on_committed, &bench->answer);
    bench->other = vb_sqlite_namespace(bench->db, "rx_config", on_committed, &bench->other_answer);
    return true;
}

static void close_store(struct bench *bench)
{
    vb_sqlite_close(bench->db);
    bench->db = NULL;
}

static int make_bench(void **state)
{
    static struct bench bench;
    bench = (struct bench){.dir = "/tmp/voltbeacon-store-XXXXXX"};
    assert_non_null(mkdtemp(bench.dir));
    bench.options.dir = bench.dir;
    *state = &bench;
    return open_store(&bench) ? 0 : -1;
}

static int drop_bench(void **state)
{
    struct bench *bench = *state;
    close_store(bench);
    return scratch_dir_remove(bench->dir);
}

static const char *path_of(const struct bench *bench, const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", bench->dir, name);
    return path;
}

static void await(struct bench *bench, const struct answer *answer, uint32_t count)
{
    while (answer->count < count) {
        struct pollfd waiting = {.fd = vb_sqlite_fd(bench->db), .events = POLLIN};
        assert_int_equal(poll(&waiting, 1, 10000), 1);
        vb_sqlite_dispatch(bench->db);
    }
}

static void put_text(const struct vb_store *store, const char *key, const char *text)
{
    store->put(store->ctx, key, (const uint8_t *)text, strlen(text));
}

static enum vb_err commit(struct bench *bench)
{
    const uint32_t before = bench->answer.count;
    bench->store->commit(bench->store->ctx, before + 100);
    await(bench, &bench->answer, before + 1);
    assert_int_equal(bench->answer.token, before + 100);
    return bench->answer.err;
}

static void expect_text(const struct vb_store *store, const char *key, const char *text)
{
    uint8_t bytes[VB_STORE_VALUE_MAX];
    const int size = store->get(store->ctx, key, bytes, sizeof(bytes));
    if (text == NULL) {
        assert_int_equal(size, VB_ERR_NOT_FOUND);
    } else {
        assert_int_equal(size, (int)strlen(text));
        assert_memory_equal(bytes, text, strlen(text));
    }
}

/* == Faults =====================================================================================
 */

static void fill_batch(const struct vb_store *store, uint8_t seed)
{
    static uint8_t bytes[VB_STORE_VALUE_MAX];
    memset(bytes, seed, sizeof(bytes));
    for (unsigned index = 0; index < 100; index++) {
        char key[VB_STORE_KEY_SIZE];
        snprintf(key, sizeof(key), "filler%u", index % 100u);
        store->put(store->ctx, key, bytes, sizeof(bytes));
    }
}

static void a_full_disk_fails_the_commit_and_changes_nothing_and_later_ones_work(void **state)
{
    struct bench *bench = *state;
    put_text(bench->store, "key", "before");
    assert_int_equal(commit(bench), VB_ERR_OK);

    faulty_vfs.fault = FAULTY_VFS_FULL;
    put_text(bench->store, "key", "after");
    fill_batch(bench->store, 1);
    assert_int_equal(commit(bench), VB_ERR_STORE);
    faulty_vfs.fault = FAULTY_VFS_NONE;
    expect_text(bench->store, "key", "before");
    expect_text(bench->store, "filler0", NULL);

    put_text(bench->store, "key", "later");
    assert_int_equal(commit(bench), VB_ERR_OK);
    expect_text(bench->store, "key", "later");
    expect_text(bench->store, "filler0", NULL);
    struct vb_sqlite_counters counters;
    vb_sqlite_counters(bench->db, &counters);
    assert_int_equal(counters.commits, 2);
    assert_int_equal(counters.failures, 1);
    assert_int_equal(counters.writes, 2);
}

static void copy_file(const char *from, const char *to)
{
    char bytes[65536];
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    assert_true(in != NULL && out != NULL);
    for (size_t size; (size = fread(bytes, 1, sizeof(bytes), in)) > 0;) {
        assert_int_equal(fwrite(bytes, 1, size, out), size);
    }
    fclose(in);
    fclose(out);
}

/* What a start would find if the program died now. */
static void expect_after_kill(const struct bench *bench, const char *key, const char *text)
{
    struct bench restarted = {.dir = "/tmp/voltbeacon-store-XXXXXX"};
    assert_non_null(mkdtemp(restarted.dir));
    restarted.options.dir = restarted.dir;
    static const char *const names[] = {"voltbeacon.db", "voltbeacon.db-wal"};
    for (size_t index = 0; index < VB_COUNT_OF(names); index++) {
        char from[128];
        snprintf(from, sizeof(from), "%s", path_of(bench, names[index]));
        copy_file(from, path_of(&restarted, names[index]));
    }
    assert_true(open_store(&restarted));
    expect_text(restarted.store, key, text);
    void *state = &restarted;
    assert_int_equal(drop_bench(&state), 0);
}

static size_t count_moved_aside(const struct bench *bench)
{
    DIR *dir = opendir(bench->dir);
    size_t count = 0;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        count += strncmp(entry->d_name, "voltbeacon.db.corrupt-", 22) == 0;
    }
    closedir(dir);
    return count;
}

/* As when somebody has moved the database away to start anew, or the power was cut while a damaged
 * one was being moved. */
static void a_log_without_its_database_is_moved_aside_and_not_taken_for_the_next_ones(void **state)
{
    struct bench *bench = *state;
    struct bench anew = {.dir = "/tmp/voltbeacon-store-XXXXXX"};
    assert_non_null(mkdtemp(anew.dir));
    anew.options.dir = anew.dir;
    put_text(bench->store, "key", "of the database that is gone");
    assert_int_equal(commit(bench), VB_ERR_OK);
    char from[128];
    snprintf(from, sizeof from, "%s", path_of(bench, "voltbeacon.db-wal"));
    copy_file(from, path_of(&anew, "voltbeacon.db-wal"));

    assert_true(open_store(&anew));
    expect_text(anew.store, "key", NULL);
    assert_int_equal(count_moved_aside(&anew), 1);
    put_text(anew.store, "key", "anew");
    assert_int_equal(commit(&anew), VB_ERR_OK);
    close_store(&anew);
    assert_true(open_store(&anew));
    expect_text(anew.store, "key", "anew");
    assert_int_equal(count_moved_aside(&anew), 1);
    void *dropped = &anew;
    assert_int_equal(drop_bench(&dropped), 0);
}

/* The log has it whole, the fsync failed: this run goes on with what was before, and writes that
 * again. Equal to what SQLite reads, it would not be written, and the next start would find the
 * other. */
static void a_failed_fsync_is_not_certain_until_something_is_written_over_it_A6(void **state)
{
    struct bench *bench = *state;
    put_text(bench->store, "key", "before");
    assert_int_equal(commit(bench), VB_ERR_OK);
    faulty_vfs.fault = FAULTY_VFS_SYNC;
    put_text(bench->store, "key", "after");
    assert_int_equal(commit(bench), VB_ERR_UNCERTAIN);
    put_text(bench->store, "key", "after");
    assert_int_equal(commit(bench), VB_ERR_UNCERTAIN);
    faulty_vfs.fault = FAULTY_VFS_NONE;
    expect_text(bench->store, "key", "before");
    expect_after_kill(bench, "key", "after");

    put_text(bench->store, "key", "before");
    assert_int_equal(commit(bench), VB_ERR_OK);
    expect_text(bench->store, "key", "before");
    expect_after_kill(bench, "key", "before");

    struct vb_sqlite_counters counters;
    vb_sqlite_counters(bench->db, &counters);
    assert_int_equal(counters.writes, 1);
    assert_int_equal(counters.failures, 2);
}

static void a_batch_too_large_fails_as_a_whole(void **state)
{
    struct bench *bench = *state;
    put_text(bench->store, "key", "value");
    fill_batch(bench->store, 1);
    fill_batch(bench->store, 2);
    assert_int_equal(commit(bench), VB_ERR_STORE);
    expect_text(bench->store, "key", NULL);
    put_text(bench->store, "key", "value");
    assert_int_equal(commit(bench), VB_ERR_OK);
}

/* What a child acknowledges: the number of the batch that was answered. */
static void commit_until_killed(struct bench *bench, int fd)
{
    if (!open_store(bench)) {
        _exit(1);
    }
    for (uint32_t batch = 1;; batch++) {
        char text[32];
        snprintf(text, sizeof(text), "%u", (unsigned)batch);
        for (unsigned key = 0; key < 5; key++) {
            char name[VB_STORE_KEY_SIZE];
            snprintf(name, sizeof(name), "key%u", key % 10u);
            put_text(bench->store, name, text);
        }
        if (commit(bench) != VB_ERR_OK || write(fd, &batch, sizeof(batch)) != sizeof(batch)) {
            _exit(1);
        }
    }
}

static uint32_t number_at(const struct vb_store *store, const char *key)
{
    char text[32] = "";
    const int size = store->get(store->ctx, key, (uint8_t *)text, sizeof(text) - 1);
    assert_true(size > 0);
    return (uint32_t)strtoul(text, NULL, 10);
}

static void a6_every_acknowledged_batch_is_there_whole_after_kill_9(void **state)
{
    struct bench *bench = *state;
    for (int turn = 0; turn < 5; turn++) {
        close_store(bench);
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        const pid_t child = fork();
        if (child == 0) {
            commit_until_killed(bench, ends[1]);
        }
        close(ends[1]);
        uint32_t acknowledged = 0;
        uint32_t batch;
        while (acknowledged < 20 && read(ends[0], &batch, sizeof(batch)) == sizeof(batch)) {
            acknowledged = batch;
        }
        usleep((useconds_t)(turn * 700)); /* wherever it is by then */
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        while (read(ends[0], &batch, sizeof(batch)) == sizeof(batch)) {
            acknowledged = batch;
        }
        close(ends[0]);
        assert_true(acknowledged >= 20);

        assert_true(open_store(bench));
        const uint32_t found = number_at(bench->store, "key0");
        assert_in_range(found, acknowledged, acknowledged + 1);
        assert_int_equal(number_at(bench->store, "key4"), found);
    }
}

static void overwrite(const char *path, off_t offset, const char *bytes, size_t size)
{
    const int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, size, offset), size);
    close(fd);
}

static void a_file_that_is_no_database_stops_a_transmitter_and_is_left_alone(void **state)
{
    struct bench *bench = *state;
    close_store(bench);
    overwrite(path_of(bench, "voltbeacon.db"), 0, "this is no database", 19);
    assert_false(open_store(bench));
    assert_non_null(strstr(bench->error, "voltbeacon.db"));
    assert_non_null(strstr(bench->error, "put a backup in its place, or move"));
    assert_int_equal(count_moved_aside(bench), 0);
    assert_int_equal(access(path_of(bench, "voltbeacon.db"), F_OK), 0);
}

static void an_empty_file_is_damage_and_no_new_device(void **state)
{
    struct bench *bench = *state;
    close_store(bench);
    assert_int_equal(truncate(path_of(bench, "voltbeacon.db"), 0), 0);
    assert_false(open_store(bench));
    assert_non_null(strstr(bench->error, "it is empty"));
    bench->options.damage = VB_SQLITE_MOVE_ASIDE;
    assert_true(open_store(bench));
    assert_int_equal(count_moved_aside(bench), 1);
}

static void what_was_left_of_a_file_that_was_never_made_is_no_damage(void **state)
{
    struct bench *bench = *state;
    close_store(bench);
    assert_int_equal(unlink(path_of(bench, "voltbeacon.db")), 0);
    const int fd = open(path_of(bench, "voltbeacon.db.new"), O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "half", 4), 4);
    close(fd);
    assert_true(open_store(bench));
    assert_int_equal(access(path_of(bench, "voltbeacon.db.new"), F_OK), -1);
}

static void a_file_that_is_removed_takes_no_batch_along_A6(void **state)
{
    struct bench *bench = *state;
    char away[128];
    snprintf(away, sizeof away, "%s", path_of(bench, "away"));
    assert_int_equal(rename(path_of(bench, "voltbeacon.db"), away), 0);
    put_text(bench->store, "key", "value");
    assert_int_equal(commit(bench), VB_ERR_STORE);
    struct vb_sqlite_counters counters;
    vb_sqlite_counters(bench->db, &counters);
    assert_false(counters.stored);
    assert_int_equal(rename(away, path_of(bench, "voltbeacon.db")), 0);
    put_text(bench->store, "key", "value");
    assert_int_equal(commit(bench), VB_ERR_OK);
    vb_sqlite_counters(bench->db, &counters);
    assert_true(counters.stored);
}

static void a_damaged_page_stops_a_transmitter(void **state)
{
    struct bench *bench = *state;
    fill_batch(bench->store, 7);
    assert_int_equal(commit(bench), VB_ERR_OK);
    close_store(bench);
    char zeros[4096];
    memset(zeros, 0xa5, sizeof(zeros));
    overwrite(path_of(bench, "voltbeacon.db"), 4096, zeros, sizeof(zeros));
    assert_false(open_store(bench));
    assert_non_null(strstr(bench->error, "damaged"));
}

static void a_damaged_database_is_moved_aside_for_a_receiver_and_said(void **state)
{
    struct bench *bench = *state;
    put_text(bench->store, "key", "value");
    assert_int_equal(commit(bench), VB_ERR_OK);
    assert_null(vb_sqlite_recovered(bench->db));
    close_store(bench);
    overwrite(path_of(bench, "voltbeacon.db"), 0, "this is no database", 19);

    bench->options.damage = VB_SQLITE_MOVE_ASIDE;
    assert_true(open_store(bench));
    assert_non_null(strstr(vb_sqlite_recovered(bench->db), "voltbeacon.db.corrupt-"));
    assert_int_equal(count_moved_aside(bench), 1);
    expect_text(bench->store, "key", NULL);
    put_text(bench->store, "key", "anew");
    assert_int_equal(commit(bench), VB_ERR_OK);

    close_store(bench);
    assert_true(open_store(bench));
    assert_null(vb_sqlite_recovered(bench->db));
    expect_text(bench->store, "key", "anew");
}

static void a_folder_that_held_a_database_is_told_from_a_new_one(void **state)
{
    struct bench *bench = *state;
    assert_false(vb_sqlite_found(bench->db)); /* the bench's is new */
    close_store(bench);
    assert_true(open_store(bench));
    assert_true(vb_sqlite_found(bench->db));
    close_store(bench);

    overwrite(path_of(bench, "voltbeacon.db"), 0, "this is no database", 19);
    bench->options.damage = VB_SQLITE_MOVE_ASIDE;
    assert_true(open_store(bench));
    assert_true(vb_sqlite_found(bench->db)); /* it was a device's, whatever became of it */
}

static void two_daemons_on_one_folder_are_refused_by_name(void **state)
{
    struct bench *bench = *state;
    char error[1024] = "";
    assert_null(vb_sqlite_open(&bench->options, error, sizeof(error)));
    assert_non_null(strstr(error, bench->dir));
    assert_non_null(strstr(error, "used by another voltbeacon"));
    close_store(bench);
    assert_true(open_store(bench));
}

static void a_folder_that_cannot_be_made_is_named(void **state)
{
    (void)state;
    const struct vb_sqlite_options options = {.dir = "/dev/null/voltbeacon"};
    char error[1024] = "";
    assert_null(vb_sqlite_open(&options, error, sizeof(error)));
    assert_non_null(strstr(error, "/dev/null/voltbeacon"));
}

/* == Behaviour ==================================================================================
 */

static void folder_and_files_are_the_owner_s_alone(void **state)
{
    struct bench *bench = *state;
    close_store(bench);
    char dir[128];
    snprintf(dir, sizeof(dir), "%s/deep/down", bench->dir);
    bench->options.dir = dir;
    assert_true(open_store(bench));
    put_text(bench->store, "key", "value");
    assert_int_equal(commit(bench), VB_ERR_OK);
    static const struct {
        const char *name;
        mode_t mode;
    } cases[] = {{"deep/down", 0700},
                 {"deep/down/voltbeacon.db", 0600},
                 {"deep/down/voltbeacon.db-wal", 0600},
                 {"deep/down/lock", 0600}};
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        struct stat status;
        assert_int_equal(stat(path_of(bench, cases[index].name), &status), 0);
        assert_int_equal(status.st_mode & 0777, cases[index].mode);
    }
}

static void what_is_staged_is_not_seen_before_its_commit_is_answered(void **state)
{
    struct bench *bench = *state;
    put_text(bench->store, "key", "value");
    expect_text(bench->store, "key", NULL);
    assert_int_equal(commit(bench), VB_ERR_OK);
    expect_text(bench->store, "key", "value");
}

static void a_value_that_does_not_fit_is_told_from_one_that_is_not_there(void **state)
{
    struct bench *bench = *state;
    uint8_t bytes[4];
    assert_int_equal(bench->store->get(bench->store->ctx, "key", bytes, 4), VB_ERR_NOT_FOUND);
    put_text(bench->store, "key", "value");
    assert_int_equal(commit(bench), VB_ERR_OK);
    assert_int_equal(bench->store->get(bench->store->ctx, "key", bytes, 4), VB_ERR_TOO_LONG);
}

static void an_empty_value_is_a_value(void **state)
{
    struct bench *bench = *state;
    put_text(bench->store, "key", "");
    assert_int_equal(commit(bench), VB_ERR_OK);
    expect_text(bench->store, "key", "");
}

static void count_key(void *ctx, const char *key)
{
    uint32_t *keys = ctx;
    assert_int_equal(strlen(key), 4);
    (*keys)++;
}

static void each_visits_the_keys_of_its_namespace_alone(void **state)
{
    struct bench *bench = *state;
    put_text(bench->store, "key1", "a");
    put_text(bench->store, "key2", "b");
    assert_int_equal(commit(bench), VB_ERR_OK);
    uint32_t keys = 0;
    bench->store->each(bench->store->ctx, count_key, &keys);
    assert_int_equal(keys, 2);
    keys = 0;
    bench->other->each(bench->other->ctx, count_key, &keys);
    assert_int_equal(keys, 0);
    expect_text(bench->other, "key1", NULL);
}

static void an_erased_key_is_gone_and_the_last_change_of_a_batch_wins(void **state)
{
    struct bench *bench = *state;
    put_text(bench->store, "gone", "value");
    put_text(bench->store, "kept", "first");
    put_text(bench->store, "kept", "second");
    assert_int_equal(commit(bench), VB_ERR_OK);
    bench->store->erase(bench->store->ctx, "gone");
    bench->store->erase(bench->store->ctx, "never");
    assert_int_equal(commit(bench), VB_ERR_OK);
    expect_text(bench->store, "gone", NULL);
    expect_text(bench->store, "kept", "second");
}

static void a12_an_equal_value_is_not_written_again(void **state)
{
    struct bench *bench = *state;
    struct vb_sqlite_counters counters;
    put_text(bench->store, "key", "value");
    assert_int_equal(commit(bench), VB_ERR_OK);
    put_text(bench->store, "key", "value");
    assert_int_equal(commit(bench), VB_ERR_OK);
    vb_sqlite_counters(bench->db, &counters);
    assert_int_equal(counters.commits, 2);
    assert_int_equal(counters.writes, 1);
}

static void a_slow_disk_holds_neither_the_caller_nor_another_namespace_s_staging(void **state)
{
    struct bench *bench = *state;
    close_store(bench);
    bench->options.commit_delay_ms = 200;
    assert_true(open_store(bench));
    const uint32_t from_ms = vb_now_ms();
    put_text(bench->store, "key", "a");
    bench->store->commit(bench->store->ctx, 1);
    put_text(bench->other, "key", "b");
    bench->other->commit(bench->other->ctx, 2);
    put_text(bench->store, "key", "c"); /* the next batch, while one is under way */
    vb_sqlite_dispatch(bench->db);
    assert_int_equal(bench->answer.count, 0);
    assert_in_range(vb_now_ms() - from_ms, 0, 100);

    await(bench, &bench->other_answer, 1);
    assert_in_range(vb_now_ms() - from_ms, 400, 2000);
    assert_int_equal(bench->answer.token, 1);
    assert_int_equal(bench->other_answer.token, 2);
    expect_text(bench->store, "key", "a");
    expect_text(bench->other, "key", "b");
    assert_int_equal(commit(bench), VB_ERR_OK);
    expect_text(bench->store, "key", "c");
}

static void closing_writes_what_was_handed_over(void **state)
{
    struct bench *bench = *state;
    put_text(bench->store, "key", "value");
    bench->store->commit(bench->store->ctx, 1);
    close_store(bench);
    assert_true(open_store(bench));
    expect_text(bench->store, "key", "value");
}

#define BENCHED(test) cmocka_unit_test_setup_teardown(test, make_bench, drop_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCHED(a_full_disk_fails_the_commit_and_changes_nothing_and_later_ones_work),
        BENCHED(a_failed_fsync_is_not_certain_until_something_is_written_over_it_A6),
        BENCHED(a_batch_too_large_fails_as_a_whole),
        BENCHED(a6_every_acknowledged_batch_is_there_whole_after_kill_9),
        BENCHED(a_file_that_is_no_database_stops_a_transmitter_and_is_left_alone),
        BENCHED(an_empty_file_is_damage_and_no_new_device),
        BENCHED(what_was_left_of_a_file_that_was_never_made_is_no_damage),
        BENCHED(a_file_that_is_removed_takes_no_batch_along_A6),
        BENCHED(a_damaged_page_stops_a_transmitter),
        BENCHED(a_log_without_its_database_is_moved_aside_and_not_taken_for_the_next_ones),
        BENCHED(a_damaged_database_is_moved_aside_for_a_receiver_and_said),
        BENCHED(a_folder_that_held_a_database_is_told_from_a_new_one),
        BENCHED(two_daemons_on_one_folder_are_refused_by_name),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_named),
        BENCHED(folder_and_files_are_the_owner_s_alone),
        BENCHED(what_is_staged_is_not_seen_before_its_commit_is_answered),
        BENCHED(a_value_that_does_not_fit_is_told_from_one_that_is_not_there),
        BENCHED(an_empty_value_is_a_value),
        BENCHED(each_visits_the_keys_of_its_namespace_alone),
        BENCHED(an_erased_key_is_gone_and_the_last_change_of_a_batch_wins),
        BENCHED(a12_an_equal_value_is_not_written_again),
        BENCHED(a_slow_disk_holds_neither_the_caller_nor_another_namespace_s_staging),
        BENCHED(closing_writes_what_was_handed_over),
    };
    faulty_vfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
