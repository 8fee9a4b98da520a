#include "pages/answer_head.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "embed/web_assets.h"
#include "pages/page_lookup.h"
#include "voltbeacon/api/api.h"

static const char *status_text(uint16_t status)
{
    static const struct {
        uint16_t status;
        const char *text;
    } texts[] = {{200, "OK"},
                 {202, "Accepted"},
                 {304, "Not Modified"},
                 {400, "Bad Request"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {405, "Method Not Allowed"},
                 {406, "Not Acceptable"},
                 {409, "Conflict"},
                 {410, "Gone"},
                 {411, "Length Required"},
                 {413, "Content Too Large"},
                 {415, "Unsupported Media Type"},
                 {422, "Unprocessable Content"},
                 {426, "Upgrade Required"},
                 {428, "Precondition Required"},
                 {500, "Internal Server Error"},
                 {503, "Service Unavailable"}};
    for (size_t i = 0; i < VB_COUNT_OF(texts); i++) {
        if (texts[i].status == status)
            return texts[i].text;
    }
    return "Status";
}

static void VB_PRINTF(2, 3) put(struct vb_answer_head *head, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int size =
        vsnprintf(head->text + head->size, sizeof head->text - head->size, format, args);
    va_end(args);
    VB_ASSERT(size >= 0 && head->size + (size_t)size < sizeof head->text);
    head->size += (size_t)size;
}

void vb_head_begin(struct vb_answer_head *head, uint16_t status)
{
    head->size = 0;
    put(head, "HTTP/1.1 %u %s\r\n", status, status_text(status));
    put(head, "Content-Security-Policy: %s\r\n", vb_page_policy);
    put(head, "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n");
}

void vb_head_put(struct vb_answer_head *head, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        put(head, "%s: %s\r\n", name, value);
}

void vb_head_length(struct vb_answer_head *head, size_t size)
{
    put(head, "Content-Length: %zu\r\n", size);
}

void vb_head_end(struct vb_answer_head *head)
{
    put(head, "\r\n");
}

void vb_head_of_response(struct vb_answer_head *head, const struct vb_response *response)
{
    vb_head_begin(head, response->status);
    vb_head_put(head, "Content-Type", response->content_type);
    vb_head_put(head, "Cache-Control", "no-store");
    vb_head_put(head, "ETag", response->etag);
    vb_head_put(head, "Location", response->location);
    vb_head_put(head, "Allow", response->allow);
    vb_head_put(head, "Content-Disposition", response->disposition);
    vb_head_put(head, "Set-Cookie", response->set_cookie);
}

bool vb_head_of_page(struct vb_answer_head *head, const struct vb_asset *asset,
                     const struct vb_asset_form *form, uint16_t status, const char *if_none_match)
{
    const bool known = status == 200 && strcmp(if_none_match, form->etag) == 0;
    vb_head_begin(head, known ? 304 : status);
    vb_head_put(head, "ETag", form->etag);
    vb_head_put(head, "Vary", "Accept-Encoding");
    vb_head_put(head, "Cache-Control",
                asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    if (known)
        return false;
    vb_head_put(head, "Content-Type", asset->content_type);
    vb_head_put(head, "Content-Encoding", form == &asset->gzipped ? "gzip" : NULL);
    vb_head_length(head, form->size);
    return true;
}
