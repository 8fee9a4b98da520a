/* .../history and .../energy: what is asked, and the two forms of the answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cJSON.h>
#include <cmocka.h>

#include "../fixtures/api_bench.h"

#define PATH "/api/v1/transmitters/" FIXTURE_MAC

enum { NOW_S = 1795478400 /* 2026-11-24T00:00:00Z */, DAY_S = 86400 };

static struct api_fixture fixture;
static struct vb_response response;
static char body[8 << 20];

/* A history that has a point for every step from `oldest` on, but for `gap`. */
static struct {
    struct vb_history_status status;
    int64_t oldest_s[VB_TIERS];
    int64_t gap_s;
    uint8_t cell_count;
    uint32_t asked;       /* points */
    uint32_t fails_after; /* so many points */
    int32_t first_day;
    double in_kwh;
    struct vb_history_span span; /* of the last question */
    int64_t first_from_s;
} kept;

static struct vb_history_source source;

static void fake_status(void *ctx, struct vb_history_status *status)
{
    (void)ctx;
    *status = kept.status;
}

static enum vb_err fake_point(void *ctx, const struct vb_history_span *span, int64_t from_s,
                              int64_t *at_s, struct vb_history_view *view)
{
    static struct vb_rollup answered;
    struct vb_rollup *point = &answered;
    (void)ctx;
    if (kept.asked == 0)
        kept.first_from_s = from_s;
    kept.span = *span;
    if (kept.asked++ >= kept.fails_after)
        return VB_ERR_STORE;
    assert_int_equal(from_s % span->step_s, 0);
    *at_s = from_s < kept.oldest_s[span->tier] ? kept.oldest_s[span->tier] : from_s;
    *at_s -= *at_s % span->step_s;
    if (*at_s == kept.gap_s)
        *at_s += span->step_s;
    if (*at_s >= span->to_s || *at_s >= NOW_S)
        return VB_ERR_NOT_FOUND;
    vb_rollup_clear(point);
    point->readings = 100;
    point->cell_count = kept.cell_count;
    point->temp_count = 2;
    point->pack_mv = vb_rollup_value_of(100, 358100, 3581234, 358200);
    point->soc_permille = vb_rollup_value_of(100, 620, 6201, 621);
    point->temps_dc[1] = vb_rollup_value_of(100, -15, -149, -10);
    for (unsigned i = 0; i < kept.cell_count; i++)
        point->cells_mv[i] = vb_rollup_value_of(100, 3700, 37015 + (int32_t)i, 3799);
    vb_history_view_of(point, view);
    if (!source.by_cell) {
        view->cell_count = view->temp_count = 0;
        view->cells_mv = view->temps_dc = NULL;
    }
    return VB_ERR_OK;
}

static enum vb_err fake_oldest(void *ctx, const struct vb_mac *mac, enum vb_tier tier,
                               int64_t *at_s)
{
    (void)ctx;
    (void)mac;
    *at_s = kept.oldest_s[tier];
    return *at_s < 0 ? VB_ERR_NOT_FOUND : VB_ERR_OK;
}

static enum vb_err fake_day(void *ctx, const struct vb_mac *mac, int32_t from_day,
                            struct vb_history_day *day)
{
    (void)ctx;
    (void)mac;
    if (kept.fails_after == 0)
        return VB_ERR_STORE;
    day->day = from_day < kept.first_day ? kept.first_day : from_day;
    day->in_kwh = kept.in_kwh;
    day->out_kwh = 0.0004;
    return VB_ERR_OK;
}

static const char *fake_time_zone(void *ctx)
{
    (void)ctx;
    return "Europe/Vienna";
}

static int32_t fake_day_of(void *ctx, int64_t at_s)
{
    (void)ctx;
    return (int32_t)((at_s + 3600) / DAY_S);
}

static int64_t fake_now_s(void *ctx)
{
    (void)ctx;
    return NOW_S;
}

static struct vb_history_source source = {.status = fake_status,
                                          .point = fake_point,
                                          .oldest = fake_oldest,
                                          .day = fake_day,
                                          .time_zone = fake_time_zone,
                                          .day_of = fake_day_of,
                                          .now_s = fake_now_s};

