/* Parses a request more strictly than libwebsockets does: that accepts "5, 5" as a length, takes
 * the first of two hosts, and waits for a body that nobody announced. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "linux/web/web_connection.h"

enum { LENGTH_DIGITS_MAX = 10 };

static const char *const method_names[] = {
    [LWSHUMETH_GET] = "GET",         [LWSHUMETH_POST] = "POST",   [LWSHUMETH_OPTIONS] = "OPTIONS",
    [LWSHUMETH_PUT] = "PUT",         [LWSHUMETH_PATCH] = "PATCH", [LWSHUMETH_DELETE] = "DELETE",
    [LWSHUMETH_CONNECT] = "CONNECT", [LWSHUMETH_HEAD] = "HEAD"};

/* False if the header is duplicated or too long. "" if it is missing. */
static bool read_header(struct lws *wsi, enum lws_token_indexes token, char *text, int size)
{
    const int total = lws_hdr_total_length(wsi, token);
    text[0] = '\0';
    if (total == 0)
        return true;
    return lws_hdr_fragment_length(wsi, token, 0) == total &&
           lws_hdr_copy_fragment(wsi, text, size, token, 0) == total &&
           strlen(text) == (size_t)total;
}

/* libwebsockets has split the query at its ampersands. */
static bool read_query(struct lws *wsi, char *text, size_t size)
{
    size_t at = 0;
    text[0] = '\0';
    for (int fragment = 0; lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, fragment) > 0;
         fragment++) {
        if (at > 0 && at + 1 < size)
            text[at++] = '&';
        const int length = lws_hdr_copy_fragment(wsi, text + at, (int)(size - at),
                                                 WSI_TOKEN_HTTP_URI_ARGS, fragment);
        if (length < 0)
            return false;
        at += (size_t)length;
    }
    return true;
}

bool vb_web_request_read(struct lws *wsi, struct vb_web_request *request, const char **problem)
{
    char *uri = NULL;
    int uri_size = 0;
    const int method = lws_http_get_uri_and_method(wsi, &uri, &uri_size);

    *problem = "The request line is malformed; send METHOD, path and HTTP/1.1.";
    if (method < 0 || (size_t)method >= sizeof method_names / sizeof method_names[0])
        return false;
    request->method = method_names[method];
    if (uri_size <= 0 || uri_size >= VB_WEB_URI_SIZE ||
        !read_query(wsi, request->query, sizeof request->query)) {
        *problem = "The address is too long; check it.";
        return false;
    }
    memcpy(request->path, uri, (size_t)uri_size);
    request->path[uri_size] = '\0';

    if (lws_hdr_copy(wsi, request->cookie, sizeof request->cookie, WSI_TOKEN_HTTP_COOKIE) < 0)
        request->cookie[0] = '\0';
    *problem = "A header came twice or is too long; send each once.";
    return read_header(wsi, WSI_TOKEN_HOST, request->host, VB_WEB_HEADER_SIZE) &&
           read_header(wsi, WSI_TOKEN_ORIGIN, request->origin, VB_WEB_HEADER_SIZE) &&
           read_header(wsi, WSI_TOKEN_HTTP_IF_MATCH, request->if_match, VB_WEB_HEADER_SIZE) &&
           read_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, request->if_none_match,
                       VB_WEB_HEADER_SIZE) &&
           read_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, request->content_type,
                       VB_WEB_HEADER_SIZE) &&
           read_header(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, request->accept_encoding,
                       VB_WEB_HEADER_SIZE) &&
           read_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, request->authorization,
                       VB_WEB_HEADER_SIZE);
}

static const char *if_sent(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

struct vb_request vb_web_api_request(const struct vb_web_connection *connection,
                                     const struct vb_web_request *request)
{
    return (struct vb_request){.method = request->method,
                               .path = request->path,
                               .query = if_sent(request->query),
                               .host = if_sent(request->host),
                               .origin = if_sent(request->origin),
                               .if_match = if_sent(request->if_match),
                               .content_type = if_sent(request->content_type),
                               .cookie = if_sent(request->cookie),
                               .authorization = if_sent(request->authorization),
                               .peer = connection->peer};
}

static bool method_needs_length(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

enum vb_web_body vb_web_request_body(struct lws *wsi, size_t *size)
{
    char text[LENGTH_DIGITS_MAX + 1];
    char *uri = NULL;
    int uri_size = 0;
    const int method = lws_http_get_uri_and_method(wsi, &uri, &uri_size);
    *size = 0;
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
        return VB_WEB_BODY_MISSING_LENGTH;
    if (!read_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof text) ||
        strspn(text, "0123456789") != strlen(text))
        return VB_WEB_BODY_MALFORMED;
    if (text[0] == '\0')
        return method >= 0 && method_needs_length(method_names[method]) ? VB_WEB_BODY_MISSING_LENGTH
                                                                        : VB_WEB_BODY_NONE;
    *size = (size_t)strtoull(text, NULL, 10);
    return *size == 0 ? VB_WEB_BODY_NONE : VB_WEB_BODY_SOME;
}
