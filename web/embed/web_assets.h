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

struct vb_pages {
    const struct vb_asset *assets;
    size_t asset_count;
    /* Paths that /index.html has a view for, such as "/settings"; a final * is a number from 1. */
    const char *const *views;
    size_t view_count;
};

extern const struct vb_pages vb_web_pages;

#endif
