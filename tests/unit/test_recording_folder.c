/* The folder of recordings, and captures into it: names that lead nowhere, full disks, crashes,
 * bounds; and that a capture is what the black box held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../fixtures/scratch_dir.h"
#include "linux/recordings/recording_folder.h"
#include "sources/source.h"
#include "voltbeacon/device/capture.h"

#define BEGIN_MS UINT64_C(1795377600000)
#define BOX_BEGIN_MS UINT64_C(100000) /* the same moment, on the box's clock */

static char dir[64];
static struct vb_recording_folder_options options;
static struct vb_recording_folder *folder;
static struct vb_recording_store store;
static struct vb_recorded_reading slots[VB_BLACK_BOX_READINGS];
static struct vb_black_box_note notes[VB_BLACK_BOX_NOTES];
static char scratch[VB_RECORDING_CHUNK_BYTES_MAX];
static struct vb_black_box box;
static struct vb_capture capture;

static void open_folder(void)
{
    char error[512];
    folder = vb_recording_folder_open(&options, error, sizeof error);
    if (folder == NULL)
        fail_msg("%s", error);
    store = vb_recording_folder_store(folder);
}

static void reopen(void)
{
    vb_recording_folder_close(folder);
    open_folder();
}

static int make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/voltbeacon-recordings-XXXXXX");
    assert_non_null(mkdtemp(dir));
    options = (struct vb_recording_folder_options){.data_dir = dir};
    vb_black_box_init(&box, slots, VB_BLACK_BOX_READINGS, notes, VB_BLACK_BOX_NOTES);
    capture = (struct vb_capture){.active = false};
    open_folder();
    return 0;
}

static int drop_dir(void **state)
{
    (void)state;
    vb_recording_folder_close(folder);
    folder = NULL;
    return scratch_dir_remove(dir);
}

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/recordings/%s", dir, name);
    return path;
}

static void put_readings(uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        const struct vb_recorded_reading recorded = {
            .at_ms = BOX_BEGIN_MS + i * 100,
            .age_ms = 5,
            .reading = {.sequence = i + 1, .cell_count = 96, .cell_mv = {[0] = 3800, [95] = 3700}}};
        assert_true(vb_black_box_reading(&box, &recorded));
    }
}

/* since_ms: since the first reading of put_readings(). */
static struct vb_capture_context context_at(uint64_t since_ms)
{
    return (struct vb_capture_context){.store = &store,
                                       .box = &box,
                                       .scratch = scratch,
                                       .now_ms = BOX_BEGIN_MS + since_ms,
                                       .offset_ms = BEGIN_MS - BOX_BEGIN_MS};
}

static void begin_capture(const char *name, uint64_t since_ms)
{
    const struct vb_capture_context context = context_at(since_ms);
    struct vb_recording_entry *entry = &capture.entry;
    *entry = (struct vb_recording_entry){.mac_known = true, .mac = {{2, 0, 0, 0, 0, 1}}};
    snprintf(entry->name, sizeof entry->name, "%s", name);
    snprintf(entry->reason, sizeof entry->reason, "Cell 17 is low.");
    assert_true(vb_capture_begin(&capture, &context, VB_CAPTURE_AFTER_MS));
}

/* Until the box has no more. */
static void pump_all(uint64_t since_ms)
{
    const struct vb_capture_context context = context_at(since_ms);
    while (vb_capture_pump(&capture, &context))
        usleep(1000);
}

static void end_capture(uint64_t since_ms)
{
    const struct vb_capture_context context = context_at(since_ms);
    vb_capture_end(&capture, &context);
}

static struct vb_recording_entry await_state(const char *name, enum vb_recording_state wanted)
{
    struct vb_recording_entry entry = {.name = ""};
    for (unsigned i = 0; i < 5000; i++) {
        if (vb_recording_folder_find(folder, name, &entry) && entry.state == wanted)
            return entry;
        usleep(1000);
    }
    fail_msg("%s never came to be in state %d", name, (int)wanted);
    return entry;
}

