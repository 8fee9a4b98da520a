/* Events on a raw partition: what was written is there after a restart, wherever the power goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp-idf/voltbeacon/event_ring.h"
#include "host/host_partition.h"

#include <cmocka.h>

enum { SECTORS = 8, BYTES = SECTORS * HOST_PARTITION_SECTOR_BYTES };
#define LABEL "events"

static struct vb_event_ring ring;
static SemaphoreHandle_t lock;

static void restart(void)
{
    host_partition_power_on();
    assert_true(vb_event_ring_open(&ring, LABEL, lock));
}

static int blank_board(void **state)
{
    (void)state;
    if (lock == NULL)
        lock = xSemaphoreCreateMutex();
    host_partition_make(LABEL, BYTES, 0xff);
    restart();
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(lock);
    return 0;
}

static struct vb_occurrence occurrence(const char *text, bool open)
{
    struct vb_occurrence made = {.type = VB_OCCURRENCE_ALARM,
                                 .mac_known = true,
                                 .mac = {{2, 0, 0, 0, 0, 7}},
                                 .ended = !open,
                                 .alarm = {.kind = VB_ALARM_IMBALANCE,
                                           .level = VB_ALARM_ALERT,
                                           .cell = 16,
                                           .sensor = VB_ALARM_NOWHERE,
                                           .worst_value = -34.5f,
                                           .threshold = 30,
                                           .begin_wall_ms = 1795851932345}};
    snprintf(made.text, sizeof made.text, "%s", text);
    return made;
}

static uint64_t add(const char *text, bool open)
{
    const struct vb_occurrence made = occurrence(text, open);
    return ring.port.add(&ring, &made);
}

static void set_text(uint64_t id, const char *text, bool open)
{
    struct vb_occurrence changed = *ring.port.find(&ring, id);
    snprintf(changed.text, sizeof changed.text, "%s", text);
    changed.ended = !open;
    assert_true(ring.port.change(&ring, &changed));
}

static bool note(const char *key, const char *text)
{
    return ring.port.note(&ring, key, 0, text, strlen(text), true);
}

static void assert_note(const char *key, const char *text)
{
    char bytes[VB_EVENT_SHORT_NOTE_SIZE];
    assert_int_equal(ring.port.noted(&ring, key, 0, bytes, sizeof bytes), strlen(text));
    assert_memory_equal(bytes, text, strlen(text));
}

static void write_all(void)
{
    assert_true(vb_event_ring_write(&ring));
    assert_false(ring.port.waits(&ring));
}

/* ---- Memory and restarts ---- */

static void all_of_an_occurrence_outlives_a_restart(void **state)
{
    struct vb_occurrence made = occurrence("Cell 17 is 34 mV below the mean.", false);
    (void)state;
    made.acknowledged = made.last_known = true;
    made.acknowledged_ms = 1;
    made.last_known_ms = 2;
    made.alarm.worst_wall_ms = 3;
    made.alarm.end_wall_ms = 4;
    made.alarm.now_value = 5;
    made.begin_up_ms = 77;
    snprintf(made.recording, sizeof made.recording, "2026-11-28.csv");
    made.id = ring.port.add(&ring, &made);
    assert_true(ring.port.waits(&ring));
    write_all();
    restart();
    const struct vb_occurrence *kept = ring.port.find(&ring, made.id);
    assert_non_null(kept);
    made.begin_up_ms = 0; /* it is of an earlier start */
    assert_memory_equal(kept->text, made.text, sizeof made.text);
    assert_string_equal(kept->recording, made.recording);
    assert_true(kept->ended && kept->acknowledged && kept->last_known && kept->mac_known);
    assert_memory_equal(&kept->alarm, &made.alarm, sizeof made.alarm);
    assert_memory_equal(&kept->mac, &made.mac, sizeof made.mac);
    assert_int_equal(kept->acknowledged_ms + kept->last_known_ms, 3);
    assert_int_equal(kept->begin_up_ms, 0);
}

