/* The event log: what was told survives a full disk, a damaged file and kill -9, within bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../fixtures/scratch_dir.h"
#include "linux/events/event_log.h"
#include "linux/loop/loop.h"

#define BEGIN_MS UINT64_C(1795377600000)

enum { CAPACITY = 300 };

static char dir[64];
static struct vb_event_log *event_log;

static void open_log(uint32_t capacity)
{
    char error[512];
    const struct vb_event_log_options options = {.dir = dir, .capacity = capacity};
    event_log = vb_event_log_open(&options, error, sizeof error);
    if (event_log == NULL)
        fail_msg("%s", error);
}

static void reopen(void)
{
    vb_event_log_close(event_log);
    open_log(0);
}

static int make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/voltbeacon-events-XXXXXX");
    assert_non_null(mkdtemp(dir));
    open_log(0);
    return 0;
}

static int drop_dir(void **state)
{
    (void)state;
    vb_event_log_close(event_log);
    event_log = NULL;
    return scratch_dir_remove(dir);
}

static struct vb_occurrence an_alarm(uint8_t cell)
{
    struct vb_occurrence occurrence = {.type = VB_OCCURRENCE_ALARM,
                                       .mac_known = true,
                                       .mac = {{2, 0, 0, 0, 0, 1}},
                                       .alarm = {.kind = VB_ALARM_IMBALANCE,
                                                 .level = VB_ALARM_ALERT,
                                                 .cell = cell,
                                                 .sensor = VB_ALARM_NOWHERE,
                                                 .now_value = -38.5f,
                                                 .worst_value = -38.5f,
                                                 .threshold = NAN,
                                                 .begin_wall_ms = BEGIN_MS,
                                                 .worst_wall_ms = BEGIN_MS + 5},
                                       .text = "Cell 17 is 38 mV below the others.",
                                       .recording = "a.jsonl"};
    return occurrence;
}

static uint64_t add_alarm(uint8_t cell)
{
    const struct vb_occurrence occurrence = an_alarm(cell);
    return vb_event_log_add(event_log, &occurrence);
}

static uint64_t add_ended(void)
{
    struct vb_occurrence occurrence = an_alarm(1);
    occurrence.ended = true;
    occurrence.alarm.end_wall_ms = BEGIN_MS + 5000;
    return vb_event_log_add(event_log, &occurrence);
}

static unsigned count_all(void)
{
    unsigned count = 0;
    const struct vb_occurrence *at = vb_event_log_before(event_log, UINT64_MAX);
    for (; at != NULL; at = vb_event_log_before(event_log, at->id))
        count++;
    return count;
}

static void set_file_limit(rlim_t bytes)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* == Faults ================================================================================== */

static void on_a_full_disk_events_wait_in_memory_and_are_written_once_there_is_room(void **state)
{
    (void)state;
    set_file_limit(4096); /* stands for a full disk: writes beyond it fail */
    uint64_t ids[200];
    for (unsigned i = 0; i < 200; i++)
        ids[i] = add_alarm((uint8_t)(i % 96));
    vb_event_log_flush(event_log);
    assert_true(vb_event_log_waiting(event_log) > 0);
    assert_non_null(vb_event_log_find(event_log, ids[199]));

    set_file_limit(RLIM_INFINITY);
    vb_event_log_tick(event_log, vb_now_ms() + 10000); /* it tries again by itself */
    vb_event_log_flush(event_log);
    assert_int_equal(vb_event_log_waiting(event_log), 0);
    reopen();
    assert_int_equal(count_all(), 200);
    for (unsigned i = 0; i < 200; i++)
        assert_non_null(vb_event_log_find(event_log, ids[i]));
}

static void a_folder_that_cannot_be_written_costs_the_memory_of_events_not_the_events(void **state)
{
    (void)state;
    char path[96];
    vb_event_log_close(event_log);
    snprintf(path, sizeof path, "%s/events.db", dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0); /* root writes everywhere else */
    open_log(0);
    const uint64_t id = add_alarm(3);
    vb_event_log_flush(event_log);
    assert_non_null(vb_event_log_find(event_log, id));
    assert_int_equal(vb_event_log_waiting(event_log), 1);

    assert_int_equal(rmdir(path), 0);
    vb_event_log_flush(event_log);
    assert_int_equal(vb_event_log_waiting(event_log), 0);
    reopen();
    assert_non_null(vb_event_log_find(event_log, id));
}

static void a_damaged_file_is_moved_aside_and_a_new_one_begun(void **state)
{
    (void)state;
    char path[96];
    add_alarm(3);
    vb_event_log_close(event_log);
    snprintf(path, sizeof path, "%s/events.db", dir);
    const int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, "no database at all, but long enough", 35), 35);
    close(fd);
    open_log(0);
    assert_int_equal(count_all(), 0);
    const uint64_t id = add_alarm(4);
    reopen();
    assert_non_null(vb_event_log_find(event_log, id));
}

static void what_was_written_is_there_after_kill_9_and_no_id_is_used_twice(void **state)
{
    (void)state;
    vb_event_log_close(event_log);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        open_log(0);
        for (;;) {
            const uint64_t id = add_alarm(7);
            vb_event_log_flush(event_log);
            if (vb_event_log_waiting(event_log) != 0 || write(ends[1], &id, sizeof id) != sizeof id)
                _exit(1);
        }
    }
    close(ends[1]);
    uint64_t id = 0;
    uint64_t read_id;
    unsigned count = 0;
    while (count < 50 && read(ends[0], &read_id, sizeof read_id) == sizeof read_id) {
        assert_true(read_id > id);
        id = read_id;
        count++;
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    while (read(ends[0], &read_id, sizeof read_id) == sizeof read_id)
        id = read_id;
    close(ends[0]);
    assert_true(count == 50);

    open_log(0);
    assert_non_null(vb_event_log_find(event_log, id));
    assert_true(add_alarm(8) > id);
}

