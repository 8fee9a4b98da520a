#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "voltbeacon/core/event.h"

#include <cmocka.h>

static void push(struct vb_events *events, uint32_t number)
{
    const struct vb_event event = {.type = VB_EVENT_READING, .a = number};
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
        cmocka_unit_test(an_event_keeps_every_field),
        cmocka_unit_test(every_event_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