static void a_change_of_state_keeps_its_kind(void **state)
{
    const struct vb_occurrence made = {.type = VB_OCCURRENCE_STATE,
                                       .state = VB_STATE_RECEIVER_STARTED};
    (void)state;
    const uint64_t id = ring.port.add(&ring, &made);
    write_all();
    restart();
    const struct vb_occurrence *kept = ring.port.find(&ring, id);
    assert_int_equal(kept->type, VB_OCCURRENCE_STATE);
    assert_int_equal(kept->state, VB_STATE_RECEIVER_STARTED);
    assert_false(kept->mac_known);
}

static void ids_grow_past_restarts(void **state)
{
    (void)state;
    const uint64_t first = add("a", false);
    write_all();
    restart();
    assert_true(add("b", false) > first);
}

static void the_oldest_that_has_ended_gives_way(void **state)
{
    uint64_t ids[VB_EVENT_RING_KEPT + 1];
    (void)state;
    for (unsigned i = 0; i <= VB_EVENT_RING_KEPT; i++)
        ids[i] = add("x", i == 0); /* the oldest is open */
    assert_non_null(ring.port.find(&ring, ids[0]));
    assert_null(ring.port.find(&ring, ids[1]));
    const struct vb_occurrence *kept = ring.port.before(&ring, UINT64_MAX);
    for (unsigned i = VB_EVENT_RING_KEPT; i >= 2; i--, kept = ring.port.before(&ring, kept->id))
        assert_int_equal(kept->id, ids[i]);
    assert_int_equal(kept->id, ids[0]);
    assert_null(ring.port.before(&ring, ids[0]));
}

static void nothing_is_added_where_all_are_open(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VB_EVENT_RING_KEPT; i++)
        assert_true(add("open", true) != 0);
    assert_int_equal(add("one more", true), 0);
    assert_false(ring.port.change(&ring, &(struct vb_occurrence){.id = 4}));
    assert_null(ring.port.find(&ring, 0));
}

static void what_has_ended_is_not_open_again_after_a_restart(void **state)
{
    (void)state;
    const uint64_t ending = add("ends unwritten", true);
    for (unsigned i = 1; i < VB_EVENT_RING_KEPT; i++)
        (void)add("written", false);
    write_all();
    set_text(ending, "ended", false);
    (void)add("another", false);
    write_all();
    restart();
    const struct vb_occurrence *kept = ring.port.find(&ring, ending);
    assert_true(kept == NULL || kept->ended);
}

static void notes_are_kept_and_long_ones_refused(void **state)
{
    char long_text[VB_EVENT_SHORT_NOTE_SIZE + 2] = "";
    (void)state;
    assert_true(note("interval_ms 02:00:00:00:00:07", "1000\n"));
    assert_true(note("interval_ms 02:00:00:00:00:07", "2000\n"));
    memset(long_text, 'x', sizeof long_text - 1);
    assert_false(note("weak_cells", long_text));
    assert_false(ring.port.note(&ring, "weak_cells", 0, "1\n", 2, false));
    assert_false(ring.port.note(&ring, "weak_cells", 2, "1\n", 2, true));
    write_all();
    restart();
    assert_note("interval_ms 02:00:00:00:00:07", "2000\n");
    assert_note("weak_cells", "");
}

static void of_many_notes_the_one_written_longest_ago_gives_way(void **state)
{
    char key[8];
    (void)state;
    for (unsigned i = 0; i <= VB_EVENT_RING_NOTES; i++) {
        snprintf(key, sizeof key, "key%u", i);
        assert_true(note(key, key));
        write_all();
    }
    restart();
    assert_note("key0", "");
    for (unsigned i = 1; i <= VB_EVENT_RING_NOTES; i++) {
        snprintf(key, sizeof key, "key%u", i);
        assert_note(key, key);
    }
}

/* ---- Flash ---- */

static void a_partition_full_of_anything_is_taken_for_empty(void **state)
{
    for (unsigned left = 0; left < 256; left++) {
        (void)state;
        host_partition_make(LABEL, BYTES, (unsigned char)left);
        restart();
        assert_null(ring.port.before(&ring, UINT64_MAX));
        const uint64_t id = add("first", true);
        write_all();
        restart();
        assert_string_equal(ring.port.find(&ring, id)->text, "first");
    }
}