/* How many readings it plays, the first of which is number `first` of put_readings(). */
static unsigned play(const char *name, uint32_t first)
{
    char text[320];
    const struct vb_source_options source_options = {.loop = false};
    struct vb_source_error error;
    snprintf(text, sizeof text, "recording:%s", path_of(name));
    struct vb_source *source = vb_source_open(text, &source_options, &error);
    if (source == NULL)
        fail_msg("%s", error.text);
    struct vb_reading reading;
    uint64_t at_ms;
    unsigned count = 0;
    while (vb_source_next(source, &reading, &at_ms) == VB_SOURCE_READING) {
        assert_int_equal(reading.wall_ms, BEGIN_MS - 5 + (first + count) * 100);
        assert_int_equal(at_ms, count * 100);
        count++;
    }
    vb_source_close(source);
    return count;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* == Faults ================================================================================== */

static void names_that_lead_out_of_the_folder_or_are_none_find_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"../events.db", "..",        ".",        "",
                                        "/etc/passwd",  "a/b.jsonl", ".jsonl",   "a.jsonl.part",
                                        "-a.jsonl",     "a.json",    "a .jsonl", "a.jsonl\n",
                                        "..%2fa.jsonl", "a..jsonl"};
    struct vb_recording_entry entry;
    char bytes[16];
    for (size_t i = 0; i < VB_COUNT_OF(names); i++) {
        assert_false(vb_recording_name_is_sound(names[i]));
        assert_false(vb_recording_folder_find(folder, names[i], &entry));
        assert_int_equal(vb_recording_folder_read(folder, names[i], 0, bytes, sizeof bytes), 0);
    }
    assert_true(
        vb_recording_name_is_sound("2026-11-22T200000Z-021a2b3c4d5e-imbalance-cell17.jsonl"));
}

static void a_link_in_the_folder_leads_nowhere(void **state)
{
    (void)state;
    char bytes[16];
    assert_int_equal(symlink("/etc/passwd", path_of("evil.jsonl")), 0);
    reopen();
    struct vb_recording_entry entry;
    assert_false(vb_recording_folder_find(folder, "evil.jsonl", &entry));
    assert_int_equal(vb_recording_folder_read(folder, "evil.jsonl", 0, bytes, sizeof bytes), 0);
}

static void on_a_full_disk_there_is_no_recording_and_the_next_one_works(void **state)
{
    (void)state;
    struct rlimit limit;
    struct vb_recording_entry entry;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    const struct rlimit tight = {.rlim_cur = 4096, .rlim_max = limit.rlim_max};
    put_readings(0, 100);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    begin_capture("full.jsonl", 10000);
    const struct vb_capture_context context = context_at(10000);
    for (unsigned i = 0; i < 5000 && !vb_recording_has_failed(folder, capture.recording); i++) {
        (void)vb_capture_pump(&capture, &context);
        usleep(1000);
    }
    assert_true(vb_recording_has_failed(folder, capture.recording));
    pump_all(10000); /* it ends by itself, long before its time */
    assert_false(capture.active);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_false(vb_recording_folder_find(folder, "full.jsonl", &entry));
    assert_int_not_equal(access(path_of("full.jsonl"), F_OK), 0);
    assert_int_not_equal(access(path_of("full.jsonl.part"), F_OK), 0);

    begin_capture("later.jsonl", 10000);
    pump_all(10000);
    end_capture(10000);
    (void)await_state("later.jsonl", VB_RECORDING_COMPLETE);
    assert_int_equal(play("later.jsonl", 0), 100);
}

static void a_crash_in_the_time_after_keeps_what_was_there(void **state)
{
    (void)state;
    put_readings(0, 200);
    begin_capture("crash.jsonl", 20000);
    pump_all(20000);
    vb_recording_folder_close(folder); /* as if it had been killed: nothing ends the recording */
    open_folder();
    struct vb_recording_entry entry;
    assert_true(vb_recording_folder_find(folder, "crash.jsonl", &entry));
    assert_int_equal(entry.state, VB_RECORDING_CUT);
    assert_int_equal(entry.begin_ms, BEGIN_MS);
    assert_int_equal(entry.end_ms, BEGIN_MS + 19900);
    assert_string_equal(entry.reason, "Cell 17 is low.");
    assert_int_equal(play("crash.jsonl", 0), 200);
}

static void a_crash_before_it_was_published_keeps_it_too_and_rubbish_is_removed(void **state)
{
    (void)state;
    struct vb_recording_entry entry;
    write_file("part.jsonl.part",
               "{\"voltbeacon_recording\":1,\"mac\":null,\"begin\":1795377600.000,"
               "\"reason\":\"r\",\"cells\":1}\n{\"at\":1795377601.000,\"link\":{}}\n{\"at");
    write_file("rubbish.jsonl.part", "{\"voltb");
    write_file("foreign.txt", "mine");
    reopen();
    assert_true(vb_recording_folder_find(folder, "part.jsonl", &entry));
    assert_int_equal(entry.state, VB_RECORDING_CUT);
    assert_int_equal(entry.end_ms, BEGIN_MS + 1000);
    assert_false(vb_recording_folder_find(folder, "rubbish.jsonl", &entry));
    assert_int_not_equal(access(path_of("rubbish.jsonl.part"), F_OK), 0);
    assert_int_equal(access(path_of("foreign.txt"), F_OK), 0); /* not ours to remove */
}

