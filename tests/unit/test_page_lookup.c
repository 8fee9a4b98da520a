/* Which page a path means, and who takes it gzipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "embed/web_assets.h"
#include "pages/page_lookup.h"
#include "voltbeacon/core/platform.h"

static const struct vb_asset assets[] = {{.path = "/index.html"}, {.path = "/assets/app.js"}};
static const char *const views[] = {"/", "/settings", "/cells/*"};
static const struct vb_pages pages = {assets, VB_COUNT_OF(assets), views, VB_COUNT_OF(views)};

static void a_path_is_a_file_a_view_or_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int asset; /* -1 = none */
        uint16_t status;
    } cases[] = {{"/index.html", 0, 200},
                 {"/assets/app.js", 1, 200},
                 {"/", 0, 200},
                 {"/settings//", 0, 200},
                 {"/cells/192", 0, 200},
                 {"/cells/0", 0, 404},
                 {"/cells/1000", 0, 404},
                 {"/elsewhere", 0, 404},
                 {"/assets/gone.js", -1, 200},
                 {"", -1, 200}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        uint16_t status = 0;
        const struct vb_asset *asset = vb_page_for(&pages, cases[i].path, &status);
        if (asset != (cases[i].asset < 0 ? NULL : &assets[cases[i].asset]) ||
            status != cases[i].status)
            fail_msg("\"%s\": %s, %u", cases[i].path, asset == NULL ? "none" : asset->path, status);
    }
}

static void a_server_without_pages_has_none(void **state)
{
    (void)state;
    uint16_t status;
    assert_null(vb_page_for(&(struct vb_pages){0}, "/", &status));
}

static void gzip_is_taken_by_who_says_so(void **state)
{
    (void)state;
    static const char *const taken[] = {"gzip", "GZip",    "br, gzip",         "br,gzip;q=0.001",
                                        "*",    "*;q=0.5", "deflate;q=0, gzip"};
    static const char *const not_taken[] = {"",         "gzipped",     "xgzip",       "gzi",
                                            "gzip;q=0", "gzip; q=0.0", "*, gzip;q=0", "*;q=0"};
    for (size_t i = 0; i < VB_COUNT_OF(taken); i++) {
        if (!vb_takes_gzip(taken[i]))
            fail_msg("\"%s\" is not taken for one that takes gzip", taken[i]);
    }
    for (size_t i = 0; i < VB_COUNT_OF(not_taken); i++) {
        if (vb_takes_gzip(not_taken[i]))
            fail_msg("\"%s\" passes for one that takes gzip", not_taken[i]);
    }
}

static void a_form_that_is_not_there_is_none(void **state)
{
    (void)state;
    static const uint8_t bytes[] = "page";
    const struct vb_asset both = {.gzipped = {.bytes = bytes}, .plain = {.bytes = bytes}};
    const struct vb_asset small = {.gzipped = {.bytes = bytes}};
    assert_ptr_equal(vb_page_form(&both, "gzip"), &both.gzipped);
    assert_ptr_equal(vb_page_form(&both, ""), &both.plain);
    assert_ptr_equal(vb_page_form(&small, "gzip"), &small.gzipped);
    assert_null(vb_page_form(&small, "identity"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_a_file_a_view_or_nothing),
        cmocka_unit_test(a_server_without_pages_has_none),
        cmocka_unit_test(gzip_is_taken_by_who_says_so),
        cmocka_unit_test(a_form_that_is_not_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