static void without_a_partition_there_is_memory_alone(void **state)
{
    (void)state;
    for (size_t size = 0; size < BYTES; size += HOST_PARTITION_SECTOR_BYTES) {
        host_partition_make(LABEL, size, 0xff);
        assert_false(vb_event_ring_open(&ring, LABEL, lock));
        assert_non_null(ring.port.find(&ring, add("here", true)));
        assert_false(ring.port.waits(&ring));
        assert_true(vb_event_ring_write(&ring));
    }
}

/* What the ring does in a bad month: alarms come, change and go, and one stays open throughout. */
static void step(unsigned n, uint64_t always)
{
    char text[16];
    snprintf(text, sizeof text, "%u", n);
    const struct vb_occurrence *newest = ring.port.before(&ring, UINT64_MAX);
    switch (n % 7) {
    case 0:
    case 3:
        (void)add(text, true);
        break;
    case 5:
        assert_true(note("interval", text));
        break;
    case 6:
        set_text(always, text, true);
        break;
    default:
        set_text(newest->id, text, newest->id == always);
        break;
    }
}

static struct vb_occurrence was[VB_EVENT_RING_KEPT], is[VB_EVENT_RING_KEPT];

static const char *text_in(const struct vb_occurrence list[VB_EVENT_RING_KEPT], uint64_t id)
{
    for (unsigned i = 0; i < VB_EVENT_RING_KEPT; i++) {
        if (list[i].id == id)
            return list[i].text;
    }
    return NULL;
}

/* Whatever was there before and after the change that was cut off is there as one or the other, and
 * nothing is made up. */
static void assert_one_or_the_other(void)
{
    for (unsigned i = 0; i < VB_EVENT_RING_KEPT; i++) {
        const char *old = was[i].text, *new = text_in(is, was[i].id);
        const struct vb_occurrence *kept = ring.port.find(&ring, was[i].id);
        if (was[i].id == 0 || new == NULL)
            continue;
        assert_non_null(kept);
        assert_true(strcmp(kept->text, old) == 0 || strcmp(kept->text, new) == 0);
    }
    const struct vb_occurrence *kept = ring.port.before(&ring, UINT64_MAX);
    for (; kept != NULL; kept = ring.port.before(&ring, kept->id))
        assert_true(strtoul(kept->text, NULL, 10) <= 400);
}

static void wherever_the_power_goes_each_is_as_before_or_after(void **state)
{
    enum { STEPS = 300 };
    static const unsigned parts[] = {0, 1, 100, 255};
    unsigned cuts = 0, erases_cut = 0;
    for (unsigned run = 0; run < 3 * STEPS; run++) {
        blank_board(state);
        const uint64_t always = add("0", true);
        write_all();
        host_partition_cut_at(1 + run / 2, parts[run % 4]);
        for (unsigned n = 1; n < STEPS && !host_partition_is_off(); n++) {
            memcpy(was, ring.kept, sizeof was);
            step(n, always);
            memcpy(is, ring.kept, sizeof is);
            (void)!vb_event_ring_write(&ring);
        }
        if (!host_partition_is_off())
            break;
        cuts++;
        erases_cut += ring.next % 8 == 0;
        restart();
        assert_one_or_the_other();
        assert_non_null(ring.port.find(&ring, always));
        (void)add("400", false); /* and life goes on */
        write_all();
        restart();
        assert_string_equal(ring.port.before(&ring, UINT64_MAX)->text, "400");
        assert_non_null(ring.port.find(&ring, always));
    }
    assert_true(cuts > 300 && erases_cut > 10);
}

enum { OPEN = VB_EVENT_RING_KEPT - 1 };

/* Two sectors and more of what does not change; returns what will. */
static uint64_t mostly_open(uint64_t ids[OPEN])
{
    const uint64_t changing = add("0", true);
    for (unsigned i = 0; i < OPEN; i++)
        ids[i] = add("open", true);
    write_all();
    return changing;
}

static void what_is_open_stays_wherever_the_power_goes(void **state)
{
    uint64_t ids[OPEN];
    for (unsigned at = 1; at <= 200; at++) {
        blank_board(state);
        const uint64_t changing = mostly_open(ids);
        host_partition_cut_at(at, 0);
        while (!host_partition_is_off()) {
            set_text(changing, "1", true);
            (void)!vb_event_ring_write(&ring);
        }
        restart();
        for (unsigned i = 0; i < OPEN; i++)
            assert_non_null(ring.port.find(&ring, ids[i]));
    }
}