/* == Bounds ================================================================================== */

static void beyond_the_capacity_the_oldest_that_ended_are_forgotten_and_what_is_open_stays(
    void **state)
{
    (void)state;
    vb_event_log_close(event_log);
    open_log(CAPACITY);
    const uint64_t open_id = add_alarm(9);
    const uint64_t old_id = add_ended();
    uint64_t last_id = 0;
    for (unsigned i = 0; i < 3 * CAPACITY; i++) {
        last_id = add_ended();
        assert_true(count_all() <= CAPACITY + 256);
    }
    assert_null(vb_event_log_find(event_log, old_id));
    assert_non_null(vb_event_log_find(event_log, open_id));
    assert_non_null(vb_event_log_find(event_log, last_id));
    const unsigned count = count_all();
    vb_event_log_flush(event_log);
    assert_int_equal(vb_event_log_waiting(event_log), 0);

    vb_event_log_close(event_log);
    open_log(CAPACITY);
    assert_int_equal(count_all(), count);
    assert_non_null(vb_event_log_find(event_log, open_id));
    assert_null(vb_event_log_find(event_log, old_id));
}

/* == Keeping ================================================================================= */

static void an_occurrence_comes_back_after_a_restart_as_it_was_and_as_it_changed(void **state)
{
    (void)state;
    struct vb_occurrence written = an_alarm(16);
    written.id = vb_event_log_add(event_log, &written);
    reopen();
    const struct vb_occurrence *read = vb_event_log_find(event_log, written.id);
    assert_non_null(read);
    assert_true(isnan(read->alarm.threshold));
    assert_true(vb_occurrence_is_open(read));
    assert_string_equal(read->text, written.text);
    assert_string_equal(read->recording, "a.jsonl");
    assert_int_equal(read->alarm.cell, 16);
    assert_int_equal(read->alarm.sensor, VB_ALARM_NOWHERE);
    assert_true(fabsf(read->alarm.worst_value - written.alarm.worst_value) < 1e-9);
    assert_int_equal(read->alarm.worst_wall_ms, BEGIN_MS + 5);

    written.last_known = true;
    written.last_known_ms = BEGIN_MS + 7;
    written.alarm.now_value = -20;
    assert_true(vb_event_log_change(event_log, &written));
    reopen();
    read = vb_event_log_find(event_log, written.id);
    assert_true(read->last_known);
    assert_int_equal(read->last_known_ms, BEGIN_MS + 7);
    assert_true(fabsf(read->alarm.now_value + 20) < 1e-9);
    assert_true(fabsf(read->alarm.worst_value - written.alarm.worst_value) < 1e-9);

    written.acknowledged = true;
    written.acknowledged_ms = BEGIN_MS + 1;
    written.ended = true;
    written.alarm.end_wall_ms = BEGIN_MS + 2;
    assert_true(vb_event_log_change(event_log, &written));
    reopen();
    read = vb_event_log_find(event_log, written.id);
    assert_non_null(read);
    assert_int_equal(read->acknowledged_ms, BEGIN_MS + 1);
    assert_int_equal(read->alarm.end_wall_ms, BEGIN_MS + 2);
    assert_false(read->last_known); /* it has ended */
    written.id++;
    assert_false(vb_event_log_change(event_log, &written));
}

static void events_are_found_newest_first(void **state)
{
    (void)state;
    const uint64_t first = add_alarm(1);
    const uint64_t second = add_alarm(2);
    assert_true(second > first);
    assert_int_equal(vb_event_log_before(event_log, UINT64_MAX)->id, second);
    assert_int_equal(vb_event_log_before(event_log, second)->id, first);
    assert_null(vb_event_log_before(event_log, first));
}

static void the_newest_note_of_each_key_is_kept(void **state)
{
    (void)state;
    assert_null(vb_event_log_noted(event_log, "a"));
    assert_true(vb_event_log_note(event_log, "a", "old"));
    vb_event_log_flush(event_log);
    assert_true(vb_event_log_note(event_log, "a", "new"));
    vb_event_log_flush(event_log);
    assert_true(vb_event_log_note(event_log, "b", "other"));
    reopen();
    char *text = vb_event_log_noted(event_log, "a");
    assert_string_equal(text, "new");
    free(text);
    text = vb_event_log_noted(event_log, "b");
    assert_string_equal(text, "other");
    free(text);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, make_dir, drop_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(on_a_full_disk_events_wait_in_memory_and_are_written_once_there_is_room),
        TEST(a_folder_that_cannot_be_written_costs_the_memory_of_events_not_the_events),
        TEST(a_damaged_file_is_moved_aside_and_a_new_one_begun),
        TEST(what_was_written_is_there_after_kill_9_and_no_id_is_used_twice),
        TEST(beyond_the_capacity_the_oldest_that_ended_are_forgotten_and_what_is_open_stays),
        TEST(an_occurrence_comes_back_after_a_restart_as_it_was_and_as_it_changed),
        TEST(events_are_found_newest_first),
        TEST(the_newest_note_of_each_key_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