static int fresh(void **state)
{
    (void)state;
    fixture_init(&fixture);
    fixture.api.history = &source;
    source.by_cell = true;
    source.lasting = true;
    source.finest_s = 10;
    source.longest_s = 0;
    memset(&kept, 0, sizeof kept);
    kept.status.state = VB_HISTORY_RECORDING;
    kept.oldest_s[VB_TIER_10S] = NOW_S - 7 * DAY_S;
    kept.oldest_s[VB_TIER_1MIN] = NOW_S - 90 * DAY_S;
    kept.oldest_s[VB_TIER_1H] = NOW_S - 3650LL * DAY_S;
    kept.cell_count = 3;
    kept.fails_after = UINT32_MAX;
    kept.first_day = 20000;
    kept.in_kwh = 1.23449;
    return 0;
}

/* The whole body, NUL-terminated. */
static const char *get(const char *path, const char *query)
{
    const struct vb_request request = {
        .method = "GET", .path = path, .query = query, .host = "127.0.0.1:8080"};
    size_t size = 0;
    vb_api_handle(&fixture.api, &request, FIXTURE_NOW_MS, &response);
    for (;;) {
        static char piece[VB_PIECE_BYTES_MAX];
        const size_t more = vb_response_next(&response, FIXTURE_NOW_MS, piece, sizeof piece);
        assert_true(size + more < sizeof body);
        memcpy(body + size, piece, more);
        size += more;
        if (more == 0)
            break;
    }
    body[size] = '\0';
    return body;
}

static const char *history(const char *query)
{
    return get(PATH "/history", query);
}

/* The answer's object, for cJSON_Delete. */
static cJSON *object(const char *text)
{
    cJSON *parsed = cJSON_Parse(text);
    assert_true(cJSON_IsObject(parsed));
    return parsed;
}

static void expect_refused(const char *query, uint16_t status, const char *part)
{
    const char *text = history(query);
    assert_int_equal(response.status, status);
    if (strstr(text, part) == NULL)
        fail_msg("%s: %s is not in %s", query, part, text);
    cJSON_Delete(object(text));
}

/* == What cannot be answered ================================================================= */

static void E7_bad_parameters_are_refused_with_which_and_what_is_allowed(void **state)
{
    (void)state;
    expect_refused("from=yesterday", 400, "from=yesterday is not possible; it may be a time like");
    expect_refused("to=2026-13-01", 400, "to=2026-13-01 is not possible");
    expect_refused("resolution=30", 400, "resolution=30 is not possible; it may be 10, 60, 300");
    expect_refused("format=xml", 400, "format=xml is not possible; it may be json or csv");
    expect_refused("from=200&to=100", 400, "from must be before to");
    expect_refused("from=100&to=100", 400, "from must be before to");
    expect_refused("limit=5", 400, "no parameter limit here; there are from, to, resolution");
    expect_refused("cells", 400, "cells= is not possible");
    expect_refused("from=%zz", 400, "from= is not possible");
    expect_refused("from=%4", 400, "from= is not possible");
    static const char *const cells[] = {"",   "x",  "192",  "0-192", "5-4", "1,",    ",1",
                                        "1-", "-1", "0001", "1;2",   "1 2", "none,1"};
    for (size_t i = 0; i < VB_COUNT_OF(cells); i++) {
        char query[64];
        snprintf(query, sizeof query, "cells=%s", cells[i]);
        expect_refused(query, 400, "is not possible; it may be a list of cells from 0");
    }
}

static void E7_a_value_of_any_length_is_refused_not_cut(void **state)
{
    (void)state;
    char query[300] = "cells=";
    memset(query + 6, '1', sizeof query - 7);
    expect_refused(query, 400, "is not possible");
}

static void E7_without_a_history_the_reason_is_given(void **state)
{
    (void)state;
    kept.fails_after = 0;
    kept.status.state = VB_HISTORY_STARTING;
    expect_refused(NULL, 503, "is being opened; try again");
    kept.status.state = VB_HISTORY_OFF;
    snprintf(kept.status.reason, sizeof kept.status.reason, "a newer version wrote it");
    expect_refused(NULL, 503, "cannot be read: a newer version wrote it");
    assert_non_null(strstr(get(PATH "/energy", NULL), "a newer version wrote it"));
    assert_int_equal(response.status, 503);
    fixture.api.history = NULL;
    expect_refused(NULL, 503, "keeps no history");
    assert_non_null(strstr(get("/api/v1/receiver", NULL), "\"history\":null"));
}

