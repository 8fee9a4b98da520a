/* Where the pages are served: which addresses are ones, and who reaches them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "linux/system/cause.h"
#include "linux/web/web_address.h"

static void what_is_no_address_is_refused_with_the_forms_there_are(void **state)
{
    (void)state;
    static const char *const texts[] = {"",        "8080",    ":8080",        "127.0.0.1",
                                        "[]:80",   "[::1]",   "127.0.0.1:",   "127.0.0.1:99999",
                                        "a b:80",  "::1:80",  "1.2.3.4:80x",  "1.2.3.4:-1",
                                        "[::1:80", "::1]:80", "[1.2.3.4]:80", "1.2.3.4:123456"};
    for (size_t i = 0; i < VB_COUNT_OF(texts); i++) {
        char error[512] = "";
        assert_false(vb_web_address_check(texts[i], true, error, sizeof error));
        assert_non_null(strstr(error, "127.0.0.1:8080, localhost:8080 or [::1]:8080"));
        assert_int_equal(vb_cause_take(), VB_CAUSE_USAGE);
        assert_null(vb_web_address_take(texts[i], error, sizeof error));
    }
    (void)vb_cause_take();
}

static void a_host_longer_than_any_is_refused(void **state)
{
    (void)state;
    char text[VB_WEB_ADDRESS_SIZE + 8];
    char error[512] = "";
    memset(text, '1', sizeof text);
    memcpy(text + sizeof text - 4, ":80", 4);
    assert_false(vb_web_address_check(text, true, error, sizeof error));
    assert_non_null(strstr(error, text));
}

static void only_loopback_is_loopback_G0(void **state)
{
    (void)state;
    assert_true(vb_web_is_loopback("127.0.0.1:8080"));
    assert_true(vb_web_is_loopback("127.1.2.3:8080"));
    assert_true(vb_web_is_loopback("localhost:8080"));
    assert_true(vb_web_is_loopback("[::1]:8080"));
    assert_false(vb_web_is_loopback("0.0.0.0:8080"));
    assert_false(vb_web_is_loopback("[::]:8080"));
    assert_false(vb_web_is_loopback("192.168.1.5:80"));
    assert_false(vb_web_is_loopback("nonsense"));
}

static void others_may_reach_the_pages_by_the_owners_word_alone_G0(void **state)
{
    (void)state;
    char error[512];
    assert_true(vb_web_address_check("127.0.0.1:8080", false, error, sizeof error));
    assert_true(vb_web_address_check("[::1]:8080", false, error, sizeof error));
    static const char *const open[] = {"0.0.0.0:8080", "[::]:8080", "192.168.1.5:80"};
    for (size_t i = 0; i < VB_COUNT_OF(open); i++) {
        assert_false(vb_web_address_check(open[i], false, error, sizeof error));
        assert_non_null(strstr(error, "there is no login yet"));
        assert_int_equal(vb_cause_take(), VB_CAUSE_USAGE);
        assert_true(vb_web_address_check(open[i], true, error, sizeof error));
    }
    assert_false(vb_web_address_check("nonsense", true, error, sizeof error));
    assert_non_null(strstr(error, "is not an address to listen on"));
}

static void without_a_word_the_port_of_the_settings_serves_this_machine_alone_G0(void **state)
{
    (void)state;
    char own[VB_WEB_ADDRESS_SIZE];
    const char *const chosen = vb_web_address_choose(NULL, 65535, own);
    assert_string_equal(chosen, "127.0.0.1:65535");
    assert_true(vb_web_is_loopback(chosen));
}

static void what_the_owner_says_is_taken_as_it_is(void **state)
{
    (void)state;
    char own[VB_WEB_ADDRESS_SIZE];
    static const char asked[] = "[::1]:81";
    assert_ptr_equal(vb_web_address_choose(asked, 8080, own), asked);
}

static void a_browser_is_sent_to_the_port_that_was_given(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        const char *url;
    } cases[] = {{"127.0.0.1:0", "http://127.0.0.1:40123/"},
                 {"localhost:0", "http://localhost:40123/"},
                 {"0.0.0.0:0", "http://0.0.0.0:40123/"},
                 {"[::1]:0", "http://[::1]:40123/"}};
    for (size_t i = 0; i < VB_COUNT_OF(cases); i++) {
        char url[VB_WEB_URL_SIZE];
        vb_web_address_url(cases[i].address, 40123, url);
        assert_string_equal(url, cases[i].url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_address_is_refused_with_the_forms_there_are),
        cmocka_unit_test(a_host_longer_than_any_is_refused),
        cmocka_unit_test(only_loopback_is_loopback_G0),
        cmocka_unit_test(others_may_reach_the_pages_by_the_owners_word_alone_G0),
        cmocka_unit_test(without_a_word_the_port_of_the_settings_serves_this_machine_alone_G0),
        cmocka_unit_test(what_the_owner_says_is_taken_as_it_is),
        cmocka_unit_test(a_browser_is_sent_to_the_port_that_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
