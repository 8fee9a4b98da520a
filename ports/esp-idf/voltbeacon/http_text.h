/* What the web servers of the firmware read of a request. */
#ifndef VOLTBEACON_ESP_IDF_HTTP_TEXT_H
#define VOLTBEACON_ESP_IDF_HTTP_TEXT_H

#include <esp_http_server.h>
#include <stdbool.h>
#include <stddef.h>

#include "voltbeacon/core/platform.h"

VB_C_BEGIN

/* Resolves every %xx (RFC 3986, 2.1) of the first length bytes of text; of a form, its + as well.
 * capacity has room for the NUL. False where it is malformed, holds a NUL, or is too long. */
VB_MUST_USE bool vb_http_decode(const char *text, size_t length, bool form, char *decoded,
                                size_t capacity);

/* "" where the header was not sent. False where it is too long; text is then "", too. */
bool vb_http_header(httpd_req_t *request, const char *name, char *text, size_t capacity);

/* The request's first size bytes of body. False: the client is gone, or too slow. */
VB_MUST_USE bool vb_http_body(httpd_req_t *request, char *body, size_t size);

VB_C_END

#endif