/* With room for so many descriptors more, as when a process has used up its own. */
static void reopen_with_descriptors(unsigned more)
{
    struct rlimit limit;
    vb_recording_folder_close(folder);
    const int lowest_free = dup(STDOUT_FILENO);
    assert_true(lowest_free >= 0);
    close(lowest_free);
    getrlimit(RLIMIT_NOFILE, &limit);
    const struct rlimit tight = {.rlim_cur = (rlim_t)lowest_free + more,
                                 .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    open_folder();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void a_part_that_cannot_be_read_now_is_kept_for_the_next_start(void **state)
{
    (void)state;
    struct vb_recording_entry entry;
    write_file("part.jsonl.part",
               "{\"voltbeacon_recording\":1,\"mac\":null,\"begin\":1795377600.000,"
               "\"reason\":\"r\",\"cells\":1}\n{\"at\":1795377601.000,\"link\":{}}\n{\"at");
    reopen_with_descriptors(2); /* the folder, and once more to list it */
    assert_false(vb_recording_folder_find(folder, "part.jsonl", &entry));
    assert_int_equal(access(path_of("part.jsonl.part"), F_OK), 0);
    reopen();
    assert_true(vb_recording_folder_find(folder, "part.jsonl", &entry));
}

static void a_folder_that_cannot_be_had_at_the_start_is_tried_again(void **state)
{
    (void)state;
    struct vb_recording_entry entry;
    put_readings(0, 100);
    begin_capture("before.jsonl", 10000);
    pump_all(10000);
    end_capture(10000);
    (void)await_state("before.jsonl", VB_RECORDING_COMPLETE);
    reopen_with_descriptors(0);
    assert_false(vb_recording_folder_find(folder, "before.jsonl", &entry));
    begin_capture("after.jsonl", 10000);
    pump_all(10000);
    end_capture(10000);
    (void)await_state("after.jsonl", VB_RECORDING_COMPLETE);
    assert_true(vb_recording_folder_find(folder, "before.jsonl", &entry));
    assert_int_equal(play("after.jsonl", 0), 100);
}

/* == Bounds ================================================================================== */

static void the_oldest_make_room_by_number_and_by_size(void **state)
{
    (void)state;
    struct vb_recording_entry entry;
    options.files_max = 3;
    options.bytes_max = 100000;
    reopen();
    for (uint32_t i = 0; i < 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "r%u.jsonl", (unsigned)i);
        put_readings(i * 700, 20);
        begin_capture(name, i * 70000 + 2000);
        end_capture(10000);
        (void)await_state(name, VB_RECORDING_COMPLETE);
    }
    reopen(); /* the thread has done all there was to do */
    assert_false(vb_recording_folder_find(folder, "r1.jsonl", &entry));
    assert_int_not_equal(access(path_of("r1.jsonl"), F_OK), 0);
    assert_true(vb_recording_folder_at(folder, 0, &entry));
    assert_string_equal(entry.name, "r4.jsonl");
    assert_true(vb_recording_folder_at(folder, 2, &entry));
    assert_false(vb_recording_folder_at(folder, 3, &entry));

    put_readings(7000, 400); /* more than the size alone */
    begin_capture("large.jsonl", 700000 + 40000);
    end_capture(10000);
    (void)await_state("large.jsonl", VB_RECORDING_COMPLETE);
    reopen();
    assert_false(vb_recording_folder_at(folder, 1, &entry));
}

static void a_name_that_is_taken_gets_a_number(void **state)
{
    (void)state;
    put_readings(0, 10);
    begin_capture("same.jsonl", 1000);
    end_capture(10000);
    begin_capture("same.jsonl", 1000);
    assert_string_equal(capture.entry.name, "same-2.jsonl");
    end_capture(10000);
    (void)await_state("same-2.jsonl", VB_RECORDING_COMPLETE);
}

/* == Captures ================================================================================ */

static void a_capture_is_the_minute_before_and_the_time_after_and_plays(void **state)
{
    (void)state;
    put_readings(0, 700); /* 70 s; the box forgets the first */
    begin_capture("whole.jsonl", 70000);
    pump_all(70000);
    (void)await_state("whole.jsonl", VB_RECORDING_UNDER_WAY);
    put_readings(700, 290);
    pump_all(99000);
    assert_true(capture.active);
    put_readings(990, 10);
    pump_all(100000);
    assert_false(capture.active);
    const struct vb_recording_entry entry = await_state("whole.jsonl", VB_RECORDING_COMPLETE);
    assert_int_equal(entry.end_ms - entry.begin_ms, 89900);
    assert_int_equal(play("whole.jsonl", 100), 900);
    reopen();
    struct vb_recording_entry again;
    assert_true(vb_recording_folder_find(folder, "whole.jsonl", &again));
    assert_int_equal(again.state, VB_RECORDING_COMPLETE);
    assert_int_equal(again.bytes, entry.bytes);
    assert_int_equal(again.end_ms, entry.end_ms);
}

static unsigned lines_of(const char *text, size_t size)
{
    unsigned count = 0;
    for (size_t i = 0; i < size; i++)
        count += text[i] == '\n';
    return count;
}

/* A second write is on its way to the disk while the recording is downloaded. */
static void what_is_read_of_one_under_way_ends_with_a_line(void **state)
{
    (void)state;
    static char bytes[65536];
    put_readings(0, 20);
    begin_capture("torn.jsonl", 2000);
    pump_all(2000);
    size_t whole = 0;
    for (unsigned i = 0; i < 5000 && lines_of(bytes, whole) < 1 + 20; i++) {
        whole = vb_recording_folder_read(folder, "torn.jsonl", 0, bytes, sizeof bytes);
        usleep(1000);
    }
    assert_int_equal(lines_of(bytes, whole), 1 + 20); /* what it is of, and the readings */
    FILE *file = fopen(path_of("torn.jsonl"), "a");
    assert_non_null(file);
    assert_true(fputs("{\"at\":17953776", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(vb_recording_folder_read(folder, "torn.jsonl", 0, bytes, sizeof bytes), whole);
    assert_int_equal(bytes[whole - 1], '\n');
    assert_int_equal(vb_recording_folder_read(folder, "torn.jsonl", whole - 5, bytes, 65536), 5);
    assert_int_equal(vb_recording_folder_read(folder, "torn.jsonl", whole, bytes, 65536), 0);
    end_capture(2000);
}

static void a_second_alert_prolongs_it_but_not_for_ever(void **state)
{
    (void)state;
    put_readings(0, 10);
    begin_capture("long.jsonl", 1000);
    uint64_t since_ms = 1000;
    for (; since_ms < VB_CAPTURE_MS_MAX; since_ms += 20000) {
        vb_capture_prolong(&capture, BOX_BEGIN_MS + since_ms, VB_CAPTURE_AFTER_MS);
        pump_all(since_ms + 19000);
        assert_true(capture.active);
    }
    vb_capture_prolong(&capture, BOX_BEGIN_MS + VB_CAPTURE_MS_MAX, VB_CAPTURE_AFTER_MS);
    pump_all(1000 + VB_CAPTURE_MS_MAX);
    assert_false(capture.active);
}

static void the_times_of_a_recording_made_before_the_clock_was_set_are_unknown(void **state)
{
    (void)state;
    struct vb_capture_context context = context_at(2000);
    context.offset_ms = 0;
    put_readings(0, 20);
    snprintf(capture.entry.name, sizeof capture.entry.name, "unset.jsonl");
    assert_true(vb_capture_begin(&capture, &context, VB_CAPTURE_AFTER_MS));
    assert_int_equal(capture.entry.begin_ms, 0);
    context.offset_ms = BEGIN_MS - BOX_BEGIN_MS; /* it is set: this recording's times do not jump */
    put_readings(20, 20);
    vb_capture_end(&capture, &context);
    const struct vb_recording_entry entry = await_state("unset.jsonl", VB_RECORDING_COMPLETE);
    assert_int_equal(entry.end_ms, 0);
    reopen(); /* nor is it 1970 after a restart */
    struct vb_recording_entry again;
    assert_true(vb_recording_folder_find(folder, "unset.jsonl", &again));
    assert_int_equal(again.state, VB_RECORDING_COMPLETE);
    assert_int_equal(again.begin_ms, 0);
    assert_int_equal(again.end_ms, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, make_dir, drop_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_that_lead_out_of_the_folder_or_are_none_find_nothing),
        TEST(a_link_in_the_folder_leads_nowhere),
        TEST(on_a_full_disk_there_is_no_recording_and_the_next_one_works),
        TEST(a_crash_in_the_time_after_keeps_what_was_there),
        TEST(a_crash_before_it_was_published_keeps_it_too_and_rubbish_is_removed),
        TEST(a_part_that_cannot_be_read_now_is_kept_for_the_next_start),
        TEST(a_folder_that_cannot_be_had_at_the_start_is_tried_again),
        TEST(the_oldest_make_room_by_number_and_by_size),
        TEST(a_name_that_is_taken_gets_a_number),
        TEST(a_capture_is_the_minute_before_and_the_time_after_and_plays),
        TEST(what_is_read_of_one_under_way_ends_with_a_line),
        TEST(a_second_alert_prolongs_it_but_not_for_ever),
        TEST(the_times_of_a_recording_made_before_the_clock_was_set_are_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
