/* The log of a device: what is said of each event of the core, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "voltbeacon/core/receiver.h"
#include "voltbeacon/device/event_words.h"

static char said[512];
static enum vb_log_level said_at;
static unsigned lines;

static void take_line(void *ctx, enum vb_log_level level, const char *text)
{
    (void)ctx;
    snprintf(said, sizeof said, "%s", text);
    said_at = level;
    lines++;
}

static const struct vb_log_sink sink = {.line = take_line};

static unsigned say(struct vb_event event)
{
    lines = 0;
    event.mac = (struct vb_mac){{2, 0, 0, 0, 0, 7}};
    vb_event_say(&sink, &event);
    if (lines > 0 && strlen(said) >= VB_LOG_SINK_TEXT_SIZE - 1)
        fail_msg("cut off: %s", said);
    return lines;
}

static void expect(struct vb_event event, enum vb_log_level level, const char *text)
{
    assert_int_equal(say(event), 1);
    assert_int_equal(said_at, level);
    if (strstr(said, text) == NULL)
        fail_msg("%s", said);
}

static void what_occurs_with_every_frame_is_not_logged(void **state)
{
    (void)state;
    static const uint8_t often[] = {VB_EVENT_BEACON,  VB_EVENT_RUNTIME,      VB_EVENT_EDIT,
                                    VB_EVENT_READING, VB_EVENT_READING_LOST, VB_EVENT_COMMITTED};
    for (size_t i = 0; i < VB_COUNT_OF(often); i++)
        assert_int_equal(say((struct vb_event){.type = often[i]}), 0);
    assert_int_equal(
        say((struct vb_event){.type = VB_EVENT_OUTSIDE, .detail = VB_OUTSIDE_UNPLACED, .a = 0}), 0);
}

static void nothing_is_cut_off(void **state)
{
    (void)state;
    for (unsigned type = 0; type < VB_EVENT_TYPES; type++) {
        for (unsigned detail = 0; detail <= VB_OUTSIDE_FORGOTTEN; detail++) {
            for (unsigned b = 0; b < 2; b++)
                (void)say((struct vb_event){.type = (uint8_t)type,
                                            .section = VB_SECTION_POWER_PROFILE,
                                            .err = VB_ERR_UNCERTAIN,
                                            .detail = (uint8_t)detail,
                                            .a = UINT32_MAX,
                                            .b = b == 0 ? 0 : UINT32_MAX});
        }
    }
}

static void what_a_person_has_to_do_is_logged(void **state)
{
    (void)state;
    expect((struct vb_event){.type = VB_EVENT_OUTSIDE, .detail = VB_OUTSIDE_UNPLACED, .a = 1},
           VB_LOG_WARNING, "unforget 02:00:00:00:00:07");
    expect(
        (struct vb_event){.type = VB_EVENT_OUTSIDE, .detail = VB_OUTSIDE_UNPLACED, .a = 1, .b = 16},
        VB_LOG_WARNING, "all 16 places are taken");
    expect((struct vb_event){.type = VB_EVENT_COMMIT_FAILED, .err = VB_ERR_STORE}, VB_LOG_ERROR,
           "nothing was changed. Is the disk full?");
    expect((struct vb_event){.type = VB_EVENT_COMMIT_FAILED, .err = VB_ERR_UNCERTAIN}, VB_LOG_ERROR,
           "Is the disk failing?");
    expect((struct vb_event){.type = VB_EVENT_CLONED, .detail = 1}, VB_LOG_WARNING,
           "two devices have this address");
    expect((struct vb_event){.type = VB_EVENT_CONTENT_DIFFERS, .section = VB_SECTION_MQTT},
           VB_LOG_ERROR, "section mqtt has different content");
    expect((struct vb_event){.type = VB_EVENT_REFUSED, .a = 3, .err = VB_ERR_MALFORMED},
           VB_LOG_DEBUG, "3 frames refused");
    expect((struct vb_event){.type = VB_EVENT_REFUSED, .a = 1, .err = VB_ERR_MALFORMED},
           VB_LOG_DEBUG, "1 frame refused");
    expect((struct vb_event){.type = VB_EVENT_REFUSED,
                             .detail = VB_MESSAGE_READING,
                             .err = VB_ERR_TOO_LONG},
           VB_LOG_WARNING, "more cells than this receiver has memory for (192)");
    expect((struct vb_event){.type = VB_EVENT_REFUSED,
                             .detail = VB_MESSAGE_BEACON,
                             .err = VB_ERR_TOO_LONG},
           VB_LOG_DEBUG, "refused a");
    expect((struct vb_event){.type = VB_EVENT_REFUSED,
                             .detail = VB_MESSAGE_READING,
                             .err = VB_ERR_MALFORMED},
           VB_LOG_DEBUG, "refused a");
}

/* Each kind by its own words, whatever stands beside it. */
static void each_event_has_its_words(void **state)
{
    (void)state;
    static const struct {
        enum vb_event_type type;
        enum vb_log_level level;
        const char *words;
    } kinds[] = {
        {VB_EVENT_COMMIT_FAILED, VB_LOG_ERROR, "storing a change failed"},
        {VB_EVENT_REPAIRED, VB_LOG_WARNING, "mqtt.enabled: the stored value 5 was out of range"},
        {VB_EVENT_REVERTED, VB_LOG_WARNING,
         "section mqtt was reverted: no receiver was heard after the edit; this is "
         "stored once the store works again"},
        {VB_EVENT_DAMAGED, VB_LOG_ERROR, "is damaged"},
        {VB_EVENT_UNREADABLE, VB_LOG_ERROR, "the store cannot be read"},
        {VB_EVENT_REBOOT, VB_LOG_INFO, "rebooted (boot 5)"},
        {VB_EVENT_STORE_REPLACED, VB_LOG_WARNING, "it has another store (00000005)"},
        {VB_EVENT_CLONED, VB_LOG_WARNING, "two devices have this address"},
    };
    for (size_t i = 0; i < VB_COUNT_OF(kinds); i++)
        expect((struct vb_event){.type = (uint8_t)kinds[i].type,
                                 .section = VB_SECTION_MQTT,
                                 .err = VB_ERR_STORE,
                                 .detail = 1,
                                 .a = 5},
               kinds[i].level, kinds[i].words);
    assert_int_equal(say((struct vb_event){.type = VB_EVENT_REVERTED, .section = VB_SECTION_MQTT}),
                     1);
    assert_string_equal(said, "section mqtt was reverted: no receiver was heard after "
                              "the edit");
}

