/* What the board's web server reads of a request. */
#ifndef VOLTBEACON_ESP_IDF_HTTP_REQUEST_H
#define VOLTBEACON_ESP_IDF_HTTP_REQUEST_H

#include <esp_http_server.h>

#include "voltbeacon/api/api.h"

VB_C_BEGIN

/* A header that was not sent is "". */
struct vb_http_request {
    const char *method; /* "GET"; "OTHER" for one that nothing here has */
    char path[256];     /* decoded */
    char query[256];
    char host[128];
    char origin[128];
    char if_match[VB_ETAG_SIZE];
    char if_none_match[VB_ETAG_SIZE];
    char accept_encoding[128];
    char content_type[64];
    char cookie[1024]; /* also "" if it is longer: other programs of the host may have set it */
    char authorization[256];
};

/* False if the address or a header is malformed or too long. */
VB_MUST_USE bool vb_http_request_read(httpd_req_t *request, struct vb_http_request *read);

/* In the API's form, without its body; a view of it. */
struct vb_request vb_http_request_call(const struct vb_http_request *read);

/* Whether the path is that folder, or below it. */
bool vb_http_is_below(const struct vb_http_request *read, const char *folder);

VB_C_END

#endif