static void E7_of_an_unknown_transmitter_there_is_no_history(void **state)
{
    (void)state;
    get("/api/v1/transmitters/02:00:00:00:00:99/history", NULL);
    assert_int_equal(response.status, 404);
    get("/api/v1/transmitters/02:00:00:00:00:99/energy", NULL);
    assert_int_equal(response.status, 404);
}

static void E7_an_answer_that_breaks_off_says_so_and_is_whole_JSON(void **state)
{
    (void)state;
    kept.fails_after = 5;
    cJSON *answer = object(history(NULL));
    assert_int_equal(response.status, 200);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(answer, "points")), 4);
    assert_non_null(
        strstr(cJSON_GetObjectItem(answer, "error")->valuestring, "not be read to the"));
    cJSON_Delete(answer);
    kept.asked = 0;
    assert_non_null(strstr(history("format=csv"), "\r\n# The history could not be read"));
}

/* == The answer ============================================================================== */

static void E7_the_last_24_hours_come_by_the_minute(void **state)
{
    (void)state;
    cJSON *answer = object(history(NULL));
    assert_int_equal(response.status, 200);
    assert_string_equal(response.content_type, "application/json");
    const cJSON *points = cJSON_GetObjectItem(answer, "points");
    assert_int_equal(cJSON_GetArraySize(points), 1440);
    assert_true(cJSON_GetObjectItem(answer, "from")->valuedouble == NOW_S - DAY_S);
    assert_true(cJSON_GetObjectItem(answer, "to")->valuedouble == NOW_S);
    assert_int_equal(cJSON_GetObjectItem(answer, "resolution_s")->valueint, 60);
    assert_string_equal(cJSON_GetObjectItem(answer, "time_zone")->valuestring, "UTC");
    assert_true(cJSON_GetObjectItem(points->child, "at")->valuedouble == NOW_S - DAY_S);
    cJSON_Delete(answer);
}

static void E7_a_point_has_lowest_mean_and_highest_and_null_for_what_is_not_known(void **state)
{
    (void)state;
    char query[128];
    snprintf(query, sizeof query, "from=%d&to=%d&resolution=10&cells=2,0-0,3", NOW_S - 10, NOW_S);
    const char *text = history(query);
    assert_string_equal(
        text,
        "{\"mac\":\"" FIXTURE_MAC "\",\"from\":1795478390,\"to\":1795478400,\"resolution_s\":10,"
        "\"time_zone\":\"UTC\",\"by_cell\":true,\"cells\":[0,2,3],"
        "\"units\":{\"cells\":\"mV\",\"pack\":\"V\",\"current\":\"A\",\"soc\":\"%\","
        "\"temperatures\":\"degC\"},\"points\":[{\"at\":1795478390,"
        "\"readings\":100,\"pack_v\":[358.100,358.1234,358.200],\"current_a\":null,"
        "\"soc_percent\":[62.0,62.01,62.1],\"temperatures_c\":[null,[-1.5,-1.49,-1.0]],"
        "\"all_temperatures_c\":[-1.5,-1.49,-1.0],"
        "\"all_cells_mv\":[3700,3701.6,3799],"
        "\"cells_mv\":[[3700,3701.5,3799],[3700,3701.7,3799],null]}]}");
}

static void E7_without_cells_a_point_still_says_what_all_of_them_had(void **state)
{
    (void)state;
    cJSON *answer = object(history("resolution=3600&cells=none"));
    const cJSON *point = cJSON_GetObjectItem(answer, "points")->child;
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(answer, "cells")), 0);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(point, "cells_mv")), 0);
    const cJSON *all = cJSON_GetObjectItem(point, "all_cells_mv");
    assert_true(cJSON_GetArrayItem(all, 0)->valuedouble == 3700);
    assert_true(cJSON_GetArrayItem(all, 1)->valuedouble == 3701.6);
    assert_true(cJSON_GetArrayItem(all, 2)->valuedouble == 3799);
    cJSON_Delete(answer);

    kept.cell_count = 0;
    answer = object(history("resolution=3600&cells=none"));
    point = cJSON_GetObjectItem(answer, "points")->child;
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(point, "all_cells_mv")));
    cJSON_Delete(answer);
}