static void what_is_open_stays_though_writes_were_refused(void **state)
{
    uint64_t ids[OPEN];
    for (unsigned run = 0; run < 50 * 40; run++) {
        blank_board(state);
        const uint64_t changing = mostly_open(ids);
        host_partition_fail_at(1 + run % 50, 1 + run / 50, run % 2 != 0);
        for (unsigned n = 0; n < 50; n++) {
            set_text(changing, "1", true);
            (void)!vb_event_ring_write(&ring);
        }
        host_partition_fail_at(0, 0, false);
        write_all();
        restart();
        for (unsigned i = 0; i < OPEN; i++)
            assert_non_null(ring.port.find(&ring, ids[i]));
    }
}

static void what_refused_writes_held_up_is_not_lost(void **state)
{
    static const unsigned counts[] = {1, 7, 8, 9, 20};
    for (unsigned run = 0; run < 5 * 40; run++) {
        blank_board(state);
        const uint64_t always = add("0", true);
        write_all();
        host_partition_fail_at(1 + run / 5, counts[run % 5], false);
        bool failed = false;
        for (unsigned n = 1; n < 70; n++) {
            step(n, always);
            failed = !vb_event_ring_write(&ring) || failed;
        }
        assert_true(failed);
        write_all();
        memcpy(is, ring.kept, sizeof is);
        restart();
        for (unsigned i = 0; i < VB_EVENT_RING_KEPT; i++) {
            if (is[i].id != 0)
                assert_string_equal(ring.port.find(&ring, is[i].id)->text, is[i].text);
        }
    }
}

static void a_flipped_bit_is_not_believed(void **state)
{
    enum { BYTES_WRITTEN = 99 };
    for (unsigned byte = 0; byte < BYTES_WRITTEN; byte++) {
        blank_board(state);
        const uint64_t id = add("first", true);
        write_all();
        host_partition_flip(byte, byte % 8);
        restart();
        assert_null(ring.port.find(&ring, id));
        assert_null(ring.port.before(&ring, UINT64_MAX));
    }
}

static void every_sector_wears_alike(void **state)
{
    enum { STEPS = 5000 };
    unsigned least = UINT32_MAX, most = 0;
    blank_board(state);
    const uint64_t always = add("0", true);
    for (unsigned n = 1; n < STEPS; n++) {
        step(n, always);
        write_all();
    }
    for (size_t sector = 0; sector < SECTORS; sector++) {
        const unsigned erases = host_partition_erases(sector);
        least = erases < least ? erases : least;
        most = erases > most ? erases : most;
    }
    assert_true(most - least <= 1);
    /* A write of each change, and fewer than as many again to move what is still needed. */
    assert_in_range(most, STEPS / 64, STEPS / 64 * 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, blank_board)
    const struct CMUnitTest tests[] = {TEST(all_of_an_occurrence_outlives_a_restart),
                                       TEST(a_change_of_state_keeps_its_kind),
                                       TEST(ids_grow_past_restarts),
                                       TEST(the_oldest_that_has_ended_gives_way),
                                       TEST(nothing_is_added_where_all_are_open),
                                       TEST(what_has_ended_is_not_open_again_after_a_restart),
                                       TEST(notes_are_kept_and_long_ones_refused),
                                       TEST(of_many_notes_the_one_written_longest_ago_gives_way),
                                       TEST(a_partition_full_of_anything_is_taken_for_empty),
                                       TEST(without_a_partition_there_is_memory_alone),
                                       TEST(wherever_the_power_goes_each_is_as_before_or_after),
                                       TEST(what_is_open_stays_wherever_the_power_goes),
                                       TEST(what_is_open_stays_though_writes_were_refused),
                                       TEST(what_refused_writes_held_up_is_not_lost),
                                       TEST(a_flipped_bit_is_not_believed),
                                       TEST(every_sector_wears_alike)};
    return cmocka_run_group_tests(tests, NULL, end);
}
