/* The head of an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "embed/web_assets.h"
#include "pages/answer_head.h"
#include "voltbeacon/api/api.h"

static const uint8_t bytes[] = "<page>";
static const struct vb_asset page = {.path = "/index.html",
                                     .content_type = "text/html",
                                     .gzipped = {"\"g\"", bytes, 3},
                                     .plain = {"\"p\"", bytes, 6}};

static void every_head_carries_the_security_headers(void **state)
{
    (void)state;
    struct vb_answer_head head;
    vb_head_begin(&head, 403);
    vb_head_put(&head, "Allow", NULL);
    vb_head_put(&head, "ETag", "");
    vb_head_end(&head);
    assert_int_equal(head.size, strlen(head.text));
    assert_memory_equal(head.text, "HTTP/1.1 403 Forbidden\r\n", 24);
    assert_non_null(strstr(head.text, "\r\nContent-Security-Policy: default-src 'self';"));
    assert_non_null(strstr(head.text, "\r\nX-Content-Type-Options: nosniff\r\n"));
    assert_non_null(strstr(head.text, "\r\nReferrer-Policy: no-referrer\r\n\r\n"));
    assert_null(strstr(head.text, "Allow"));
    assert_null(strstr(head.text, "ETag"));
}

static void an_answer_is_not_cached_and_has_what_the_api_says(void **state)
{
    (void)state;
    struct vb_answer_head head;
    const struct vb_response response = {
        .status = 202, .content_type = "application/json", .etag = "\"7\"", .location = "/edits/1"};
    vb_head_of_response(&head, &response);
    vb_head_length(&head, 12);
    vb_head_end(&head);
    assert_memory_equal(head.text, "HTTP/1.1 202 Accepted\r\n", 23);
    assert_non_null(strstr(head.text, "\r\nContent-Type: application/json\r\n"
                                      "Cache-Control: no-store\r\nETag: \"7\"\r\n"
                                      "Location: /edits/1\r\nContent-Length: 12\r\n\r\n"));
}

static void a_page_is_sent_unless_the_client_has_it(void **state)
{
    (void)state;
    struct vb_answer_head head;
    assert_true(vb_head_of_page(&head, &page, &page.gzipped, 200, "\"p\""));
    assert_memory_equal(head.text, "HTTP/1.1 200 OK\r\n", 17);
    assert_non_null(strstr(head.text, "\r\nETag: \"g\"\r\nVary: Accept-Encoding\r\n"
                                      "Cache-Control: no-cache\r\nContent-Type: text/html\r\n"
                                      "Content-Encoding: gzip\r\nContent-Length: 3\r\n"));
    assert_false(vb_head_of_page(&head, &page, &page.gzipped, 200, "\"g\""));
    assert_memory_equal(head.text, "HTTP/1.1 304 Not Modified\r\n", 27);
    assert_null(strstr(head.text, "Content-Length"));
    assert_true(vb_head_of_page(&head, &page, &page.plain, 404, "\"p\""));
    assert_memory_equal(head.text, "HTTP/1.1 404 Not Found\r\n", 24);
    assert_null(strstr(head.text, "Content-Encoding"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_head_carries_the_security_headers),
        cmocka_unit_test(an_answer_is_not_cached_and_has_what_the_api_says),
        cmocka_unit_test(a_page_is_sent_unless_the_client_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