static void E7_the_same_as_CSV_with_units_and_the_time_zone(void **state)
{
    (void)state;
    char query[128];
    snprintf(query, sizeof query, "from=%d&to=%d&resolution=10&cells=0,3&format=csv", NOW_S - 20,
             NOW_S);
    kept.gap_s = NOW_S - 20;
    const char *text = history(query);
    assert_non_null(strstr(response.content_type, "text/csv"));
    assert_string_equal(
        text,
        "# Voltbeacon, transmitter " FIXTURE_MAC ", 2026-11-23T23:59:40Z to 2026-11-24T00:00:00Z; "
        "a line covers the 10 s from its time on; time zone UTC; positive current charges; "
        "cells count from 1\r\n"
        "time (UTC),time [s since 1970],readings,pack voltage min [V],pack voltage mean [V],"
        "pack voltage max [V],current min [A],current mean [A],current max [A],"
        "state of charge min [%],state of charge mean [%],state of charge max [%],"
        "temperature 1 min [degC],temperature 1 mean [degC],temperature 1 max [degC],"
        "temperature 2 min [degC],temperature 2 mean [degC],temperature 2 max [degC],"
        "cell 1 min [mV],cell 1 mean [mV],cell 1 max [mV],"
        "cell 4 min [mV],cell 4 mean [mV],cell 4 max [mV]\r\n"
        "2026-11-23T23:59:50Z,1795478390,100,358.100,358.1234,358.200,,,,62.0,62.01,62.1,,,,"
        "-1.5,-1.49,-1.0,3700,3701.5,3799,,,\r\n");
}

static void E7_a_pack_of_192_cells_fits_both_forms(void **state)
{
    (void)state;
    kept.cell_count = VB_CELLS_MAX;
    cJSON *answer = object(history("from=2026-11-23T23:00:00Z"));
    const cJSON *points = cJSON_GetObjectItem(answer, "points");
    assert_int_equal(cJSON_GetArraySize(points), 360);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(points->child, "cells_mv")), 192);
    cJSON_Delete(answer);
    const char *text = history("from=2026-11-23T23:00:00Z&format=csv&resolution=3600");
    unsigned commas = 0;
    for (const char *at = strstr(text, "\r\n") + 2; *at != '\r'; at++)
        commas += *at == ',' ? 1 : 0;
    assert_int_equal(commas, 2 + 3 * 3 + 3 * 2 + 3 * 192);
}

static void E7_a_query_may_be_encoded(void **state)
{
    (void)state;
    cJSON *answer = object(history("from=2026-11-23T20%3A00%3A00%2B01%3A00&cells=0%2C1"));
    assert_true(cJSON_GetObjectItem(answer, "from")->valuedouble == NOW_S - 5 * 3600);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(answer, "cells")), 2);
    cJSON_Delete(answer);
}

/* == Resolution ============================================================================== */

static void expect_auto(const char *query, uint32_t step_s, enum vb_tier tier)
{
    kept.asked = 0;
    history(query);
    assert_int_equal(response.status, 200);
    assert_int_equal(kept.span.step_s, step_s);
    assert_int_equal(kept.span.tier, tier);
    assert_int_equal(kept.first_from_s % step_s, 0);
    assert_true(kept.asked <= 1504);
}

static void E7_auto_takes_the_finest_that_makes_at_most_1500_points(void **state)
{
    (void)state;
    expect_auto("from=2026-11-23T20:00:00Z", 10, VB_TIER_10S);
    expect_auto("from=2026-11-23T18:00:00Z", 60, VB_TIER_1MIN);
    expect_auto(NULL, 60, VB_TIER_1MIN);
    expect_auto("from=2026-11-20", 300, VB_TIER_1MIN);
    expect_auto("from=2026-11-10", 900, VB_TIER_1MIN);
    expect_auto("from=2026-10-01", 3600, VB_TIER_1H);
    expect_auto("from=2026-06-01", 10800, VB_TIER_1H);
    expect_auto("from=2026-01-01", 21600, VB_TIER_1H);
    expect_auto("from=2024-01-01", 86400, VB_TIER_1H);
    expect_auto("from=2017-01-01", 259200, VB_TIER_1H);
}

static void E7_auto_takes_a_tier_that_still_reaches_back_so_far(void **state)
{
    (void)state;
    expect_auto("from=2026-11-10T20:00:00Z&to=2026-11-10T21:00:00Z", 60, VB_TIER_1MIN);
    expect_auto("from=2026-08-01T20:00:00Z&to=2026-08-01T21:00:00Z", 3600, VB_TIER_1H);
    for (unsigned tier = 0; tier < VB_TIERS; tier++) /* a history that is younger than the range */
        kept.oldest_s[tier] = NOW_S - 1800;
    kept.oldest_s[VB_TIER_1H] = NOW_S - 3600;
    expect_auto("from=2026-11-23T20:00:00Z", 10, VB_TIER_10S);
}

