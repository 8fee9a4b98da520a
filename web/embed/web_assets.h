/* The web pages that are built into the program, gzipped and plain; generated at build time from
 * web/dist. */
#ifndef VOLTBEACON_EMBED_WEB_ASSETS_H
#define VOLTBEACON_EMBED_WEB_ASSETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vb_asset_form {
    const char *etag; /* with quotes; differs between forms, RFC 9110 section 8.8.1 */
    const uint8_t *bytes;
    size_t size;
};

struct vb_asset {
    const char *path; /* "/index.html" */
    const char *content_type;
    struct vb_asset_form gzipped;
    struct vb_asset_form plain; /* for clients without gzip; bytes NULL: it is not there */
    bool immutable;             /* its name changes with its content */
};

/* The paths of the views, such as "/settings"; a final * stands for a number from 1. */
extern const char *const vb_web_views[];
extern const size_t vb_web_view_count;

extern const struct vb_asset vb_web_assets[];
extern const size_t vb_web_asset_count;

#endif
