#include "esp-idf/voltbeacon/http_request.h"

#include <stdio.h>
#include <string.h>

#include "esp-idf/voltbeacon/http_text.h"

static const char *method_name(int method)
{
    switch (method) {
    case HTTP_GET:
        return "GET";
    case HTTP_HEAD:
        return "HEAD";
    case HTTP_POST:
        return "POST";
    case HTTP_PUT:
        return "PUT";
    case HTTP_PATCH:
        return "PATCH";
    case HTTP_DELETE:
        return "DELETE";
    case HTTP_OPTIONS:
        return "OPTIONS";
    default:
        return "OTHER";
    }
}

static bool read_address(const char *uri, struct vb_http_request *read)
{
    const char *query = strchr(uri, '?');
    const int length =
        snprintf(read->query, sizeof read->query, "%s", query == NULL ? "" : query + 1);
    return length < (int)sizeof read->query &&
           vb_http_decode(uri, strcspn(uri, "?"), false, read->path, sizeof read->path);
}

bool vb_http_request_read(httpd_req_t *request, struct vb_http_request *read)
{
    read->method = method_name(request->method);
    (void)vb_http_header(request, "Cookie", read->cookie, sizeof read->cookie);
    return read_address(request->uri, read) &&
           vb_http_header(request, "Host", read->host, sizeof read->host) &&
           vb_http_header(request, "Origin", read->origin, sizeof read->origin) &&
           vb_http_header(request, "If-Match", read->if_match, sizeof read->if_match) &&
           vb_http_header(request, "If-None-Match", read->if_none_match,
                          sizeof read->if_none_match) &&
           vb_http_header(request, "Accept-Encoding", read->accept_encoding,
                          sizeof read->accept_encoding) &&
           vb_http_header(request, "Content-Type", read->content_type, sizeof read->content_type) &&
           vb_http_header(request, "Authorization", read->authorization,
                          sizeof read->authorization);
}

static const char *if_sent(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

struct vb_request vb_http_request_call(const struct vb_http_request *read)
{
    return (struct vb_request){.method = read->method,
                               .path = read->path,
                               .query = if_sent(read->query),
                               .host = if_sent(read->host),
                               .origin = if_sent(read->origin),
                               .if_match = if_sent(read->if_match),
                               .content_type = if_sent(read->content_type),
                               .cookie = if_sent(read->cookie),
                               .authorization = if_sent(read->authorization),
                               .peer = ""};
}

bool vb_http_is_below(const struct vb_http_request *read, const char *folder)
{
    const size_t size = strlen(folder);
    return strncmp(read->path, folder, size) == 0 &&
           (read->path[size] == '/' || read->path[size] == '\0');
}
