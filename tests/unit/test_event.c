#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "voltbeacon/core/event.h"

#include <cmocka.h>

static void push(struct vb_events *events, uint32_t number)
{
    const struct vb_event event = {.type = VB_EVENT_LINK, .a = number};
    vb_events_push(events, &event);
}

static void an_unread_queue_drops_the_oldest_and_counts_them(void **state)
{
    (void)state;
    struct vb_events events = {0};
    struct vb_event event;
    for (uint32_t number = 0; number < 3 * VB_EVENTS_MAX + 5; number++)
        push(&events, number);
    assert_int_equal(events.dropped, 2 * VB_EVENTS_MAX + 5);
    for (uint32_t number = 2 * VB_EVENTS_MAX + 5; number < 3 * VB_EVENTS_MAX + 5; number++) {
        assert_true(vb_events_pop(&events, &event));
        assert_int_equal(event.a, number);
    }
    assert_false(vb_events_pop(&events, &event));
}

static void an_empty_queue_gives_nothing_and_leaves_the_event_alone(void **state)
{
    (void)state;
    struct vb_events events = {0};
    struct vb_event event = {.a = 42};
    assert_false(vb_events_pop(&events, &event));
    assert_int_equal(event.a, 42);
}

static void a_name_that_is_not_in_the_list_is_unknown(void **state)
{
    (void)state;
    assert_string_equal(vb_event_name(255), "unknown event");
    assert_string_equal(vb_event_name(VB_EVENT_RECEIVER_LOST + 1), "unknown event");
    assert_string_equal(vb_kept_name(VB_KEPT_FORGOTTEN), "forgotten");
    assert_string_equal(vb_kept_name(VB_KEPT_FORGOTTEN + 1), "unknown");
}

static void events_come_out_as_they_went_in_round_and_round(void **state)
{
    (void)state;
    struct vb_events events = {0};
    uint32_t pushed = 0;
    uint32_t popped = 0;
    struct vb_event event;
    for (unsigned round = 0; round < 100; round++) {
        for (unsigned i = 0; i < 7; i++)
            push(&events, pushed++);
        while (vb_events_pop(&events, &event))
            assert_int_equal(event.a, popped++);
    }
    assert_int_equal(popped, 700);
    assert_int_equal(events.dropped, 0);
}

static const struct vb_mac stranger = {{9, 9, 9, 9, 9, 9}};

static void refuse(struct vb_events *events, uint32_t at_ms)
{
    vb_events_refused(
        events,
        &(struct vb_event){
            .type = VB_EVENT_REFUSED, .mac = stranger, .err = -3, .detail = 2, .at_ms = at_ms});
}

static void half_the_queue_is_for_what_only_the_log_tells(void **state)
{
    (void)state;
    static const uint8_t told_by_state[] = {VB_EVENT_BEACON, VB_EVENT_RUNTIME, VB_EVENT_SECTION,
                                            VB_EVENT_READING, VB_EVENT_READING_LOST};
    struct vb_events events = {0};
    struct vb_event event;
    uint32_t links = 0;
    for (uint32_t number = 0; number < VB_EVENTS_MAX / 2; number++) {
        push(&events, number);
        for (unsigned i = 0; i < sizeof told_by_state; i++)
            vb_events_push(&events, &(struct vb_event){.type = told_by_state[i]});
    }
    assert_int_equal(events.dropped + events.count, VB_EVENTS_MAX / 2 * (1 + sizeof told_by_state));
    while (vb_events_pop(&events, &event)) {
        if (event.type == VB_EVENT_LINK)
            assert_int_equal(event.a, links++);
    }
    assert_int_equal(links, VB_EVENTS_MAX / 2);
}

static void garbage_for_8_s_is_logged_once_a_second_and_fully_counted(void **state)
{
    (void)state;
    struct vb_events events = {0};
    struct vb_event event;
    const uint32_t begin_ms = 0xfffff000; /* the clock wraps on the way */
    uint32_t told = 0;
    unsigned lines = 0;
    push(&events, 77);
    for (uint32_t ms = 0; ms < 8000; ms++) {
        for (unsigned i = 0; i < 7; i++)
            refuse(&events, begin_ms + ms);
        vb_events_tick(&events, begin_ms + ms);
    }
    vb_events_tick(&events, begin_ms + 9000);
    assert_true(vb_events_pop(&events, &event));
    assert_int_equal(event.a, 77);
    for (; vb_events_pop(&events, &event); lines++) {
        assert_true(event.type == VB_EVENT_REFUSED && event.err == -3 && event.detail == 2);
        assert_true(vb_mac_equal(&event.mac, &stranger));
        told += event.a;
    }
    assert_int_equal(told, 56000);
    assert_in_range(lines, 8, 10);
    assert_int_equal(events.dropped, 0);
    vb_events_tick(&events, begin_ms + 20000);
    assert_false(vb_events_pop(&events, &event)); /* nothing is left to tell */
}

