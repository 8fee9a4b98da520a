/* How far a WebSocket's client may lag behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pages/socket_pace.h"

/* As a server does it: a ping as soon as one is due. Returns how many messages went out. */
static unsigned send_all(struct vb_socket_pace *pace, unsigned messages, unsigned *pings)
{
    unsigned sent = 0;
    for (; sent < messages && vb_pace_allows(pace); sent++) {
        vb_pace_message_sent(pace);
        if (vb_pace_wants_ping(pace)) {
            vb_pace_ping_sent(pace);
            ++*pings;
        }
    }
    return sent;
}

static void one_that_never_answers_gets_two_seconds_of_readings_E4(void **state)
{
    (void)state;
    struct vb_socket_pace pace = {0};
    unsigned pings = 0;
    assert_int_equal(send_all(&pace, 1000, &pings), 20);
    assert_int_equal(pings, 1);
}

static void one_that_answers_gets_all(void **state)
{
    (void)state;
    struct vb_socket_pace pace = {0};
    unsigned pings = 0;
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(send_all(&pace, 10, &pings), 10);
        vb_pace_pong_came(&pace);
    }
    assert_int_equal(pings, 100);
}

static void a_late_answer_counts_for_what_came_before_its_ping(void **state)
{
    (void)state;
    struct vb_socket_pace pace = {0};
    unsigned pings = 0;
    assert_int_equal(send_all(&pace, 15, &pings), 15);
    vb_pace_pong_came(&pace); /* it has read ten, and five are under way */
    assert_int_equal(send_all(&pace, 1000, &pings), 15);
    assert_int_equal(pings, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_never_answers_gets_two_seconds_of_readings_E4),
        cmocka_unit_test(one_that_answers_gets_all),
        cmocka_unit_test(a_late_answer_counts_for_what_came_before_its_ping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