/* Of a later version, or of nothing: no name is made up, and no line that says nothing. */
static void what_has_no_name_is_unknown_or_left_out(void **state)
{
    (void)state;
    expect((struct vb_event){.type = VB_EVENT_REPAIRED, .section = 200}, VB_LOG_WARNING,
           "unknown.unknown: the stored value");
    expect((struct vb_event){.type = VB_EVENT_DAMAGED, .section = VB_SECTION_MQTT, .detail = 200},
           VB_LOG_ERROR, "the stored unknown mqtt is damaged");
    assert_int_equal(say((struct vb_event){.type = VB_EVENT_TYPES}), 0);
    assert_int_equal(say((struct vb_event){
                         .type = VB_EVENT_OUTSIDE, .detail = VB_OUTSIDE_FORGOTTEN + 1, .a = 1}),
                     0);
}

/* What the receiver keeps of a transmitter comes back from there; what is its own does not. */
static void what_is_done_about_damage_is_logged(void **state)
{
    (void)state;
    for (uint8_t thing = VB_KEPT_SECTION; thing <= VB_KEPT_FORGOTTEN; thing++)
        expect((struct vb_event){.type = VB_EVENT_DAMAGED, .detail = thing}, VB_LOG_ERROR,
               thing == VB_KEPT_CACHE ? "is damaged: fetching it again"
                                      : "is damaged: starting over");
}

static void refused_frames_are_listed_by_their_reason(void **state)
{
    (void)state;
    uint32_t refused[VB_ERR_COUNT] = {0};
    char text[256] = "";
    assert_int_equal(vb_refused_list(refused, text, 0, sizeof text), 0);
    refused[-VB_ERR_MALFORMED] = 5;
    char expected[128];
    snprintf(expected, sizeof expected, "a\nrefused_%d=5 %s\n", -VB_ERR_MALFORMED,
             vb_err_text(VB_ERR_MALFORMED));
    memcpy(text, "a\n", 2);
    assert_int_equal(vb_refused_list(refused, text, 2, sizeof text), strlen(expected));
    assert_string_equal(text, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_occurs_with_every_frame_is_not_logged),
        cmocka_unit_test(nothing_is_cut_off),
        cmocka_unit_test(what_a_person_has_to_do_is_logged),
        cmocka_unit_test(each_event_has_its_words),
        cmocka_unit_test(what_has_no_name_is_unknown_or_left_out),
        cmocka_unit_test(what_is_done_about_damage_is_logged),
        cmocka_unit_test(refused_frames_are_listed_by_their_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