/* Nobody looks in between, and the clock has just begun. */
static void the_first_refusal_is_logged_at_once_and_the_next_a_second_later(void **state)
{
    (void)state;
    struct vb_events events = {0};
    struct vb_event event;
    refuse(&events, 5);
    assert_true(vb_events_pop(&events, &event));
    assert_int_equal(event.a, 1);
    refuse(&events, 6);
    refuse(&events, 5 + VB_REFUSED_APART_MS - 1);
    assert_false(vb_events_pop(&events, &event));
    refuse(&events, 5 + VB_REFUSED_APART_MS);
    assert_true(vb_events_pop(&events, &event));
    assert_int_equal(event.a, 3);
}

static void what_changed_is_noted_though_the_queue_has_dropped_it(void **state)
{
    (void)state;
    struct vb_events events = {0};
    vb_events_push(&events, &(struct vb_event){.type = VB_EVENT_SECTION, .section = 4});
    const uint64_t seen = events.revision;
    vb_events_push(&events, &(struct vb_event){.type = VB_EVENT_SECTION, .section = 9});
    for (unsigned i = 0; i < 10 * VB_EVENTS_MAX; i++)
        push(&events, i);
    struct vb_changes changes = vb_changes_since(&events.changed, 0);
    assert_int_equal(changes.types, 1u << VB_EVENT_SECTION | 1u << VB_EVENT_LINK);
    assert_int_equal(changes.sections, 1u << 4 | 1u << 9);
    changes = vb_changes_since(&events.changed, seen);
    assert_int_equal(changes.sections, 1u << 9);
    assert_true(vb_changes_has(&changes, VB_EVENT_SECTION));
    assert_false(vb_changes_has(&changes, VB_EVENT_READING));
    changes = vb_changes_since(&events.changed, events.revision);
    assert_true(changes.types == 0 && changes.sections == 0);
    refuse(&events, 5);
    refuse(&events, 6); /* not told yet, and noted all the same */
    changes = vb_changes_since(&events.changed, events.revision - 1);
    assert_int_equal(changes.types, 1u << VB_EVENT_REFUSED);
}

static void an_edit_of_a_section_is_no_change_of_it(void **state)
{
    (void)state;
    struct vb_events events = {0};
    vb_events_push(&events, &(struct vb_event){.type = VB_EVENT_EDIT, .section = 4});
    assert_int_equal(vb_changes_since(&events.changed, 0).sections, 0);
    vb_events_push(&events, &(struct vb_event){.type = VB_EVENT_GAVE_UP, .section = 5});
    assert_int_equal(vb_changes_since(&events.changed, 0).sections, 1u << 5);
}

static void an_event_keeps_every_field(void **state)
{
    (void)state;
    struct vb_events events = {0};
    const struct vb_event in = {.type = VB_EVENT_EDIT,
                                .section = 3,
                                .err = -7,
                                .detail = 2,
                                .mac = {{1, 2, 3, 4, 5, 6}},
                                .at_ms = 0xfffffff0,
                                .a = 4,
                                .b = 5,
                                .id = 0x0123456789abcdef};
    struct vb_event out;
    vb_events_push(&events, &in);
    assert_true(vb_events_pop(&events, &out));
    assert_true(out.type == in.type && out.section == in.section && out.err == in.err);
    assert_true(out.detail == in.detail && out.at_ms == in.at_ms && out.id == in.id);
    assert_true(out.a == in.a && out.b == in.b && vb_mac_equal(&out.mac, &in.mac));
}

static void every_event_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (uint8_t type = 0; type <= VB_EVENT_RECEIVER_LOST; type++) {
        assert_string_not_equal(vb_event_name(type), "unknown event");
        for (uint8_t other = 0; other < type; other++)
            assert_string_not_equal(vb_event_name(type), vb_event_name(other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unread_queue_drops_the_oldest_and_counts_them),
        cmocka_unit_test(an_empty_queue_gives_nothing_and_leaves_the_event_alone),
        cmocka_unit_test(a_name_that_is_not_in_the_list_is_unknown),
        cmocka_unit_test(events_come_out_as_they_went_in_round_and_round),
        cmocka_unit_test(half_the_queue_is_for_what_only_the_log_tells),
        cmocka_unit_test(garbage_for_8_s_is_logged_once_a_second_and_fully_counted),
        cmocka_unit_test(the_first_refusal_is_logged_at_once_and_the_next_a_second_later),
        cmocka_unit_test(what_changed_is_noted_though_the_queue_has_dropped_it),
        cmocka_unit_test(an_edit_of_a_section_is_no_change_of_it),
        cmocka_unit_test(an_event_keeps_every_field),
        cmocka_unit_test(every_event_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