static void E7_a_named_resolution_is_kept_to_however_long_the_range(void **state)
{
    (void)state;
    kept.cell_count = 0;
    cJSON *answer = object(history("from=2026-11-22&resolution=10"));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(answer, "points")), 17280);
    cJSON_Delete(answer);
}

static void E7_a_long_range_leaves_the_loop_its_turn(void **state)
{
    (void)state;
    static char piece[64 * 1024];
    const struct vb_request request = {.method = "GET",
                                       .path = PATH "/history",
                                       .query = "from=2017-01-01&cells=0",
                                       .host = "127.0.0.1:8080"};
    vb_api_handle(&fixture.api, &request, FIXTURE_NOW_MS, &response);
    unsigned turns = 0;
    for (;; turns++) {
        const uint32_t before = kept.asked;
        if (vb_response_next(&response, FIXTURE_NOW_MS, piece, sizeof piece) == 0)
            break;
        assert_true((kept.asked - before) * (259200 / 3600) <= 1000 + 72);
    }
    assert_true(turns > 80);
}

/* == A history of a small device ============================================================= */

/* In memory, of all cells together. */
static void of_a_small_device(void)
{
    source.by_cell = false;
    source.lasting = false;
    source.finest_s = 900;
    source.longest_s = 3 * DAY_S;
}

static void E7_where_cells_are_not_kept_one_by_one_both_forms_have_all_of_them(void **state)
{
    (void)state;
    char query[128];
    of_a_small_device();
    kept.oldest_s[VB_TIER_1MIN] = NOW_S - 900;
    snprintf(query, sizeof query, "from=%d&to=%d&resolution=900&cells=0-2", NOW_S - 900, NOW_S);
    assert_string_equal(
        history(query),
        "{\"mac\":\"" FIXTURE_MAC "\",\"from\":1795477500,\"to\":1795478400,"
        "\"resolution_s\":900,\"time_zone\":\"UTC\",\"by_cell\":false,\"cells\":[],"
        "\"units\":{\"cells\":\"mV\",\"pack\":\"V\",\"current\":\"A\",\"soc\":\"%\","
        "\"temperatures\":\"degC\"},\"points\":[{\"at\":1795477500,\"readings\":100,"
        "\"pack_v\":[358.100,358.1234,358.200],\"current_a\":null,"
        "\"soc_percent\":[62.0,62.01,62.1],\"temperatures_c\":[],"
        "\"all_temperatures_c\":[-1.5,-1.49,-1.0],\"all_cells_mv\":[3700,3701.6,3799],"
        "\"cells_mv\":[]}]}");
    snprintf(query, sizeof query, "from=%d&to=%d&resolution=900&format=csv", NOW_S - 900, NOW_S);
    assert_string_equal(
        history(query),
        "# Voltbeacon, transmitter " FIXTURE_MAC ", 2026-11-23T23:45:00Z to 2026-11-24T00:00:00Z; "
        "a line covers the 900 s from its time on; time zone UTC; positive current charges; "
        "cells and sensors are not kept one by one\r\n"
        "time (UTC),time [s since 1970],readings,pack voltage min [V],pack voltage mean [V],"
        "pack voltage max [V],current min [A],current mean [A],current max [A],"
        "state of charge min [%],state of charge mean [%],state of charge max [%],"
        "all temperatures min [degC],all temperatures mean [degC],all temperatures max [degC],"
        "all cells min [mV],all cells mean [mV],all cells max [mV]\r\n"
        "2026-11-23T23:45:00Z,1795477500,100,358.100,358.1234,358.200,,,,62.0,62.01,62.1,"
        "-1.5,-1.49,-1.0,3700,3701.6,3799\r\n");
}

static void E7_no_finer_step_is_asked_for_than_the_finest_that_is_kept(void **state)
{
    (void)state;
    of_a_small_device();
    expect_auto("from=2026-11-23T23:00:00Z", 900, VB_TIER_1MIN);
    expect_auto(NULL, 900, VB_TIER_1MIN);
    expect_auto("from=2026-11-23&resolution=10", 900, VB_TIER_1MIN);
    expect_auto("from=2026-11-23&resolution=3600", 3600, VB_TIER_1H);
    source.finest_s = 259200;
    expect_auto(NULL, 259200, VB_TIER_1H);
}

static void E7_the_receiver_says_what_a_history_in_memory_leaves_out(void **state)
{
    (void)state;
    of_a_small_device();
    assert_non_null(strstr(get("/api/v1/receiver", NULL),
                           "\"by_cell\":false,\"lasting\":false,\"finest_s\":900,"
                           "\"longest_s\":259200}"));
}

/* == Energy, and the receiver's word ========================================================= */

static void E7_energy_comes_by_the_day_of_the_zone_that_is_set(void **state)
{
    (void)state;
    kept.in_kwh = 1.2345;
    assert_string_equal(get(PATH "/energy", "from=2026-11-22T23:30:00Z&to=2026-11-24"),
                        "{\"mac\":\"" FIXTURE_MAC "\",\"time_zone\":\"Europe/Vienna\",\"days\":["
                        "{\"day\":\"2026-11-23\",\"in_kwh\":1.235,\"out_kwh\":0.000},"
                        "{\"day\":\"2026-11-24\",\"in_kwh\":1.235,\"out_kwh\":0.000}]}");
    cJSON *answer = object(get(PATH "/energy", NULL));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(answer, "days")), 31);
    cJSON_Delete(answer);
    get(PATH "/energy", "cells=1");
    assert_int_equal(response.status, 400);
}

static void E7_the_receiver_says_when_its_history_is_paused(void **state)
{
    (void)state;
    kept.status.state = VB_HISTORY_PAUSED;
    snprintf(kept.status.reason, sizeof kept.status.reason, "the disk is full");
    kept.status.points_missed = 7;
    const char *text = get("/api/v1/receiver", NULL);
    assert_non_null(strstr(text,
                           "\"history\":{\"state\":\"paused\",\"reason\":\"the disk is full\","
                           "\"recovered\":null,\"written\":0,\"readings_missed\":0,"
                           "\"points_missed\":7,\"bytes\":0,\"by_cell\":true,\"lasting\":true,"
                           "\"finest_s\":10,\"longest_s\":null}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(E7_bad_parameters_are_refused_with_which_and_what_is_allowed, fresh),
        cmocka_unit_test_setup(E7_a_value_of_any_length_is_refused_not_cut, fresh),
        cmocka_unit_test_setup(E7_without_a_history_the_reason_is_given, fresh),
        cmocka_unit_test_setup(E7_of_an_unknown_transmitter_there_is_no_history, fresh),
        cmocka_unit_test_setup(E7_an_answer_that_breaks_off_says_so_and_is_whole_JSON, fresh),
        cmocka_unit_test_setup(E7_the_last_24_hours_come_by_the_minute, fresh),
        cmocka_unit_test_setup(
            E7_a_point_has_lowest_mean_and_highest_and_null_for_what_is_not_known, fresh),
        cmocka_unit_test_setup(E7_the_same_as_CSV_with_units_and_the_time_zone, fresh),
        cmocka_unit_test_setup(E7_without_cells_a_point_still_says_what_all_of_them_had, fresh),
        cmocka_unit_test_setup(E7_a_pack_of_192_cells_fits_both_forms, fresh),
        cmocka_unit_test_setup(E7_a_query_may_be_encoded, fresh),
        cmocka_unit_test_setup(E7_auto_takes_the_finest_that_makes_at_most_1500_points, fresh),
        cmocka_unit_test_setup(E7_auto_takes_a_tier_that_still_reaches_back_so_far, fresh),
        cmocka_unit_test_setup(E7_a_named_resolution_is_kept_to_however_long_the_range, fresh),
        cmocka_unit_test_setup(E7_a_long_range_leaves_the_loop_its_turn, fresh),
        cmocka_unit_test_setup(E7_where_cells_are_not_kept_one_by_one_both_forms_have_all_of_them,
                               fresh),
        cmocka_unit_test_setup(E7_no_finer_step_is_asked_for_than_the_finest_that_is_kept, fresh),
        cmocka_unit_test_setup(E7_the_receiver_says_what_a_history_in_memory_leaves_out, fresh),
        cmocka_unit_test_setup(E7_energy_comes_by_the_day_of_the_zone_that_is_set, fresh),
        cmocka_unit_test_setup(E7_the_receiver_says_when_its_history_is_paused, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
